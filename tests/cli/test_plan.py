# SPDX-License-Identifier: LGPL-2.1-or-later
"""What to change for a guest to fit all hosts, offline; and that what is suggested can be written
down as it is printed, read again, and fits then."""

import json
import pathlib
import re
import shutil
import tempfile
import xml.etree.ElementTree as ElementTree

from clilib import (FAILED, HERE, SAFE, TOP, UNKNOWN, UNSAFE, USAGE, Failed, main, need, refused,
                    run)

HOLE = ("0x7c000000", "0x7fffffff")  # in the RAM below 2 GiB that every larger q35 has
DOMAIN = """<domain type='kvm'>
  <name>g</name>
  {most}
  <memory unit='GiB'>{gib}</memory>
  <vcpu>4</vcpu>
  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
  <features><acpi/></features>
  <cpu mode='host-passthrough'>{cpu}</cpu>
  <devices><memballoon model='none'/>{devices}</devices>
</domain>
"""
IVSHMEM = "<shmem name='s'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>"
# Devices that QEMU adds by itself have BARs of RAM, which may come to lie in a hole.
NO_ROM = ("-vga", "none", "-nic", "none")
ROOM = "<maxMemory slots='4' unit='GiB'>1024</maxMemory>"


def domain(gib, most="", cpu="", devices=""):
    return DOMAIN.format(gib=gib, most=most, cpu=cpu, devices=devices)


def validate(document):
    try:
        import jsonschema
    except ImportError:
        raise Failed("python3-jsonschema is not installed") from None
    schema = json.loads((TOP / "schema/plan-1.schema.json").read_text(encoding="utf-8"))
    for error in jsonschema.validators.validator_for(schema)(schema).iter_errors(document):
        need(False, f"{list(error.absolute_path)}: {error.message}")


class Fleet:
    """Captured hosts, which are guests themselves, made into what real ones are: with KVM and a CPU
    that has more address bits."""

    def __init__(self, **hosts):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.names = []
        for name, (capture, vendor, bits, *hole) in hosts.items():
            self.add(name, capture, {"vendor": vendor, "bits": bits, "hole": hole})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)

    def add(self, name, capture, change):
        path = TOP / "tests/golden" / capture / "facts.expected"
        facts = json.loads(path.read_text(encoding="utf-8"))
        facts["kvm"]["present"] = True
        facts["host"].update(virtual=False, cpu_vendor=change["vendor"], cpu_bits=change["bits"])
        for group in facts["groups"] if change["hole"] else ():
            group["reserved"].append({"first": change["hole"][0], "last": change["hole"][1],
                                      "type": "reserved"})
        (self.folder / f"{name}.json").write_text(json.dumps(facts), encoding="utf-8")
        self.names.append(name)

    def run(self, *words, guest, option="--domain"):
        (self.folder / "guest").write_text(guest, encoding="utf-8")
        return run("plan", option, "guest", *words, *(f"--facts={name}.json" for name in self.names),
                   cwd=self.folder)

    def json(self, *words, **guest):
        code, out, err = self.run(*words, "--json=short", **guest)
        need(err == "", err)
        document = json.loads(out)
        validate(document)
        count = document["safe"] + document["unknown"] + document["unsafe"]
        need(document["hosts"] == count, f"{count} of {document['hosts']}")
        need(code == (SAFE if document["fits"] else UNSAFE if document["unsafe"] else UNKNOWN),
             f"exit code {code}: {document}")
        return document


def write_element(tree, line):
    """Puts an element of libvirt's XML where it belongs, instead of what it replaces."""
    element = ElementTree.fromstring(line)
    parent, old = {
        "type": ("os", "type"),
        "maxphysaddr": ("cpu", "maxphysaddr"),
        "numa": ("cpu", "numa"),
        "maxMemory": (".", "maxMemory"),
        "memory": ("devices", None),
    }[element.tag]
    parent = tree.find(parent)
    if old is not None and parent.find(old) is not None:
        parent.remove(parent.find(old))
    parent.append(element)


def with_xml(text, lines):
    tree = ElementTree.fromstring(text)
    for line in (lines or "").splitlines():
        write_element(tree, line)
    return ElementTree.tostring(tree, encoding="unicode")


def with_options(arguments, option):
    """The arguments with QEMU's options as they become: "..." stands for what there is."""
    result = dict(zip(arguments[::2], arguments[1::2]))
    more = []
    for name, value in re.findall(r"(-\S+) (\S+)", option):
        if name in ("-object", "-device"):
            more += [name, value]
        else:
            result[name] = value.replace("...", result.get(name, ""))
    return [word for pair in result.items() for word in pair] + more


