# SPDX-License-Identifier: LGPL-2.1-or-later
"""An independent reading of a sysroot, held against a facts document.

    check_facts.py SYSROOT FACTS.json

It shares nothing with the collector but the files: groups, members, reserved regions, ids, drivers,
units, resources, and its own walk through configuration space. It says what is; how the collector
says what it cannot know is for the unit tests."""

import json
import os
import pathlib
import re
import struct
import sys

PORT_TYPES = {
    0: "endpoint", 1: "legacy-endpoint", 4: "root-port", 5: "upstream-port", 6: "downstream-port",
    7: "pcie-to-pci-bridge", 8: "pci-to-pcie-bridge", 9: "integrated-endpoint", 10: "event-collector",
}
UNIT_KINDS = {"dmar": "intel-vtd", "ivhd": "amd-vi", "smmu3.": "arm-smmu-v3", "smmu.": "arm-smmu"}
PCI_ADDRESS = re.compile(r"[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")
MEMORY = 0x200


def text(path):
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return None


def number(path):
    value = text(path)
    return None if value is None else int(value, 16)


def tail(path):
    return os.path.basename(os.readlink(path)) if path.is_symlink() else None


class Config:
    """Configuration space as PCI Express Base and PCI Local Bus describe it."""

    def __init__(self, data):
        self.data = data
        self.caps = {}
        self.extended = {}
        if len(data) < 64 or self.word(0) == 0xFFFF:
            return
        at = data[0x34] & ~3 if self.word(6) & 0x10 else 0
        for _ in range(48):
            if at < 64 or at + 4 > len(data):
                break
            self.caps.setdefault(data[at], at)
            at = data[at + 1] & ~3
        at = 0x100 if len(data) > 0x104 else 0
        while at and at + 4 <= len(data):
            header = self.long(at)
            if header in (0, 0xFFFFFFFF) or header & 0xFFFF in self.extended:
                break
            self.extended[header & 0xFFFF] = at
            at = header >> 20 & ~3

    def word(self, at):
        return struct.unpack_from("<H", self.data, at)[0]

    def long(self, at):
        return struct.unpack_from("<I", self.data, at)[0]


