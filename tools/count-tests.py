# SPDX-License-Identifier: LGPL-2.1-or-later
"""Count the cases of a suite that "make check" ran.

usage: count-tests.py BUILDDIR SUITE SKIPS

Prints "ran skipped failed". A program that uses Check or TAP counts as many cases as it says, any
other as one. Each skip is appended to the file SKIPS as "name<TAB>reason".
"""

import pathlib
import re
import sys

CHECK_LINE = re.compile(r"^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)$", re.M)
TAP_LINE = re.compile(r"^(not )?ok\b[ \t]*\d*[ \t]*(?:- )?(.*)$", re.M)
TAP_SKIP = re.compile(r"^(.*?)\s*# *skip\b[:\s]*(.*)$", re.I)
RESULT = re.compile(r"^:test-result: (\w+)", re.M)


def count(name, results, log):
    """One test program: (ran, failed, [(name, reason)])."""
    bad = any(result in ("FAIL", "ERROR", "XPASS") for result in results)
    if results == ["SKIP"]:
        lines = [line for line in log.strip().splitlines() if not line.startswith("SKIP ")]
        return 0, 0, [(name, lines[-1] if lines else "no reason given")]
    ran = failed = 0
    skips = []
    checks = CHECK_LINE.findall(log)
    for cases, failures, errors in checks:
        ran += int(cases)
        failed += int(failures) + int(errors)
    if not checks:
        for negative, text in TAP_LINE.findall(log):
            skip = TAP_SKIP.match(text)
            if skip and not negative:
                skips.append((f"{name}: {skip.group(1)}", skip.group(2)))
                continue
            ran += 1
            failed += bool(negative)
    if ran == 0 and not skips:
        ran = 1
    if bad and failed == 0:
        failed = 1
    return max(ran, failed), failed, skips


def main():
    builddir, suite, skips_file = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    ran = failed = 0
    skips = []
    for trs in sorted((builddir / "tests" / suite).rglob("*.trs")):
        log = trs.with_suffix(".log")
        text = log.read_text(errors="replace") if log.exists() else ""
        name = str(trs.relative_to(builddir).with_suffix(""))
        one = count(name, RESULT.findall(trs.read_text(errors="replace")), text)
        ran += one[0]
        failed += one[1]
        skips += one[2]
    with open(skips_file, "a", encoding="utf-8") as out:
        for name, reason in skips:
            out.write(f"{name}\t{reason}\n")
    print(ran, len(skips), failed)


if __name__ == "__main__":
    main()