FLEETS = {
    "mixed": {"a": ("x86-vfio-sm", "intel", 46), "b": ("x86-vfio-amdvi", "amd", 48)},
    "hole": {"a": ("x86-vfio-sm", "intel", 46), "b": ("x86-vfio-sm", "intel", 46, *HOLE)},
    "narrow": {"a": ("x86-vfio", "intel", 39), "b": ("x86-vfio-sm", "intel", 46)},
    "narrow and hole": {"a": ("x86-vfio", "intel", 39), "b": ("x86-vfio-sm", "intel", 46, *HOLE)},
}
CASES = (  # fleet, guest, the changes that are suggested first
    ("mixed", domain(1000), ["machine-version"]),
    ("mixed", domain(4, ROOM), ["maxmem"]),
    ("mixed", domain(4, devices=IVSHMEM), ["address-bits"]),
    ("hole", domain(8), ["boot-memory"]),
    ("narrow", domain(4, ROOM), ["maxmem"]),
    ("narrow and hole", domain(8, ROOM), ["maxmem", "boot-memory"]),
)


def plan__suggested_xml__written_down_fits():
    for fleet, guest, changes in CASES:
        with Fleet(**FLEETS[fleet]) as hosts:
            document = hosts.json(guest=guest)
            need(not document["fits"] and document["suggestions"], f"{fleet}: {document}")
            need(sorted(document["suggestions"][0]["changes"]) == sorted(changes),
                 f"{fleet}: {document['suggestions'][0]}")
            for suggestion in document["suggestions"]:
                changed = with_xml(guest, suggestion["xml"])
                again = hosts.json(guest=changed)
                need(again["fits"] and again["safe"] == suggestion["safe"],
                     f"{fleet}: {suggestion}: {again}")


def plan__suggested_options__written_down_fit():
    for machine, size in (("pc-q35-7.2", "8G"), ("pc-q35-7.2", "4G,slots=4,maxmem=1024G"),
                          ("pc-q35-7.2", "1000G"), ("pc-i440fx-7.2", "16G")):
        words = ["-machine", machine + ",accel=kvm", "-cpu", "host", *NO_ROM, "-m", size]
        seen = set()
        for name, hosts in FLEETS.items():
            with Fleet(**hosts) as fleet:
                document = fleet.json(guest="qemu-system-x86_64 " + " ".join(words),
                                      option="--cmdline")
                for suggestion in document["suggestions"]:
                    seen.update(suggestion["changes"])
                    # The machine is replaced whole: what stood behind its name is not lost.
                    option = re.sub(r"-machine (pc-\S+)", r"-machine \1,accel=kvm",
                                    suggestion["option"])
                    changed = "qemu-system-x86_64 " + " ".join(with_options(words, option))
                    again = fleet.json(guest=changed, option="--cmdline")
                    need(not again["suggestions"] and again["safe"] == suggestion["safe"],
                         f"{name}: {changed}: {suggestion}: {again}")
        need(seen, f"{machine} {size}: nothing was suggested")


def plan__arguments__low_ram_too():
    with Fleet(**FLEETS["hole"]) as hosts:
        guest = "qemu-system-x86_64 -machine pc-q35-7.2,accel=kvm -cpu host " + " ".join(NO_ROM) + " -m 8G"
        document = hosts.json(guest=guest, option="--cmdline")
        need(["max-ram-below-4g"] in [one["changes"] for one in document["suggestions"]],
             str(document["suggestions"]))
        out = hosts.run(guest=guest, option="--cmdline")[1]
        need("-machine ...,max-ram-below-4g=1024M" in out and "<maxMemory" not in out, out)


def plan__fits__says_so_and_ends_with_0():
    with Fleet(**FLEETS["mixed"]) as hosts:
        need(hosts.run(guest=domain(8)) == (SAFE, "The guest fits all 2 hosts.\n", ""),
             str(hosts.run(guest=domain(8))))
        need(hosts.run("b", guest=domain(8))[1] == "The guest fits the host.\n", "one host")


