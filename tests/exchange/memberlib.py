# SPDX-License-Identifier: LGPL-2.1-or-later
"""iommufleetd as a member of a fleet of peers, on a bus of its own."""

import json
import sys

import peerlib

sys.path.insert(0, str(peerlib.TOP / "tests/bus"))

import harness  # noqa: E402  (found in the suite of the bus)


class Member:
    """One of them, on a bus of its own."""

    def __init__(self, fleet, scratch, name, capture):
        self.fleet, self.name = fleet, name
        self.scratch = harness.Scratch()
        self.bus = harness.Bus(self.scratch)
        self.host = harness.Host(self.scratch, capture)
        self.state = self.scratch.path / "state"
        self.state.mkdir()
        self.port = peerlib.free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.config = self.scratch.path / "member.conf"
        self.list = scratch / "peers"
        self.label = "x"
        self.within = ()

    def write(self, listen=None):
        cert, key, ca, crl = self.fleet.files(self.name)
        self.config.write_text(
            f"[exchange]\nmode=peers\nfleet=lab\ncertificate={cert}\nkey={key}\nca={ca}\ncrl={crl}\n"
            f"endpoints={self.url}\ninterval=1s\nlabels=turn={self.label}\n"
            f"[peers]\nlisten={self.url.removeprefix('https://') if listen is None else listen}\n"
            f"file={self.list}\n", encoding="ascii")

    def start(self, wait=False):
        self.write()
        self.daemon = harness.Daemon(self.bus, self.host, state=self.state, wait=wait,
                                     extra=[f"--config={self.config}"], within=self.within)

    def get(self, path):
        """What it answers to a member of the fleet, or None."""
        try:
            got = peerlib.get(self.port, self.fleet.files("watcher"), path)
        except OSError:
            return None
        return got[2] if got and got[0] == 200 else None

    def holds(self):
        """Host -> sequence of all that it has and passes on, or {}."""
        buckets = self.get("/v1/buckets")
        held = {}
        for number in range(256):
            if buckets and any(buckets[number * 16:number * 16 + 16]):
                for line in (self.get(f"/v1/bucket/{number}") or b"").decode("ascii").splitlines():
                    host, sequence, _ = line.split()
                    held[host] = int(sequence)
        return held

    def payloads(self):
        """Host -> what its record says, of all that is in the store."""
        rows = peerlib.read_store(self.state, "SELECT host, bytes FROM record_bytes")
        return {host: json.loads(json.loads(bytes_)["payload"]) for host, bytes_ in rows}

    def kept(self):
        """Host -> sequence of the same."""
        return {host: payload["sequence"] for host, payload in self.payloads().items()}
