#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Real guests: the map derived from each form of their definition is the one that QEMU built."""

import os
import pathlib
import re
import sys
import xml.etree.ElementTree

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import maplib  # noqa: E402  (found beside this folder)
import mtree_text  # noqa: E402
from maplib import Failed, need  # noqa: E402

DATA = HERE / "data"
# Boards that are not modelled: nothing may be claimed of them.
STRANGE = {"qemu-isapc-64m": "isapc", "qemu-sbsa-4g": "sbsa-ref"}
# QEMU 7.2 does not start these: its numbers for the limit, the highest address and the bits.
REFUSED = {"pc-q35-7.2-epyc-1536g-phys40": (0xffffffffff, 0x2877fffffff, 40),
           "q35-4g-maxmem2t": (0xffffffffff, 0x30b7fffffff, 40)}
FIRMWARE = (0xfff00000, 0xffffffff)
# Without KVM no place may matter; what is not known of one must not make the answer open.
PLACES = ({}, {"amd": "yes", "bits": 48, "ipa": 40}, {"amd": "no", "bits": 39, "ipa": 48})


def text_of(name):
    return (DATA / name).read_bytes()


def cmdline_of(name):
    """QEMU's arguments out of libvirt's log, or as they were typed. libvirt's adds what QEMU said."""
    if (DATA / f"{name}.cmd").exists():
        return text_of(f"{name}.cmd")
    lines = text_of(f"{name}.qemu-cmdline.txt").decode().splitlines()
    return "\n".join(line for line in lines if not re.match(r"\d{4}-\d\d-\d\d ", line)).encode()


def forms(name):
    """(form, text) of every definition of that guest that is there."""
    for kind in ("inactive", "live"):
        if (DATA / f"{name}.{kind}.xml").exists():
            yield kind, "domain", text_of(f"{name}.{kind}.xml")
    if (DATA / f"{name}.cmd").exists() or (DATA / f"{name}.qemu-cmdline.txt").exists():
        yield "arguments", "cmdline", cmdline_of(name)


def arch_of(name):
    return "aarch64" if re.search(r"virt-arm|qemu-virt|sbsa", name) else "x86_64"


def check_equal(what, have, want, name=""):
    have = mtree_text.claimed(have, want)
    if name.startswith("qemu-microvm"):
        # Firmware below 4 GiB is RAM there, of a size that only who built QEMU knows.
        need(mtree_text.within(have["ram"], *FIRMWARE)[0][0] <= 0xffff0000, f"{what}: firmware")
        have, want = ({**maps, "ram": mtree_text.without(maps["ram"], *FIRMWARE)}
                      for maps in (have, want))
    need(have == want,
         f"{what}\n  QEMU: {mtree_text.shown(want)}\n  we:   {mtree_text.shown(have)}")


def check_truth(name):
    """What QEMU said, read by two readers."""
    text = text_of(f"{name}.mtree.txt")
    want = mtree_text.truth(text.decode())
    need(want["ram"], "no RAM in QEMU's own map")
    for arch in (None, arch_of(name)):
        guest = maplib.decoded("mtree", text, arch=arch)
        check_equal("read from mtree", guest, mtree_text.memory_of(want))
        need(guest["arch"] == arch_of(name), f"mtree: architecture {guest['arch']}")
        need(not guest["opaque"], f"mtree: opaque {guest['opaque']}")
        need(not guest["opaque"] and not guest["devices"],
             f"mtree: opaque {guest['opaque']}, devices {guest['devices']}")
    return want


def check_bars(name):
    """Memory in BARs, which firmware places: in one and the same place for all forms of a guest."""
    seen = {kind: {(r["first"], r["last"], r["placed"])
                   for r in maplib.decoded(form, text)["map"] if r["kind"] == "ram-device"}
            for kind, form, text in forms(name)}
    for kind, bars in seen.items():
        others = seen.get("arguments", bars)
        need(bars == others, f"{kind}: BARs {sorted(bars)}, of its arguments {sorted(others)}")


