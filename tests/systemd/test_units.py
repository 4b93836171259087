# SPDX-License-Identifier: LGPL-2.1-or-later
"""What "make install" puts there for systemd, D-Bus and polkit: sound, hardened, complete."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

TOP = pathlib.Path(os.environ.get("top_srcdir") or pathlib.Path(__file__).parents[2]).resolve()
BUILD = pathlib.Path(os.environ.get("top_builddir") or TOP).resolve()
HOST_UNITS = pathlib.Path("/usr/lib/systemd/system")
UNITS = ("iommufleetd.service", "iommufleet-collect.socket", "iommufleet-collect@.service",
         "iommufleetd-peers.socket")
EXPOSED = {"iommufleetd.service": 1.5, "iommufleet-collect@.service": 3.0}


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


def run(*command, **more):
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                          check=False, **more)


def find(root, name):
    found = [path for path in root.rglob(name) if path.is_file()]
    equal(len(found), 1)
    return found[0]


def units__installed__systemd_finds_nothing_wrong(root):
    manual = find(root, "iommufleetd.8").parents[1]
    pages = "yes" if shutil.which("man") else "no"
    for unit in UNITS:
        done = run("systemd-analyze", "verify", f"--root={root}", f"--man={pages}",
                   "--recursive-errors=no", unit, env={**os.environ, "MANPATH": str(manual)})
        equal((done.returncode, done.stdout.strip()), (0, ""))


def units__installed__as_little_exposed_as_promised(root):
    for unit, most in EXPOSED.items():
        done = run("systemd-analyze", "security", "--offline=yes", "--no-pager",
                   f"--root={root}", unit)
        level = float(re.search(r"Overall exposure level for \S+: (\S+)", done.stdout)[1])
        print(f"  {unit} {level}")
        assert level <= most, done.stdout


def units__installed__programs_and_user_are_those_that_are(root):
    daemon = find(root, "iommufleetd.service").read_text()
    collector = find(root, "iommufleet-collect@.service").read_text()
    for text, program in ((daemon, "iommufleetd"), (collector, "iommufleet-collect")):
        path = re.search(r"^ExecStart=(\S+)", text, re.M)[1]
        equal(root / path[1:], find(root, program))
        assert "@" not in re.sub(r"^#.*|=@\w|~@.*", "", text, flags=re.M), text
    tmpfiles = (BUILD / "systemd/tmpfiles.d/iommufleet.conf").read_text()
    user = re.search(r"^User=(\S+)$", daemon, re.M)[1]
    state = re.search(r"^(?:StateDirectory|ReadWritePaths)=(\S+)$", daemon, re.M)[1]
    socket = find(root, "iommufleet-collect.socket").read_text()
    path = re.search(r"^ListenStream=(\S+)$", socket, re.M)[1]
    shown = run(BUILD / "daemon/iommufleetd", "--config=/dev/null", "--print-config").stdout
    assert f"socket={path}\n" in shown, shown
    assert f"{state}/iommufleet.db\n" in shown, shown
    assert f"SocketUser={user}\n" in socket and "SocketMode=0600\n" in socket
    assert collector.count(f"--serve {user}\n") == 1
    assert f'<policy user="{user}">' in find(root, "org.iommufleet1.conf").read_text()
    assert f"\nd {pathlib.Path(path).parent} 0755 root root -\n" in tmpfiles, tmpfiles
    dry = run("systemd-sysusers", "--dry-run", f"--root={root}", "iommufleet.conf")
    assert f"Creating user '{user}'" in dry.stdout, dry.stdout
    service = find(root, "org.iommufleet1.service").read_text()
    assert "SystemdService=iommufleetd.service\n" in service


def catalog__installed__has_each_message_once(root):
    text = find(root, "iommufleet.catalog").read_text()
    told = re.findall(r"^-- ([0-9a-f]{32})$", text, re.M)
    code = (TOP / "daemon/log.c").read_text()
    equal(sorted(told), sorted(re.findall(r'\] = "([0-9a-f]{32})"', code)))
    equal(len(told), len(set(told)))
    equal(text.count("\nSubject: "), len(told))
    if shutil.which("journalctl"):
        done = run("journalctl", "--update-catalog", f"--root={root}")
        equal((done.returncode, done.stdout.strip()), (0, ""))
        shown = run("journalctl", "--list-catalog", f"--root={root}").stdout
        assert set(told) <= {line.split()[0] for line in shown.splitlines()}, shown


def actions__installed__ask_for_an_administrator(root):
    tree = xml.etree.ElementTree.parse(find(root, "org.iommufleet1.policy"))
    user = re.search(r"^User=(\S+)$", find(root, "iommufleetd.service").read_text(), re.M)[1]
    actions = {action.get("id"): action for action in tree.findall("action")}
    assert {f"org.iommufleet1.{name}" for name in
            ("refresh", "register-guest", "forget", "reload")} <= set(actions), actions
    for action in actions.values():
        equal([one.text for one in action.find("defaults")], ["auth_admin"] * 3)
        assert action.find("description").text and action.find("message").text
        # Else polkit answers the daemon nothing about other users.
        equal([(one.get("key"), one.text) for one in action.findall("annotate")],
              [("org.freedesktop.policykit.owner", f"unix-user:{user}")])


def install(root):
    """The tree as it is installed, and what the host has of systemd, which units refer to."""
    done = run("make", "-s", "-C", BUILD, "install", f"DESTDIR={root}",
               env={name: value for name, value in os.environ.items()
                    if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")})
    equal(done.returncode, 0)
    shutil.copytree(HOST_UNITS, root / "usr/lib/systemd/system", symlinks=True, dirs_exist_ok=True)
    (root / "usr/bin").mkdir(exist_ok=True)
    shutil.copy("/usr/bin/busctl", root / "usr/bin/busctl")


def main():
    if not shutil.which("systemd-analyze") or not HOST_UNITS.is_dir():
        print("systemd-analyze is not installed")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="iommufleet-units-") as folder:
        root = pathlib.Path(folder)
        install(root)
        failed = 0
        for case in (units__installed__systemd_finds_nothing_wrong,
                     units__installed__as_little_exposed_as_promised,
                     units__installed__programs_and_user_are_those_that_are,
                     catalog__installed__has_each_message_once,
                     actions__installed__ask_for_an_administrator):
            try:
                case(root)
                print(f"ok {case.__name__}")
            except Exception as error:  # pylint: disable=broad-except
                failed += 1
                print(f"not ok {case.__name__}: {type(error).__name__}: {error}")
        sys.exit(1 if failed else 0)


main()
