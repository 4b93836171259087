# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is booted: the tree that this build installs, and for another processor one that is built for
it, with Debian's libraries."""

import os
import pathlib
import re
import shutil
import subprocess

import image

HERE = pathlib.Path(__file__).resolve().parent
COMPILERS = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}
SUITE = "bookworm"


def run(*command, **settings):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                          **settings)
    if done.returncode == 77:
        raise image.Missing(done.stdout.strip().splitlines()[-1])
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def own_arch():
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, "")


def need(*programs):
    missing = [name for name in programs
               if not shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")]
    if missing:
        raise image.Missing(f"not installed: {' '.join(missing)}")


def kernel(cache, arch):
    folder = cache / f"kernel-{SUITE}-{arch}"
    run(HERE / "fetch", folder, SUITE, arch)
    return folder


def library_packages(top):
    """What there is to compile with, but for the tools."""
    names = re.findall(r"^build +(\S+)", (top / "tools/packages.txt").read_text(), re.M)
    return [name for name in names if name.endswith("-dev") or name == "check"]


def system(cache, arch, top):
    """The folder with the libraries that programs for @arch are built with and run with."""
    if arch == own_arch():
        return pathlib.Path("/")
    folder = cache / f"system-{SUITE}-{arch}"
    run(HERE / "fetch", folder, SUITE, arch, *library_packages(top), "dbus-daemon", "systemd",
        "util-linux")
    return folder


def compiler(arch, root):
    name = "gcc" if arch == own_arch() else f"{COMPILERS[arch]}-gcc"
    need(name)
    return [name] if str(root) == "/" else [name, f"--sysroot={root}"]


def cross(cache, arch, top, root):
    """A build for @arch, made anew where the tree is newer."""
    folder = cache / f"build-{arch}"
    folder.mkdir(exist_ok=True)
    libraries = f"{root}/usr/lib/{COMPILERS[arch]}/pkgconfig:{root}/usr/share/pkgconfig"
    settings = dict(os.environ, PKG_CONFIG_SYSROOT_DIR=str(root), PKG_CONFIG_LIBDIR=libraries)
    if not (folder / "config.status").exists():
        run(top / "configure", f"--host={COMPILERS[arch]}", f"CC={' '.join(compiler(arch, root))}",
            "--prefix=/usr", "--sysconfdir=/etc", "--localstatedir=/var", "--libexecdir=/usr/libexec",
            cwd=folder, env=settings)
    run("make", "-s", f"-j{os.cpu_count()}", cwd=folder, env=settings)
    return folder


def make_image(cache, arch, modules, place):
    """Writes the image for a machine of @arch. Kernel and image, both files."""
    need("readelf", "modprobe", "depmod", "cpio")
    top, own = pathlib.Path(os.environ["top_srcdir"]), pathlib.Path(os.environ["top_builddir"])
    booted, root = kernel(cache, arch), system(cache, arch, top)
    tree = own if arch == own_arch() else cross(cache, arch, top, root)
    installed = place / "installed"
    shutil.rmtree(installed, ignore_errors=True)
    run("make", "-s", "install", f"DESTDIR={installed}", cwd=tree)
    (installed / "usr/bin").mkdir(parents=True, exist_ok=True)
    run(*compiler(arch, root), "-O2", "-static", "-o", installed / "usr/bin/vfio-ranges",
        HERE / "vfio_ranges.c")
    image.make(installed, root, booted, modules, place / "image")
    return next(booted.glob("boot/vmlinuz-*")), place / "image"
