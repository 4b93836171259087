# SPDX-License-Identifier: LGPL-2.1-or-later
"""Asks the product for the map of a guest, through tests/support/print_map."""

import json
import os
import pathlib
import subprocess

BUILD = pathlib.Path(os.environ.get("top_builddir", os.getcwd())).resolve()
PRINT_MAP = BUILD / "tests/support/print_map"


class Failed(Exception):
    """A check did not hold; the text says how."""


def need(condition, text):
    if not condition:
        raise Failed(text)


def asked(form, text, amd="unknown", bits=0, ipa=0, arch=None):
    """The guest that @text (bytes) of that form describes, at a place. {"error"} if refused."""
    words = [str(PRINT_MAP), form, amd, str(bits), str(ipa)] + ([arch] if arch else [])
    done = subprocess.run(words, input=text, capture_output=True, timeout=60, check=False)
    need(done.returncode == 0,
         f"print_map ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return json.loads(done.stdout)


def decoded(form, text, **place):
    guest = asked(form, text, **place)
    need("error" not in guest, f"refused: {guest.get('error')}")
    return guest
