# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the daemon tells the service manager: when it is ready, that it reloads, that it lives."""

import os
import pathlib
import signal
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bus"))

import harness  # pylint: disable=wrong-import-position

scratch = harness.Scratch()
HOST = harness.Host(scratch, "x86-vtd")
COLLECT = harness.BUILD / "daemon/collect/iommufleet-collect"


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


class Manager:
    """The end that systemd has of the socket for notifications."""

    def __init__(self, watchdog_s=None):
        self.place = harness.Scratch()
        self.bus = harness.Bus(self.place)
        path = self.place.path / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        path.chmod(0o777)
        self.socket.settimeout(harness.DEADLINE)
        os.environ["NOTIFY_SOCKET"] = str(path)
        os.environ.pop("WATCHDOG_USEC", None)
        if watchdog_s:
            os.environ["WATCHDOG_USEC"] = str(int(watchdog_s * 1000000))

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.place.clean()
        self.socket.close()
        del os.environ["NOTIFY_SOCKET"]

    def message(self):
        return self.socket.recv(4096).decode()

    def until(self, beginning):
        """All messages up to the first that begins so, with that."""
        seen, end = [], time.monotonic() + harness.DEADLINE
        while not seen or not seen[-1].startswith(beginning):
            assert time.monotonic() < end, f"no {beginning}, but {len(seen)} like {seen[-1:]}"
            seen.append(self.message())
        return seen

    def rest(self):
        """All that has come by now."""
        seen = []
        self.socket.setblocking(False)
        try:
            while True:
                seen.append(self.message())
        except BlockingIOError:
            self.socket.settimeout(harness.DEADLINE)
        return seen

    def script(self, text):
        path = self.place.path / "collector"
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)
        return f"--collector={path}"


def ready__nothing_known__only_after_the_first_collection():
    with Manager() as manager:
        go = manager.place.path / "go"
        slow = manager.script(f"while ! test -e {go}; do sleep 0.05; done\nexec {COLLECT} \"$@\"\n")
        daemon = harness.Daemon(manager.bus, HOST, extra=[slow], wait=False)
        daemon.wait_named()
        equal(manager.message(), "STATUS=Nothing is known of this host yet")
        equal(manager.bus.property("Ready"), False)
        equal(manager.rest(), [])
        go.touch()
        seen = manager.until("READY=1")
        equal(manager.bus.property("Ready"), True)
        digest = manager.bus.property("ClassDigest")[:12]
        told = (seen + manager.until("STATUS=Answering for "))[-1]
        assert f": 15 groups, class {digest}" in told, told
        daemon.stop()
        equal(manager.until("STOPPING=1")[-1], "STOPPING=1")


def ready__known_from_the_store__at_once():
    with Manager() as manager:
        first = harness.Daemon(manager.bus, HOST)
        first.stop()
        manager.until("STOPPING=1")
        hang = manager.script("exec sleep 1000\n")
        harness.Daemon(manager.bus, HOST, state=first.state, extra=[hang], wait=False)
        manager.until("READY=1")
        equal(manager.bus.property("CollectionState"), "running")


def ready__collection_fails__all_the_same():
    with Manager() as manager:
        harness.Daemon(manager.bus, HOST, extra=[manager.script("exit 3\n")])
        seen = manager.until("READY=1") + manager.rest()
        assert any(one.startswith("STATUS=Nothing is known of this host: ") and
                   "failed with status 3" in one for one in seen), seen


def reload__right_or_wrong__told_from_beginning_to_end():
    with Manager() as manager:
        config = manager.place.path / "d.conf"
        config.write_text("[log]\nlevel=info\n")
        daemon = harness.Daemon(manager.bus, HOST, extra=[f"--config={config}"])
        manager.until("READY=1")
        for text in ("[log]\nlevel=debug\n", "[log]\nlevel=loud\n"):
            config.write_text(text)
            before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            daemon.child.send_signal(signal.SIGHUP)
            told = manager.until("RELOADING=1")[-1].split("\n")
            stamp = int(told[1].removeprefix("MONOTONIC_USEC="))
            assert before <= stamp <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000, told
            manager.until("READY=1")


def watchdog__loop_stands_still__no_sign_of_life():
    with Manager(watchdog_s=0.6) as manager:
        daemon = harness.Daemon(manager.bus, HOST)
        manager.until("READY=1")
        start = time.monotonic()
        for _ in range(5):
            manager.until("WATCHDOG=1")
        assert time.monotonic() - start > 0.5, "told by something faster than the timer"
        daemon.child.send_signal(signal.SIGSTOP)
        manager.socket.settimeout(1.5)
        try:
            for _ in range(4):
                manager.message()
            raise AssertionError("a process that is stopped gives signs of life")
        except TimeoutError:
            pass
        finally:
            daemon.child.send_signal(signal.SIGCONT)
        manager.socket.settimeout(harness.DEADLINE)
        manager.until("WATCHDOG=1")


harness.main([
    ready__nothing_known__only_after_the_first_collection,
    ready__known_from_the_store__at_once,
    ready__collection_fails__all_the_same,
    reload__right_or_wrong__told_from_beginning_to_end,
    watchdog__loop_stands_still__no_sign_of_life,
])
