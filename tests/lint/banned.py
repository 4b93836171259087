# SPDX-License-Identifier: LGPL-2.1-or-later
"""Functions and words that are refused, and state in the core."""

import re

import lintlib

EVERYWHERE = {
    "goto": "clean up by attribute (core/cleanup.h)",
    "alloca": "no bound", "strcpy": "no bound", "strcat": "no bound", "sprintf": "no bound",
    "vsprintf": "no bound", "gets": "no bound", "setjmp": "hidden flow", "longjmp": "hidden flow",
}
PRODUCT = {
    "exit": "only main ends the process",
    "fgets": "cuts lines silently", "basename": "two functions of that name",
    "getenv": "the environment alters nothing", "secure_getenv": "the environment alters nothing",
    "system": "no shell", "popen": "no shell", "strtok": "hidden state",
    **{name: "silent on bad input" for name in (
        "strtol", "strtoul", "strtoll", "strtoull", "strtod", "strtof", "strtold", "strtoimax",
        "strtoumax", "atoi", "atol", "atoll", "atof")},
}
# Writing to a stream is not among them: open_memstream() is the only one the core can have.
CORE = {name: "the core does no input, output or clock" for name in (
    "printf", "vprintf", "puts", "putchar", "perror", "fopen", "fdopen", "stdin", "stdout", "stderr",
    "fread", "open", "openat", "read", "write", "close", "time",
    "clock_gettime", "gettimeofday", "rand", "random", "srand")}
NOT_CALLED = ("goto", "stdin", "stdout", "stderr")
SSCANF = re.compile(r'\bv?f?s?scanf\s*\((?:[^;]*?)"[^"]*%\*?s', re.S)
WORDS = re.compile(r"\b(TODO|FIXME|XXX)\b(?!\s*\(?#\d)")
STATE = re.compile(r"^(?!static inline)(?:static\s+|extern\s+)?(?!typedef|return)[A-Za-z_][\w \t*]*"
                   r"\b\w+(?:\[[^\]]*\])*\s*(?:=[^=]|;)", re.M)
TEXT_ENDINGS = (".c", ".h", ".py", ".sh", ".mk", ".am", ".ac", ".md", ".1", ".5", ".7", ".8",
                ".txt", ".json", ".sql", ".xml", ".conf", ".in")


def calls(code, banned):
    for match in re.finditer(r"(?<![\w.>])(\w+)\b", code):
        word = match.group(1)
        if word in banned and (word in NOT_CALLED or code[match.end():].lstrip(" ").startswith("(")):
            yield code.count("\n", 0, match.start()) + 1, word


def state_of(code):
    """Definitions at file level that are not constant."""
    flat = []
    depth = 0
    for char in code:
        depth -= char == "}"
        flat.append(char if depth == 0 or char == "\n" else " ")
        depth += char == "{"
    for match in STATE.finditer("".join(flat)):
        text = match.group(0)
        if not re.search(r"\bconst\b|\b(struct|union|enum) \w+\s*;$|_Static_assert", text):
            what = " ".join(text.split()).rstrip("=; ").split("[")[0]
            yield what.split()[-1].lstrip("*"), what


def check_c(name, text):
    code = lintlib.strip(text)
    own = name.startswith(lintlib.PRODUCT)
    banned = dict(EVERYWHERE)
    if own:
        banned.update(PRODUCT)
    if name.startswith("core/"):
        banned.update(CORE)
    if name.endswith("main.c"):
        banned.pop("exit", None)
    for line, word in calls(code, banned):
        yield f"{name}:{line}", f"{word}: {banned[word]}"
    for line in lintlib.line_comments(text):
        yield f"{name}:{line}", "// comment"
    if SSCANF.search(lintlib.strip(text, keep_strings=True)):
        yield name, "scanf with an unbounded %s"
    if name.startswith("core/") and name.endswith(".c"):
        for variable, what in state_of(code):
            yield f"{name}:{variable}", f"state in the core: {what}"


def main():
    findings = []
    names = [name for name in lintlib.tracked() if not name.startswith(("LICENSES/", "COPYING"))]
    for name in names:
        if name.endswith((".c", ".h")):
            findings += check_c(name, lintlib.text_of(name))
        if name.endswith(TEXT_ENDINGS) and name not in ("tests/lint/banned.py", "CODING_STYLE.md"):
            text = lintlib.text_of(name)
            for match in WORDS.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                findings.append((f"{name}:{line}", f"{match.group(1)} without an issue number"))
    lintlib.finish("banned", findings, len(names))


main()
