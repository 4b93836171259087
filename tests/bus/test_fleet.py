# SPDX-License-Identifier: LGPL-2.1-or-later
"""Questions about a fleet, asked of one of its members: what it answers is what the command line
says of the same facts, as far as another host's class tells."""

import fcntl
import json
import os
import subprocess

import harness
import fleetlib

CAPTURES = ("x86-vfio-sm", "x86-vfio-amdvi", "arm64-vfio", "x86-vfio-sm", "x86-none")
fleet = fleetlib.Fleet(CAPTURES, later=["x86-vfio"])
bus = fleet.bus
NAMES = fleet.names
OWN = NAMES[0]
GUESTS = harness.TOP / "tests/golden/guests"
DATA = harness.TOP / "tests/domains/data"
ORDER = {"safe": 0, "unknown": 1, "unsafe": 2}
TRUST = ("assume", "a{ss}", "1", "nested", "trust")
STRANGER = 65534 if fleetlib.IS_ROOT else None


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


def options(*items):
    """Each a name, a signature and values, as busctl takes them."""
    return [len(items), *(word for item in items for word in item)]


def find(guest="", *items, form="iommufleet-guest"):
    return json.loads(bus.call("FindHosts", "ssa{sv}", form if guest else "", guest,
                               *options(*items))[0])


def document(name):
    return fleetlib.text_of(GUESTS / f"{name}.json")


def same_but_age(document_):
    """Without what a facts document does not say: when it was collected."""
    if isinstance(document_, list):
        return [same_but_age(one) for one in document_]
    if not isinstance(document_, dict):
        return document_
    return {key: same_but_age(value) for key, value in document_.items()
            if key not in ("collected_at", "stale")}


# ---------------------------------------------------------------- the members


def list_hosts__pages_of_any_size__each_host_once_and_in_order():
    for limit in (1, 2, 4, 5, 1000):
        equal([row["host"] for row in fleet.rows(limit)], NAMES)
    for cursor, wanted in (("", NAMES), ("node-2", NAMES[2:]), ("node-2x", NAMES[2:]), ("a", NAMES),
                           ("z", []), ("node-5", []), ("\u00e9" * 300, []), ("%s%n" * 50, NAMES)):
        page, following = bus.call("ListHosts", "sua{sv}", cursor, 1000, 0)
        equal([row["host"]["data"] for row in page], wanted)
        equal(following, "")
    page, following = bus.call("ListHosts", "sua{sv}", "", 2, 0)
    equal((len(page), following), (2, "node-2"))
    for limit in (0, 1001, 2**32 - 1):
        equal(bus.error("ListHosts", "sua{sv}", "", limit, {}), "TooMuch")
    equal(bus.error("ListHosts", "sua{sv}", "", 1, {"limit": ("u", 2)}), "UnknownOption")


def get_host__each__what_it_told_itself():
    rows = {row["host"]: row for row in fleet.rows()}
    for name in NAMES:
        member = fleet.members[name]
        told_of = bus.call("GetHost", "sa{sv}", name, 0)[0]
        one = {key: value["data"] for key, value in told_of.items()}
        equal(one, rows[name])
        # What it says of itself, on its own bus.
        equal(one["class"], member.bus.property("ClassDigest"))
        equal(one["map"], member.bus.property("MapDigest"))
        equal(one["facts"], member.bus.property("FactsDigest"))
        equal(one["collected_at"], member.bus.property("CollectedAtUSec"))
        equal(one["labels"], dict(label.split("=") for label in member.labels.split()))
        equal(one["endpoints"], [member.url])
        equal((one["standing"], one["collection"]), ("current", "ok"))
        equal((one["own"], one["stale"], one["contradicted"]), (name == OWN, False, False))
        assert one["valid_until"] > one["sequence"] > 0, one
    equal(bus.call("GetHost", "sa{sv}", "", 0)[0]["host"]["data"], OWN)
    equal(bus.property("Host"), OWN)


