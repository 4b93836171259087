# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tests of peers share: a CA, nodes (peer_node.c), and a client that can say anything."""

import base64
import contextlib
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(os.environ.get("srcdir", ".")).resolve()
BUILD = pathlib.Path(os.environ.get("top_builddir", ".")).resolve()
NODE = BUILD / "tests/exchange/peer_node"
CHECK = BUILD / "tests/exchange/check_record"
PATIENCE = 60


def need(*tools):
    for tool in tools:
        if not shutil.which(tool):
            print(f"skipped: {tool} is not installed (apt-get install {tool})")
            sys.exit(77)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def until(condition, what, patience=PATIENCE):
    """Waits for a condition, not for a time: the patience only ends what hangs."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        got = condition()
        if got:
            return got
        time.sleep(0.03)
    raise AssertionError(f"never: {what}")


def read_store(state, query):
    """The rows of a query to the store in that folder. A daemon that runs keeps it for itself, so
    it is asked of a copy, made between two writes."""
    for _ in range(100):
        with tempfile.TemporaryDirectory() as folder:
            try:
                for name in ("iommufleet.db", "iommufleet.db-wal"):
                    if (state / name).exists():
                        shutil.copy(state / name, folder)
                with contextlib.closing(sqlite3.connect(f"{folder}/iommufleet.db")) as copy:
                    return copy.execute(query).fetchall()
            except (OSError, sqlite3.DatabaseError) as error:
                failure = error
        time.sleep(0.1)
    raise AssertionError(f"{query}: {failure}")


class Fleet:
    """A folder with a CA of tools/fleet-ca."""

    def __init__(self, folder, *hosts):
        self.folder = pathlib.Path(folder)
        self.tool("make", "lab", *hosts)

    def tool(self, command, *arguments):
        subprocess.run(["bash", TOP / "tools/fleet-ca", command, self.folder, *arguments],
                       check=True, capture_output=True)

    def files(self, host):
        own = self.folder / "hosts" / host
        return own / "cert.pem", own / "key.pem", self.folder / "ca.pem", self.folder / "lists.pem"

    def document(self, number):
        """A class document of its own for each number."""
        path = self.folder / f"class-{number}.json"
        if not path.exists():
            known = json.loads((TOP / "tests/unit/class-1.json").read_text(encoding="ascii"))
            known["dma_entry_limit"] = 1000 + number
            path.write_text(json.dumps(known, sort_keys=True, separators=(",", ":")),
                            encoding="ascii")
        return path

    def sign(self, host, at=None):
        """A record of that host by check_record, signed now or at another time (seconds)."""
        cert, key, _, _ = self.files(host)
        done = subprocess.run([CHECK, "make", cert, key, str(int((at or time.time()) * 10**6))],
                              capture_output=True, check=True)
        return done.stdout


def sign(fleet, host, change):
    """A record of that host whose payload was changed, signed with its key by openssl."""
    envelope = json.loads(fleet.sign(host))
    payload = json.loads(envelope["payload"])
    payload = change(payload) or payload
    text = json.dumps(payload, sort_keys=True, separators=(",", ":")).encode("ascii")
    with tempfile.NamedTemporaryFile() as message:
        message.write(b"iommufleet-record-1\0lab\0" + text)
        message.flush()
        signature = subprocess.run(
            ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", fleet.files(host)[1], "-in",
             message.name], check=True, capture_output=True).stdout
    envelope["payload"] = text.decode("ascii")
    envelope["signature"] = base64.b64encode(signature).decode("ascii")
    return json.dumps(envelope, sort_keys=True, separators=(",", ":")).encode("ascii")


class Node:
    """One running peer_node."""

    def __init__(self, fleet, host, interval_ms=300, port=None):
        self.fleet, self.host, self.interval_ms = fleet, host, interval_ms
        self.port = port or free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.log = fleet.folder / f"{host}.log"
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [NODE, *self.fleet.files(self.host), f"127.0.0.1:{self.port}",
                 str(self.interval_ms)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        self.answer()

    def answer(self):
        lines = []
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError(f"{self.host} ended: {lines} {self.log.read_text()[-2000:]}")
            if line == "end\n":
                return lines
            lines.append(line.rstrip("\n"))

    def do(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        lines = self.answer()
        if lines and lines[0].startswith("fault"):
            raise AssertionError(f"{self.host}: {words}: {lines}")
        return lines

    def publish(self, number=None, urls=None):
        self.do("publish", "-" if number is None else self.fleet.document(number),
                *(urls or [self.url]))

    def ask_facts(self, host):
        """Outcome and digest of another host's facts document, fetched from itself."""
        self.do("ask-facts", host)
        return until(lambda: self.do("answer")[0], "an answer about facts").split(" ")

    def hosts(self):
        """What it holds: name -> (sequence, digest, standing, class held, contradicted)."""
        found = {}
        for line in self.do("hosts"):
            name, sequence, digest, *numbers = line.split()
            found[name] = (int(sequence), digest, *map(int, numbers))
        return found

    def counters(self):
        """By word; the words "over-limit" of records and of classes are apart already."""
        return {word: int(count) for word, count in
                (line.split() for line in self.do("counters"))}

    def text(self):
        return self.log.read_text(encoding="utf-8")

    def stop(self):
        self.process.stdin.close()
        code = self.process.wait(PATIENCE)
        self.process.stdout.close()
        if code != 0:
            raise AssertionError(f"{self.host} ended with {code}: {self.text()[-3000:]}")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


