# SPDX-License-Identifier: LGPL-2.1-or-later
"""Questions about the fleet, to one of three daemons that know each other: the answers are those to
the facts documents of the three; and what is said when the daemon refuses, is old, or lies."""

import json
import pathlib
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bus"))

import harness  # noqa: E402  (found beside this folder)
from clilib import (FAILED, HERE, SAFE, TOP, UNKNOWN, UNSAFE, USAGE, free_ports,  # noqa: E402
                    main, need, refused, run)
from liar import Liar  # noqa: E402
from test_report import sound, table, text  # noqa: E402

HOSTS = {"node1": ("x86-vfio", "rack=r1"), "node2": ("x86-vfio-7.2", "rack=r2 gpu=no"),
         "node3": ("x86-none", "rack=r2")}
GUESTS = TOP / "tests/golden/guests"
TRUST = "--assume=nested=trust"
DRIVE = "--attach=1b36:0010"  # alone in its group on both hosts that have it
MAP = HERE / "guest-4g.json"
BIG = """<domain type='kvm'>
  <name>big</name><maxMemory slots='16' unit='GiB'>600</maxMemory><memory unit='GiB'>4</memory>
  <vcpu>4</vcpu><os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
  <cpu mode='host-passthrough'/>{}
</domain>
"""
# What a class does not tell: what is bound there, so which devices can be given away now; names of
# devices there; and when facts in a file were collected.
LIVE = ("collected_at", "live-state-not-checked", "live_state", "reason", "targets", "findings",
        "facts", "assignable_kinds")


class Fleet:
    """Three daemons, and their facts as files."""

    nodes = {}
    folder = scratch = None

    @classmethod
    def start(cls):
        if not shutil.which("openssl"):
            print("openssl is not installed")
            sys.exit(77)
        cls.scratch = harness.Scratch()
        cls.folder = cls.scratch.path
        subprocess.run(["bash", TOP / "tools/fleet-ca", "make", cls.folder / "ca", "lab", *HOSTS],
                       check=True, capture_output=True)
        ports = dict(zip(HOSTS, free_ports(len(HOSTS))))
        for name, (capture, labels) in HOSTS.items():
            cls.nodes[name] = cls.node(name, capture, labels, ports)
        for name in HOSTS:
            harness.until(f"{name} knows all", lambda name=name: cls.knows_all(name))
            code, out, err = cls.ask("facts", at=name)
            need(code == SAFE and err == "", f"facts of {name}: {code}, {err!r}")
            (cls.folder / f"{name}.json").write_text(out, encoding="ascii")
        for name, devices in (("big.xml", ""), ("drive.xml", DEVICE)):
            (cls.folder / name).write_text(BIG.format(devices), encoding="ascii")

    @classmethod
    def node(cls, name, capture, labels, ports):
        scratch = harness.Scratch()
        bus = harness.Bus(scratch)
        host = harness.Host(scratch, capture)
        (host.root / "sys/class/misc/kvm").mkdir(parents=True)
        config = scratch.path / "conf"
        own = cls.folder / "ca/hosts" / name
        config.write_text(
            f"[exchange]\nmode=peers\nfleet=lab\ncertificate={own}/cert.pem\nkey={own}/key.pem\n"
            f"ca={cls.folder}/ca/ca.pem\ncrl={cls.folder}/ca/lists.pem\ninterval=1s\n"
            f"endpoints=https://127.0.0.1:{ports[name]}\nlabels={labels}\n"
            f"[peers]\nlisten=127.0.0.1:{ports[name]}\nconnect=https://127.0.0.1:{ports['node1']}\n",
            encoding="ascii")
        return bus, harness.Daemon(bus, host, extra=[f"--config={config}"])

    @classmethod
    def ask(cls, *words, at="node1"):
        return run(f"--bus={cls.nodes[at][0].address}", *words, cwd=cls.folder)

    @classmethod
    def knows_all(cls, name):
        hosts = json.loads(cls.ask("hosts", "--json=short", at=name)[1])["hosts"]
        return [host["host"] for host in hosts if host["class"]] == list(HOSTS)

    @classmethod
    def files(cls, *words):
        return run(*words, *(f"--facts={name}.json" for name in HOSTS), cwd=cls.folder)


