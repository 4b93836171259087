# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random libvirt domains: their definition and the arguments that libvirt makes of it are one guest.

usage: libvirt.py [--runs N] [--first SEED] [--show]

Prints TAP. What arguments mean is held against QEMU itself by differential.py.
"""

import argparse
import collections
import random
import re
import sys

import domains
import embedded
import qemulib
from maplib import Failed, asked, need

RUNS = 40
SAME = ("arch", "kvm", "machine", "machine_assumed", "open", "hotplug_none", "address_bits",
        "memory", "opaque", "devices", "map")


def bare(arguments):
    """Without the variables that libvirt sets before the name of the program."""
    return re.sub(r"^(?:[A-Z_]+=\S+ )*", "", arguments).encode()


def check(seed, domain, arguments):
    """Both forms of it, at one place."""
    drawn = random.Random(f"place {seed}")
    place = {"amd": drawn.choice(("yes", "no", "unknown")),
             "bits": drawn.choice((0, 39, 46, 48)), "ipa": drawn.choice((0, 40, 48))}
    ours = asked("domain", domain.encode(), **place)
    theirs = asked("cmdline", bare(arguments), **place)
    need("error" not in ours, f"libvirt takes it, we refuse it: {ours.get('error')}")
    need("error" not in theirs, f"its arguments are refused: {theirs.get('error')}")
    need(bool(ours["refused"]) == bool(theirs["refused"]),
         f"{place}: refused {ours['refused']!r}, its arguments {theirs['refused']!r}")
    for member in SAME:
        need(ours[member] == theirs[member],
             f"{place}: {member} {ours[member]}\n  its arguments: {theirs[member]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    qemu = qemulib.Qemu()
    if "x86_64" not in qemu.paths:
        print("QEMU is not installed (apt-get install qemu-system-x86 qemu-system-arm)")
        sys.exit(77)
    tally = collections.Counter()
    with embedded.Libvirt() as libvirt:
        for seed in range(options.first, options.first + options.runs):
            domain = domains.Domain(seed, qemu)
            arguments, why = libvirt.arguments(domain.text)
            try:
                if arguments is None:
                    tally["not for libvirt"] += 1
                    print(f"# seed {seed}: libvirt refuses it: {why}")
                    continue
                check(seed, domain.text, arguments)
                tally["same"] += 1
                print(f"ok seed {seed}: {domain.machine}", flush=True)
            except Failed as failure:
                tally["different"] += 1
                print(f"not ok seed {seed}: {failure}\n  {domain.text}\n  {arguments}", flush=True)
            if options.show:
                print(f"  {domain.text}\n  {arguments}")
    print("# " + ", ".join(f"{n} {what}" for what, n in tally.items()))
    need(2 * tally["not for libvirt"] < options.runs, "libvirt takes too few of these domains")
    sys.exit(1 if tally["different"] else 0)


try:
    main()
except embedded.NotThere as reason:
    print(f"libvirt's QEMU driver is not there (apt-get install libvirt-daemon-driver-qemu): "
          f"{reason}")
    sys.exit(77)
