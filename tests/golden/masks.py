# SPDX-License-Identifier: LGPL-2.1-or-later
"""What happens to the answers when facts are taken away: never may one get safer.

A mask changes an unpacked capture the way a missing privilege, an older kernel or a torn read
would. Each mask leaves less to know, never something else to know: what a mask takes must read as
unknown. So an answer may turn from safe or unsafe to unknown, but nothing may turn to safe, no
device may become assignable, and no range usable."""

import shutil

HOSTS = ("arm64-vfio", "x86-amdvi-7.2", "x86-vfio", "x86-vfio-rmrr", "x86-virtio-iommu")
GUESTS = ("arm64-in-msi-window", "q35-1011g", "q35-4g", "q35-4g-hotplug-far", "virt-4g",
          "virt-4g-hotplug")
DEVICES = 4  # of which "usable" is asked


def paths(tree, pattern):
    found = sorted((tree / "root").glob(pattern))
    return [path for path in found if path.is_file() and not path.is_symlink()]


def hide(pattern):
    """As if the kernel did not have the files."""
    return lambda tree: [path.unlink() for path in paths(tree, pattern)]


def spoil(pattern):
    """A directory in the place of a file: it cannot be read."""

    def mask(tree):
        for path in paths(tree, pattern):
            path.unlink()
            path.mkdir()

    return mask


def rewrite(pattern, change):
    def mask(tree):
        for path in paths(tree, pattern):
            path.chmod(0o644)
            path.write_bytes(change(path.read_bytes()))

    return mask


def no_log(tree):
    (tree / "kernel-log").unlink()


def late_log(tree):
    """The ring buffer has wrapped: what the boot said is gone."""
    log = tree / "kernel-log"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[-3:]))


def unprivileged(tree):
    """All that a reader without privileges does not get."""
    for name in ("config-64", "acpi-unreadable", "iomem-zero"):
        MASKS[name](tree)


def zero_addresses(text):
    """/proc/iomem for who lacks CAP_SYS_ADMIN."""
    lines = []
    for line in text.decode().splitlines():
        addresses, _, rest = line.partition(" : ")
        blank = addresses[:len(addresses) - len(addresses.lstrip())]
        lines.append(f"{blank}00000000-00000000 : {rest}\n")
    return "".join(lines).encode()


CONFIGS = "sys/devices/**/config"
REGIONS = "sys/kernel/iommu_groups/*/reserved_regions"
MASKS = {
    "config-64": rewrite(CONFIGS, lambda data: data[:64]),
    "config-cut": rewrite(CONFIGS, lambda data: data[:300]),
    "config-gone": hide(CONFIGS),
    "config-all-ones": rewrite(CONFIGS, lambda data: b"\xff" * len(data)),
    "acpi-unreadable": spoil("sys/firmware/acpi/tables/*"),
    "iomem-zero": rewrite("proc/iomem", zero_addresses),
    "regions-gone": hide(REGIONS),
    "regions-unreadable": spoil(REGIONS),
    "regions-empty": rewrite(REGIONS, lambda data: b""),
    "regions-garbage": rewrite(REGIONS, lambda data: b"0x0 zebra\n"),
    "registers-gone": hide("sys/devices/**/*-iommu/*"),
    "registers-unreadable": spoil("sys/devices/**/*-iommu/*"),
    "type-gone": hide("sys/kernel/iommu_groups/*/type"),
    "interrupts-gone": hide("proc/interrupts"),
    "interrupts-unreadable": spoil("proc/interrupts"),
    "cmdline-gone": hide("proc/cmdline"),
    "cpuinfo-gone": hide("proc/cpuinfo"),
    "release-gone": hide("proc/sys/kernel/osrelease"),
    "version-gone": hide("proc/version"),
    "resource-gone": hide("sys/devices/**/resource"),
    "parameters-unreadable": spoil("sys/module/*/parameters/*"),
    "no-kernel-log": no_log,
    "late-kernel-log": late_log,
    "unprivileged": unprivileged,
}


def judge(run, facts_path, arch, addresses):
    """Everything that could get safer: {question: word}, {device: (assignable, ranges)}."""
    answers = {}
    for guest in run.guests_for(arch):
        if guest.stem in GUESTS:
            answer, _ = run.ask(facts_path, guest, ["nested=trust"])
            for question, word in answer["answers"].items():
                answers[guest.stem, question] = word
            for target in answer["targets"]:
                answers[guest.stem, target["target"]] = target["hotplug"]
    usable = {}
    for address in addresses:
        answer, _ = run.ctl(facts_path, "usable", address)
        usable[address] = answer["assignable"], [
            (int(r["first"], 16), int(r["last"], 16)) for r in answer["ranges"]]
    return answers, usable


def inside(ranges, whole):
    return all(any(outer[0] <= one[0] and one[1] <= outer[1] for outer in whole)
               for one in ranges)


def check(host, place, run):
    """Judges @host under each mask."""
    arch = host.facts["host"]["arch"]
    # Those on a VFIO driver first: they are what is assignable now.
    devices = sorted((device for device in host.facts["devices"]
                      if isinstance(device["group"], int) and device["header_type"] == 0),
                     key=lambda device: not device["vfio_driver"])
    addresses = [device["address"] for device in devices[:DEVICES]]
    answers, usable = judge(run, host.facts_path, arch, addresses)
    run.need("safe" in answers.values(), "no answer is safe even without a mask: nothing is shown")
    for name, mask in MASKS.items():
        tree = place / "masked"
        shutil.copytree(host.tree, tree, symlinks=True)
        mask(tree)
        text = run.collect(tree)
        facts_path = place / "masked.json"
        facts_path.write_bytes(text)
        masked_answers, masked_usable = judge(run, facts_path, arch, addresses)
        for question, word in masked_answers.items():
            run.need(word != "safe" or answers.get(question) == "safe",
                     f"{name}: {' '.join(question)} was {answers.get(question)}, is now safe")
        for address, (assignable, ranges) in masked_usable.items():
            before = usable.get(address, ("no", []))
            run.need(assignable != "yes" or before[0] == "yes",
                     f"{name}: {address} was {before[0]}, is now assignable")
            run.need(inside(ranges, before[1]),
                     f"{name}: {address} may use {ranges}, had {before[1]}")
        shutil.rmtree(tree)