DEVICE = """<devices><hostdev mode='subsystem' type='pci' managed='yes'><source>
  <address domain='0' bus='0x04' slot='0' function='0'/></source></hostdev></devices>"""


def same(words, one, two):
    """Two answers, (code, output, errors) of --json=short, agree in all but what is live."""
    need(one[0] == two[0] and not one[2] + two[2], f"{words}: {one[0]}, {two[0]}; {one[2]}{two[2]}")
    a, b = json.loads(one[1]), json.loads(two[1])
    need(strip(a) == strip(b), f"{words}: the daemon says\n{a}\nand the files\n{b}")


def strip(value):
    if isinstance(value, dict):
        return {key: strip(one) for key, one in value.items() if key not in LIVE}
    return [strip(one) for one in value] if isinstance(value, list) else value


def fleet__daemon_and_files__same_answers():
    for words in (
        ("hosts",), ("hosts", TRUST), ("classes",), ("compare", "node1", "node2"),
        ("compare", "node3", "node1", TRUST),
        ("baseline", "node3"),
        ("hosts", "--map", MAP, DRIVE, TRUST), ("hosts", "--map", MAP, DRIVE),
        ("hosts", "--map", MAP, "--question=migrate"),
        ("hosts", "--map", GUESTS / "x86-in-msi-window.json", DRIVE, TRUST),
        ("hosts", "--domain", "big.xml", DRIVE, TRUST, "--attach-memory=300G"),
        ("hosts", "--domain", "big.xml", DRIVE, TRUST, "--assume=iommu-bits=38"),
        ("hosts", "--domain", "drive.xml", "--question=migrate", TRUST),
        ("hosts", "--domain", "big.xml", "--question=migrate", TRUST, "--from=node2"),
        ("plan", "--domain", "big.xml", DRIVE, TRUST, "--question=memory_hotplug"),
        ("plan", "--domain", "big.xml", DRIVE, TRUST, "--question=memory_hotplug", "node2", "node1"),
        ("plan", "--map", MAP, DRIVE, TRUST),
    ):
        words = (*words, "--json=short")
        files = Fleet.files(*words)
        for name in HOSTS:
            same((name, *words), Fleet.ask(*words, at=name), files)


def baseline__daemon_and_files__same_addresses():
    """A device that cannot be given away as things stand may be in the way all the same, elsewhere."""
    def holes(document):
        return {(hole["first"], hole["last"], hole["type"], host)
                for hole in document.pop("holes") for host in hole["hosts"]}

    for words in (("baseline", TRUST), ("baseline",), ("baseline", "node2", "node1", TRUST)):
        files = Fleet.files(*words, "--json=short")
        document = json.loads(files[1])
        known = holes(document)
        for name in HOSTS:
            code, out, err = Fleet.ask(*words, "--json=short", at=name)
            answer = json.loads(out)
            need(code == files[0] and err == "" and holes(answer) >= known, f"{words}: {out}")
            need(strip(answer) == strip(document), f"{words}: {name} says {answer}, and the files {document}")


def from__where_addresses_are_known__there_alone():
    """At which address which device is, only that host itself knows."""
    words = ("--domain", "drive.xml", "--from=node2", "--question=migrate", TRUST)
    same(words, Fleet.ask("hosts", *words, "--json=short", at="node2"),
         Fleet.files("hosts", *words, "--json=short"))
    need(Fleet.ask("check", "--host=node1", *words, at="node2")[0] == SAFE, "node2 knows")
    for at in ("node1", "node3"):
        code, out, _ = Fleet.ask("check", "--host=node1", *words, at=at)
        need(code == UNKNOWN and "device-of-another-host" in out, f"{at}: {code}, {out}")


def fleet__only_the_class_known__never_safe_without_proof():
    """Without what is bound there, and which device is at an address, less can be told."""
    for words in (("hosts", "--map", MAP, TRUST), ("hosts", "--map", MAP, "--attach=8086:10d3", TRUST),
                  ("hosts", "--domain", "drive.xml", "--from=node1", TRUST)):
        files = {host["host"]: host for host in json.loads(
            Fleet.files(*words, "--json=short")[1])["hosts"]}
        for name in HOSTS:
            for host in json.loads(Fleet.ask(*words, "--json=short", at=name)[1])["hosts"]:
                here, away = host["host"] == name, "--from=node1" in words and name != "node1"
                need(here != host.get("live-state-not-checked", False), f"{name}: {host}")
                for question, word in host["answers"].items():
                    other = files[host["host"]]["answers"][question]
                    need(word == other or word == "unknown" and (not here or away),
                         f"{words}: {name} says {word} of {question} at {host}, not {other}")


