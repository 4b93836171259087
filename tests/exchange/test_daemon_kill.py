#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""iommufleetd that is killed while it writes what others tell it, again and again: each record that
it keeps is whole, none is older than before, and what it said it took is there. KILLS= says how
often; SEED= repeats a run."""

import json
import os
import random
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True

import peerlib  # noqa: E402
from memberlib import Member, harness  # noqa: E402

peerlib.need("openssl")

OTHERS = ("node-2", "node-3", "node-4")


class Telling(threading.Thread):
    """Somebody who brings records over a connection; what was answered is in words."""

    def __init__(self, stream, records):
        super().__init__(daemon=True)
        self.stream, self.words = stream, []
        body = peerlib.batch(*records)
        self.request = (f"POST /v1/records HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}"
                        "\r\n\r\n").encode("ascii") + body

    def run(self):
        try:
            self.stream.sendall(self.request)
            got = peerlib.read_answer(self.stream)
        except OSError:
            got = None
        if got and got[0] == 200:
            self.words = got[2].decode("ascii").split()
        self.stream.close()


def kept(member):
    """Host -> the very bytes of its record."""
    return dict(peerlib.read_store(member.state, "SELECT host, bytes FROM record_bytes"))


def sequence_of(record):
    return json.loads(json.loads(record)["payload"])["sequence"]


def reach(member):
    assert member.daemon.child.poll() is None, member.daemon.log()
    try:
        return peerlib.connect(member.port, member.fleet.files("watcher"))
    except OSError:
        return None


def look(member, turn, records, told):
    """What is kept after a kill; records: host -> all of it, by turn; told: what was there before."""
    now = kept(member)
    for host, of_host in records.items():
        if host not in now:
            assert host not in told, f"{turn}: {host} is lost"
            continue
        # Exactly one that was sent, up to this turn.
        at = of_host.index(now[host], 0, turn + 1)
        assert host not in told or at >= of_host.index(told[host]), f"{turn}: {host} is older"
    own = now.get("node-1")
    if "node-1" in told:
        assert own and sequence_of(own) >= sequence_of(told["node-1"]), f"{turn}: its own"
    return now


def a_writer_is_killed():
    seed = int(os.environ.get("SEED", time.time()))
    # A program that is instrumented takes long to start.
    slow = b"__asan_init" in (harness.BUILD / "daemon/iommufleetd").read_bytes()
    kills = int(os.environ.get("KILLS", "12" if slow else "50"))
    print(f"  seed {seed} (SEED= repeats it), {kills} kills")
    chance = random.Random(seed)
    scratch = harness.Scratch()
    fleet = peerlib.Fleet(scratch.path / "fleet", "node-1", "watcher", *OTHERS)
    member = Member(fleet, scratch.path, "node-1", "x86-vfio-sm")
    member.list.touch()
    begin = time.time()
    records = {host: [fleet.sign(host, begin + turn / 100) for turn in range(kills)] for host in OTHERS}
    told, answered, wait = {}, 0, 0.01
    for turn in range(kills):
        member.start()
        stream = harness.until("it listens", lambda: reach(member))
        telling = Telling(stream, [records[host][turn] for host in OTHERS])
        telling.start()
        # Now before it has answered and now after, however fast this machine is.
        time.sleep(wait * chance.uniform(0.5, 1))
        member.daemon.stop(signal.SIGKILL)
        telling.join(peerlib.PATIENCE)
        told = look(member, turn, records, told)
        wait *= 0.8 if telling.words else 1.25
        if telling.words:
            assert telling.words == ["accepted"] * len(OTHERS), telling.words
            answered += 1
            for host in OTHERS:
                assert told[host] == records[host][turn], f"{turn}: {host} was taken, and is lost"
    print(f"  {answered} of {kills} times it had answered")
    member.start(wait=True)
    harness.until("it goes on", lambda: set(member.holds()) == {"node-1", *told})
    assert member.daemon.stop() == 0


harness.main([a_writer_is_killed])
