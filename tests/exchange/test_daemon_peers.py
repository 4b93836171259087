#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Five iommufleetd in the mode "peers": they come to hold the same, and one that is killed in the
middle of it, again and again, loses nothing. KILLS= says how often; SEED= repeats a run."""

import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import time

import peerlib

sys.dont_write_bytecode = True
sys.path.insert(0, str(peerlib.TOP / "tests/bus"))

import harness  # noqa: E402  (found in the suite of the bus)
from memberlib import Member  # noqa: E402

peerlib.need("openssl")

HOSTS = ("x86-vfio-sm", "x86-vfio-amdvi", "arm64-vfio", "x86-vfio-sm", "x86-none")
NAMES = [f"node-{i}" for i in range(1, 6)]


def agree(members):
    views = [member.holds() for member in members]
    return views[0].keys() == set(NAMES) and all(view == views[0] for view in views) and views[0]


def classes_are_everywhere(members):
    """Everybody has the class of everybody, by the digest in the record."""
    for member in members:
        for name in NAMES:
            record = members[0].get(f"/v1/record/{name}")
            classes = json.loads(json.loads(record)["payload"])["classes"] if record else {}
            if not classes or not member.get(f"/v1/class/{classes[max(classes)]}"):
                return False
    return True


def kill_and_look(members, chance, kills):
    """What one had before it was killed it has afterwards, and never an older one."""
    victim, others = members[0], members[1:]
    floor = victim.holds()
    for turn in range(kills):
        # Something is on its way when it is killed: another one tells of itself anew.
        other = others[turn % len(others)]
        other.daemon.stop(signal.SIGKILL)
        other.label = f"t{turn}"
        other.start()
        time.sleep(chance.random() * 1.5)
        seen = victim.holds()
        victim.daemon.stop(signal.SIGKILL)
        kept = victim.kept()
        for host, sequence in floor.items():
            assert kept.get(host, 0) >= sequence, f"{turn}: {host} {kept.get(host)} < {sequence}"
        # What it told others it has kept before.
        for host, sequence in seen.items():
            assert kept.get(host, 0) >= sequence, f"{turn}: {host} was shown, and is lost"
        victim.start()
        floor = kept
    harness.until("all agree after the kills", lambda: agree(members))


def facts_are_its_own(member):
    record = json.loads(json.loads(member.get(f"/v1/record/{member.name}"))["payload"])
    facts = member.get("/v1/facts")
    digest = subprocess.run(["openssl", "dgst", "-sha256", "-r"], input=facts, check=True,
                            capture_output=True).stdout.split()[0].decode("ascii")
    assert digest == record["facts"], (digest, record["facts"])


def five_daemons():
    seed = int(os.environ.get("SEED", time.time()))
    kills = int(os.environ.get("KILLS", "5"))
    print(f"  seed {seed} (SEED= repeats it), {kills} kills")
    scratch = harness.Scratch()
    fleet = peerlib.Fleet(scratch.path / "fleet", *NAMES, "watcher")
    members = [Member(fleet, scratch.path, name, capture) for name, capture in zip(NAMES, HOSTS)]
    # Only the first two are named; who comes in by a list that changes later is the fifth.
    members[0].list.write_text(f"# to begin with\n{members[0].url}, {members[1].url}\n",
                               encoding="ascii")
    members[4].list = pathlib.Path(scratch.path / "late")
    for member in members:
        member.start(wait=True)
    harness.until("four agree", lambda: len(members[0].holds()) == 4)
    assert members[4].holds().keys() == {"node-5"}
    members[4].list.write_text(f"{members[1].url}\n", encoding="ascii")
    harness.until("all agree", lambda: agree(members))
    harness.until("all have all classes", lambda: classes_are_everywhere(members))
    facts_are_its_own(members[2])
    kill_and_look(members, random.Random(seed), kills)
    # A file of peers that is wrong leaves the peers as they were.
    members[0].list.write_text("ftp://nonsense\n", encoding="ascii")
    harness.until("it is said", lambda: "the peers stay as they were" in members[1].daemon.log())
    for member in members:
        assert member.daemon.stop() == 0, member.daemon.log()
        assert member.kept().keys() >= set(NAMES)


def a_socket_of_systemd():
    """Handed over as sd_listen_fds(3) says, by a shell that then becomes the daemon."""
    scratch = harness.Scratch()
    fleet = peerlib.Fleet(scratch.path / "fleet", "node-1", "watcher")
    member = Member(fleet, scratch.path, "node-1", HOSTS[0])
    member.write(listen="")
    with socket.create_server(("127.0.0.1", member.port)) as listener:
        command = f"exec 3<&{listener.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1 exec \"$@\""
        with open(scratch.path / "log", "wb") as log:
            child = scratch.spawn(
                "bash", "-c", command, "bash", harness.BUILD / "daemon/iommufleetd",
                f"--bus={member.bus.address}", f"--state-dir={member.state}",
                f"--config={member.config}", f"--sysroot={member.host.root}",
                f"--kernel-log={member.host.log}",
                f"--collector={harness.BUILD / 'daemon/collect/iommufleet-collect'}",
                pass_fds=[listener.fileno()], stderr=log)
    harness.until("it answers on it", lambda: member.holds().keys() == {"node-1"})
    child.terminate()
    assert child.wait(harness.DEADLINE) == 0


def trouble_of(member):
    return member.bus.property("FleetTrouble")


def copied_machines_are_told_of():
    """Two names with one machine id: both are held, and somebody is told. A host that goes by
    another name now is the same, until the old one is forgotten or its record ends."""
    scratch = harness.Scratch()
    fleet = peerlib.Fleet(scratch.path / "fleet", *NAMES, "watcher")
    member = Member(fleet, scratch.path, "node-1", HOSTS[0])
    member.list.touch()
    member.start(wait=True)
    assert trouble_of(member) == ""
    # check_record gives all its records one host id.
    batch = peerlib.batch(fleet.sign("node-2"), fleet.sign("node-3"), fleet.sign("node-4"))
    assert peerlib.post(member.port, fleet.files("watcher"), batch)[0] == 200
    assert member.holds().keys() == {"node-1", "node-2", "node-3", "node-4"}
    harness.until("it is told of", lambda: trouble_of(member).startswith(
        "node-2 and node-3 have the same machine id, and 1 more hosts like that"))
    assert member.daemon.log().count("have the same machine id") == 1
    assert member.bus.property("FleetState") == "published"
    assert member.daemon.stop() == 0
    member.start(wait=True)
    harness.until("it is told of after a restart, too",
                  lambda: "same machine id" in trouble_of(member))
    assert member.daemon.stop() == 0


def a_fresh_signature_over_old_facts():
    """Is taken, and makes the facts no younger."""
    scratch = harness.Scratch()
    fleet = peerlib.Fleet(scratch.path / "fleet", *NAMES[:3], "watcher")
    member = Member(fleet, scratch.path, "node-1", HOSTS[0])
    member.list.touch()
    member.start(wait=True)
    now = int(time.time()) * 10**6
    then = now - 10 * 86400 * 10**6
    batch = peerlib.batch(*[peerlib.sign(
        fleet, host, lambda payload, at=at: payload.update(collected_at=at))
        for host, at in (("node-2", now), ("node-3", then))])
    assert peerlib.post(member.port, fleet.files("watcher"), batch)[0] == 200
    for host, stale in (("node-2", False), ("node-3", True)):
        row = member.bus.call("GetHost", "sa{sv}", host, 0)[0]
        assert row["stale"]["data"] == stale, row
        assert row["standing"]["data"] == "current", row
    assert row["collected_at"]["data"] == then
    assert member.daemon.stop() == 0


def rests(member, seconds):
    """What it holds stays the same for so long."""
    held, end = member.holds(), time.monotonic() + seconds
    while time.monotonic() < end:
        if not held or member.holds() != held:
            return False
        time.sleep(0.1)
    return True


def two_machines_with_one_key():
    """They outdo each other's records, which a third brings them: both say so, and rest."""
    scratch = harness.Scratch()
    fleet = peerlib.Fleet(scratch.path / "fleet", "node-1", "node-2", "watcher")
    members = [Member(fleet, scratch.path, name, capture)
               for name, capture in zip(("node-1", "node-1", "node-2"), HOSTS)]
    members[0].list.write_text(f"{members[2].url}\n", encoding="ascii")
    for member in members:
        member.start(wait=True)
    for member in members[:2]:
        harness.until("it is told of", lambda member=member: trouble_of(member) ==
                      "another machine signs as node-1, too: give it a certificate of its own")
    # And after a while neither answers the other any more.
    harness.until("they rest", lambda: rests(members[2], 5), 120)
    for member in members[:2]:
        assert member.daemon.log().count("another machine signs") == 1
    for member in members:
        assert member.daemon.stop() == 0


harness.main([five_daemons, a_socket_of_systemd, copied_machines_are_told_of,
              a_fresh_signature_over_old_facts, two_machines_with_one_key])