def get_host__names_of_nobody__said_how_many_there_are():
    for name in ("node-9", "NODE-1", "node-1 ", "../node-1", "\u00e9", "x" * 100000, "%s%s%n",
                 "node-1/"):
        equal(bus.error("GetHost", "sa{sv}", name, {}), "NoSuchHost")
        equal(bus.error("Compare", "ssa{sv}", OWN, name, {}), "NoSuchHost")
        equal(bus.error("Baseline", "asa{sv}", [OWN, name], {}), "NoSuchHost")
        equal(bus.error("CheckMap", "ssa(tts)asa{sv}", name, "x86_64", [(0, 4095, "ram")], [], {}),
              "NoSuchHost")
        equal(bus.error("Report", "ssa{sv}", "history", name, {}), "NoSuchHost")
        equal(bus.error("FindHosts", "ssa{sv}", "iommufleet-guest", document("q35-4g"),
                        {"from": ("s", name)}),
              "NoSuchHost" if len(name) < 256 else "InvalidOption")
    try:
        bus.call("GetHost", "sa{sv}", "node-9", 0)
        raise AssertionError("node-9 was found")
    except harness.Failed as failed:
        for word in ("node-9", " 5 ", "ListHosts"):
            assert word in str(failed), failed


# ---------------------------------------------------------------- which hosts


def find_hosts__without_a_guest__all_are_listed():
    equal(same_but_age(find()), same_but_age(fleet.offline("hosts")))
    rows = {row["host"]: row for row in fleet.rows()}
    for host in find()["hosts"]:
        equal((host["collected_at"], host["stale"]), (rows[host["host"]]["collected_at"], False))
    equal(bus.error("FindHosts", "ssa{sv}", "", "{}", {}), "UnknownFormat")


def compare_answers(guest, words, items, form="iommufleet-guest"):
    """What is said of a class alone is never better than what facts say, nor worse than unknown."""
    here, there = find(guest, TRUST, *items, form=form), fleet.offline("hosts", *words,
                                                                       "--assume=nested=trust")
    for key in ("schema", "rules", "questions", "total", "assumed"):
        equal(here[key], there[key])
    offline = {host["host"]: host for host in there["hosts"]}
    proven = []
    for host in here["hosts"]:
        facts, own = offline.pop(host["host"]), host["host"] == OWN
        equal((host["class"], host["map"]), (facts["class"], facts["map"]))
        equal(host.get("live-state-not-checked"), None if own else True)
        equal(host["answers"].keys(), facts["answers"].keys())
        for question, answer in host["answers"].items():
            if own:
                equal(answer, facts["answers"][question])
            assert answer in (facts["answers"][question], "unknown"), f"{host} is not {facts}"
            proven.append(answer)
        if own:
            equal(host["findings"], facts["findings"])
    equal(offline, {})
    worst = [max(ORDER[answer] for answer in host["answers"].values()) for host in here["hosts"]]
    equal(worst, sorted(worst))
    return proven


def find_hosts__maps__as_the_command_line_says_of_the_facts():
    proven = []
    for name, words, items in (
            ("q35-4g", (), ()), ("x86-in-msi-window", (), ()), ("q35-odd-end", (), ()),
            ("q35-1011g", ("--question=migrate",), (("questions", "as", 1, "migrate"),)),
            ("q35-4g", ("--attach=8086:10d3",), (("attach", "as", 1, "8086:10d3"),)),
            ("q35-4g-hotplug", ("--attach-memory=2G", "--question=memory_hotplug"),
             (("attach-memory", "t", 2 << 30), ("questions", "as", 1, "memory_hotplug"))),
            ("virt-4g", (), ())):
        proven += compare_answers(document(name), ("--map", GUESTS / f"{name}.json", *words), items)
    assert {"safe", "unsafe", "unknown"} == set(proven), set(proven)


def find_hosts__definitions__laid_out_for_each_host():
    name = DATA / "q35-4g-slots-dimm1g.inactive.xml"
    proven = compare_answers(fleetlib.text_of(name), ("--domain", name), (), form="libvirt-xml")
    assert "safe" in proven or "unsafe" in proven, proven
    started = find(fleetlib.text_of(name), TRUST, ("started-here", "b", "true"), form="libvirt-xml")
    assert all("map-differs-there" not in host["findings"] for host in started["hosts"]), started


