# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lengths of functions and files, depth of nesting, number of parameters."""

import re

import lintlib

FUNCTION, CORE_FUNCTION = 70, 50
FILE, CORE_FILE, HEADER, TEST_FILE = 600, 500, 150, 800
NESTING, PARAMETERS = 4, 5

# A library that calls back fixes the parameters.
LIBRARY_CALLBACK = re.compile(r"\bsd_bus\w* \*|\bsqlite3\w* \*|\bevutil_socket_t\b")


def file_limit(name):
    if name.startswith("tests/"):
        return TEST_FILE
    if name.endswith(".h"):
        return HEADER
    return CORE_FILE if name.startswith("core/") else FILE


def parameters(signature):
    depth = count = 0
    inner = signature.strip()[1:-1].strip()
    if inner in ("", "void"):
        return 0
    for char in inner:
        depth += (char in "([") - (char in ")]")
        count += char == "," and depth == 0
    return count + 1


def nesting(lines):
    """Depth of blocks inside a function: braces of initialisers and literals are not blocks."""
    deepest = depth = 0
    stack = []
    text = "\n".join(lines)
    for position, char in enumerate(text):
        if char == "{":
            before = text[:position].rstrip(" \t\n")
            block = not before.endswith(("=", ",", "{", "(")) and (
                not before.endswith(")") or text[position - 1] in " \n\t"
            )
            stack.append(block)
            depth += block
            deepest = max(deepest, depth)
        elif char == "}" and stack:
            depth -= stack.pop()
    return deepest - 1


def main():
    findings = []
    names = [
        name
        for name in lintlib.tracked(".c", ".h")
        if name.startswith(lintlib.PRODUCT + ("tests/", "tools/"))
    ]
    code = {}
    for name in names:
        code[name] = lintlib.strip(lintlib.text_of(name)).split("\n")
        length = len(code[name]) - 1
        if length > file_limit(name):
            findings.append((name, f"{length} lines, limit {file_limit(name)}"))
    for tag in lintlib.tags(names, "f"):
        name, place = tag["path"], f"{tag['path']}:{tag['name']}"
        limit = CORE_FUNCTION if name.startswith("core/") else FUNCTION
        length = tag.get("end", tag["line"]) - tag["line"] + 1
        if length > limit:
            findings.append((place, f"{length} lines, limit {limit}"))
        depth = nesting(code[name][tag["line"] - 1 : tag.get("end", tag["line"])])
        if depth > NESTING:
            findings.append((place, f"nested {depth} deep, limit {NESTING}"))
        signature = tag.get("signature", "()")
        if parameters(signature) > PARAMETERS and not LIBRARY_CALLBACK.search(signature):
            findings.append((place, f"{parameters(signature)} parameters, limit {PARAMETERS}"))
    lintlib.finish("sizes", findings, len(names))


main()
