# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may call what, and how much of it: polkit's part is played here, by its own bus interface, and
says yes or no as it is told. Somebody else is a user of another number, so root is needed."""

import os
import re
import subprocess
import threading
import time

import harness
import wire

if os.geteuid() != 0:
    harness.skip("being several users needs root")

scratch = harness.Scratch()
bus = harness.Bus(scratch)
host = harness.Host(scratch, "x86-vtd")
subprocess.run(["chmod", "-R", "a+rX", host.folder], check=True)
config = scratch.path / "d.conf"
config.write_text("[log]\nlevel=info\n")
OWN, STRANGER, OTHER = 65534, 1, 2  # a bus takes only users that exist
daemon = harness.Daemon(bus, host, uid=OWN, extra=[f"--config={config}"])
AUTHORITY = "org.freedesktop.PolicyKit1"
INTERACTIVE = 4  # of a message's flags
DENIED = "org.freedesktop.DBus.Error.AccessDenied"
HELD = "org.freedesktop.DBus.Error.LimitsExceeded"
MAP = ("CheckMap", "ssa(tts)asa{sv}", "", "x86_64", [(0, 0xFFFFFF, "ram")], [], {})
GUEST = ('{"schema":"iommufleet-guest-1","arch":"x86_64","map":'
         '[{"first":"0x0","last":"0x7fffffff","kind":"ram"}]}')
RESTRICTED = {
    "Refresh": (("a{sv}", {}), "refresh"),
    "Reload": (("a{sv}", {}), "reload"),
    "DumpFacts": (("a{sv}", {}), "dump-facts"),
    "RegisterGuest": (("sssa{sv}", "g", "iommufleet-guest", GUEST, {}), "register-guest"),
    "UnregisterGuest": (("sa{sv}", "g", {}), "register-guest"),
    "Forget": (("sa{sv}", "no-such-host", {}), "forget"),
}


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


class Polkit(threading.Thread):
    """org.freedesktop.PolicyKit1.Authority: notes what it is asked and says what it is told to."""

    def __init__(self, says):
        super().__init__(daemon=True)
        self.says, self.asked = says, []
        self.bus = bus.connect()
        self.bus.socket.settimeout(None)
        equal(self.bus.call("org.freedesktop.DBus", "/org/freedesktop/DBus",
                            "org.freedesktop.DBus", "RequestName", "su", AUTHORITY, 0), [1])
        self.start()

    def run(self):
        try:
            while True:
                kind, fields, args = self.bus.receive()
                if kind == wire.CALL:
                    self.asked.append((fields, args))
                    if self.says is not None:
                        self.bus.answer(fields, "(bba{ss})", (*self.says, {}))
        except (EOFError, OSError):
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.bus.socket.shutdown(2)
        self.join()
        self.bus.close()
        harness.until("polkit has left the bus",
                      lambda: AUTHORITY not in bus.run("list", "--acquired", "--no-legend"))


def call(client, method, *args, flags=0):
    """What a call of the Manager ends with: an error's name, or None."""
    try:
        client.call(harness.NAME, harness.ROOT, harness.MANAGER, method, *args, flags=flags)
    except wire.BusError as error:
        return error.name
    return None


def restricted__as_the_interfaces_are__each_is_tried_here():
    table = (harness.TOP / "daemon/bus/policy.c").read_text()
    named = re.findall(r'\{ BUS_MANAGER, "(\w+)", true, "([\w-]+)",', table)
    equal(sorted(named), sorted((name, action) for name, (_args, action) in RESTRICTED.items()))


def stranger__without_polkit__denied_each():
    client = bus.connect(as_uid=STRANGER)
    for method, (args, action) in RESTRICTED.items():
        try:
            client.call(harness.NAME, harness.ROOT, harness.MANAGER, method, *args)
            raise AssertionError(f"{method} was allowed")
        except wire.BusError as error:
            equal(error.name, DENIED)
            assert f"org.iommufleet1.{action}" in error.text, error.text
            assert "polkit does not answer" in error.text, error.text
    client.close()


def stranger__polkit_says_yes_or_no__so_it_is():
    client = bus.connect(as_uid=STRANGER)
    for method, (args, action) in RESTRICTED.items():
        with Polkit((False, False)) as polkit:
            equal(call(client, method, *args), DENIED)
            (_fields, asked), = polkit.asked
            equal(asked, [["system-bus-name", {"name": client.name}],
                          f"org.iommufleet1.{action}", {}, 0, ""])
        with Polkit((True, False)) as polkit:
            wanted = {"Forget": "org.iommufleet1.Error.NoSuchHost"}.get(method)
            equal(call(client, method, *args), wanted)
            equal(len(polkit.asked), 1)
    client.close()