def hosts_of(*items):
    return [host["host"] for host in find("", *items)["hosts"]]


def find_hosts__filters__labels_and_classes():
    equal(hosts_of(("label", "s", "zone=z2")), ["node-2"])
    equal(hosts_of(("label", "s", "rack=r1")), ["node-1", "node-3", "node-5"])
    equal(hosts_of(("label", "s", "only-node-4")), ["node-4"])
    equal(hosts_of(("label", "s", "zone")), NAMES)
    for nobody in ("zone=", "zone=z", "zon", "=z1", "zone=z1=z1", "x" * 255):
        equal(hosts_of(("label", "s", nobody)), [])
    digest = bus.property("ClassDigest")
    equal(hosts_of(("class", "s", digest)), ["node-1", "node-4"])
    equal(hosts_of(("class", "s", digest[:8])), ["node-1", "node-4"])
    equal(hosts_of(("class", "s", digest[:8]), ("label", "s", "rack=r1")), ["node-1"])
    equal(hosts_of(("class", "s", 64 * "0")), [])
    call = ("FindHosts", "ssa{sv}", "", "")
    for wrong in ("xyz", digest.upper(), digest + "0", ""):
        equal(bus.error(*call, {"class": ("s", wrong)}), "InvalidOption")
    for wrong in ("", "x" * 256):
        equal(bus.error(*call, {"label": ("s", wrong)}), "InvalidOption")
    equal(bus.error(*call, {"label": ("u", 1)}), "InvalidOption")
    equal(bus.error(*call, {"zone": ("s", "z1")}), "UnknownOption")


def find_hosts__what_if__of_all_of_them():
    far = find(document("q35-4g"), TRUST, ("questions", "as", 1, "hotplug"))["hosts"]
    near = find(document("q35-4g"), ("assume", "a{ss}", 2, "nested", "trust", "iommu-bits", "32"),
                ("questions", "as", 1, "hotplug"))
    equal(near["assumed"], {"iommu-bits": "32", "nested": "trust"})
    beyond = {host["host"] for host in near["hosts"] if "ram-beyond-aperture" in host["findings"]}
    equal(beyond, {"node-1", "node-2", "node-3", "node-4"})
    assert all("ram-beyond-aperture" not in host["findings"] for host in far), far
    # Nothing of it lasts.
    equal(find(document("q35-4g"), TRUST, ("questions", "as", 1, "hotplug"))["hosts"], far)


def find_hosts__wrong_questions__named_errors():
    guest = document("q35-4g")
    for format_, text, items, wanted in (
            ("iommufleet-guest", "{}", {}, "InvalidGuest"), ("xml", guest, {}, "UnknownFormat"),
            ("iommufleet-guest", guest, {"attach": ("as", ["0000:01:00.0"])}, "NoSuchTarget"),
            ("iommufleet-guest", guest, {"attach": ("as", ["7"])}, "NoSuchTarget"),
            ("iommufleet-guest", guest, {"attach": ("as", ["8086:10d3"] * 257)}, "TooMuch"),
            ("iommufleet-guest", guest, {"assume": ("a{ss}", {"moon": "full"})}, "InvalidOption"),
            ("iommufleet-guest", guest, {"arch": ("s", "x86_64")}, "InvalidOption"),
            ("iommufleet-guest", guest, {"devices": ("as", [])}, "UnknownOption")):
        equal(bus.error("FindHosts", "ssa{sv}", format_, text, items), wanted)
        equal(bus.error("Plan", "asssa{sv}", [], format_, text, items), wanted)
    equal(bus.error("Plan", "asssa{sv}", [], "", "", {}), "UnknownFormat")


# ---------------------------------------------------------------- one other host


def check(host, guest, *items, form="iommufleet-guest"):
    return bus.call("CheckGuest", "sssa{sv}", host, form, guest, *options(*items))


