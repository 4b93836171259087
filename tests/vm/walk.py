# SPDX-License-Identifier: LGPL-2.1-or-later
"""One booted host from end to end: what is told of it, what VFIO allows, what comes and goes."""

import hosts
import image
import truth

# Memory is asked about in pieces that are aligned for whatever page size an SMMU may have.
PIECE = 0x10000
ARCHES = {"amd64": "x86_64", "arm64": "aarch64"}


# As the units have it: who collects is root with two capabilities and is started when the daemon
# connects; the daemon is nobody in particular, with none.
COLLECTOR = ("systemd-socket-activate --accept --inetd --listen=/run/iommufleet/collect.socket "
             "/usr/bin/setpriv --bounding-set=-all,+sys_admin,+syslog --inh-caps=-all --no-new-privs "
             "/usr/libexec/iommufleet/iommufleet-collect --serve iommufleet")
DAEMON = ("/usr/bin/setpriv --reuid=iommufleet --regid=iommufleet --clear-groups --bounding-set=-all "
          "--inh-caps=-all --no-new-privs /usr/sbin/iommufleetd")


def start_services(machine):
    machine.run("dbus-daemon --config-file=/etc/dbus.conf")
    machine.run(f"({COLLECTOR} >/tmp/collector.log 2>&1 &)")
    machine.until("the collector's socket is there", lambda: machine.try_run(
        "chown iommufleet /run/iommufleet/collect.socket && chmod 0600 /run/iommufleet/collect.socket"
    )[1] == 0)
    machine.run(f"({DAEMON} >/tmp/daemon.log 2>&1 &)")
    machine.until("the daemon answers", lambda: machine.try_run("iommufleetctl status")[1] == 0)


def daemon_has_no_privilege(machine):
    status = machine.run("cat /proc/$(pidof iommufleetd)/status")
    facts = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    assert set(facts["Uid"].split()) == {str(image.USERS["iommufleet"])}, facts["Uid"]
    assert {int(facts[name], 16) for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {0}, status


def status_tells_the_host(machine, host):
    status = machine.read_json("iommufleetctl status --json=short")
    assert status["kernel"] == machine.run("uname -r").strip(), status
    assert {unit["kind"] for unit in status["iommus"]} == ({host.kind} if host.kind else set()), status
    assert status["daemon"]["collection"] == "done", status
    codes = {problem["code"] for problem in status["problems"]}
    assert "facts-incomplete" not in codes, status
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
        first = page // PIECE * PIECE
        if word == "done" and not any(low <= first and first + PIECE - 1 <= high for low, high in ranges):
            continue
        said, codes = truth.answer(machine, address, (first, first + PIECE - 1), ARCHES[host.arch])
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
    daemon_has_no_privilege(machine)
    status_tells_the_host(machine, host)
    groups_and_devices_are_the_kernels(machine, host)
    a_device_comes_and_goes(machine)
    if host.kind:
        devices_as_vfio_has_them(machine, host)
    virtual_functions_come(machine)
