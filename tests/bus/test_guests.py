# SPDX-License-Identifier: LGPL-2.1-or-later
"""The guests that run here: who may tell of them, what is kept, and for how long."""

import contextlib
import json
import os
import sqlite3
import time

import harness

scratch = harness.Scratch()
HOST = harness.Host(scratch, "x86-vtd")
UUID = "39ae59d1-a668-42ba-82ce-784f1e184222"
REGISTER = "sssa{sv}"


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


@contextlib.contextmanager
def place():
    here = harness.Scratch()
    try:
        yield harness.Bus(here)
    finally:
        here.clean()


def hanging(bus):
    path = bus.scratch.path / "hang"
    path.write_text("#!/bin/sh\nexec sleep 1000\n")
    path.chmod(0o755)
    return path


def document(*devices):
    return json.dumps({
        "schema": "iommufleet-guest-1", "arch": "x86_64",
        "map": [{"first": "0x0", "last": "0x7fffffff", "kind": "ram"}],
        "devices": [dict(device) for device in devices],
    })


def domain(name, *buses, uuid=UUID):
    devices = "".join(
        "<hostdev mode='subsystem' type='pci' managed='yes'><source>"
        f"<address domain='0x0000' bus='{bus:#04x}' slot='0x00' function='0x0'/>"
        "</source></hostdev>" for bus in buses)
    return (f"<domain type='kvm'><name>{name}</name><uuid>{uuid}</uuid>"
            "<memory unit='MiB'>512</memory><vcpu>1</vcpu>"
            "<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>"
            f"<devices>{devices}</devices></domain>")


class Client:
    """Calls of a user; an error gives its short name."""

    def __init__(self, bus, as_uid=None):
        self.connection = bus.connect(as_uid)

    def call(self, method, signature, *args):
        try:
            self.connection.call(harness.NAME, harness.ROOT, harness.MANAGER, method, signature,
                                 *args)
        except harness.wire.BusError as error:
            assert error.text
            return error.name.removeprefix("org.iommufleet1.Error.")
        return None

    def register(self, name, text=None, kind="iommufleet-guest", options=None):
        return self.call("RegisterGuest", REGISTER, name, kind, text or document(), options or {})

    def unregister(self, name, options=None):
        return self.call("UnregisterGuest", "sa{sv}", name, options or {})


def guests(bus):
    report = bus.report("guests")
    equal(report["schema"], "iommufleet-guests-1")
    return report["guests"]


def names(bus):
    return [guest["name"] for guest in guests(bus)]


def register__document__listed_with_its_devices():
    with place() as bus:
        harness.Daemon(bus, HOST)
        client = Client(bus)
        before = int(time.time() * 1e6)
        equal(client.register("web", document(
            {"address": "0000:04:00.0"}, {"address": "0000:01:00.0"}, {"identity": "8086:10d3"},
            {"address": "0000:01:00.0"}, {"address": "0000:05:00.0", "host": "elsewhere"},
            {"address": "0000:06:00.0", "host": os.uname().nodename})), None)
        [guest] = guests(bus)
        equal(guest["devices"], ["0000:01:00.0", "0000:04:00.0", "0000:06:00.0"])
        equal((guest["name"], guest["format"]), ("web", "iommufleet-guest"))
        assert "uuid" not in guest, guest
        assert before <= guest["since"] <= time.time() * 1e6, guest


def register__again__replaces_and_keeps_its_time():
    with place() as bus:
        harness.Daemon(bus, HOST)
        client = Client(bus)
        client.register("web", document({"address": "0000:01:00.0"}))
        since = guests(bus)[0]["since"]
        equal(client.register("web", document({"address": "0000:04:00.0"})), None)
        equal([(one["devices"], one["since"]) for one in guests(bus)],
              [(["0000:04:00.0"], since)])
        equal(client.unregister("web"), None)
        equal(guests(bus), [])
        client.register("web")
        assert guests(bus)[0]["since"] > since


def register__domain__known_by_name_and_uuid():
    with place() as bus:
        harness.Daemon(bus, HOST)
        client = Client(bus)
        equal(client.register("b", domain("b", 4, 1), "libvirt-xml"), None)
        equal(client.register("a"), None)
        equal([(one["name"], one["devices"], one.get("uuid")) for one in guests(bus)],
              [("a", [], None), ("b", ["0000:01:00.0", "0000:04:00.0"], UUID)])
        # The same machine under another name, then another machine under that name.
        equal(client.register("c", domain("c"), "libvirt-xml"), None)
        equal(names(bus), ["a", "c"])
        other = UUID.replace("39", "40")
        equal(client.register("c", domain("c", uuid=other), "libvirt-xml"), None)
        equal([one.get("uuid") for one in guests(bus)], [None, other])
        equal(client.unregister(UUID), "NoSuchGuest")
        equal(client.unregister(other), None)
        equal(names(bus), ["a"])


