#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""make_sysroot.py DIR: a sysroot of 1,000 PCI devices in 500 groups, for the benchmarks.

250 root ports with ACS, each a group of its own; below each an endpoint of three functions that
share a group. One VT-d unit.
"""
import os
import struct
import sys

PORTS = 250
FUNCTIONS = 3
ACS = (0x1f, 0x1f)


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def link(path, target):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.symlink(os.path.relpath(target, os.path.dirname(path)), path)


def config(port, vendor, device, class_code, multifunction):
    c = bytearray(4096)
    struct.pack_into("<HH", c, 0, vendor, device)
    struct.pack_into("<HH", c, 4, 6, 0x10)
    struct.pack_into("<I", c, 8, class_code << 8)
    c[0x0e] = (1 if port else 0) | (0x80 if multifunction else 0)
    c[0x34] = 0x40
    struct.pack_into("<BBH", c, 0x40, 0x10, 0x70, 2 | (4 if port else 0) << 4)
    struct.pack_into("<I", c, 0x44, 0x10000000)
    struct.pack_into("<BBHII", c, 0x70, 0x11, 0, 4, 3, 0x800 | 3)
    if port:
        struct.pack_into("<IHH", c, 0x100, 0x0001000D, *ACS)
    return bytes(c)


def device(root, path, address, attributes, group, resources):
    base = root + path
    for name, value in attributes.items():
        write(f"{base}/{name}", value)
    rows = resources + [(0, 0, 0)] * (17 - len(resources))
    write(f"{base}/resource", "".join("0x%016x 0x%016x 0x%016x\n" % r for r in rows))
    link(f"{base}/iommu_group", f"{root}/sys/kernel/iommu_groups/{group}")
    link(f"{base}/iommu", f"{root}/sys/devices/virtual/iommu/dmar0")
    link(f"{root}/sys/bus/pci/devices/{address}", base)
    link(f"{root}/sys/kernel/iommu_groups/{group}/devices/{address}", base)
    link(f"{root}/sys/devices/virtual/iommu/dmar0/devices/{address}", base)


def attributes(port, vendor, device_id, class_code, multifunction):
    return {
        "vendor": f"0x{vendor:04x}\n", "device": f"0x{device_id:04x}\n",
        "subsystem_vendor": f"0x{vendor:04x}\n", "subsystem_device": "0x0001\n",
        "class": f"0x{class_code:06x}\n", "revision": "0x00\n", "numa_node": "-1\n",
        "power_state": "D0\n", "reset_method": "flr bus\n",
        "config": config(port, vendor, device_id, class_code, multifunction),
    }


def main(root):
    regions = "0x00000000fee00000 0x00000000feefffff msi\n"
    for i in range(PORTS):
        domain, n = divmod(i, PORTS // 2)
        port = f"{domain:04x}:00:{n // 8:02x}.{n % 8}"
        path = f"/sys/devices/pci{domain:04x}:00/{port}"
        window = 0x100000000000 + (i << 24)
        device(root, path, port, attributes(True, 0x1b36, 0x000c, 0x060400, True), 2 * i,
               [(0, 0, 0)] * 14 + [(window, window + 0xffffff, 0x200)])
        link(f"{root}{path}/driver", f"{root}/sys/bus/pci/drivers/pcieport")
        for f in range(FUNCTIONS):
            address = f"{domain:04x}:{n + 1:02x}:00.{f}"
            bar = window + f * 0x10000
            device(root, f"{path}/{address}", address,
                   attributes(False, 0x8086, 0x10d3, 0x020000, True), 2 * i + 1,
                   [(bar, bar + 0xffff, 0x40200)])
            link(f"{root}{path}/{address}/driver", f"{root}/sys/bus/pci/drivers/vfio-pci")
    for group in range(2 * PORTS):
        write(f"{root}/sys/kernel/iommu_groups/{group}/reserved_regions", regions)
        write(f"{root}/sys/kernel/iommu_groups/{group}/type", "DMA\n")
    unit = f"{root}/sys/devices/virtual/iommu/dmar0"
    write(f"{unit}/intel-iommu/cap", "d2008c222f0686\n")
    write(f"{unit}/intel-iommu/ecap", "f00f4a\n")
    write(f"{unit}/intel-iommu/version", "1:0\n")
    link(f"{root}/sys/class/iommu/dmar0", unit)
    os.makedirs(f"{root}/sys/bus/pci/drivers/pcieport")
    os.makedirs(f"{root}/sys/bus/pci/drivers/vfio-pci")
    write(f"{root}/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "N\n")
    write(f"{root}/sys/module/vfio_iommu_type1/parameters/dma_entry_limit", "65535\n")
    write(f"{root}/sys/module/kvm_intel/parameters/nested", "Y\n")
    write(f"{root}/proc/cmdline", "intel_iommu=on\n")
    write(f"{root}/proc/version", "Linux version 6.12.95 (x@y) (gcc) #1 SMP\n")
    write(f"{root}/proc/sys/kernel/osrelease", "6.12.95\n")
    write(f"{root}/proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\n"
          "flags\t\t: fpu lm\naddress sizes\t: 46 bits physical, 48 bits virtual\n\n")
    write(f"{root}/proc/interrupts", "           CPU0\n 24:  1  IR-PCI-MSI 1-edge  eth0\n")
    write(f"{root}/proc/iomem", "".join(
        f"{first:x}-{first + (PORTS // 2 << 24) - 1:x} : PCI Bus {domain:04x}:00\n"
        for domain, first in ((0, 0x100000000000), (1, 0x100000000000 + (PORTS // 2 << 24)))))


if __name__ == "__main__":
    main(sys.argv[1])
