#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The committed schema of the facts document is what the decoder's tables say, and accepts exactly
what they accept: generated documents and, given as arguments, real ones."""

import copy
import json
import os
import pathlib
import subprocess
import sys
import time

TOP = pathlib.Path(os.environ.get("srcdir", "."))
SCHEMA = TOP / "schema/facts-1.schema.json"
PRINT = pathlib.Path("tests/support/print_facts")


def output(*arguments):
    return subprocess.run([PRINT, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def spoiled(document):
    """Documents that are wrong in one thing each."""
    for change in (
        {"schema": "iommufleet-facts-2"},
        {"minor": -1},
        {"colour": "red"},
        {"host": []},
        {"groups": [{"type": "DMA"}]},
        {"groups": [{"id": None}]},
        {"groups": [{"id": 1, "reserved": [{"first": "0x01"}]}]},
        {"groups": [{"id": 1, "reserved": [{"first": "0xFEE"}]}]},
        {"groups": [{"id": 1, "reserved": [{"first": "0x10000000000000000"}]}]},
        {"groups": [{"id": i} for i in range(4097)]},
        {"devices": [{"address": "a", "class": "0x1000000"}]},
        {"devices": [{"address": "a", "flr": 1}]},
        {"devices": [{"address": "a", "driver": "\t"}]},
        {"devices": [{"address": "a", "driver": "x" * 256}]},
        {"devices": [{"address": "a", "bus": "isa"}]},
        {"kvm": {"unknown": "not-collected"}},
        {"kvm": {"unknown": "asleep", "present": True}},
        {"kvm": {"ipa_bits": 65}},
        {"kvm": {"present": "true"}},
    ):
        yield change, {**copy.deepcopy(document), **change}


def main():
    if output("schema") != SCHEMA.read_text():
        print(f"{SCHEMA} is not what the tables say: {PRINT} schema > {SCHEMA}")
        return 1
    try:
        import jsonschema
    except ImportError:
        print("skipped: python3-jsonschema is not installed")
        return 77

    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)

    seed = str(int(time.time()))
    print("seed", seed)
    documents = [("generated", line) for line in output("documents", seed).splitlines()]
    documents += [(name, pathlib.Path(name).read_text()) for name in sys.argv[1:]]
    failed = 0
    for name, text in documents:
        for error in validator.iter_errors(json.loads(text)):
            failed += 1
            print(f"{name}: {error.json_path}: {error.message[:200]}")
    for change, document in spoiled({"schema": "iommufleet-facts-1", "minor": 0}):
        if validator.is_valid(document):
            failed += 1
            print(f"the schema accepts {str(change)[:80]}")
    print(f"{len(documents)} documents, {failed} failures")
    return 1 if failed or len(documents) < 30 else 0


sys.exit(main())
