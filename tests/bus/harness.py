# SPDX-License-Identifier: LGPL-2.1-or-later
"""A private bus, a captured host unpacked as a sysroot, and iommufleetd on both.

Nothing is installed, no root is needed, and all that was started ends with the test. The only
client is busctl, as a user would type it.
"""

import atexit
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import wire

TOP = pathlib.Path(os.environ.get("top_srcdir") or pathlib.Path(__file__).parents[2]).resolve()
BUILD = pathlib.Path(os.environ.get("top_builddir") or TOP).resolve()
NAME = "org.iommufleet1"
ROOT = "/org/iommufleet1"
MANAGER = "org.iommufleet1.Manager"
DEADLINE = 60  # seconds that anything may take on a slow machine

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    <allow user="*"/>
  </policy>
  <limit name="max_replies_per_connection">50000</limit>
</busconfig>
"""


def skip(reason):
    print(reason)
    sys.exit(77)


for tool in ("dbus-daemon", "busctl"):
    if not shutil.which(tool):
        skip(f"{tool} is not installed")


class Failed(Exception):
    """What busctl said when a call failed."""


def until(what, true, deadline=DEADLINE):
    """Waits until true() is, and gives that."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        value = true()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {deadline} s: {what}")


class Scratch:
    """A folder of its own, and the children of this test."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="iommufleet-bus-"))
        self.path.chmod(0o755)
        self.children = []
        atexit.register(self.clean)

    def spawn(self, *args, **more):
        child = subprocess.Popen([str(arg) for arg in args], **more)
        self.children.append(child)
        return child

    def clean(self):
        # A daemon that is killed outright cannot see to its collector.
        for child in reversed(self.children):
            if child.poll() is None:
                child.terminate()
                try:
                    child.wait(10)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()
        shutil.rmtree(self.path, ignore_errors=True)


class Bus:
    def __init__(self, scratch):
        self.scratch = scratch
        path = scratch.path / "bus"
        config = scratch.path / "bus.conf"
        config.write_text(CONFIG.format(path=path))
        self.address = f"unix:path={path}"
        self.child = scratch.spawn(
            "dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile",
            stderr=subprocess.DEVNULL,
        )
        until("the bus listens", lambda: self.listens(path))
        path.chmod(0o777)

    @staticmethod
    def listens(path):
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(path)) == 0

    def command(self, *args, uid=None):
        command = ["busctl", f"--address={self.address}", *map(str, args)]
        if uid is not None:
            command = ["setpriv", f"--reuid={uid}", "--clear-groups", "--", *command]
        return command

    def run(self, *args, uid=None):
        """Runs busctl; gives its output. Failed: what it said."""
        done = subprocess.run(
            self.command(*args, uid=uid), capture_output=True, text=True, timeout=DEADLINE,
            check=False,
        )
        if done.returncode != 0:
            raise Failed(done.stderr.strip())
        return done.stdout

    def call(self, method, signature="", *args, uid=None):
        """Calls a method of the Manager; gives the list of what it returns."""
        out = self.run(
            "--json=short", "call", NAME, ROOT, MANAGER, method, *([signature] if signature else []),
            *args, uid=uid,
        )
        return json.loads(out)["data"] if out.strip() else []

    def property(self, name, path=ROOT, interface=MANAGER):
        return json.loads(self.run("--json=short", "get-property", NAME, path, interface, name))["data"]

    def report(self, kind, target=""):
        return json.loads(self.call("Report", "ssa{sv}", kind, target, 0)[0])

    def connect(self, as_uid=None):
        return wire.Connection(self.address, as_uid)

    def error(self, method, signature="", *args, as_uid=None, path=ROOT, interface=MANAGER,
              fds=()):
        """The name of the error that a call gives, without org.iommufleet1.Error."""
        client = self.connect(as_uid)
        try:
            client.call(NAME, path, interface, method, signature, *args, fds=fds)
        except wire.BusError as error:
            assert error.text, "an error without a text"
            return error.name.removeprefix("org.iommufleet1.Error.")
        finally:
            client.close()
        return None


class Host:
    """A captured host as a sysroot that a test may change."""

    def __init__(self, scratch, name):
        self.folder = scratch.path / name
        unpack = BUILD / "tests/support/unpack-capture"
        capture = TOP / "tests/golden" / name / "capture.txt"
        subprocess.run([unpack, capture, self.folder], check=True)
        self.root = self.folder / "root"
        self.log = self.folder / "kernel-log"


class Daemon:
    """iommufleetd on a bus. Leaves its log in self.log()."""

    def __init__(self, bus, host=None, state=None, extra=(), uid=None, wait=True, within=()):
        """within: a command that runs another, such as nsenter."""
        scratch = bus.scratch
        self.bus = bus
        self.state = pathlib.Path(state or tempfile.mkdtemp(dir=scratch.path, prefix="state-"))
        self.log_path = pathlib.Path(tempfile.mkstemp(dir=scratch.path, prefix="log-")[1])
        command = [
            str(BUILD / "daemon/iommufleetd"), f"--bus={bus.address}", f"--state-dir={self.state}",
        ]
        if not any(str(word).startswith("--collector") for word in extra):
            command.append(f"--collector={BUILD / 'daemon/collect/iommufleet-collect'}")
        if not any(str(word).startswith("--config") for word in extra):
            config = scratch.path / "empty.conf"
            config.touch()
            command.append(f"--config={config}")
        if host:
            command += [f"--sysroot={host.root}", f"--kernel-log={host.log}"]
        command += map(str, extra)
        if uid is not None:
            self.state.chmod(0o777)
            command = ["setpriv", f"--reuid={uid}", "--clear-groups", "--", *command]
        with open(self.log_path, "w", encoding="ascii") as log:
            self.child = scratch.spawn(*within, *command, stderr=log)
        if wait:
            self.wait_named()
            until("the first collection is done", self.is_collected)

    def is_named(self):
        status = self.child.poll()
        assert status is None, f"the daemon ended with {status}: {self.log()}"
        return NAME in self.bus.run("list", "--acquired", "--no-legend")

    def wait_named(self):
        until("the name is taken", self.is_named)

    def is_collected(self):
        with contextlib.suppress(Failed):
            return self.bus.property("CollectionState") in ("done", "failed")
        return False

    def log(self):
        return self.log_path.read_text(encoding="ascii")

    def private_kb(self):
        """RssAnon; 0 under a sanitizer, which takes more than it looks after."""
        proc = pathlib.Path(f"/proc/{self.child.pid}")
        if b"__asan_init" in (BUILD / "daemon/iommufleetd").read_bytes():
            return 0
        lines = (proc / "status").read_text().splitlines()
        return [int(line.split()[1]) for line in lines if line.startswith("RssAnon:")][0]

    def stop(self, number=signal.SIGTERM):
        self.child.send_signal(number)
        return self.child.wait(DEADLINE)


def children_of(pid):
    """Processes of which pid is the parent."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                if int(fields[1]) == pid and fields[0] != "Z":
                    found.append(int(entry.name))
    return found


def main(cases):
    """Runs the cases, functions by name; says which failed."""
    failed = 0
    for case in cases:
        try:
            case()
            print(f"ok {case.__name__}")
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {case.__name__}: {type(error).__name__}: {error}")
    print(f"{len(cases)} cases, {failed} failed")
    sys.exit(1 if failed else 0)
