# SPDX-License-Identifier: LGPL-2.1-or-later
"""Findings one to one: enumeration, table, texts, manual page, and a test for each answer."""

import re

import lintlib

ANSWERS = ("holds", "violated", "cannot_tell")


def page_codes():
    """Codes that the manual page has an entry for (".It Sy code" or ".Ss code")."""
    for folder in (lintlib.TOP, lintlib.BUILD):
        page = folder / "man/iommufleet-findings.7"
        if page.is_file():
            return set(re.findall(r"^\.(?:Ss|It (?:Sy|Ic|Cm|Li)) ([a-z0-9-]+)$",
                                  page.read_text(encoding="utf-8"), re.M))
    return set()


def main():
    findings = []
    header = lintlib.strip(lintlib.text_of("core/model/finding.h"))
    body = re.search(r"enum finding_code \{(.*?)\}", header, re.S).group(1)
    names = re.findall(r"\b(FINDING_\w+)\b", body.split("_FINDING_CODE_MAX")[0])
    codes = {name.removeprefix("FINDING_").lower().replace("_", "-"): name for name in names}

    table = lintlib.strip(lintlib.text_of("core/model/finding.c"), keep_strings=True)
    rows = dict(re.findall(r'\[(FINDING_\w+)\]\s*=\s*\{\s*(?:\.word\s*=\s*)?"([^"]+)"', table))
    texts = {path.stem for path in (lintlib.TOP / "schema/findings").glob("*.*")}
    page = page_codes()
    cases = set()
    for path in (lintlib.TOP / "tests/unit").glob("test_rules*.c"):
        cases.update(re.findall(r"START_TEST\((\w+)\)", path.read_text(encoding="utf-8")))

    for code, name in codes.items():
        if rows.get(name) != code:
            findings.append((code, f"core/model/finding.c has {rows.get(name)} for {name}"))
        if code not in texts:
            findings.append((code, "no text in schema/findings/"))
        if code not in page:
            findings.append((code, "not in iommufleet-findings(7)"))
        for answer in ANSWERS:
            case = f"{code.replace('-', '_')}__{answer}"
            if not any(one == case or one.startswith(case + "__") for one in cases):
                findings.append((case, "no such case in tests/unit/test_rules*.c"))
    for code in sorted(texts - set(codes)):
        findings.append((code, "a text in schema/findings/ without a code"))
    for code in sorted(page - set(codes)):
        findings.append((code, "in iommufleet-findings(7) without a code"))
    lintlib.finish("findings", findings, len(codes))


main()
