# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random machines, started paused by QEMU and laid out by the product: the same map, or both refuse.

usage: differential.py [--runs N] [--first SEED] [--bin FOLDER] [--kvm] [--show]

Prints TAP. --bin: the folder of another QEMU; --show: the arguments of each machine; --kvm: with
KVM, where CPUs have the host's vendor and bits. One seed is one machine for one version of QEMU.
"""

import argparse
import collections
import concurrent.futures
import os
import shlex
import sys

import machines
import qemulib
from maplib import Failed

RUNS = 100
FIRST = 1


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--first", type=int, default=FIRST)
    parser.add_argument("--bin")
    parser.add_argument("--kvm", action="store_true")
    parser.add_argument("--show", action="store_true")
    return parser.parse_args()


def one(seed, qemu, files, options):
    """(seed, case, the map that both have or None, trouble)."""
    case = machines.draw(seed, qemu, files, options.kvm)
    if options.kvm:
        case.place = qemulib.host_place()
    try:
        return seed, case, qemulib.compare(qemu, case, options.kvm), None
    except Failed as failure:
        return seed, case, None, str(failure)


def report(results, qemu, show):
    tally = collections.Counter()
    for seed, case, both, trouble in results:
        words = f"{qemulib.PROGRAMS[case.arch]} {shlex.join(case.argv)}"
        if trouble:
            tally["different"] += 1
            print(f"not ok seed {seed}\n  {words}\n  {trouble}", flush=True)
        else:
            tally["same map" if both else "both refuse"] += 1
            print(f"ok seed {seed}: " + (words if show else case.argv[1].split(",")[0]))
    versions = ", ".join(f"{arch} {qemu.version(arch)}" for arch in qemu.paths)
    print(f"# QEMU {versions}: " + ", ".join(f"{n} {what}" for what, n in tally.items()))
    return tally["different"] == 0


def main():
    options = arguments()
    qemu = qemulib.Qemu(options.bin)
    if not qemu.paths:
        print("QEMU is not installed (apt-get install qemu-system-x86 qemu-system-arm)")
        sys.exit(77)
    files = qemulib.Files()
    try:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            seeds = range(options.first, options.first + options.runs)
            results = pool.map(lambda seed: one(seed, qemu, files, options), seeds)
            good = report(results, qemu, options.show)
    finally:
        files.close()
    sys.exit(0 if good else 1)


main()
