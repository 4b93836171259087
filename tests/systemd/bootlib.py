# SPDX-License-Identifier: LGPL-2.1-or-later
"""A minimal Debian that boots with systemd in a container, and what this build installs in it.

It is made once with debootstrap, in booted/base of the build, which takes minutes and a mirror of
Debian's; each run boots a copy, which takes seconds. Nothing is left of that.
"""

import atexit
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(os.environ.get("top_srcdir") or pathlib.Path(__file__).parents[2]).resolve()
BUILD = pathlib.Path(os.environ.get("top_builddir") or TOP).resolve()
DEADLINE = 90
SUITE = "bookworm"
# What boots and what is needed to look at it; then what Debian calls the libraries, and polkit,
# which debootstrap cannot put in order.
FIRST = "systemd,systemd-sysv,dbus"
THEN = ("polkitd", "libpam-systemd", "libsqlite3-0", "libevent-2.1-7", "libevent-core-2.1-7",
        "libevent-openssl-2.1-7", "libjansson4", "libcurl4", "libxml2", "libinih1", "libpci3",
        "libudev1")


def skip(reason):
    print(reason)
    sys.exit(77)


def need():
    """Ends the test, with the reason, where it cannot run."""
    if os.geteuid() != 0:
        skip("booting a container needs root")
    for tool, package in (("debootstrap", "debootstrap"), ("systemd-nspawn", "systemd-container"),
                          ("nsenter", "util-linux")):
        if not shutil.which(tool):
            skip(f"{package} is not installed")
    flags = (BUILD / "config.status").read_text(encoding="utf-8")
    if "S[\"prefix\"]=\"/usr\"\n" not in flags or "S[\"localstatedir\"]=\"/var\"\n" not in flags:
        skip("the build is not one to install: ./configure --prefix=/usr --sysconfdir=/etc "
             "--localstatedir=/var")


def run(*command, check=True, **more):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **more)
    assert not check or done.returncode == 0, f"{command}: {done.returncode}: {done.stdout}"
    return done


def until(what, true, deadline=DEADLINE):
    """Waits until true() is, and gives that."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        value = true()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {deadline} s: {what}")


def base():
    """The Debian that copies are made of."""
    folder = pathlib.Path(os.environ.get("BOOTED_BASE") or BUILD / "booted/base")
    if folder.is_dir():
        return folder
    new = folder.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    new.parent.mkdir(parents=True, exist_ok=True)
    print("  making a Debian, once", flush=True)
    run("debootstrap", "--variant=minbase", f"--include={FIRST}", SUITE, new, timeout=1800)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run("chroot", new, "apt-get", "-q", "update", env=quiet, timeout=900)
    run("chroot", new, "apt-get", "-qy", "--no-install-recommends", "install", *THEN, env=quiet,
        timeout=900)
    run("chroot", new, "apt-get", "clean")
    new.rename(folder)
    return folder


class Machine:
    """A copy that has booted."""

    def __init__(self, install=True):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="iommufleet-booted-"))
        self.root = self.folder / "root"
        self.child = None
        atexit.register(self.clean)
        run("cp", "-a", "--reflink=auto", base(), self.root)
        if not install:
            return
        clean = {name: value for name, value in os.environ.items()
                 if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
        run("make", "-s", "-C", BUILD, "install", f"DESTDIR={self.root}", env=clean)

    def boot(self):
        with open(self.folder / "console", "w", encoding="utf-8") as console:
            self.child = subprocess.Popen(
                ["systemd-nspawn", "--register=no", "--keep-unit", "--boot", "-D", str(self.root),
                 "--private-network", "--console=pipe", f"--machine=iommufleet-{os.getpid()}"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        until("the container has a leader", self.leader)
        until("it has booted", lambda: self.run("systemctl", "is-system-running", check=False)
              .stdout.strip() in ("running", "degraded"))

    def leader(self):
        assert self.child.poll() is None, (self.folder / "console").read_text()
        path = pathlib.Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children")
        return path.read_text().split()[:1]

    def run(self, *command, uid=None, check=True):
        """Runs a command in the container, as root unless told otherwise."""
        who = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"] if uid else []
        return run("nsenter", "-t", self.leader()[0], "-m", "-u", "-i", "-n", "-p", "-r", "-w",
                   *who, *command, check=check, timeout=DEADLINE)

    def write(self, path, text, mode=0o644):
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)

    def dropin(self, unit, text, name="test.conf"):
        self.write(f"/etc/systemd/system/{unit}.d/{name}", text)
        self.run("systemctl", "daemon-reload")

    def undo(self, unit, name="test.conf"):
        (self.root / f"etc/systemd/system/{unit}.d/{name}").unlink()
        self.run("systemctl", "daemon-reload")

    def show(self, unit, name):
        return self.run("systemctl", "show", "--value", "-p", name, unit).stdout.strip()

    def clean(self):
        if self.child and self.child.poll() is None:
            # Two of these end the container; its own processes end with it.
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(20)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
