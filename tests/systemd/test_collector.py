# SPDX-License-Identifier: LGPL-2.1-or-later
"""The collector behind a socket, as iommufleet-collect.socket has it: systemd-socket-activate takes
the place of systemd, the daemon runs as a user without privilege."""

import concurrent.futures
import contextlib
import os
import pathlib
import pwd
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bus"))

import harness  # pylint: disable=wrong-import-position

if not shutil.which("systemd-socket-activate"):
    harness.skip("systemd-socket-activate is not installed")

scratch = harness.Scratch()
HOST = harness.Host(scratch, "x86-vtd")
subprocess.run(["chmod", "-R", "a+rX", HOST.folder], check=True)
COLLECT = harness.BUILD / "daemon/collect/iommufleet-collect"
IS_ROOT = os.geteuid() == 0
UID = 65534 if IS_ROOT else None  # the daemon's
USER = pwd.getpwuid(UID or os.geteuid()).pw_name
REQUEST = b"ifcq\1\0\0\0"


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


class Place:
    """A bus, and a socket behind which the collector reads the captured host."""

    def __init__(self, listen=True, timeout="1min"):
        self.scratch = harness.Scratch()
        self.bus = harness.Bus(self.scratch)
        self.path = self.scratch.path / "collect.socket"
        self.runs = self.scratch.path / "runs"
        self.config = self.scratch.path / "d.conf"
        self.config.write_text(f"[collect]\nsocket={self.path}\ntimeout={timeout}\n")
        if listen:
            self.listen()

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.scratch.clean()

    def listen(self):
        program = self.scratch.path / "program"
        program.write_text(f"#!/bin/sh\necho run >> {self.runs}\n"
                           f"exec {COLLECT} --serve {USER} --sysroot={HOST.root} "
                           f"--kernel-log={HOST.log}\n")
        program.chmod(0o755)
        self.runs.touch()
        self.runs.chmod(0o666)
        child = self.scratch.spawn("systemd-socket-activate", "--accept", "--inetd", "-l",
                                   self.path, program, stderr=subprocess.DEVNULL)
        harness.until("somebody listens", self.listens)
        self.path.chmod(0o666)
        return child

    def listens(self):
        """Without connecting, which would count as a run."""
        for line in pathlib.Path("/proc/net/unix").read_text(encoding="utf-8").splitlines():
            fields = line.split()
            if fields[-1] == str(self.path) and int(fields[3], 16) & 0x10000:  # __SO_ACCEPTCON
                return True
        return False

    def serve(self, answer):
        """In the place of the collector: what answer(connection) does."""
        self.path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.path))
        self.path.chmod(0o666)
        listener.listen()

        def loop():
            while True:
                try:
                    connection, _address = listener.accept()
                except OSError:
                    return
                answer(connection)
                connection.close()

        threading.Thread(target=loop, daemon=True).start()
        return listener

    def daemon(self, **more):
        return harness.Daemon(self.bus, uid=UID, extra=[f"--config={self.config}"], **more)

    def count(self):
        return len(self.runs.read_text().splitlines())

    def ask(self, request, as_uid=None):
        """All that comes back."""
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(harness.DEADLINE)
        if as_uid is not None:
            os.seteuid(as_uid)
        try:
            client.connect(str(self.path))
        finally:
            if as_uid is not None:
                os.seteuid(0)
        got = b""
        with client, contextlib.suppress(ConnectionResetError, BrokenPipeError):
            client.sendall(request)
            client.shutdown(socket.SHUT_WR)
            while True:
                part = client.recv(65536)
                if not part:
                    break
                got += part
        return got


def alone():
    """What the collector says when it is run by hand."""
    return subprocess.run([COLLECT, f"--sysroot={HOST.root}", f"--kernel-log={HOST.log}",
                           "--wake=no"], capture_output=True, check=True).stdout.rstrip(b"\n")


def answer__of_the_collector__is_head_and_document():
    with Place() as place:
        got = place.ask(REQUEST)
        mark, version, failed, zero, n_message, n_document = struct.unpack(">4sBBHII", got[:16])
        equal((mark, version, failed, zero, n_message), (b"ifca", 1, 0, 0, 0))
        equal(n_document, len(got) - 16)
        equal(got[16:], alone())


def request__wrong_or_none__no_answer():
    with Place() as place:
        for request in (b"", b"ifcq\1\0\0", b"ifcq\2\0\0\0", b"ifcq\1\2\0\0", b"ifcq\1\0\0\1",
                        b"GET / HT", b"/etc/shadow\0"):
            equal(place.ask(request), b"")


def peer__neither_root_nor_the_daemon__no_answer():
    if not IS_ROOT:
        print("  (only root can be two users: this case is left to runs as root)")
        return
    with Place() as place:
        equal(place.ask(REQUEST, as_uid=1), b"")
        equal(place.ask(REQUEST, as_uid=UID)[:4], b"ifca")
        equal(place.ask(REQUEST)[:4], b"ifca")


