# SPDX-License-Identifier: LGPL-2.1-or-later
"""Both sides of every edge at which a map changes: the rule, QEMU and the product say the same.

usage: boundaries.py [--bin FOLDER]

Prints TAP. Machines that this QEMU does not have are left out, which a newer QEMU may do.
"""

import argparse
import concurrent.futures
import os
import sys

import machines
import qemulib
import mtree_text
from machines import GIB, MIB, TIB
from maplib import Failed, need

REFUSED = object()
WIDE = "phys-bits=46"


def pc(low, high=None, window=None, at=4 * GIB):
    """RAM: @low bytes below 4 GiB, @high at @at; memory devices from @window[0], that many bytes."""
    return [(0, 0xbffff), (0x100000, low - 1)] + ([(at, at + high - 1)] if high else []), window


def microvm(low, high=None):
    return [(0, low - 1)] + ([(4 * GIB, 4 * GIB + high - 1)] if high else []), None


def virt(ram, window=None):
    return [(GIB, GIB + ram - 1)], window


# Machine, CPU, -m, other arguments, what it gets. Sizes are what QEMU's own arithmetic gives,
# hw/i386/pc.c, pc_piix.c, pc_q35.c, microvm.c and hw/arm/virt.c.
ROWS = [
    # The part below 4 GiB.
    ("pc-q35-7.2", "qemu64", "2815M", [], pc(2815 * MIB)),
    ("pc-q35-7.2", "qemu64", "2816M", [], pc(2 * GIB, 768 * MIB)),
    ("pc-i440fx-7.2", "qemu64", "3583M", [], pc(3583 * MIB)),
    ("pc-i440fx-7.2", "qemu64", "3584M", [], pc(3 * GIB, 512 * MIB)),
    ("pc-i440fx-1.7", "qemu64", "3584M", [], pc(3584 * MIB)),
    ("pc-i440fx-1.7", "qemu64", "4G", [], pc(3584 * MIB, 512 * MIB)),
    ("pc-i440fx-2.0", "qemu64", "4G", [], pc(3 * GIB, 1 * GIB)),
    ("pc-i440fx-7.2,max-ram-below-4g=4G", "qemu64", "3840M", [], pc(3840 * MIB)),
    ("pc-i440fx-7.2,max-ram-below-4g=2G", "qemu64", "3G", [], pc(2 * GIB, 1 * GIB)),
    ("pc-q35-7.2,max-ram-below-4g=1G", "qemu64", "8G", [], pc(1 * GIB, 7 * GIB)),
    ("pc-q35-7.2,max-ram-below-4g=4G", "qemu64", "2815M", [], pc(2815 * MIB)),
    # AMD's hole below 1 TiB: from 7.1 on, for AMD's CPUs only, by the highest address.
    ("pc-q35-7.2", f"EPYC,{WIDE}", "978G", [], pc(2 * GIB, 976 * GIB)),
    ("pc-q35-7.2", f"EPYC,{WIDE}", "979G", [], pc(2 * GIB, 977 * GIB, at=TIB)),
    ("pc-q35-7.1", f"EPYC,{WIDE}", "979G", [], pc(2 * GIB, 977 * GIB, at=TIB)),
    ("pc-q35-7.2", f"EPYC,{WIDE}", f"{978 * 1024 + 1}M", [],
     pc(2 * GIB, 976 * GIB + MIB, at=TIB)),
    ("pc-q35-7.0", f"EPYC,{WIDE}", "979G", [], pc(2 * GIB, 977 * GIB)),
    ("pc-q35-7.0", f"EPYC,{WIDE}", "1010G", [], pc(2 * GIB, 1008 * GIB)),
    ("pc-q35-7.0", f"EPYC,{WIDE}", "1011G", [], pc(2 * GIB, 1009 * GIB)),
    ("pc-q35-7.2", f"Skylake-Server,{WIDE}", "1011G", [], pc(2 * GIB, 1009 * GIB)),
    ("pc-q35-7.2", f"Dhyana,{WIDE}", "1011G", [], pc(2 * GIB, 1009 * GIB)),
    ("pc-q35-7.2", f"Skylake-Server,vendor=AuthenticAMD,{WIDE}", "979G", [],
     pc(2 * GIB, 977 * GIB, at=TIB)),
    ("pc-q35-7.2", f"EPYC,vendor=GenuineIntel,{WIDE}", "979G", [], pc(2 * GIB, 977 * GIB)),
    ("pc-i440fx-7.2", f"EPYC,{WIDE}", "1009G", [], pc(3 * GIB, 1006 * GIB)),
    ("pc-i440fx-7.2", f"EPYC,{WIDE}", "1010G", [], pc(3 * GIB, 1007 * GIB, at=TIB)),
    ("pc-i440fx-7.0", f"EPYC,{WIDE}", "1011G", [], pc(3 * GIB, 1008 * GIB)),
    ("pc-i440fx-7.0", f"EPYC,{WIDE}", "1012G", [], pc(3 * GIB, 1009 * GIB)),
    ("pc-q35-7.2", f"EPYC,{WIDE}", "4G", ["-global", "q35-pcihost.pci-hole64-size=1006G"],
     pc(2 * GIB, 2 * GIB)),
    ("pc-q35-7.2", f"EPYC,{WIDE}", "4G", ["-global", "q35-pcihost.pci-hole64-size=1007G"],
     pc(2 * GIB, 2 * GIB, at=TIB)),
    ("pc-q35-7.2", f"EPYC,{WIDE}", "4G,slots=16,maxmem=1T", [],
     pc(2 * GIB, 2 * GIB, (TIB + 2 * GIB, (1020 + 16) * GIB), at=TIB)),
    ("pc-q35-7.2", f"Skylake-Server,{WIDE}", "4G,slots=16,maxmem=1T", [],
     pc(2 * GIB, 2 * GIB, (6 * GIB, (1020 + 16) * GIB))),
    # 40 bits.
    ("pc-q35-7.0", "EPYC", "990G", [], pc(2 * GIB, 988 * GIB)),
    ("pc-q35-7.0", "EPYC", "991G", [], REFUSED),
    ("pc-q35-7.2", "Skylake-Server", "990G", [], pc(2 * GIB, 988 * GIB)),
    ("pc-q35-7.2", "Skylake-Server", "991G", [], REFUSED),
    ("pc-q35-7.2", "EPYC", "978G", [], pc(2 * GIB, 976 * GIB)),
    ("pc-q35-7.2", "EPYC", "979G", [], REFUSED),
    ("pc-i440fx-7.0", "qemu64", "1021G", [], pc(3 * GIB, 1018 * GIB)),
    ("pc-i440fx-7.0", "qemu64", "1022G", [], REFUSED),
    ("pc-q35-7.2", "Skylake-Server,phys-bits=39", "4G,slots=1,maxmem=480G", [], REFUSED),
    ("pc-q35-7.2", "Skylake-Server,phys-bits=39", "4G,slots=1,maxmem=477G", [],
     pc(2 * GIB, 2 * GIB, (6 * GIB, 474 * GIB))),
    # Where memory devices can be.
    ("pc-i440fx-2.1", "qemu64", "4G,slots=2,maxmem=8G", [],
     pc(3 * GIB, 1 * GIB, (5 * GIB, 4 * GIB))),
    ("pc-i440fx-2.2", "qemu64", "4G,slots=2,maxmem=8G", [],
     pc(3 * GIB, 1 * GIB, (5 * GIB, 6 * GIB))),
    ("pc-i440fx-2.0", "qemu64", "4G,slots=2,maxmem=8G", [], REFUSED),
    ("pc-q35-7.2", "qemu64", "2817M,slots=2,maxmem=8G", [],
     pc(2 * GIB, 769 * MIB, (5 * GIB, 8 * GIB - 2817 * MIB + 2 * GIB))),
    # The highest address counts from the base of that area until 2.4, from its end since.
    ("pc-q35-2.4", "qemu64", "4G,slots=1,maxmem=2T", [],
     pc(2 * GIB, 2 * GIB, (6 * GIB, (2044 + 1) * GIB))),
    ("pc-q35-2.5", "qemu64", "4G,slots=1,maxmem=2T", [], REFUSED),
    # 32-bit CPUs.
    ("pc-q35-7.2", "qemu32", "29G", [], pc(2 * GIB, 27 * GIB)),
    ("pc-q35-7.2", "pentium3,phys-bits=36", "1G", [], REFUSED),
    # microvm.
    ("microvm", "qemu64", "3071M", [], microvm(3071 * MIB)),
    ("microvm", "qemu64", "3072M", [], microvm(3 * GIB)),
    ("microvm", "qemu64", "3073M", [], microvm(3 * GIB, 1 * MIB)),
    # virt.
    ("virt-7.2", "cortex-a57", "255G", [], virt(255 * GIB)),
    ("virt-7.2", "cortex-a57", "256G", [], virt(256 * GIB)),
    ("virt-7.2", "cortex-a53", "1023G", [], virt(1023 * GIB)),
    ("virt-7.2", "cortex-a53", "1024G", [], REFUSED),
    ("virt-7.2", "cortex-a57", "1024G", [], virt(1024 * GIB)),
    ("virt-7.2", "cortex-a53", "4G,slots=1,maxmem=1022G", [], virt(4 * GIB, (5 * GIB, 1019 * GIB))),
    ("virt-7.2", "cortex-a53", "4G,slots=1,maxmem=1023G", [], REFUSED),
    ("virt-7.2", "cortex-a53", "4097M,slots=2,maxmem=8G", [],
     virt(4097 * MIB, (6 * GIB, 8 * GIB - 4097 * MIB + 2 * GIB))),
    ("virt-7.2,highmem=off", "cortex-a57", "3G", [], virt(3 * GIB)),
    ("virt-7.2,highmem=off", "cortex-a57", "3073M", [], REFUSED),
]


