# SPDX-License-Identifier: LGPL-2.1-or-later
"""libvirt-hook as libvirt runs it: four words, the XML on the standard input, an exit code. The
XML of hook/ is what libvirt gave a hook on both ends of a live migration."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bus"))

import harness  # noqa: E402  (found beside this folder)
from clilib import CTL, HERE, environment, main, need, run  # noqa: E402
from liar import Liar  # noqa: E402

NAMESPACE = "https://iommufleet.org/xmlns/libvirt/domain/1"
JUDGED = ("migrate", "prepare", "restore")
ALLOWED, REFUSED, USAGE = 0, 1, 2


def sample(name):
    return (HERE / "hook" / f"{name}.xml").read_bytes()


def domain(policy="", ram=64, kind="qemu", machine="pc-q35-7.2", cpu="", devices=()):
    """A domain of a few MiB; @policy: the attributes of its metadata."""
    metadata = f"<metadata><policy xmlns='{NAMESPACE}' {policy}/></metadata>" if policy else ""
    given = "".join(
        "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' "
        f"bus='{bus:#04x}' slot='0x00' function='{function:#x}'/></source></hostdev>"
        for bus, function in devices)
    return (f"<domain type='{kind}' id='2'>{metadata}<name>t1</name>"
            "<uuid>39ae59d1-a668-42ba-82ce-784f1e184222</uuid>"
            f"<memory unit='MiB'>{ram}</memory><vcpu>1</vcpu>"
            f"<os><type arch='x86_64' machine='{machine}'>hvm</type></os>"
            f"<features><acpi/></features>{cpu}<devices><controller type='usb' model='none'/>"
            f"{given}<memballoon model='none'/></devices></domain>").encode()


# The captured host has no KVM, which a guest of kind qemu can do without; its IOMMU reaches 39 bits.
NEEDS_KVM = domain(kind="kvm")
FAR = domain("require='migrate hotplug'", ram=600 << 10)


class World:
    """One bus and one daemon for all tests that need no other."""

    bus = host = daemon = None

    @classmethod
    def start(cls):
        cls.bus = harness.Bus(harness.Scratch())
        cls.host = harness.Host(cls.bus.scratch, "x86-vtd")
        trusting = cls.bus.scratch.path / "trusting.conf"
        trusting.write_text("[judge]\nnested=trust\n")
        cls.daemon = harness.Daemon(cls.bus, cls.host, extra=[f"--config={trusting}"])


@contextlib.contextmanager
def place():
    """A bus of its own, without a daemon."""
    here = harness.Scratch()
    try:
        yield harness.Bus(here)
    finally:
        here.clean()


def config(text, bus=None, timeout="30s"):
    """A configuration file with [policy] keys @text."""
    path = World.bus.scratch.path / "libvirt-hook.conf"
    path.write_text(f"[bus]\naddress={(bus or World.bus).address}\n[policy]\ntimeout={timeout}\n"
                    f"{text}\n")
    return path


def hook(operation, xml=b"", text="", bus=None, timeout="30s", name="t1"):
    """Runs it; gives the exit code and the standard error. Nothing is ever on the output."""
    sub = "end" if operation in ("stopped", "release") else "begin"
    path = text if isinstance(text, pathlib.Path) else config(text, bus, timeout)
    code, out, err = run("libvirt-hook", f"--config={path}", "--", name, operation, sub, "-",
                         stdin=xml)
    need(out == "", f"{operation}: printed {out!r}, which would replace the XML")
    need(err == "" or (err.startswith("iommufleet ") and err.endswith("\n")), repr(err))
    need(len(err.splitlines()) <= 5, f"{operation}: more than a few lines: {err}")
    need(all(char == "\n" or char.isprintable() for char in err), repr(err))
    return code, err


def holds(what, got, code, *words):
    need(got[0] == code, f"{what}: exit code {got[0]}, not {code}; it said {got[1]!r}")
    flat = " ".join(got[1].split())
    for word in words:
        need(word in flat, f"{what}: {word!r} is not in {flat!r}")
    need(words or got[1] == "", f"{what}: it said {got[1]!r}")


def guests():
    return [guest["name"] for guest in World.bus.report("guests")["guests"]]


def samples__each_operation__go_on_without_a_word():
    for operation in ("migrate", "prepare", "start", "started", "stopped", "release"):
        end = "end" if operation in ("stopped", "release") else "begin"
        holds(operation, hook(operation, sample(f"{operation}-{end}")), ALLOWED)
        need(guests() == (["t1"] if operation == "started" else []), f"{operation}: {guests()}")
    holds("restore", hook("restore", sample("migrate-begin")), ALLOWED)
    holds("reconnect", hook("reconnect", sample("started-begin")), ALLOWED)
    need(guests() == ["t1"], str(guests()))
    holds("release", hook("release"), ALLOWED)
    need(guests() == [], str(guests()))


def unsafe__each_operation__refused_in_migrate_only():
    got = hook("migrate", NEEDS_KVM)
    holds("migrate", got, REFUSED, "iommufleet refuses: guest t1, migrate on ",
          "migrate: unsafe here", "(no-kvm)")
    for operation in ("prepare", "restore"):
        holds(operation, hook(operation, NEEDS_KVM), ALLOWED,
              f"iommufleet warns: guest t1, {operation} on ", "(no-kvm)")


def unsafe__memory__names_range_region_and_remedy():
    code, err = hook("migrate", FAR)
    lines = err.splitlines()
    need(code == REFUSED and "hotplug: unsafe here" in lines[0], err)
    # 600 GiB on q35: 2 GiB below 4 GiB, the rest from there; 39 bits end at 0x7fffffffff.
    need("guest ram at 0x100000000-0x967fffffff lies past 0x7fffffffff" in lines[1], err)
    need("(ram-beyond-aperture)" in lines[1], err)
    need("choose a host whose IOMMU reaches further" in lines[2], err)


def policy__configured__followed():
    for text, operation, xml, code, words in (
        ("refuse=none", "migrate", NEEDS_KVM, ALLOWED, ["warns", "no-kvm"]),
        ("refuse=migrate prepare", "prepare", NEEDS_KVM, REFUSED, ["refuses", "no-kvm"]),
        ("refuse=migrate, prepare", "restore", NEEDS_KVM, ALLOWED, ["warns", "no-kvm"]),
        ("refuse=restore", "restore", NEEDS_KVM, REFUSED, ["refuses"]),
        ("refuse=restore", "migrate", NEEDS_KVM, ALLOWED, ["warns"]),
        ("require=none", "migrate", NEEDS_KVM, ALLOWED, []),
        ("require=hotplug", "migrate", domain(ram=600 << 10), REFUSED, ["hotplug: unsafe"]),
        ("require=migrate", "migrate", domain(ram=600 << 10), ALLOWED, []),
        ("require=migrate hotplug", "migrate", domain(kind="kvm", ram=600 << 10), REFUSED,
         ["migrate, hotplug: unsafe here", "1 more"]),
        ("; nothing is set", "migrate", NEEDS_KVM, REFUSED, ["refuses"]),
    ):
        holds(f"{text} in {operation}", hook(operation, xml, text), code, *words)


def policy__of_the_guest__over_the_configured():
    for text, policy, operation, code, words in (
        ("", "refuse='prepare'", "prepare", REFUSED, ["refuses"]),
        ("", "refuse='prepare'", "migrate", ALLOWED, ["warns"]),
        ("", "require='none'", "migrate", ALLOWED, []),
        ("refuse=prepare restore", "require='migrate'", "prepare", REFUSED, ["refuses"]),
        ("refuse=migrate prepare", "refuse='none'", "migrate", ALLOWED, ["warns"]),
        ("require=none", "require='hotplug migrate'", "migrate", REFUSED,
         ["migrate, hotplug: unsafe here"]),
    ):
        xml = domain(policy, kind="kvm", ram=600 << 10)
        holds(f"{text}, {policy} in {operation}", hook(operation, xml, text), code, *words)


def policy__wrong__refuses_migrations_and_says_where():
    path = config("")
    for text, line, word in (
        ("[policy]\nrequire=migrte\n", 2, "migrte"),
        ("[policy]\nrefuse=migrate start\n", 2, "start"),
        ("# a comment\n[policy]\n\ncannot-tell=refuse\n", 4, "neither allow nor deny"),
        ("[policy]\ncanot-tell=deny\n", 2, "no key canot-tell"),
        ("cannot-tell=deny\n", 1, "no key cannot-tell in section []"),
        ("[policy]\ntimeout=2\n", 2, "not a time"),
        ("[policy]\ntimeout=1ms\n", 2, "from 100ms to 60s"),
        ("[bus]\naddress=somewhere\n", 2, "unix:path"),
        ("[policy\n", 1, "neither a [section]"),
        ("[policy]\nrequire=migrate\n" + "x" * 200, 3, "190 bytes"),
        ("[policy]\nrequire=mig\0rate\n", 2, "NUL"),
    ):
        path.write_text(text)
        holds(text, hook("migrate", sample("migrate-begin"), path), REFUSED,
              f"the configuration is wrong: {path}:{line}: ", word, "Correct that file")
        for operation in ("prepare", "restore"):
            holds(text, hook(operation, sample("prepare-begin"), path), ALLOWED, "warns", word)
    for text in ("x" * 20000, None):
        path.unlink()
        if text:
            path.write_text(text)
        holds("unreadable", hook("migrate", sample("migrate-begin"), path), REFUSED, str(path))
    path.touch()
    for wrong in ("require='migrte'", "refuse='start'", "cannot_tell='no'", "requires='migrate'"):
        holds(wrong, hook("migrate", domain(wrong), "refuse=none"), REFUSED,
              "the policy in the domain's metadata is wrong", "virsh edit")
        holds(wrong, hook("prepare", domain(wrong)), ALLOWED, "warns")


def cannot_tell__each_cause__follows_the_policy():
    huge = domain().replace(b"<name>", b"<!--" + b"x" * (4 << 20) + b"--><name>")
    for what, xml in (
        ("no XML", b""), ("no XML", b"not XML"), ("no domain", b"<network/>"),
        ("a guest that is not modelled", domain(machine="xenfv")),
        ("a command line of its own", domain().replace(
            b"</devices>", b"</devices><commandline xmlns='http://libvirt.org/schemas/domain/"
            b"qemu/1.0'><arg value='-device'/><arg value='ivshmem'/></commandline>")),
        ("other bytes", b"<domain>\xff\xfe</domain>"), ("too long", huge),
        ("entities", b"<!DOCTYPE d [<!ENTITY a 'b'>]><domain>&a;</domain>"),
    ):
        for operation in JUDGED:
            holds(what, hook(operation, xml), ALLOWED, "iommufleet warns: guest t1")
        holds(what, hook("migrate", xml, "cannot-tell=deny"), REFUSED, "iommufleet refuses")
        holds(what, hook("prepare", xml, "cannot-tell=deny"), ALLOWED, "warns")
    denied = domain("require='hotplug' cannot_tell='deny'", machine="xenfv")
    holds("its own", hook("migrate", denied), REFUSED, "hotplug: nothing proves it safe here")


def daemon__missing__follows_the_policy():
    with place() as bus:
        lost = type("Lost", (), {"address": "unix:path=/nonexistent/bus"})
        for where, word in ((bus, "it is not running"), (lost, "No such file")):
            for operation in JUDGED:
                holds(operation, hook(operation, sample("migrate-begin"), "", where), ALLOWED,
                      "warns", "iommufleetd cannot be asked", word, "Start iommufleetd")
            holds("deny", hook("migrate", sample("migrate-begin"), "daemon-missing=deny", where),
                  REFUSED, "refuses", word)
            own = domain("daemon_missing='deny' refuse='restore'")
            holds("its own", hook("restore", own, "", where), REFUSED, word)
            for operation in ("started", "reconnect", "stopped", "release"):
                holds(operation, hook(operation, sample("started-begin"),
                                      "daemon-missing=deny\ncannot-tell=deny", where), ALLOWED)


def daemon__without_facts__lets_guests_start():
    with place() as bus:
        hang = bus.scratch.path / "hang"
        hang.write_text("#!/bin/sh\nexec sleep 1000\n")
        hang.chmod(0o755)
        harness.Daemon(bus, extra=[f"--collector={hang}"], wait=False).wait_named()
        for operation in JUDGED:
            holds(operation, hook(operation, sample("prepare-begin"), "", bus), ALLOWED, "warns",
                  "nothing is known of this host yet")
        holds("deny", hook("migrate", sample("migrate-begin"), "cannot-tell=deny", bus), REFUSED,
              "nothing is known")
        holds("started", hook("started", sample("started-begin"), "", bus), ALLOWED)
        need([one["name"] for one in bus.report("guests")["guests"]] == ["t1"], "not told")


def timed(least, *words, **more):
    """Runs the hook; it takes @least seconds, and no more than a slow machine adds."""
    start = time.monotonic()
    got = hook(*words, **more)
    taken = time.monotonic() - start
    need(least <= taken < least + 10, f"{words[0]}: {taken:.1f} s, not {least}")
    return got


def time__all_used__counts_as_a_missing_daemon():
    with place() as bus:
        daemon = harness.Daemon(bus, World.host)
        for child in (daemon.child, bus.child):
            child.send_signal(signal.SIGSTOP)
            try:
                for operation, text, code in (("migrate", "", ALLOWED),
                                              ("migrate", "daemon-missing=deny", REFUSED),
                                              ("restore", "daemon-missing=deny", ALLOWED)):
                    holds(operation, timed(0.5, operation, sample("migrate-begin"), text, bus=bus,
                                           timeout="500ms"), code, "it does not answer in time")
                holds("started", timed(0.5, "started", sample("started-begin"), bus=bus,
                                       timeout="500ms"), ALLOWED)
            finally:
                child.send_signal(signal.SIGCONT)
        bus.child.send_signal(signal.SIGSTOP)
        path = bus.scratch.path / "preset.conf"
        path.write_text(f"[bus]\naddress={bus.address}\n")
        try:
            holds("preset", timed(2, "migrate", sample("migrate-begin"), path), ALLOWED, "in time")
        finally:
            bus.child.send_signal(signal.SIGCONT)


def time__input_never_ends__cannot_tell():
    start = time.monotonic()
    words = [str(CTL), "libvirt-hook", f"--config={config('', timeout='500ms')}", "--", "t1",
             "migrate", "begin", "-"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=environment()) as child:
        child.stdin.write(b"<domain>")
        child.stdin.flush()
        need(child.wait(60) == ALLOWED, "refused")
        need(0.5 <= time.monotonic() - start < 10, "not in its time")
        need(child.stdout.read() == b"" and b"does not come in time" in child.stderr.read(), "words")


def daemon__lies__nothing_is_proved():
    answer = "a{ss}aa{sv}aa{sv}a{sv}"
    evil = "\033]0;owned\007\n\n\nsecond line"
    blocking = {"code": ("s", evil), "severity": ("s", "blocks"), "answer": ("s", "violated"),
                "questions": ("as", ["migrate"]), "text": ("s", evil * 300),
                "remedy": ("s", evil * 300)}
    for what, lie, code, word in (
        ("no answer", (answer, ([], [], [], [])), ALLOWED, "nothing proves it safe here"),
        ("other words", (answer, ([("migrate", "fine")], [], [], [])), ALLOWED, "nothing proves"),
        ("no reason", (answer, ([("migrate", "unsafe")], [], [], [])), REFUSED, "unsafe here"),
        ("garbage", ("s", ("safe",)), ALLOWED, "makes no sense"),
        ("evil", (answer, ([("migrate", "unsafe")], [], [list(blocking.items())], [])), REFUSED,
         "owned"),
        ("error", ("s", (evil,), None, "a.b"), ALLOWED, "cannot tell"),
    ):
        with place() as bus:
            liar = Liar(bus.address, *lie)
            path = config("", bus)
            code_got, out, err = run("libvirt-hook", f"--config={path}", "--", "t1", "migrate",
                                     "begin", "-", stdin=sample("migrate-begin"))
            need(code_got == code and out == "" and word in err, f"{what}: {code_got} {err!r}")
            need("\033" not in err and "\007" not in err and len(err) < 4096, f"{what}: {err!r}")
            liar.close()


def own_devices__still_on_their_drivers__do_not_count():
    # Group 14 of the captured host: two functions, both bound to the host's drivers.
    every = "require=migrate memory_hotplug\nrefuse=migrate prepare restore\ncannot-tell=deny"
    for operation in JUDGED:
        _, err = hook(operation, domain(devices=((9, 0), (9, 1))), every)
        need("group-" not in err and "09:00" not in err, f"{operation}: {err}")
        holds(operation, hook(operation, domain(devices=((9, 0), (9, 1)))), ALLOWED)
    # Told apart from a device that is not there at all.
    holds("absent", hook("migrate", domain(devices=((0x77, 0),))), REFUSED, "(device-absent)")


def started_elsewhere__map_that_could_differ__asked_where_a_guest_comes():
    # An AMD host that has KVM and 46 address bits: there 1012 GiB go past the gap below 1 TiB,
    # on an Intel host they would not.
    with place() as bus:
        host = harness.Host(bus.scratch, "x86-vtd")
        (host.root / "sys/class/misc/kvm").mkdir(parents=True)
        cpuinfo = host.root / "proc/cpuinfo"
        text = cpuinfo.read_text()
        need("AuthenticAMD" in text and "40 bits physical" in text, "another captured host")
        cpuinfo.chmod(0o644)
        cpuinfo.write_text(text.replace("40 bits physical", "46 bits physical"))
        harness.Daemon(bus, host)
        edge = domain(ram=1012 << 10, kind="kvm", cpu="<cpu mode='host-passthrough'/>")
        strict = "refuse=migrate prepare restore\ncannot-tell=deny"
        holds("prepare", hook("prepare", edge, strict, bus), ALLOWED)
        for operation in ("migrate", "restore"):
            holds(operation, hook(operation, edge, strict, bus), REFUSED, "(map-differs-there)")
            holds(operation, hook(operation, edge, "", bus), ALLOWED, "warns")


def told__device_of_this_host__listed():
    holds("started", hook("started", domain(devices=((9, 1), (1, 0)))), ALLOWED)
    code, out, _ = run(f"--bus={World.bus.address}", "guests")
    need(code == 0 and out.splitlines()[0].split() ==
         ["GUEST", "MIGRATE", "HOTPLUG", "MEMORY", "SINCE", "DEVICES"], out)
    need(out.splitlines()[1].split()[-1] == "0000:01:00.0", out)
    need(out.splitlines()[2].split() == ["0000:09:00.1"], out)
    document = json.loads(run(f"--bus={World.bus.address}", "guests", "--json=short")[1])
    need(document["guests"][0]["devices"] == ["0000:01:00.0", "0000:09:00.1"], str(document))
    holds("stopped", hook("stopped"), ALLOWED)
    need("told of no guest" in run(f"--bus={World.bus.address}", "guests")[1], "not empty")


def words__others_than_known__go_on_and_by_hand_say_so():
    for words in (("t1", "start", "begin", "-"), ("t1", "attach", "begin", "-"),
                  ("t1", "migrate", "end", "-"), ("t1", "tomorrow", "begin", "-"),
                  ("-t1", "started", "before", "-"), ("", "", "", "")):
        code, out, err = run("libvirt-hook", "--config=/nonexistent/file", "--", *words)
        need((code, out, err) == (ALLOWED, "", ""), f"{words}: {code} {out!r} {err!r}")
    for words in ((), ("t1",), ("t1", "migrate", "begin"), ("t1", "migrate", "begin", "-", "-")):
        code, out, err = run("libvirt-hook", *words)
        need(code == USAGE and out == "" and err.startswith("iommufleetctl: "), f"{words}: {err}")
    holds("odd name", hook("migrate", NEEDS_KVM, name="--a\033[31m\n" + "b" * 300), REFUSED, "refuses")


def standard_error__nobody_reads__still_an_answer():
    reader, writer = os.pipe()
    os.close(reader)
    words = [str(CTL), "libvirt-hook", f"--config={config('')}", "--", "t1", "prepare", "begin", "-"]
    done = subprocess.run(words, input=NEEDS_KVM, stdout=subprocess.PIPE, stderr=writer, check=False,
                          env=environment(), timeout=60)
    os.close(writer)
    need(done.returncode == ALLOWED, f"it ended with {done.returncode}")


def manual__keys_and_attributes__all_in_it():
    page = (HERE.parent.parent / "man/iommufleet-libvirt-hook.7").read_text(encoding="ascii")
    for key in ("require", "refuse", "cannot-tell", "daemon-missing", "timeout", "address"):
        need(f".It Cm {key}\n" in page, f"{key} is not in the manual")
    for attribute in ("require=", "refuse=", "cannot_tell=", "daemon_missing=", NAMESPACE):
        need(attribute in page, f"{attribute} is not in the manual")


def with_world(test):
    def started():
        if not World.bus:
            World.start()
        test()

    started.__name__ = test.__name__
    return started


main(*map(with_world, (
    samples__each_operation__go_on_without_a_word, unsafe__each_operation__refused_in_migrate_only,
    unsafe__memory__names_range_region_and_remedy, policy__configured__followed,
    policy__of_the_guest__over_the_configured, policy__wrong__refuses_migrations_and_says_where,
    cannot_tell__each_cause__follows_the_policy, daemon__missing__follows_the_policy,
    daemon__without_facts__lets_guests_start, time__all_used__counts_as_a_missing_daemon,
    time__input_never_ends__cannot_tell, daemon__lies__nothing_is_proved,
    own_devices__still_on_their_drivers__do_not_count,
    started_elsewhere__map_that_could_differ__asked_where_a_guest_comes,
    told__device_of_this_host__listed, words__others_than_known__go_on_and_by_hand_say_so,
    standard_error__nobody_reads__still_an_answer, manual__keys_and_attributes__all_in_it)))
