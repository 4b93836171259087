#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A peer that means harm, with a valid certificate and without: each thing it does is refused with
its counter and a line that names it, and nothing else is affected."""

import base64
import json
import socket
import ssl
import struct
import subprocess
import threading
import time

from peerlib import (PATIENCE, Node, ask, batch, connect, context, fleet_of, get, need, post,
                     read_answer, run, running, sign, until)

US = 1_000_000


def tampered(record, change):
    envelope = json.loads(record)
    change(envelope)
    return json.dumps(envelope, sort_keys=True, separators=(",", ":")).encode("ascii")


class Watch:
    """What one node holds, which nothing here may change, and what it counts."""

    def __init__(self, node):
        self.node = node
        self.held = node.hosts()

    def refuses(self, word, act, *expected, line="[mallory]"):
        before = self.node.counters()[word]
        got = act()
        until(lambda: self.node.counters()[word] > before, f"{word} is counted; got {got}")
        held = self.node.hosts()
        assert {host: held.get(host) for host in self.held} == self.held, (word, held)
        if expected and got is not None:
            assert got[0] in expected, (word, got)
        if line:
            assert line in self.node.text(), (word, self.node.text()[-500:])


def records(fleet, node, watch):
    mallory = fleet.files("mallory")

    def push(record):
        return lambda: post(node.port, mallory, batch(record))

    def set_to(key, value):
        return lambda payload: payload.update({key: value})

    own, other = fleet.sign("mallory"), fleet.sign("b")
    flipped = base64.b64encode(bytes(64)).decode("ascii")
    now = int(time.time() * US)
    watch.refuses("malformed-envelope",
                  push(tampered(own, lambda e: e.pop("signature"))), 422)
    watch.refuses("wrong-signature",
                  push(tampered(own, lambda e: e.update(signature=flipped))), 422)
    watch.refuses("wrong-signature", push(tampered(
        other, lambda e: e.update(payload=e["payload"].replace('"rack"', '"rock"')))), 422)
    watch.refuses("other-host", push(sign(fleet, "mallory", set_to("host", "b"))), 422)
    watch.refuses("malformed-payload",
                  push(sign(fleet, "mallory", set_to("sequence", 2**64 - 1))), 422)
    watch.refuses("sequence-ahead",
                  push(sign(fleet, "mallory", set_to("sequence", 2**63 - 1))), 422)
    watch.refuses("ahead-of-time", push(fleet.sign("mallory", time.time() + 3600)), 422)
    watch.refuses("wrong-validity",
                  push(sign(fleet, "mallory", set_to("collected_at", now + 3600 * US))), 422)
    watch.refuses("malformed-envelope", push(b"{}"), 422)
    watch.refuses("malformed-envelope", push(b"[]"), 422)
    watch.refuses("over-limit", push(b"[" * 4000), 422)
    watch.refuses("over-limit", push(b'{"a":[' + b"{}," * 2000 + b"0]}"), 422)
    watch.refuses("older", push(watch.old), 200, line=None)

    # Framing that is none, and more than a batch may have.
    for body in (b"5:ab,", b"99999:a,", b"-1:,", b"1:a", b"x", b"0:," * 33, b":,", b"9000:"
                 + b"a" * 9000 + b","):
        got = post(node.port, mallory, body)
        assert got and got[0] == 400, (body[:20], got)
    # However many bytes one TLS record brings, all of a body is seen.
    for size in (4090, 5000, 9000, 16000, 16384, 20000, 33000, 100000):
        got = post(node.port, fleet.files("b"), b"9000:" + b"a" * size)
        assert got and got[0] == 400, (size, got)
    eight = b"{}," * ((8 << 20) // 3)
    watch.refuses("http-body-over-limit", lambda: post(node.port, mallory, eight), 413)


def classes(fleet, node, watch):
    """Class after class: each host may name so many new ones in a day, the others stay as they
    were."""
    def name(number):
        return sign(fleet, "mallory", lambda payload: payload.update(
            classes={"1": "c" * 64, "2": f"{number:064x}"}))

    def flood():
        for number in range(12):
            post(node.port, fleet.files("mallory"), batch(name(number)))

    watch.refuses("too-many-classes", flood)
    assert node.hosts()["b"][3] == 1, "b's class is held as before"


def heads(fleet, node, watch):
    mallory = fleet.files("mallory")

    def raw(data):
        return lambda: ask(node.port, mallory, data)

    start = b"POST /v1/records HTTP/1.1\r\nHost: x\r\n"
    get_it = b"GET /v1/buckets HTTP/1.1\r\nHost: x\r\n"
    for word, status, data in (
            ("http-content-length", 400, start + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n"),
            ("http-content-length", 400, start + b"Content-Length: 0\r\ncontent-length: 0\r\n\r\n"),
            ("http-content-length", 400, start + b"Content-Length: 0, 5\r\n\r\n"),
            ("http-content-length", 400, start + b"Content-Length: -1\r\n\r\n"),
            ("http-content-length", 400, start + b"Content-Length: 0x5\r\n\r\n"),
            ("http-content-length", 400, start + b"Content-Length: 99999999999999999999\r\n\r\n"),
            ("http-body-over-limit", 413, start + b"Content-Length: 9999999999\r\n\r\n"),
            ("http-body-over-limit", 413, get_it + b"Content-Length: 1\r\n\r\nx"),
            ("http-no-length", 411, start + b"\r\n"),
            ("http-transfer-encoding", 501, start + b"Transfer-Encoding: chunked\r\n\r\n"),
            ("http-transfer-encoding", 501,
             start + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            ("http-expect", 417, start + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n"),
            ("http-bare-or-folded-line", 400, b"GET /v1/buckets HTTP/1.1\nHost: x\n\n"),
            ("http-bare-or-folded-line", 400, get_it + b"A: b\n c: d\r\n\r\n"),
            ("http-bare-or-folded-line", 400, get_it + b"A: b\r\n folded\r\n\r\n"),
            ("http-bare-or-folded-line", 400, get_it + b"A: b\rc\r\n\r\n"),
            ("http-malformed", 400, get_it + b"Content-Length : 5\r\n\r\n"),
            ("http-malformed", 400, get_it + b"no colon\r\n\r\n"),
            ("http-malformed", 400, get_it + b"Host: y\r\n\r\n"),
            ("http-malformed", 400, b"GET /v1/buckets HTTP/1.1\r\n\r\n"),
            ("http-malformed", 400, b"GET /v1/\0 HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("http-malformed", 400, b"GET v1 HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("http-malformed", 400, b"\r\n\r\n"),
            ("http-malformed", 400, b"\x16\x03\x01\x00" * 40),
            ("http-version", 505, b"GET /v1/buckets HTTP/1.0\r\nHost: x\r\n\r\n"),
            ("http-version", 505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".replace(b" * ", b" /* ")),
            ("http-head-over-limit", 431, get_it + b"A: " + b"b" * 5000),
            ("http-head-over-limit", 431, get_it + b"A: b\r\n" * 40 + b"\r\n"),
            ("http-no-such-path", 404, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("http-no-such-path", 404, b"GET /v1/record/ HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("http-no-such-path", 404, b"GET /v1/bucket/0001 HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("http-no-such-path", 404, b"GET /v1/facts/../../etc HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("http-method", 405, b"DELETE /v1/record/b HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("http-method", 405, b"PUT /v1/records HTTP/1.1\r\nHost: x\r\n\r\n")):
        watch.refuses(word, raw(data), status)
    # What is asked for and is not there costs nothing but the question.
    for path in ("/v1/bucket/256", "/v1/bucket/-1", "/v1/bucket/01", "/v1/record/nobody",
                 "/v1/record/..%2f..", f"/v1/class/{'0' * 64}", "/v1/class/xyz"):
        assert get(node.port, mallory, path)[0] == 404, path


def times_and_numbers(fleet, node, watch):
    mallory = fleet.files("mallory")
    start = b"POST /v1/records HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"

    def slowly(first, then):
        """A byte now and then: the time limit is of the whole, not from byte to byte."""
        with connect(node.port, mallory) as stream:
            stream.sendall(first)
            begin = time.monotonic()
            try:
                while time.monotonic() - begin < PATIENCE:
                    stream.sendall(then)
                    time.sleep(0.1)
            except (ConnectionError, ssl.SSLError):
                pass
            assert time.monotonic() - begin < PATIENCE, "nobody minds"

    def abort_once():
        """The length counts as soon as the head is there; what b asks meanwhile is far less."""
        length = 200_000
        with connect(node.port, mallory) as stream:
            received = node.counters()["http-received-bytes"]
            stream.sendall(start.replace(b"1000", str(length).encode("ascii")) + b"half")
            until(lambda: node.counters()["http-received-bytes"] >= received + length,
                  "the head came")
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def abort():
        """Again, if it took so long to look that the request was too slow by then."""
        aborted = node.counters()["http-aborted"]
        while node.counters()["http-aborted"] == aborted:
            slow = node.counters()["http-too-slow"]
            abort_once()
            until(lambda slow=slow: node.counters()["http-aborted"] > aborted or
                  node.counters()["http-too-slow"] > slow, "its end is seen")

    def many():
        streams = [connect(node.port, mallory) for _ in range(12)]
        for stream in streams:
            stream.close()

    def often():
        got = None
        with connect(node.port, mallory) as stream:
            for _ in range(400):
                stream.sendall(start.replace(b"1000", b"0"))
                got = read_answer(stream)
                if not got or got[0] != 200:
                    break
        return got

    watch.refuses("http-too-slow", lambda: slowly(b"GET /v1/buck", b"e"))
    watch.refuses("http-too-slow", lambda: slowly(start, b"{"))
    watch.refuses("http-aborted", abort)

    # Who came with a certificate that was good then has to show it again after a while.
    with connect(node.port, fleet.files("b")) as stream:
        begin = time.monotonic()
        while True:
            stream.sendall(b"GET /v1/record/x HTTP/1.1\r\nHost: x\r\n\r\n")
            got = read_answer(stream)
            assert got and got[0] == 404 and time.monotonic() - begin < PATIENCE, got
            if got[1].get("connection") == "close":
                break
            time.sleep(0.1)
        assert stream.recv(1) == b""
    watch.refuses("http-too-many-connections-of-a-peer", many)
    watch.refuses("http-too-many-requests", often, 429)
    # Mallory has no more; the others do.
    assert get(node.port, fleet.files("b"), "/v1/buckets")[0] == 200


def strangers(fleet, node, watch):
    """Who is not a host of this fleet gets no further than the handshake."""
    now = fleet.folder / "ca/now"
    web = fleet.folder / "web"
    web.mkdir()

    def issue(name, names):
        key, request, cert, extra = (web / f"{name}.{end}" for end in ("key", "csr", "pem", "ext"))
        extra.write_text("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
                         f"extendedKeyUsage=clientAuth,serverAuth\nsubjectAltName={names}\n")
        for command in (["genpkey", "-algorithm", "ED25519", "-out", key],
                        ["req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", request],
                        ["x509", "-req", "-in", request, "-CA", now / "cert.pem", "-CAkey",
                         now / "key.pem", "-CAcreateserial", "-days", "2", "-extfile", extra,
                         "-out", cert]):
            subprocess.run(["openssl", *map(str, command)], check=True, capture_output=True)
        return cert, key

    def knock(files, version=None):
        def act():
            tls = context(files)
            if version:
                tls.maximum_version = version
            try:
                with connect(node.port, tls=tls) as stream:
                    stream.sendall(b"GET /v1/buckets HTTP/1.1\r\nHost: x\r\n\r\n")
                    return read_answer(stream)
            except (ConnectionError, ssl.SSLError):
                return None
        return act

    def plain():
        with socket.create_connection(("127.0.0.1", node.port)) as stream:
            stream.sendall(b"GET /v1/buckets HTTP/1.1\r\nHost: x\r\n\r\n")
            stream.settimeout(10)
            try:
                assert b"HTTP" not in stream.recv(100)
            except ConnectionError:
                pass

    def silent():
        streams = [socket.create_connection(("127.0.0.1", node.port)) for _ in range(60)]
        assert get(node.port, fleet.files("b"), "/v1/buckets")[0] == 200
        for stream in streams:
            stream.close()

    for word, act in (
            ("tls-not-a-host", knock(issue("web", "DNS:www.example.com"))),
            ("tls-not-a-host", knock(issue(
                "two", "URI:iommufleet://lab/a,URI:iommufleet://lab/b"))),
            ("tls-other-fleet", knock(issue("other", "URI:iommufleet://other/b"))),
            ("tls-no-certificate", knock(None)),
            ("tls-no-certificate", knock(fleet.files("b"), ssl.TLSVersion.TLSv1_2)),
            ("tls-no-certificate", plain),
            ("http-too-many-connections", silent)):
        def unanswered(act=act, word=word):
            assert act() is None, word

        watch.refuses(word, unanswered, line=None)
    assert "tls-not-a-host" in node.text()
    with fleet_of("b") as forgers:
        watch.refuses("tls-untrusted", knock(forgers.files("b")), line=None)


def attacks_on_a_server():
    with fleet_of("a", "b", "mallory") as fleet, running(
            Node(fleet, "a"), Node(fleet, "b")) as (node, other):
        old = fleet.sign("b")
        node.do("peers", other.url)
        other.do("peers", node.url)
        node.publish(1)
        other.publish(1)
        until(lambda: "b" in node.hosts() and node.hosts()["b"][3] == 1, "they know each other")
        # It will still know what it knows now.
        until(lambda: "a" in other.hosts(), "they know each other")
        watch = Watch(node)
        watch.old = old
        for part in (records, classes, heads, strangers, times_and_numbers):
            part(fleet, node, watch)
        other.publish(2)
        until(lambda: node.hosts()["b"][:2] == other.hosts()["b"][:2], "life goes on")
        lines = [line for line in node.text().splitlines() if line.startswith("[mallory]")]
        assert 0 < len(lines) <= 10, f"{len(lines)} lines about mallory"
        assert "PRIVATE KEY" not in node.text()


class Liar(threading.Thread):
    """A server with mallory's certificate that answers with what answer(path) gives."""

    def __init__(self, fleet, answer):
        super().__init__(daemon=True)
        self.answer, self.asked = answer, []
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(*fleet.files("mallory")[:2])
        self.tls.load_verify_locations(fleet.files("mallory")[2])
        self.tls.verify_mode = ssl.CERT_REQUIRED
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self.listener.getsockname()[1]}"
        self.start()

    def run(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(plain,), daemon=True).start()

    def serve(self, plain):
        try:
            with self.tls.wrap_socket(plain, server_side=True) as stream:
                while True:
                    head = b""
                    while b"\r\n\r\n" not in head:
                        more = stream.recv(65536)
                        if not more:
                            return
                        head += more
                    path = head.split(b" ")[1].decode("ascii")
                    self.asked.append(path)
                    for part in self.answer(path):
                        stream.sendall(part)
        except (ConnectionError, ssl.SSLError, OSError):
            pass

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def ok(body):
    return [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body), body]


