# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starting, stopping, configuring, restarting; collectors and stores that misbehave."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sqlite3

import harness

scratch = harness.Scratch()
HOST = harness.Host(scratch, "x86-vtd")
COLLECT = harness.BUILD / "daemon/collect/iommufleet-collect"
DAEMON = harness.BUILD / "daemon/iommufleetd"
MAP = "ssa(tts)asa{sv}"
NVME = HOST.root / "sys/bus/pci/devices/0000:04:00.0"


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


@contextlib.contextmanager
def place():
    """A scratch folder with a bus; all in it ends with the block."""
    here = harness.Scratch()
    try:
        yield harness.Bus(here)
    finally:
        here.clean()


def script(bus, text, name="collector"):
    path = bus.scratch.path / name
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o755)
    return path


def gone(pid):
    return not pathlib.Path(f"/proc/{pid}").exists()


def answers(bus):
    return bus.call("CheckMap", MAP, "", "x86_64", 1, 0, 0xFFFFFF, "ram", 0, 0)[0]


def stop__any_signal__clean_end():
    for number in (signal.SIGTERM, signal.SIGINT):
        with place() as bus:
            daemon = harness.Daemon(bus, HOST)
            equal(daemon.stop(number), 0)
            equal(harness.children_of(os.getpid()), [bus.child.pid])
            assert harness.NAME not in bus.run("list", "--acquired", "--no-legend")
            assert "stopped" in daemon.log()
            equal(sorted(path.name for path in daemon.state.iterdir()), ["iommufleet.db"])


def stop__while_collecting__no_process_is_left():
    with place() as bus:
        pids = bus.scratch.path / "pids"
        hang = script(bus, f"sleep 1000 & echo $$ $! > {pids}.new; mv {pids}.new {pids}; wait\n")
        daemon = harness.Daemon(bus, extra=[f"--collector={hang}"], wait=False)
        harness.until("the collector runs", pids.exists)
        equal(daemon.stop(), 0)
        for pid in pids.read_text().split():
            harness.until(f"{pid} is gone", lambda pid=pid: gone(pid), 5)


def start__name_taken_or_no_bus__says_so_and_fails():
    with place() as bus:
        harness.Daemon(bus, HOST)
        second = harness.Daemon(bus, HOST, wait=False)
        equal(second.child.wait(harness.DEADLINE), 1)
        assert "is taken" in second.log(), second.log()
        lost = subprocess.run(
            [DAEMON, "--bus=unix:path=/nonexistent/bus", f"--state-dir={second.state}"],
            capture_output=True, text=True, check=False, timeout=harness.DEADLINE)
        equal(lost.returncode, 1)
        assert "/nonexistent/bus" in lost.stderr or "bus is gone" in lost.stderr, lost.stderr


def bus__that_ends__ends_the_daemon():
    with place() as bus:
        daemon = harness.Daemon(bus, HOST)
        bus.child.kill()
        equal(daemon.child.wait(harness.DEADLINE), 1)
        assert "the bus is gone" in daemon.log()


def start__as_nobody__works():
    if os.geteuid() != 0:
        return  # then all other cases show it
    with place() as bus:
        subprocess.run(["cp", "-a", HOST.folder, bus.scratch.path / "host"], check=True)
        subprocess.run(["chmod", "-R", "a+rX", bus.scratch.path / "host"], check=True)
        copy = type("Copy", (), {"root": bus.scratch.path / "host/root",
                                 "log": bus.scratch.path / "host/kernel-log"})
        harness.Daemon(bus, copy, uid=65534)
        assert answers(bus)["hotplug"]
        equal(bus.property("StoreState"), "file")
        client = bus.connect(as_uid=65534)
        client.call(harness.NAME, harness.ROOT, harness.MANAGER, "Refresh", "a{sv}", {})


def restart__collector_hangs__answers_from_the_store():
    with place() as bus:
        first = harness.Daemon(bus, HOST)
        before = (answers(bus), bus.property("FactsDigest"), bus.property("CollectedAtUSec"))
        first.stop()
        hang = script(bus, "exec sleep 1000\n")
        harness.Daemon(bus, HOST, state=first.state, extra=[f"--collector={hang}"],
                       wait=False).wait_named()
        equal(bus.property("CollectionState"), "running")
        equal((answers(bus), bus.property("FactsDigest"), bus.property("CollectedAtUSec")), before)


def restart__after_kill__answers_from_the_store():
    with place() as bus:
        first = harness.Daemon(bus, HOST)
        digest = bus.property("FactsDigest")
        equal(first.stop(signal.SIGKILL), -9)
        hang = script(bus, "exec sleep 1000\n")
        harness.Daemon(bus, HOST, state=first.state, extra=[f"--collector={hang}"],
                       wait=False).wait_named()
        equal(bus.property("FactsDigest"), digest)


