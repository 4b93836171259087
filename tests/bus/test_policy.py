# SPDX-License-Identifier: LGPL-2.1-or-later
"""The bus policy that is installed: on a bus that denies everything else, it lets callers ask, and
lets nobody but root take the name."""

import os

import harness
import wire

POLICY = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={{path}}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  <include>{include}</include>
</busconfig>
"""

scratch = harness.Scratch()
harness.CONFIG = POLICY.format(include=harness.BUILD / "dbus/org.iommufleet1.conf")
bus = harness.Bus(scratch)
IS_ROOT = os.geteuid() == 0
STRANGER = 65534 if IS_ROOT else None
DENIED = "org.freedesktop.DBus.Error.AccessDenied"


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


def error(as_uid, *call):
    client = bus.connect(as_uid)
    try:
        client.call(*call)
    except wire.BusError as failed:
        return failed.name
    finally:
        client.close()
    return None


def name__stranger__cannot_have_it():
    equal(error(STRANGER, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                "RequestName", "su", harness.NAME, 4), DENIED)


def interfaces__stranger__those_that_are_named_and_no_other():
    if not IS_ROOT:
        print("  (only root may have the name: this case is left to runs as root)")
        return
    harness.Daemon(bus, harness.Host(scratch, "x86-vtd"))
    properties = "org.freedesktop.DBus.Properties"
    for call in ((harness.ROOT, harness.MANAGER, "Describe"),
                 (harness.ROOT, properties, "GetAll", "s", harness.MANAGER),
                 (harness.ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects"),
                 (harness.ROOT, "org.freedesktop.DBus.Introspectable", "Introspect"),
                 (harness.ROOT, "org.freedesktop.DBus.Peer", "Ping"),
                 ("/org/freedesktop/LogControl1", properties, "Get", "ss",
                  "org.freedesktop.LogControl1", "LogLevel")):
        equal(error(STRANGER, harness.NAME, *call), None)
    equal(error(STRANGER, harness.NAME, harness.ROOT, "org.example.Other", "Do"), DENIED)
    equal(error(STRANGER, harness.NAME, harness.ROOT, harness.MANAGER, "Refresh", "a{sv}", {}),
          DENIED)


harness.main([
    name__stranger__cannot_have_it,
    interfaces__stranger__those_that_are_named_and_no_other,
])
