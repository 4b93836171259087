#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""iommufleetd as a member of a fleet: the record that it makes of itself, over restarts, kills and
changes of certificates."""

import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import peerlib  # noqa: E402
from peerlib import TOP  # noqa: E402

sys.path.insert(0, str(TOP / "tests/bus"))

import harness  # noqa: E402  (found in the suite of the bus)

TOOL = TOP / "tools/fleet-ca"
CHECK = harness.BUILD / "tests/exchange/check_record"
HOST = "x86-vfio-sm"

if not shutil.which("openssl"):
    harness.skip("openssl is not installed")


def equal(a, b):
    assert a == b, f"{a!r} is not {b!r}"


class Member:
    """A fleet of one: its certificates, its configuration, its daemon."""

    def __init__(self, **settings):
        self.scratch = harness.Scratch()
        self.bus = harness.Bus(self.scratch)
        self.host = harness.Host(self.scratch, HOST)
        self.state = self.scratch.path / "state"
        self.state.mkdir()
        self.ca = self.scratch.path / "ca"
        self.tool("make", self.ca, "lab", "node-1", "node-2")
        self.config = self.scratch.path / "member.conf"
        own = self.ca / "hosts/node-1"
        self.settings = {
            "fleet": "lab", "certificate": own / "cert.pem", "key": own / "key.pem",
            "ca": self.ca / "ca.pem", "crl": self.ca / "lists.pem", "interval": "1s",
            "labels": "zone=north rack=r12", "endpoints": "https://node-1.example:7443",
        } | settings
        self.write()

    def tool(self, *arguments):
        subprocess.run(["bash", TOOL, *map(str, arguments)], check=True, capture_output=True)

    def write(self):
        lines = [f"{key}={value}\n" for key, value in self.settings.items()]
        self.config.write_text("[exchange]\n" + "".join(lines))

    def start(self, wait=True):
        return harness.Daemon(self.bus, self.host, state=self.state, wait=wait,
                              extra=[f"--config={self.config}"])

    def fleet_is(self, word):
        return harness.until(f"FleetState is {word}",
                             lambda: self.bus.property("FleetState") == word)

    def rows(self):
        """What is kept, by host; and the classes."""
        rows = peerlib.read_store(
            self.state, "SELECT r.host, r.verified_under, b.bytes FROM records r"
            " LEFT JOIN record_bytes b ON b.host = r.host")
        classes = {row[0] for row in peerlib.read_store(self.state, "SELECT digest FROM classes")}
        return {host: (under, bytes_) for host, under, bytes_ in rows}, classes

    def answer(self, record):
        """The word of an independent look at the record."""
        path = self.scratch.path / "one.record"
        path.write_bytes(record)
        done = subprocess.run(
            [CHECK, "lab", self.ca / "ca.pem", self.ca / "lists.pem",
             str(int(time.time() * 10**6)), path], capture_output=True, text=True, check=True)
        return done.stdout.splitlines()[-1].split()[0]

    def kept(self):
        """The payload of this host's own record."""
        return json.loads(json.loads(self.rows()[0]["node-1"][1])["payload"])

    def own(self):
        """The payload of this host's own record, which proves true, and all classes that are kept."""
        rows, classes = self.rows()
        equal(list(rows), ["node-1"])
        equal(self.answer(rows["node-1"][1]), "accepted")
        return self.kept(), classes


def publish__of_a_captured_host__says_what_the_bus_says():
    member = Member()
    daemon = member.start()
    member.fleet_is("published")
    digests = {name: member.bus.property(f"{name}Digest") for name in ("Facts", "Class", "Map")}
    collected = member.bus.property("CollectedAtUSec")
    equal(member.bus.report("status")["daemon"]["fleet"], "published")
    equal(daemon.stop(), 0)
    payload, classes = member.own()
    equal(payload["facts"], digests["Facts"])
    equal(payload["map"], digests["Map"])
    equal(payload["classes"]["2"], digests["Class"])
    assert set(payload["classes"].values()) <= classes, classes
    # The one before the current, as the program wrote it that knew no other.
    expected = (TOP / "tests/golden" / HOST / "digests.expected").read_text().split()
    equal(payload["facts"], expected[1])
    equal(payload["classes"]["2"], expected[3])
    equal(payload["collected_at"], collected)
    equal(payload["collection"], "ok")
    equal(payload["labels"], {"rack": "r12", "zone": "north"})
    equal(payload["endpoints"], ["https://node-1.example:7443"])
    equal(payload["valid_until"] - payload["issued_at"], 24 * 3600 * 10**6)


def publish__of_facts_with_gaps__said_to_be_partial():
    member = Member()
    # What is read of it without CAP_SYS_ADMIN.
    for config in (member.host.root / "sys/devices").rglob("config"):
        config.write_bytes(config.read_bytes()[:64])
    daemon = member.start()
    member.fleet_is("published")
    equal(daemon.stop(), 0)
    equal(member.own()[0]["collection"], "partial")


def restart__with_what_was_kept__the_sequence_goes_on():
    member = Member(interval="1h")
    sequences = []
    for _ in range(3):
        daemon = member.start()
        member.fleet_is("published")
        equal(daemon.stop(), 0)
        sequences.append(member.own()[0]["sequence"])
    assert sequences == sorted(set(sequences)), sequences


