# SPDX-License-Identifier: LGPL-2.1-or-later
"""The forms that other systems read, held against their rules by readers that were written from
them: Kubernetes's labels and Node Feature Discovery's "local" source, Nova's schema of provider
configurations, Prometheus's text format."""

import contextlib
import json
import os
import pathlib
import re
import stat
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bus"))

import harness  # noqa: E402  (found beside this folder)
import promtext  # noqa: E402
from clilib import (CTL, FAILED, HERE, HOST, SAFE, TOP, USAGE, Failed, collected,  # noqa: E402
                    environment, main, need, refused, run)
from liar import Liar  # noqa: E402

CAPTURED = ("x86-vfio", "x86-none", "x86-vtd-nointremap", "arm64-smmuv3")
FEATURE = "feature.node.kubernetes.io/"
NAMES = {"acs-override", "assignable", "current", "interrupts-isolated", "iommu", "iommufd", "kvm",
         "virtual"}


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="iommufleet-export-") as name:
        yield pathlib.Path(name)


def document(*words):
    code, out, err = run(*words, "--json=short")
    need(code == SAFE and err == "", f"{words}: {code}, {err!r}")
    return json.loads(out)


def export(form, *words):
    code, out, err = run("export", form, *words)
    need(code == SAFE and err == "", f"export {form} {words}: {code}, {err!r}")
    return out