def collector__misbehaves__old_answers_stay():
    cases = {
        "exec sleep 1000\n": "longer than [collect] timeout",
        "exec head -c 9000000 /dev/zero\n": "8 MiB",
        "echo '{'\n": "",
        "exit 7\n": "status 7",
        "kill -SEGV $$\n": "signal 11",
        "exit 0\n": "wrote nothing",
    }
    with place() as bus:
        config = bus.scratch.path / "short.conf"
        config.write_text("[collect]\ntimeout=1s\n")
        program = script(bus, f"exec {COLLECT} \"$@\"\n")
        daemon = harness.Daemon(bus, HOST, extra=[f"--collector={program}", f"--config={config}"])
        known = (answers(bus), bus.property("FactsDigest"), bus.property("CollectedAtUSec"))
        for text, trouble in cases.items():
            script(bus, text)
            equal(bus.error("Refresh", "a{sv}", {}), "CollectionFailed")
            assert trouble in bus.property("CollectionTrouble"), (text, daemon.log())
            equal((answers(bus), bus.property("FactsDigest"), bus.property("CollectedAtUSec")),
                  known)
        script(bus, "head -c 200000 /dev/zero | tr '\\0' x >&2\nyes ouch | head -1000 >&2\n"
                    f"exec {COLLECT} \"$@\"\n")
        bus.call("Refresh", "a{sv}", 0)
        assert len(daemon.log()) < 60000, "the collector floods the log"
        equal(bus.property("CollectionTrouble"), "")
        program.unlink()
        equal(bus.error("Refresh", "a{sv}", {}), "CollectionFailed")


def wake__once_a_boot_and_on_refresh__sleepers_are_kept():
    with place() as bus:
        words = bus.scratch.path / "words"
        program = script(bus, f"echo \"$@\" >> {words}\nexec {COLLECT} \"$@\"\n")
        extra = [f"--collector={program}"]
        boot = HOST.root / "proc/sys/kernel/random/boot_id"
        boot.parent.mkdir(parents=True, exist_ok=True)
        boot.write_text("0b7d1a52-7f43-4f5e-9c3e-2f0a6f1d7c11\n")
        first = harness.Daemon(bus, HOST, extra=extra)
        digest = bus.property("FactsDigest")
        first.child.send_signal(signal.SIGHUP)
        harness.until("SIGHUP collects", lambda: len(words.read_text().splitlines()) == 2)
        bus.call("Refresh", "a{sv}", 0)
        first.stop()
        asleep = NVME.resolve() / "power_state"
        was = asleep.read_text() if asleep.exists() else None
        if asleep.exists():
            asleep.chmod(0o644)
        asleep.write_text("D3hot\n")
        try:
            harness.Daemon(bus, HOST, state=first.state, extra=extra)
            equal(bus.property("FactsDigest"), digest)
            wake = [line.split()[0].removeprefix("--wake=") for line in
                    words.read_text().splitlines()]
            assert wake[0] == "yes" and wake[1] == "no" and wake[-2:] == ["yes", "no"], wake
            alone = subprocess.run([COLLECT, "--wake=no", f"--sysroot={HOST.root}",
                                    f"--kernel-log={HOST.log}"], capture_output=True, check=True)
            assert b"asleep" in alone.stdout, "nothing was asleep: this case shows nothing"
        finally:
            asleep.unlink()
            if was is not None:
                asleep.write_text(was)


def interval__passes__collects_again_and_wakes_nobody():
    with place() as bus:
        words = bus.scratch.path / "words"
        program = script(bus, f"echo \"$@\" >> {words}\nexec {COLLECT} \"$@\"\n")
        config = bus.scratch.path / "soon.conf"
        config.write_text("[collect]\ninterval=10s\n")
        harness.Daemon(bus, HOST, extra=[f"--collector={program}", f"--config={config}"])
        before = bus.property("CollectedAtUSec")
        harness.until("the interval passes", lambda: bus.property("CollectedAtUSec") > before,
                      deadline=30)
        equal(["--wake=no" in line.split() for line in words.read_text().splitlines()],
              [False, True])


def reload__right_or_wrong__taken_or_refused_as_a_whole():
    with place() as bus:
        config = bus.scratch.path / "d.conf"
        dropins = bus.scratch.path / "d.conf.d"
        dropins.mkdir()
        config.write_text("[log]\nlevel=info\n[judge]\nnested=no\n")
        daemon = harness.Daemon(bus, HOST, extra=[f"--config={config}"])
        equal(answers(bus)["hotplug"], "unknown")

        def collected_after(write):
            before = bus.property("CollectedAtUSec")
            write()
            daemon.child.send_signal(signal.SIGHUP)
            harness.until("collected", lambda: bus.property("CollectedAtUSec") > before)

        collected_after(lambda: (dropins / "10-nested.conf").write_text("[judge]\nnested=trust\n"))
        equal(answers(bus)["hotplug"], "safe")
        collected_after(lambda: (dropins / "20-wrong.conf").write_text(
            "# comment\n[judge]\nnested=no\nstale-after=soon\n"))
        assert f"{dropins}/20-wrong.conf:4: stale-after=soon" in daemon.log(), daemon.log()
        equal(answers(bus)["hotplug"], "safe")
        collected_after(lambda: (dropins / "20-wrong.conf").write_text(
            "[judge]\nnested=no\ncolour=red\n"))
        equal(answers(bus)["hotplug"], "unknown")
        assert f"{dropins}/20-wrong.conf:3: no key colour" in daemon.log(), daemon.log()


