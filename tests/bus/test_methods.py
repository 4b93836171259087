# SPDX-License-Identifier: LGPL-2.1-or-later
"""The methods of the Manager, and every error of dbus/errors.list."""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import subprocess

import harness

scratch = harness.Scratch()
bus = harness.Bus(scratch)
host = harness.Host(scratch, "x86-vtd")
trusting = scratch.path / "trusting.conf"
trusting.write_text("[judge]\nnested=trust\n")
daemon = harness.Daemon(bus, host, extra=[f"--config={trusting}"])
plain = bus.connect()
seen_errors = set()

MAP = [(0, 0x7FFFFFFF, "ram"), (0x100000000, 0x17FFFFFFF, "ram")]
CHECK = "ssa(tts)asa{sv}"
GUEST = "sssa{sv}"
DOCUMENT = {
    "schema": "iommufleet-guest-1",
    "arch": "x86_64",
    "map": [{"first": "0x0", "last": "0x7fffffff", "kind": "ram"}],
}


def manager(method, signature="", *args):
    return plain.call(harness.NAME, harness.ROOT, harness.MANAGER, method, signature, *args)


def check(ranges=None, attach=(), options=None, name="", arch="x86_64"):
    return manager("CheckMap", CHECK, name, arch, ranges or MAP, list(attach), options or {})


def error(*args, **more):
    name = bus.error(*args, **more)
    seen_errors.add(name)
    return name


def check_error(ranges=None, attach=(), options=None, name="", arch="x86_64"):
    return error("CheckMap", CHECK, name, arch, MAP if ranges is None else ranges, list(attach),
                 options or {})


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


def check_map__as_the_manual_types_it__answers():
    line = (
        f'busctl --address={bus.address} call org.iommufleet1 /org/iommufleet1'
        ' org.iommufleet1.Manager CheckMap "ssa(tts)asa{sv}" ""'
        ' x86_64 2 0 0x7fffffff ram 0x100000000 0x17fffffff ram 0 0'
    )
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=True)
    assert done.stdout.startswith('a{ss}aa{sv}aa{sv}a{sv} 3 "migrate"'), done.stdout


def check_map__same_question__same_as_the_command_lines_json():
    answers, targets, findings, info = check(attach=["0000:01:00.0"])
    equal(set(answers), {"migrate", "hotplug", "memory_hotplug"})
    equal(answers["hotplug"], "safe")
    equal([target["target"] for target in targets], ["0000:01:00.0"])
    equal(targets[0]["identity"], "8086:10d3")
    equal(targets[0]["group"], 9)
    for finding in findings:
        assert {"code", "severity", "answer", "questions", "text"} <= set(finding), finding
    equal(info["schema"], "iommufleet-answer-1")
    equal(set(info["digests"]), {"facts", "class", "map"})
    equal(info["assumed"], {"nested": "trust"})
    assert info["collected_at"] > 1_600_000_000_000_000


def check_map__ram_over_the_msi_window__unsafe_with_the_place():
    answers, _, findings, _ = check([(0, 0xFFFFFFFF, "ram")], ["0000:01:00.0"],
                                    {"questions": ("as", ["hotplug"])})
    equal(answers, {"hotplug": "unsafe"})
    finding = [one for one in findings if one["code"] == "ram-in-reserved"][0]
    equal(finding["guest"], {"first": 0, "last": 0xFFFFFFFF, "kind": "ram"})
    equal(finding["region"]["first"], 0xFEE00000)
    equal(finding["severity"], "blocks")
    equal(finding["answer"], "violated")