def validate(made):
    """Holds a document against the schema that it names."""
    try:
        import jsonschema
    except ImportError:
        raise Failed("python3-jsonschema is not installed") from None
    name = made["schema"].removeprefix("iommufleet-")
    schema = json.loads((TOP / f"schema/{name}.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    validator.check_schema(schema)
    for error in validator.iter_errors(made):
        need(False, f"{list(error.absolute_path)}: {error.message}")


# ------------------------------------------------------------- readers

def labels_of(text):
    """What nfd-worker makes of a feature file: lines KEY[=VALUE], blanks around them cut, empty
    ones skipped, at most 64 kB. Then what the API server takes as a label."""
    need(text.endswith("\n") and len(text) < 65536, f"{text[-40:]!r}")
    labels = {}
    for line in text.split("\n")[:-1]:
        # Comments are newer than the format: older versions take them for labels.
        need(line == line.strip() and line and not line.startswith("#"), repr(line))
        key, sign, value = line.partition("=")
        need(sign, f"{line!r} would be \"true\"")
        prefix, slash, name = key.partition("/")
        need(slash and len(prefix) <= 253 and re.fullmatch(
            r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", prefix), key)
        for part in (name, value):
            need(len(part) <= 63 and re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?",
                                                  part), f"{line!r}: no label")
        need(key not in labels, f"{key} twice")
        labels[key] = value
    need(list(labels) == sorted(labels), "the lines are not sorted")
    need(all(key.startswith(FEATURE + "iommufleet-") for key in labels), str(labels))
    return {key[len(FEATURE + "iommufleet-"):]: value for key, value in labels.items()}


def yaml_of(text):
    """YAML of block mappings, block sequences and quoted scalars that escape nothing."""
    lines = [(len(line) - len(line.lstrip(" ")), line.strip()) for line in text.split("\n") if line]

    def scalar(word):
        quoted = re.fullmatch(r"'([^'\\]*)'", word)
        need(quoted, f"{word!r} is no quoted scalar")
        return quoted[1]

    def block(indent):
        made = [] if lines[0][1].startswith("- ") else {}
        while lines and lines[0][0] == indent:
            if isinstance(made, list):
                need(lines[0][1].startswith("- "), str(lines[0]))
                rest = lines[0][1][2:]
                if rest.startswith("'"):
                    lines.pop(0)
                    made.append(scalar(rest))
                else:
                    lines[0] = (indent + 2, rest)
                    made.append(block(indent + 2))
                continue
            key, colon, rest = lines.pop(0)[1].partition(":")
            need(colon and key not in made and re.fullmatch(r"[a-z_]+", key), f"{key!r}")
            made[key] = scalar(rest[1:]) if rest else block(lines[0][0])
        return made

    made = block(0)
    need(not lines, f"left over: {lines}")
    return made


def nova_provider(text):
    """The one provider of a configuration that nova/compute/provider_config.py would take."""
    config = yaml_of(text)
    need(re.fullmatch(r"1\.([0-9]|[1-9][0-9]+)", config["meta"]["schema_version"]), str(config))
    need(set(config) == {"meta", "providers"} and len(config["providers"]) == 1, str(config))
    provider = config["providers"][0]
    need(set(provider) == {"identification", "traits"}, str(provider))
    need(provider["identification"] == {"uuid": "$COMPUTE_NODE"}, str(provider))
    for trait in provider["traits"]["additional"]:
        need(re.fullmatch(r"CUSTOM_[A-Z0-9_]{1,248}", trait), trait)
    return provider["traits"]["additional"]


# ------------------------------------------------------------- of facts

def nfd__captured_hosts__labels_that_kubernetes_takes():
    with folder() as place:
        for name in CAPTURED:
            collected(name, place)
            facts = ("--facts", place / f"{name}.json")
            labels = labels_of(export("nfd", *facts))
            validate(document("export", "nfd", *facts))
            digests, status = document("digests", *facts), document("status", *facts)
            need(labels.pop("class") == digests["class"][:32], f"{name}: {labels}")
            need(labels.pop("map") == digests["map"][:32], f"{name}: {labels}")
            need(re.fullmatch(r"unknown|[1-9]|[1-5]\d|6[0-4]", labels.pop("address-bits")),
                 f"{name}: {labels}")
            need(set(labels) == NAMES, f"{name}: {labels}")
            need(set(labels.values()) <= {"true", "false", "unknown"}, f"{name}: {labels}")
            word = {"yes": "true", "no": "false", "unknown": "unknown"}
            need(labels["virtual"] == word[status["virtual"]], f"{name}: {labels}")
            need(labels["interrupts-isolated"] == word[status["interrupts"]["isolated"]], name)
            need(labels["current"] == "unknown", f"{name}: nobody told when it was collected")
            # All of these were captured in virtual machines, whose limits are invisible.
            need(labels["assignable"] != "true", f"{name}: {labels}")
            need(labels["iommu"] == ("false" if status["groups"] == 0 else "true"), name)


def nfd__what_is_not_known__never_true():
    whole = json.loads((HERE / HOST).read_text(encoding="ascii"))
    need(labels_of(export("nfd", "--facts", HOST))["assignable"] == "true", "not even at first")
    for edit, labels in (
        (("kvm",), ("kvm",)),
        (("host", "virtual"), ("virtual", "assignable", "address-bits")),
        (("vfio", "interrupts", "isolated"), ("interrupts-isolated",)),
        (("devices",), ("assignable",)),
        (("groups",), ("iommu", "assignable")),
    ):
        for gone in (False, True):
            facts = json.loads(json.dumps(whole))
            at = facts
            for step in edit[:-1]:
                at = at[step]
            if gone:
                del at[edit[-1]]
            else:
                at[edit[-1]] = {"unknown": "not-readable"}
            code, out, err = run("export", "nfd", "--facts", "-",
                                 stdin=json.dumps(facts).encode())
            need(code == SAFE, f"{edit}: {err}")
            for label in labels:
                need(labels_of(out)[label] == "unknown", f"{edit}: {label} in {out}")


def nova__captured_hosts__configuration_that_nova_takes():
    with folder() as place:
        for name in CAPTURED[:2]:
            collected(name, place)
            facts = ("--facts", place / f"{name}.json")
            digests = document("digests", *facts)
            traits = nova_provider(export("nova", *facts))
            need(traits == [f"CUSTOM_IOMMUFLEET_CLASS_{digests['class'][:32].upper()}",
                            f"CUSTOM_IOMMUFLEET_MAP_{digests['map'][:32].upper()}"], str(traits))


def nova__of_another_host__its_class_and_map():
    with folder() as place:
        for name in CAPTURED[:2]:
            collected(name, place)
        facts = ("--facts", place / f"{CAPTURED[0]}.json")
        need(export("nova", *facts, f"--host={CAPTURED[0]}") == export("nova", *facts), "other text")
        refused(FAILED, "export", "nova", *facts, "--host=other", says=["other"])
        refused(USAGE, "export", "nfd", *facts, f"--host={CAPTURED[0]}", says=["--host", "nova"])
        refused(USAGE, "export", "prometheus", "--host=other", says=["--host", "nova"])
    bus = harness.Bus(harness.Scratch())
    harness.Daemon(bus, harness.Host(bus.scratch, CAPTURED[0]))
    address = f"--bus={bus.address}"
    need(export("nova", address, f"--host={os.uname().nodename}") == export("nova", address),
         "this host by its name is not this host")
    refused(FAILED, "export", "nova", address, "--host=node-9", says=["node-9"])


def export__wrong_command_line__refused():
    for words, says in (
        (("export",), ["FORM"]),
        (("export", "csv", "--facts", HOST), ["csv", "nfd", "nova", "prometheus"]),
        (("export", "nfd", "nova"), ["nova"]),
        (("export", "nfd", "--facts", HOST, "--output="), ["--output"]),
        (("export", "nfd", "--facts", HOST, "--output=/tmp/"), ["--output"]),
        (("export", "nfd", "--facts", HOST, "--output=x", "--json=short"), ["--output", "--json"]),
        (("export", "nfd", "--facts", HOST, "--assume=kernel=6.6"), ["--assume"]),
        (("groups", "--facts", HOST, "--output=x"), ["--output", "groups"]),
    ):
        refused(USAGE, *words, says=says)
    refused(FAILED, "export", "prometheus", "--facts", HOST, says=["metrics", "--facts"])


# ------------------------------------------------------------- files

def output__new_file__whole_and_readable():
    with folder() as place:
        path = place / "iommufleet"
        done = subprocess.run([CTL, "export", "nfd", "--facts", HOST, f"--output={path}"], cwd=HERE,
                              env=environment(), capture_output=True, umask=0o077, timeout=60,
                              check=False)
        need((done.returncode, done.stdout, done.stderr) == (SAFE, b"", b""), str(done))
        need(path.read_text(encoding="ascii") == export("nfd", "--facts", HOST), "other text")
        need(stat.S_IMODE(path.stat().st_mode) == 0o644, oct(path.stat().st_mode))
        need(os.listdir(place) == ["iommufleet"], str(os.listdir(place)))
        # In the folder that one is in, too.
        need(run("export", "nova", "--facts", HERE / HOST, "--output=p.yaml", cwd=place)[0] == SAFE,
             "no file in the folder we are in")
        nova_provider((place / "p.yaml").read_text(encoding="ascii"))


def output__same_again__left_alone():
    with folder() as place:
        path = place / "f"
        words = ("export", "nfd", "--facts", HOST, "--output", path)
        run(*words)
        first, ino = path.stat().st_mtime_ns, path.stat().st_ino
        need(run(*words)[0] == SAFE, "not again")
        need((path.stat().st_mtime_ns, path.stat().st_ino) == (first, ino), "it was written again")
        text = path.read_text(encoding="ascii")
        for other in (text[:-1], text + "\n", "x" + text[1:], ""):
            path.write_text(other, encoding="ascii")
            before = path.stat().st_ino
            need(run(*words)[0] == SAFE, "not written")
            need(path.read_text(encoding="ascii") == text, f"{other[:20]!r} stayed")
            # A new file took its place: who had opened the old one reads that to its end.
            need(path.stat().st_ino != before, "it was written in place")
        target = place / "target"
        target.write_text("kept", encoding="ascii")
        path.unlink()
        path.symlink_to(target)
        need(run(*words)[0] == SAFE and not path.is_symlink(), "a link was followed")
        need(target.read_text(encoding="ascii") == "kept", "what it led to was written")


def output__cannot_be_written__said_and_nothing_left():
    with folder() as place:
        (place / "d").mkdir()
        for path, says in ((place / "missing/f", "No such file"), (place / "d", "directory")):
            refused(FAILED, "export", "nfd", "--facts", HOST, f"--output={path}",
                    says=[str(path), says])
        need(sorted(os.listdir(place)) == ["d"] and not os.listdir(place / "d"), "left-overs")


def output__read_meanwhile__old_or_new():
    with folder() as place:
        path, seen, over = place / "f", set(), threading.Event()
        other = place / "other.json"
        facts = json.loads((HERE / HOST).read_text(encoding="ascii"))
        facts["kvm"] = {"unknown": "not-readable"}
        other.write_text(json.dumps(facts), encoding="ascii")
        texts = {export("nfd", "--facts", HOST), export("nfd", "--facts", other)}
        need(len(texts) == 2, "both are the same")

        def read():
            while not over.is_set():
                with contextlib.suppress(FileNotFoundError):
                    seen.add(path.read_text(encoding="ascii"))

        reader = threading.Thread(target=read)
        reader.start()
        for _ in range(15):
            for name in (HOST, other):
                run("export", "nfd", "--facts", name, "--output", path)
        over.set()
        reader.join()
        need(seen <= texts and seen, f"{[len(text) for text in seen]} bytes were seen")


# ------------------------------------------------------------- of the daemon

def daemon__asked__current_and_in_numbers():
    bus = harness.Bus(harness.Scratch())
    harness.Daemon(bus, harness.Host(bus.scratch, "x86-vfio"))
    address = f"--bus={bus.address}"
    labels = labels_of(export("nfd", address))
    need(labels["current"] == "true" and labels["iommu"] == "true", str(labels))
    need(len(nova_provider(export("nova", address))) == 2, "traits")
    metrics = promtext.parse(export("prometheus", address))
    need(promtext.value_of(metrics, "iommufleet_hosts", **{"class": labels["class"]}) == 1,
         f"the class of the label is not that of the metric: {metrics}")
    path = bus.scratch.path / "iommufleet.prom"
    need(export("prometheus", address, f"--output={path}") == "", "it says something")
    need(promtext.parse(path.read_text(encoding="ascii")).keys() == metrics.keys(), "other metrics")
    made = document("export", "prometheus", address)
    validate(made)
    validate(document("export", "nfd", address))
    validate(document("export", "nova", address, f"--host={os.uname().nodename}"))
    # The manual names them all; those of etcd are there in that mode alone.
    page = (TOP / "man/iommufleetctl.1").read_text(encoding="utf-8")
    told = set(re.findall(r"^\.It Li (iommufleet_\w+)", page, re.M))
    told |= set(re.findall(r", Li (iommufleet_\w+)", page))
    names = {metric["name"] for metric in made["metrics"]}
    need(names == {name for name in told if "_etcd_" not in name}, str(names ^ told))
    for metric in made["metrics"]:
        entry = re.search(rf"^\.It Li {metric['name']}( Pq Li (.*))?$", page, re.M)
        labels = set((entry[2] or "").split(" , ")) - {""}
        need(all(set(one["labels"]) == labels for one in metric["samples"]), str(metric)[:200])


def lies__of_a_daemon__not_passed_on():
    bus = harness.Bus(harness.Scratch())
    digest = "0" * 64
    sound = {"schema": "iommufleet-metrics-1", "metrics": []}
    for form, told in (
        ("nfd", {}), ("nova", {}), ("prometheus", {}),
        ("nfd", {"class": digest, "map": digest, "labels": {"a=true\nb": "yes"}}),
        ("nfd", {"class": digest, "map": digest, "labels": {"a": "yes\nb=true"}}),
        ("nova", {"class": digest, "map": "0" * 63 + "'"}),
        ("prometheus", {**sound, "metrics": [{"name": "a 1\nb", "help": "", "type": "gauge",
                                              "samples": []}]}),
        ("prometheus", {**sound, "metrics": [{"name": "a", "help": "\033[2J", "type": "gauge",
                                              "samples": []}]}),
    ):
        liar = Liar(bus.address, "h", (0,), json.dumps(told).encode())
        refused(FAILED, "export", form, f"--bus={bus.address}", says=["makes no sense"])
        liar.close()


main(nfd__captured_hosts__labels_that_kubernetes_takes, nfd__what_is_not_known__never_true,
     nova__captured_hosts__configuration_that_nova_takes,
     nova__of_another_host__its_class_and_map, export__wrong_command_line__refused,
     output__new_file__whole_and_readable, output__same_again__left_alone,
     output__cannot_be_written__said_and_nothing_left, output__read_meanwhile__old_or_new,
     daemon__asked__current_and_in_numbers, lies__of_a_daemon__not_passed_on)