def endless(start, part):
    yield start
    while True:
        yield part


def lies(fleet):
    """What mallory's server answers, path by path; every bucket differs and is as it likes."""
    other = bytes(range(256)) * 16
    invented = "".join(f"host-{i:03d} {10**15 + i} {i:064x}\n" for i in range(300)).encode("ascii")

    def then(bucket, record=ok(b"{}")):
        return lambda path: (ok(other) if path == "/v1/buckets" else
                             ok(bucket) if path.startswith("/v1/bucket/") else record)

    of_b = tampered(fleet.sign("b"), lambda e: e.update(
        payload=e["payload"].replace('"rack"', '"rock"')))
    failed = "peers-failed"
    return {
        "too few buckets": (failed, lambda path: ok(other[:-1])),
        "too many bytes": (failed, lambda path: ok(other * 1000)),
        "a length of 10 GB": (failed, lambda path: [
            b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n"]),
        "endless headers": (failed, lambda path: endless(
            b"HTTP/1.1 200 OK\r\n", b"A: b\r\n" * 100)),
        "endless chunks": (failed, lambda path: endless(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"400\r\n%b\r\n" % (b"x" * 1024))),
        "no HTTP": (failed, lambda path: [b"\0" * 5000]),
        "a redirection": (failed, lambda path: [
            b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"]),
        "a bucket without lines": (failed, then(b"x" * 1000)),
        "a bucket of 8 MiB": (failed, then(b"host-1 1 " + b"0" * 64 + b"\n" + b"x" * (8 << 20))),
        "a line of another form": (failed, then(b"host-1  1 " + b"0" * 64 + b"\n")),
        "hosts that nobody knows": ("malformed-envelope", then(invented)),
        "another's record, altered": (
            "wrong-signature", then(f"b {2**62} {'f' * 64}\n".encode("ascii"), ok(of_b))),
        "records of 1 MiB": (failed, then(invented, ok(b"{}," * 400000))),
    }


def attacks_on_a_client():
    """A peer that is asked and lies: it is left alone for longer and longer, the rest goes on."""
    with fleet_of("a", "b", "mallory") as fleet, running(
            Node(fleet, "a", 100), Node(fleet, "b", 100)) as (node, other):
        node.publish(1)
        other.publish(1)
        node.do("peers", other.url)
        until(lambda: "b" in node.hosts() and node.hosts()["b"][3] == 1, "they know each other")
        for number, (what, (word, answer)) in enumerate(lies(fleet).items()):
            liar = Liar(fleet, answer)
            count = node.counters()[word]
            node.do("peers", other.url, liar.url)
            # Three times: one may still be the liar's before.
            enough = count + 3 if word == "peers-failed" else count + 1
            until(lambda: node.counters()[word] >= enough, f"{what} is counted as {word}")
            other.publish(number)
            until(lambda: node.hosts()["b"][:2] == other.hosts()["b"][:2], f"after {what}")
            assert set(node.hosts()) == {"a", "b"}, what
            node.do("peers", other.url)
            liar.stop()
        assert "[mallory]" in node.text()

        # One that never answers holds up nobody.
        liar = Liar(fleet, lambda path: [time.sleep(60)] and [])
        node.do("peers", other.url, liar.url)
        until(lambda: liar.asked, "it is asked")
        other.publish(9)
        until(lambda: node.hosts()["b"][:2] == other.hosts()["b"][:2], "beside a silent one")
        liar.stop()


def main():
    need("openssl")
    run(attacks_on_a_server, attacks_on_a_client)


main()
