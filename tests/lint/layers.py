# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who includes whom: the arrows of ARCHITECTURE.md."""

import re

import lintlib

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)

CORE_ORDER = ["core", "core/model", "core/layout", "core/codec", "core/judge"]
EDGES = ["daemon/collect", "daemon/store", "daemon/exchange", "daemon/bus", "client"]
SEES_ALL_EDGES = ("daemon/main.c", "daemon/loop.c", "daemon/loop.h", "daemon/loop_fleet.c")

# What of the outside the core may use: the language, and the two libraries that compute.
CORE_SYSTEM = {
    "assert.h", "endian.h", "errno.h", "inttypes.h", "limits.h", "stdalign.h", "stdarg.h",
    "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h", "jansson.h",
    "openssl/evp.h", "openssl/sha.h",
    "libxml/parser.h", "libxml/tree.h", "libxml/xmlreader.h", "libxml/xmlerror.h",
    "libxml/xmlstring.h",
}

# Libraries that belong to one part of the product.
OWNERS = [
    (re.compile(r"^event2/"), ("daemon/",)),
    (re.compile(r"^systemd/"), ("daemon/", "client/")),
    (re.compile(r"^sqlite3\.h$"), ("daemon/store/",)),
    (re.compile(r"^pci/"), ("client/",)),
    (re.compile(r"^ini\.h$"), ("daemon/", "client/")),
    (re.compile(r"^openssl/"), ("core/", "daemon/exchange/")),
    (re.compile(r"^libudev\.h$"), ("daemon/uevents",)),
    (re.compile(r"^curl/"), ("daemon/exchange/",)),
    (re.compile(r"^libxml/"), ("core/codec/",)),
]


def part(name):
    """The folder of the tree that a file belongs to, "daemon" for what is right in daemon/."""
    for folder in EDGES + CORE_ORDER[:0:-1]:
        if name.startswith(folder + "/"):
            return folder
    return name.split("/", 1)[0]


def complaint(name, own, target):
    other = part(target)
    if target.endswith(".c"):
        return "includes a .c file"
    if "/" not in target:
        return f'"{target}" is not qualified by its folder'
    if not (lintlib.TOP / target).is_file():
        return f'"{target}" is not in the tree'
    if own in CORE_ORDER:
        if other not in CORE_ORDER:
            return f"core includes {target}"
        if CORE_ORDER.index(other) > CORE_ORDER.index(own):
            return f"{own} is below {other}, yet includes {target}"
    elif own in EDGES:
        if other not in CORE_ORDER and other != own:
            return f"an edge includes {target}, which is neither its own nor core"
    elif own == "daemon" and other == "client":
        return f"the daemon includes {target}"
    return None


def main():
    findings = []
    names = [name for name in lintlib.tracked(".c", ".h") if name.startswith(lintlib.PRODUCT)]
    for name in names:
        own = part(name)
        seen = set()
        code = lintlib.strip(lintlib.text_of(name), keep_strings=True)
        for quote, target in INCLUDE.findall(code):
            if quote == '"' and target != "config.h":
                text = complaint(name, own, target)
                if text:
                    findings.append((name, text))
                seen.add(part(target))
            elif quote == "<":
                if own in CORE_ORDER and target not in CORE_SYSTEM:
                    findings.append((name, f"core includes <{target}>"))
                for pattern, owners in OWNERS:
                    if pattern.match(target) and not name.startswith(owners):
                        findings.append((name, f"<{target}> belongs to {', '.join(owners)}"))
        several = sorted(seen & set(EDGES))
        if own == "daemon" and len(several) > 1 and name not in SEES_ALL_EDGES:
            findings.append((name, f"sees several edges: {', '.join(several)}"))
    for name in lintlib.tracked(".c", ".h"):
        if name.startswith("tests/") and re.search(
            r'#\s*include\s*"[^"]*\.c"', lintlib.text_of(name)
        ):
            findings.append((name, "includes a .c file"))
    lintlib.finish("layers", findings, len(names))


main()
