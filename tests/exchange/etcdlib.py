# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tests with etcd share: an etcd with TLS, its gateway as an administrator sees it, and hosts
(etcd_node.c)."""

import base64
import http.client
import json
import pathlib
import ssl
import subprocess

from peerlib import BUILD, TOP, free_port, until

NODE = BUILD / "tests/exchange/etcd_node"
PREFIX = "/iommufleet/"


def base64_of(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def make_certificates(folder):
    """A CA of etcd's own, and one certificate for both sides, whose names are all alternative ones:
    the gateway takes no certificate with a common name, such as named.pem."""
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    (folder / "names").write_text("subjectAltName=critical,IP:127.0.0.1\n"
                                  "extendedKeyUsage=serverAuth,clientAuth\n")
    for command in (
        ["req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/O=test etcd"],
        ["req", "-new", *key, "-keyout", "key.pem", "-out", "request", "-subj", "/"],
        ["x509", "-req", "-in", "request", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
         "-out", "cert.pem", "-extfile", "names"],
        ["req", "-new", "-key", "key.pem", "-out", "request", "-subj", "/CN=node-b"],
        ["x509", "-req", "-in", "request", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
         "-out", "named.pem", "-extfile", "names"],
    ):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)


class Etcd:
    """One etcd with a folder of its own, that can be stopped and started."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        make_certificates(self.folder)
        self.port, self.peer_port = free_port(), free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.password_file = self.folder / "root.password"
        self.token = None
        self.start()

    def start(self, *more):
        peer = f"http://127.0.0.1:{self.peer_port}"
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                ["etcd", "--data-dir", self.folder / "data", "--listen-client-urls", self.url,
                 "--advertise-client-urls", self.url, "--listen-peer-urls", peer,
                 "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
                 "--cert-file", "cert.pem", "--key-file", "key.pem", "--client-cert-auth",
                 "--trusted-ca-file", "ca.pem", "--unsafe-no-fsync",
                 "--max-request-bytes", str(16 << 20),
                 "--logger", "zap", "--log-level", "error", *more],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(lambda: self.try_call("maintenance/status", {})[0] in (200, 400, 401), "etcd answers")

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def try_call(self, path, document, token=None):
        """Status and document of an answer, or (0, {}) if there is none."""
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        context.load_cert_chain(self.folder / "cert.pem", self.folder / "key.pem")
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=10)
        try:
            connection.request("POST", f"/v3/{path}", json.dumps(document),
                               {"Authorization": token} if token else {})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            return 0, {}
        finally:
            connection.close()

    def log_in(self, user, password):
        status, answer = self.try_call("auth/authenticate", {"name": user, "password": password})
        assert status == 200, (user, answer)
        return answer["token"]

    def root(self, path, document):
        """As the administrator."""
        if self.token:
            status, answer = self.try_call(path, document, self.token)
        if not self.token or status == 401:
            self.token = self.log_in("root", self.password_file.read_text().strip())
            status, answer = self.try_call(path, document, self.token)
        assert status == 200, (path, answer)
        return answer

    def put(self, name, value):
        return self.root("kv/put", {"key": base64_of(PREFIX + name), "value": base64_of(value)})

    def delete(self, name):
        self.root("kv/deleterange", {"key": base64_of(PREFIX + name)})

    def get(self, name):
        pairs = self.root("kv/range", {"key": base64_of(PREFIX + name)}).get("kvs", [])
        return base64.b64decode(pairs[0].get("value", "")) if pairs else None

    def compact(self):
        revision = self.root("kv/range", {"key": base64_of("x")})["header"]["revision"]
        self.root("kv/compaction", {"revision": revision, "physical": True})

    def roles(self, *arguments):
        return subprocess.run(
            ["bash", TOP / "tools/etcd-roles", "--endpoints", self.url,
             "--cacert", self.folder / "ca.pem", "--cert", self.folder / "cert.pem",
             "--key", self.folder / "key.pem", "--root-password", self.password_file, *arguments],
            capture_output=True, text=True, check=False)


class Node:
    """One running etcd_node."""

    def __init__(self, fleet, etcd, host, files=None, **settings):
        self.fleet, self.etcd, self.host = fleet, etcd, host
        self.files = files or fleet.files(host)
        self.settings = {"endpoints": etcd.url, "prefix": PREFIX, "ca": etcd.folder / "ca.pem",
                         "certificate": etcd.folder / "cert.pem", "key": etcd.folder / "key.pem",
                         "user": f"iommufleet-{host}",
                         "password": etcd.folder / f"{host}.password", **settings}
        self.log = fleet.folder / f"{host}.etcd.log"
        self.start()

    def start(self):
        pairs = [f"{name}={value}" for name, value in self.settings.items()]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [NODE, *self.files, *pairs], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=log, text=True)
        self.first = self.answer()

    def answer(self):
        lines = []
        while True:
            line = self.process.stdout.readline()
            if not line:
                return lines + ["ended"]
            if line == "end\n":
                return lines
            lines.append(line.rstrip("\n"))

    def do(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        lines = self.answer()
        assert lines[-1:] != ["ended"], f"{self.host}: {words}: {lines} {self.log.read_text()}"
        return lines

    def publish(self, number, seconds=3600):
        """Signs a record, and waits until it stands in etcd."""
        self.do("publish", "-" if number is None else self.fleet.document(number), seconds)
        until(self.is_published, f"{self.host} publishes")

    def is_published(self):
        return self.status()[1] == "1"

    def status(self):
        """reached, published, listed, endpoint, trouble"""
        return self.do("status")[0].split(" ", 4)

    def hosts(self):
        """What it holds: name -> (sequence, standing, class held)."""
        rows = (line.split() for line in self.do("hosts"))
        return {row[0]: tuple(map(int, row[1:])) for row in rows}

    def count(self, word):
        return next(int(line.split()[1]) for line in self.do("counters")
                    if line.split()[0] == word)

    def close(self):
        self.process.stdin.close()
        code = self.process.wait(20)
        self.process.stdout.close()
        assert code == 0, f"{self.host} ended with {code}: {self.log.read_text()}"