def plan__does_not_fit__shown():
    with Fleet(none=("x86-none", "intel", 46), **FLEETS["hole"]) as hosts:
        code, out, err = hosts.run(guest=domain(8))
        need(code == UNSAFE and err == "", f"{code} {err!r}")
        need(out.startswith("The guest does not fit all hosts: it is safe on 1 of 3.\n"), out)
        need("\n     <maxMemory slots='1' unit='KiB'>8388608</maxMemory>\n" in out, out)
        need("-device pc-dimm" not in out, out)
        need("safe on 2 of 3 hosts." in out and "\nNo change helps on none.\n" in out, out)
        need(re.search(r"^b +unsafe +guest ram", out, re.M), out)
        need(re.search(r"^none +unsafe +this host has no IOMMU", out, re.M), out)
        for line in out.splitlines():
            need(len(line) <= 80 or line.lstrip().startswith("<"), line)


def plan__what_if__said_first():
    with Fleet(**FLEETS["narrow"]) as hosts:
        for words, starts in (((), "The guest "),
                              (("--assume=kernel=6.6",), "What if: kernel=6.6\nThe guest ")):
            out = hosts.run(*words, guest=domain(8, ROOM))[1]
            need(out.startswith(starts), out)


def plan__hosts_named__only_those():
    with Fleet(**FLEETS["hole"]) as hosts:
        document = hosts.json("a", guest=domain(8))
        need(document["fits"] and document["hosts"] == 1, str(document))
        document = hosts.json("b.json", "a", "a", guest=domain(8))
        need(document["hosts"] == 2, str(document))
        code, out, err = hosts.run("nobody", guest=domain(8))
        need(code == FAILED and out == "" and "nobody: no such host" in err, err)


def plan__cannot_tell__ends_with_4():
    with Fleet(a=("x86-vfio-sm", None, 46)) as hosts:
        path = hosts.folder / "a.json"
        facts = json.loads(path.read_text(encoding="utf-8"))
        facts["host"]["cpu_vendor"] = {"unknown": "not-readable"}
        path.write_text(json.dumps(facts), encoding="utf-8")
        document = hosts.json(guest=domain(1000))
        need(document["unknown"] == 1 and not document["fits"], str(document))
        need(document["leave_out"][0]["findings"][0] == "map-unknown", str(document["leave_out"]))
        document = hosts.json("--class=0123456789", guest=domain(8))
        need(document["hosts"] == 0 and not document["fits"], str(document))
        need(hosts.run("--class=0123456789", guest=domain(8))[1] == "No host is like that.\n",
             "no host")


def plan__map__only_whom_to_leave_out():
    guest = (HERE / "guest-far.json").read_text(encoding="utf-8")
    with Fleet(**FLEETS["narrow"]) as hosts:
        document = hosts.json(guest=guest, option="--map")
        need(not document["changeable"] and not document["suggestions"], str(document))
        need(document["leave_out"] and not document["cannot_be_helped"], str(document))
        out = hosts.run(guest=guest, option="--map")[1]
        need("A map is what it is" in out and "LEAVE OUT" in out, out)


def plan__device_of_a_host__from_names_it():
    device = ("<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='{bus}' "
              "slot='{slot}' function='{function}'/></source></hostdev>")
    with Fleet(**FLEETS["narrow"]) as hosts:
        _, out, _ = run("--facts", "a.json", "devices", "--json=short", cwd=hosts.folder)
        there = [one for one in json.loads(out)["devices"] if one["class"] == "0x20000"]
        bus, slot, function = re.fullmatch(r"0000:(..):(..)\.(.)", there[0]["address"]).groups()
        xml = device.format(bus=f"0x{bus}", slot=f"0x{slot}", function=f"0x{function}")
        guest = domain(8, ROOM, devices=xml)
        document = hosts.json(guest=guest)
        need(len(document["cannot_be_helped"]) == 2, str(document))
        for name in ("a", "a.json"):
            document = hosts.json("--from", name, guest=guest)
            need(document["suggestions"], str(document))


def plan__wrong_use__refused():
    refused(USAGE, "plan", says=["needs a guest"])
    refused(USAGE, "plan", "--map", "guest-4g.json", "--facts=four-groups.json",
            "--attach=0000:01:00.0", says=["--attach=0000:01:00.0", "kind of device"])
    refused(USAGE, "plan", "--map", "guest-4g.json", "--facts=four-groups.json", "--label=rack",
            says=["--label"])


main(plan__suggested_xml__written_down_fits, plan__suggested_options__written_down_fit,
     plan__arguments__low_ram_too, plan__fits__says_so_and_ends_with_0, plan__does_not_fit__shown,
     plan__what_if__said_first, plan__hosts_named__only_those, plan__cannot_tell__ends_with_4,
     plan__map__only_whom_to_leave_out, plan__device_of_a_host__from_names_it,
     plan__wrong_use__refused)
