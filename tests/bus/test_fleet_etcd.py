# SPDX-License-Identifier: LGPL-2.1-or-later
"""A member of a fleet that meets in etcd holds nothing of others until it is asked about one: then
it fetches that one, and answers."""

import json
import sys

import harness

sys.path.insert(0, str(harness.TOP / "tests/exchange"))

import etcdlib  # noqa: E402
import peerlib  # noqa: E402

peerlib.need("etcd", "etcdctl", "openssl")

CAPTURES = {"node-1": "x86-vfio-sm", "node-2": "x86-vfio-amdvi", "node-3": "x86-none",
            "node-4": "arm64-vfio"}
GUEST = (harness.TOP / "tests/golden/guests/q35-4g.json").read_text(encoding="ascii")
FORM = "iommufleet-guest"


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


class Member:
    def __init__(self, fleet, etcd, name):
        self.name = name
        self.scratch = harness.Scratch()
        self.bus = harness.Bus(self.scratch)
        self.config = self.scratch.path / "member.conf"
        cert, key, ca, crl = fleet.files(name)
        folder = etcd.folder
        self.config.write_text(
            f"[exchange]\nmode=etcd\nfleet=lab\ncertificate={cert}\nkey={key}\nca={ca}\ncrl={crl}\n"
            f"interval=1s\nlabels=of={name}\n"
            f"[etcd]\nendpoints={etcd.url}\nuser=iommufleet-{name}\n"
            f"password-file={folder}/{name}.password\nca={folder}/ca.pem\n"
            f"certificate={folder}/cert.pem\nkey={folder}/key.pem\n", encoding="ascii")
        self.host = harness.Host(self.scratch, CAPTURES[name])
        self.daemon = harness.Daemon(self.bus, self.host, extra=[f"--config={self.config}"])

    def listed(self):
        rows = self.bus.call("ListHosts", "sua{sv}", "", 1000, 0)[0]
        return [row["host"]["data"] for row in rows]


scratch = harness.Scratch()
fleet = peerlib.Fleet(scratch.path / "fleet", *CAPTURES)
etcd = etcdlib.Etcd(scratch.path / "etcd")
for words in (["init"], ["host", etcd.folder, *CAPTURES]):
    done = etcd.roles(*words)
    assert done.returncode == 0, done.stderr
members = {name: Member(fleet, etcd, name) for name in CAPTURES}
asked = members["node-1"].bus


def stands(name):
    """Its record and all that it names are in etcd."""
    record = etcd.get(f"hosts/{name}")
    classes = json.loads(json.loads(record)["payload"])["classes"] if record else {}
    return classes and all(etcd.get(f"classes/{digest}") for digest in classes.values())


for each in CAPTURES:
    harness.until(f"{each} stands in etcd", lambda name=each: stands(name))


def check(host, *options):
    return asked.call("CheckGuest", "sssa{sv}", host, FORM, GUEST, *(options or [0]))


def check_guest__another_host__fetched_when_it_is_asked_about():
    equal(members["node-1"].listed(), ["node-1"])
    answers, _, _, info = check("node-2")
    equal(answers.keys(), {"migrate", "hotplug", "memory_hotplug"})
    equal((info["host"]["data"], info["live_state"]["data"]), ("node-2", "not-checked"))
    equal(info["digests"]["data"]["class"], members["node-2"].bus.property("ClassDigest"))
    equal(members["node-1"].listed(), ["node-1", "node-2"])
    # It is in the answers about all that are known from now on.
    found = json.loads(asked.call("FindHosts", "ssa{sv}", FORM, GUEST, 0)[0])
    equal({one["host"]: one["answers"] for one in found["hosts"]}["node-2"], answers)


def get_host__many_at_once__one_answer_each():
    client = asked.connect()
    serials = [client.send(harness.NAME, harness.ROOT, harness.MANAGER, "GetHost", "sa{sv}",
                           "node-3", {}) for _ in range(12)]
    for serial in serials:
        row = client.reply(serial)[0]
        equal((row["host"], row["labels"]), ("node-3", {"of": "node-3"}))
        equal(row["class"], members["node-3"].bus.property("ClassDigest"))
    client.close()


def nobody__is_said_to_be_nobody():
    for name in ("node-9", "../hosts/node-4", "%00", "x" * 10000, "\u00e9", "node-4/"):
        equal(asked.error("GetHost", "sa{sv}", name, {}), "NoSuchHost")
    assert "node-4" not in members["node-1"].listed()


def etcd__stopped__what_is_held_answers_and_what_is_not_is_said():
    before = check("node-2")
    etcd.stop()
    equal(check("node-2"), before)
    try:
        check("node-4")
        raise AssertionError("node-4 is known without etcd")
    except harness.Failed as failed:
        for word in ("node-4", "etcd"):
            assert word in str(failed), failed


try:
    harness.main([
        check_guest__another_host__fetched_when_it_is_asked_about,
        get_host__many_at_once__one_answer_each,
        nobody__is_said_to_be_nobody,
        etcd__stopped__what_is_held_answers_and_what_is_not_is_said,
    ])
finally:
    etcd.stop()