def one_host__of_the_fleet__as_from_its_file():
    for words in (("check", "--domain", "big.xml", DRIVE, TRUST), ("check", "--map", MAP, DRIVE, TRUST),
                  ("map", "--domain", "big.xml"), ("check", "--domain", "big.xml", "--from", "node2",
                                                   "--question=migrate", TRUST)):
        for name in HOSTS:
            asked = Fleet.ask(*words, f"--host={name}", "--json=short")
            # In a file nothing says where the guest is from; the daemon takes it for one of there.
            origin = [f"{word}.json" if word == "node2" else word for word in words]
            if "--from" not in words:
                origin += ["--from", f"{name}.json"]
            told = run("--facts", f"{name}.json", *origin, "--json=short", cwd=Fleet.folder)
            answer = json.loads(asked[1])
            need((answer.get("laid_out_for") or answer)["host"] == name, str(answer))
            same((name, *words), named(asked), named(told))


def named(got):
    document = json.loads(got[1])
    for place in (document, document.get("laid_out_for", {})):
        place.pop("host", None)
    return got[0], json.dumps(document), got[2]


def check__other_host__says_what_was_not_looked_at():
    words = ("check", "--domain", "big.xml", DRIVE, TRUST)
    code, out, err = Fleet.ask(*words, "--host=node2")
    need(code == SAFE and err == "", f"{code}, {err!r}")
    need("Of node2 only the class is known, collected 0 min ago" in out or " min ago" in out, out)
    # The groups of this host are none of that one's.
    need("FIRST" not in out and "FIRST" in Fleet.ask(*words, "--host=node1")[1], out)
    need("only the class" not in Fleet.ask(*words)[1], "of this host all is known")
    out = Fleet.ask("hosts", "--domain", "big.xml", DRIVE, TRUST)[1]
    need("Of 2 of them only the class is known" in out and " min " in out, out)


def hosts__filters__label_and_class():
    def names(*words):
        code, out, err = Fleet.ask("hosts", *words, "--json=short")
        need(code == SAFE and err == "", f"{words}: {code}, {err!r}")
        return [host["host"] for host in json.loads(out)["hosts"]]

    need(names("--label=rack") == list(HOSTS), "a label of any value")
    need(names("--label=rack=r2") == ["node2", "node3"], "of one value")
    need(names("--label=gpu") == ["node2"], "that one has")
    need(names("--label=rack=r") == [] == names("--label=rac"), "part of one")
    classes = {host["host"]: host["class"]
               for host in json.loads(Fleet.ask("hosts", "--json=short")[1])["hosts"]}
    need(names(f"--class={classes['node3'][:10]}") == ["node3"], "by class")
    need(names(f"--class={classes['node3'][:10]}", "--label=rack=r1") == [], "by both")
    got = Fleet.ask("hosts", "--label=rack=r2", "--map", MAP, DRIVE, TRUST)
    need(got[0] == SAFE and "1 of 2 hosts is safe" in got[1], str(got))
    plan = ("plan", "--map", MAP, DRIVE, TRUST, "--json=short")
    got = [json.loads(Fleet.ask(*plan, *words)[1])["hosts"]
           for words in ((), ("--label=rack=r2",), ("--label=rack=r2", "node1", "node2"))]
    need(got == [3, 2, 1], f"planned for {got} hosts")
    for words in (("hosts",), ("plan", "--map", MAP)):
        refused(USAGE, *words, "--label=rack", "--facts=node1.json", cwd=Fleet.folder,
                says=["--label", "labels"])


def history__of_another__what_its_records_said():
    digests = json.loads(Fleet.ask("digests", "--json=short", at="node2")[1])
    for at in ("node1", "node2"):
        code, out, err = Fleet.ask("history", "node2", "--json=short", at=at)
        need(code == SAFE and err == "", f"{code}, {err!r}")
        need([one["class"] for one in json.loads(out)["history"]] == [digests["class"]], out)
    need("now" in Fleet.ask("history", "node2")[1], "the text")


