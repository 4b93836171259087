#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hosts that meet in a real etcd, with TLS and users: what is published is read and observed, what
etcd loses or deletes stays, and what somebody put there who may is refused and harms nobody."""

import contextlib
import hashlib
import itertools
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from etcdlib import Etcd, Node, PREFIX, base64_of
from peerlib import Fleet, need, until

FRESH, EXPIRED = 0, 1
NODES = ("node-a", "node-b", "node-c", "watcher")


def digest_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def set_up(fleet, etcd, hosts):
    """A host that has a user already, before etcd asks for one; then the roles."""
    for host in hosts:
        (etcd.folder / f"{host}.password").write_text("early\n")
        (etcd.folder / f"{host}.password").chmod(0o600)
    early = Node(fleet, etcd, "node-a")
    early.publish(1)
    assert early.count("etcd-authenticated") == 0
    for arguments in (["init"], ["init"], ["host", etcd.folder, *hosts],
                      ["observer", etcd.folder, "watcher"]):
        done = etcd.roles(*arguments)
        assert done.returncode == 0 and not done.stderr, (arguments, done.stderr)
    early.publish(1)
    assert early.count("etcd-authenticated") == 1, "it had to, from then on"
    return early


def read_and_observe(a, b, watcher):
    record = a.hosts()["node-a"]
    until(lambda: watcher.hosts().get("node-a") == record, "an observer sees what is published")
    assert record[1:] == (FRESH, 1) and watcher.status()[2] == "1", watcher.status()
    assert b.hosts() == {}, "a member holds nothing that it was not asked about"
    assert b.do("ask", "node-a") == ["fresh"]
    assert b.hosts() == {"node-a": record}, "record and class, read on demand"
    assert b.do("ask", "node-c") == ["absent"]
    assert b.do("ask", "No Host") == ["absent"]

    a.publish(2)
    until(lambda: watcher.hosts()["node-a"][0] > record[0], "an observer sees what is newer")
    until(lambda: watcher.hosts()["node-a"][2] == 1, "and fetches the class")
    assert a.count("etcd-error") == 0 and watcher.count("etcd-listed") == 1


def ask_at_once(fleet, etcd):
    """Who ask about one host share an answer; one caller may not take all the places."""
    with contextlib.closing(Node(fleet, etcd, "node-b")) as node:
        lines = node.do("ask-all", 7, *["node-a"] * 20)
        assert sorted(lines) == ["busy"] * 4 + ["fresh"] * 16, lines
        assert node.count("accepted") == 1 and node.count("same") == 0
        assert node.do("ask", "node-a") == ["fresh"] and node.count("same") == 0


def respect_roles(fleet, etcd, a):
    """etcd holds each host to its own key."""
    key = {"key": base64_of(PREFIX + "hosts/node-a")}
    for user in ("node-b", "watcher"):
        password = (etcd.folder / f"{user}.password").read_text().strip()
        token = etcd.log_in(f"iommufleet-{user}", password)
        assert etcd.try_call("kv/put", {**key, "value": base64_of("x")}, token)[0] == 403
        assert etcd.try_call("kv/deleterange", key, token)[0] == 403
        assert etcd.try_call("kv/range", key, token)[0] == 200
    with contextlib.closing(Node(fleet, etcd, "node-b", user="iommufleet-node-a",
                                 password=etcd.folder / "node-a.password")) as wrong:
        wrong.do("publish", fleet.document(3), 3600)
        until(lambda: wrong.count("etcd-denied") > 0, "a record at another's key is denied")
        assert not wrong.is_published() and etcd.get("hosts/node-b") is None
    assert "denied to user iommufleet-node-a" in wrong.log.read_text()
    assert a.is_published()


def refuse_users(fleet, etcd):
    """A wrong password, one that everybody can read, and a user without rights."""
    bad = etcd.folder / "bad.password"
    bad.write_text("not it\n")
    bad.chmod(0o600)
    with contextlib.closing(Node(fleet, etcd, "node-b", password=bad)) as node:
        assert node.do("ask", "node-a") == ["gone"]
        assert "authentication failed" in node.status()[4], node.status()
        assert node.do("ask", "node-c") == ["gone"], "at once, before the back-off is over"
        assert node.count("etcd-denied") == 1, "and etcd is not asked again"
        bad.write_text((etcd.folder / "node-b.password").read_text())
        until(lambda: node.do("ask", "node-c") == ["absent"], "the file is read again")
    bad.chmod(0o644)
    with contextlib.closing(Node(fleet, etcd, "node-b", password=bad)) as node:
        assert node.do("ask", "node-a") == ["gone"] and "chmod" in node.status()[4]

    etcd.root("auth/user/add", {"name": "iommufleet-poor", "password": "poor"})
    bad.write_text("poor")
    bad.chmod(0o600)
    with contextlib.closing(Node(fleet, etcd, "watcher", user="iommufleet-poor", password=bad,
                                 observer=1)) as node:
        until(lambda: node.count("etcd-denied") > 0, "a watch without a right is denied")
        assert node.status()[2] == "0" and node.hosts() == {}
    assert "cannot be watched" in node.log.read_text()


def refuse_garbage(fleet, etcd, a, watcher):
    """What an administrator, or whoever took its place, can do."""
    before = watcher.hosts()
    garbage = {"hosts/node-x": "{", "hosts/UPPER": "x", "hosts/" + "y" * 700: "x",
               "hosts/node-y": etcd.get("hosts/node-a"), "hosts/node-z": b"\xff" * 1400000,
               "hosts/": "", "hosts/node-w": "{}," * 100000, "hosts/node-v": b"x" * 9900000}
    for name, value in garbage.items():
        etcd.put(name, value)
    until(lambda: watcher.count("etcd-strange-key") >= 3, "all of it has been seen")
    until(lambda: watcher.count("etcd-refused-record") >= 3, "and refused")
    assert watcher.count("etcd-misplaced-record") == 1
    assert watcher.hosts() == before and watcher.status()[2] == "1"
    until(lambda: watcher.count("etcd-over-limit") > 0, "more than is read at all")
    # The same from a list, in pages; what is too large is passed over.
    with contextlib.closing(Node(fleet, etcd, "watcher", observer=1, page=2)) as fresh:
        until(lambda: fresh.status()[2] == "1", "pages with garbage are gone through")
        until(lambda: {name: row[2] for name, row in fresh.hosts().items()} ==
              {name: row[2] for name, row in before.items()}, "the rest of it is there")
    with contextlib.closing(Node(fleet, etcd, "node-b")) as node:
        for host in ("node-x", "node-y", "node-z", "node-w", "node-v"):
            assert node.do("ask", host) == ["refused"], host
        assert node.count("etcd-over-limit") == 3 and node.do("ask", "node-a") == ["fresh"]
    for name in garbage:
        etcd.delete(name)


def refuse_classes(fleet, etcd, a):
    """A class is what has its digest. Whose it is writes it again."""
    mine, other = fleet.document(2), fleet.document(9)
    key = f"classes/{digest_of(mine)}"
    for value in (b"{", other.read_bytes(), b"x" * 1400000):
        etcd.put(key, value)
        with contextlib.closing(Node(fleet, etcd, "node-b")) as node:
            assert node.do("ask", "node-a") == ["fresh"], "the record is good"
            assert node.hosts()["node-a"][1:] == (FRESH, 0), "the class is not"
            assert node.count("etcd-refused-class") + node.count("etcd-over-limit") == 1
        a.publish(2)
        assert etcd.get(key) == mine.read_bytes()
    assert a.count("etcd-repaired-class") == 3
    etcd.delete(key)
    a.publish(2)
    assert etcd.get(key) == mine.read_bytes(), "what is missing is created"


def keep_what_is_deleted(etcd, a, b, c, watcher):
    """What etcd deletes, and what a lease takes along, stays here until its time is over."""
    # What went while an observer read all anew it was never told of: what counts begins here.
    until(lambda: watcher.status()[2] == "1", "the observer sees all")
    told = watcher.count("etcd-deleted")
    c.publish(None, 2)
    until(lambda: "node-c" in watcher.hosts(), "an observer sees a host of two seconds")
    assert b.do("ask", "node-c") == ["fresh"]
    held = b.hosts()["node-a"]
    etcd.delete("hosts/node-a")
    until(lambda: watcher.count("etcd-deleted") > told, "the observer was told")
    assert watcher.hosts()["node-a"][1] == FRESH and b.hosts()["node-a"] == held
    until(lambda: etcd.get("hosts/node-a"), "its host looks, and writes it again")
    until(lambda: etcd.get("hosts/node-c") is None, "the lease is over")
    until(lambda: watcher.hosts()["node-c"][1] == EXPIRED, "and its time here")
    until(lambda: watcher.count("etcd-deleted") >= told + 2, "the observer was told of that")
    assert watcher.hosts()["node-c"][1] == EXPIRED and b.hosts()["node-c"][1] == EXPIRED
    assert a.is_published()


def live_without(etcd, a, b, watcher):
    """etcd goes and comes back: tokens are dead then."""
    held, tokens, listed = b.hosts(), a.count("etcd-authenticated"), watcher.count("etcd-listed")
    etcd.stop()
    assert b.do("ask", "node-b") == ["gone"] and b.hosts() == held
    status = b.status()
    assert status[0] == "0" and status[4], status
    until(lambda: watcher.status()[2] == "0", "an observer knows that it sees nothing")
    assert watcher.hosts()["node-a"][1] == FRESH
    etcd.start()
    a.publish(4)
    assert a.count("etcd-authenticated") == tokens + 1
    sequence = a.hosts()["node-a"][0]
    until(lambda: watcher.hosts()["node-a"][0] == sequence, "an observer goes on")
    assert watcher.count("etcd-listed") == listed, "from where it was"
    until(lambda: b.do("ask", "node-a") == ["fresh"] and b.hosts()["node-a"][0] == sequence,
          "a member reads again")


def replace_tokens(fleet, etcd, a, watcher):
    """Signed tokens (JWT) that are good for three seconds: each host gets another when it needs
    one, and what it does goes on."""
    for command in (["genrsa", "-out", "jwt.key", "2048"],
                    ["rsa", "-in", "jwt.key", "-pubout", "-out", "jwt.pub"]):
        subprocess.run(["openssl", *command], cwd=etcd.folder, check=True, capture_output=True)
    etcd.stop()
    etcd.start("--auth-token",
               "jwt,pub-key=jwt.pub,priv-key=jwt.key,sign-method=RS256,ttl=3s")
    a.publish(6)
    with contextlib.closing(Node(fleet, etcd, "node-b")) as node:
        assert node.do("ask", "node-a") == ["fresh"]
        # Of each name it asks etcd anew.
        number = itertools.count()
        until(lambda: node.do("ask", f"no-{next(number)}") == ["absent"] and
              node.count("etcd-authenticated") >= 3, "new tokens")
        assert node.count("etcd-denied") == 0, node.log.read_text()
    a.publish(7)
    sequence = a.hosts()["node-a"][0]
    until(lambda: watcher.hosts()["node-a"][0] == sequence, "an observer goes on")
    etcd.stop()
    etcd.start()


def list_after_compaction(etcd, a, watcher):
    compacted, listed = watcher.count("etcd-compacted"), watcher.count("etcd-listed")
    os.kill(watcher.process.pid, signal.SIGSTOP)
    etcd.stop()
    etcd.start()
    a.publish(5)
    etcd.compact()
    os.kill(watcher.process.pid, signal.SIGCONT)
    sequence = a.hosts()["node-a"][0]
    until(lambda: watcher.hosts()["node-a"][0] == sequence, "what was compacted is listed")
    until(lambda: watcher.status()[2] == "1", "and watched again")
    assert watcher.count("etcd-compacted") == compacted + 1
    assert watcher.count("etcd-listed") == listed + 1


def list_in_pages(fleet, etcd, hosts):
    for host in hosts:
        etcd.put(f"hosts/{host}", fleet.sign(host))
    for page in (1, 4, 5000):
        with contextlib.closing(Node(fleet, etcd, "watcher", observer=1, page=page)) as fresh:
            until(lambda: fresh.status()[2] == "1", f"pages of {page} are listed")
            assert set(hosts) <= set(fresh.hosts()), page
    fresh = Node(fleet, etcd, "watcher", observer=1, page=5001)
    assert fresh.first[0].startswith("refused page"), fresh.first


def trust_others(fleet, etcd, other):
    """Who is refused today may be trusted tomorrow."""
    cert, key, _, _ = fleet.files("watcher")
    with contextlib.closing(Node(fleet, etcd, "watcher", files=(cert, key, *other.files("x")[2:]),
                                 observer=1)) as node:
        until(lambda: node.status()[2] == "1", "an observer lists what it does not trust")
        assert node.hosts() == {} and node.count("untrusted") > 0
        node.do("trust", *fleet.files("watcher"))
        until(lambda: "node-a" in node.hosts(), "and lists again when it does")


def try_endpoints(fleet, etcd):
    """What nobody listens on, and what is no etcd, is passed over; http and users do not go."""
    dead = "https://127.0.0.1:1"
    with contextlib.closing(Node(fleet, etcd, "node-b", endpoints=f"{dead} {etcd.url}")) as node:
        assert node.do("ask", "node-a") == ["fresh"]
        assert node.count("etcd-unreachable") == 1 and node.status()[3] == etcd.url
    with contextlib.closing(Node(fleet, etcd, "node-b", ca=fleet.folder / "ca.pem")) as node:
        assert node.do("ask", "node-a") == ["gone"], "another CA signed etcd's certificate"
    named = etcd.folder / "named.pem"
    with contextlib.closing(Node(fleet, etcd, "node-b", certificate=named)) as node:
        assert node.do("ask", "node-a") == ["gone"]
        assert "CommonName" in node.status()[4], "whoever has to mend it reads why"
    for endpoints in ("", "https://127.0.0.1:1/x", "http://127.0.0.1:1", "ftp://x", "x"):
        node = Node(fleet, etcd, "node-b", endpoints=endpoints)
        assert node.first[0].startswith("refused endpoints"), (endpoints, node.first)


def main():
    need("etcd", "etcdctl", "openssl")
    many = [f"many-{i}" for i in range(9)]
    with tempfile.TemporaryDirectory() as work, contextlib.ExitStack() as stack:
        fleet = Fleet(pathlib.Path(work) / "fleet", *NODES, *many)
        other = Fleet(pathlib.Path(work) / "other", "x")
        etcd = Etcd(pathlib.Path(work) / "etcd")
        stack.callback(etcd.stop)
        early = set_up(fleet, etcd, NODES[:3])
        early.close()
        a = stack.enter_context(contextlib.closing(Node(fleet, etcd, "node-a", check_ms=1000)))
        a.publish(1)
        b, c = [stack.enter_context(contextlib.closing(Node(fleet, etcd, host)))
                for host in ("node-b", "node-c")]
        watcher = stack.enter_context(
            contextlib.closing(Node(fleet, etcd, "watcher", observer=1)))
        for step, arguments in ((read_and_observe, (a, b, watcher)),
                                (ask_at_once, (fleet, etcd)),
                                (respect_roles, (fleet, etcd, a)),
                                (refuse_users, (fleet, etcd)),
                                (refuse_garbage, (fleet, etcd, a, watcher)),
                                (refuse_classes, (fleet, etcd, a)),
                                (keep_what_is_deleted, (etcd, a, b, c, watcher)),
                                (live_without, (etcd, a, b, watcher)),
                                (replace_tokens, (fleet, etcd, a, watcher)),
                                (list_after_compaction, (etcd, a, watcher)),
                                (trust_others, (fleet, etcd, other)),
                                (try_endpoints, (fleet, etcd)),
                                (list_in_pages, (fleet, etcd, many))):
            step(*arguments)
            print("passed:", step.__name__, flush=True)


main()
