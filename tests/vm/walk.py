# SPDX-License-Identifier: LGPL-2.1-or-later
"""One booted host from end to end: what is told of it, what VFIO allows, what comes and goes."""

import hosts
import truth

ARCHES = {"amd64": "x86_64", "arm64": "aarch64"}


def start_services(machine):
    machine.run("dbus-daemon --config-file=/etc/dbus.conf")
    machine.run("(/usr/sbin/iommufleetd >/tmp/daemon.log 2>&1 &)")
    machine.until("the daemon answers", lambda: machine.try_run("iommufleetctl status")[1] == 0)


def status_tells_the_host(machine, host):
    status = machine.read_json("iommufleetctl status --json=short")
    assert status["kernel"] == machine.run("uname -r").strip(), status
    assert {unit["kind"] for unit in status["iommus"]} == ({host.kind} if host.kind else set()), status
    codes = {problem["code"] for problem in status["problems"]}
    assert ("no-iommu" in codes) == (not host.kind), codes


def groups_and_devices_are_the_kernels(machine, host):
    machine.until("it tells what the kernel has", lambda: truth.same(machine))
    assert bool(truth.kernel_groups(machine)) == bool(host.kind)


def bind_whole_group(machine, address):
    """To vfio-pci. How many other endpoints there are in the device's group."""
    endpoints = [member for member in truth.members(truth.kernel_groups(machine), address)
                 if not truth.is_bridge(machine, member)]
    for member in endpoints:
        truth.bind(machine, member)
    return len(endpoints) - 1


def one_device_as_vfio_has_it(machine, host, address):
    """Ranges to the byte, and the verdict for memory inside and outside of each."""
    before, _ = truth.told_usable(machine, address)
    mates = bind_whole_group(machine, address)
    allowed = truth.ask_vfio(machine, address)
    can = "yes" if allowed["attached"] == "yes" else "no"
    assert mates or before["assignable_after_rebind"] == can, (before, allowed)
    machine.until("it tells of the driver", lambda: truth.same(machine))
    after, ranges = truth.told_usable(machine, address)
    if allowed["attached"] != "yes":
        assert after["assignable"] == "no", (after, allowed)
        return
    assert (after["assignable"], allowed["viable"]) == ("yes", "yes"), (after, allowed)
    assert ranges == allowed["ranges"], (ranges, allowed)
    for page, word in allowed["pages"].items():
        said, codes = truth.answer(machine, address, page, ARCHES[host.arch])
        assert said == ("safe" if word == "done" else "unsafe"), (hex(page), said, codes)
        assert word == "done" or codes & {"ram-in-reserved", "ram-beyond-aperture"}, codes


def devices_as_vfio_has_them(machine, host):
    """Below a port with ACS, below a switch without, and beside a port without."""
    for device, way in (("8086:10d3", ""), ("1b36:0010", ""), ("8086:100e", ""),
                        ("8086:10d3", r"(/0000:[^/]+){4}")):
        one_device_as_vfio_has_it(machine, host, truth.first_of(machine, device, way))


def a_device_comes_and_goes(machine):
    port = next(address for address in truth.kernel_devices(machine)
                if address.endswith(":06.0"))
    pulled = truth.first_of(machine, "8086:10d3", f"{port}/")
    machine.ask("device_del", id=hosts.PULLED)
    machine.until("the kernel lets it go", lambda: pulled not in truth.kernel_devices(machine))
    machine.until("it is told no more, and the rest as it was", lambda: truth.same(machine))
    machine.ask("device_add", driver="e1000e", id=hosts.PULLED, bus="rp5")
    machine.until("the kernel has it again", lambda: pulled in truth.kernel_devices(machine))
    machine.until("it is told again", lambda: truth.same(machine))


def virtual_functions_come(machine):
    physical = truth.first_of(machine, "1b36:0010")
    folder = f"/sys/bus/pci/devices/{physical}"
    truth.bind(machine, physical, "nvme")
    machine.run(f"echo 0 >{folder}/sriov_drivers_autoprobe; echo 2 >{folder}/sriov_numvfs")
    virtual = machine.run(f"basename $(readlink {folder}/virtfn0)").strip()
    assert virtual in truth.kernel_devices(machine)
    machine.until("they are told, with their groups", lambda: truth.same(machine))


def walk(machine, host):
    start_services(machine)
    status_tells_the_host(machine, host)
    groups_and_devices_are_the_kernels(machine, host)
    a_device_comes_and_goes(machine)
    if host.kind:
        devices_as_vfio_has_them(machine, host)
    virtual_functions_come(machine)
