#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A fleet in which hosts have different versions: one tells of its class as the last program did
that knew no other projection (tests/unit/class-1.json, which it wrote of the capture x86-vfio-sm).
Each can be asked about the others."""

import hashlib
import json
import sys

sys.dont_write_bytecode = True

import peerlib  # noqa: E402
from memberlib import Member, harness  # noqa: E402

peerlib.need("openssl")

OLD = peerlib.TOP / "tests/unit/class-1.json"
CAPTURE = "x86-vfio-sm"
GUESTS = peerlib.TOP / "tests/golden/guests"


def rows(member, guest):
    """Host -> its row, of the question which hosts can take that guest."""
    text = (GUESTS / guest).read_text(encoding="ascii")
    document = json.loads(member.bus.call("FindHosts", "ssa{sv}", "iommufleet-guest", text, 0)[0])
    return {row["host"]: row for row in document["hosts"]}


def each_is_asked_about_the_others():
    scratch = harness.Scratch()
    fleet = peerlib.Fleet(scratch.path / "fleet", "new-1", "new-2", "old", "watcher")
    members = [Member(fleet, scratch.path, name, capture)
               for name, capture in (("new-1", "x86-vfio-amdvi"), ("new-2", CAPTURE))]
    old = peerlib.Node(fleet, "old")
    members[0].list.write_text(f"{members[0].url} {old.url}\n", encoding="ascii")
    with peerlib.running(old):
        old.do("publish", OLD, old.url)
        old.do("peers", members[0].url)
        for member in members:
            member.start(wait=True)
        harness.until("they know each other", lambda: all(
            member.holds().keys() == {"new-1", "new-2", "old"} for member in members))
        digest = hashlib.sha256(OLD.read_bytes()).hexdigest()
        for member in members:
            harness.until("the older class is there",
                          lambda member=member: member.get(f"/v1/class/{digest}"))
        harness.until("the newer class is there", lambda: members[0].get(
            f"/v1/class/{members[1].payloads()['new-2']['classes']['2']}"))

        # The older one finds a class that it can read: the one it wrote itself of such a host.
        record = json.loads(members[0].get("/v1/record/new-2"))
        assert json.loads(record["payload"])["classes"]["1"] == digest
        assert members[0].get(f"/v1/class/{digest}") == OLD.read_bytes()

        # And a newer one has the same answer for both: these guests need nothing of what is new.
        answers = set()
        for guest in ("q35-4g.json", "q35-1011g.json", "x86-in-msi-window.json",
                      "q35-4g-hotplug.json"):
            of = rows(members[0], guest)
            assert of.keys() == {"new-1", "new-2", "old"}
            assert of["old"]["answers"] == of["new-2"]["answers"], (guest, of)
            assert of["old"]["class"] != of["new-2"]["class"], "versions are never the same class"
            answers |= set(of["old"]["answers"].values())
        assert answers != {"unknown"}, "no answer at all"
        for member in members:
            assert member.daemon.stop() == 0, member.daemon.log()


harness.main([each_is_asked_about_the_others])