def guests__told_by_hand__judged():
    code, out, err = Fleet.ask("guests", "add", "big", "--domain", "big.xml")
    need((code, out, err) == (SAFE, "", ""), f"{code}, {out!r}, {err!r}")
    row = harness.until("it is judged", lambda: [
        line.split() for line in Fleet.ask("guests")[1].splitlines()
        if line.startswith("big ") and "?" not in line])[0]
    answers = json.loads(Fleet.ask("check", "--domain", "big.xml", "--json=short")[1])["answers"]
    need(row[1:4] == [answers[one] for one in ("migrate", "hotplug", "memory_hotplug")], str(row))
    need(json.loads(Fleet.ask("guests", "--json=short")[1])["guests"][0]["answers"] == answers, "JSON")
    need(Fleet.ask("guests", "remove", "big")[::2] == (SAFE, ""), "remove")
    need("told of no guest" in Fleet.ask("guests")[1], "it is still there")
    bus = f"--bus={Fleet.nodes['node1'][0].address}"
    refused(FAILED, bus, "guests", "remove", "big", says=["NoSuchGuest"])
    for words, says in ((("guests", "start", "x"), ["start", "add", "remove"]),
                        (("guests", "add"), ["NAME"]), (("guests", "remove", ""), ["NAME"]),
                        (("guests", "add", "x"), ["--domain"]),
                        (("guests", "--map", MAP), ["guests add"]),
                        (("guests", "remove", "x", "--map", MAP), ["guests add"])):
        refused(USAGE, bus, *words, says=says)


def names__of_nobody__refused():
    bus = f"--bus={Fleet.nodes['node1'][0].address}"
    for words in (("compare", "node1", "nobody"), ("baseline", "nobody"), ("history", "nobody"),
                  ("plan", "--map", MAP, "nobody"), ("check", "--map", MAP, "--host=nobody"),
                  ("map", "--map", MAP, "--host=nobody"), ("forget", "nobody"),
                  ("hosts", "--map", MAP, "--from=nobody")):
        refused(FAILED, bus, *words, says=["nobody"])
    refused(FAILED, bus, "compare", "node1", "\udcff", says=["UTF-8"])
    refused(FAILED, bus, "hosts", "--label=\udcff", says=["UTF-8"])
    refused(FAILED, bus, "hosts", "--map", MAP, "--attach=0000:01:00.0", says=["0000:01:00.0"])


def forget__a_host__gone_here_and_nowhere_else():
    need(Fleet.ask("forget", "node3", at="node2") == (SAFE, "", ""), "forget")
    need("node3" not in Fleet.ask("hosts", at="node2")[1], "it is still there")
    time.sleep(2.5)  # two rounds, in which others tell of it
    need("node3" not in Fleet.ask("hosts", at="node2")[1], "it came back")
    need("node3" in Fleet.ask("hosts", at="node1")[1], "it is gone elsewhere")


class Lied:
    """A daemon that answers what it is told to."""

    def __init__(self, document):
        self.bus = harness.Bus(harness.Scratch())
        self.liar = Liar(self.bus.address, "h", (0,), json.dumps(document).encode())

    def ask(self, *words):
        return run(f"--bus={self.bus.address}", *words)


def lies__answers_left_out__no_proof():
    host = {"host": "a", "class": None, "map": None, "stale": True, "collected_at": None}
    good = {"migrate": "safe", "hotplug": "safe", "memory_hotplug": "safe"}
    words = ("hosts", "--map", MAP)
    for document, code in (
        ({}, UNKNOWN), ({"questions": [], "hosts": [host]}, UNKNOWN), ([], FAILED),
        ({"questions": ["migrate"], "hosts": [host | {"answers": {"migrate": "safe"}}]}, UNKNOWN),
        ({"questions": [], "hosts": [host | {"answers": good | {"hotplug": "fine"}}]}, UNKNOWN),
        ({"questions": [], "hosts": [host | {"answers": good | {"hotplug": "unsafe"}}]}, UNSAFE),
        ({"questions": [], "hosts": [host | {"answers": good}]}, SAFE),
    ):
        lied = Lied(document)
        for form in ("off", "short"):
            got = lied.ask(*words, f"--json={form}")
            need(got[0] == code, f"{document}: {got}")
    for words in (("plan", "--map", MAP), ("baseline",)):
        for form in ("off", "short"):
            got = Lied({}).ask(*words, f"--json={form}")
            need(got[0] != SAFE, f"{words}: {got}")
    refused(FAILED, f"--bus={Lied({}).bus.address}", "forget", "a\udcff")


