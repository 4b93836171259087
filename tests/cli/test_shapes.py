# SPDX-License-Identifier: LGPL-2.1-or-later
"""The JSON that scripts rely on: every member that iommufleetctl(1) promises, and its form."""

import json
import re

from clilib import HERE, HOST, SAFE, TOP, UNKNOWN, UNSAFE, Failed, main, need, run

FACTS = ("--facts", HOST, "--json=short")
WORDS = {"yes", "no", "unknown"}
ANSWERS = {"safe": SAFE, "unsafe": UNSAFE, "unknown": UNKNOWN}


def document(*words, codes=(SAFE,)):
    code, out, err = run(*FACTS, *words)
    need(code in codes and err == "", f"{words}: exit code {code}, {err!r}")
    need(out.count("\n") == 1 and out.endswith("\n"), f"{words}: not one line: {out[:200]!r}")
    made = json.loads(out)
    pretty = run(*FACTS[:2], "--json=pretty", *words)[1]
    need(json.loads(pretty) == made, f"{words}: pretty is another document")
    need(pretty.count("\n") > 1, f"{words}: pretty is one line")
    return made


def is_hex(text):
    return isinstance(text, str) and re.fullmatch(r"0x(0|[1-9a-f][0-9a-f]*)", text) is not None


def need_range(place, value, *more):
    need(is_hex(value["first"]) and is_hex(value["last"]), f"{place}: {value}")
    need(set(value) == {"first", "last", *more}, f"{place}: {value}")


def is_unknown(value):
    return isinstance(value, dict) and set(value) == {"unknown"} and isinstance(
        value["unknown"], str)


def groups__promised_members():
    groups = {group["id"]: group for group in document("groups")["groups"]}
    need(set(groups) == {1, 2, 3, 4}, f"ids {set(groups)}")
    for group in groups.values():
        for member in ("isolated", "assignable"):
            need(group[member] in WORDS, f"{member}: {group[member]}")
        need(isinstance(group["type"], str), str(group))
        need(all(isinstance(name, str) for name in group["devices"]), str(group))
    need(groups[2]["devices"] == ["0000:00:1c.0", "0000:02:00.0", "0000:02:00.1"], str(groups[2]))
    for region in groups[2]["reserved"]:
        need_range("reserved", region, "type")
    need(groups[2]["reserved"][0] == {"first": "0x3e2e0000", "last": "0x3e2fffff",
                                      "type": "direct-relaxable"}, str(groups[2]["reserved"]))
    need(groups[4]["reserved"] == {"unknown": "not-readable"}, str(groups[4]))
    need(groups[2]["assignable"] == "no" and groups[3]["assignable"] == "yes", "assignable")


def devices__promised_members__states_apart():
    devices = {one["address"]: one for one in document("devices")["devices"]}
    need(len(devices) == 6, f"{len(devices)} devices")
    for name, device in devices.items():
        for member in ("vendor", "device", "class"):
            need(is_hex(device[member]), f"{name} {member}: {device[member]}")
        need(isinstance(device["group"], int) and isinstance(device["driver"], str), name)
    need(devices["0000:00:01.0"]["acs"] == {"capability": "0x5f", "control": "0x1d"}, "acs, known")
    need("acs" not in devices["0000:01:00.0"], "acs that is not there")
    need(devices["0000:00:1f.3"]["acs"] == {"unknown": "asleep"}, "acs, unknown")
    need(devices["0000:00:1f.3"]["numa_node"] == {"unknown": "not-collected"}, "what is missing")
    need("numa_node" not in devices["0000:01:00.0"], "what does not exist")
    need(devices["0000:01:00.0"]["port_type"] == "endpoint", "port_type")


def usable__group_or_device__promised_members():
    for target in ("3", "01:00.0", "0000:01:00.0"):
        usable = document("usable", target)
        need(usable["target"] == ("3" if target == "3" else "0000:01:00.0"), str(usable["target"]))
        need(usable["group"] == 3, str(usable))
        need(usable["aperture"] == {"last": "0x7fffffffff", "known_by": "register"}, str(usable))
        need(usable["assignable"] == "yes" and usable["assignable_after_rebind"] == "yes", "yes")
        need(usable["ranges"] == [{"first": "0x0", "last": "0xfedfffff"},
                                  {"first": "0xfef00000", "last": "0x7fffffffff"}],
             str(usable["ranges"]))
        need(usable["findings"] == [], str(usable["findings"]))
    usable = document("usable", "02:00.0")
    need(usable["assignable"] == "no", "a mate bound to a host driver")
    need("group-not-viable" in {one["code"] for one in usable["findings"]}, "the reason's code")


def usable__unknown_regions__nothing_proven():
    usable = document("usable", "4")
    need(usable["assignable"] == "unknown", usable["assignable"])
    need(usable["ranges"] == [], str(usable["ranges"]))


def explain__path_to_the_root():
    path = document("explain", "02:00.0")
    need([port["address"] for port in path["path"]] == ["0000:02:00.0", "0000:00:1c.0"], str(path))
    need(path["isolated"] == "no" and path["first_hole"] == "0000:00:1c.0", str(path))
    need(path["path"][1]["missing"] == ["RR", "CR"], str(path["path"][1]))
    need(path["path"][1]["acs"] == {"capability": "0xf", "control": "0x1"}, str(path["path"][1]))