def check_started(name):
    want = check_truth(name)
    check_bars(name)
    seen = 0
    for what, form, text in forms(name):
        for place in PLACES:
            guest = maplib.decoded(form, text, **place)
            need(not guest["opaque"], f"{what}: opaque {guest['opaque']}")
            need(not guest["open"], f"{what}, {place}: open, {guest['open']}")
            need(not guest["refused"], f"{what}: QEMU started it, we say {guest['refused']}")
            need(guest["arch"] == arch_of(name), f"{what}: architecture {guest['arch']}")
            check_equal(f"{what}, {place}", guest, want, name)
            if "hotplug" in want:
                need(guest["hotplug_none"] == (not want["hotplug"]), f"{what}: hotplug_none")
        seen += 1
    need(seen, "no definition of it")
    return seen


def check_strange(name):
    """Not modelled: named, and no map that something could be proven with."""
    check_truth(name)
    for what, form, text in forms(name):
        guest = maplib.decoded(form, text)
        need(any(STRANGE[name] in word for word in guest["opaque"]),
             f"{what}: the board is not named in {guest['opaque']}")
        need(guest["map"] == [], f"{what}: a map of a board that is not modelled")
    return 1


def hostdevs(text):
    """Addresses of the PCI devices that the XML gives to the guest, by another reader."""
    return {"{:04x}:{:02x}:{:02x}.{:x}".format(*(int(address.get(part), 16) for part in
                                                 ("domain", "bus", "slot", "function")))
            for address in xml.etree.ElementTree.fromstring(text).iterfind(
                "./devices/hostdev[@type='pci']/source/address")}


def check_defined(name):
    """Never started: the definition is understood, and its devices are those that are written."""
    text = text_of(f"{name}.inactive.xml")
    memory = xml.etree.ElementTree.fromstring(text).find("memory")
    size = int(memory.text) * {"KiB": 1 << 10, "MiB": 1 << 20}[memory.get("unit")]
    for place in PLACES:
        guest = maplib.decoded("domain", text, **place)
        need(not guest["opaque"], f"opaque {guest['opaque']}")
        have = mtree_text.claimed(guest, ["ram"])["ram"]
        need({device.lower() for device in guest["devices"]} == hostdevs(text),
             f"devices {guest['devices']}")
        if name in REFUSED:
            need(guest["refused"], "QEMU refuses it, we do not")
            for number in REFUSED[name]:
                need(re.search(rf"\b({number}|{number:#x})\b", guest["refused"]),
                     f"{number:#x} is not in {guest['refused']!r}")
            continue
        need(not guest["refused"], f"refused: {guest['refused']}")
        need(not guest["open"], f"open: {guest['open']}")
        # All of it is there, but for what firmware lies over below 1 MiB.
        there = sum(last - first + 1 for first, last in have)
        need(size - (1 << 20) <= there <= size, f"{there} bytes of RAM, not {size}")
    return 1


def check(name):
    if name in STRANGE:
        return check_strange(name)
    if (DATA / f"{name}.mtree.txt").exists():
        return check_started(name)
    return check_defined(name)


def main():
    names = sorted({re.sub(r"\.(inactive\.xml|live\.xml|mtree\.txt|qemu-cmdline\.txt|cmd)$", "",
                           path.name) for path in DATA.iterdir()})
    wanted = [word for word in sys.argv[1:] if not word.startswith("-")] or names
    failed = compared = 0
    for name in wanted:
        try:
            compared += check(name)
            print(f"ok {name}", flush=True)
        except Failed as failure:
            failed += 1
            print(f"not ok {name}: {failure}", flush=True)
    print(f"# {compared} definitions of {len(wanted)} guests")
    sys.exit(1 if failed or not compared else 0)


if __name__ == "__main__":
    os.environ.setdefault("top_builddir", os.getcwd())
    main()