def store__that_cannot_be_used__named_untouched_and_answers_go_on():
    def newer(path):
        data = bytearray(path.read_bytes())
        data[60:64] = b"\0\0\0\7"
        path.write_bytes(data)

    def broken(path):
        path.write_bytes(b"no database at all" * 100)

    for spoil, word in ((newer, "newer"), (broken, "corrupt")):
        with place() as bus:
            first = harness.Daemon(bus, HOST)
            first.stop()
            path = first.state / "iommufleet.db"
            spoil(path)
            before = path.read_bytes()
            second = harness.Daemon(bus, HOST, state=first.state)
            assert f"{path}: " in second.log() and word in second.log(), second.log()
            equal(bus.property("StoreState"), "memory")
            assert answers(bus)
            equal(second.stop(), 0)
            equal(path.read_bytes(), before)


def store__disk_full__answers_go_on_and_it_is_used_again():
    with place() as bus:
        daemon = harness.Daemon(bus, HOST)
        pid = daemon.child.pid
        path = daemon.state / "iommufleet.db"
        driver = NVME.resolve() / "driver"
        target = os.readlink(driver)
        subprocess.run(["prlimit", f"--pid={pid}", "--fsize=4096:"], check=True)
        driver.unlink()
        try:
            bus.call("Refresh", "a{sv}", 0)
            equal(bus.property("StoreState"), "memory")
            assert str(path) in daemon.log(), daemon.log()
            assert answers(bus)
            subprocess.run(["prlimit", f"--pid={pid}", "--fsize=unlimited:"], check=True)
            bus.call("Refresh", "a{sv}", 0)
            equal(bus.property("StoreState"), "file")
            equal(daemon.stop(), 0)
        finally:
            driver.symlink_to(target)
        with contextlib.closing(sqlite3.connect(path)) as db:
            equal(db.execute("PRAGMA integrity_check").fetchone()[0], "ok")
            equal(db.execute("SELECT count(*) FROM history").fetchone()[0], 2)


def command_line__each_mistake__status_and_words():
    def run(*args):
        return subprocess.run([DAEMON, *args], capture_output=True, text=True, check=False,
                              timeout=harness.DEADLINE)

    for args in (["--frobnicate"], ["--bus"], ["word"], ["--sysroot="]):
        done = run(*args)
        equal(done.returncode, 2)
        assert done.stderr.startswith("iommufleetd: ") and not done.stdout, done
    equal(run("-h").stdout, run("--help").stdout)
    assert all(len(line) <= 80 for line in run("--help").stdout.splitlines())
    equal(run("--help").returncode, 0)
    assert run("--version").stdout.startswith("iommufleetd ")
    with place() as bus:
        config = bus.scratch.path / "c.conf"
        equal(run(f"--config={config}", "--check-config").returncode, 1)
        config.write_text("[collect]\ninterval=1h\n")
        equal(run(f"--config={config}", "--check-config").returncode, 0)
        shown = run(f"--config={config}", "--print-config", "--sysroot=/srv/x").stdout
        assert "interval=1h\n" in shown and "sysroot=/srv/x\n" in shown, shown
        config.write_text(shown)
        equal(run(f"--config={config}", "--print-config").stdout, shown)
        config.write_text("[collect]\ninterval=1y\n")
        done = run(f"--config={config}", "--check-config")
        equal(done.returncode, 1)
        assert f"{config}:2: interval=1y" in done.stderr, done.stderr
        keys = [line.split("=")[0] for line in shown.splitlines() if "=" in line]
        manual = (harness.TOP / "man/iommufleetd.conf.5").read_text()
        equal([line.split()[2] for line in manual.splitlines() if line.startswith(".It Cm ")],
              [key for key in keys])


def memory__captured_host__within_its_budget():
    with place() as bus:
        daemon = harness.Daemon(bus, HOST)
        for _ in range(5):
            bus.call("Refresh", "a{sv}", 0)
        private = daemon.private_kb()
        print(f"  RssAnon {private} kB")
        assert private <= 8192, f"{private} kB"


harness.main([
    stop__any_signal__clean_end,
    stop__while_collecting__no_process_is_left,
    start__name_taken_or_no_bus__says_so_and_fails,
    bus__that_ends__ends_the_daemon,
    start__as_nobody__works,
    restart__collector_hangs__answers_from_the_store,
    restart__after_kill__answers_from_the_store,
    collector__misbehaves__old_answers_stay,
    wake__once_a_boot_and_on_refresh__sleepers_are_kept,
    interval__passes__collects_again_and_wakes_nobody,
    reload__right_or_wrong__taken_or_refused_as_a_whole,
    store__that_cannot_be_used__named_untouched_and_answers_go_on,
    store__disk_full__answers_go_on_and_it_is_used_again,
    command_line__each_mistake__status_and_words,
    memory__captured_host__within_its_budget,
])