class Checker:
    def __init__(self, root, facts):
        self.root = pathlib.Path(root)
        self.facts = facts
        self.problems = []

    def same(self, what, found, want):
        if found != want:
            self.problems.append(f"{what}: the document says {found!r}, the files say {want!r}")

    def hexed(self, what, found, want):
        self.same(what, found, want if want is None else hex(want))

    # ------------------------------------------------------------ groups

    def groups(self):
        folder = self.root / "sys/kernel/iommu_groups"
        ids = sorted(int(name) for name in os.listdir(folder)) if folder.is_dir() else []
        found = self.facts["groups"]
        self.same("groups", [group["id"] for group in found], ids)
        for group in found:
            here = folder / str(group["id"])
            what = f"group {group['id']}"
            self.same(f"{what} type", group["type"], text(here / "type"))
            self.same(f"{what} devices", group["devices"], sorted(os.listdir(here / "devices")))
            regions = []
            for line in text(here / "reserved_regions").splitlines():
                first, last, kind = line.split()
                regions.append((int(first, 16), int(last, 16), kind))
            self.same(
                f"{what} regions",
                [(int(r["first"], 16), int(r["last"], 16), r["type"]) for r in group["reserved"]],
                sorted(regions))

    # ------------------------------------------------------------ units

    def units(self):
        folder = self.root / "sys/class/iommu"
        names = sorted(os.listdir(folder)) if folder.is_dir() else []
        self.same("units", [unit["name"] for unit in self.facts["iommus"]], names)
        for unit in self.facts["iommus"]:
            here = folder / unit["name"]
            kind = next((kind for prefix, kind in UNIT_KINDS.items()
                         if unit["name"].startswith(prefix)), "virtio-iommu")
            self.same(f"{unit['name']} kind", unit["kind"], kind)
            if kind == "intel-vtd":
                cap = number(here / "intel-iommu/cap")
                self.hexed("cap", unit["cap"], cap)
                self.hexed("ecap", unit["ecap"], number(here / "intel-iommu/ecap"))
                widths = [30 + 9 * bit for bit in range(5) if cap >> 8 & 1 << bit]
                self.same("input bits", unit["input_bits"],
                          min(max(widths), (cap >> 16 & 0x3F) + 1))
                self.same("caching mode", unit["caching_mode"], bool(cap >> 7 & 1))

    # ------------------------------------------------------------ devices

    def device_names(self):
        names = {path.name for path in (self.root / "sys/bus/pci/devices").iterdir()}
        names |= {path.name for path in self.root.glob("sys/kernel/iommu_groups/*/devices/*")}
        return sorted(names)

    def devices(self):
        self.same("devices", [device["address"] for device in self.facts["devices"]],
                  self.device_names())
        for device in self.facts["devices"]:
            pci = self.root / "sys/bus/pci/devices" / device["address"]
            if pci.is_symlink():
                self.common(device, pci.resolve())
                self.pci(device, pci.resolve())
            else:
                member = next(self.root.glob(
                    f"sys/kernel/iommu_groups/*/devices/{device['address']}"))
                self.same(f"{device['address']} bus", device["bus"] != "pci", True)
                self.common(device, member.resolve())

    def common(self, device, here):
        what = device["address"]
        driver = tail(here / "driver")
        self.same(f"{what} driver", device["driver"], driver)
        self.same(f"{what} vfio driver", device["vfio_driver"],
                  driver is not None and (driver == "vfio-pci" or (here / "vfio-dev").is_dir()))
        group = tail(here / "iommu_group")
        if group is not None:
            self.same(f"{what} group", device["group"], int(group))
            self.same(f"{what} unit", device["iommu"], tail(here / "iommu"))
        else:
            # With a group to come, or none at all: never a number.
            self.same(f"{what} group is a number", isinstance(device["group"], int), False)
        node = text(here / "numa_node")
        self.same(f"{what} node", device["numa_node"],
                  None if node in (None, "-1") else int(node))

    def pci(self, device, here):
        what = device["address"]
        for key in ("vendor", "device", "class", "revision"):
            self.hexed(f"{what} {key}", device[key], number(here / key))
        subsystem = number(here / "subsystem_vendor"), number(here / "subsystem_device")
        if subsystem == (0, 0):
            subsystem = None, None
        self.hexed(f"{what} subsystem vendor", device["subsystem_vendor"], subsystem[0])
        self.hexed(f"{what} subsystem device", device["subsystem_device"], subsystem[1])
        above = here.parent.name
        self.same(f"{what} parent", device["parent"],
                  above if PCI_ADDRESS.fullmatch(above) else None)
        self.same(f"{what} physical function", device["physfn"], tail(here / "physfn"))
        methods = text(here / "reset_method")
        self.same(f"{what} reset methods", device["reset_methods"],
                  methods.split() if methods else None)
        self.resources(device, here)
        data = (here / "config").read_bytes()
        self.config(device, here, Config(data), virtual=(here / "physfn").is_symlink())

    def resources(self, device, here):
        what = device["address"]
        rows = [tuple(int(word, 16) for word in line.split())
                for line in text(here / "resource").splitlines()]
        rows = [(i, *row) for i, row in enumerate(rows) if row[2] and row[0] <= row[1] and row[1]]
        bridge = number(here / "class") >> 8 == 0x0604
        n = len(text(here / "resource").splitlines()) - 4 if bridge else 1000
        self.same(f"{what} bars",
                  [(b["index"], int(b["first"], 16), int(b["last"], 16), int(b["flags"], 16))
                   for b in device["bars"]],
                  [row for row in rows if row[0] < n])
        if not bridge:
            self.same(f"{what} windows", device["windows"], None)
            return
        self.same(f"{what} windows",
                  sorted((int(w["first"], 16), int(w["last"], 16)) for w in device["windows"]),
                  sorted(row[1:3] for row in rows if row[0] >= n and row[3] & MEMORY))

    def config(self, device, here, config, virtual):
        what = device["address"]
        self.same(f"{what} header", device["header_type"], config.data[0x0E] & 0x7F)
        if not virtual:
            self.same(f"{what} multifunction", device["multifunction"],
                      bool(config.data[0x0E] & 0x80))
        at = config.caps.get(0x10)
        if at is None and virtual:
            return
        self.same(f"{what} port type", device["port_type"],
                  None if at is None else PORT_TYPES[config.word(at + 2) >> 4 & 15])
        # PCI Express behind a bus that shows 256 bytes of it: what comes later cannot be known.
        missing = ({"unknown": "not-exposed"}
                   if 0x10 in config.caps and len(config.data) == 256 else None)
        at = config.extended.get(0x0D)
        self.same(f"{what} ACS", device["acs"], missing if at is None else {
            "capability": hex(config.word(at + 4)), "control": hex(config.word(at + 6))})
        at = config.extended.get(0x0F)
        self.same(f"{what} ATS", device["ats"], missing if at is None else {
            "enabled": bool(config.word(at + 6) & 0x8000)})
        at = config.extended.get(0x10)
        # A driver may keep some of the virtual functions that the hardware has for itself.
        total = text(here / "sriov_totalvfs")
        self.same(f"{what} SR-IOV", device["sriov"], missing if at is None else {
            "total_vfs": int(total) if total else config.word(at + 0x0E),
            "num_vfs": config.word(at + 0x10),
            "vf_device": hex(config.word(at + 0x1A))})
        at = config.caps.get(0x11)
        self.same(f"{what} MSI-X", device["msix"], None if at is None else {
            "vectors": (config.word(at + 2) & 0x7FF) + 1,
            "table_bar": config.long(at + 4) & 7, "table_offset": hex(config.long(at + 4) & ~7),
            "pba_bar": config.long(at + 8) & 7, "pba_offset": hex(config.long(at + 8) & ~7)})

    # ------------------------------------------------------------ the host

    def host(self):
        host = self.facts["host"]
        self.same("release", host["kernel"]["release"],
                  text(self.root / "proc/sys/kernel/osrelease"))
        version = text(self.root / "proc/version")
        debian = re.search(r" Debian (\d+\.\d+\.\d+)", version)
        if debian:
            self.same("version", host["kernel"]["version"], debian[1])
            self.same("flavour", host["kernel"]["flavour"], "debian")
        self.same("page size", host["page_size"],
                  0x4000 if "16k" in host["kernel"]["release"] else 0x1000)
        cpuinfo = text(self.root / "proc/cpuinfo")
        arm = "CPU implementer" in cpuinfo
        self.same("architecture", host["arch"], "aarch64" if arm else "x86_64")
        if not arm:
            self.same("virtual", host["virtual"], "hypervisor" in cpuinfo.split())
            bits = re.search(r"(\d+) bits physical", cpuinfo)
            self.same("CPU bits", host["cpu_bits"], int(bits[1]))
        self.interrupts()
        parameters = self.root / "sys/module/vfio_iommu_type1/parameters"
        type1 = self.facts["vfio"]["type1"]
        if parameters.is_dir():
            self.same("type1", type1, {
                "allow_unsafe_interrupts":
                    text(parameters / "allow_unsafe_interrupts") == "Y",
                "dma_entry_limit": int(text(parameters / "dma_entry_limit"))})
        else:
            self.same("type1", type1, None)

    def interrupts(self):
        lines = text(self.root / "proc/interrupts").splitlines()
        chips = {word for line in lines for word in line.split()}
        isolated = self.facts["vfio"]["interrupts"]["isolated"]
        if any(re.match(r"IR-|ITS-(PCI-)?MSI", chip) for chip in chips):
            self.same("isolated", isolated, True)
        elif any(re.match(r"PCI-MSI|IO-APIC", chip) for chip in chips):
            self.same("isolated", isolated, False)


