#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""iommufleetd in the mode "etcd": a member and an observer that meet in a real one, which goes away
and comes back."""

import json
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import etcdlib  # noqa: E402
import peerlib  # noqa: E402

sys.path.insert(0, str(peerlib.TOP / "tests/bus"))

import harness  # noqa: E402  (found in the suite of the bus)
import promtext  # noqa: E402

peerlib.need("etcd", "etcdctl", "openssl")


class Member:
    """One of them, on a bus of its own."""

    def __init__(self, fleet, etcd, name, observer):
        self.fleet, self.etcd, self.name, self.observer = fleet, etcd, name, observer
        self.scratch = harness.Scratch()
        self.bus = harness.Bus(self.scratch)
        self.host = harness.Host(self.scratch, "x86-vfio-sm")
        self.state = self.scratch.path / "state"
        self.state.mkdir()
        self.config = self.scratch.path / "member.conf"

    def start(self, label):
        cert, key, ca, crl = self.fleet.files(self.name)
        folder = self.etcd.folder
        self.config.write_text(
            f"[exchange]\nmode=etcd\nfleet=lab\ncertificate={cert}\nkey={key}\nca={ca}\ncrl={crl}\n"
            f"interval=1s\nlabels=turn={label}\n"
            f"[etcd]\nendpoints={self.etcd.url}\nuser=iommufleet-{self.name}\n"
            f"password-file={folder}/{self.name}.password\nca={folder}/ca.pem\n"
            f"certificate={folder}/cert.pem\nkey={folder}/key.pem\nobserver={self.observer}\n",
            encoding="ascii")
        self.daemon = harness.Daemon(self.bus, self.host, state=self.state, wait=True,
                                     extra=[f"--config={self.config}"])

    def stop(self):
        assert self.daemon.stop() == 0, self.daemon.log()

    def metrics(self):
        done = subprocess.run([harness.BUILD / "client/iommufleetctl", f"--bus={self.bus.address}",
                               "export", "prometheus"], capture_output=True, text=True, check=True,
                              timeout=harness.DEADLINE)
        return promtext.parse(done.stdout)

    def payload(self):
        """What stands in etcd of it, or {}."""
        record = self.etcd.get(f"hosts/{self.name}")
        return json.loads(json.loads(record)["payload"]) if record else {}

    def keeps(self):
        """Host -> label of all that it holds, whether it runs or not."""
        rows = peerlib.read_store(self.state, "SELECT host, bytes FROM record_bytes")
        return {host: json.loads(json.loads(bytes_)["payload"])["labels"]["turn"]
                for host, bytes_ in rows}

    def classes(self):
        return {row[0] for row in peerlib.read_store(self.state, "SELECT digest FROM classes")}


def asked(member, host):
    """What a member, who reads on demand, says of another one; or the error's text."""
    try:
        return member.bus.call("CheckMap", "ssa(tts)asa{sv}", host, "x86_64", "1", 0, 2**30 - 1,
                               "ram", 0, 0)
    except harness.Failed as failed:
        return str(failed)


def stands(member, label):
    payload = member.payload()
    return payload.get("labels") == {"turn": label} and payload.get("classes") and payload


def member_and_observer():
    scratch = harness.Scratch()
    fleet = peerlib.Fleet(scratch.path / "fleet", "node-1", "watcher")
    etcd = etcdlib.Etcd(scratch.path / "etcd")
    try:
        for arguments in (["init"], ["host", etcd.folder, "node-1", "watcher"]):
            done = etcd.roles(*arguments)
            assert done.returncode == 0, done.stderr
        member = Member(fleet, etcd, "node-1", "no")
        watcher = Member(fleet, etcd, "watcher", "yes")
        member.start("first")
        watcher.start("w")
        payload = harness.until("it stands in etcd", lambda: stands(member, "first"))
        assert len(payload["classes"]) == 2, "in the current and the previous projection"
        for digest in payload["classes"].values():
            assert etcd.get(f"classes/{digest}"), digest
        harness.until("the observer's own stands there too", lambda: stands(watcher, "w"))
        harness.until("the observer has it",
                      lambda: watcher.keeps() == {"node-1": "first", "watcher": "w"})
        harness.until("and its class",
                      lambda: set(payload["classes"].values()) & watcher.classes())

        # One that is no observer has it fetched when it is asked.
        assert member.keeps() == {"node-1": "first"}, "nobody asked it about another"
        got = asked(member, "node-9")
        assert "node-9" in got and "etcd" not in got, got
        got = asked(member, "watcher")
        assert isinstance(got, list), got
        assert member.keeps() == {"node-1": "first", "watcher": "w"}
        for one in (member, watcher):
            harness.until("it is counted", lambda one=one: promtext.value_of(
                one.metrics(), "iommufleet_etcd_published") == 1)
            told = one.metrics()
            assert promtext.value_of(told, "iommufleet_etcd_reached") == 1
            assert promtext.value_of(told, "iommufleet_exchange_events_total", event="published",
                                     transport="etcd") >= 1, told

        etcd.stop()
        member.stop()
        member.start("second")
        harness.until("it is said", lambda: "no answer" in member.daemon.log())
        assert member.bus.property("FleetState") == "published", "here, where it is asked"
        for one in (member, watcher):
            harness.until("it is told of", lambda one=one: one.bus.property(
                "FleetTrouble").startswith("etcd cannot be asked, so other hosts are as"))
        # What it holds it goes on to answer with; about the rest it says why it cannot.
        assert asked(member, "watcher") == got
        text = asked(member, "node-8")
        assert "node-8" in text and "etcd cannot be asked" in text, text
        etcd.start()
        # Both wait longer and longer for an etcd that is away, but a minute at most.
        harness.until("it is brought there later", lambda: stands(member, "second"), 150)
        harness.until("the observer goes on",
                      lambda: watcher.keeps() == {"node-1": "second", "watcher": "w"}, 150)
        for one in (member, watcher):
            harness.until("it is well again",
                          lambda one=one: one.bus.property("FleetTrouble") == "")
        watcher.stop()
        watcher.start("w2")
        harness.until("a restarted one goes on, too", lambda: stands(watcher, "w2"))
        member.stop()
        assert "refused" not in watcher.daemon.log(), watcher.daemon.log()
    finally:
        etcd.stop()


harness.main([member_and_observer])
