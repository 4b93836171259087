# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page that report writes of a daemon: that of its facts, with what only the daemon knows; and
of one that lies, a page that is sound all the same, or one line that says why there is none."""

import json
import pathlib
import random
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bus"))

import harness  # noqa: E402  (found beside this folder)
from clilib import FAILED, HERE, SAFE, main, need, run  # noqa: E402
from liar import Liar  # noqa: E402
from test_report import GUESTS, HOSTILE, sound, table, text  # noqa: E402

DEVICE = "0000:01:00.0"
DOMAIN = """<domain type='kvm'><name>{name}</name><memory unit='GiB'>4</memory><vcpu>4</vcpu>
<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os><devices><hostdev mode='subsystem'
type='pci' managed='yes'><source><address domain='0' bus='1' slot='0' function='0'/></source>
</hostdev></devices></domain>"""


class Hosted:
    scratch = bus = None

    @classmethod
    def page(cls, *words):
        code, out, err = run(f"--bus={cls.bus.address}", "report", "--html=-", *words,
                             cwd=cls.scratch.path)
        need(code == SAFE and err == "", f"{words}: exit code {code}, {err!r}")
        return out


def sections(page):
    """What the parts of a page say that do not depend on who was asked."""
    tree = sound(page)
    found = {e.get("aria-labelledby"): text(e) for e in tree.iter("section")}
    return {name: said for name, said in found.items() if name and name != "h0-wrong"}


def page__daemon_and_facts__same():
    for words in ((), (f"--map={GUESTS / 'q35-4g.json'}", "--assume=nested=trust")):
        got = sections(Hosted.page(*words))
        code, out, err = run("report", "--facts=facts.json", "--html=-", *words,
                             cwd=Hosted.scratch.path)
        need(code == SAFE and err == "", f"{code}, {err!r}")
        wanted = sections(out)
        need(got.keys() == wanted.keys() and len(got) >= 4, f"{got.keys()}, {wanted.keys()}")
        for name, said in wanted.items():
            if name != "fleet-head":
                need(got[name] == said, f"{name}: the daemon says\n{got[name]}\nits facts\n{said}")
        need("1 host in 1 class" in got["fleet-head"], got["fleet-head"])


def page__daemon__tells_who_runs_there_and_who_has_what():
    name = HOSTILE[:40]
    (Hosted.scratch.path / "guest.xml").write_text(DOMAIN.format(name="db"), encoding="ascii")
    code, _, err = run(f"--bus={Hosted.bus.address}", "guests", "add", name,
                       f"--domain={Hosted.scratch.path / 'guest.xml'}")
    need(code == SAFE and err == "", f"{code}, {err!r}")
    tree = sound(Hosted.page())
    rows = table(tree, "Guests that run here")
    need(len(rows) == 1 and rows[0][0] == name and rows[0][5] == DEVICE, f"{rows}")
    need(re.match(r"(✓|✕|\?) ", rows[0][1]) or rows[0][1] == "not judged", f"{rows}")
    row = [row for row in table(tree, "PCI root bus") if row[0].endswith(DEVICE)][0]
    need(f"in use by {name}" in row[6], f"{row}")
    need("Daemon" in text(tree.find(".//section[@aria-labelledby='h0-wrong']")), "no daemon")
    run(f"--bus={Hosted.bus.address}", "guests", "remove", name)


def page__daemon_that_forgets_to_answer__never_safe():
    bus = harness.Bus(harness.Scratch())
    harness.until("the bus takes connections", lambda: reaches(bus))
    told = {"host": "node", "groups": [], "devices": [], "total": 1, "rules": 2,
            "classes": [{"class": "ab" * 32, "hosts": ["node"]}], "unknown": [], "assumed": {},
            "hosts": [{"host": "node", "class": "cd" * 32, "answers": {"migrate": "safe"}}],
            "questions": ["migrate", "hotplug"], "answers": {"migrate": "fine"}}
    liar = Liar(bus.address, "h", (0,), json.dumps(told).encode())
    try:
        code, out, err = run(f"--bus={bus.address}", "report", "--html=-",
                             f"--map={HERE / 'guest-4g.json'}")
    finally:
        liar.close()
    need(code == SAFE and err == "", f"{code}, {err!r}")
    tree = sound(out)
    rows = table(tree, "Classes of hosts")
    need(len(rows) == 1 and "? cannot tell" in rows[0][3], f"{rows}")
    for element in tree.iter():
        need("ok" not in (element.get("class") or "").split(), f"{text(element)!r} is called good")
    need("What is wrong on this host is not known" in text(tree), "that is not said")


def lie(made, depth=0):
    """A member of a document, of some kind or other."""
    kind = made.randrange(12)
    if kind < 2:
        return made.choice([HOSTILE, "", "yes", "no", "0x1000", "0xffffffffffffffff", "n" * 5000,
                            "\u202e\u0001", "0000:00:01.0", "0000:00:02.0", "msi", "\U0010ffff"])
    if kind < 4:
        return made.choice([0, -1, 1, 2**53, True, False, None, 3.5, {"unknown": HOSTILE}])
    if depth > 3:
        return {"first": "0x10", "last": "0x1"}
    if kind < 8:
        return [lie(made, depth + 1) for _ in range(made.randrange(4))]
    return {name: lie(made, depth + 1) for name in made.sample(MEMBERS, made.randrange(5))}


MEMBERS = """host arch kernel iommus groups devices assignable interrupts virtual digests problems
    daemon trouble collected_at code text remedy id type reserved isolated assignable_after_rebind
    address vendor device class group driver parent port_type acs target aperture ranges findings
    first last at_most known_by path first_hole missing severity answer questions guests name since
    answers classes hosts unknown map cpu_bits reaches capability control bus region guest kind
    total""".split()


def document(made):
    """One that is right in some members, so that what is below them is looked at."""
    told = {name: lie(made) for name in MEMBERS}
    regions = [{"first": "0x1000", "last": lie(made), "type": lie(made)} for _ in range(3)]
    told["groups"] = [{"id": i, "reserved": made.choice([regions, lie(made)]),
                       "devices": [f"0000:00:0{i}.0"], "isolated": lie(made),
                       "assignable": made.choice(["yes", "no", "unknown", lie(made)])}
                      for i in range(made.randrange(5))]
    told["devices"] = [{"address": f"0000:00:0{i}.0", "group": made.choice([i, lie(made)]),
                        "parent": made.choice([f"0000:00:0{(i + 1) % 5}.0", None, lie(made)]),
                        "driver": lie(made), "class": made.choice(["0x60400", lie(made)])}
                       for i in range(made.randrange(6))]
    told["aperture"] = {"last": "0x7fffffffff", "at_most": lie(made), "known_by": lie(made)}
    told["findings"] = [{"severity": made.choice(["blocks", "informs"]), "code": HOSTILE,
                         "text": lie(made), "remedy": lie(made)} for _ in range(6)]
    return told


def page__daemon_that_lies__sound_all_the_same():
    bus, pages = harness.Bus(harness.Scratch()), 0
    harness.until("the bus takes connections", lambda: reaches(bus))
    for seed in range(30):
        told = json.dumps(document(random.Random(seed))).encode()
        liar = Liar(bus.address, "h", (0,), told)
        try:
            code, out, err = run(f"--bus={bus.address}", "report", "--html=-",
                                 f"--map={HERE / 'guest-4g.json'}")
        finally:
            liar.close()
        need(code in (SAFE, FAILED), f"seed {seed}: exit code {code}: {err[-2000:]}")
        if code == SAFE:
            pages += 1
            sound(out)
        else:
            need(out == "" and err.count("\n") == 1, f"seed {seed}: {err!r}")
    need(pages > 20, f"only {pages} pages")


def reaches(bus):
    try:
        bus.connect().close()
        return True
    except ConnectionRefusedError:
        return False


def start():
    Hosted.bus = harness.Bus(harness.Scratch())
    harness.until("the bus takes connections", lambda: reaches(Hosted.bus))
    Hosted.scratch = Hosted.bus.scratch
    harness.Daemon(Hosted.bus, harness.Host(Hosted.scratch, "x86-vfio"))
    code, out, err = run(f"--bus={Hosted.bus.address}", "facts")
    need(code == SAFE and err == "", f"facts: {code}, {err!r}")
    (Hosted.scratch.path / "facts.json").write_text(out, encoding="ascii")


start()
main(page__daemon_and_facts__same,
     page__daemon__tells_who_runs_there_and_who_has_what,
     page__daemon_that_forgets_to_answer__never_safe,
     page__daemon_that_lies__sound_all_the_same)