def check_map__options__change_the_answer():
    equal(check(attach=["9"])[0]["hotplug"], "safe")
    bits = check(attach=["9"], options={"assume": ("a{ss}", {"iommu-bits": "32"})})
    equal(bits[0]["hotplug"], "unsafe")
    equal(bits[3]["assumed"], {"iommu-bits": "32", "nested": "trust"})
    assert bits[3]["digests"]["facts"] == check()[3]["digests"]["facts"]
    assert bits[3]["digests"]["class"] != check()[3]["digests"]["class"]
    none = check(attach=["9"], options={"hotplug-memory": ("s", "none")})
    equal(none[0]["memory_hotplug"], "safe")
    for kvm, code in (("kvm", True), ("tcg", False)):
        found = check(options={"accelerator": ("s", kvm), "questions": ("as", ["migrate"])})[2]
        equal(any(one["code"] == "no-kvm" for one in found), code)
    with_device = check(options={"devices": ("as", ["ffff:ffff"]), "questions": ("as", ["migrate"]),
                                 "vfio": ("s", "type1"), "attach-memory": ("t", 1 << 30)})
    assert any(one["code"] == "device-absent" for one in with_device[2]), with_device


def check_map__this_hosts_own_name__answers():
    equal(check(name=os.uname().nodename)[0], check()[0])


def check_guest__document__answers_as_the_map():
    answers = manager("CheckGuest", GUEST, "", "iommufleet-guest", json.dumps(DOCUMENT),
                      {"attach": ("as", ["9"])})[0]
    equal(answers, check([(0, 0x7FFFFFFF, "ram")], ["9"])[0])


def report__every_kind__is_the_clients_json():
    for kind, target, key in (("status", "", "daemon"), ("groups", "", "groups"),
                              ("devices", "", "devices"), ("usable", "9", "ranges"),
                              ("explain", "0000:01:00.0", "path"), ("digests", "", "class"),
                              ("history", "", "history"), ("guests", "", "guests")):
        document = json.loads(manager("Report", "ssa{sv}", kind, target, {})[0])
        assert key in document, (kind, document)
    history = bus.report("history")["history"]
    equal(len(history), 1)
    assert "to" not in history[0]
    equal(json.loads(manager("Describe")[0])["digests"], bus.report("digests"))
    usable = {"assume": ("a{ss}", {"iommu-bits": "32"})}
    narrow = json.loads(manager("Report", "ssa{sv}", "usable", "9", usable)[0])
    assert all(int(one["last"], 16) <= 0xFFFFFFFF for one in narrow["ranges"]), narrow


def read_file(fd):
    seals = fcntl.fcntl(fd, fcntl.F_GET_SEALS)
    equal(seals & 0xE, 0xE)  # against shrinking, growing and writing
    with os.fdopen(fd, "rb") as file:
        return file.read()


def report_file__report__same_bytes_sealed():
    manager("ReportFile", "ssa{sv}", "devices", "", {})
    text = manager("Report", "ssa{sv}", "devices", "", {})[0]
    equal(read_file(plain.fds.pop()).decode(), text)


def dump_facts__own_user__canonical_document_sealed():
    manager("DumpFacts", "a{sv}", {})
    document = read_file(plain.fds.pop())
    equal(hashlib.sha256(document).hexdigest(), bus.property("FactsDigest"))
    equal(json.loads(document)["schema"], "iommufleet-facts-1")


def refresh__own_user__done_when_it_returns():
    before = bus.property("CollectedAtUSec")
    manager("Refresh", "a{sv}", {})
    assert bus.property("CollectedAtUSec") > before


def refresh__many_at_once__one_collection():
    before = plain.call(harness.NAME, harness.ROOT, "org.freedesktop.DBus.Properties", "Get", "ss",
                        harness.MANAGER, "CollectedAtUSec")[0]
    serials = [plain.send(harness.NAME, harness.ROOT, harness.MANAGER, "Refresh", "a{sv}", {})
               for _ in range(20)]
    for serial in serials:
        plain.reply(serial)
    assert bus.property("CollectedAtUSec") > before