@contextlib.contextmanager
def fleet_of(*hosts):
    with tempfile.TemporaryDirectory() as folder:
        yield Fleet(pathlib.Path(folder) / "fleet", *hosts)


@contextlib.contextmanager
def running(*nodes):
    """Ends them in the end; one that ends badly then is a failure."""
    try:
        yield nodes
    except BaseException:
        for node in nodes:
            node.kill()
            print(f"--- {node.host}\n{node.text()[-1500:]}")
        raise
    for node in nodes:
        node.stop()


def context(files=None):
    """TLS of a client that shows this certificate, and looks at nobody's."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    if files:
        made.load_cert_chain(files[0], files[1])
    return made


def connect(port, files=None, tls=None):
    plain = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    return (tls or context(files)).wrap_socket(plain)


def read_answer(stream):
    """(status, headers, body), or None where the connection ended without an answer."""
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            more = stream.recv(65536)
            if not more:
                return None
            data += more
        head, body = data.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("ascii").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        while len(body) < int(headers.get("content-length", 0)):
            more = stream.recv(65536)
            if not more:
                return None
            body += more
        return int(first.split()[1]), headers, body
    except (ConnectionError, ssl.SSLError, socket.timeout):
        return None


def ask(port, files, data):
    """Sends those bytes over a connection of its own; the answer as above."""
    try:
        with connect(port, files) as stream:
            stream.sendall(data)
            return read_answer(stream)
    except (ConnectionError, ssl.SSLError):
        return None


def get(port, files, path, *headers):
    lines = "".join(f"{line}\r\n" for line in headers)
    return ask(port, files, f"GET {path} HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode("ascii"))


def batch(*records):
    return b"".join(b"%d:%b," % (len(record), record) for record in records)


def post(port, files, body, *headers):
    lines = "".join(f"{line}\r\n" for line in headers) or f"Content-Length: {len(body)}\r\n"
    return ask(port, files, f"POST /v1/records HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode("ascii")
               + body)


def run(*cases):
    failed = 0
    for case in cases:
        begin = time.monotonic()
        try:
            case()
            print(f"ok {case.__name__} {time.monotonic() - begin:.1f} s")
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {case.__name__}: {type(error).__name__}: {error}")
    sys.exit(1 if failed else 0)
