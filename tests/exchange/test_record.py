#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Records made by the openssl command: those that were made once and stay, and fresh ones. And the
other way round: records that are made here, verified by the openssl command."""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(os.environ.get("srcdir", ".")).resolve()
CHECK = pathlib.Path("tests/exchange/check_record").resolve()
VECTORS = TOP / "tests/exchange/vectors"
NOW = 1803902400000000

failures = []


def expect(condition, *what):
    if not condition:
        failures.append(" ".join(map(str, what)))
        print("failed:", *what)


def check(*arguments):
    """Lines that the program prints; the first is that of the trust."""
    done = subprocess.run([CHECK, *map(str, arguments)], capture_output=True, text=True)
    return done.stdout.splitlines() or [done.stderr]


def hold_against_cases(folder):
    listed = json.loads((folder / "cases.json").read_text())
    groups = {}
    for case in listed["cases"]:
        groups.setdefault((case["ca"], case["lists"], case["now_us"]), []).append(case)
    for (ca, lists, now), cases in groups.items():
        lines = check(listed["fleet"], folder / ca, folder / lists if lists else "-", now,
                      *[folder / case["record"] for case in cases])
        expect(len(lines) == len(cases) + 1, folder, ca, lists, lines[0])
        for case, line in zip(cases, lines[1:]):
            expect(line.split()[0] == case["answer"], f"{case['name']}: {case['answer']} expected,",
                   line)
    print(f"{folder.name}: {len(listed['cases'])} cases")
    return listed["cases"]


def hold_against_schema(folder, cases):
    try:
        import jsonschema
    except ImportError:
        print("skipped: python3-jsonschema is not installed")
        sys.exit(77)
    schema = json.loads((TOP / "schema/record-1.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    whole = jsonschema.Draft202012Validator(schema)
    inner = jsonschema.Draft202012Validator({**schema["$defs"]["payload"], "$defs": schema["$defs"]})
    minor_0 = jsonschema.Draft202012Validator({
        **schema["$defs"]["payload"], "$defs": schema["$defs"], "additionalProperties": False})
    seen = {True: 0, False: 0}
    for case in cases:
        if case["answer"] not in ("accepted", "malformed-envelope", "malformed-payload"):
            continue
        try:
            document = json.loads((folder / case["record"]).read_bytes())
            valid = whole.is_valid(document)
            payload = json.loads(document["payload"]) if valid else {}
        except ValueError:
            continue
        validator = minor_0 if payload.get("minor") == 0 else inner
        valid = valid and validator.is_valid(payload)
        # What JSON Schema cannot count, it cannot refuse.
        if case["name"] in ("envelope-twice", "payload-twice", "payload-many-values"):
            continue
        # Python takes a real that is whole for an integer.
        if case["name"] == "issued-real":
            continue
        seen[valid] += 1
        expect(valid == (case["answer"] == "accepted"), "the schema about", case["name"])
    expect(seen[True] > 10 and seen[False] > 20, "too few for the schema:", seen)


def verify_with_openssl(folder, made, kind):
    """The signature by the key of the certificate, both as they stand in the record."""
    document = json.loads(made)
    expect(made == json.dumps(document, sort_keys=True, separators=(",", ":")), "not canonical")
    message = b"iommufleet-record-1\0lab\0" + document["payload"].encode()
    (folder / "message").write_bytes(message)
    (folder / "signature").write_bytes(base64.b64decode(document["signature"]))
    (folder / "der").write_bytes(base64.b64decode(document["certificates"][0]))
    key = subprocess.run(["openssl", "x509", "-inform", "DER", "-in", folder / "der", "-pubkey",
                          "-noout"], capture_output=True, check=True).stdout
    (folder / "public").write_bytes(key)
    if kind == "ec":
        command = ["dgst", "-sha256", "-verify", "public", "-signature", "signature", "message"]
    else:
        command = ["pkeyutl", "-verify", "-pubin", "-inkey", "public", "-rawin", "-in", "message",
                   "-sigfile", "signature"]
    done = subprocess.run(["openssl", *command], cwd=folder, capture_output=True)
    expect(done.returncode == 0, f"openssl does not verify ours ({kind}):", done.stdout, done.stderr)


def make_own(work, vectors):
    for kind in ("ed", "ec", "deep"):
        key = work / f"{kind}.key"
        shutil.copy(vectors / f"{kind}.key", key)
        key.chmod(0o600)
        lines = check("make", vectors / f"{kind}.pem", key, NOW)
        verify_with_openssl(work, lines[0], kind)
        (work / "made").write_text(lines[0])
        answer = check("lab", vectors / "ca.pem", vectors / "lists.pem", NOW, work / "made")
        expect(answer[-1].startswith("accepted lab node-"), kind, answer)

        payload = json.loads(json.loads(lines[0])["payload"])
        expect(payload["sequence"] == payload["issued_at"] == NOW, "sequence and time", payload)
        expect(payload["valid_until"] == NOW + 24 * 3600 * 10**6, "valid_until", payload)
        expect(payload["labels"] == {"rack": 'r"12\\', "zone": ""}, "labels", payload)
        expect(payload["classes"] == {"1": "c" * 64, "2": "d" * 64}, "classes", payload)
        expect(payload["collected_at"] is None and payload["boot_id"] is None, "nulls", payload)

    # Its last day: what would outlive the certificate ends with it.
    late = 1830254400000000
    payload = json.loads(json.loads(check("make", vectors / "ec.pem", work / "ec.key", late)[0])
                         ["payload"])
    expect(payload["valid_until"] == 1830297600999999, "the end of the certificate", payload)
    for mode, good in ((0o640, True), (0o644, False), (0o660, False), (0o604, False)):
        (work / "ec.key").chmod(mode)
        line = check("make", vectors / "ec.pem", work / "ec.key", NOW)[0]
        expect(line.startswith("{") == good, f"mode {mode:o}:", line)
        expect(good or "chmod" in line, "what to do:", line)


def main():
    if not shutil.which("openssl"):
        print("skipped: openssl is not installed (apt-get install openssl)")
        return 77
    hold_against_cases(VECTORS)
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        fresh = work / "fresh"
        subprocess.run([sys.executable, TOP / "tests/exchange/make_vectors.py", fresh], check=True)
        cases = hold_against_cases(fresh)
        make_own(work, fresh)
        hold_against_schema(fresh, cases)
    return 1 if failures else 0


sys.exit(main())
