# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a booted kernel says, held against what iommufleet says about it, in the same machine."""

import json
import re
import shlex

BIND = """
set -e
device=/sys/bus/pci/devices/{0}
if [ -e $device/driver ]; then echo {0} >$device/driver/unbind; fi
echo {1} >$device/driver_override
echo {0} >/sys/bus/pci/drivers_probe
"""
KERNEL_GROUPS = """
cd /sys/kernel/iommu_groups 2>/dev/null || exit 0
for group in *; do
	[ -d $group ] || continue
	echo "group $group $(cat $group/type)"
	for device in $group/devices/*; do echo "device ${device##*/}"; done
	sed 's/^/region /' $group/reserved_regions
done
"""
KERNEL_DEVICES = """
for device in /sys/bus/pci/devices/*; do
	echo "${device##*/} $(cat $device/vendor) $(cat $device/device) $(basename "$(readlink $device/driver)")"
done 2>/dev/null
"""


def kernel_groups(machine):
    groups, current = {}, None
    for line in machine.run(KERNEL_GROUPS).splitlines():
        word, *rest = line.split()
        if word == "group":
            current = groups[int(rest[0])] = {"type": rest[1], "devices": set(), "reserved": set()}
        elif word == "device":
            current["devices"].add(rest[0])
        else:
            current["reserved"].add((int(rest[0], 16), int(rest[1], 16), rest[2]))
    return groups


def told_groups(machine):
    told = machine.read_json("iommufleetctl groups --json=short")
    if "unknown" in told["groups"]:
        return {}
    return {group["id"]: {"type": group["type"], "devices": set(group["devices"]),
                          "reserved": {(int(region["first"], 16), int(region["last"], 16), region["type"])
                                       for region in group["reserved"]}}
            for group in told["groups"]}


def kernel_devices(machine):
    rows = (line.split() for line in machine.run(KERNEL_DEVICES).splitlines())
    return {row[0]: (int(row[1], 16), int(row[2], 16), row[3] if len(row) > 3 else None)
            for row in rows if len(row) > 2}  # one with less is on its way out


def told_devices(machine):
    told = machine.read_json("iommufleetctl devices --json=short")["devices"]
    return {device["address"]: (int(device["vendor"], 16), int(device["device"], 16),
                                device.get("driver")) for device in told}


def same(machine):
    """True once it tells of the devices and groups that the kernel has now."""
    return (told_devices(machine) == kernel_devices(machine) and
            told_groups(machine) == kernel_groups(machine))


def ask_vfio(machine, address):
    """What VFIO allows: {"viable", "attached", "ranges", "pages": {address: word}}."""
    got = {"ranges": [], "pages": {}, "group": None, "viable": "no", "attached": "no"}
    text, _ = machine.try_run(f"vfio-ranges {address}")
    for line in text.splitlines():
        word, *rest = line.split()
        if word == "range":
            got["ranges"].append((int(rest[0], 16), int(rest[1], 16)))
        elif word == "map":
            got["pages"][int(rest[0], 16)] = rest[1]
        elif word in got:
            got[word] = rest[0]
    return got


def bind(machine, address, driver="vfio-pci"):
    machine.run(BIND.format(address, driver))


def told_usable(machine, address):
    told = machine.read_json(f"iommufleetctl usable {address} --assume nested=trust --json=short")
    return told, [(int(one["first"], 16), int(one["last"], 16)) for one in told["ranges"]]


def answer(machine, address, memory, arch):
    """The answer about a guest with one piece of memory, and the codes that say no."""
    guest = json.dumps({"arch": arch, "hotplug": "none", "map": [
        {"first": hex(memory[0]), "last": hex(memory[1]), "kind": "ram"}]})
    text, status = machine.try_run(
        f"echo {shlex.quote(guest)} | iommufleetctl check --map - --attach {address} "
        "--assume nested=trust --json=short")
    told = json.loads(text)
    assert status in (0, 3, 4), text
    return told["answers"]["hotplug"], {one["code"] for one in told["findings"]}


def members(groups, address):
    return next(group for group in groups.values() if address in group["devices"])["devices"]


def is_bridge(machine, address):
    return machine.run(f"cat /sys/bus/pci/devices/{address}/class").startswith("0x0604")


def first_of(machine, vendor_device, above=""):
    """The first device of these ids whose way goes through a device of that address."""
    for line in machine.run("cd /sys/bus/pci/devices; for d in *; do "
                            "echo $d $(cat $d/vendor) $(cat $d/device) $(readlink -f $d); done").splitlines():
        address, vendor, device, path = line.split()
        if f"{vendor[2:]}:{device[2:]}" == vendor_device and re.search(above, path):
            return address
    raise AssertionError(f"no {vendor_device} in the machine")
