# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every tracked file says its licence: in a line of its own, or in REUSE.toml where it cannot."""

import re
import tomllib

import lintlib

LICENCE = "LGPL-2.1-or-later"
TAG = f"SPDX-License-Identifier: {LICENCE}"


def pattern(glob):
    """REUSE's globs: * stays in a folder, ** does not."""
    parts = re.split(r"(\*\*|\*)", glob)
    return re.compile("".join(
        {"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts))


def main():
    findings = []
    annotations = tomllib.loads(lintlib.text_of("REUSE.toml"))["annotations"]
    patterns = []
    for annotation in annotations:
        if annotation["SPDX-License-Identifier"] != LICENCE:
            findings.append(("REUSE.toml", f"another licence than {LICENCE}"))
        paths = annotation["path"]
        patterns += [(glob, pattern(glob)) for glob in ([paths] if isinstance(paths, str) else paths)]
    names = lintlib.tracked()
    used = set()
    for name in names:
        if name == "COPYING" or name.startswith("LICENSES/"):
            continue
        covered = [glob for glob, regex in patterns if regex.fullmatch(name)]
        used.update(covered)
        head = (lintlib.TOP / name).read_bytes()[:600].decode("utf-8", "replace")
        if TAG not in head and not covered:
            findings.append((name, f"no line '{TAG}'"))
    if not (lintlib.TOP / f"LICENSES/{LICENCE}.txt").is_file():
        findings.append(("LICENSES", f"no text of {LICENCE}"))
    lintlib.finish("spdx", findings, len(names))


main()