def register__wrong__named_error_and_nothing_kept():
    with place() as bus:
        harness.Daemon(bus, HOST)
        client = Client(bus)
        equal(client.register("", document()), "InvalidGuest")
        equal(client.register("n" * 256, document()), "InvalidGuest")
        equal(client.register("web", "{}"), "InvalidGuest")
        equal(client.register("web", "<domain>", "libvirt-xml"), "InvalidGuest")
        equal(client.register("web", document(), "vmx"), "UnknownFormat")
        equal(client.register("web", "x" * ((1 << 20) + 1)), "TooMuch")
        equal(client.register("web", document(), options={"colour": ("s", "red")}),
              "UnknownOption")
        equal(client.unregister("web"), "NoSuchGuest")
        equal(client.unregister(""), "InvalidGuest")
        equal(client.unregister("web", {"colour": ("s", "red")}), "UnknownOption")
        equal(guests(bus), [])
        equal(client.register("n" * 255, document()), None)


def register__stranger__denied():
    if os.geteuid() != 0:
        return  # only root can be somebody else
    with place() as bus:
        harness.Daemon(bus, HOST)
        Client(bus).register("web")
        stranger = Client(bus, 65534)
        denied = "org.freedesktop.DBus.Error.AccessDenied"
        equal(stranger.register("mine"), denied)
        equal(stranger.register("mine", "{}"), denied)
        equal(stranger.unregister("web"), denied)
        equal(names(bus), ["web"])


def check__device_of_another_guest__not_free():
    with place() as bus:
        trusting = bus.scratch.path / "trusting.conf"
        trusting.write_text("[judge]\nnested=trust\n")
        harness.Daemon(bus, HOST, extra=[f"--config={trusting}"])
        client = Client(bus)

        def ask(text, kind="libvirt-xml", attach=("0000:01:00.0",)):
            return client.connection.call(
                harness.NAME, harness.ROOT, harness.MANAGER, "CheckGuest", REGISTER, "", kind,
                text, {"attach": ("as", list(attach)), "questions": ("as", ["hotplug"])})

        other = domain("other", uuid=UUID.replace("39", "40")).replace("'kvm'", "'qemu'")
        equal(ask(other)[0]["hotplug"], "safe")
        free = {target["target"] for target in ask(other, attach=())[1]}
        assert "0000:01:00.0" in free, free
        client.register("web", domain("web", 1, 0x77), "libvirt-xml")
        answers, _, findings, _ = ask(other)
        equal(answers["hotplug"], "unsafe")
        equal([one["text"] for one in findings if one["code"] == "device-in-use"],
              ["the guest web has 0000:01:00.0"])
        equal(ask(document(), "iommufleet-guest")[0]["hotplug"], "unsafe")
        # Where none is named, what is free is asked for; and a guest is not in its own way.
        equal({target["target"] for target in ask(other, attach=())[1]}, free - {"0000:01:00.0"})
        equal(ask(domain("web").replace("'kvm'", "'qemu'"))[0]["hotplug"], "safe")
        client.unregister("web")
        equal(ask(other)[0]["hotplug"], "safe")


def answers(bus):
    return {guest["name"]: guest.get("answers") for guest in guests(bus)}


def judged(bus):
    return harness.until("all guests are judged",
                         lambda: all(answers(bus).values()) and answers(bus))