def stranger__somebody_has_to_be_asked__only_if_the_call_allows_it():
    client = bus.connect(as_uid=STRANGER)
    with Polkit((False, True)) as polkit:
        equal(call(client, "Refresh", "a{sv}", {}),
              "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired")
        equal(call(client, "Refresh", "a{sv}", {}, flags=INTERACTIVE), DENIED)
        equal([args[3] for _fields, args in polkit.asked], [0, 1])
    client.close()


def trusted__root_and_the_daemons_user__nobody_is_asked():
    with Polkit((False, False)) as polkit:
        for uid in (OWN, None):
            client = bus.connect(as_uid=uid)
            for method, (args, _action) in RESTRICTED.items():
                wanted = {"Forget": "org.iommufleet1.Error.NoSuchHost"}.get(method)
                equal(call(client, method, *args), wanted)
            client.close()
        equal(polkit.asked, [])


def arguments__wrong__refused_before_anybody_is_asked():
    client = bus.connect(as_uid=STRANGER)
    with Polkit((True, False)) as polkit:
        equal(call(client, "Refresh", "a{sv}", {"colour": ("s", "red")}),
              "org.iommufleet1.Error.UnknownOption")
        equal(polkit.asked, [])
    client.close()


def log_level__stranger__denied_whatever_polkit_says():
    client = bus.connect(as_uid=STRANGER)
    with Polkit((True, False)) as polkit:
        try:
            client.call(harness.NAME, "/org/freedesktop/LogControl1",
                        "org.freedesktop.DBus.Properties", "Set", "ssv",
                        "org.freedesktop.LogControl1", "LogLevel", ("s", "debug"))
            raise AssertionError("the log level was set")
        except wire.BusError as error:
            equal(error.name, DENIED)
        equal(polkit.asked, [])
    client.close()


def polkit__that_does_not_answer__holds_up_its_callers_alone():
    client, other = bus.connect(as_uid=STRANGER), bus.connect(as_uid=OTHER)
    with Polkit(None) as polkit:
        serials = [client.send(harness.NAME, harness.ROOT, harness.MANAGER, "DumpFacts", "a{sv}",
                               {}) for _ in range(40)]
        begin = time.monotonic()
        equal(call(other, *MAP), None)
        equal(call(client, *MAP), None)
        assert time.monotonic() - begin < 5
        # Which ones depends on how soon the bus says whose they are.
        refused = {serial: client.replies[serial][1][4] for serial in serials
                   if serial in client.replies}
        equal(list(refused.values()), [HELD] * 24)
        harness.until("the rest is asked", lambda: len(polkit.asked) == 16)
        # Another user's question still goes to polkit.
        other.send(harness.NAME, harness.ROOT, harness.MANAGER, "DumpFacts", "a{sv}", {})
        harness.until("the other's is asked", lambda: len(polkit.asked) == 17)
    for serial in serials:
        if serial in refused:
            continue
        try:
            client.reply(serial)
            raise AssertionError("allowed by nobody")
        except wire.BusError as error:
            equal(error.name, DENIED)
    client.close()
    other.close()


def flood__of_one_user__is_held_and_others_are_answered():
    flooding, other = bus.connect(as_uid=STRANGER), bus.connect(as_uid=OTHER)
    own, root = bus.connect(as_uid=OWN), bus.connect()
    held = 0
    for _ in range(20):
        serials = [flooding.send(harness.NAME, harness.ROOT, harness.MANAGER, "Describe")
                   for _ in range(100)]
        for serial in serials:
            try:
                flooding.reply(serial)
            except wire.BusError as error:
                equal(error.name, HELD)
                held += 1
        for client in (other, own, root):
            equal(call(client, *MAP), None)
    print(f"  {held} of 2000 calls refused")
    assert held > 200, held
    # A new connection is no new beginning.
    again = bus.connect(as_uid=STRANGER)
    outcomes = [call(again, "Plan", "asssa{sv}", [], "iommufleet-guest", GUEST, {}) for _ in range(3)]
    equal(outcomes[1:], [HELD, HELD])
    harness.until("time passes and it is answered again",
                  lambda: call(flooding, *MAP) is None)
    for client in (flooding, other, own, root, again):
        client.close()


harness.main([
    restricted__as_the_interfaces_are__each_is_tried_here,
    stranger__without_polkit__denied_each,
    stranger__polkit_says_yes_or_no__so_it_is,
    stranger__somebody_has_to_be_asked__only_if_the_call_allows_it,
    trusted__root_and_the_daemons_user__nobody_is_asked,
    arguments__wrong__refused_before_anybody_is_asked,
    log_level__stranger__denied_whatever_polkit_says,
    polkit__that_does_not_answer__holds_up_its_callers_alone,
    flood__of_one_user__is_held_and_others_are_answered,
])
