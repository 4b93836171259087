#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/fleet-ca: what it makes is what hosts take, and what it revokes they take no more."""

import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(os.environ.get("srcdir", ".")).resolve()
TOOL = TOP / "tools/fleet-ca"
CHECK = pathlib.Path("tests/exchange/check_record").resolve()

failures = []


def expect(condition, *what):
    if not condition:
        failures.append(what)
        print("failed:", *what)


def tool(*arguments, good=True):
    done = subprocess.run(["bash", TOOL, *map(str, arguments)], capture_output=True, text=True)
    expect((done.returncode == 0) == good, arguments, done.returncode, done.stderr)
    return done.stderr


class Fleet:
    def __init__(self, folder):
        self.folder = folder
        self.records = {}

    def sign(self, host, name=None):
        own = self.folder / "hosts" / host
        done = subprocess.run([CHECK, "make", own / "cert.pem", own / "key.pem",
                               str(int(time.time() * 10**6))], capture_output=True, text=True)
        expect(done.returncode == 0, host, done.stdout)
        path = self.folder / f"{name or host}.record"
        path.write_text(done.stdout)
        return path

    def answer(self, record):
        done = subprocess.run([CHECK, "lab", self.folder / "ca.pem", self.folder / "lists.pem",
                               str(int(time.time() * 10**6)), record],
                              capture_output=True, text=True)
        return done.stdout.splitlines()[-1].split()[0]


def life(folder):
    fleet = Fleet(folder)
    tool("--name", "IP:127.0.0.1", "make", folder, "lab", "node-1", "node-2.example.com")
    tool("--key", "p256", "host", folder, "node-3")
    for path in folder.rglob("key.pem"):
        expect(stat.S_IMODE(path.stat().st_mode) == 0o600, "mode of", path)
    for host in ("node-1", "node-2.example.com", "node-3"):
        expect(fleet.answer(fleet.sign(host)) == "accepted", host)

    # node-1 and a host whose name starts alike: only the one that is meant.
    tool("host", folder, "node-11")
    eleven = fleet.sign("node-11")
    first = fleet.sign("node-1", "first")
    tool("host", folder, "node-1")
    second = fleet.sign("node-1", "second")
    expect(fleet.answer(first) == "accepted" and fleet.answer(second) == "accepted", "rotated")
    tool("revoke", folder, "node-1")
    expect(fleet.answer(first) == "revoked", "the first certificate of node-1")
    expect(fleet.answer(second) == "revoked", "the second certificate of node-1")
    expect(fleet.answer(eleven) == "accepted", "node-11")
    tool("host", folder, "node-1")
    expect(fleet.answer(fleet.sign("node-1", "third")) == "accepted", "node-1 after all")

    old = fleet.sign("node-3")
    tool("renew-ca", folder)
    expect(fleet.answer(old) == "accepted", "of the CA before, both are trusted")
    expect(fleet.answer(first) == "revoked", "revoked by the CA before")
    tool("host", folder, "node-3")
    new = fleet.sign("node-3", "by-the-new-ca")
    expect(fleet.answer(new) == "accepted", "of the new CA")
    tool("drop-ca", folder)
    expect(fleet.answer(old) == "untrusted", "of the CA that was dropped")
    expect(fleet.answer(new) == "accepted", "of the one that is left")
    tool("list", folder)
    expect(fleet.answer(new) == "accepted", "with a new list")


def refusals(folder):
    expect("cannot name a fleet" in tool("make", folder / "a", "Lab", "x", good=False), "fleet")
    for host in ("", "X", "-a", "a-", "a..b", ".a", "a.", "a/b", "*", "a b", "a" * 64):
        expect("cannot name a host" in tool("make", folder / "a", "lab", host, good=False), host)
    expect(not (folder / "a").exists(), "a refusal leaves nothing behind")
    expect("holds no CA" in tool("host", folder / "a", "x", good=False), "no CA")
    expect("unknown command" in tool("mend", folder / "a", good=False), "command")
    expect("unknown option" in tool("--mend", folder / "a", good=False), "option")
    expect("days" in tool("--days", "0", "make", folder / "a", "lab", "x", good=False), "days")
    tool("--days", "1", "make", folder / "a", "lab", "x")
    expect("has a CA already" in tool("make", folder / "a", "lab", "x", good=False), "twice")
    expect("no certificate" in tool("revoke", folder / "a", "y", good=False), "unknown host")
    expect("kind of key" in tool("--key", "rsa", "host", folder / "a", "y", good=False), "kind")


def main():
    if not shutil.which("openssl"):
        print("skipped: openssl is not installed (apt-get install openssl)")
        return 77
    with tempfile.TemporaryDirectory() as name:
        life(pathlib.Path(name) / "life")
        refusals(pathlib.Path(name))
    return 1 if failures else 0


sys.exit(main())
