# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Debian packages: built from the release archive, read by lintian, and installed, upgraded, removed
and purged under a systemd that booted: "make check-deb"."""

import os
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "systemd"))

import bootlib  # noqa: E402
from bootlib import run, until  # noqa: E402

PACKAGES = ("iommufleet-client", "iommufleet", "iommufleet-libvirt")


def build(place):
    """The packages, by name, made of what "make dist" gives and the folder debian."""
    run("make", "-s", "-C", bootlib.BUILD, "dist", timeout=600)
    archive = next(bootlib.BUILD.glob("iommufleet-*.tar.gz"))
    run("tar", "xf", archive, "-C", place)
    tree = place / archive.name[:-len(".tar.gz")]
    shutil.copytree(bootlib.TOP / "debian", tree / "debian", dirs_exist_ok=True)
    run("dpkg-buildpackage", "-us", "-uc", "-b", cwd=tree, timeout=1800,
        env={**os.environ, "DEB_BUILD_OPTIONS": f"parallel={os.cpu_count()}"})
    return {file.name.split("_")[0]: file for file in place.glob("*.deb") if "dbgsym" not in file.name}


def lintian(place):
    print(run("lintian", "--fail-on", "warning", next(place.glob("*.changes"))).stdout, end="")


def satisfy(machine, files):
    """Puts in what the packages depend on, but for each other: the container has no network."""
    wanted = ", ".join(run("dpkg-deb", "-f", file, "Depends").stdout.strip() for file in files.values())
    others = [one for one in wanted.split(", ") if one.split()[0] not in PACKAGES]
    run("chroot", machine.root, "apt-get", "-qy", "--no-install-recommends", "satisfy", ", ".join(others),
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, timeout=900)


def newer(package, place):
    """The same package with a higher version."""
    folder = place / (package.stem + ".tree")
    run("dpkg-deb", "-R", package, folder)
    control = folder / "DEBIAN/control"
    lines = control.read_text().splitlines()
    old = next(line for line in lines if line.startswith("Version: ")).split()[1]
    control.write_text("\n".join(lines).replace(old, old + "+next") + "\n")
    target = place / "newer" / package.name
    target.parent.mkdir(exist_ok=True)
    run("dpkg-deb", "-b", folder, target)
    return target


def dpkg(machine, *arguments):
    return machine.run("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", *arguments)


def put(machine, files):
    for file in files:
        shutil.copy(file, machine.root / "root")
    dpkg(machine, "-i", *(f"/root/{file.name}" for file in files))


def answers(machine):
    return machine.run("iommufleetctl", "status", "--json=short", check=False).returncode == 0


def installed_it_answers(machine, files):
    put(machine, files)
    until("the daemon answers", lambda: answers(machine))
    assert machine.show("iommufleetd.service", "ActiveState") == "active"
    assert machine.show("iommufleetd.service", "User") == "iommufleet"
    assert machine.run("systemctl", "is-enabled", "iommufleetd.service").stdout.strip() == "enabled"
    assert machine.run("systemctl", "is-active", "iommufleet-collect.socket").stdout.strip() == "active"
    assert machine.run("systemctl", "is-enabled", "iommufleetd-peers.socket",
                       check=False).stdout.strip() == "disabled"
    assert machine.run("getent", "passwd", "iommufleet").returncode == 0
    hook = machine.root / "etc/libvirt/hooks/qemu.d/50-iommufleet"
    assert hook.stat().st_mode & 0o111 == 0o111


def upgraded_it_keeps_what_it_knows(machine, files):
    before = machine.run("iommufleetctl", "history", "--json=short").stdout
    started = machine.show("iommufleetd.service", "ExecMainStartTimestampMonotonic")
    put(machine, files)
    until("the new daemon answers", lambda: answers(machine) and machine.show(
        "iommufleetd.service", "ExecMainStartTimestampMonotonic") != started)
    assert before == machine.run("iommufleetctl", "history", "--json=short").stdout


def removed_it_leaves_what_it_knew(machine):
    dpkg(machine, "-r", *reversed(PACKAGES))
    assert machine.show("iommufleetd.service", "ActiveState") in ("inactive", "")
    assert not (machine.root / "usr/sbin/iommufleetd").exists()
    assert (machine.root / "var/lib/iommufleet/iommufleet.db").exists()


def purged_nothing_is_left(machine):
    dpkg(machine, "--purge", *reversed(PACKAGES))
    left = run("find", machine.root, "-xdev", "-path", machine.root / "proc", "-prune", "-o",
               "-name", "*iommufleet*", "-not", "-path", "*/root/*", "-print").stdout.split()
    left = [path for path in left if not path.startswith(str(machine.root / "root/"))]
    assert not left, left


def main():
    bootlib.need()
    for tool, package in (("dpkg-buildpackage", "dpkg-dev"), ("dh", "debhelper"), ("lintian", "lintian")):
        if not shutil.which(tool):
            bootlib.skip(f"{package} is not installed")
    machine = bootlib.Machine(install=False)
    place = machine.folder / "packages"
    place.mkdir()
    files = build(place)
    assert set(files) == set(PACKAGES), files
    print("ok build")
    lintian(place)
    print("ok lintian")
    satisfy(machine, files)
    machine.boot()
    installed_it_answers(machine, [files[name] for name in PACKAGES])
    print("ok install")
    upgraded_it_keeps_what_it_knows(machine, [newer(files[name], place) for name in PACKAGES])
    print("ok upgrade")
    removed_it_leaves_what_it_knew(machine)
    print("ok remove")
    purged_nothing_is_left(machine)
    print("ok purge")


if __name__ == "__main__":
    main()
