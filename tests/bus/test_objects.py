# SPDX-License-Identifier: LGPL-2.1-or-later
"""Objects, properties, their signals, introspection, and LogControl1."""

import os
import re
import shutil

import harness

scratch = harness.Scratch()
bus = harness.Bus(scratch)
host = harness.Host(scratch, "x86-vtd")
daemon = harness.Daemon(bus, host)
client = bus.connect()
DBUS = "org.freedesktop.DBus"
PROPERTIES = "org.freedesktop.DBus.Properties"
GROUP9 = "/org/iommufleet1/group/9"
NIC = "/org/iommufleet1/device/_30000_3a01_3a00_2e0"
DRIVER = host.root / "sys/bus/pci/devices/0000:01:00.0/driver"


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


def call(path, interface, member, signature="", *args):
    return client.call(harness.NAME, path, interface, member, signature, *args)


def every(path, interface):
    return call(path, PROPERTIES, "GetAll", "s", interface)[0]


def refresh():
    """Collects again; gives the signals of the daemon that came up to its reply."""
    client.signals.clear()
    call(harness.ROOT, harness.MANAGER, "Refresh", "a{sv}", {})
    return [(fields[1], fields[3], args) for fields, args in client.signals
            if fields[2] != DBUS]


def real(path):
    """Where in the sysroot a path of /sys/bus leads."""
    return (path.parent / os.readlink(path)) if path.is_symlink() else path