def check_guest__another_host__what_find_hosts_says_of_it():
    for name in ("q35-4g", "x86-in-msi-window", "virt-4g"):
        found = {host["host"]: host for host in find(document(name), TRUST)["hosts"]}
        for host in NAMES[1:]:
            answers, _, findings, info = check(host, document(name), TRUST)
            equal(answers, found[host]["answers"])
            blocking = {one["code"]["data"] for one in findings
                        if one["severity"]["data"] == "blocks"}
            equal(blocking, set(found[host]["findings"]))
            equal((info["host"]["data"], info["live_state"]["data"]), (host, "not-checked"))
            equal(info["live-state-not-checked"]["data"], True)
            equal(info["digests"]["data"], {key: found[host][key] for key in ("class", "map")})
            equal(info["collected_at"]["data"], found[host]["collected_at"])
    own = check(OWN, document("q35-4g"), TRUST)
    equal(own, check("", document("q35-4g"), TRUST))
    equal(own[3]["live_state"]["data"], "checked")
    assert "live-state-not-checked" not in own[3], own[3]


def check_map__another_host__its_devices_have_no_addresses():
    ram = ("x86_64", 1, "0", "0x7fffffff", "ram")
    call = ("CheckMap", "ssa(tts)asa{sv}", "node-2", *ram)
    answers, targets, _, _ = bus.call(*call, 1, "8086:10d3", *options(TRUST))
    equal([target["target"]["data"] for target in targets], ["8086:10d3"])
    assert answers["hotplug"] in ("safe", "unknown"), answers
    for target in ("0000:01:00.0", "1", "nonsense"):
        try:
            bus.call(*call, 1, target, 0)
            raise AssertionError(f"{target} is known of another host")
        except harness.Failed as failed:
            assert target in str(failed) and "kinds of devices" in str(failed), failed
    # A device that the guest has at an address: what it is there nobody here knows.
    answers, _, findings, _ = bus.call(
        *call, 0, *options(TRUST, ("accelerator", "s", "tcg"),
                           ("devices", "as", 1, "0000:01:00.0"), ("questions", "as", 1, "migrate")))
    assert answers["migrate"] != "safe", (answers, findings)


def map_guest__another_host__laid_out_as_there():
    name = DATA / "q35-4g-slots-dimm1g.inactive.xml"
    for host in ("node-2", "node-4", OWN):
        got = json.loads(bus.call("MapGuest", "sssa{sv}", host, "libvirt-xml",
                                  fleetlib.text_of(name), 0)[0])
        equal(got["laid_out_for"]["host"], host)
        there = fleet.offline("map", "--domain", name, names=[host])
        for key in ("map", "devices", "arch"):
            equal(got.get(key), there.get(key))


def check_guest__from__whose_devices_they_are():
    name = harness.TOP / "tests/cli/guest-hostdev.xml"
    words = ("hosts", "--domain", name, "--question=migrate", "--assume=nested=trust")
    text = fleetlib.text_of(name)
    question = (TRUST, ("questions", "as", 1, "migrate"))
    for origin in (None, *NAMES):
        more = [("from", "s", origin)] if origin else []
        # What is at an address is known here of this host alone.
        told = fleet.offline(*words, *([f"--from={origin}"] if origin == OWN else []))
        nobodys = origin != OWN
        found = {one["host"]: one for one in
                 find(text, *question, *more, form="libvirt-xml")["hosts"]}
        for host in NAMES[1:]:
            answers, _, findings, _ = check(host, text, *question, *more, form="libvirt-xml")
            equal(answers, found[host]["answers"])
            blocking = {one["code"]["data"] for one in findings
                        if one["severity"]["data"] == "blocks"}
            equal("device-of-another-host" in blocking, nobodys)
            equal(blocking, set(found[host]["findings"]))
            if origin in (None, OWN):
                wanted = [one for one in told["hosts"] if one["host"] == host][0]
                equal((answers, blocking), (wanted["answers"], set(wanted["findings"])))
    # Without a word the addresses are those of this host, if it is asked.
    findings = check(OWN, text, *question, form="libvirt-xml")[2]
    assert "device-of-another-host" not in [one["code"]["data"] for one in findings], findings


# ---------------------------------------------------------------- all of them


