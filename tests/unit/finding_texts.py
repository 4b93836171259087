#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The texts of the findings say what the table says, and the manual page what the texts say."""

import os
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(os.environ.get("top_srcdir", "."))
QUESTIONS = {
    "FINDING_M": "migrate",
    "FINDING_H": "hotplug",
    "FINDING_MEM": "memory_hotplug",
    "FINDING_MH": "migrate hotplug",
    "FINDING_HMEM": "hotplug memory_hotplug",
    "FINDING_MMEM": "migrate memory_hotplug",
    "FINDING_ALL": "migrate hotplug memory_hotplug",
}
ROW = re.compile(r'\[FINDING_\w+\] = \{\s*"([a-z0-9-]+)",\s*FINDING_(\w+),\s*(\w+),'
                 r'((?:\s*"(?:[^"\\]|\\.)*")+) \}')


def field(text, name):
    """What stands behind the name and on the indented lines below it, as one line."""
    match = re.search(rf"^{name}:(.*(?:\n  .*)*)", text, re.M)
    return " ".join(match.group(1).split()) if match else None


def main():
    problems = []
    table = (TOP / "core/model/finding.c").read_text(encoding="utf-8")
    rows = ROW.findall(table)
    if len(rows) != len(re.findall(r"^\t\[FINDING_\w+\] = \{", table, re.M)):
        problems.append("rows of the table are not as this test reads them")
    for code, severity, questions, remedy in rows:
        text = (TOP / f"schema/findings/{code}.txt").read_text(encoding="utf-8")
        words = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', remedy)).replace('\\"', '"')
        for name, value in (("Code", code), ("Severity", severity.lower()),
                            ("Questions", QUESTIONS[questions]), ("Remedy", words)):
            if field(text, name) != value:
                problems.append(f"{code}: {name} is {field(text, name)!r}, in the table {value!r}")
    page = subprocess.run([sys.executable, TOP / "tools/findings-man", TOP / "schema/findings"],
                          check=True, stdout=subprocess.PIPE, text=True).stdout
    if page != (TOP / "man/iommufleet-findings.7").read_text(encoding="utf-8"):
        problems.append("man/iommufleet-findings.7 is stale: run "
                        "tools/findings-man schema/findings > man/iommufleet-findings.7")
    for problem in problems:
        print(problem)
    print(f"{len(rows)} findings, {len(problems)} problems")
    return 1 if problems or not rows else 0


sys.exit(main())
