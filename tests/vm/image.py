# SPDX-License-Identifier: LGPL-2.1-or-later
"""The root of a machine that is booted for a test: what is installed, with the libraries it needs, a
busybox, the modules of a Debian kernel, and nothing else."""

import lzma
import pathlib
import re
import shutil
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
USERS = {"root": 0, "messagebus": 899, "iommufleet": 900, "stranger": 901}
# What the tests start beside the product's own programs.
PROGRAMS = ("dbus-daemon", "busctl", "setpriv", "systemd-socket-activate")


class Missing(Exception):
    """Something that the machine of this test lacks."""


def needs(path):
    """The libraries and the loader that a program names, and where it looks for libraries of its own."""
    shown = subprocess.run(["readelf", "-W", "-d", "-l", path], capture_output=True, text=True,
                           check=True).stdout
    loader = re.findall(r"program interpreter: ([^]]+)\]", shown)
    own = re.findall(r"R(?:UN)?PATH\).*\[([^]]+)\]", shown)
    return re.findall(r"NEEDED\).*\[([^]]+)\]", shown), loader, own


def copy_libraries(path, system, root):
    """All libraries that the loader would load for a program, from @system, to where they lie there."""
    libraries, loaders, own = needs(path)
    folders = own + [f"{place}/{name}" for place in ("/lib", "/usr/lib")
                     for name in ("x86_64-linux-gnu", "aarch64-linux-gnu")]
    wanted = loaders + [next((f"{folder}/{name}" for folder in folders
                              if (system / f"{folder}/{name}".lstrip("/")).exists()), name)
                        for name in libraries]
    for library in wanted:
        source, place = system / library.lstrip("/"), root / library.lstrip("/")
        if not source.exists():
            raise Missing(f"{path}: there is no {library}")
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, place)
            copy_libraries(place, system, root)


def copy_modules(kernel, names, root):
    """The modules and what they need, in the order in which they have to be loaded."""
    folder = next(iter(sorted(kernel.glob("**/lib/modules/*/"))))
    base = str(folder).split("/lib/modules/")[0]
    order, place = [], root / "lib/modules"
    place.mkdir(parents=True, exist_ok=True)
    for name in names:
        shown = subprocess.run(["modprobe", "-d", base, "-S", folder.name, "--show-depends", name],
                               capture_output=True, text=True, check=False)
        for path in re.findall(r"^insmod (\S+)", shown.stdout, re.M):
            data, file = pathlib.Path(path).read_bytes(), pathlib.Path(path).name
            if file.endswith(".xz"):
                data, file = lzma.decompress(data), file[:-3]
            if file not in order:
                order.append(file)
                (place / file).write_bytes(data)
    (place / "order").write_text("".join(name + "\n" for name in order))


def add_users(root):
    etc = root / "etc"
    etc.mkdir(parents=True, exist_ok=True)
    (etc / "passwd").write_text("".join(f"{name}:x:{uid}:{uid}::/:/bin/sh\n"
                                        for name, uid in USERS.items()))
    (etc / "group").write_text("".join(f"{name}:x:{uid}:\n" for name, uid in USERS.items()))
    (etc / "dbus.conf").write_text(BUS)
    (etc / "nsswitch.conf").write_text("passwd: files\ngroup: files\n")


# As the system's own: nobody may own a name or call a method that no other policy allows.
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <user>messagebus</user>
  <fork/>
  <auth>EXTERNAL</auth>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
    <allow send_destination="org.freedesktop.DBus"
           send_interface="org.freedesktop.DBus.Introspectable"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Properties"/>
  </policy>
  <includedir>/usr/share/dbus-1/system.d</includedir>
</busconfig>
"""


def find_program(name, system):
    for folder in ("usr/bin", "usr/sbin", "bin", "sbin"):
        if (system / folder / name).exists():
            return pathlib.Path(folder) / name
    raise Missing(f"{name} is not installed")


def make(installed, system, kernel, modules, image):
    """Writes the compressed image: @installed, with what it needs of @system and modules of @kernel,
    all folders."""
    root = image.parent / (image.name + ".root")
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(installed, root, symlinks=True)
    for name in PROGRAMS:
        path = find_program(name, system)
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(system / path, root / path)
    for path in [path for path in root.rglob("*") if path.is_file()]:
        with open(path, "rb") as file:
            program = file.read(4) == b"\x7fELF"
        if program:
            copy_libraries(path, system, root)
    copy_modules(kernel, modules, root)
    add_users(root)
    for folder in ("bin", "dev", "proc", "sys", "run", "tmp", "var/lib"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    shutil.copy2(next(kernel.glob("**/bin/busybox")), root / "bin/busybox")
    (root / "bin/sh").symlink_to("busybox")
    shutil.copy2(HERE / "init", root / "init")
    with open(image, "wb") as out:
        names = subprocess.run(["find", ".", "-print0"], cwd=root, capture_output=True, check=True)
        archive = subprocess.run(["cpio", "-0", "-o", "-H", "newc", "-R", "0:0", "--quiet"], cwd=root,
                                 input=names.stdout, capture_output=True, check=True)
        subprocess.run(["gzip", "-1"], input=archive.stdout, stdout=out, check=True)
    shutil.rmtree(root)