def kill__while_it_writes__a_whole_record_is_kept_and_never_an_older_one():
    member = Member()
    seed = int(os.environ.get("SEED", time.time()))
    print(f"  seed {seed} (SEED= repeats it)")
    chance = random.Random(seed)
    last = 0
    for turn in range(8):
        # Each start writes a record, and each other label another one.
        member.settings["labels"] = f"turn=t{turn}"
        member.write()
        daemon = member.start(wait=False)
        daemon.wait_named()
        time.sleep(chance.random() / 4)
        equal(daemon.stop(signal.SIGKILL), -signal.SIGKILL)
        rows, _ = member.rows()
        if rows:
            sequence = member.own()[0]["sequence"]
            assert sequence >= last, (sequence, last)
            last = sequence
    assert last, "no record was kept at all"
    daemon = member.start()
    member.fleet_is("published")
    equal(daemon.stop(), 0)
    assert member.own()[0]["sequence"] > last


def reload__labels_changed__told_anew():
    member = Member()
    daemon = member.start()
    member.fleet_is("published")
    member.settings["labels"] = "zone=south"
    member.write()
    daemon.child.send_signal(signal.SIGHUP)
    member.bus.call("Refresh", "a{sv}", 0)
    harness.until("it tells of the new label", lambda: member.kept()["labels"] == {"zone": "south"})
    equal(daemon.stop(), 0)
    equal(member.own()[0]["labels"], {"zone": "south"})


def trust__a_new_list__verified_again_under_it():
    member = Member()
    daemon = member.start()
    member.fleet_is("published")
    equal(daemon.stop(), 0)
    before = member.rows()[0]["node-1"][0]
    daemon = member.start()
    member.fleet_is("published")
    member.tool("revoke", member.ca, "node-2")
    harness.until("the list is read again", lambda: "read again" in daemon.log())
    harness.until("what is kept is proven under it",
                  lambda: member.rows()[0]["node-1"][0] not in (None, "", before))
    equal(daemon.stop(), 0)
    after = member.rows()[0]["node-1"][0]
    assert after and after != before, (before, after)


def trust__this_host_revoked__it_falls_silent_and_its_record_goes():
    member = Member()
    daemon = member.start()
    member.fleet_is("published")
    member.tool("revoke", member.ca, "node-1")
    member.fleet_is("refused")
    assert "revoked" in member.bus.property("FleetTrouble")
    # Other questions are answered all the same.
    assert member.bus.property("Ready")
    equal(daemon.stop(), 0)
    equal(member.rows()[0], {})


def certificate__rotated__the_next_record_is_signed_with_it():
    member = Member()
    daemon = member.start()
    member.fleet_is("published")
    member.tool("host", member.ca, "node-1")
    certificate = (member.ca / "hosts/node-1/cert.pem").read_text(encoding="ascii")
    bare = "".join(certificate.split("-----")[2].split())
    harness.until("it is read again", lambda: "read again" in daemon.log())
    harness.until("it signs with it",
                  lambda: json.loads(member.rows()[0]["node-1"][1])["certificates"][0] == bare)
    equal(daemon.stop(), 0)
    member.own()


def clock__before_its_certificate_begins__it_tells_nothing_and_says_why():
    member = Member()
    own, now = member.ca / "hosts/node-1", member.ca / "ca/now"
    tomorrow, later = (time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))
                       for days in (1, 9))
    for command in (
            ["req", "-new", "-key", own / "key.pem", "-subj", "/O=lab/CN=node-1",
             "-config", now / "openssl.cnf", "-out", own / "request"],
            ["ca", "-batch", "-config", now / "openssl.cnf", "-notext", "-extensions", "host",
             "-startdate", tomorrow, "-enddate", later, "-in", own / "request",
             "-out", own / "cert.pem"]):
        subprocess.run(["openssl", *map(str, command)], check=True, capture_output=True,
                       env=os.environ | {"FLEET_CA_NAMES": "URI:iommufleet://lab/node-1"})
    daemon = member.start()
    member.fleet_is("wrong-clock")
    assert "set the clock" in member.bus.property("FleetTrouble")
    assert member.bus.property("Ready")
    equal(daemon.stop(), 0)
    equal(member.rows()[0], {})


def mistakes__in_certificates__said_and_nothing_else_suffers():
    member = Member(fleet="other")
    daemon = member.start()
    equal(member.bus.property("FleetState"), "off")
    assert "lab" in member.bus.property("FleetTrouble"), member.bus.property("FleetTrouble")
    assert member.bus.property("Ready")
    equal(daemon.stop(), 0)
    equal(member.rows()[0], {})
    member.settings |= {"fleet": "lab", "mode": "peers", "certificate": "", "key": ""}
    member.write()
    daemon = member.start()
    equal(member.bus.property("FleetState"), "off")
    assert "mode=peers needs" in daemon.log(), daemon.log()
    equal(daemon.stop(), 0)


harness.main([
    publish__of_a_captured_host__says_what_the_bus_says,
    publish__of_facts_with_gaps__said_to_be_partial,
    restart__with_what_was_kept__the_sequence_goes_on,
    kill__while_it_writes__a_whole_record_is_kept_and_never_an_older_one,
    reload__labels_changed__told_anew,
    trust__a_new_list__verified_again_under_it,
    trust__this_host_revoked__it_falls_silent_and_its_record_goes,
    certificate__rotated__the_next_record_is_signed_with_it,
    clock__before_its_certificate_begins__it_tells_nothing_and_says_why,
    mistakes__in_certificates__said_and_nothing_else_suffers,
])