def class__that_changes__guests_at_risk_are_told_of():
    with place() as bus:
        host = harness.Host(bus.scratch, "x86-vtd")
        config = bus.scratch.path / "nested.conf"
        config.write_text("[judge]\nnested=trust\n")
        daemon = harness.Daemon(bus, host, extra=[f"--config={config}"])
        client = Client(bus)
        web = document({"address": "0000:01:00.0"}).replace("{", '{"accelerator": "tcg", ', 1)
        client.register("web", web)
        client.register("none", document().replace("{", '{"accelerator": "tcg", ', 1))
        client.register("xml", domain("xml", 4).replace("'kvm'", "'qemu'"), "libvirt-xml")
        client.connection.call("org.freedesktop.DBus", "/org/freedesktop/DBus",
                               "org.freedesktop.DBus", "AddMatch", "s", "type='signal'")
        before = judged(bus)
        equal([one["migrate"] for one in before.values()], 3 * ["safe"])
        # The same facts again, and a driver that is bound: no other class.
        client.connection.signals.clear()
        client.call("Refresh", "a{sv}", {})
        equal(answers(bus), before)
        # RAM of "web" and "xml" meets a region that the groups of their devices now have.
        groups = host.root / "sys/kernel/iommu_groups"
        changed = [next(groups.glob(f"*/devices/{address}")).parents[1] / "reserved_regions"
                   for address in ("0000:01:00.0", "0000:04:00.0")]
        saved = [regions.read_text() for regions in changed]
        for regions, text in zip(changed, saved):
            regions.write_text("0x0000000018000000 0x0000000018ffffff reserved\n" + text)
        client.call("Refresh", "a{sv}", {})
        after = harness.until("it is judged again", lambda: answers(bus) != before and judged(bus))
        equal(after["web"]["migrate"], "unsafe")
        equal(after["none"]["migrate"], "safe")
        client.unregister("nobody")  # what came before the reply is there
        told = {args[0]: args for fields, args in client.connection.signals
                if fields[3] == "GuestAtRisk"}
        equal(set(told), {"web", "xml"})
        equal(told["web"], ["web", "", after["web"]])
        equal(told["xml"], ["xml", UUID, after["xml"]])
        assert "the guest web fits this host less than before: migrate unsafe" in daemon.log()
        # What gets better again is no risk.
        client.connection.signals.clear()
        for regions, text in zip(changed, saved):
            regions.write_text(text)
        client.call("Refresh", "a{sv}", {})
        harness.until("it is judged again", lambda: answers(bus) == before)
        client.unregister("nobody")
        equal([fields for fields, _ in client.connection.signals if fields[3] == "GuestAtRisk"], [])


def restart__same_boot__still_listed():
    with place() as bus:
        first = harness.Daemon(bus, HOST)
        client = Client(bus)
        client.register("web", domain("web", 4, 1), "libvirt-xml")
        client.register("db")
        client.register("gone")
        client.unregister("gone")
        judged(bus)
        before = guests(bus)
        equal([one["name"] for one in before], ["db", "web"])
        equal(first.stop(9), -9)
        harness.Daemon(bus, HOST, state=first.state)
        judged(bus)
        equal(guests(bus), before)


def restart__another_boot__forgotten():
    with place() as bus:
        first = harness.Daemon(bus, HOST)
        client = Client(bus)
        client.register("old")
        client.register("new")
        first.stop()
        path = first.state / "iommufleet.db"
        with contextlib.closing(sqlite3.connect(path)) as db, db:
            db.execute("UPDATE guests SET boot_id = 'x' WHERE name = 'old'")
        second = harness.Daemon(bus, HOST, state=first.state)
        equal(names(bus), ["new"])
        second.stop()
        with contextlib.closing(sqlite3.connect(path)) as db:
            equal(db.execute("SELECT name FROM guests").fetchall(), [("new",)])


def register__no_facts_yet__kept():
    with place() as bus:
        harness.Daemon(bus, extra=[f"--collector={hanging(bus)}"], wait=False).wait_named()
        equal(bus.property("Ready"), False)
        equal(guests(bus), [])
        equal(Client(bus).register("web"), None)
        equal(names(bus), ["web"])
        equal(bus.error("Report", "ssa{sv}", "history", "", {}), "NoFacts")


def register__too_many__refused_by_name():
    with place() as bus:
        config = bus.scratch.path / "memory.conf"
        config.write_text("[store]\npath=/proc/nowhere/iommufleet.db\n")
        harness.Daemon(bus, HOST, extra=[f"--config={config}"], state=None)
        client = Client(bus)
        for number in range(4096):
            equal(client.register(f"g{number}"), None)
        equal(client.register("one-more"), "TooMuch")
        equal(client.register("g7", document({"address": "0000:01:00.0"})), None)
        equal(client.unregister("g8"), None)
        equal(client.register("one-more"), None)
        equal(len(guests(bus)), 4096)


harness.main([
    register__document__listed_with_its_devices,
    register__again__replaces_and_keeps_its_time,
    register__domain__known_by_name_and_uuid,
    register__wrong__named_error_and_nothing_kept,
    register__stranger__denied,
    check__device_of_another_guest__not_free,
    class__that_changes__guests_at_risk_are_told_of,
    restart__same_boot__still_listed,
    restart__another_boot__forgotten,
    register__no_facts_yet__kept,
    register__too_many__refused_by_name,
])