# ---------------------------------------------------------------- how far a unit reaches

def intel_bits(here, command_line):
    cap, ecap = number(here / "intel-iommu/cap"), number(here / "intel-iommu/ecap")
    widest = max(30 + 9 * bit for bit in range(5) if cap >> 8 & 1 << bit)
    bits = min(widest, (cap >> 16 & 0x3F) + 1)
    # Only first-stage tables: addresses are canonical, the upper half is not theirs.
    scalable = ecap >> 43 & 1 and "sm_on" in command_line
    return bits - 1 if scalable and ecap >> 47 & 1 and not ecap >> 46 & 1 else bits


def amd_bits(ivrs):
    """Of the EFR copy in the first block of type 11h or 40h of the IVRS table."""
    at = 48
    while at + 4 <= len(ivrs):
        kind, _, length = struct.unpack_from("<BBH", ivrs, at)
        if kind in (0x11, 0x40):
            levels = (struct.unpack_from("<Q", ivrs, at + 24)[0] >> 10 & 3) + 4
            return min(12 + 9 * levels, 64)
        if length < 4:
            break
        at += length
    return 48


def aperture(root, kernel_log, unit):
    """The last address that the unit of that name reaches for VFIO, by what was measured on these
    kernels; None where nothing is known."""
    root = pathlib.Path(root)
    here = root / "sys/class/iommu" / unit
    release = tuple(int(part) for part in re.findall(
        r"\d+", text(root / "proc/sys/kernel/osrelease"))[:2])
    bits = None
    if unit.startswith("dmar"):
        bits = intel_bits(here, text(root / "proc/cmdline"))
    elif unit.startswith("ivhd"):
        bits = 64 if release < (6, 17) else amd_bits(
            (root / "sys/firmware/acpi/tables/IVRS").read_bytes())
    elif unit.startswith("smmu3."):
        features = re.search(r"features (0x[0-9a-f]+)", kernel_log)
        bits = 48 if features and int(features[1], 16) >> 9 & 1 else None
    else:
        found = re.search(re.escape("input address: ") + r"(\d+) bits", kernel_log)
        bits = int(found[1]) if found else None
    return None if bits is None else (1 << bits) - 1


def usable(last, reserved):
    """The ranges from 0 to @last without @reserved, but for what is direct-relaxable."""
    ranges, first = [], 0
    for region in sorted(reserved, key=lambda region: int(region["first"], 16)):
        if region["type"] == "direct-relaxable" or first > last:
            continue
        if int(region["first"], 16) > first:
            ranges.append((first, min(int(region["first"], 16) - 1, last)))
        first = max(first, int(region["last"], 16) + 1)
    return ranges + ([(first, last)] if first <= last else [])


def check(root, facts):
    """The differences between @facts and the files below @root, as sentences."""
    checker = Checker(root, facts)
    for part in (checker.host, checker.groups, checker.units, checker.devices):
        try:
            part()
        except (KeyError, TypeError, AttributeError) as error:
            checker.problems.append(f"{part.__name__}: the document has another shape: {error!r}")
    return checker.problems


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as file:
        found = check(sys.argv[1], json.load(file))
    for problem in found:
        print(problem)
    sys.exit(1 if found else 0)
