#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A daemon's life, as one JSON document: how long it takes to start, beside dbus-daemon in turns; what
it does while nothing happens; how soon it tells of a device. Ratios are within this one run.

Aims: READY with the facts of one host and a full history at most 10 times dbus-daemon's own start,
with 100,000 stored hosts 1 s; idle, no wake-up but those of timers; RssAnon 8 MiB, and 64 MiB with
100,000 hosts; from an event to PropertiesChanged the 250 ms that are waited for more of them, and one
collection. FLEET= says how many hosts, SECONDS= how long it is left alone.
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
SOURCE = pathlib.Path(os.environ.get("top_srcdir", os.getcwd())).resolve()
BUILD = pathlib.Path(os.environ.get("top_builddir", os.getcwd())).resolve()
sys.path.insert(0, str(SOURCE / "tests/bus"))

import harness  # noqa: E402
import uevent  # noqa: E402

CAPTURED = "x86-vfio"
STARTS = 21
EVENTS = 7
FLEET = int(os.environ.get("FLEET", "100000"))
SECONDS = int(os.environ.get("SECONDS", "60"))
OWN = "n-000000"  # this host's name: those of the others are as long
DEBOUNCE_MS = 250


class Manager:
    """Where a daemon says READY=1 to."""

    def __init__(self, folder):
        self.path = f"{folder}/notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(120)

    def until_ready(self):
        while b"READY=1" not in self.socket.recv(4096).split(b"\n"):
            pass


class Place:
    """A bus, a captured host, and a state folder."""

    def __init__(self, settings=""):
        self.scratch = harness.Scratch()
        self.bus = harness.Bus(self.scratch)
        self.host = harness.Host(self.scratch, CAPTURED)
        self.manager = Manager(self.scratch.path)
        self.config = self.scratch.path / "conf"
        self.config.write_text(settings)
        self.state = self.scratch.path / "state"
        self.state.mkdir()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.scratch.clean()

    def command(self):
        return [BUILD / "daemon/iommufleetd", f"--bus={self.bus.address}",
                f"--config={self.config}", f"--state-dir={self.state}",
                f"--collector={BUILD / 'daemon/collect/iommufleet-collect'}",
                f"--sysroot={self.host.root}", f"--kernel-log={self.host.log}"]

    def start(self):
        """The daemon, and how long it took to READY."""
        with open(self.scratch.path / "log", "ab") as log:
            begin = time.monotonic()
            child = self.scratch.spawn(*self.command(), stderr=log,
                                       env={"NOTIFY_SOCKET": self.manager.path})
            self.manager.until_ready()
        return child, time.monotonic() - begin

    def until_collected(self):
        harness.until("it has collected",
                      lambda: self.bus.property("CollectionState") == "done")


def stop(child):
    child.send_signal(signal.SIGTERM)
    if child.wait(60) != 0:
        raise SystemExit("the daemon did not end well")