def plan__with_and_without_names__as_offline():
    question = ("questions", "as", 1, "migrate")
    for name in ("q35-4g-slots-dimm1g.inactive.xml",):
        path = DATA / name
        for hosts in ([], ["node-1", "node-2"], ["node-4", "node-1", "node-4"], ["node-5"]):
            got = json.loads(bus.call(
                "Plan", "asssa{sv}", len(hosts), *hosts, "libvirt-xml", fleetlib.text_of(path),
                *options(TRUST, question))[0])
            equal(same_but_age(got), same_but_age(fleet.offline(
                "plan", *hosts, "--domain", path, "--question=migrate", "--assume=nested=trust")))
    equal(bus.error("Plan", "asssa{sv}", ["node-1"] * 1001, "iommufleet-guest", document("q35-4g"),
                    {}), "TooMuch")


def compare__each_with_each__as_offline():
    for a in NAMES:
        for b in NAMES:
            got = json.loads(bus.call("Compare", "ssa{sv}", a, b, 0)[0])
            equal(same_but_age(got), same_but_age(fleet.offline("compare", a, b)))
            rows = {row["host"]: row for row in fleet.rows()}
            equal([got[side]["collected_at"] for side in "ab"],
                  [rows[name]["collected_at"] for name in (a, b)])


def classes__all__as_offline():
    def told(document_):
        """Without what hosts of one class may differ in: what can be given as things are bound."""
        for one in document_["classes"]:
            one.pop("assignable_kinds")
        return same_but_age(document_)

    equal(told(json.loads(bus.call("Classes", "a{sv}", 0)[0])), told(fleet.offline("classes")))
    equal(bus.error("Classes", "a{sv}", {"label": ("s", "x")}), "UnknownOption")


def baseline(hosts, *items):
    return json.loads(bus.call("Baseline", "asa{sv}", len(hosts), *hosts, *options(*items))[0])


def inside(inner, outer):
    """Whether all ranges of the one are in ranges of the other."""
    return all(any(int(of["first"], 16) <= int(one["first"], 16) and
                   int(one["last"], 16) <= int(of["last"], 16) for of in outer) for one in inner)


def baseline__all_and_some__never_more_than_facts_say():
    equal(same_but_age(baseline([OWN])), same_but_age(fleet.offline("baseline", OWN)))
    for hosts in ([], ["node-2", "node-1"], ["node-3", "node-3"], ["node-5"]):
        for assumed in (None, "39"):
            items = [("assume", "a{ss}", 1, "iommu-bits", assumed)] if assumed else []
            words = [f"--assume=iommu-bits={assumed}"] if assumed else []
            got, facts = baseline(hosts, *items), fleet.offline("baseline", *hosts, *words)
            for key in ("schema", "hosts", "unable", "unknown"):
                equal(got[key], facts[key])
            assert inside(got["usable"], facts["usable"]), (got["usable"], facts["usable"])
            assert got["usable"] or hosts == ["node-5"], got


def files__of_every_method__sealed_and_the_same_text():
    client = bus.connect()
    guest = document("q35-4g")
    empty = os.memfd_create("guest", os.MFD_ALLOW_SEALING)
    full = os.memfd_create("guest", os.MFD_ALLOW_SEALING)
    os.write(full, guest.encode())
    seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW
    for fd in (empty, full):
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    form = "iommufleet-guest"
    for method, plain, args, sealed, fd in (
            ("FindHosts", "ssa{sv}", ("", ""), "sha{sv}", empty),
            ("FindHosts", "ssa{sv}", (form, guest), "sha{sv}", full),
            ("Plan", "asssa{sv}", ([], form, guest), "assha{sv}", full),
            ("Compare", "ssa{sv}", (OWN, "node-2"), "ssa{sv}", None),
            ("Baseline", "asa{sv}", ([],), "asa{sv}", None),
            ("Classes", "a{sv}", (), "a{sv}", None)):
        text = client.call(harness.NAME, harness.ROOT, harness.MANAGER, method, plain, *args, {})[0]
        with_file = args if fd is None else (*args[:-1], 0)
        client.call(harness.NAME, harness.ROOT, harness.MANAGER, f"{method}File", sealed,
                    *with_file, {}, fds=() if fd is None else (fd,))
        got = client.fds.pop()
        equal(fcntl.fcntl(got, fcntl.F_GET_SEALS), seals | fcntl.F_SEAL_SEAL)
        equal(os.read(got, 1 << 20).decode(), text)
        os.close(got)
    with open("/dev/null", "rb") as null:
        equal(bus.error("PlanFile", "assha{sv}", [], form, 0, {}, fds=[null.fileno()]), "NotSealed")
    for fd in (empty, full):
        os.close(fd)
    client.close()


