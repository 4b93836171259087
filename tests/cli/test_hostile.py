# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files and names that mean harm: a clear error of one line, and nothing that moves a cursor."""

import json
import os
import pathlib
import tempfile

from clilib import FAILED, HERE, HOST, SAFE, UNKNOWN, UNSAFE, main, need, refused, run

GOOD = (HERE / HOST).read_bytes()
GUEST = (HERE / "guest-4g.json").read_bytes()


def bad_files(folder, good, limit):
    """Each kind of bad file, and what the error says of it besides its name."""
    made = {}

    def add(name, content, *says):
        path = folder / name
        path.write_bytes(content)
        made[path] = says

    add("empty", b"")
    add("text", b"hello\n", "line 1")
    add("binary", bytes(range(256)) * 64)
    add("truncated", good[: len(good) // 2], "line")
    add("two", good + good, "line")
    add("nul", good[:40] + b"\0" + good[40:])
    add("latin1", good.replace(b"x86_64", b"x86_\xe4\xf6", 1))
    add("array", b"[]")
    add("other-schema", b'{"schema":"iommufleet-other-1"}')
    add("deep", b'{"schema":' + b"[" * 100000)
    add("too-large", good + b" " * (limit + 1 - len(good)), str(limit))
    add("nodes", b"[" + b"0," * 300000 + b"0]")
    (folder / "directory").mkdir()
    made[folder / "directory"] = ("directory",)
    made[folder / "missing"] = ("No such file",)
    return made


def facts__bad_file__named_in_one_line():
    with tempfile.TemporaryDirectory() as name:
        for path, says in bad_files(pathlib.Path(name), GOOD, 8 << 20).items():
            refused(FAILED, "--facts", path, "groups", says=(str(path), *says))


def facts__largest_that_fits__read():
    with tempfile.TemporaryDirectory() as name:
        path = pathlib.Path(name) / "large"
        path.write_bytes(GOOD + b" " * ((8 << 20) - len(GOOD)))
        code, out, err = run("--facts", path, "groups", "--json=short")
        need(code == SAFE and "0000:01:00.0" in out, f"{code}, {err!r}")


def facts__wrong_member__place_named():
    host = json.loads(GOOD)
    host["groups"][1]["reserved"][0]["first"] = "4096"
    refused(FAILED, "--facts", "-", "groups", stdin=json.dumps(host).encode(),
            says=["standard input", "groups/", "reserved", "first"])


def map__bad_file__named_in_one_line():
    with tempfile.TemporaryDirectory() as name:
        for path, says in bad_files(pathlib.Path(name), GUEST, 1 << 20).items():
            refused(FAILED, "--facts", HOST, "check", "--map", path, says=(str(path), *says))


def map__bad_ranges__refused():
    for change in ({"first": "0x5000", "last": "0x1000", "kind": "ram"},
                   {"first": "0x1000", "last": "0x2000", "kind": "ram"},
                   {"first": "0x1000", "last": "0x10000000000000000", "kind": "ram"},
                   {"first": "0x180000000", "last": "0x1ffffffff", "kind": "butter"},
                   {"first": "0x180000000", "last": "0x1ffffffff"}):
        guest = json.loads(GUEST)
        guest["map"].append(change)
        refused(FAILED, "--facts", HOST, "check", "--map", "-", stdin=json.dumps(guest).encode(),
                says=["standard input", "map"])


def names__control_characters__escaped():
    evil = "evil\033[31m\007\n\u202e\u009b.json"
    with tempfile.TemporaryDirectory() as name:
        path = pathlib.Path(name) / evil
        os.symlink(HERE / HOST, path)
        for variables in ({}, {"LC_ALL": "C.UTF-8"}):
            for words in (("status",), ("check", "--map", HERE / "guest-4g.json")):
                code, out, err = run("--facts", path, *words, **variables)
                need(code in (SAFE, UNSAFE, UNKNOWN), f"{code}, {err!r}")
                need(all(char == "\n" or char.isprintable() for char in out), f"{words}: {out!r}")
            need("\\x1b[31m" in run("--facts", path, "status", **variables)[1], "it is not shown")
            out = run("--facts", path, "status", "--json=pretty", **variables)[1]
            need(all(char == "\n" or char.isprintable() for char in out), f"JSON: {out!r}")
            need(json.loads(out)["host"] == str(path), "JSON has another name")
    for words in (("--facts", evil, "status"), ("--facts", HOST, "usable", evil),
                  ("--bus", f"unix:path=/{evil}", "status")):
        refused(FAILED, *words)
    refused(2, evil)
    refused(2, f"--{evil}")


def names__not_utf_8__shown_escaped():
    with tempfile.TemporaryDirectory() as name:
        path = os.fsencode(name) + b"/b\xff.json"
        os.symlink(HERE / HOST, path)
        path = os.fsdecode(path)
        for words in (("status",), ("check", "--map", HERE / "guest-4g.json"),
                      ("map", "--map", HERE / "guest-4g.json"),
                      ("check", "--domain", HERE / "guest-hostdev.xml", "--from", path)):
            for form in ("off", "short"):
                code, out, err = run("--facts", path, *words, f"--json={form}")
                need(code in (SAFE, UNSAFE, UNKNOWN) and err == "", f"{words}: {code}, {err!r}")
                if words[0] != "check" or form == "short":
                    need("b\\xff.json" in out.replace("\\\\", "\\"), f"{words}: {out!r}")


def map__many_ranges__drawing_stays_short():
    guest = json.loads(GUEST)
    guest["map"] = [{"first": hex(i << 21), "last": hex((i << 21) + 0xfffff), "kind": "ram"}
                    for i in range(1000)]
    code, out, err = run("--facts", HOST, "check", "--map", "-", "--attach=01:00.0",
                         stdin=json.dumps(guest).encode())
    need(code == SAFE, f"{code}, {err!r}")
    need(len(out.splitlines()) < 50, f"{len(out.splitlines())} lines")
    need("pieces" in out, "it does not say that rows were made one")
    guest["map"][999] = {"first": "0xfee00000", "last": "0xfee00fff", "kind": "ram"}
    out = run("--facts", HOST, "check", "--map", "-", "--attach=01:00.0",
              stdin=json.dumps(guest).encode())[1]
    need("!! " in out, "the one conflict was lost among many rows")


main(facts__bad_file__named_in_one_line, facts__largest_that_fits__read,
     facts__wrong_member__place_named, map__bad_file__named_in_one_line,
     map__bad_ranges__refused, names__control_characters__escaped,
     names__not_utf_8__shown_escaped, map__many_ranges__drawing_stays_short)
