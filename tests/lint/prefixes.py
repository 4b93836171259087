# SPDX-License-Identifier: LGPL-2.1-or-later
"""File = module = prefix: what a file defines starts with the file's name or its folder's."""

import pathlib
import re

import lintlib

TYPEDEF = re.compile(r"\btypedef\s+(struct|union|enum)\b")


def prefixes(name):
    path = pathlib.PurePath(name)
    folder, module = path.parent.name, path.stem
    both = {module, folder} - {"core"}
    # host_view.h shows the inside of host.h's struct to its own part.
    both |= {word.removesuffix("_view") for word in both}
    # limits.h defines LIMIT_DEVICES.
    return both | {word[:-1] for word in both if word.endswith("s")}


def belongs(symbol, allowed):
    symbol = symbol.lower().strip("_")
    return any(symbol == prefix or symbol.startswith(prefix + "_") for prefix in allowed)


def main():
    findings = []
    names = [name for name in lintlib.tracked(".c", ".h") if name.startswith(lintlib.PRODUCT)]
    where = {}
    for tag in lintlib.tags(names, "fpsugtde"):
        name, symbol, kind = tag["path"], tag["name"], tag["kind"]
        if symbol.startswith("__anon") or (symbol == "main" and name.endswith("main.c")):
            continue
        if kind in ("macro", "enumerator", "typedef") and not name.endswith(".h"):
            continue
        if kind in ("struct", "union", "enum") and tag.get("scope"):
            continue
        # ctags takes for prototypes what a macro with a parameter list makes.
        if kind == "prototype" and (not name.endswith(".h") or symbol == "TAILQ_HEAD"):
            continue
        if not belongs(symbol, prefixes(name)):
            findings.append((f"{name}:{symbol}", f"{kind} without the prefix of its file"))
        if kind == "function" and not name.endswith(".h"):
            if where.setdefault(symbol, name) != name:
                findings.append((f"{name}:{symbol}", f"function also in {where[symbol]}"))
    for name in names:
        code = lintlib.strip(lintlib.text_of(name))
        for match in TYPEDEF.finditer(code):
            line = code.count("\n", 0, match.start()) + 1
            findings.append((f"{name}:{line}", f"typedef of a {match.group(1)}"))
    lintlib.finish("prefixes", findings, len(names))


main()