# ---------------------------------------------------------------- changes


def watch():
    client = bus.connect()
    client.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch",
                "s", "type='signal',member='HostChanged'")
    return client


def told(client):
    """What HostChanged said since the last time."""
    client.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetId")
    got = [args for fields, args in client.signals if fields[3] == "HostChanged"]
    client.signals.clear()
    return got


def wait_told(client, host, change):
    seen = []

    def found():
        seen.extend(told(client))
        return [args for args in seen if args[:2] == [host, change]]

    return harness.until(f"{host} is told to be {change}", found)[0], seen


def host_changed__class__told_once_with_the_digests():
    client, member = watch(), fleet.members["node-4"]
    before = member.bus.property("ClassDigest")
    regions = next((member.host.root / "sys/kernel/iommu_groups").glob("*/reserved_regions"))
    regions.write_text("0x0000000018000000 0x0000000018ffffff reserved\n" + regions.read_text())
    member.bus.call("Refresh", "a{sv}", 0)
    after = member.bus.property("ClassDigest")
    assert after != before, "the class is the same: this case shows nothing"
    seen = []

    def asked_when_told():
        """Who asks whenever it is told, and only then, gets to know the class in the end."""
        news = [args for args in told(client) if args[0] == "node-4"]
        seen.extend(news)
        row = bus.call("GetHost", "sa{sv}", "node-4", 0)[0] if news else {}
        return row and row["class"]["data"] == after and row["class_known"]["data"]

    harness.until("its class is known to who is told", asked_when_told)
    for args in seen:
        equal(args[1:], ["class", {"class": after, "map": member.bus.property("MapDigest")}])
    # With its record, and once more if the class came after that.
    assert len(seen) in (1, 2), seen
    equal([period["class"] for period in bus.report("history", "node-4")["history"]],
          [after, before])
    equal(bus.report("history", "node-4")["host"], "node-4")
    assert "facts" not in bus.report("history", "node-4")["history"][0]
    assert bus.report("history")["history"] == bus.report("history", OWN)["history"], "this host's"
    client.close()


def host_changed__a_new_host__told():
    client = watch()
    fleet.members["node-6"].start()
    wait_told(client, "node-6", "new")
    harness.until("it is listed", lambda: "node-6" in [row["host"] for row in fleet.rows()])
    client.close()


def forget__only_who_may__and_it_stays_forgotten():
    fleet.members["node-5"].daemon.stop()
    if STRANGER:
        equal(bus.error("Forget", "sa{sv}", "node-5", {}, as_uid=STRANGER),
              "org.freedesktop.DBus.Error.AccessDenied")
    for name in ("node-9", "", OWN, "x" * 5000):
        equal(bus.error("Forget", "sa{sv}", name, {}), "NoSuchHost")
    assert "node-5" in [row["host"] for row in fleet.rows()], "forgotten by nobody"
    client = watch()
    bus.call("Forget", "sa{sv}", "node-5", 0)
    equal(wait_told(client, "node-5", "gone")[0][2].keys() - {"class", "map"}, set())
    assert "node-5" not in [row["host"] for row in fleet.rows()]
    equal(bus.error("GetHost", "sa{sv}", "node-5", {}), "NoSuchHost")
    equal(bus.error("Forget", "sa{sv}", "node-5", {}), "NoSuchHost")
    equal(len(bus.report("history", "node-5")["history"]), 1)
    client.close()