def daemon__socket_is_there__reads_this_host_through_it():
    with Place() as place:
        other = harness.Scratch()
        try:
            bus = harness.Bus(other)
            harness.Daemon(bus, HOST)
            wanted = bus.property("FactsDigest")
        finally:
            other.clean()
        place.daemon()
        equal(place.bus.property("FactsDigest"), wanted)
        equal(place.bus.property("CollectionTrouble"), "")
        equal(place.count(), 1)


def refresh__a_hundred_at_once_and_after__few_collections_all_answered():
    with Place() as place:
        place.daemon()
        equal(place.count(), 1)
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            asked = [pool.submit(place.bus.call, "Refresh", "a{sv}", 0, uid=UID)
                     for _ in range(50)]
            equal([one.result() for one in asked], [[]] * 50)
            asked = [pool.submit(place.bus.call, "Refresh", "a{sv}", 0, uid=UID)
                     for _ in range(50)]
            equal([one.result() for one in asked], [[]] * 50)
        # One at the start and one right away; then one each five seconds, at most.
        assert place.count() <= 3 + (time.monotonic() - start) / 5, place.count()
        # They were not simply refused for being early: the last ones had to wait for their own.
        assert place.count() >= 3 and time.monotonic() - start > 4.5, place.count()
        equal(place.bus.property("CollectionState"), "done")


def socket__gone_after_it_was_there__old_answers_stay_and_it_says_so():
    with Place(listen=False) as place:
        child = place.listen()
        place.daemon()
        digest = place.bus.property("FactsDigest")
        child.terminate()
        child.wait(harness.DEADLINE)
        place.path.unlink(missing_ok=True)
        try:
            place.bus.call("Refresh", "a{sv}", 0, uid=UID)
            raise AssertionError("nobody was there to answer")
        except harness.Failed as failed:
            assert "systemctl start iommufleet-collect.socket" in str(failed), failed
        equal(place.bus.property("CollectionState"), "failed")
        equal(place.bus.property("FactsDigest"), digest)
        assert "systemctl start" in place.bus.report("status")["daemon"]["trouble"]


def socket__never_there__reads_what_it_can_and_says_how_to_read_more():
    with Place(listen=False) as place:
        place.daemon()
        equal(place.bus.property("CollectionState"), "done")
        trouble = place.bus.report("status")["daemon"]["trouble"]
        assert "systemctl enable --now iommufleet-collect.socket" in trouble, trouble
        assert "without privilege" in trouble, trouble
        place.bus.call("Refresh", "a{sv}", 0, uid=UID)


def socket__of_somebody_else__as_if_none_were_there():
    if not IS_ROOT:
        print("  (only root can keep others out: this case is left to runs as root)")
        return
    with Place() as place:
        place.path.chmod(0o600)
        place.daemon()
        equal(place.bus.property("CollectionState"), "done")
        assert "without privilege" in place.bus.property("CollectionTrouble")
        equal(place.count(), 0)


def answer__not_one__old_answers_stay():
    document = alone()
    whole = struct.pack(">4sBBHII", b"ifca", 1, 0, 0, 0, len(document)) + document

    def send(what):
        def answer(connection):
            connection.recv(8)
            try:
                connection.sendall(what)
            except OSError:
                pass
        return answer

    def hang(connection):
        while connection.recv(4096):
            pass

    long = struct.pack(">4sBBHII", b"ifca", 1, 0, 0, 0, 9 << 20)
    said = struct.pack(">4sBBHII", b"ifca", 1, 1, 0, 11, 0) + b"no memory\n\n"
    for answer, word in ((send(b""), "no whole answer"), (send(whole[:-1]), "no whole answer"),
                         (send(whole + b"x"), "no whole answer"),
                         (send(b"x" * 4096), "no whole answer"),
                         (send(long + b"x" * (9 << 20)), "larger than 8 MiB"),
                         (send(said), "failed with status 1"),
                         (hang, "longer than [collect] timeout")):
        with Place(listen=False, timeout="2s" if answer == hang else "1min") as place:
            first = harness.Daemon(place.bus, HOST, uid=UID)
            digest = place.bus.property("FactsDigest")
            assert digest
            first.stop()
            listener = place.serve(answer)
            place.daemon(state=first.state)
            equal(place.bus.property("CollectionState"), "failed")
            assert word in place.bus.property("CollectionTrouble"), \
                (word, place.bus.property("CollectionTrouble"))
            equal(place.bus.property("FactsDigest"), digest)
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()


harness.main([
    answer__of_the_collector__is_head_and_document,
    request__wrong_or_none__no_answer,
    peer__neither_root_nor_the_daemon__no_answer,
    daemon__socket_is_there__reads_this_host_through_it,
    refresh__a_hundred_at_once_and_after__few_collections_all_answered,
    socket__gone_after_it_was_there__old_answers_stay_and_it_says_so,
    socket__never_there__reads_what_it_can_and_says_how_to_read_more,
    socket__of_somebody_else__as_if_none_were_there,
    answer__not_one__old_answers_stay,
])
