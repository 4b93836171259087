# SPDX-License-Identifier: LGPL-2.1-or-later
"""A fleet of captured hosts: real daemons with real certificates that tell each other, each on a
bus of its own, and the command line on the same facts, to compare with."""

import json
import os
import pathlib
import subprocess
import sys

import harness

sys.path.insert(0, str(harness.TOP / "tests/exchange"))

import peerlib  # noqa: E402

peerlib.need("openssl")

CTL = harness.BUILD / "client/iommufleetctl"
COLLECT = harness.BUILD / "daemon/collect/iommufleet-collect"


class Member:
    def __init__(self, fleet, name, capture):
        self.fleet, self.name, self.capture = fleet, name, capture
        self.scratch = harness.Scratch()
        self.bus = harness.Bus(self.scratch)
        self.host = harness.Host(self.scratch, capture)
        self.state = self.scratch.path / "state"
        self.state.mkdir()
        self.port = peerlib.free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.config = self.scratch.path / "member.conf"
        self.labels = f"zone=z{name[-1]} rack=r{int(name[-1]) % 2} only-{name}=yes"
        self.write()

    def write(self, judge=""):
        cert, key, ca, crl = self.fleet.ca.files(self.name)
        self.config.write_text(
            f"[exchange]\nmode=peers\nfleet=lab\ncertificate={cert}\nkey={key}\nca={ca}\n"
            f"crl={crl}\n"
            f"endpoints={self.url}\ninterval=1s\nlabels={self.labels}\n"
            f"[peers]\nlisten=127.0.0.1:{self.port}\nfile={self.fleet.list}\n"
            f"[judge]\n{judge}\n", encoding="ascii")

    def start(self):
        self.daemon = harness.Daemon(self.bus, self.host, state=self.state, wait=False,
                                     extra=[f"--config={self.config}"])

    def collect(self):
        """What is known of it, as a facts document that has its name."""
        path = self.fleet.facts / f"{self.name}.json"
        with open(path, "wb") as file:
            subprocess.run([COLLECT, f"--sysroot={self.host.root}",
                            f"--kernel-log={self.host.log}"], stdout=file, check=True)


class Fleet:
    """Members by name, of which the first is the one that is asked."""

    def __init__(self, captures, later=()):
        self.scratch = harness.Scratch()
        names = [f"node-{i + 1}" for i in range(len(captures) + len(later))]
        self.ca = peerlib.Fleet(self.scratch.path / "ca", *names)
        self.list = self.scratch.path / "peers"
        self.facts = self.scratch.path / "facts"
        self.facts.mkdir()
        self.members = {name: Member(self, name, capture)
                        for name, capture in zip(names, [*captures, *later])}
        self.list.write_text("".join(f"{one.url}\n" for one in self.members.values()))
        self.names = names[: len(captures)]
        for name in self.names:
            self.members[name].collect()
            self.members[name].start()
        self.bus = self.members[names[0]].bus
        self.members[names[0]].daemon.wait_named()
        harness.until("the first knows of all", self.is_known)

    def rows(self, limit=1000):
        """All hosts by name, page by page."""
        rows, cursor = [], ""
        while True:
            page, following = self.bus.call("ListHosts", "sua{sv}", cursor, limit, 0)
            assert not following or following > cursor, (cursor, following)
            cursor = following
            rows += [{key: value["data"] for key, value in row.items()} for row in page]
            if not cursor:
                return rows

    def is_known(self):
        with_class = [row["host"] for row in self.rows() if row["class_known"]]
        return with_class == self.names

    def offline(self, *words, names=None):
        """The document of the command line about the same facts."""
        facts = [f"--facts={self.facts / name}.json" for name in names or self.names]
        done = subprocess.run([CTL, *facts, *map(str, words), "--json=short"],
                              capture_output=True, text=True, check=False)
        assert done.returncode in (0, 3, 4), f"{words}: {done.returncode} {done.stderr}"
        return json.loads(done.stdout)


def text_of(path):
    return pathlib.Path(path).read_text(encoding="utf-8")


IS_ROOT = os.geteuid() == 0
