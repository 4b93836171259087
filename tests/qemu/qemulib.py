# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starting QEMU paused, asking it for its map, and comparing that with the product's."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import maplib  # noqa: E402  (found beside this folder)
import mtree_text  # noqa: E402

PROGRAMS = {"x86_64": "qemu-system-x86_64", "aarch64": "qemu-system-aarch64"}
QUESTIONS = "".join(json.dumps(one) + "\n" for one in (
    {"execute": "qmp_capabilities"},
    *({"execute": "human-monitor-command", "arguments": {"command-line": line}}
      for line in ("info mtree -f", "info mtree")),
    {"execute": "quit"}))
NUMBER = re.compile(r"\b0x[0-9a-f]+|\b\d+\b")
# Firmware of a PC ends at 4 GiB; no image is larger.
FIRMWARE = (0xff000000, 0xffffffff)
# All that arguments without KVM leave open: what changed with QEMU itself, not with a machine's
# version, for a CPU of 32 bits, for CXL, and for an NVDIMM on Arm.
OPEN = re.compile(r"whether QEMU itself is 8\.2 or newer|which only (?:newer QEMU|QEMU before 8\.2) "
                  r"|^a CXL window that the CPU's address bits do not reach$")
# What a path does not say: whether huge pages are behind it. Then a place that depends on it is open.
PAGES = re.compile(r"^-device \S+: the size of its pages is not said, and its place depends on it$")
# How QEMU refuses what is modelled. Anything else that it refuses was asked wrongly.
REFUSALS = (
    r"Address space limit 0x[0-9a-f]+ < 0x[0-9a-f]+ phys-bits too low \(\d+\)",
    r"phys-bits should be between 32 and \d+\s+\(but is \d+\)",
    r"phys-bits is not user-configurable in 32 bit",
    r"Addressing limited to \d+ bits, but memory exceeds it by \d+ bytes",
    r"not enough space, currently 0x[0-9a-f]+ in use of total space for memory devices 0x[0-9a-f]+",
    r"can't add memory device \[",
    r"could not find position in guest address space for memory device",
    r"address must be aligned to \d+ bytes|address must be aligned to 0x[0-9a-f]+",
    r"address range conflicts with memory device",
    r"backend memory size must be multiple of 0x[0-9a-f]+",
    r"memdev size has to be multiples of\s*'block-size'",
    r"is too small to contain nvdimm label",
    r"no free slots available",
    r"unsupported amount of memory slots",
    r"invalid value of maxmem|maximum memory size must by aligned",
    r"memory hotplug is not enabled|nvdimm is not enabled|memory devices .* are not supported",
    r"memory hotplug is not supported|requires? ACPI|missing acpi-ged device",
    r"'slots\|maxmem'\" is not supported by",
)


class Qemu:
    """The emulators in one folder, or those of the search path."""

    def __init__(self, folder=None):
        self.paths = {}
        for arch, program in PROGRAMS.items():
            path = shutil.which(program, path=str(folder)) if folder else shutil.which(program)
            if path:
                self.paths[arch] = path
        self.help = {}

    def asked(self, arch, *words):
        """What it prints, once; nothing if it does not know that."""
        if (arch, words) not in self.help:
            done = subprocess.run([self.paths[arch], *words], capture_output=True, text=True,
                                  timeout=60, check=False)
            self.help[arch, words] = done.stdout if done.returncode == 0 else ""
        return self.help[arch, words]

    def version(self, arch):
        return re.search(r"version (\S+)", self.asked(arch, "-version")).group(1)

    def machines(self, arch, pattern):
        """Names of machines that match, in the order of their numbers."""
        names = re.findall(r"^(\S+) ", self.asked(arch, "-machine", "help"), re.M)
        return sorted((name for name in names if re.fullmatch(pattern, name)),
                      key=lambda name: [int(part) for part in re.findall(r"\d+", name)])

    def cpus(self, arch):
        pattern = r"^x86 (\S+)|^  (\S+)$"
        if arch == "x86_64":
            # The list of CPUs, before that of the flags; "x86" is not written by newer ones.
            text = self.asked(arch, "-cpu", "help").split("Recognized", 1)[0]
            pattern = r"^(?:x86|  ) ?(\S+)"
            return [name for name in re.findall(pattern, text, re.M)]
        return re.findall(r"^  (\S+)", self.asked(arch, "-cpu", "help"), re.M)

    def has(self, arch, device):
        return self.asked(arch, "-device", f"{device},help") != ""

    def start(self, arch, argv, kvm=False):
        """(text, None): what its monitor said; or (None, message): why it did not start."""
        argv = list(argv)
        if kvm and "-cpu" in argv:
            # A host that is a guest itself cannot always give on the register of that feature.
            argv[argv.index("-cpu") + 1] += ",arch-capabilities=off"
        words = [self.paths[arch], *argv, "-accel", "kvm" if kvm else "tcg", "-S", "-nodefaults",
                 "-display", "none", "-qmp", "stdio"]
        done = subprocess.run(words, input=QUESTIONS, capture_output=True, text=True, timeout=300,
                              check=False)
        said = [json.loads(line) for line in done.stdout.splitlines()]
        texts = [one["return"] for one in said if isinstance(one.get("return"), str)]
        if done.returncode == 0 and len(texts) == 2:
            return "\n".join(texts), None
        lines = [line for line in done.stderr.splitlines() if "warning: " not in line]
        return None, " / ".join(lines) or f"it ended with {done.returncode} and said nothing"