def get_managed_objects__host__every_group_and_device():
    objects = call(harness.ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")[0]
    groups = [path for path in objects if path.startswith("/org/iommufleet1/group/")]
    devices = [path for path in objects if path.startswith("/org/iommufleet1/device/")]
    equal(len(groups), bus.property("Groups"))
    equal(len(devices), bus.property("Devices"))
    equal(objects[NIC]["org.iommufleet1.Device"]["Address"], "0000:01:00.0")
    equal(objects[NIC]["org.iommufleet1.Device"]["Group"], GROUP9)


def group__properties__are_its_facts():
    group = every(GROUP9, "org.iommufleet1.Group")
    equal(group["Id"], 9)
    equal(group["Facts"]["devices"], ["0000:01:00.0"])
    equal(group["Unknown"], {})
    assert {"first": 0xFEE00000, "last": 0xFEEFFFFF, "type": "msi"} in group["Facts"]["reserved"]
    shown = [one for one in bus.report("groups")["groups"] if one["id"] == 9][0]
    equal((group["Isolated"], group["Assignable"]), (shown["isolated"], shown["assignable"]))


def device__properties__say_what_is_not_known():
    device = every(NIC, "org.iommufleet1.Device")
    equal(device["Facts"]["vendor"], 0x8086)
    equal(device["Facts"]["driver"], "e1000e")
    config = real(host.root / "sys/bus/pci/devices/0000:01:00.0") / "config"
    saved = config.read_bytes()
    config.write_bytes(saved[:64])
    refresh()
    cut = every(NIC, "org.iommufleet1.Device")
    config.write_bytes(saved)
    assert cut["Unknown"], cut
    assert not set(cut["Unknown"]) & set(cut["Facts"])
    refresh()
    equal(every(NIC, "org.iommufleet1.Device"), device)


def paths__of_nothing__unknown_object():
    for path in ("/org/iommufleet1/group/4000", "/org/iommufleet1/group/09",
                 "/org/iommufleet1/group/9/x", "/org/iommufleet1/device/_30000_3a99_3a00_2e0"):
        equal(bus.error("Get", "ss", "org.iommufleet1.Group", "Id", path=path,
                        interface=PROPERTIES), "org.freedesktop.DBus.Error.UnknownObject")


def introspection__running_daemon__equals_the_committed_file():
    wanted = (harness.TOP / "dbus/org.iommufleet1.xml").read_text()
    for path, name in ((harness.ROOT, "Manager"), (GROUP9, "Group"), (NIC, "Device")):
        pattern = rf' <interface name="org.iommufleet1.{name}">.*?</interface>\n'
        live = call(path, "org.freedesktop.DBus.Introspectable", "Introspect")[0]
        equal(re.search(pattern, live, re.S).group(0), re.search(pattern, wanted, re.S).group(0))


def manual__every_member__is_documented():
    xml = (harness.TOP / "dbus/org.iommufleet1.xml").read_text()
    manual = (harness.TOP / "man/org.iommufleet1.5").read_text()
    members = set(re.findall(r'<(?:method|property|signal) name="(\w+)"', xml))
    documented = set(re.findall(r"^\.It (?:Ic|Va) (\w+)", manual, re.M))
    equal(documented, members)


def subscribe():
    client.call(DBUS, "/org/freedesktop/DBus", DBUS, "AddMatch", "s",
                "type='signal',sender='org.iommufleet1'")


def refresh__nothing_changed__only_the_time_is_announced():
    signals = refresh()
    for path, member, args in signals:
        equal((path, member), (harness.ROOT, "PropertiesChanged"))
        assert set(args[1]) <= {"CollectedAtUSec", "CollectionState"}, args
    assert any("CollectedAtUSec" in args[1] for _, _, args in signals)


def refresh__driver_unbound__what_changed_and_no_more():
    target = os.readlink(DRIVER)
    DRIVER.unlink()
    signals = refresh()
    changed = {path: set(args[1]) for path, member, args in signals
               if member == "PropertiesChanged" and path != harness.ROOT}
    equal(changed.pop(NIC), {"Facts"})
    assert set(changed) <= {GROUP9}, changed
    manager = set().union(*(args[1] for path, _, args in signals if path == harness.ROOT))
    assert "FactsDigest" in manager and "Devices" not in manager, manager
    assert "driver" not in every(NIC, "org.iommufleet1.Device")["Facts"]
    DRIVER.symlink_to(target)
    refresh()


def refresh__device_gone_and_back__removed_and_added():
    link = host.root / "sys/bus/pci/devices/0000:01:00.0"
    member = host.root / "sys/kernel/iommu_groups/9"
    away = scratch.path / "group-9"
    target = os.readlink(link)
    folder = real(link)
    kept = scratch.path / "device"
    link.unlink()
    shutil.move(folder, kept)
    shutil.move(member, away)
    signals = refresh()
    gone = {args[0]: args[1] for _, name, args in signals if name == "InterfacesRemoved"}
    assert "org.iommufleet1.Device" in gone[NIC] and "org.iommufleet1.Group" in gone[GROUP9], gone
    equal(len(gone), 2)
    equal(bus.error("GetAll", "s", "org.iommufleet1.Device", path=NIC, interface=PROPERTIES),
          "org.freedesktop.DBus.Error.UnknownObject")
    shutil.move(kept, folder)
    shutil.move(away, member)
    link.symlink_to(target)
    signals = refresh()
    came = {args[0]: args[1] for _, name, args in signals if name == "InterfacesAdded"}
    equal(set(came), {NIC, GROUP9})
    equal(came[NIC]["org.iommufleet1.Device"]["Address"], "0000:01:00.0")


def history__changes__newest_first():
    history = bus.report("history")["history"]
    assert len(history) >= 5, history
    equal([("to" in one) for one in history], [False] + [True] * (len(history) - 1))
    equal(history[0]["from"], history[1]["to"])
    equal(history[0]["facts"], bus.property("FactsDigest"))


LOG = "/org/freedesktop/LogControl1"
LOG_INTERFACE = "org.freedesktop.LogControl1"


def log_control__as_specified__level_and_target():
    equal(bus.property("SyslogIdentifier", LOG, LOG_INTERFACE), "iommufleetd")
    equal(bus.property("LogTarget", LOG, LOG_INTERFACE), "console")
    equal(bus.property("LogLevel", LOG, LOG_INTERFACE), "info")
    call(LOG, PROPERTIES, "Set", "ssv", LOG_INTERFACE, "LogLevel", ("s", "debug"))
    equal(bus.property("LogLevel", LOG, LOG_INTERFACE), "debug")
    refresh()
    assert "<7>collected: " in daemon.log()
    call(LOG, PROPERTIES, "Set", "ssv", LOG_INTERFACE, "LogLevel", ("s", "info"))
    for name in ("LogLevel", "LogTarget"):
        equal(bus.error("Set", "ssv", LOG_INTERFACE, name, ("s", "loud"), path=LOG,
                        interface=PROPERTIES), "org.freedesktop.DBus.Error.InvalidArgs")
    if os.geteuid() == 0:
        equal(bus.error("Set", "ssv", LOG_INTERFACE, "LogLevel", ("s", "err"), path=LOG,
                        interface=PROPERTIES, as_uid=65534),
              "org.freedesktop.DBus.Error.AccessDenied")
        equal(bus.property("LogLevel", LOG, LOG_INTERFACE), "info")


subscribe()
harness.main([
    get_managed_objects__host__every_group_and_device,
    group__properties__are_its_facts,
    device__properties__say_what_is_not_known,
    paths__of_nothing__unknown_object,
    introspection__running_daemon__equals_the_committed_file,
    manual__every_member__is_documented,
    refresh__nothing_changed__only_the_time_is_announced,
    refresh__driver_unbound__what_changed_and_no_more,
    refresh__device_gone_and_back__removed_and_added,
    history__changes__newest_first,
    log_control__as_specified__level_and_target,
])
