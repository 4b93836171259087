#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a daemon counts of its fleet: hosts, records that came and were refused, and rounds."""

import contextlib
import subprocess
import sys

import peerlib

sys.dont_write_bytecode = True
sys.path.insert(0, str(peerlib.TOP / "tests/bus"))

import harness  # noqa: E402  (found in the suite of the bus)
import promtext  # noqa: E402

peerlib.need("openssl")

NAMES = [f"node-{i}" for i in range(1, 5)]


class Member:
    """A daemon in the mode "peers", one of two that know of each other."""

    def __init__(self, fleet, name, port, other):
        self.scratch = harness.Scratch()
        self.bus = harness.Bus(self.scratch)
        cert, key, ca, crl = fleet.files(name)
        config = self.scratch.path / "member.conf"
        config.write_text(
            f"[exchange]\nmode=peers\nfleet=lab\ncertificate={cert}\nkey={key}\nca={ca}\ncrl={crl}\n"
            f"endpoints=https://127.0.0.1:{port}\ninterval=1s\n"
            f"[peers]\nlisten=127.0.0.1:{port}\nconnect=https://127.0.0.1:{other}\n",
            encoding="ascii")
        self.daemon = harness.Daemon(self.bus, harness.Host(self.scratch, "x86-vfio"),
                                     extra=[f"--config={config}"])

    def metrics(self):
        """As the reader of their form has them, which refuses what stands twice."""
        done = subprocess.run([harness.BUILD / "client/iommufleetctl", f"--bus={self.bus.address}",
                               "export", "prometheus"], capture_output=True, text=True, check=True,
                              timeout=harness.DEADLINE)
        return promtext.parse(done.stdout)

    def value(self, name, **labels):
        return promtext.value_of(self.metrics(), name, **labels)

    def until(self, wanted, name, **labels):
        harness.until(f"{name} {labels} is {wanted}",
                      lambda: self.value(name, **labels) == wanted)


def hosts_records_and_rounds_are_counted():
    scratch = harness.Scratch()
    fleet = peerlib.Fleet(scratch.path / "fleet", *NAMES, "watcher")
    ports = [peerlib.free_port(), peerlib.free_port()]
    one = Member(fleet, "node-1", ports[0], ports[1])
    two = Member(fleet, "node-2", ports[1], ports[0])
    digest = one.bus.property("ClassDigest")[:32]
    # Two captures of one kind, each by its own facts or by its record.
    for member in (one, two):
        member.until(2, "iommufleet_hosts", **{"class": digest})
        member.until(2, "iommufleet_records", standing="current")
        assert member.value("iommufleet_classes") == 1
        assert member.value("iommufleet_stale_hosts") == 0
        assert member.value("iommufleet_fleet_state", state="published") == 1
        harness.until("rounds go on",
                      lambda m=member: m.value("iommufleet_exchange_rounds_total") >= 2)
        # The first place that is tried may not be there yet, and is left alone for a while.
        harness.until("they talk", lambda m=member: m.value(
            "iommufleet_exchange_bytes_total", event="sent", transport="peers") > 0)

    # What others bring: two records in order, of a class that differs, and one that is none.
    before = one.value("iommufleet_rejected_total", reason="malformed-envelope")
    batch = peerlib.batch(fleet.sign("node-3"), fleet.sign("node-4"))
    assert peerlib.post(ports[0], fleet.files("watcher"), batch)[0] == 200
    peerlib.post(ports[0], fleet.files("watcher"), peerlib.batch(b"{}"))
    one.until(before + 1, "iommufleet_rejected_total", reason="malformed-envelope")
    one.until(4, "iommufleet_records", standing="current")
    hosts = one.metrics()["iommufleet_hosts"][1]
    assert sum(hosts.values()) == 4 and hosts[(("class", digest),)] == 2, hosts
    assert one.value("iommufleet_received_total", result="accepted") >= 4
    # Whoever shows no certificate is not let in, and counted.
    with contextlib.suppress(OSError):
        peerlib.get(ports[0], None, "/v1/buckets")
    harness.until("it is counted", lambda: one.value(
        "iommufleet_exchange_events_total", event="tls-no-certificate", transport="peers") >= 1)
    for member in (one, two):
        assert member.daemon.stop() == 0


harness.main([hosts_records_and_rounds_are_counted])