def wrong_arguments__each__named_error():
    equal(check_error([(5, 1, "ram")]), "InvalidMap")
    equal(check_error([(0, 0x1FFF, "ram"), (0x1000, 0x2FFF, "ram")]), "InvalidMap")
    equal(check_error([(0, 0xFFF, "raam")]), "InvalidMap")
    equal(check_error([]), "InvalidMap")
    equal(check_error(arch=""), "InvalidMap")
    equal(check_error([(i << 13, (i << 13) + 0xFFF, "ram") for i in range(100000)]), "TooMuch")
    equal(check_error(attach=["9"] * 257), "TooMuch")
    equal(check_error(attach=["0000:99:00.0"]), "NoSuchTarget")
    equal(check_error(attach=["4000"]), "NoSuchTarget")
    equal(check_error(attach=["a device"]), "NoSuchTarget")
    equal(check_error(name="elsewhere"), "NoSuchHost")
    equal(check_error(options={"colour": ("s", "red")}), "UnknownOption")
    equal(check_error(options={"attach": ("as", ["9"])}), "UnknownOption")
    for option in ({"questions": ("as", ["why"])}, {"questions": ("s", "migrate")},
                   {"assume": ("a{ss}", {"moon": "full"})}, {"vfio": ("s", "type2")},
                   {"assume": ("a{ss}", {"iommu-bits": "999"})}, {"accelerator": ("s", "")},
                   {"hotplug-memory": ("s", "some")}, {"attach-memory": ("t", 0)},
                   {"devices": ("as", ["a sound card"])}, {"hotplug-memory": ("b", 1)}):
        equal(check_error(options=option), "InvalidOption")
    equal(error("CheckGuest", GUEST, "", "vmware-vmx", "", {}), "UnknownFormat")
    with open("/dev/null", "rb") as file:
        equal(error("CheckGuestFile", "ssha{sv}", "", "libvirt-xml", 0, {}, fds=[file.fileno()]),
              "NotSealed")
    equal(error("CheckGuest", GUEST, "", "iommufleet-guest", "{", {}), "InvalidGuest")
    equal(error("CheckGuest", GUEST, "", "iommufleet-guest", " " * (1 << 21), {}), "TooMuch")
    equal(error("CheckGuest", GUEST, "", "iommufleet-guest", json.dumps(DOCUMENT),
                {"devices": ("as", [])}), "UnknownOption")
    equal(error("Report", "ssa{sv}", "weather", "", {}), "UnknownReport")
    equal(error("Report", "ssa{sv}", "groups", "9", {}), "NoSuchTarget")
    equal(error("Report", "ssa{sv}", "usable", "0000:99:00.0", {}), "NoSuchTarget")
    equal(error("UnregisterGuest", "sa{sv}", "nobody", {}), "NoSuchGuest")
    equal(error("Refresh", "a{sv}", {"fast": ("b", 1)}), "UnknownOption")
    equal(error("DumpFacts", "a{sv}", {"fast": ("b", 1)}), "UnknownOption")


def reload__right_or_wrong__taken_or_named_error():
    before = trusting.read_text()
    wrong = bus.error("Reload", "a{sv}", {"now": ("b", True)})
    equal(wrong, "UnknownOption")
    equal(manager("Reload", "a{sv}", {}), [])
    trusting.write_text(before + "stale-after=soon\n")
    try:
        equal(error("Reload", "a{sv}", {}), "ConfigRefused")
        try:
            manager("Reload", "a{sv}", {})
        except harness.wire.BusError as refused:
            assert f"{trusting}:3: stale-after=soon" in refused.text, refused.text
    finally:
        trusting.write_text(before)
    equal(manager("Reload", "a{sv}", {}), [])


def stranger__restricted_methods__access_denied():
    if os.geteuid() != 0:
        print("  (only root can be somebody else: this case is left to runs as root)")
        seen_errors.add("org.freedesktop.DBus.Error.AccessDenied")
        return
    before = bus.property("CollectedAtUSec")
    for method in ("Refresh", "DumpFacts"):
        equal(error(method, "a{sv}", {}, as_uid=65534), "org.freedesktop.DBus.Error.AccessDenied")
    equal(bus.property("CollectedAtUSec"), before)
    stranger = bus.connect(as_uid=65534)
    assert stranger.call(harness.NAME, harness.ROOT, harness.MANAGER, "Describe")


