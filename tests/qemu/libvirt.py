# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random libvirt domains: their definition, and the arguments that libvirt makes of it, are one guest,
and the one that QEMU builds.

usage: libvirt.py [--runs N] [--first SEED] [--kvm] [--show]

Prints TAP. --kvm: those for KVM are started too, which this machine has to have. What is no memory
and has none is not started: host devices, disks, monitors.
"""

import argparse
import collections
import json
import random
import re
import shlex
import sys

import domains
import embedded
import machines
import qemulib
from maplib import Failed, asked, need

RUNS = 40
STARTED = r'"driver":"(pc-dimm|nvdimm|virtio-p?mem-pci|VGA|\w+-vga|\w+-svga|qxl|bochs-display|ramfb)"'
SAME = ("arch", "kvm", "machine", "machine_assumed", "open", "hotplug_none", "address_bits",
        "memory", "devices")


def bare(arguments):
    """Without the variables that libvirt sets before the name of the program."""
    return re.sub(r"^(?:[A-Z_]+=\S+ )*", "", arguments).encode()


def startable(arguments, files):
    """What of the arguments makes the map, with memory that costs nothing and files that exist."""
    words = shlex.split(bare(arguments).decode())[1:]
    argv = []
    for option, value in zip(words, words[1:]):
        if option == "-machine":
            if ",pflash0=" in value:
                flash = files.of_size(64 << 20 if value.startswith("virt") else 2 << 20)
                argv += ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={flash}"]
            argv += [option, re.sub(r",(pflash[01]|smm)=[^,]*", "", value)]
        elif option in ("-cpu", "-m", "-smp", "-numa", "-global"):
            argv += [option, value]
        elif option == "-object" and "memory-backend" in value:
            backend = dict(json.loads(value), reserve=False)
            backend.pop("prealloc", None)
            if "mem-path" in backend:
                backend["mem-path"] = files.memory(backend["id"])
            argv += [option, json.dumps(backend)]
        elif option == "-device" and re.search(STARTED, value):
            device = json.loads(value)
            if "memdev" not in device or device["driver"].startswith("virtio"):
                device = {key: device[key] for key in device if key not in ("bus", "addr")}
            argv += [option, json.dumps(device)]
    if not any("memdev=" in word or "memory-backend=" in word for word in argv):
        size = re.search(r"^(?:size=)?(\d+k?)", argv[argv.index("-m") + 1]).group(1)
        argv[argv.index("-machine") + 1] += ",memory-backend=ram"
        argv += ["-object", "memory-backend-ram,id=ram,reserve=off,size="
                 + (size if size.endswith("k") else f"{size}M")]
    return argv


def check_started(qemu, domain, arguments):
    """QEMU itself against the definition."""
    files = qemulib.Files()
    try:
        arch = "aarch64" if domain.arm else "x86_64"
        case = machines.Case(arch, startable(arguments, files), {})
        place = qemulib.host_place() if domain.kvm else {}
        guest = asked("domain", domain.text.encode(), **place)
        qemulib.compare_start(qemu, case, guest, domain.kvm)
    finally:
        files.close()


def ranges(guest):
    """The ranges of the map; what they are called is up to the form. A definition may leave the choice
    of an interrupt controller to libvirt, its registers to none that matters."""
    return {(r["kind"], int(r["first"], 16), int(r["last"], 16), r["placed"])
                   for r in guest["map"] if not (r["name"] or "").startswith("gic-")}


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
    if any(qemulib.PAGES.match(one) for one in theirs["opaque"]):
        return
    need(ours["opaque"] == theirs["opaque"],
         f"{place}: opaque {ours['opaque']}, its arguments {theirs['opaque']}")
    one, other = ranges(ours), ranges(theirs)
    need(one == other, f"{place}: only in the definition's map {sorted(one - other)}, only in that "
         f"of its arguments {sorted(other - one)}")
    for member in SAME:
        need(ours[member] == theirs[member],
             f"{place}: {member} {ours[member]}\n  its arguments: {theirs[member]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--kvm", action="store_true")
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
                if options.kvm or not domain.kvm:
                    check_started(qemu, domain, arguments)
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
