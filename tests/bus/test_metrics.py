# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is counted, and the address that it is told at: by raw sockets, as a Prometheus asks and as
nobody should."""

import contextlib
import os
import pathlib
import socket
import subprocess
import time

import harness
import promtext

scratch = harness.Scratch()
HOST = harness.Host(scratch, "x86-vtd")
COLLECT = harness.BUILD / "daemon/collect/iommufleet-collect"
CTL = harness.BUILD / "client/iommufleetctl"
MAP = "ssa(tts)asa{sv}"
MOST = 16  # connections at once
GET = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


def free_port(family=socket.AF_INET, host="127.0.0.1"):
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


class Place:
    """A daemon with the address, and a collector that can be made to fail."""

    def __init__(self, text=None):
        self.scratch = harness.Scratch()
        self.bus = harness.Bus(self.scratch)
        self.port = free_port()
        self.program = self.scratch.path / "collector"
        self.collect(f"exec {COLLECT} \"$@\"")
        config = self.scratch.path / "metrics.conf"
        config.write_text(f"[metrics]\nlisten=127.0.0.1:{self.port}\n" if text is None else text)
        self.daemon = harness.Daemon(
            self.bus, HOST, extra=[f"--config={config}", f"--collector={self.program}"])

    def collect(self, line):
        self.program.write_text(f"#!/bin/sh\n{line}\n")
        self.program.chmod(0o755)

    def connect(self):
        made = socket.create_connection(("127.0.0.1", self.port), timeout=harness.DEADLINE)
        return made

    def ask(self, request=GET):
        """Status, header and body of an answer; status 0: the connection ended without one."""
        with self.connect() as made:
            made.sendall(request)
            return read_answer(made)

    def metrics(self):
        status, _, body = self.ask()
        equal(status, 200)
        return promtext.parse(body)

    def sockets(self):
        """How many sockets the daemon has."""
        n = 0
        for fd in pathlib.Path(f"/proc/{self.daemon.child.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                n += os.readlink(fd).startswith("socket:")
        return n


@contextlib.contextmanager
def place(text=None):
    here = Place(text)
    try:
        yield here
    finally:
        here.scratch.clean()


def read_to_end(made):
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := made.recv(65536):
            parts.append(part)
    return b"".join(parts)


def read_answer(made):
    head, _, body = read_to_end(made).partition(b"\r\n\r\n")
    if not head:
        return 0, {}, ""
    line, *fields = head.decode("ascii").split("\r\n")
    version, status, _ = line.split(" ", 2)
    equal(version, "HTTP/1.1")
    return int(status), dict(field.split(": ", 1) for field in fields), body.decode("ascii")


def until_value(here, wanted, name, **labels):
    """Waits until a sample has that value: what is told may be a second old."""
    harness.until(f"{name} {labels} is {wanted}",
                  lambda: promtext.value_of(here.metrics(), name, **labels) == wanted)


# ------------------------------------------------------------- what is told

def listen__not_set__nowhere():
    with place("") as here:
        own = {os.readlink(fd)[8:-1] for fd in
               pathlib.Path(f"/proc/{here.daemon.child.pid}/fd").iterdir()
               if os.readlink(fd).startswith("socket:[")}
        for table in ("tcp", "tcp6"):
            for line in pathlib.Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                assert fields[9] not in own, f"it has the socket {line}"
        equal(here.bus.report("metrics")["schema"], "iommufleet-metrics-1")


def get__metrics__as_on_the_bus():
    with place() as here:
        status, header, body = here.ask()
        equal(status, 200)
        equal(header["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        equal((header["Content-Length"], header["Connection"]), (str(len(body)), "close"))
        metrics = promtext.parse(body)
        told = subprocess.run([CTL, f"--bus={here.bus.address}", "export", "prometheus"],
                              capture_output=True, text=True, timeout=60, check=True).stdout
        for name in ("iommufleet_metrics_requests_total", "iommufleet_answers_total"):
            assert name in metrics, f"no {name}"
        # What one of the two changed by asking aside, they are the same lines.
        asking = "iommufleet_metrics_requests_total{"
        equal([line for line in body.splitlines() if not line.startswith(asking)],
              [line for line in told.splitlines() if not line.startswith(asking)])
        digest = here.bus.property("ClassDigest")[:32]
        equal(promtext.value_of(metrics, "iommufleet_hosts", **{"class": digest}), 1)
        equal(promtext.value_of(metrics, "iommufleet_stale_hosts"), 0)
        equal(promtext.value_of(metrics, "iommufleet_store_kept"), 1)
        collected = promtext.value_of(metrics, "iommufleet_collected_timestamp_seconds")
        equal(collected, here.bus.property("CollectedAtUSec") // 1000000)
        for name in here.bus.report("status")["host"], os.uname().nodename:
            assert f'"{name}"' not in body, f"it names {name}"
        status, head, nothing = here.ask(GET.replace(b"GET", b"HEAD"))
        equal((status, nothing), (200, ""))
        assert abs(int(head["Content-Length"]) - len(body)) < 8, head


def check__asked__its_answers_are_counted():
    with place() as here:
        told = {}
        for last in (0xFFFFFF, 0xFFFFFFFFFFFF):
            answers = here.bus.call("CheckMap", MAP, "", "x86_64", 1, 0, last, "ram", 0, 0)[0]
            for question, answer in answers.items():
                told[question, answer] = told.get((question, answer), 0) + 1
        equal(sum(told.values()), 6)
        for question in ("migrate", "hotplug", "memory_hotplug"):
            for answer in ("safe", "unknown", "unsafe"):
                until_value(here, told.get((question, answer), 0), "iommufleet_answers_total",
                            question=question, answer=answer)
        # Only what was asked; a mistake is no answer.
        here.bus.call("CheckMap", MAP, "", "x86_64", 1, 0, 0xFFFFFF, "ram", 0, 1, "questions", "as",
                      1, "migrate")
        here.bus.error("CheckMap", MAP, "", "", [(0, 1, "ram")], [], {})
        harness.until("seven answers", lambda: sum(
            here.metrics()["iommufleet_answers_total"][1].values()) == 7)


def collection__done_or_failed__counted():
    with place() as here:
        until_value(here, 1, "iommufleet_collections_total", result="done")
        here.bus.call("Refresh", "a{sv}", 0)
        here.collect("exit 7")
        here.bus.error("Refresh", "a{sv}", {})
        until_value(here, 2, "iommufleet_collections_total", result="done")
        until_value(here, 1, "iommufleet_collections_total", result="failed")


# ------------------------------------------------------------- what is not

def request__other_than_that__refused():
    long_line = b"X: " + b"y" * 5000
    with place() as here:
        for request, wanted in (
            (b"POST /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 405),
            (b"PUT /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n", 405),
            (b"DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 405),
            (b"OPTIONS /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 405),
            (b"get /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 405),
            (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 404),
            (b"GET /metrics/ HTTP/1.1\r\nHost: x\r\n\r\n", 404),
            (b"GET /../metrics HTTP/1.1\r\nHost: x\r\n\r\n", 404),
            (b"GET http://x/metrics HTTP/1.1\r\nHost: x\r\n\r\n", 400),
            (b"GET /metrics HTTP/1.0\r\nHost: x\r\n\r\n", 505),
            (b"GET /metrics\r\n\r\n", 400),
            (b"GET /metrics HTTP/1.1\r\n\r\n", 400),
            (b"GET /metrics HTTP/1.1\nHost: x\n\n", 400),
            (b"GET /metrics HTTP/1.1\r\nHost: x\r\n y\r\n\r\n", 400),
            (b"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", 413),
            (b"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 1\r\n\r\n",
             400),
            (b"GET /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
            (b"GET /metrics HTTP/1.1\r\nHost: x\r\n" + long_line + b"\r\n\r\n", 431),
            (b"GET /metrics HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 40 + b"\r\n", 431),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 500, 400),
        ):
            status, header, body = here.ask(request)
            equal((request[:60], status), (request[:60], wanted))
            equal((header["Connection"], header["Content-Length"]), ("close", str(len(body))))
            assert "iommufleet" not in body, body
            assert (wanted == 405) == (header.get("Allow") == "GET, HEAD"), header
        until_value(here, 20, "iommufleet_metrics_requests_total", result="refused")
        # A second request on a connection is not one.
        status, _, body = here.ask(GET + GET)
        equal(status, 200)
        promtext.parse(body)


def connection__slow_or_endless__ended():
    with place() as here:
        silent, slow = here.connect(), here.connect()
        endless, began = here.connect(), time.monotonic()
        with contextlib.suppress(OSError):
            for _ in range(400):
                endless.sendall(b"x" * 4096)
        assert read_to_end(endless).startswith(b"HTTP/1.1 4"), "not even refused"
        slow.settimeout(0.2)
        gone = False
        # A byte now and then does not prolong it, and keeps nobody else waiting.
        for char in GET[:30] * 30:
            equal(here.ask()[0], 200)
            with contextlib.suppress(socket.timeout, OSError):
                slow.send(bytes([char]))
                gone = slow.recv(1) == b""
            if gone or time.monotonic() - began > harness.DEADLINE:
                break
            time.sleep(0.3)
        assert gone, "the slow one is still there"
        equal(read_to_end(silent), b"")
        assert time.monotonic() - began > 3, "there was no time to ask"
        for made in (silent, slow, endless):
            made.close()


def connections__many__oldest_make_room():
    with place() as here:
        before = here.sockets()
        many = [here.connect() for _ in range(100)]
        # Who comes last is answered at once, and when everybody before has been let in.
        equal(here.ask()[0], 200)
        assert here.sockets() <= before + MOST, f"{here.sockets() - before} are let in"
        harness.until("they are counted", lambda: promtext.value_of(
            here.metrics(), "iommufleet_metrics_requests_total", result="dropped") >= 100 - MOST)
        for made in many[:100 - MOST]:
            equal(read_to_end(made), b"")
        for made in many:
            made.close()
        harness.until("all are gone", lambda: here.sockets() == before)
        assert here.daemon.child.poll() is None, here.daemon.log()


def address__taken_or_wrong__said():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with place(f"[metrics]\nlisten=127.0.0.1:{taken.getsockname()[1]}\n") as here:
            assert "[metrics] listen" in here.daemon.log(), here.daemon.log()
            assert here.bus.property("ClassDigest"), "it does not answer"
    config = scratch.path / "wrong.conf"
    config.write_text("[metrics]\nlisten=localhost:9469\n")
    done = subprocess.run([harness.BUILD / "daemon/iommufleetd", "--check-config",
                           f"--config={config}"], capture_output=True, text=True, check=False,
                          timeout=harness.DEADLINE)
    assert done.returncode == 1 and "wrong.conf:2" in done.stderr, done.stderr


def address__ipv6__answers():
    try:
        port = free_port(socket.AF_INET6, "::1")
    except OSError:
        return  # a host without it
    with place(f"[metrics]\nlisten=[::1]:{port}\n"):
        with socket.create_connection(("::1", port), timeout=harness.DEADLINE) as made:
            made.sendall(GET)
            equal(read_answer(made)[0], 200)


harness.main([
    listen__not_set__nowhere,
    get__metrics__as_on_the_bus,
    check__asked__its_answers_are_counted,
    collection__done_or_failed__counted,
    request__other_than_that__refused,
    connection__slow_or_endless__ended,
    connections__many__oldest_make_room,
    address__taken_or_wrong__said,
    address__ipv6__answers,
])