def digests__three_of_64_digits():
    digests = document("digests")
    need(set(digests) >= {"facts", "class", "map"}, str(digests))
    for name in ("facts", "class", "map"):
        need(re.fullmatch(r"[0-9a-f]{64}", digests[name]), str(digests))
    need(document("status")["digests"] == {name: digests[name] for name in
                                           ("facts", "class", "map")}, "status has others")


def status__what_is_wrong():
    status = document("status")
    for member in ("host", "arch", "kernel", "iommus", "groups", "devices", "interrupts",
                   "virtual", "problems"):
        need(member in status, f"no {member}")
    for problem in status["problems"]:
        need({"code", "text", "remedy"} <= set(problem), str(problem))


def check__promised_members():
    answer = document("check", "--map", "guest-4g.json", "--attach=02:00.0", "--attach=1:00.0",
                      "--assume=iommu-bits=32", codes=(UNSAFE,))
    need(answer["schema"] == "iommufleet-answer-1", str(answer["schema"]))
    need(set(answer["answers"]) == {"migrate", "hotplug", "memory_hotplug"}, "all three")
    need(answer["answers"]["hotplug"] == "unsafe", str(answer["answers"]))
    need(answer["assumed"] == {"iommu-bits": "32"}, str(answer["assumed"]))
    need(set(answer["digests"]) == {"facts", "class", "map"}, str(answer["digests"]))
    need([one["target"] for one in answer["targets"]] == ["0000:02:00.0", "0000:01:00.0"],
         str(answer["targets"]))
    need(answer["targets"][1] == {"target": "0000:01:00.0", "identity": "8086:10d3", "group": 3,
                                  "hotplug": "unsafe"}, str(answer["targets"][1]))
    codes = {one["code"]: one for one in answer["findings"]}
    beyond = codes["ram-beyond-aperture"]
    need(beyond["severity"] == "blocks" and beyond["answer"] == "violated", str(beyond))
    need(beyond["questions"] == ["hotplug"], str(beyond))
    need_range("guest", beyond["guest"], "kind")
    need(beyond["guest"]["kind"] == "ram" and beyond["text"] and beyond["remedy"], str(beyond))
    for finding in answer["findings"]:
        need(finding["severity"] in ("blocks", "degrades", "informs"), str(finding))
        need(finding["answer"] in ("violated", "cannot-tell"), str(finding))


def check__question__only_its_answer():
    for question in ("migrate", "hotplug", "memory_hotplug"):
        code, out, _ = run(*FACTS, "check", "--map=guest-far.json", f"--question={question}",
                           "--attach=01:00.0")
        answers = json.loads(out)["answers"]
        need(set(answers) == {question}, f"{question}: {answers}")
        need(code == ANSWERS[answers[question]], f"{question}: exit code {code}, {answers}")


def check__map_from_the_input__same_answer():
    words = ("--attach=01:00.0",)
    named = run(*FACTS, "check", "--map", "guest-4g.json", *words)
    piped = run(*FACTS, "check", "--map", "-", *words,
                stdin=(HERE / "guest-4g.json").read_bytes())
    need(named == piped, f"{piped}")


def check__schema__validates():
    try:
        import jsonschema
    except ImportError:
        raise Failed("python3-jsonschema is not installed") from None
    schema = json.loads((TOP / "schema/answer-1.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    for words in (("--map=guest-4g.json",), ("--map=guest-far.json", "--attach-memory=64G"),
                  ("--map=guest-4g.json", "--attach=8086:10d3", "--assume=nested=trust"),
                  ("--map=guest-far.json", "--question=hotplug", "--attach=2")):
        answer = document("check", *words, codes=(SAFE, UNSAFE, UNKNOWN))
        for error in validator.iter_errors(answer):
            need(False, f"{words}: {list(error.absolute_path)}: {error.message}")


def facts__canonical__round_trip():
    code, out, err = run("--facts", HOST, "facts")
    need(code == SAFE and err == "" and out.count("\n") == 1, f"{code}, {err!r}")
    need(json.loads(out) == json.loads((HERE / HOST).read_text(encoding="utf-8")), "other facts")
    need(out == json.dumps(json.loads(out), sort_keys=True, separators=(",", ":")) + "\n",
         "not canonical")
    need(run("--facts", "-", "facts", stdin=out.encode()) == (code, out, err), "not a fixed point")
    need(run("--facts", HOST, "facts", "--json=short")[1] == out, "short is another")
    need(json.loads(run("--facts", HOST, "facts", "--json=pretty")[1]) == json.loads(out), "pretty")


main(groups__promised_members, devices__promised_members__states_apart,
     usable__group_or_device__promised_members, usable__unknown_regions__nothing_proven,
     explain__path_to_the_root, digests__three_of_64_digits, status__what_is_wrong,
     check__promised_members, check__question__only_its_answer,
     check__map_from_the_input__same_answer, check__schema__validates,
     facts__canonical__round_trip)
