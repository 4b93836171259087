#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Speed and memory of one host's work, as one JSON document; ratios are within this one run.

Aims (DESIGN): collect at most 1.5 times bare reading; a verdict of 16 ranges 20 us; a domain of 5 kB
to its map 100 us; CheckMap at most 1.3 times a constant method; libvirt's hook 15 ms; private memory
of the daemon 8 MiB.
"""
import glob
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("top_builddir", os.getcwd())
SOURCE = os.environ.get("top_srcdir", os.getcwd())
COLLECT = f"{BUILD}/daemon/collect/iommufleet-collect"
ROUNDS = 15
HOOKS = 100
# Like sysfs, what is measured lies in memory and not on a disk.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
HOSTS = ("x86-vfio", "arm64-vfio", "x86-amdvi-7.2")


def timed(command, **options):
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **options)
    return time.monotonic() - begin


def files_read(sysroot, work):
    """The files that a collection opens and reads, as the kernel saw it."""
    trace = f"{work}/trace"
    subprocess.run(["strace", "-f", "-y", "-e", "trace=openat,openat2,read,pread64", "-o", trace,
                    COLLECT, "--sysroot", sysroot], check=True, stdout=subprocess.DEVNULL)
    root = os.path.realpath(sysroot)
    paths = []
    with open(trace, encoding="ascii", errors="replace") as f:
        for line in f:
            opened = re.search(r"open(?:at|at2)\(.*= \d+<([^>]*)>", line)
            if opened and opened.group(1).startswith(root) and os.path.isfile(opened.group(1)):
                paths.append(opened.group(1))
    return paths


def bench_collect(sysroot, work):
    paths = files_read(sysroot, work)
    with open(f"{work}/list", "w", encoding="ascii") as f:
        f.writelines(p + "\n" for p in paths)
    collect, bare = [], []
    for _ in range(ROUNDS):
        collect.append(timed([COLLECT, "--sysroot", sysroot]))
        bare.append(timed([f"{BUILD}/tests/bench/bench_files", f"{work}/list"]))
    c, b = statistics.median(collect), statistics.median(bare)
    return {"devices": 1000, "groups": 500, "files": len(paths), "collect_ms": round(c * 1e3, 2),
            "bare_read_ms": round(b * 1e3, 2), "ratio": round(c / b, 2), "aim": 1.5}


def bench_verdict(sysroot, work):
    with open(f"{work}/facts.json", "w", encoding="ascii") as f:
        subprocess.run([COLLECT, "--sysroot", sysroot], check=True, stdout=f)
    out = subprocess.run([f"{BUILD}/tests/bench/bench_verdict", f"{work}/facts.json",
                          "0000:01:00.0"], check=True, capture_output=True)
    return dict(json.loads(out.stdout), aim_named_ns=20000)


def run_ms(command, text, code):
    """The time from exec to exit, each run with that text on its standard input."""
    begin = time.monotonic()
    done = subprocess.run(command, input=text, capture_output=True, check=False)
    spent = time.monotonic() - begin
    if done.returncode != code:
        raise SystemExit(f"{command[0]} ended with {done.returncode}: {done.stderr.decode()}")
    return spent * 1e3


def bench_hook(daemon):
    """libvirt-hook, beside a program that does nothing, in turns."""
    with open(f"{SOURCE}/tests/bench/domain.xml", "rb") as f:
        text = f.read()
    hook = [f"{BUILD}/client/iommufleetctl", f"--bus={daemon.address}", "libvirt-hook", "db-7",
            "migrate", "begin", "-"]
    # The host has no such device, so the daemon refuses; a hook that misses it would let it pass.
    spent = [(run_ms(hook, text, 1), run_ms(["true"], text, 0)) for _ in range(HOOKS)]
    hook_ms, true_ms = (statistics.median(column) for column in zip(*spent))
    return {"hook_ms": round(hook_ms, 2), "true_ms": round(true_ms, 2),
            "ratio": round(hook_ms / true_ms, 2), "aim_hook_ms": 15}


def bench_layout():
    out = subprocess.run([f"{BUILD}/tests/bench/bench_layout", f"{SOURCE}/tests/bench/domain.xml"],
                         check=True, capture_output=True)
    return dict(json.loads(out.stdout), aim_map_ns=100000)


def bench_fleet():
    """Hosts of many classes, made of the captured ones."""
    hosts = sorted(glob.glob(f"{SOURCE}/tests/golden/*/facts.expected"))
    out = subprocess.run([f"{BUILD}/tests/bench/bench_fleet", *hosts], check=True,
                         capture_output=True)
    return dict(json.loads(out.stdout), aim_100000_hosts_ns=5000000)


class Daemon:
    """A private bus and the daemon on it, for one sysroot."""

    def __init__(self, work, sysroot, log=None):
        self.address = f"unix:path={work}/bus"
        with open(f"{work}/bus.conf", "w", encoding="ascii") as f:
            f.write("<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration "
                    "1.0//EN\" \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">"
                    f"<busconfig><type>session</type><listen>{self.address}</listen>"
                    "<policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>"
                    "<allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>")
        with open(f"{work}/conf", "w", encoding="ascii"):
            pass
        self.bus = subprocess.Popen(["dbus-daemon", f"--config-file={work}/bus.conf", "--nofork",
                                     "--nopidfile"], stderr=subprocess.DEVNULL)
        while not os.path.exists(f"{work}/bus"):
            time.sleep(0.02)
        command = [f"{BUILD}/daemon/iommufleetd", f"--bus={self.address}", f"--config={work}/conf",
                   f"--state-dir={work}", f"--collector={COLLECT}", f"--sysroot={sysroot}"]
        if log:
            command.append(f"--kernel-log={log}")
        self.process = subprocess.Popen(command, stderr=open(f"{work}/log", "wb"))
        try:
            self.wait(work)
        except BaseException:
            self.stop()
            raise

    def wait(self, work):
        for _ in range(200):
            if self.process.poll() is not None:
                with open(f"{work}/log", encoding="utf-8") as f:
                    raise SystemExit(f"the daemon ended: {f.read()}")
            if subprocess.run([f"{BUILD}/client/iommufleetctl", f"--bus={self.address}", "status"],
                              capture_output=True, check=False, timeout=30).returncode == 0:
                return
            time.sleep(0.05)
        raise SystemExit("the daemon did not answer")

    def memory(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as f:
            rows = dict(line.split(":", 1) for line in f)
        return {"rss_anon_kib": int(rows["RssAnon"].split()[0]),
                "resident_kib": int(rows["VmRSS"].split()[0])}

    def stop(self):
        for process in (self.process, self.bus):
            process.terminate()
            process.wait()


def with_daemon(sysroot, log, what):
    with tempfile.TemporaryDirectory() as work:
        daemon = Daemon(work, sysroot, log)
        try:
            return what(daemon)
        finally:
            daemon.stop()


def bench_bus(daemon):
    """The middle one of five runs: on few cores one run depends on who shares one with whom."""
    runs = []
    for _ in range(5):
        out = subprocess.run([f"{BUILD}/tests/bench/bench_bus", daemon.address, "0000:01:00.0"],
                             check=True, capture_output=True, timeout=60)
        runs.append(json.loads(out.stdout))
    runs.sort(key=lambda run: run["ratio"])
    return dict(runs[2], ratios=[run["ratio"] for run in runs], aim=1.3)


def captured(host, work):
    target = f"{work}/{host}"
    subprocess.run([f"{BUILD}/tests/support/unpack-capture",
                    f"{SOURCE}/tests/golden/{host}/capture.txt", target], check=True)
    return f"{target}/root", f"{target}/kernel-log"


def main():
    for need in ("strace", "dbus-daemon"):
        if not shutil.which(need):
            sys.exit(f"{need} is missing: apt-get install -y {need}")
    with tempfile.TemporaryDirectory(dir=MEMORY) as work:
        sysroot = f"{work}/sysroot"
        subprocess.run([sys.executable, f"{SOURCE}/tests/bench/make_sysroot.py", sysroot],
                       check=True)
        report = {"collect": bench_collect(sysroot, work),
                  "verdict": bench_verdict(sysroot, work), "layout": bench_layout(),
                  "fleet": bench_fleet(),
                  "memory": {"aim_rss_anon_kib": 8192}}
        for host in HOSTS:
            root, log = captured(host, work)
            report["memory"][host] = with_daemon(root, log, Daemon.memory)
        root, log = captured("x86-vfio-amdvi", work)
        report["check_map"] = with_daemon(root, log, bench_bus)
        report["hook"] = with_daemon(root, log, bench_hook)
        report["memory"]["1000 devices"] = with_daemon(sysroot, None, Daemon.memory)
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
