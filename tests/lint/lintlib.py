# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the lints share: the tracked files, C without its comments and strings, exceptions.

A lint collects findings as (place, text) and ends through finish(). A line of allow.txt takes a
finding back; one that takes nothing back is itself a finding.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

TOP = pathlib.Path(os.environ.get("top_srcdir") or pathlib.Path(__file__).parents[2]).resolve()
BUILD = pathlib.Path(os.environ.get("top_builddir") or TOP).resolve()
PRODUCT = ("core/", "daemon/", "client/")


def skip(reason):
    print(reason)
    sys.exit(77)


def need_tool(name, package):
    if not shutil.which(name):
        skip(f"{name} is not installed (apt-get install {package})")


def tracked(*suffixes):
    """Paths from the top of every tracked file that is there, sorted."""
    need_tool("git", "git")
    git = ["git", "-c", "safe.directory=*", "-C", str(TOP)]
    where = subprocess.run(
        git + ["rev-parse", "--show-toplevel"], capture_output=True, text=True, check=False
    )
    if where.returncode != 0 or pathlib.Path(where.stdout.strip()).resolve() != TOP:
        skip("no git checkout: a release archive does not say which files are tracked")
    names = subprocess.run(
        git + ["ls-files", "-z"], capture_output=True, text=True, check=True
    ).stdout.split("\0")
    return sorted(
        name
        for name in names
        if name and (TOP / name).is_file() and (not suffixes or name.endswith(suffixes))
    )


def text_of(name):
    return (TOP / name).read_text(encoding="utf-8", errors="replace")


TOKEN = re.compile(
    r"""/\*.*?\*/ | //[^\n]* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""", re.S | re.X
)


def blank(text):
    return re.sub(r"[^\n]", " ", text)


def strip(text, keep_strings=False):
    """C without comments and without what is in strings; lines stay where they are."""

    def one(match):
        token = match.group(0)
        if token[0] == "/":
            return blank(token)
        return token if keep_strings else token[0] + blank(token[1:-1]) + token[-1]

    return TOKEN.sub(one, text)


def line_comments(text):
    """Numbers of the lines with a // comment."""
    return [
        text.count("\n", 0, match.start()) + 1
        for match in TOKEN.finditer(text)
        if match.group(0).startswith("//")
    ]


def tags(names, kinds):
    """Universal ctags' view of the files: dictionaries with name, path, line, end, signature."""
    need_tool("ctags", "universal-ctags")
    version = subprocess.run(["ctags", "--version"], capture_output=True, text=True, check=False)
    if "Universal" not in version.stdout:
        skip("ctags is not the universal one (apt-get install universal-ctags)")
    out = subprocess.run(
        ["ctags", "--output-format=json", "--fields=+neS", f"--kinds-C={kinds}",
         "--language-force=C", "-I", "_cleanup_+,CLEANUP_DEFINE+", "-f", "-", "-L", "-"],
        input="\n".join(names), cwd=TOP, capture_output=True, text=True, check=True,
    ).stdout
    return [json.loads(line) for line in out.splitlines()]


def exceptions(check):
    """Places that allow.txt excepts from this check."""
    places = set()
    for line in text_of("tests/lint/allow.txt").splitlines():
        if line.strip() and not line.startswith("#"):
            fields = [field.strip() for field in line.split("|")]
            if len(fields) != 3 or not all(fields):
                print(f"tests/lint/allow.txt: not 'check | place | reason': {line}")
                sys.exit(1)
            if fields[0] == check:
                places.add(fields[1])
    return places


def finish(check, findings, looked_at):
    """Print what is left of the findings and end. Nothing looked at is a broken lint."""
    allowed = exceptions(check)
    used = set()
    bad = 0
    for place, text in findings:
        if place in allowed:
            used.add(place)
            continue
        print(f"{place}: {text}")
        bad += 1
    for place in sorted(allowed - used):
        print(f"tests/lint/allow.txt: '{check} | {place}' excepts nothing any more")
        bad += 1
    print(f"{check}: looked at {looked_at}, {bad} findings")
    sys.exit(1 if bad or not looked_at else 0)
