# SPDX-License-Identifier: LGPL-2.1-or-later
"""map, and check, of guests as people have them: the forms that they come in, the host that they are
laid out for and the one that they come from, and what ends with which exit code.

The guests are those of tests/domains, with the map that QEMU gave them."""

import contextlib
import json
import pathlib
import socket
import sys
import tempfile
import threading

from clilib import (FAILED, HERE, HOST, SAFE, TOP, UNKNOWN, UNSAFE, USAGE, Failed, main, need,
                    refused, run)

sys.path.insert(0, str(TOP / "tests/support"))

import mtree_text  # noqa: E402  (found beside this folder)

DATA = TOP / "tests/domains/data"
DIMM = "q35-4g-slots-dimm1g"  # 4 GiB, a DIMM of 1 GiB, room for more
FACTS = ("--facts", HOST)
FORMS = (("--domain", "inactive.xml"), ("--domain", "live.xml"), ("--cmdline", "qemu-cmdline.txt"),
         ("--mtree", "mtree.txt"))


def domain(name, *changes):
    """The bytes of an inactive domain with (old, new) replaced, each of which has to be there."""
    text = (DATA / f"{name}.inactive.xml").read_text(encoding="utf-8")
    for old, new in changes:
        need(old in text, f"{name} has no {old}")
        text = text.replace(old, new)
    return text.encode()


KVM = ("<domain type='qemu'>", "<domain type='kvm'>")


def cmdline(name):
    """QEMU's arguments without what libvirt wrote behind them into its log."""
    lines = (DATA / f"{name}.qemu-cmdline.txt").read_text(encoding="utf-8").splitlines(True)
    return "".join(line for line in lines if not line.startswith("20")).encode()


def document(*words, codes=(SAFE,), **more):
    code, out, err = run(*words, "--json=short", **more)
    need(code in codes and err == "", f"{words}: exit code {code}, {err!r}")
    return json.loads(out)


def spans_of(made):
    """Where a document has RAM, and where memory may be added."""
    return {kind: mtree_text.spans((int(one["first"], 16), int(one["last"], 16))
                                   for one in made["map"] if one["kind"] == kind)
            for kind in ("ram", "hotplug")}


def of_form(option, ending):
    """The words and the input with which the guest DIMM is asked about in that form."""
    if option == "--cmdline":
        return {"words": (option, "-"), "stdin": cmdline(DIMM)}
    return {"words": (option, DATA / f"{DIMM}.{ending}"), "stdin": b""}


def map__each_form_of_one_guest__the_map_that_qemu_gave_it():
    truth = mtree_text.truth((DATA / f"{DIMM}.mtree.txt").read_text(encoding="utf-8"))
    need(truth["ram"] and truth["hotplug"], "the truth has no RAM")
    for option, ending in FORMS:
        form = of_form(option, ending)
        made = spans_of(document(*FACTS, "map", *form["words"], stdin=form["stdin"]))
        for kind in ("ram", "hotplug"):
            # Firmware makes RAM of what is ROM below 1 MiB, and QEMU's list is of after it ran.
            got = mtree_text.without(made[kind], 0, 0xfffff)
            want = mtree_text.without(truth[kind], 0, 0xfffff)
            need(got == want, f"{option} {ending}: {kind} {got}, not {want}")


def check__each_form_of_one_guest__same_answers():
    words = ("check", "--attach=01:00.0", "--from", HOST)
    first = None
    for option, ending in FORMS[:3]:
        form = of_form(option, ending)
        answers = document(*FACTS, *words, *form["words"], stdin=form["stdin"],
                           codes=(SAFE, UNSAFE, UNKNOWN))["answers"]
        first = first or answers
        need(answers == first, f"{option} {ending}: {answers}, not {first}")
    need(first["hotplug"] == "safe", str(first))


