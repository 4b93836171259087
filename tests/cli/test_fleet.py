# SPDX-License-Identifier: LGPL-2.1-or-later
"""Questions about several hosts, offline: hosts, classes, compare and baseline."""

import json
import os
import pathlib
import pty
import random
import re
import shutil
import subprocess
import tempfile
import time

from clilib import (CTL, FAILED, HERE, HOST, SAFE, TOP, UNKNOWN, UNSAFE, USAGE, Failed, environment,
                    main, need, refused, run)

GOLDEN = TOP / "tests/golden"
GUESTS = GOLDEN / "guests"
MAP = HERE / "guest-4g.json"
DOMAIN = HERE / "guest-hostdev.xml"
X86 = ("x86-vfio", "x86-vfio-amdvi", "x86-vfio-sm-7.2", "x86-none", "x86-vtd-rmrr")
TRUST = "--assume=nested=trust"
ANSWERS = {"safe": SAFE, "unsafe": UNSAFE, "unknown": UNKNOWN}


class Fleet:
    """Captured hosts as files NAME.json in a folder of their own."""

    def __init__(self, *names):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.names = []
        for name in names:
            self.add(name, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def add(self, name, capture, folder="."):
        (self.folder / folder).mkdir(exist_ok=True)
        shutil.copy(GOLDEN / capture / "facts.expected", self.folder / folder / f"{name}.json")
        self.names.append(name)

    def facts(self, order=None):
        return [f"--facts={name}.json" for name in order or self.names]

    def run(self, *words, order=None):
        return run(*words, *self.facts(order), cwd=self.folder)

    def json(self, *words, codes=(SAFE,), order=None):
        code, out, err = self.run(*words, "--json=short", order=order)
        need(code in codes and err == "", f"{words}: exit code {code}, {err!r}")
        return json.loads(out)

    def refused(self, code, *words, says=()):
        refused(code, *words, *self.facts(), says=says, cwd=self.folder)


def validate(document, schema):
    try:
        import jsonschema
    except ImportError:
        raise Failed("python3-jsonschema is not installed") from None
    schema = json.loads((TOP / f"schema/{schema}.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    for error in validator.iter_errors(document):
        need(False, f"{list(error.absolute_path)}: {error.message}")


def facts__several__only_where_several_are_asked():
    with Fleet("x86-vfio", "x86-none") as fleet:
        for words in (("status",), ("groups",), ("devices",), ("usable", "1"), ("explain", "1"),
                      ("facts",), ("digests",), ("check", "--map", MAP), ("map", "--map", MAP)):
            fleet.refused(USAGE, *words, says=["--facts", "2 times", words[0]])
    for words in (("hosts",), ("classes",), ("baseline",), ("compare", "a", "b"),
                  ("plan", "--map", MAP)):
        refused(FAILED, *words, "--bus=unix:path=/nonexistent/bus",
                says=["unix:path=/nonexistent/bus", "--facts"])


def facts__same_name_twice__both_named():
    with Fleet("x86-vfio") as fleet:
        fleet.add("x86-vfio", "x86-none", folder="other")
        refused(USAGE, "hosts", "--facts=x86-vfio.json", "--facts=other/x86-vfio.json",
                says=["--facts=x86-vfio.json", "--facts=other/x86-vfio.json"], cwd=fleet.folder)
        refused(USAGE, "hosts", "--facts=-", "--facts=-", cwd=fleet.folder, says=["--facts=-"])
        (fleet.folder / ".json").write_bytes((fleet.folder / "x86-vfio.json").read_bytes())
        need(json.loads(run("hosts", "--json=short", "--facts=other/x86-vfio.json", "--facts=-",
                            "--facts=.json", cwd=fleet.folder,
                            stdin=(fleet.folder / "x86-vfio.json").read_bytes())[1])["hosts"]
             == sorted(json.loads(run("hosts", "--json=short", "--facts=other/x86-vfio.json",
                                      "--facts=.json", "--facts=-", cwd=fleet.folder,
                                      stdin=(fleet.folder / "x86-vfio.json").read_bytes())
                                  [1])["hosts"], key=lambda host: host["host"]), "order")


def facts__one_of_them_is_none__named():
    with Fleet("x86-vfio") as fleet:
        (fleet.folder / "bad.json").write_text('{"schema":"other"}', encoding="utf-8")
        refused(FAILED, "hosts", "--facts=x86-vfio.json", "--facts=bad.json", cwd=fleet.folder,
                says=["bad.json"])
        refused(FAILED, "hosts", "--facts=x86-vfio.json", "--facts=nobody.json", cwd=fleet.folder,
                says=["nobody.json"])


def hosts__each__answers_as_check_does():
    for words in (("--map", MAP), ("--map", GUESTS / "x86-in-msi-window.json"),
                  ("--map", MAP, "--attach=8086:10d3"), ("--domain", DOMAIN),
                  ("--map", MAP, "--question=migrate"),
                  ("--map", HERE / "guest-far.json", "--attach-memory=64G")):
        with Fleet(*X86) as fleet:
            document = fleet.json("hosts", TRUST, *words, codes=(SAFE, UNSAFE, UNKNOWN))
            validate(document, "hosts-1")
            need(document["total"] == len(X86), f"{document['total']}")
            need({host["host"] for host in document["hosts"]} == set(X86), "names")
            need(document["assumed"] == {"nested": "trust"}, str(document["assumed"]))
            worst = []
            for host in document["hosts"]:
                code, out, _ = run("--facts", f"{host['host']}.json", "check", TRUST, *words,
                                   "--json=short", cwd=fleet.folder)
                alone = json.loads(out)
                need(alone["answers"] == host["answers"], f"{words}, {host}: {alone['answers']}")
                need(alone["digests"]["class"] == host["class"], str(host))
                need(set(host["findings"]) == {one["code"] for one in alone["findings"]
                                               if one["severity"] == "blocks"}, str(host))
                need(host["collected_at"] is None and host["stale"] is False, str(host))
                need("live-state-not-checked" not in host, str(host))
                worst.append(code)
            order = [SAFE, UNKNOWN, UNSAFE]
            need(worst == sorted(worst, key=order.index), f"{words}: {worst}")
            for code in order:
                names = [host["host"] for host, one in zip(document["hosts"], worst)
                         if one == code]
                need(names == sorted(names), f"{words}: {names}")


def hosts__exit_code__whether_one_can_take_it():
    safe = ("--map", GUESTS / "q35-4g.json", "--question=migrate", TRUST)
    with Fleet("x86-vfio", "x86-none") as fleet:
        need(fleet.run("hosts", *safe)[0] == SAFE, "both are safe")
        # The one has no IOMMU, the other has all that is needed.
        one = ("--map", MAP, "--question=hotplug", "--attach=8086:100e", TRUST)
        code, out, _ = fleet.run("hosts", *one)
        need(code == SAFE and "1 of 2 hosts is safe" in out, f"{code}: {out}")
        bad = ("--map", GUESTS / "x86-in-msi-window.json", "--question=hotplug", TRUST)
        need(fleet.run("hosts", *bad)[0] == UNSAFE, "both are unsafe")
        need(fleet.run("hosts", *bad, "--class=0")[0] == UNKNOWN, "nobody is asked")
        need(fleet.run("hosts", *one[:-1])[0] == UNKNOWN, "one host is virtual")
        need(fleet.run("hosts")[0] == SAFE, "a list")


def hosts__order_of_facts__same_answers():
    generator = random.Random(1)
    with Fleet(*X86, "arm64-vfio") as fleet:
        for words in (("hosts",), ("hosts", "--map", MAP, TRUST), ("classes",), ("baseline", TRUST)):
            first = fleet.run(*words, "--json=short")
            for _ in range(3):
                order = generator.sample(fleet.names, len(fleet.names))
                need(fleet.run(*words, "--json=short", order=order) == first, f"{words}: {order}")


def hosts__filters__by_class_only():
    with Fleet("x86-vtd", "x86-vtd-6.12", "x86-none") as fleet:
        listed = {host["host"]: host["class"] for host in fleet.json("hosts")["hosts"]}
        need(listed["x86-vtd"] == listed["x86-vtd-6.12"] != listed["x86-none"], str(listed))
        some = fleet.json("hosts", f"--class={listed['x86-vtd'][:12]}")
        need([host["host"] for host in some["hosts"]] == ["x86-vtd", "x86-vtd-6.12"], str(some))
        need(fleet.json("hosts", "--class=" + 64 * "0")["hosts"] == [], "a class of nobody")
        for digest in ("", "xyz", "ABC", 65 * "0", "0x1"):
            fleet.refused(USAGE, "hosts", f"--class={digest}", says=["--class"])
        fleet.refused(USAGE, "hosts", "--label=zone=east", says=["--label", "facts"])
        fleet.refused(USAGE, "hosts", "--label==east", says=["--label"])


def hosts__guest_options_without_guest__refused():
    with Fleet("x86-vfio", "x86-none") as fleet:
        for option in ("--attach=8086:10d3", "--attach-memory=1G", "--question=migrate",
                       "--from=x86-vfio", "--arch=x86_64"):
            fleet.refused(USAGE, "hosts", option, says=[option.split("=", maxsplit=1)[0]])
        for target in ("0000:01:00.0", "1:00.0", "9"):
            fleet.refused(USAGE, "hosts", "--map", MAP, f"--attach={target}",
                          says=["--attach", "kind"])


def hosts__from__name_or_path_or_another_file():
    words = ("hosts", "--domain", DOMAIN, "--question=migrate", TRUST)
    with Fleet("x86-vfio", "x86-vtd") as fleet:
        shutil.copy(GOLDEN / "x86-vfio/facts.expected", fleet.folder / "elsewhere.json")
        by_name = fleet.json(*words, "--from=x86-vfio", codes=(SAFE, UNSAFE, UNKNOWN))
        need(fleet.json(*words, "--from=x86-vfio.json", codes=(SAFE, UNSAFE, UNKNOWN)) == by_name,
             "its path says something else")
        other = fleet.json(*words, "--from=elsewhere.json", codes=(SAFE, UNSAFE, UNKNOWN))
        nobody = fleet.json(*words, codes=(SAFE, UNSAFE, UNKNOWN))
        for host in nobody["hosts"]:
            need("device-of-another-host" in host["findings"], f"nobody's device: {host}")
        for host in by_name["hosts"] + other["hosts"]:
            need("device-of-another-host" not in host["findings"], f"known: {host}")
        fleet.refused(FAILED, *words, "--from=nobody", says=["nobody"])


def hosts__from__at_home_an_address_is_one():
    """What kind of device it is nobody could read: at home it is there all the same."""
    words = ("hosts", "--domain", DOMAIN, "--question=migrate", TRUST)
    with Fleet("x86-vfio", "x86-vtd") as fleet:
        path = fleet.folder / "x86-vfio.json"
        facts = json.loads(path.read_text(encoding="utf-8"))
        for device in facts["devices"]:
            if device["address"] == "0000:01:00.0":
                device["device"] = {"unknown": "asleep"}
        path.write_text(json.dumps(facts), encoding="utf-8")
        for origin in ("x86-vfio", "x86-vfio.json"):
            hosts = fleet.json(*words, f"--from={origin}", codes=(SAFE, UNSAFE, UNKNOWN))["hosts"]
            said = {host["host"]: "device-of-another-host" in host["findings"] for host in hosts}
            need(said == {"x86-vfio": False, "x86-vtd": True}, f"{origin}: {said}")


def hosts__what_if__of_all():
    with Fleet("x86-vfio", "x86-vfio-amdvi") as fleet:
        words = ("hosts", "--map", MAP, "--question=hotplug", TRUST, "--attach=8086:100e")
        need(fleet.run(*words)[0] == SAFE, "as it is")
        document = fleet.json(*words, "--assume=iommu-bits=32", codes=(UNSAFE,))
        for host in document["hosts"]:
            need(host["findings"] == ["ram-beyond-aperture"], str(host))
        need("iommu-bits=32" in fleet.run(*words, "--assume=iommu-bits=32")[1], "not said")


def classes__alike__together():
    with Fleet("x86-vtd", "x86-none") as fleet:
        for i in range(6):
            fleet.add(f"node{i}", "x86-vtd-6.12")
        document = fleet.json("classes")
        validate(document, "classes-1")
        need(document["total"] == 8 and document["unknown"] == [], str(document))
        need([one["hosts"] for one in document["classes"]] ==
             [[f"node{i}" for i in range(6)] + ["x86-vtd"], ["x86-none"]], str(document))
        need(document["classes"][0]["arch"] == "x86_64", str(document["classes"][0]))
        need(document["classes"][0]["reaches"] == [{"last": "0x7fffffffff",
                                                     "known_by": "register"}], str(document))
        need(document["classes"][1]["reaches"] == [], "an IOMMU that is not there")
        out = fleet.run("classes")[1]
        need("and 4 more" in out and "node5" not in out, out)
        need(document["classes"][0]["class"][:12] in out, out)


def compare__two__what_differs():
    with Fleet("x86-vtd", "x86-vtd-6.12", "x86-vfio", "x86-vfio-7.2") as fleet:
        same = fleet.json("compare", "x86-vtd", "x86-vtd-6.12.json")
        validate(same, "compare-1")
        need(same["same_class"] and same["same_map"] and same["differences"] == [], str(same))
        need("Same class" in fleet.run("compare", "x86-vtd", "x86-vtd-6.12")[1], "the first line")
        other = fleet.json("compare", "x86-vfio", "x86-vfio-7.2")
        validate(other, "compare-1")
        need(not other["same_class"] and not other["same_map"], str(other))
        need([other["a"]["host"], other["b"]["host"]] == ["x86-vfio", "x86-vfio-7.2"], str(other))
        reach = [one for one in other["differences"] if one["what"].endswith(": aperture")]
        need(reach, "the reach of 6.1 and of 7.2 differ")
        for one in reach:
            need((one["a"], one["b"]) == ("0x7fffffffff", "0xffffffffffff"), str(one))
            need(one["questions"] == ["migrate", "hotplug", "memory_hotplug"], str(one))
        code, out, _ = fleet.run("compare", "x86-vfio", "x86-vfio-7.2")
        need(code == SAFE and out.startswith("They differ"), out)
        need(f"aperture, in {len(reach)} places" in out, out)
        back = fleet.json("compare", "x86-vfio-7.2", "x86-vfio")
        need([one["what"] for one in back["differences"]] ==
             [one["what"] for one in other["differences"]], "the other way round")
        fleet.refused(FAILED, "compare", "x86-vtd", "nobody", says=["nobody"])
        fleet.refused(USAGE, "compare", "x86-vtd", says=["HOST HOST"])
        fleet.refused(USAGE, "compare", "x86-vtd", "x86-vfio", "x86-none", says=["x86-none"])


def compare__reach__one_fact_one_difference():
    with Fleet("x86-vfio", "x86-vfio-7.2") as fleet:
        facts = json.loads((fleet.folder / "x86-vfio.json").read_text(encoding="utf-8"))
        for name in ("cap", "ecap", "input_bits"):
            facts["iommus"][0][name] = {"unknown": "not-readable"}
        (fleet.folder / "dark.json").write_text(json.dumps(facts), encoding="utf-8")
        fleet.names.append("dark")
        # Of each of the first two the end is known, and said once; of the third it is not.
        for pair, ends in ((("x86-vfio", "x86-vfio-7.2"), {"aperture"}),
                           (("x86-vfio", "dark"), {"aperture", "aperture_at_most"})):
            found = {one["what"].rpartition(": ")[2]
                     for one in fleet.json("compare", *pair)["differences"]}
            need(found & {"aperture", "aperture_at_most"} == ends, f"{pair}: {found}")


def pieces(text):
    """The table of holes: (first, last) -> type -> hosts."""
    found, piece = {}, None
    for line in text.partition("\nHOLE")[2].partition("\n\n")[0].splitlines()[1:]:
        columns = re.fullmatch(r"(?:(0x\w+)-(0x\w+) +\S+|) +(\S+)  +(.+)", line)
        need(columns, repr(line))
        if columns[1]:
            piece = found.setdefault((int(columns[1], 16), int(columns[2], 16)), {})
        piece[columns[3]] = columns[4].split(", ")
    return found


def baseline__holes__each_address_once():
    with Fleet() as fleet:
        for name, capture in (("a", "x86-vfio"), ("b", "x86-vfio-amdvi"), ("c", "x86-vfio-sm")):
            fleet.add(name, capture)
        document = fleet.json("baseline", TRUST)
        found = pieces(fleet.run("baseline", TRUST)[1])
        ends = sorted(found)
        need(all(one[1] < two[0] for one, two in zip(ends, ends[1:])), str(ends))
        nested = found.get((0xfd00000000, 0xffffffffff))
        need(nested == {"beyond-aperture": ["a"], "reserved": ["b"]}, str(nested))
        for (first, last), causes in found.items():
            expected = {}
            for hole in document["holes"]:
                if int(hole["first"], 16) <= last and first <= int(hole["last"], 16):
                    expected.setdefault(hole["type"], set()).update(hole["hosts"])
            need(causes == {kind: sorted(hosts) for kind, hosts in expected.items()},
                 f"{first:#x}: {causes}, not {expected}")
        # What is no hole is usable, and the other way round.
        both = sorted(ends + [(int(one["first"], 16), int(one["last"], 16))
                              for one in document["usable"]])
        need(both[0][0] == 0 and both[-1][1] == 2**64 - 1, str(both))
        need(all(one[1] + 1 == two[0] for one, two in zip(both, both[1:])), str(both))


def baseline__some__what_they_share():
    with Fleet("x86-vfio-sm", "x86-vtd-sm", "x86-amdvi", "x86-none", "x86-virtio-iommu") as fleet:
        both = fleet.json("baseline", TRUST, "x86-vfio-sm", "x86-amdvi.json", "x86-none",
                          "x86-amdvi")
        validate(both, "baseline-1")
        need(both["hosts"] == 3 and both["unable"] == ["x86-none"], str(both))
        need(both["usable"] == both["usable_on_known"] and both["usable"], str(both))
        holes = {(hole["first"], hole["last"], hole["type"]): hole["hosts"]
                 for hole in both["holes"]}
        need(holes[("0xfee00000", "0xfeefffff", "msi")] == ["x86-amdvi", "x86-vfio-sm"], str(holes))
        need(holes[("0xfd00000000", "0xffffffffff", "reserved")] == ["x86-amdvi"], str(holes))
        need(holes[("0x800000000000", "0xffffffffffffffff", "beyond-aperture")] == ["x86-vfio-sm"],
             str(holes))
        need(both["usable"][-1] == {"first": "0x10000000000", "last": "0x7fffffffffff"},
             str(both["usable"]))
        out = fleet.run("baseline", TRUST, "x86-vfio-sm", "x86-amdvi", "x86-none")[1]
        for word in ("2 hosts", "x86-none", "beyond-aperture", "usable"):
            need(word in out, f"{word}: {out}")
        dark = fleet.json("baseline", TRUST, codes=(UNKNOWN,))
        validate(dark, "baseline-1")
        need(dark["unknown"] == ["x86-virtio-iommu"] and dark["usable"] == [], str(dark))
        need(dark["usable_on_known"] and dark["hosts"] == 5, str(dark))
        need(fleet.run("baseline", "x86-none")[0] == UNSAFE, "nothing can be assigned")
        fleet.refused(FAILED, "baseline", "nobody", says=["nobody"])


def facts__hundreds__all_asked():
    facts = [f"--facts=n{i}.json" for i in range(300)]
    with Fleet("x86-none") as fleet:
        for i in range(300):
            os.link(fleet.folder / "x86-none.json", fleet.folder / f"n{i}.json")
        code, out, err = run("hosts", "--no-legend", *facts, cwd=fleet.folder)
        need(code == SAFE and err == "" and out.count("\n") == 300, f"{code}, {err!r}")
        names = [f"n{i}" for i in range(300)]
        code, out, err = run("baseline", "--json=short", *names, *facts, cwd=fleet.folder)
        need(code == UNSAFE and json.loads(out)["hosts"] == 300, f"{code}, {err!r}")


def facts__slow__progress_on_a_terminal():
    """The input comes late: whoever waits is told, and the line is gone in the end."""
    words = ("hosts", "--json=short", "--facts=-", f"--facts={HERE / HOST}")
    leader, follower = pty.openpty()
    with subprocess.Popen([str(CTL), *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=follower, env=environment(TERM="xterm")) as child:
        os.close(follower)
        time.sleep(1.2)
        out, _ = child.communicate((HERE / HOST).read_bytes(), timeout=60)
    said = os.read(leader, 4096).decode()
    os.close(leader)
    need("1 of 2" in said and said.endswith("\r\033[K"), repr(said))
    need(json.loads(out)["total"] == 2, "another answer")


main(facts__several__only_where_several_are_asked, facts__same_name_twice__both_named,
     facts__one_of_them_is_none__named, hosts__each__answers_as_check_does,
     hosts__exit_code__whether_one_can_take_it, hosts__order_of_facts__same_answers,
     hosts__filters__by_class_only, hosts__guest_options_without_guest__refused,
     hosts__from__name_or_path_or_another_file, hosts__from__at_home_an_address_is_one,
     hosts__what_if__of_all, classes__alike__together,
     compare__two__what_differs, compare__reach__one_fact_one_difference,
     baseline__some__what_they_share, baseline__holes__each_address_once, facts__hundreds__all_asked,
     facts__slow__progress_on_a_terminal)
