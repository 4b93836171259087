# SPDX-License-Identifier: LGPL-2.1-or-later
"""tests/expected-skips: every line is "test-name | reason" and names a test that exists."""

import lintlib


def main():
    findings = []
    lines = lintlib.text_of("tests/expected-skips").splitlines()
    for number, line in enumerate(lines, 1):
        place = f"tests/expected-skips:{number}"
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split(" | ")
        if len(fields) != 2 or not all(field.strip() for field in fields):
            findings.append((place, f"not 'test-name | reason': {line}"))
            continue
        test = fields[0].split(": ")[0].strip()
        if not any((lintlib.TOP / (test + end)).is_file() for end in ("", ".c", ".py", ".sh")):
            findings.append((place, f"no such test: {test}"))
    lintlib.finish("skips", findings, len(lines))


main()