def map__its_json_as_input__same_map_and_same_answers():
    for name in (DIMM, "q35-4g-slots-3dimm", "pc-1g", "q35-4g-virtiomem", "virt-arm-4g"):
        words = (*FACTS, "--from", HOST)
        given = ("--domain", DATA / f"{name}.inactive.xml")
        made = document(*words, "map", *given, codes=(SAFE, UNKNOWN))
        again = json.dumps(made).encode()
        need(document(*words, "map", "--map=-", stdin=again, codes=(SAFE, UNKNOWN)) == made,
             f"{name}: another map")
        for attach in ((), ("--attach=01:00.0",), ("--attach=01:00.0", "--attach-memory=2G")):
            one = document(*words, "check", *given, *attach, codes=(SAFE, UNSAFE, UNKNOWN))
            two = document(*words, "check", "--map=-", *attach, stdin=again,
                           codes=(SAFE, UNSAFE, UNKNOWN))
            need(one["answers"] == two["answers"],
                 f"{name} {attach}: {one['answers']} became {two['answers']}")


def map__schema__validates():
    try:
        import jsonschema
    except ImportError:
        raise Failed("python3-jsonschema is not installed") from None
    schema = json.loads((TOP / "schema/guest-1.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    for name in (DIMM, "q35-4g-virtiomem", "pc-q35-7.2-epyc-1536g-phys40", "virt-arm-4g-smmuv3",
                 "q35-4g-virtio-iommu", "q35-16g-hostdev-kvmtype", "pc-i440fx-1.7-4g"):
        for words in (FACTS, (*FACTS, "--from", HOST), ("--assume=cpu-bits=48",)):
            made = document(*words, "map", "--domain", DATA / f"{name}.inactive.xml",
                            codes=(SAFE, UNSAFE, UNKNOWN))
            for error in validator.iter_errors(made):
                need(False, f"{name} {words}: {list(error.absolute_path)}: {error.message}")


def map__cpu_assumed__laid_out_without_any_host():
    """Past about 1 TiB an AMD host moves RAM: the vendor alone decides, and nobody is asked."""
    guest = domain("pc-q35-7.2-epyc-1012g", KVM)
    highest = {}
    for vendor in ("amd", "intel"):
        made = document("map", "--domain=-", f"--assume=cpu-vendor={vendor}",
                        "--assume=cpu-bits=48", stdin=guest)
        need(made["laid_out_for"] == {"assumed": {"cpu-vendor": vendor, "cpu-bits": "48"}},
             str(made["laid_out_for"]))
        need("headroom" not in made, "windows that are free on no host")
        highest[vendor] = spans_of(made)["ram"][-1][0]
    need(highest == {"amd": 1 << 40, "intel": 1 << 32}, str(highest))
    made = document("map", "--domain=-", "--assume=cpu-bits=48", stdin=guest, codes=(UNKNOWN,))
    need(made["open"], "it does not say what is not known")


def map__arm_bits_assumed__those_count_not_the_hosts():
    """QEMU's 512 GiB of PCI space end at 1 TiB: 39 bits do not reach them (hw/arm/virt.c)."""
    guest = domain("virt-arm-4g", KVM)
    facts = json.loads((TOP / "tests/golden/arm64-smmuv3/facts.expected").read_text(
        encoding="utf-8"))
    need(facts["host"]["arch"] == "aarch64", "another host")
    with tempfile.TemporaryDirectory() as folder:
        host = pathlib.Path(folder) / "arm.json"
        for own, assumed, reached in ((None, 40, True), (None, 39, False), (44, 39, False),
                                      (39, 40, True), (44, None, True), (39, None, False)):
            facts["kvm"].update(present=own is not None, ipa_bits=own)
            host.write_text(json.dumps(facts), encoding="utf-8")
            words = (f"--assume=cpu-bits={assumed}",) if assumed else ()
            made = document("--facts", host, "map", "--domain=-", *words, stdin=guest)
            high = [(one["first"], one["last"]) for one in made["map"]
                    if one["kind"] == "pci-hole64"]
            need(high == ([("0x8000000000", "0xffffffffff")] if reached else []),
                 f"{own} bits, assumed {assumed}: {high}")


def map__assumption_of_more_than_the_cpu__is_about_a_host():
    guest = ("--domain", DATA / "pc-1g.inactive.xml")
    bus = "--bus=unix:path=/nonexistent/bus"
    for words in ((bus,), (bus, "--assume=cpu-bits=48"),
                  (bus, "--assume=kernel=6.6", "--assume=cpu-vendor=amd")):
        refused(FAILED, "map", *guest, *words, says=["iommufleetd", "--facts"])
    for words in (("--assume=kernel=6.6",), ("--assume=iommu-bits=39", "--assume=cpu-bits=48"), (),
                  ("--host=elsewhere", "--assume=cpu-bits=48")):
        refused(FAILED, "map", *guest, *words, says=["the system bus"],
                DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nonexistent/bus")
    made = document(*FACTS, "map", *guest, "--assume=cpu-bits=46")
    need(made["laid_out_for"] == {"host": HOST, "assumed": {"cpu-bits": "46"}}, str(made))


def map__refused_by_qemu__says_so_and_shows_it():
    words = (*FACTS, "map", "--domain", DATA / "pc-q35-7.2-epyc-1536g-phys40.inactive.xml")
    code, out, err = run(*words)
    need(code == UNSAFE and err == "", f"{code}, {err!r}")
    need(out.startswith("QEMU refuses ") and "phys-bits" in out.splitlines()[0], out[:200])
    need("FIRST" in out, "the map is not shown")
    need("phys-bits" in document(*words, codes=(UNSAFE,))["refused"], "not in the JSON")


def map__board_that_is_not_modelled__cannot_tell():
    board = domain("pc-1g", ("arch='x86_64' machine='pc-i440fx-7.2'", "arch='ppc64' machine='pseries'"))
    words = (*FACTS, "map", "--domain=-")
    made = document(*words, stdin=board, codes=(UNKNOWN,))
    need(made["map"] == [] and any("pseries" in text for text in made["opaque"]), str(made))
    code, out, err = run(*words, stdin=board)
    need(code == UNKNOWN and err == "", f"{code}, {err!r}, {out}")
    for text in made["opaque"]:
        need(text in " ".join(out.split()), f"{text!r} is not shown: {out}")
    for given in (("--domain=-", board), ("--map=-", json.dumps(made).encode())):
        code, out, err = run(*FACTS, "check", given[0], stdin=given[1])
        need(code in (UNKNOWN, UNSAFE) and err == "", f"{given[0]}: {code}, {err!r}, {out}")


def map__text__all_that_the_json_says():
    words = (*FACTS, "map", "--domain", DATA / f"{DIMM}.inactive.xml")
    out, made = run(*words)[1], document(*words)
    drawn = out[out.index("GUEST"):].splitlines()[1:]
    listed = out[:out.index("GUEST")]
    for one in made["map"]:
        need(f"{one['first']}" in listed and f"{one['last']}" in listed, f"{one} is not listed")
    need(made["machine"] in listed and HOST in listed, listed)
    firsts = [int(line.split()[0], 16) for line in drawn if line.split()[0].startswith("0x")]
    need(firsts == sorted(firsts) and firsts[0] == 0, f"not in the order of addresses: {drawn}")


def from__each_kind_of_origin__what_becomes_of_addresses():
    """An address is one of the host that the guest is defined on: it needs that host's facts."""
    words = ("--domain", "guest-hostdev.xml")
    need(document(*FACTS, "map", *words, "--from", HOST)["devices"] == ["0000:01:00.0"], "its own")
    nobody = document(*FACTS, "map", *words)["devices"]
    need([one["address"] for one in nobody] == ["0000:01:00.0"] and nobody[0]["host"], str(nobody))
    with tempfile.TemporaryDirectory() as folder:
        other = pathlib.Path(folder) / "other.json"
        facts = json.loads((HERE / HOST).read_text(encoding="utf-8"))
        other.write_text(json.dumps(facts), encoding="utf-8")
        need(document(*FACTS, "map", *words, "--from", other)["devices"] == ["8086:10d3"],
             "what it is there")
        kind = document(*FACTS, "check", *words, "--from", other, "--question=migrate",
                        codes=(SAFE, UNSAFE, UNKNOWN))
        own = document(*FACTS, "check", *words, "--from", HOST, "--question=migrate",
                       codes=(SAFE, UNSAFE, UNKNOWN))
        need(kind["answers"] == own["answers"] == {"migrate": "safe"}, f"{kind}{own}")
        facts["devices"] = [one for one in facts["devices"] if one["address"] != "0000:01:00.0"]
        other.write_text(json.dumps(facts), encoding="utf-8")
        gone = run(*FACTS, "check", *words, "--from", other, "--question=migrate")
        need(gone[0] == UNKNOWN, f"{gone}")
        other.write_text("{}", encoding="utf-8")
        refused(FAILED, *FACTS, "check", *words, "--from", other, says=[str(other)])
    need(run(*FACTS, "check", *words, "--question=migrate")[0] == UNKNOWN, "nobody's address")
    refused(FAILED, *FACTS, "map", *words, "--from", "missing.json", says=["missing.json"])


def monitor_answer(command):
    """What the monitor of a running guest says that was given the device 0000:01:00.0."""
    arguments = command.get("arguments", {})
    if command["execute"] == "human-monitor-command":
        return ('FlatView #0\n AS "memory", root: system\n Root memory region: system\n'
                "  0000000000000000-000000003fffffff (prio 0, ram): pc.ram\n"
                if arguments["command-line"] == "info mtree -f" else "")
    if command["execute"] == "qom-list":
        return ([{"name": "nic", "type": "child<vfio-pci>"}]
                if arguments["path"] == "/machine/peripheral" else [])
    if command["execute"] == "qom-get":
        return {"memory": {"size": 1 << 30, "max-size": 1 << 30, "slots": 0}, "phys-bits": 40,
                "type": "pc-q35-8.2-machine", "host": "0000:01:00.0"}.get(
                    arguments["property"], "")
    return {"query-status": {"status": "running"}, "query-target": {"arch": "x86_64"},
            "query-kvm": {"enabled": True, "present": True}, "query-named-block-nodes": [],
            "query-memory-devices": [], "query-cpus-fast": [{"qom-path": "/machine/cpu"}]}.get(
                command["execute"], {})


def monitor_serve(listener):
    with contextlib.suppress(OSError):
        while True:
            connection = listener.accept()[0]
            with connection, connection.makefile("r", encoding="ascii") as commands:
                connection.sendall(b'{"QMP":{"version":{},"capabilities":[]}}\n')
                for line in commands:
                    command = json.loads(line)
                    connection.sendall(json.dumps(
                        {"return": monitor_answer(command), "id": command["id"]}).encode() + b"\n")


def qmp__device_of_a_guest_that_runs__of_this_host_not_of_the_facts():
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        path = pathlib.Path(folder) / "monitor"
        listener.bind(str(path))
        listener.listen()
        threading.Thread(target=monitor_serve, args=(listener,), daemon=True).start()
        nobody = document(*FACTS, "map", "--qmp", path)["devices"]
        need([one["address"] for one in nobody] == ["0000:01:00.0"] and nobody[0]["host"],
             str(nobody))
        need(document(*FACTS, "map", "--qmp", path, "--from", HOST)["devices"] == ["0000:01:00.0"],
             "its own host")
        for words, code in (((), UNKNOWN), (("--from", HOST), SAFE)):
            got = run(*FACTS, "check", "--qmp", path, "--question=migrate", *words)
            need(got[0] == code, f"{words}: {got}")
        listener.shutdown(socket.SHUT_RDWR)


def mtree__assigned_device__of_the_host_that_the_guest_runs_on():
    """QEMU names a BAR after the device's address there, and its address space after its type."""
    view = ('FlatView #0\n AS "I/O", root: io\n Root memory region: io\n'
            "  0000000000000000-000000000000ffff (prio 0, i/o): io\n\n"
            'FlatView #1\n AS "memory", root: system\n{} Root memory region: system\n'
            "  0000000000000000-000000003fffffff (prio 0, ram): pc.ram\n{}\n")
    space = ' AS "vfio-pci", root: bus master container\n'
    bar = "  00000000fe000000-00000000fe00ffff (prio 0, ramd): 0000:01:00.0 BAR 0 mmaps[0] KVM\n"
    words = ("check", "--mtree=-", "--question=migrate")
    for text, origin, code, named in (
            (view.format(space, bar), ("--from", HOST), SAFE, None),
            (view.format(space, bar), (), UNKNOWN, "device-of-another-host"),
            (view.format(space, ""), ("--from", HOST), UNKNOWN, "guest-opaque"),
            (view.format("", ""), (), SAFE, None),
            (view.format("", "").replace("I/O", "cpu-memory-0"), (), UNKNOWN, "guest-opaque")):
        answer = document(*FACTS, *words, *origin, stdin=text.encode(), codes=(code,))
        found = [one["code"] for one in answer["findings"]]
        need(named is None or named in found, f"{text}{origin}: {found}")
    made = document(*FACTS, "map", "--mtree=-", "--from", HOST,
                    stdin=view.format(space, bar).encode())
    need(made["devices"] == ["0000:01:00.0"], str(made["devices"]))


def from__the_same_input_as_facts__is_that_host():
    out = run("--facts=-", "map", "--domain=guest-hostdev.xml", "--from=-", "--json=short",
              stdin=(HERE / HOST).read_bytes())[1]
    need(json.loads(out)["devices"] == ["0000:01:00.0"], out)


def definition__laid_out_otherwise_there__found():
    """A guest started on AMD has its RAM elsewhere on Intel: it must not come here."""
    guest = domain("pc-q35-7.2-epyc-1012g", KVM)
    with tempfile.TemporaryDirectory() as folder:
        facts = json.loads((HERE / HOST).read_text(encoding="utf-8"))
        facts["host"]["cpu_bits"] = 48
        intel, amd = pathlib.Path(folder) / "intel.json", pathlib.Path(folder) / "amd.json"
        intel.write_text(json.dumps(facts), encoding="utf-8")
        facts["host"]["cpu_vendor"] = "amd"
        amd.write_text(json.dumps(facts), encoding="utf-8")

        def codes(*origin):
            answer = document("--facts", intel, "check", "--domain=-", "--question=migrate",
                              *origin, stdin=guest, codes=(SAFE, UNSAFE, UNKNOWN))
            return answer["answers"]["migrate"], {one["code"] for one in answer["findings"]}

        answer, found = codes("--from", amd)
        need(answer == "unsafe" and "map-differs-there" in found, f"{answer} {found}")
        answer, found = codes("--from", intel)
        need("map-differs-there" not in found, f"{answer} {found}")
        need(codes()[0] == "unknown", "an origin that is not known")


def usage__of_guests__code_2_and_one_line():
    guest = ("--domain", "guest-hostdev.xml")
    for verb in ("check", "map"):
        for words, says in (
            ((), ["--domain", "--cmdline", "--mtree", "--map", "--qmp"]),
            ((*guest, "--map=guest-4g.json"), ["--domain", "--map"]),
            (("--qmp=x", "--mtree=x"), ["--qmp", "--mtree"]),
            ((*guest, *guest), ["twice"]),
            ((*guest, "--arch=x86_64"), ["--arch", "--mtree"]),
            (("--map=guest-4g.json", "--arch=x86_64"), ["--arch", "--mtree"]),
            (("--mtree=x", "--arch="), ["--arch"]),
            ((*guest, "--from="), ["--from"]),
            ((*guest, "--host="), ["--host"]),
            ((*guest, "--host=" + "x" * 256), ["--host"]),
            ((*guest, *FACTS, "--host=x"), ["--facts", "--host"]),
            (("--domain=-", "--facts=-"), ["--domain", "--facts"]),
            (("--cmdline=-", *FACTS, "--from=-"), ["--cmdline", "--from"]),
        ):
            refused(USAGE, verb, *words, says=says)
    for option in ("--attach=1", "--question=migrate", "--attach-memory=1G"):
        refused(USAGE, "map", *guest, option, says=["map"])
    for option in ("--domain=x", "--mtree=x", "--from=x", "--host=x", "--arch=x"):
        refused(USAGE, "groups", option, says=["groups"])


def bad_text__of_each_form__named_with_its_place():
    for option, content, says in (
        ("--domain", b"<domain>\n<os>\n</domain>", ["line"]),
        ("--domain", domain("pc-1g", ("<memory unit='KiB'>1048576", "<memory unit='KiB'>much")),
         ["line", "memory"]),
        ("--domain", b"<!DOCTYPE a [<!ENTITY b 'c'>]><domain>&b;</domain>", []),
        ("--domain", b"<network/>", []),
        ("--domain", b"\xff\xfe\0", []),
        ("--domain", b"", []),
        ("--mtree", b"hello\n", []),
        ("--mtree", b"", []),
        ("--cmdline", b"", []),
        ("--cmdline", b"qemu-system-x86_64 -m 'open", []),
        ("--map", b'{"arch":"x86_64","map":[{"first":"0x0","last":"0x1","kind":"tea"}]}',
         ["map/0", "tea"]),
    ):
        for verb in ("check", "map"):
            refused(FAILED, *FACTS, verb, f"{option}=-", stdin=content,
                    says=["standard input", *says])
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "guest"
        path.write_bytes(b"hello")
        for option in ("--domain", "--mtree", "--map"):
            refused(FAILED, *FACTS, "map", option, path, says=[str(path)])
        for option, limit in (("--domain", 4 << 20), ("--mtree", 4 << 20), ("--cmdline", 1 << 20),
                              ("--map", 1 << 20)):
            path.write_bytes(b" " * (limit + 1))
            refused(FAILED, *FACTS, "map", option, path, says=[str(path), str(limit)])
    refused(FAILED, *FACTS, "map", "--domain=missing.xml", says=["missing.xml", "No such file"])
    refused(FAILED, *FACTS, "map", "--qmp=missing.sock", says=["missing.sock"])


def arch__of_a_view__as_said():
    view = DATA / "virt-arm-4g.mtree.txt"
    told = document(*FACTS, "map", "--mtree", view, "--arch=aarch64", codes=(SAFE, UNKNOWN))
    need(told["arch"] == "aarch64", told["arch"])
    code, out, _ = run(*FACTS, "check", "--mtree", view, "--arch=aarch64", "--question=migrate")
    need(code == UNSAFE and "arch-differs" in out, f"{code}: {out}")


main(map__each_form_of_one_guest__the_map_that_qemu_gave_it,
     check__each_form_of_one_guest__same_answers,
     map__its_json_as_input__same_map_and_same_answers,
     map__schema__validates, map__cpu_assumed__laid_out_without_any_host,
     map__arm_bits_assumed__those_count_not_the_hosts,
     map__assumption_of_more_than_the_cpu__is_about_a_host,
     map__refused_by_qemu__says_so_and_shows_it,
     map__board_that_is_not_modelled__cannot_tell, map__text__all_that_the_json_says,
     from__each_kind_of_origin__what_becomes_of_addresses,
     qmp__device_of_a_guest_that_runs__of_this_host_not_of_the_facts,
     mtree__assigned_device__of_the_host_that_the_guest_runs_on,
     from__the_same_input_as_facts__is_that_host, definition__laid_out_otherwise_there__found,
     usage__of_guests__code_2_and_one_line, bad_text__of_each_form__named_with_its_place,
     arch__of_a_view__as_said)
