# SPDX-License-Identifier: LGPL-2.1-or-later
"""What QEMU's "info mtree -f" and "info mtree" say, read here on its own: a mistake of the product's
decoder must not be able to hide one of its layout. And sets of ranges to compare it with."""

import re

RANGE = re.compile(r"^\s+([0-9a-f]{16})-([0-9a-f]{16}) \(prio -?\d+, ([\w/-]+)\): (?:alias )?(\S+)", re.M)
WINDOWS = ("device-memory", "hotplug-memory")  # the name until QEMU 2.12


class NoView(Exception):
    """The text has no flat view of the address space "memory"."""


def spans(ranges):
    """The ranges (first, last), sorted, with those that overlap or touch made one."""
    merged = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], last)
        else:
            merged.append([first, last])
    return [tuple(one) for one in merged]


def without(ranges, first, last):
    """The spans less what lies in [first, last]."""
    kept = []
    for one, other in ranges:
        kept += [part for part in ((one, min(other, first - 1)), (max(one, last + 1), other))
                 if part[0] <= part[1]]
    return spans(kept)


def within(ranges, first, last):
    """The spans of what lies in [first, last]."""
    return spans((max(one, first), min(other, last)) for one, other in ranges
                 if one <= last and other >= first)


def rows(text):
    """(first, last, kind, name) of every range in the text, in its order."""
    return [(int(first, 16), int(last, 16), kind, name)
            for first, last, kind, name in RANGE.findall(text)]


def flat_view(text):
    """The lines of the flat view that has the address space "memory", wherever it stands."""
    for view in re.split(r"^FlatView #\d+$", text, flags=re.M)[1:]:
        view = re.split(r"^(?:#####|address-space:|memory-region:)", view, flags=re.M)[0]
        if re.search(r'^ AS "memory", root: ', view, re.M):
            return view
    raise NoView()


def truth(text):
    """{"ram", "rom", "hotplug", "pci-hole64"}: the spans of each, as QEMU has them; without those that
    the text does not show: the flat view has neither windows nor where memory devices can be."""
    text = text.replace("\r", "")
    flat = rows(flat_view(text))
    maps = {"ram": spans(r[:2] for r in flat if r[2] in ("ram", "nv-ram")),
            "rom": spans(r[:2] for r in flat if r[2] == "rom")}
    if re.search(r"^address-space: memory$", text, re.M):
        maps["hotplug"] = spans(r[:2] for r in rows(text) if r[3] in WINDOWS)
        if "virt.flash0" in text:
            # Arm's virt board says where 64-bit BARs go; a PC does when firmware has run.
            maps["pci-hole64"] = spans(r[:2] for r in rows(text) if r[3] == "pcie-mmio-high")
    return maps


def memory_of(maps):
    """Without windows of BARs."""
    return {kind: maps[kind] for kind in maps if kind != "pci-hole64"}


def claimed(guest, want):
    """Those that are in @want, of a guest that the product printed."""
    def of(kind):
        return spans((int(r["first"], 16), int(r["last"], 16)) for r in guest["map"]
                     if r["kind"] == kind)

    return {kind: of(kind) for kind in want}


def shown(maps):
    return "; ".join(f"{kind} " + (" ".join(f"{a:x}-{b:x}" for a, b in maps[kind]) or "none")
                     for kind in maps)
