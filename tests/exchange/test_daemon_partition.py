#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Five iommufleetd, each in a network namespace of its own, on a bridge that falls apart into two:
both sides go on by themselves, and agree again once there is one bridge."""

import signal
import subprocess
import sys

sys.dont_write_bytecode = True

import peerlib  # noqa: E402
from memberlib import Member, harness  # noqa: E402
import uevent  # noqa: E402  (found in the suite of the bus)

peerlib.need("openssl", "ip", "nsenter", "unshare")

NAMES = [f"node-{i}" for i in range(1, 6)]
HOSTS = ("x86-vfio-sm", "x86-vfio-amdvi", "arm64-vfio", "x86-none", "x86-vfio-sm")


def run(*command):
    subprocess.run([*map(str, command)], check=True, capture_output=True, text=True)


class Apart(Member):
    """A member at the far end of a cable to a bridge."""

    def __init__(self, fleet, scratch, number):
        super().__init__(fleet, scratch, NAMES[number], HOSTS[number])
        holder = self.scratch.spawn("unshare", "--net", "--", "sleep", "infinity")
        harness.until("it has a network of its own", lambda: subprocess.run(
            ["nsenter", "-t", str(holder.pid), "-n", "--", "readlink", "/proc/self/ns/net"],
            capture_output=True, check=True).stdout != subprocess.run(
                ["readlink", "/proc/self/ns/net"], capture_output=True, check=True).stdout)
        self.within = ("nsenter", "-t", str(holder.pid), "-n", "--")
        self.cable = f"cable{number}"
        run("ip", "link", "add", self.cable, "type", "veth", "peer", "name", "far",
            "netns", holder.pid)
        run("ip", "link", "set", self.cable, "up")
        for command in (("link", "set", "lo", "up"), ("link", "set", "far", "up"),
                        ("addr", "add", f"10.77.0.{number + 1}/24", "dev", "far")):
            run(*self.within, "ip", *command)
        self.url = f"https://10.77.0.{number + 1}:7443"

    def plug(self, bridge):
        run("ip", "link", "set", self.cable, "master", bridge)

    def tell(self, label):
        """Has it make another record."""
        self.label = label
        self.write()
        self.daemon.child.send_signal(signal.SIGHUP)

    def labels(self):
        return {host: payload["labels"]["turn"] for host, payload in self.payloads().items()}


def holds(members, labels):
    return all(member.labels() == labels for member in members)


def a_partition_heals():
    scratch = harness.Scratch()
    fleet = peerlib.Fleet(scratch.path / "fleet", *NAMES)
    for bridge in ("one", "two"):
        run("ip", "link", "add", bridge, "type", "bridge")
        run("ip", "link", "set", bridge, "up")
    members = [Apart(fleet, scratch.path, number) for number in range(5)]
    members[0].list.write_text(f"{members[0].url} {members[3].url}\n", encoding="ascii")
    for member in members:
        member.plug("one")
        member.start(wait=True)
    labels = dict.fromkeys(NAMES, "x")
    harness.until("five agree", lambda: holds(members, labels))

    left, right = members[:2], members[2:]
    for member in right:
        member.plug("two")
    left[0].tell("left")
    right[0].tell("right")
    harness.until("the left half agrees", lambda: holds(left, labels | {"node-1": "left"}))
    harness.until("the right half agrees", lambda: holds(right, labels | {"node-3": "right"}))
    harness.until("all miss the others", lambda: all(
        "it cannot be asked" in member.daemon.log() for member in members))
    assert holds(left, labels | {"node-1": "left"}), "nothing came from the other side"

    for member in right:
        member.plug("one")
    labels |= {"node-1": "left", "node-3": "right"}
    harness.until("five agree again", lambda: holds(members, labels), 120)
    for member in members:
        assert member.daemon.stop() == 0, member.daemon.log()


if not uevent.way_in():
    harness.skip("no network namespace can be made here (unshare --user --net)")
uevent.enter()
if subprocess.run(["ip", "link", "add", "probe", "type", "bridge"], check=False,
                  capture_output=True).returncode != 0:
    harness.skip("no bridge can be made here (ip link add type bridge)")
harness.main([a_partition_heals])
