# SPDX-License-Identifier: LGPL-2.1-or-later
"""Devices that come and go while the daemon runs: what is announced, and what it costs."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

import harness
import uevent

COLLECT = harness.BUILD / "daemon/collect/iommufleet-collect"
NIC = "/org/iommufleet1/device/_30000_3a01_3a00_2e0"
GROUP9 = "/org/iommufleet1/group/9"
KERNEL = None


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


class Counted:
    """A daemon whose collections are counted."""

    def __init__(self, uevents="yes", settings="", uid=None, **more):
        self.scratch = harness.Scratch()
        self.bus = harness.Bus(self.scratch)
        self.host = harness.Host(self.scratch, "x86-vtd")
        self.words = self.scratch.path / "words"
        program = self.scratch.path / "collector"
        program.write_text(f'#!/bin/sh\necho "$@" >> {self.words}\nexec {COLLECT} "$@"\n')
        program.chmod(0o755)
        self.config = self.scratch.path / "d.conf"
        self.configure(uevents, settings)
        if uid is not None:
            self.scratch.path.chmod(0o777)
            subprocess.run(["chmod", "-R", "a+rX", self.host.folder], check=True)
        spawn = self.scratch.spawn
        self.scratch.spawn = lambda *args, **rest: spawn(*args, **rest, **more)
        self.daemon = harness.Daemon(self.bus, self.host, extra=[
            f"--collector={program}", f"--config={self.config}"], uid=uid)
        self.pid = self.daemon.child.pid

    def configure(self, uevents, settings=""):
        self.config.write_text(f"[collect]\nuevents={uevents}\n{settings}")

    def collections(self):
        return self.words.read_text().splitlines()

    def until_collected(self, n):
        harness.until(f"collection {n}", lambda: len(self.collections()) >= n and
                      self.bus.property("CollectionState") == "done")


@contextlib.contextmanager
def counted(*args, **more):
    here = Counted(*args, **more)
    try:
        yield here
    finally:
        here.scratch.clean()


def take_away(host, keep):
    """Takes 0000:01:00.0 and its group 9 out of a captured host; gives what puts them back."""
    link = host.root / "sys/bus/pci/devices/0000:01:00.0"
    member = host.root / "sys/kernel/iommu_groups/9"
    target = os.readlink(link)
    folder = link.parent / target
    link.unlink()
    shutil.move(folder, keep / "device")
    shutil.move(member, keep / "group")

    def back():
        shutil.move(keep / "device", folder)
        shutil.move(keep / "group", member)
        link.symlink_to(target)

    return back


def signals_until(client, member, paths):
    """Receives until that signal came about each of those objects; gives all that came."""
    client.socket.settimeout(harness.DEADLINE)
    seen = []
    while paths:
        _, fields, args = client.receive()
        seen.append((fields.get(3), args))
        if fields.get(3) == member:
            paths = paths - {args[0]}
    return seen


def event__device_gone_and_back__announced_and_nobody_woken():
    with counted() as here:
        client = here.bus.connect()
        client.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                    "AddMatch", "s", "type='signal',sender='org.iommufleet1'")
        groups = here.bus.property("Groups")
        back = take_away(here.host, here.scratch.path)
        KERNEL.say("remove")
        seen = signals_until(client, "InterfacesRemoved", {GROUP9, NIC})
        here.until_collected(2)
        # There was one such device, so the host is of another class without it.
        if not any(one == "HostChanged" for one, _ in seen):
            seen += signals_until(client, "HostChanged", {os.uname().nodename})
        equal([args for one, args in seen if one == "HostChanged"],
              [[os.uname().nodename, "class", {"class": here.bus.property("ClassDigest"),
                                               "map": here.bus.property("MapDigest")}]])
        equal(here.bus.property("Groups"), groups - 1)
        back()
        # Asleep when it comes back: it is left alone, and that is said.
        power = here.host.root / "sys/bus/pci/devices/0000:01:00.0/power_state"
        power.chmod(0o644)
        power.write_text("D3hot\n")
        KERNEL.say("add")
        KERNEL.say("bind")
        signals_until(client, "InterfacesAdded", {GROUP9, NIC})
        here.until_collected(3)
        equal(here.bus.property("Groups"), groups)
        unknown = here.bus.property("Unknown", NIC, "org.iommufleet1.Device")
        assert "asleep" in unknown.values(), unknown
        equal([line.split()[0] for line in here.collections()],
              ["--wake=yes", "--wake=no", "--wake=no"])


def storm__10000_events__one_or_two_collections():
    with counted() as here:
        KERNEL.say("change", "/devices/virtual/net/eth7", "net")
        for i in range(10_000):
            KERNEL.say(("add", "bind", "change", "unbind", "remove")[i % 5])
        here.until_collected(2)
        # What came while that collection ran may have cost one more, five seconds after it began.
        begin = time.monotonic()
        harness.until("a second collection had its chance", lambda: time.monotonic() > begin + 6)
        here.until_collected(2)
        n = len(here.collections())
        print(f"  {n - 1} collections")
        assert n <= 3, f"{n - 1} collections"


def storm__that_does_not_end__is_collected_in_between():
    with counted() as here:
        stop = threading.Event()

        def storm():
            while not stop.wait(0.05):
                KERNEL.say("change")

        thread = threading.Thread(target=storm, daemon=True)
        thread.start()
        begin = time.monotonic()
        try:
            here.until_collected(3)
        finally:
            stop.set()
            thread.join()
        passed = time.monotonic() - begin
        assert len(here.collections()) - 1 <= 2 + passed / 5, (here.collections(), passed)


def events__of_others__cost_nothing():
    with counted() as here:
        for _ in range(100):
            KERNEL.say("add", "/devices/virtual/net/veth0", "net")
            KERNEL.say("change", "/devices/virtual/block/loop0", "block")
            KERNEL.say("add", "/devices/virtual/misc/fuse", "misc")
            KERNEL.say("add", "/module/btrfs", "module")
        # Had they counted, five seconds after the first collection there were another.
        begin = time.monotonic()
        harness.until("that had its chance", lambda: time.monotonic() > begin + 7)
        equal(len(here.collections()), 1)
        KERNEL.say("add", "/module/vfio_iommu_type1", "module")
        here.until_collected(2)
        equal(len(here.collections()), 2)


def events__too_many_to_hear__count_as_a_change():
    with counted() as here:
        os.kill(here.pid, signal.SIGSTOP)
        try:
            for i in range(10_000):
                KERNEL.say("change", f"/devices/virtual/block/loop{i}", "block")
        finally:
            os.kill(here.pid, signal.SIGCONT)
        here.until_collected(2)


def sysroot__auto__does_not_listen_and_reload_can_change_that():
    with counted("auto") as here:
        assert not uevent.listens(here.pid)
        for word, wanted in (("yes", True), ("no", False), ("yes", True), ("auto", False)):
            here.configure(word)
            here.daemon.child.send_signal(signal.SIGHUP)
            harness.until(f"uevents={word}", lambda: uevent.listens(here.pid) == wanted)
        here.configure("maybe")
        here.daemon.child.send_signal(signal.SIGHUP)
        harness.until("a wrong word is refused", lambda: f"{here.config}:2: uevents=maybe is none "
                      "of auto, yes, no" in here.daemon.log())


def no_netlink__said_once_and_the_rest_goes_on():
    with counted(preexec_fn=uevent.forbid_netlink) as here:
        assert not uevent.listens(here.pid)
        here.bus.call("Refresh", "a{sv}", 0)
        here.bus.call("Refresh", "a{sv}", 0)
        equal(here.daemon.log().count("[collect] interval"), 1)
        assert "Address family not supported" in here.daemon.log(), here.daemon.log()


def buffer__of_any_size__is_listened_with():
    with counted(preexec_fn=uevent.forbid_buffers) as here:
        assert uevent.listens(here.pid), here.daemon.log()


def kernel__a_real_device__is_heard():
    devices = sorted(pathlib.Path("/sys/bus/pci/devices").glob("*/uevent"))
    if not devices or not os.access(devices[0], os.W_OK):
        print("  no PCI device of this machine can be asked for an event")
        return
    # As it is installed: a user who may do nothing, in the host's own namespace.
    with counted(uid=65534) as here:
        assert uevent.listens(here.pid), here.daemon.log()
        try:
            devices[0].write_text("change")
        except OSError as error:
            print(f"  {devices[0]}: {error}")
            return
        here.until_collected(2)


def apart(case):
    """The case in a process and a namespace of its own: all wait more than they work."""
    child = subprocess.Popen([sys.executable, __file__, case.__name__], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True)

    def join():
        out = child.communicate()[0].splitlines()
        print("\n".join(line for line in out if line.startswith("  ")))
        if child.returncode != 0:
            raise AssertionError("\n".join(out))

    join.__name__ = case.__name__
    return join


CASES = (
    event__device_gone_and_back__announced_and_nobody_woken,
    storm__10000_events__one_or_two_collections,
    storm__that_does_not_end__is_collected_in_between,
    events__of_others__cost_nothing,
    events__too_many_to_hear__count_as_a_change,
    sysroot__auto__does_not_listen_and_reload_can_change_that,
    no_netlink__said_once_and_the_rest_goes_on,
    buffer__of_any_size__is_listened_with,
)
if len(sys.argv) > 1:
    uevent.enter()
    KERNEL = uevent.Kernel()
    harness.main([case for case in CASES if case.__name__ == sys.argv[1]])
if not uevent.way_in():
    harness.skip("no network namespace can be made here (unshare --user --net), so no event can "
                 "be sent")
harness.main([kernel__a_real_device__is_heard, *map(apart, CASES)])
