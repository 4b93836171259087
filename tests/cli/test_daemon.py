# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same questions to the daemon and to its facts give the same answers; and what is said when
there is no daemon, when it refuses, and when it lies."""

import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bus"))

import harness  # noqa: E402  (found beside this folder)
from clilib import FAILED, HERE, SAFE, TOP, UNSAFE, main, need, refused, run  # noqa: E402
from liar import Liar, private_bus  # noqa: E402

CAPTURED = "x86-vfio"
NAME = os.uname().nodename
GUESTS = TOP / "tests/golden/guests"
DOMAINS = TOP / "tests/domains/data"
QUESTIONS = (
    ("status",), ("groups",), ("devices",), ("digests",),
    ("usable", "9"), ("usable", "1:00.0"), ("usable", "0000:08:02.0"),
    ("explain", "05:00.0"), ("explain", "12"),
    ("groups", "--assume=kernel=6.6"),
    ("check", "--map", GUESTS / "q35-4g.json"),
    ("check", "--map", GUESTS / "q35-4g.json", "--assume=nested=trust", "--attach=1:00.0"),
    ("check", "--map", GUESTS / "x86-in-msi-window.json", "--attach=9", "--attach=8086:10d3"),
    ("check", "--map", GUESTS / "q35-4g-hotplug.json", "--attach-memory=64G",
     "--question=memory_hotplug", "--question=hotplug", "--assume=nested=trust",
     "--assume=iommu-bits=38"),
    ("check", "--mtree", DOMAINS / "q35-4g-slots-dimm1g.mtree.txt", "--attach=1:00.0"),
    ("map", "--map", GUESTS / "q35-4g.json"),
    ("map", "--mtree", DOMAINS / "virt-arm-4g.mtree.txt", "--arch=aarch64"),
)
# Definitions: what says nothing of where it is from is the daemon's own host's.
DEFINITIONS = (
    ("--domain", HERE / "guest-hostdev.xml"),
    ("--domain", DOMAINS / "q35-4g-slots-3dimm.inactive.xml"),
    ("--domain", DOMAINS / "q35-4g-virtiomem.live.xml"),
    ("--cmdline", DOMAINS / "qemu-q35-4g-maxmem2t-intel.cmd"),
    ("--cmdline", DOMAINS / "qemu-q35-8g-maxlow1g.cmd"),
)
# What only the daemon knows: when it collected, how it does, and that it looked at bindings.
DAEMONS_OWN = ("host", "collected_at", "daemon", "live_state", "laid_out_for")


class Hosted:
    """One daemon for all tests, and its facts as a file."""

    scratch = bus = daemon = facts = None

    @classmethod
    def start(cls):
        cls.bus = private_bus()
        cls.scratch = cls.bus.scratch
        cls.daemon = harness.Daemon(cls.bus, harness.Host(cls.scratch, CAPTURED))
        cls.facts = cls.scratch.path / "facts.json"
        code, out, err = run(f"--bus={cls.bus.address}", "facts")
        need(code == SAFE and err == "", f"facts: {code}, {err!r}")
        cls.facts.write_text(out, encoding="ascii")


def ask(*words):
    return run(f"--bus={Hosted.bus.address}", *words)


def answers__daemon_and_facts__same_documents():
    for words in QUESTIONS:
        code, out, err = ask(*words, "--json=short")
        other = run("--facts", Hosted.facts, *words, "--json=short")
        need(err == "" and code == other[0], f"{words}: {code} and {other[0]}; {err!r}{other[2]!r}")
        one, two = json.loads(out), json.loads(other[1])
        for member in DAEMONS_OWN:
            one.pop(member, None)
            two.pop(member, None)
        for member in one.keys() | two.keys():
            need(one.get(member) == two.get(member), f"{words}, {member}: the daemon says\n"
                 f"{one.get(member)}\nand its facts\n{two.get(member)}")


def answers__daemon_and_facts__same_text():
    for words in QUESTIONS:
        if words[0] not in ("status", "map"):
            need(ask(*words) == run("--facts", Hosted.facts, *words), f"{words}: other text")


def definitions__daemon_and_facts__same_documents():
    for guest in DEFINITIONS:
        for words in (("map", *guest), ("check", *guest), ("check", *guest, "--attach=1:00.0",
                                                          "--attach-memory=1G")):
            code, out, err = ask(*words, "--json=short")
            other = run("--facts", Hosted.facts, "--from", Hosted.facts, *words, "--json=short")
            need(err == "" and code == other[0], f"{words}: {code} and {other[0]}; {err!r}")
            one, two = json.loads(out), json.loads(other[1])
            for member in (one.keys() | two.keys()) - set(DAEMONS_OWN):
                need(one.get(member) == two.get(member), f"{words}, {member}: the daemon says\n"
                     f"{one.get(member)}\nand its facts\n{two.get(member)}")


def map__daemon__names_the_host():
    words = ("map", *DEFINITIONS[0])
    made = json.loads(ask(*words, "--assume=cpu-bits=40", "--json=short")[1])
    need(made["laid_out_for"] == {"host": NAME, "assumed": {"cpu-bits": "40"}}, str(made))
    need(NAME in ask(*words)[1], "the text does not name it")
    for verb in ("map", "check"):
        words = (verb, *DEFINITIONS[0])
        plain = ask(*words)
        for more in ((f"--host={NAME}",), (f"--from={NAME}",)):
            need(ask(*words, *more) == plain, f"{verb} {more}: another answer")
        for more in ("--host=elsewhere", "--from=elsewhere"):
            refused(FAILED, f"--bus={Hosted.bus.address}", *words, more,
                    says=["elsewhere", "NoSuchHost"])


def definition__as_long_as_may_be__answered():
    text = (HERE / "guest-hostdev.xml").read_bytes()
    long = text.replace(b"<devices>", b"<devices><!--" + b"x" * 3_000_000 + b"-->", 1)
    need(run(f"--bus={Hosted.bus.address}", "check", "--domain=-", stdin=long) ==
         ask("check", "--domain", HERE / "guest-hostdev.xml"), "another answer to a long one")


def facts__from_the_daemon__canonical():
    text = Hosted.facts.read_text(encoding="ascii")
    need(run("--facts", Hosted.facts, "facts")[1] == text, "not canonical")
    pretty = ask("facts", "--json=pretty")[1]
    need(json.loads(pretty) == json.loads(text) and pretty != text, "pretty")


def status__daemon__tells_when():
    out = ask("status")[1]
    need("Collected" in out and " UTC" in out and "Daemon" in out, out)
    daemon = json.loads(ask("status", "--json=short")[1])["daemon"]
    need(daemon["stale_after_us"] == 24 * 3600 * 1000000, str(daemon))


def history__daemon__lists_what_is():
    code, out, err = ask("history")
    digests = json.loads(ask("digests", "--json=short")[1])
    need(code == SAFE and err == "", f"{code}, {err!r}")
    need(out.splitlines()[1].split()[3:] == ["now", digests["class"][:12], digests["facts"][:12]],
         out)
    periods = json.loads(ask("history", "--json=short")[1])["history"]
    need(len(periods) == 1 and periods[0]["facts"] == digests["facts"], str(periods))


def refusals__daemon__one_line():
    address = f"--bus={Hosted.bus.address}"
    refused(FAILED, address, "usable", "99", says=["99", "iommufleetctl devices"])
    refused(FAILED, address, "compare", NAME, "elsewhere", says=["elsewhere", "iommufleetctl hosts"])
    refused(FAILED, address, "guests", "remove", "nobody", says=["iommufleetctl guests"])
    refused(FAILED, address, "explain", "\033[31m")
    refused(FAILED, address, "usable", "\udc80")
    refused(FAILED, address, "check", "--map", HERE / "guest-4g.json", "--attach=77:00.0",
            says=["0000:77:00.0"])


def lies__each_kind__refused_or_harmless():
    empty = private_bus()
    address = f"--bus={empty.address}"
    refused(FAILED, address, "groups", says=["iommufleetd", "not running", "--facts"])
    check = ("check", "--map", HERE / "guest-4g.json")
    shown = ("map", "--map", HERE / "guest-4g.json")
    for words, answer in (
        (("groups",), {"signature": "s", "args": ("{}",)}),
        (("groups",), {}),
        (("groups",), {"signature": "h", "args": (0,), "file": b"{"}),
        (("groups",), {"signature": "h", "args": (0,), "file": b"[" * 100000}),
        (("groups",), {"signature": "h", "args": (0,), "file": b" " * ((32 << 20) + 1)}),
        (("facts",), {"signature": "h", "args": (0,), "file": b" " * ((8 << 20) + 1)}),
        (("groups",), {"signature": "s", "args": ("\033[31mboo\n\007",), "error": "a.b"}),
        (("facts",), {"signature": "h", "args": (0,), "file": b'{"a":"\033[31m"}'}),
        (check, {"signature": "s", "args": ("{}",)}),
        (check, {"signature": "a{ss}", "args": ([("hotplug", "safe")],)}),
        (shown, {"signature": "h", "args": (0,), "file": b"{}"}),
        (shown, {"signature": "s", "args": ("{}",)}),
        (shown, {"signature": "s", "args": ("[" * 1000,)}),
        (shown, {"signature": "s", "args": ('{"arch":"x86_64","map":[]}',)}),
        (shown, {"signature": "s", "args": ('{"arch":"\033[31m","map":[]}',)}),
    ):
        liar = Liar(empty.address, **answer)
        refused(FAILED, address, *words)
        liar.close()


def lies__answer_left_out__no_proof():
    empty = private_bus()
    for said, code in (
        ([], 4),
        ([("hotplug", "safe")], 4),
        ([("migrate", "safe"), ("hotplug", "safe"), ("memory_hotplug", "fine")], 4),
        ([("migrate", "safe"), ("hotplug", "unsafe")], UNSAFE),
        ([("migrate", "safe"), ("hotplug", "safe"), ("memory_hotplug", "safe")], SAFE),
    ):
        liar = Liar(empty.address, "a{ss}aa{sv}aa{sv}a{sv}", (said, [], [], []))
        for form in ("off", "short"):
            got = run(f"--bus={empty.address}", "check", "--map", HERE / "guest-4g.json",
                      f"--json={form}")[0]
            need(got == code, f"{said}: exit code {got}, not {code}")
        liar.close()


def lies__control_characters__escaped():
    empty = private_bus()
    evil = "\033]0;owned\007\033[2J"
    groups = {"groups": [{"id": 1, "type": evil, "devices": [evil], "isolated": evil,
                          "assignable": evil,
                          "reserved": [{"first": evil, "last": evil, "type": evil}]}]}
    usable = {"target": evil, "group": 1, "aperture": {"last": "0xff", "known_by": evil},
              "assignable": evil, "assignable_after_rebind": evil, "ranges": [{"first": evil}],
              "findings": [{"code": evil, "text": evil, "remedy": evil, "device": evil}]}
    status = {"host": evil, "problems": [{"text": evil, "remedy": evil}],
              "iommus": [{"name": evil}], "daemon": {"trouble": evil}}
    explained = {"target": evil, "group": evil, "isolated": evil, "first_hole": evil, "findings": [],
                 "path": [{"address": evil, "port_type": evil, "redirects": evil, "acs": evil},
                          {"address": evil, "acs": {"control": evil}, "redirects": "no",
                           "missing": [evil, 1]}, {"acs": {"unknown": evil}}, evil]}
    window = {"first": evil, "last": evil, "bytes": evil}
    shown = {"arch": "x86_64", "map": [{"first": "0x0", "last": "0xfff", "kind": "ram"}],
             "laid_out_for": {"host": evil, "assumed": {evil: evil}},
             "headroom": {"below_4g": [window], "above_4g": {"unknown": evil}}}
    for words, document in ((("groups",), groups), (("usable", "1"), usable),
                            (("status",), status), (("explain", "1"), explained), (("devices",), {"devices": {"unknown": evil}}),
                            (("map", "--map", HERE / "guest-4g.json"), shown)):
        text = json.dumps(document)
        liar = (Liar(empty.address, "s", (text,)) if words[0] == "map" else
                Liar(empty.address, "h", (0,), text.encode()))
        for form in ("off", "pretty"):
            code, out, err = run(f"--bus={empty.address}", *words, f"--json={form}")
            need(code == SAFE, f"{words}: {code}, {err!r}")
            need(all(char == "\n" or char.isprintable() for char in out), f"{words}: {out!r}")
            need("owned" in out, f"{words}: {out!r}")
        liar.close()


def with_daemon(test):
    def started():
        if not Hosted.bus:
            Hosted.start()
        test()

    started.__name__ = test.__name__
    return started


main(*map(with_daemon, (answers__daemon_and_facts__same_documents,
                        answers__daemon_and_facts__same_text, facts__from_the_daemon__canonical,
                        definitions__daemon_and_facts__same_documents,
                        map__daemon__names_the_host, definition__as_long_as_may_be__answered,
                        status__daemon__tells_when, history__daemon__lists_what_is,
                        refusals__daemon__one_line)),
     lies__each_kind__refused_or_harmless, lies__answer_left_out__no_proof,
     lies__control_characters__escaped)