def host_place():
    """This machine's CPU, which KVM shows to guests whatever they name."""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
        text = f.read()
    bits = re.search(r"^address sizes\s*: (\d+) bits physical", text, re.M)
    return {"amd": "yes" if re.search(r"^vendor_id\s*: AuthenticAMD$", text, re.M) else "no",
            "bits": int(bits.group(1)) if bits else 0}


def numbers(text):
    return {int(word, 0) for word in NUMBER.findall(text)}


def unknown(guest):
    """Why it is not proven what the guest gets."""
    return guest["opaque"] + ([guest["open"]] if guest["open"] else [])


def compare_refusals(message, guest, case):
    """QEMU refused: so do we, and where both say how far addresses go, in the same numbers."""
    maplib.need(any(re.search(pattern, message) for pattern in REFUSALS),
                f"QEMU was asked for what it does not have: {message}")
    ours = guest["error"]["text"] if "error" in guest else guest["refused"]
    if not ours and any(OPEN.search(one) for one in unknown(guest)):
        return
    maplib.need(ours, f"QEMU refuses ({message}), we do not")
    limit = re.search(r"Address space limit.*|Addressing limited to .*", message)
    if limit and not case.of_its_build:
        maplib.need(numbers(limit.group(0)) <= numbers(ours),
                    f"QEMU says {limit.group(0)!r}, we say {ours!r}")


def without_firmware(maps):
    """The maps less what an image that somebody named may take, and what that is of it."""
    rest = {kind: mtree_text.without(ranges, *FIRMWARE) for kind, ranges in maps.items()}
    taken = [span for kind in ("ram", "rom") for span in maps[kind]]
    return rest, mtree_text.within(taken, *FIRMWARE)


def compare_maps(text, guest, case):
    want = mtree_text.truth(text)
    maplib.need(not guest["refused"], f"QEMU starts it, we say {guest['refused']!r}")
    have = mtree_text.claimed(guest, want)
    said = f"QEMU: {mtree_text.shown(want)}\n  we: {mtree_text.shown(have)}"
    if case.some_firmware:
        # How large the file is cannot be known from its name: no less than it is may be claimed.
        (rest, taken), (ours, claimed) = without_firmware(want), without_firmware(have)
        maplib.need(rest == ours, said)
        maplib.need(mtree_text.spans(taken + claimed) == mtree_text.spans(claimed), said)
    else:
        maplib.need(have == want, said)
    memory = mtree_text.memory_of(want)
    said = maplib.decoded("mtree", text.encode(), arch=case.arch)
    read = mtree_text.claimed(said, memory)
    maplib.need(not said["opaque"], f"we do not understand QEMU's text: {said['opaque']}")
    maplib.need(read == memory,
                f"QEMU: {mtree_text.shown(memory)}\n  we read: {mtree_text.shown(read)}")
    return want


def compare_start(qemu, case, guest, kvm=False):
    """The map that both have, None if both refuse; Failed where the product sees it differently."""
    text, message = qemu.start(case.arch, case.argv, kvm)
    if guest.get("machine_assumed") and case.of_its_build:
        return message is None and mtree_text.truth(text)
    if message is not None:
        compare_refusals(message, guest, case)
        return None
    maplib.need("error" not in guest, f"QEMU starts it, we refuse it: {guest.get('error')}")
    strange = [one for one in unknown(guest) if not PAGES.match(one) and not OPEN.search(one)]
    maplib.need(not strange, f"unknown: {strange}")
    if guest["opaque"]:
        return mtree_text.truth(text)
    return compare_maps(text, guest, case)


def compare(qemu, case, kvm=False):
    """As above, with the guest that the case's own arguments describe."""
    argv = [PROGRAMS[case.arch], *case.argv, "-accel", "kvm" if kvm else "tcg"]
    text = b"".join(word.encode() + b"\0" for word in argv)
    return compare_start(qemu, case, maplib.asked("cmdline", text, **case.place), kvm)


class Files:
    """Made-up firmware and memory files in a folder that goes away."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()

    def of_size(self, size):
        path = os.path.join(self.folder.name, f"{size}.bin")
        if not os.path.exists(path):
            with open(path, "wb") as f:
                f.truncate(size)
        return path

    def memory(self, name):
        return os.path.join(self.folder.name, name)

    def close(self):
        self.folder.cleanup()
