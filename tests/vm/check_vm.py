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


def boot(name, cache):
    host = hosts.HOSTS[name]
    build.need("qemu-system-x86_64" if host.arch == "amd64" else "qemu-system-aarch64")
    with tempfile.TemporaryDirectory(prefix="iommufleet-vm-") as place:
        place = pathlib.Path(place)
        files = build.make_image(cache, host.arch, hosts.MODULES + host.modules, place)
        booted = machine.Machine(*hosts.arguments(host, *files), place)
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
