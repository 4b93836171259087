# SPDX-License-Identifier: LGPL-2.1-or-later
"""The feature file that the daemon writes by itself: when, how, and what happens where it cannot."""

import contextlib
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import threading

import harness

scratch = harness.Scratch()
HOST = harness.Host(scratch, "x86-vtd")
CTL = harness.BUILD / "client/iommufleetctl"
PREFIX = "feature.node.kubernetes.io/iommufleet-"


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


class Place:
    """A bus, a host of its own that may change, a folder for the file, and a configuration."""

    def __init__(self, configured=True):
        self.scratch = harness.Scratch()
        self.bus = harness.Bus(self.scratch)
        self.root = self.scratch.path / "root"
        shutil.copytree(HOST.root, self.root, symlinks=True)
        self.folder = self.scratch.path / "features.d"
        self.folder.mkdir()
        self.path = self.folder / "iommufleet"
        self.config = self.scratch.path / "nfd.conf"
        self.configure(f"[export]\nnfd-file={self.path}\n" if configured else "")

    def configure(self, text):
        self.config.write_text(text)

    def start(self, *extra, state=None, wait=True):
        host = type("Host", (), {"root": self.root, "log": HOST.log})
        return harness.Daemon(self.bus, host, state=state, wait=wait,
                              extra=[f"--config={self.config}", *extra])

    def labels(self):
        """What the file says, by name; None: there is none."""
        try:
            text = self.path.read_text(encoding="ascii")
        except FileNotFoundError:
            return None
        assert text.endswith("\n"), text
        lines = [line.partition("=") for line in text.splitlines()]
        assert all(key.startswith(PREFIX) and sign for key, sign, _ in lines), text
        return {key[len(PREFIX):]: value for key, _, value in lines}

    def refresh(self):
        self.bus.call("Refresh", "a{sv}", 0)

    def change(self):
        """Gives the host another class."""
        line = self.root / "proc/cmdline"
        line.write_text(line.read_text().rstrip("\n") + " pcie_acs_override=downstream\n")


@contextlib.contextmanager
def place(**more):
    here = Place(**more)
    try:
        yield here
    finally:
        here.scratch.clean()


def file__not_set__nothing_written():
    with place(configured=False) as here:
        here.start()
        here.refresh()
        equal(os.listdir(here.folder), [])


def file__first_collection__as_the_command_line_says():
    with place() as here:
        os.umask(0o077)
        try:
            here.start()
        finally:
            os.umask(0o022)
        harness.until("it is written", here.path.exists)
        told = subprocess.run([CTL, f"--bus={here.bus.address}", "export", "nfd"],
                              capture_output=True, text=True, timeout=60, check=True).stdout
        harness.until("it is what the command line says",
                      lambda: here.path.read_text(encoding="ascii") == told)
        equal(here.labels()["class"], here.bus.property("ClassDigest")[:32])
        equal(here.labels()["current"], "true")
        equal(stat.S_IMODE(here.path.stat().st_mode), 0o644)
        equal(os.listdir(here.folder), ["iommufleet"])


def file__nothing_changed__left_alone_even_by_a_restart():
    with place() as here:
        daemon = here.start()
        harness.until("it is written", here.path.exists)
        first, text = here.path.stat(), here.path.read_text(encoding="ascii")
        for again in range(3):
            here.refresh()
            equal(here.path.read_text(encoding="ascii"), text)
            equal((again, here.path.stat().st_ino), (again, first.st_ino))
            if again == 1:
                daemon.stop()
                here.start(state=daemon.state)
        equal(here.path.stat().st_mtime_ns, first.st_mtime_ns)


def file__host_changed__replaced_whole():
    with place() as here:
        here.start()
        harness.until("it is written", here.path.exists)
        old, seen, over = here.path.read_text(encoding="ascii"), set(), threading.Event()

        def read():
            while not over.is_set():
                seen.add(here.path.read_text(encoding="ascii"))

        reader = threading.Thread(target=read)
        reader.start()
        here.change()
        here.refresh()
        harness.until("it is another", lambda: here.labels()["acs-override"] == "true")
        over.set()
        reader.join()
        assert seen <= {old, here.path.read_text(encoding="ascii")}, "half of it was seen"
        equal(here.labels()["class"], here.bus.property("ClassDigest")[:32])
        equal(os.listdir(here.folder), ["iommufleet"])


def file__removed_or_altered__is_there_again():
    with place() as here:
        here.start()
        harness.until("it is written", here.path.exists)
        text = here.path.read_text(encoding="ascii")
        here.path.unlink()
        here.refresh()
        harness.until("it is back", here.path.exists)
        here.path.write_text(text + "more\n", encoding="ascii")
        here.refresh()
        harness.until("it is right", lambda: here.path.read_text(encoding="ascii") == text)
        # Left behind by a daemon that was killed; and a link to what is not ours.
        (here.folder / ".iommufleet.new").write_text("half")
        other = here.scratch.path / "other"
        other.write_text("kept")
        here.path.unlink()
        here.path.symlink_to(other)
        here.refresh()
        harness.until("it is a file", lambda: not here.path.is_symlink())
        equal((here.path.read_text(encoding="ascii"), other.read_text()), (text, "kept"))
        equal(os.listdir(here.folder), ["iommufleet"])


def file__folder_missing__said_once_and_mended():
    with place() as here:
        here.folder.rmdir()
        daemon = here.start()
        harness.until("it is said", lambda: "[export] nfd-file" in daemon.log())
        here.refresh()
        here.refresh()
        equal(daemon.log().count("[export] nfd-file"), 1)
        assert str(here.path) in daemon.log(), daemon.log()
        equal(here.bus.property("CollectionState"), "done")
        here.folder.mkdir()
        here.refresh()
        harness.until("it is written", here.path.exists)
        shutil.rmtree(here.folder)
        here.refresh()
        harness.until("it is said anew", lambda: daemon.log().count("[export] nfd-file") == 2)


def reload__another_path__written_there():
    with place(configured=False) as here:
        daemon = here.start()
        here.configure(f"[export]\nnfd-file={here.path}\n")
        daemon.child.send_signal(signal.SIGHUP)
        harness.until("it is written", here.path.exists)


def facts__too_old__nothing_is_true():
    with place() as here:
        first = here.start()
        harness.until("it is written", here.path.exists)
        before = here.labels()
        first.stop()
        with contextlib.closing(sqlite3.connect(first.state / "iommufleet.db")) as base:
            base.execute("UPDATE hosts SET collected_us = collected_us - 2 * 86400000000")
            base.commit()
        hang = here.scratch.path / "hang"
        hang.write_text("#!/bin/sh\nexec sleep 1000\n")
        hang.chmod(0o755)
        here.start(f"--collector={hang}", state=first.state, wait=False)
        harness.until("it says so", lambda: here.labels()["current"] == "false")
        after = here.labels()
        equal((after["class"], after["map"]), (before["class"], before["map"]))
        equal({value for key, value in after.items() if key not in ("class", "map", "current")},
              {"unknown"})


harness.main([
    file__not_set__nothing_written,
    file__first_collection__as_the_command_line_says,
    file__nothing_changed__left_alone_even_by_a_restart,
    file__host_changed__replaced_whole,
    file__removed_or_altered__is_there_again,
    file__folder_missing__said_once_and_mended,
    reload__another_path__written_there,
    facts__too_old__nothing_is_true,
])
