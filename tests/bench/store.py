#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""iommufleetd that holds a large fleet from its last run: from its start to its first answers, beside
a bare read of the same database and beside proving all of it; its private memory.

HOSTS= (100000) are in 200 classes; of OWN_CLASSES= (10000) each has a class of its own. Aims
(DESIGN): an answer after 1 s, 64 MiB of private memory.
"""
import glob
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(os.environ.get("top_srcdir", os.getcwd()))
BUILD = pathlib.Path(os.environ.get("top_builddir", os.getcwd()))
sys.dont_write_bytecode = True
sys.path.insert(0, str(SOURCE / "tests/bus"))

import harness  # noqa: E402  (found in the suite of the bus)
import wire  # noqa: E402

HOSTS = int(os.environ.get("HOSTS", "100000"))
OWN_CLASSES = int(os.environ.get("OWN_CLASSES", "10000"))
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def run(program, *arguments):
    done = subprocess.run([str(BUILD / "tests/bench" / program), *map(str, arguments)],
                          stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout) if done.stdout else None


def read_bare(state):
    """All that a start needs of the database, read by nothing but SQLite."""
    begin = time.monotonic()
    database = sqlite3.connect(state / "iommufleet.db")
    n = sum(1 for _ in database.execute("SELECT host, verified_under, summary FROM records"))
    database.close()
    return n, time.monotonic() - begin


def processor_s(pid):
    """User and system time of a process."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Started:
    """A daemon on that state, as an observer of an etcd that is not there."""

    def __init__(self, bus, work, state):
        config = work / "conf"
        config.write_text(f"[store]\nmax-bytes=8G\n[exchange]\nmode=etcd\nfleet=bench\n"
                          f"certificate={work}/cert.pem\nkey={work}/key.pem\nca={work}/ca.pem\n"
                          "[etcd]\nendpoints=https://127.0.0.1:1\nobserver=yes\n", encoding="ascii")
        self.begin = time.monotonic()
        self.daemon = harness.Daemon(bus, state=state, wait=False,
                                     extra=[f"--config={config}", f"--sysroot={work}/sysroot"])
        self.client = bus.connect()

    def ask(self, method, signature, *arguments):
        """Calls until there is an answer; the seconds from the start to that, and the answer."""
        while True:
            try:
                answer = self.client.call(harness.NAME, harness.ROOT, harness.MANAGER, method,
                                          signature, *arguments)
                return round(time.monotonic() - self.begin, 3), answer
            except wire.BusError as error:
                if self.daemon.child.poll() is not None or "ServiceUnknown" not in error.name:
                    raise SystemExit(f"{error.name} {error.text} {self.daemon.log()}") from error
                time.sleep(0.002)

    def stop(self):
        self.client.close()
        if self.daemon.stop() != 0:
            raise SystemExit(self.daemon.log())


def start(bus, work, state):
    """The times of one start, and the memory behind it."""
    started = Started(bus, work, state)
    result = {"first_answer_s": started.ask("GetHost", "sa{sv}", "host-000001", {})[0]}
    begin = time.monotonic()
    started.ask("ClassesFile", "a{sv}", {})
    result["first_question_to_the_fleet_s"] = round(time.monotonic() - begin, 3)
    # Whoever proves records again does so a few at a time, whenever nothing else is to be done.
    pid = started.daemon.child.pid
    result["start_processor_s"] = processor_s(pid)
    time.sleep(2)
    result["next_2_s_processor_s"] = round(processor_s(pid) - result["start_processor_s"], 2)
    result["rss_anon_kib"] = started.daemon.private_kb()
    started.stop()
    return result


def fleet_of(bus, hosts, classes):
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        work = pathlib.Path(folder)
        state = work / "state"
        state.mkdir()
        (work / "sysroot").mkdir()
        run("bench_store", "classes", work, classes,
            *sorted(glob.glob(f"{SOURCE}/tests/golden/*/facts.expected")))
        run("bench_etcd", "make", work, hosts, classes)
        result = {"hosts": hosts, **run("bench_store", "fill", work, state)}
        result["database_bytes"] = (state / "iommufleet.db").stat().st_size
        starts = [start(bus, work, state) for _ in range(3)]
        n, bare_s = read_bare(state)
        if n < hosts:
            raise SystemExit(f"{n} of {hosts} are kept")
        best = min(starts, key=lambda one: one["first_answer_s"])
        return dict(result, **best, bare_read_s=round(bare_s, 3),
                    ratio_to_bare_read=round(best["first_answer_s"] / bare_s, 1),
                    ratio_to_proving=round(
                        best["first_answer_s"] / result["verified_and_kept_s"], 3))


def main():
    if not shutil.which("dbus-daemon"):
        sys.exit("dbus-daemon is missing: apt-get install -y dbus-daemon")
    scratch = harness.Scratch()
    bus = harness.Bus(scratch)
    report = {"200 classes": dict(fleet_of(bus, HOSTS, 200), aim_first_answer_s=1,
                                  aim_rss_anon_kib=65536)}
    if OWN_CLASSES:
        report["a class each"] = fleet_of(bus, OWN_CLASSES, OWN_CLASSES)
    print(json.dumps({"store": report}, indent=1))


main()
