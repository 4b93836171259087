# SPDX-License-Identifier: LGPL-2.1-or-later
"""Callers that flood, that do not read, that vanish, that send nonsense: each costs only itself."""

import pathlib
import signal
import time

import harness
import wire

scratch = harness.Scratch()
bus = harness.Bus(scratch)
host = harness.Host(scratch, "x86-vtd")
slow = scratch.path / "slow"
collect = harness.BUILD / "daemon/collect/iommufleet-collect"
slow.write_text(f'#!/bin/sh\n[ ! -e {scratch.path}/wait ] || sleep 2\nexec {collect} "$@"\n')
slow.chmod(0o755)
daemon = harness.Daemon(bus, host, extra=[f"--collector={slow}"])
MAP = "ssa(tts)asa{sv}"
BURST = 8000


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


def ask(client, ranges=((0, 0xFFFFFF, "ram"),)):
    """Sends one question about one device; gives its serial."""
    return client.send(harness.NAME, harness.ROOT, harness.MANAGER, "CheckMap", MAP, "", "x86_64",
                       list(ranges), ["9"], {"questions": ("as", ["hotplug"])})


def burst__thousands_of_questions__every_one_is_answered():
    client = bus.connect()
    serials = []
    for _ in range(BURST // 100):
        serials += [ask(client) for _ in range(100)]
        client.reply(serials[-100])
    begin = time.monotonic()
    serials += [ask(client) for _ in range(500)]
    for serial in serials:
        if serial in client.replies or serial > serials[-501]:
            client.reply(serial)
    print(f"  the last 500 in {time.monotonic() - begin:.2f} s")


def burst__reader_that_never_reads__others_are_answered_meanwhile():
    deaf = bus.connect()
    for _ in range(1500):
        ask(deaf)
    client = bus.connect()
    begin = time.monotonic()
    client.reply(ask(client))
    waited = time.monotonic() - begin
    assert waited < 10, f"{waited} s"
    deaf.close()


def bus__that_stops_reading__loses_nothing_and_costs_no_time():
    client = bus.connect()
    daemon.child.send_signal(signal.SIGSTOP)
    serials = [client.send(harness.NAME, harness.ROOT, harness.MANAGER, "CheckMap", MAP, "",
                           "x86_64", [(0, 0xFFFFFF, "ram")], [], {}) for _ in range(600)]
    client.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetId")
    time.sleep(0.3)  # what fits into the daemon's socket is there
    bus.child.send_signal(signal.SIGSTOP)
    daemon.child.send_signal(signal.SIGCONT)
    time.sleep(0.7)
    ticks = sum(map(int, pathlib.Path(f"/proc/{daemon.child.pid}/stat").read_text().split()[13:15]))
    time.sleep(0.5)
    after = sum(map(int, pathlib.Path(f"/proc/{daemon.child.pid}/stat").read_text().split()[13:15]))
    private = daemon.private_kb()
    bus.child.send_signal(signal.SIGCONT)
    for serial in serials:
        client.reply(serial)
    assert after - ticks < 10, "the daemon spins while it cannot write"
    assert private < 8192, f"{private} kB"


def collecting__while_questions_come__both_go_on():
    (scratch.path / "wait").touch()
    client = bus.connect()
    refresh = client.send(harness.NAME, harness.ROOT, harness.MANAGER, "Refresh", "a{sv}", {})
    answered = 0
    while refresh not in client.replies:
        client.reply(ask(client))
        answered += 1
    client.reply(refresh)
    (scratch.path / "wait").unlink()
    assert answered > 100, answered


def refresh__more_than_can_wait__too_much_and_the_vanished_make_room():
    (scratch.path / "wait").touch()
    client = bus.connect()

    def refreshes(of, n):
        return [of.send(harness.NAME, harness.ROOT, harness.MANAGER, "Refresh", "a{sv}", {})
                for _ in range(n)]

    def outcome(of, serial):
        try:
            of.reply(serial)
        except wire.BusError as error:
            return error.name.removeprefix("org.iommufleet1.Error.")
        return "done"

    leaving = bus.connect()
    refreshes(leaving, 60)
    leaving.call(harness.NAME, harness.ROOT, "org.freedesktop.DBus.Peer", "Ping")
    leaving.close()
    outcomes = [outcome(client, serial) for serial in refreshes(client, 80)]
    (scratch.path / "wait").unlink()
    equal(outcomes.count("TooMuch"), 80 - 64)
    equal(outcomes.count("done"), 64)


def callers__that_vanish_at_once__cost_nothing():
    before = daemon.private_kb()
    for _ in range(300):
        client = bus.connect()
        ask(client)
        client.send(harness.NAME, harness.ROOT, harness.MANAGER, "Refresh", "a{sv}", {})
        client.send(harness.NAME, harness.ROOT, harness.MANAGER, "DumpFacts", "a{sv}", {})
        client.close()
    bus.call("Refresh", "a{sv}", 0)
    fds = len(list(pathlib.Path(f"/proc/{daemon.child.pid}/fd").iterdir()))
    assert fds < 40, f"{fds} open files"
    assert daemon.private_kb() < before + 4096, f"{before} kB became {daemon.private_kb()} kB"


def nonsense__of_every_kind__standard_errors():
    client = bus.connect()
    for signature, args in (("", ()), ("s", ("",)), ("ssa(tts)as", ("", "x", [], [])),
                            ("ssa(ttu)asa{sv}", ("", "x", [(0, 1, 2)], [], {}))):
        try:
            client.call(harness.NAME, harness.ROOT, harness.MANAGER, "CheckMap", signature, *args)
            raise AssertionError("was taken")
        except wire.BusError as error:
            equal(error.name, "org.freedesktop.DBus.Error.InvalidArgs")
    for member in ("Frobnicate", "checkmap"):
        equal(bus.error(member), "org.freedesktop.DBus.Error.UnknownMethod")
    big = [(i << 13, (i << 13) + 0xFFF, "ram") for i in range(100000)]
    before = daemon.private_kb()
    for _ in range(5):
        try:
            client.reply(ask(client, big))
            raise AssertionError("was taken")
        except wire.BusError as error:
            equal(error.name, "org.iommufleet1.Error.TooMuch")
    text = {"questions": ("as", ["x" * 1000] * 1000)}
    equal(bus.error("CheckMap", MAP, "", "x86_64", [(0, 1, "ram")], [], text), "InvalidOption")
    assert daemon.private_kb() < before + 8192, f"{before} kB became {daemon.private_kb()} kB"
    most = [(i << 13, (i << 13) + 0xFFF, "ram") for i in range(1024)]
    client.reply(ask(client, most))


harness.main([
    burst__thousands_of_questions__every_one_is_answered,
    burst__reader_that_never_reads__others_are_answered_meanwhile,
    bus__that_stops_reading__loses_nothing_and_costs_no_time,
    collecting__while_questions_come__both_go_on,
    refresh__more_than_can_wait__too_much_and_the_vanished_make_room,
    callers__that_vanish_at_once__cost_nothing,
    nonsense__of_every_kind__standard_errors,
])