def dbus_start(folder):
    """How long a dbus-daemon takes until it says where it listens."""
    config = f"{folder}/bus-start.conf"
    pathlib.Path(config).write_text(harness.CONFIG.format(path=f"{folder}/bus-start"))
    begin = time.monotonic()
    with subprocess.Popen(["dbus-daemon", f"--config-file={config}", "--nofork", "--nopidfile",
                           "--print-address=1"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as child:
        child.stdout.readline()
        spent = time.monotonic() - begin
        child.terminate()
    return spent


def fill_history(state, rows):
    """A history as long as one gets."""
    with contextlib.closing(sqlite3.connect(state / "iommufleet.db")) as database:
        host, facts, class_ = database.execute("SELECT name, facts, class FROM hosts").fetchone()
        database.executemany(
            "INSERT INTO history (host, facts, class, from_us, to_us) VALUES (?, ?, ?, ?, ?)",
            ((host, facts, class_, i, i + 1) for i in range(rows)))
        database.commit()


def memory(child):
    with open(f"/proc/{child.pid}/status", encoding="ascii") as file:
        rows = dict(line.split(":", 1) for line in file)
    return {"rss_anon_kib": int(rows["RssAnon"].split()[0]),
            "resident_kib": int(rows["VmRSS"].split()[0])}


def cpu_ms(child):
    """What it has computed so far: the same on a machine that has other things to do."""
    with open(f"/proc/{child.pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def wakeups(child):
    with open(f"/proc/{child.pid}/status", encoding="ascii") as file:
        rows = dict(line.split(":", 1) for line in file)
    return int(rows["voluntary_ctxt_switches"])


def bench_start():
    """One host, with 1,000 rows of history, beside dbus-daemon."""
    with Place() as place:
        child, _ = place.start()
        place.until_collected()
        stop(child)
        fill_history(place.state, 1000)
        spent = []
        for _ in range(STARTS):
            bus = dbus_start(place.scratch.path)
            begin = time.monotonic()
            subprocess.run([place.command()[0], "--version"], check=True,
                           stdout=subprocess.DEVNULL)
            nothing = time.monotonic() - begin
            child, ready = place.start()
            spent.append((ready, bus, nothing))
            place.until_collected()
            stop(child)
    ready, bus, nothing = (statistics.median(column) for column in zip(*spent))
    return {"ready_ms": round(ready * 1e3, 2), "dbus_daemon_ms": round(bus * 1e3, 2),
            "linked_and_ended_ms": round(nothing * 1e3, 2), "ratio": round(ready / bus, 2),
            "aim": 10}


def fleet_settings(folder):
    subprocess.run([SOURCE / "tools/fleet-ca", "make", folder, "lab", OWN], check=True,
                   capture_output=True)
    own = f"{folder}/hosts/{OWN}"
    return (f"[exchange]\nmode=peers\nfleet=lab\ncertificate={own}/cert.pem\nkey={own}/key.pem\n"
            f"ca={folder}/ca.pem\ncrl={folder}/lists.pem\n[store]\nmax-bytes=4G\n")


def fill_fleet(state, hosts):
    """What it holds of itself, under the names of many others: as they would be held."""
    with contextlib.closing(sqlite3.connect(state / "iommufleet.db")) as database:
        under, until, summary = database.execute(
            "SELECT verified_under, valid_until_us, summary FROM records WHERE host = ?",
            (OWN,)).fetchone()
        record = database.execute("SELECT bytes FROM record_bytes").fetchone()[0]
        names = [f"n-{i:06}" for i in range(1, hosts)]
        database.executemany("INSERT INTO records VALUES (?, ?, ?, ?)", (
            (name, under, until, summary.replace(OWN.encode(), name.encode())) for name in names))
        database.executemany("INSERT INTO record_bytes VALUES (?, ?)",
                             ((name, record) for name in names))
        database.commit()
    return os.path.getsize(state / "iommufleet.db")


def bench_fleet_start():
    """Many hosts in the store. Peers hold 2,000 at most; what the mode etcd meets is loaded alike."""
    with Place() as place:
        settings = fleet_settings(place.scratch.path / "fleet")
        place.config.write_text(settings)
        child, _ = place.start()
        place.until_collected()
        harness.until("it has told of itself",
                      lambda: place.bus.property("FleetState") == "published")
        stop(child)
        place.config.write_text(settings.replace("mode=peers", "mode=none"))
        size = fill_fleet(place.state, FLEET)
        spent = []
        for _ in range(5):
            child, ready = place.start()
            spent.append((ready * 1e3, cpu_ms(child)))
            place.until_collected()
            used = memory(child)
            stop(child)
    ready, cpu = (statistics.median(column) for column in zip(*spent))
    return {"hosts": FLEET, "store_mib": size >> 20, "ready_ms": round(ready, 1),
            "cpu_ms": cpu, "aim_ms": 1000, "aim_rss_anon_kib": 65536, **used}


def bench_idle():
    """Alone, and in a fleet of one: nobody asks, nothing comes."""
    report = {"seconds": SECONDS, "aim_rss_anon_kib": 8192}
    # The fleet's files and records are looked at every [exchange] interval, 30 s; peers go round in
    # the same time, a tenth longer; libevent wakes once for each.
    for name, timers in (("alone", 1 / 30), ("peers", 2 / 30)):
        with Place() as place:
            if name == "peers":
                place.config.write_text(fleet_settings(place.scratch.path / "fleet"))
            child, _ = place.start()
            place.until_collected()
            time.sleep(3)
            before = wakeups(child)
            time.sleep(SECONDS)
            report[name] = {"wakeups": wakeups(child) - before,
                            "timers": round(SECONDS * timers, 1), **memory(child)}
            stop(child)
    return report


def bench_event():
    """From an event of the kernel's to PropertiesChanged with the new facts."""
    if not uevent.way_in():
        return None
    done = subprocess.run([sys.executable, __file__, "--event"], check=True, capture_output=True,
                          env={**os.environ, "top_srcdir": str(SOURCE),
                               "top_builddir": str(BUILD)})
    return json.loads(done.stdout)


def announced(client):
    """When the next PropertiesChanged with another FactsDigest came."""
    while True:
        kind, fields, args = client.receive()
        if kind == 4 and fields.get(3) == "PropertiesChanged" and "FactsDigest" in args[1]:
            return time.monotonic()


def event_main():
    uevent.enter()
    kernel = uevent.Kernel()
    spent = []
    with Place("[collect]\nuevents=yes\n") as place:
        child, _ = place.start()
        place.until_collected()
        client = place.bus.connect()
        client.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                    "AddMatch", "s", "type='signal',sender='org.iommufleet1'")
        driver = place.host.root / "sys/bus/pci/devices/0000:01:00.0/driver"
        target = os.readlink(driver)
        for i in range(EVENTS):
            time.sleep(5.5)  # at least as long from one such collection to the next
            if i % 2 == 0:
                driver.unlink()
            else:
                driver.symlink_to(target)
            begin = time.monotonic()
            kernel.say("bind" if i % 2 else "unbind")
            spent.append(announced(client) - begin)
        stop(child)
    median = statistics.median(spent) * 1e3
    print(json.dumps({"median_ms": round(median, 1), "debounce_ms": DEBOUNCE_MS,
                      "beyond_it_ms": round(median - DEBOUNCE_MS, 1), "events": EVENTS}))


def main():
    for need in ("dbus-daemon", "openssl"):
        if not shutil.which(need):
            sys.exit(f"{need} is missing: apt-get install -y {need}")
    print(json.dumps({"start": bench_start(), "fleet_start": bench_fleet_start(),
                      "event": bench_event(), "idle": bench_idle()}, indent=1))


if __name__ == "__main__":
    event_main() if "--event" in sys.argv else main()
