# SPDX-License-Identifier: LGPL-2.1-or-later
"""usage: check_vm.py HOST...: boots each of these hosts and walks it (walk.py). Kernels are Debian's,
fetched once into $IOMMUFLEET_VM_CACHE or the build's folder vm."""

import os
import pathlib
import sys
import tempfile
import time

import build
import hosts
import image
import machine
import walk


def start(host, files, place):
    """A machine that has booted. On a busy machine a kernel can miss its own timer's interrupts and
    give up; that says nothing of what is tested."""
    for tries in (1, 2, 3):
        try:
            return machine.Machine(*hosts.arguments(host, *files), place)
        except machine.Lost:
            console = (place / "console.log").read_text(errors="replace")
            if tries == 3 or "timer doesn't work" not in console:
                print(console[-2000:])
                raise
            for name in ("line", "qmp"):
                (place / name).unlink(missing_ok=True)
    return None


def boot(name, cache):
    host = hosts.HOSTS[name]
    build.need("qemu-system-x86_64" if host.arch == "amd64" else "qemu-system-aarch64")
    with tempfile.TemporaryDirectory(prefix="iommufleet-vm-") as place:
        place = pathlib.Path(place)
        files = build.make_image(cache, host.arch, hosts.MODULES + host.modules, place)
        booted = start(host, files, place)
        try:
            walk.walk(booted, host)
        except BaseException:
            print(booted.last_words())
            raise
        finally:
            booted.stop()


def main(names):
    cache = pathlib.Path(os.environ.get("IOMMUFLEET_VM_CACHE") or
                         pathlib.Path(os.environ["top_builddir"]) / "vm")
    cache.mkdir(parents=True, exist_ok=True)
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    failed, skipped = 0, ""
    for name in names:
        start = time.monotonic()
        try:
            boot(name, cache.resolve())
            print(f"ok {name} {time.monotonic() - start:.0f} s", flush=True)
        except image.Missing as reason:
            skipped = f"{name}: {reason}"
            print(f"skipped {skipped}", flush=True)
        except (AssertionError, OSError) as error:
            failed += 1
            print(f"not ok {name}: {type(error).__name__}: {error}", flush=True)
    print(f"{len(names)} cases, {failed} failed")
    if skipped and not failed:
        print(skipped)
        return 77
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(hosts.HOSTS)))