def case_of(row):
    machine, cpu, memory, more, _ = row
    arch = "aarch64" if machine.startswith("virt") else "x86_64"
    size = memory.split(",", 1)[0]
    argv = ["-M", f"{machine},memory-backend=ram", "-cpu", cpu, "-m", memory, "-object",
            f"memory-backend-ram,id=ram,size={size},reserve=off", *more]
    return machines.Case(arch, argv, {})


def check(qemu, row):
    want = row[-1]
    have = qemulib.compare(qemu, case_of(row))
    if want is REFUSED:
        need(have is None, "the rule says that QEMU refuses it; QEMU and we do not")
        return
    need(have is not None, "QEMU and we refuse it; the rule says that it starts")
    ram, window = want
    found = have["ram"]
    if row[0].startswith("microvm"):
        # Firmware below 4 GiB is RAM there, as large as the file that comes with QEMU.
        found = mtree_text.without(found, 0xfff00000, 0xffffffff)
    need(found == ram, f"both have {found}, the rule {ram}")
    windows = [(window[0], sum(window) - 1)] if window else []
    need(have["hotplug"] == windows, f"both have {have['hotplug']}, the rule {windows}")


def one(qemu, row):
    try:
        check(qemu, row)
    except Failed as failure:
        return row, str(failure)
    return row, None


def known(qemu, row):
    name = row[0].split(",")[0]
    return any(qemu.machines(arch, name) for arch in qemu.paths
               if (arch == "aarch64") == name.startswith("virt"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin")
    qemu = qemulib.Qemu(parser.parse_args().bin)
    if not qemu.paths:
        print("QEMU is not installed (apt-get install qemu-system-x86 qemu-system-arm)")
        sys.exit(77)
    rows = [row for row in ROWS if known(qemu, row)]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for row, trouble in pool.map(lambda row: one(qemu, row), rows):
            failed += trouble is not None
            print(f"{'not ok' if trouble else 'ok'} {' '.join(row[:3] + tuple(row[3]))}"
                  + (f"\n  {trouble}" if trouble else ""), flush=True)
    print(f"# {len(rows)} of {len(ROWS)} machines, {failed} failed")
    sys.exit(1 if failed or not rows else 0)


main()