def no_fleet__this_host__is_all_of_it():
    alone = harness.Bus(harness.Scratch())
    first = harness.Daemon(alone, fleet.members[OWN].host)
    name, machine = alone.property("Host"), os.uname().nodename
    equal(name, machine)
    rows, following = alone.call("ListHosts", "sua{sv}", "", 1000, 0)
    equal(([row["host"]["data"] for row in rows], following), ([name], ""))
    assert "standing" not in rows[0], "it tells nobody of itself"
    found = json.loads(alone.call("FindHosts", "ssa{sv}", "iommufleet-guest", document("q35-4g"),
                                  0)[0])["hosts"]
    answers = alone.call("CheckGuest", "sssa{sv}", "", "iommufleet-guest", document("q35-4g"), 0)[0]
    equal([(host["host"], host["answers"]) for host in found], [(name, answers)])
    plan = json.loads(alone.call("Plan", "asssa{sv}", 1, name, "iommufleet-guest",
                                 document("q35-4g"), 0)[0])
    equal(plan["schema"], "iommufleet-plan-1")
    equal(json.loads(alone.call("Compare", "ssa{sv}", "", name, 0)[0])["differences"], [])
    equal(alone.error("Forget", "sa{sv}", name, {}), "NoSuchHost")
    first.stop()
    # Of a host that was never collected there is the name.
    broken = harness.Daemon(alone, fleet.members[OWN].host, extra=["--collector=/bin/false"])
    listed = json.loads(alone.call("FindHosts", "ssa{sv}", "iommufleet-guest", document("q35-4g"),
                                   0)[0])["hosts"]
    equal([(host["host"], host["class"], set(host["answers"].values())) for host in listed],
          [(name, None, {"unknown"})])
    equal(alone.error("Compare", "ssa{sv}", "", "", {}), "NoFacts")
    equal(alone.call("GetHost", "sa{sv}", "", 0)[0]["class_known"]["data"], False)
    broken.stop()


def man_page__its_examples__work_as_they_are_written():
    page = fleetlib.text_of(harness.TOP / "man/org.iommufleet1.5")
    examples = page.partition(".Sh EXAMPLES")[2].partition(".Sh SEE ALSO")[0].split(".Ed")[:-1]
    assert len(examples) >= 5, examples
    folder = bus.scratch.path / "examples"
    folder.mkdir()
    (folder / "db.xml").write_text(fleetlib.text_of(DATA / "q35-4g-slots-dimm1g.inactive.xml"))
    for example in examples:
        script = example.partition(".Bd -literal -offset indent")[2].replace("\\e\n", "\\\n")
        script = script.strip().removeprefix("$ ").split(" | jq")[0]
        assert script.startswith("busctl "), script
        done = subprocess.run(
            ["sh", "-c", script.replace("busctl ", f"busctl --address={bus.address} ", 1)],
            cwd=folder, capture_output=True, text=True, check=False)
        equal((done.returncode, done.stderr), (0, ""))
        assert done.stdout.strip(), script


harness.main([
    list_hosts__pages_of_any_size__each_host_once_and_in_order,
    get_host__each__what_it_told_itself,
    get_host__names_of_nobody__said_how_many_there_are,
    find_hosts__without_a_guest__all_are_listed,
    find_hosts__maps__as_the_command_line_says_of_the_facts,
    find_hosts__definitions__laid_out_for_each_host,
    find_hosts__filters__labels_and_classes,
    find_hosts__what_if__of_all_of_them,
    find_hosts__wrong_questions__named_errors,
    check_guest__another_host__what_find_hosts_says_of_it,
    check_map__another_host__its_devices_have_no_addresses,
    map_guest__another_host__laid_out_as_there,
    check_guest__from__whose_devices_they_are,
    plan__with_and_without_names__as_offline,
    compare__each_with_each__as_offline,
    classes__all__as_offline,
    baseline__all_and_some__never_more_than_facts_say,
    files__of_every_method__sealed_and_the_same_text,
    no_fleet__this_host__is_all_of_it,
    man_page__its_examples__work_as_they_are_written,
    host_changed__class__told_once_with_the_digests,
    host_changed__a_new_host__told,
    forget__only_who_may__and_it_stays_forgotten,
])