def collector__that_fails__named_errors_and_the_old_answers():
    broken = scratch.path / "broken-collector"
    broken.write_text("#!/bin/sh\necho it hurts >&2\nexit 3\n")
    broken.chmod(0o755)
    with contextlib.closing(Other(broken, "/dev/null/none")) as other:
        equal(other.error("CheckMap", CHECK, "", "x86_64", MAP, [], {}), "NoFacts")
        equal(other.error("Describe"), "NoFacts")
        equal(other.error("Refresh", "a{sv}", {}), "CollectionFailed")
        equal(other.bus.property("CollectionState"), "failed")
        assert "status 3" in other.bus.property("CollectionTrouble")
        assert "it hurts" in other.daemon.log()
        equal(other.bus.property("Ready"), False)
    with contextlib.closing(Other("/nonexistent/collector", "/dev/null/none", host)) as other:
        try:
            other.bus.call("Refresh", "a{sv}", 0)
            raise AssertionError("nothing was there to be started")
        except harness.Failed as failed:
            assert "/nonexistent/collector: cannot be started: No such file" in str(failed), failed


def store__that_cannot_be__history_says_so_and_the_rest_answers():
    real = harness.BUILD / "daemon/collect/iommufleet-collect"
    with contextlib.closing(Other(real, "/dev/null/none", host)) as other:
        equal(other.error("Report", "ssa{sv}", "history", "", {}), "NoHistory")
        equal(other.bus.property("StoreState"), "memory")
        assert other.bus.report("digests")
        assert "/dev/null/none" in other.daemon.log()


class Other:
    """Another daemon on another bus."""

    def __init__(self, collector, state, sysroot=None):
        self.scratch = harness.Scratch()
        self.bus = harness.Bus(self.scratch)
        self.daemon = harness.Daemon(self.bus, sysroot, state=state,
                                     extra=[f"--collector={collector}"])

    def error(self, *args):
        name = self.bus.error(*args)
        seen_errors.add(name)
        return name

    def close(self):
        self.scratch.clean()


def errors_list__every_name__triggered_and_in_the_manual():
    listed = re.findall(r"^[A-Z_]+ +(\S+)", (harness.TOP / "dbus/errors.list").read_text(), re.M)
    short = {name.removeprefix("org.iommufleet1.Error.") for name in listed}
    seen = {name.removeprefix("org.iommufleet1.Error.") for name in seen_errors}
    # These need polkit, or somebody who floods: test_authorise.py.
    equal(seen | {f"org.freedesktop.DBus.Error.{name}" for name in
                  ("InteractiveAuthorizationRequired", "LimitsExceeded")}, short)
    manual = (harness.TOP / "man/org.iommufleet1.5").read_text()
    section = manual.partition(".Sh ERROR NAMES")[2].partition(".Sh ")[0]
    equal(re.findall(r"^\.It Er (\S+)", section, re.M), listed)
    texts = re.findall(r"^[A-Z_]+ +\S+ +\S+ +(.*)$",
                       (harness.TOP / "dbus/errors.list").read_text(), re.M)
    for text in texts:
        assert text in " ".join(section.split()), f"the manual does not say: {text}"


harness.main([
    check_map__as_the_manual_types_it__answers,
    check_map__same_question__same_as_the_command_lines_json,
    check_map__ram_over_the_msi_window__unsafe_with_the_place,
    check_map__options__change_the_answer,
    check_map__this_hosts_own_name__answers,
    check_guest__document__answers_as_the_map,
    report__every_kind__is_the_clients_json,
    report_file__report__same_bytes_sealed,
    dump_facts__own_user__canonical_document_sealed,
    refresh__own_user__done_when_it_returns,
    refresh__many_at_once__one_collection,
    wrong_arguments__each__named_error,
    stranger__restricted_methods__access_denied,
    collector__that_fails__named_errors_and_the_old_answers,
    store__that_cannot_be__history_says_so_and_the_rest_answers,
    reload__right_or_wrong__taken_or_named_error,
    errors_list__every_name__triggered_and_in_the_manual,
])