def lies__age__marked():
    day = 86400 * 10**6
    host = {"host": "a", "class": "0" * 64, "map": "1" * 64, "stale": True,
            "collected_at": int(time.time()) * 10**6 - 3 * day}
    out = Lied({"hosts": [host, host | {"host": "b", "stale": False}]}).ask("hosts")[1]
    need(" 3 d, stale  stale" in out and " 3 d         known" in out, out)


def lies__control_characters__escaped():
    evil = "\033]0;owned\007\033[2J"
    one = {"first": "0x0", "last": "0xfff", "type": evil, "hosts": [evil, 3]}
    for words, document in (
        (("hosts",), {"hosts": [{"host": evil, "class": evil, "map": evil}]}),
        (("classes",), {"classes": [{"class": evil, "hosts": [evil], "reaches": [{"last": evil}]}]}),
        (("compare", "a", "b"), {"a": {"host": evil}, "differences": [
            {"what": evil, "a": evil, "b": [evil], "for": evil, "questions": [evil]}]}),
        (("baseline",), {"usable_on_known": [one], "holes": [one, {"first": evil}], "unable": [evil]}),
        (("history", "a"), {"history": [{"from": evil, "class": evil}]}),
        (("guests",), {"guests": [{"name": evil, "answers": {"migrate": evil}, "devices": [evil]}]}),
    ):
        lied = Lied(document)
        for form in ("off", "pretty"):
            code, out, err = lied.ask(*words, f"--json={form}")
            need(code in (SAFE, UNSAFE, UNKNOWN), f"{words}: {code}, {err!r}")
            need(all(char == "\n" or char.isprintable() for char in out), f"{words}: {out!r}")
            need("owned" in out, f"{words}: {out!r}")


def older_daemon__told_in_words():
    bus = harness.Bus(harness.Scratch())
    liar = Liar(bus.address, "s", ("no such method",),
                error="org.freedesktop.DBus.Error.UnknownMethod")
    refused(FAILED, f"--bus={bus.address}", "classes", says=["older version", "--facts"])
    liar.close()


def page__of_a_fleet__matrix_as_the_answers():
    code, page, err = Fleet.ask("report", "--html=-", "--map", MAP, DRIVE, TRUST)
    need(code == SAFE and err == "", f"{code}, {err!r}")
    tree = sound(page)
    rows = {row[1]: row for row in table(tree, "Classes of hosts by guests")}
    need(set(rows) == set(HOSTS), f"{rows}")
    words = {"safe": "✓ safe", "unsafe": "✕ unsafe", "unknown": "? cannot tell"}
    titles = {"migrate": "run", "hotplug": "add a device", "memory_hotplug": "add memory"}
    hosts = json.loads(Fleet.ask("hosts", "--map", MAP, DRIVE, TRUST, "--json=short")[1])["hosts"]
    for host in hosts:
        for question, answer in host["answers"].items():
            need(titles[question] + words[answer] in rows[host["host"]][3], f"{host}: {rows}")
    unseen = sum(host.get("live-state-not-checked", False) for host in hosts)
    need(unseen > 0 and f"Of {unseen} host" in text(tree), f"{unseen}: not said")


def with_fleet(test):
    def started():
        if not Fleet.nodes:
            Fleet.start()
        test()

    started.__name__ = test.__name__
    return started


main(*map(with_fleet, (fleet__daemon_and_files__same_answers,
                       baseline__daemon_and_files__same_addresses,
                       from__where_addresses_are_known__there_alone,
                       fleet__only_the_class_known__never_safe_without_proof,
                       one_host__of_the_fleet__as_from_its_file,
                       check__other_host__says_what_was_not_looked_at,
                       hosts__filters__label_and_class, history__of_another__what_its_records_said,
                       page__of_a_fleet__matrix_as_the_answers,
                       guests__told_by_hand__judged, names__of_nobody__refused,
                       forget__a_host__gone_here_and_nowhere_else)),
     lies__answers_left_out__no_proof, lies__age__marked, lies__control_characters__escaped,
     older_daemon__told_in_words)
