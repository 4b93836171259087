# SPDX-License-Identifier: LGPL-2.1-or-later
"""Help, usage errors, and exit codes."""

import re

from clilib import (FAILED, HOST, SAFE, TOP, UNKNOWN, UNSAFE, USAGE, VERBS, main, need, refused,
                    run)

GUEST = ("--facts", HOST, "check", "--map", "guest-4g.json")


def help__each_verb__same_text_for_both_options():
    verbs = re.findall(r"^  ([a-z][a-z-]*)", run("--help")[1], re.M)
    need(set(VERBS) <= set(verbs), f"not listed: {set(VERBS) - set(verbs)}")
    for words in [()] + [(verb,) for verb in verbs]:
        code, out, err = run(*words, "--help")
        name = " ".join(words) or "the program"
        need(code == SAFE and err == "", f"help of {name}: exit code {code}, errors {err!r}")
        need(out.count("\n") > 5, f"help of {name} is short: {out!r}")
        need(run(*words, "-h") == (code, out, err), f"{name}: -h differs from --help")
        need(run("--help", *words) == (code, out, err), f"{name}: --help before it differs")
        for line in out.splitlines():
            need(len(line) <= 80, f"help of {name}: {len(line)} columns: {line!r}")
            need(line == line.rstrip() and "\t" not in line, f"help of {name}: {line!r}")


def help__verb__names_its_options_only():
    need("--attach" in run("check", "-h")[1], "check does not list --attach")
    for verb in VERBS:
        need("--attach" not in run(verb, "-h")[1] or verb in ("check", "hosts", "plan", "report"),
             f"{verb} lists --attach")
    out = run("--help")[1]
    for verb in VERBS:
        need(re.search(rf"^  {verb}\b", out, re.M), f"--help does not list {verb}")


def manual__verbs_and_options__all_in_it():
    page = (TOP / "man/iommufleetctl.1").read_text(encoding="utf-8")
    out = run("--help")[1]
    options = re.findall(r"^  --([a-z-]+)", out, re.M)
    need(len(options) > 10, str(options))
    for verb in VERBS:
        need(re.search(rf"^\.It Cm {verb}\b", page, re.M), f"{verb} is not in the manual")
    for option in options:
        need(re.search(rf"^\.It (Fl h , )?Fl -{option}\b", page, re.M),
             f"--{option} is not in the manual")
    for option in re.findall(r"^\.It (?:Fl h , )?Fl -([a-z-]+)", page, re.M):
        need(option in options, f"--{option} of the manual is none")


def version__asked__one_line():
    code, out, err = run("--version")
    need(code == SAFE and err == "" and re.fullmatch(r"iommufleetctl \S+\n", out), repr(out))


def usage__wrong_command_line__code_2_and_one_line():
    for words, says in (
        ((), ["no verb"]),
        (("frobnicate",), ["frobnicate"]),
        (("groups", "extra"), ["extra", "groups"]),
        (("usable",), ["TARGET"]),
        (("explain",), ["TARGET"]),
        (("usable", "1", "2"), ["2"]),
        (("usable", ""), ["empty"]),
        (("--frobnicate", "groups"), ["--frobnicate"]),
        (("-x", "groups"), ["-x"]),
        (("groups", "--facts"), ["--facts", "FILE"]),
        (("groups", "--facts", HOST, "--facts", HOST), ["2 times", "groups"]),
        (("groups", "--json=xml"), ["xml", "short", "pretty", "off"]),
        (("groups", "--json"), ["--json"]),
        (("groups", "--no-legend=yes"), ["--no-legend"]),
        (("groups", "--facts="), ["--facts=FILE"]),
        (("groups", "--facts", ""), ["--facts=FILE"]),
        (("check", "--from="), ["--from=HOST"]),
        (("groups", "--json="), ["--json=FORM"]),
        (("export", "nfd", "--output=folder/"), ["folder/", "file"]),
        (("groups", "--bus=dialup"), ["dialup", "system", "session"]),
        (("groups", "--facts", HOST, "--bus=system"), ["--facts", "--bus"]),
        (("groups", "--map", "x"), ["--map", "groups"]),
        (("capture", "--facts", HOST), ["--facts", "capture"]),
        (("--facts", HOST, "check"), ["--map"]),
        ((*GUEST, "--question=swap"), ["swap", "migrate", "hotplug", "memory_hotplug"]),
        ((*GUEST, "--attach="), ["--attach"]),
        ((*GUEST, "--assume=kernel"), ["kernel"]),
        ((*GUEST, "--assume=moon=full"), ["moon"]),
        ((*GUEST, "--assume=iommu-bits=999"), ["iommu-bits"]),
        (("--facts", "-", "check", "--map", "-"), ["--facts", "--map"]),
    ):
        refused(USAGE, *words, says=says)


def usage__slip__what_was_meant():
    for word, meant in (("stauts", "status"), ("statu", "status"), ("statuss", "status"), ("dev", "devices"),
                        ("host", "hosts"), ("mop", "map"), ("--jsn=off", "--json"), ("--nopager", "--no-pager"),
                        ("--attach-mem=1", "--attach-memory"), ("--asume=x", "--assume")):
        refused(USAGE, word, says=[f"did you mean {meant}?", "--help"])
    for word in ("x", "zzz", "classxyz", "frobnicate", "--xy", "--" + "j" * 5000, "s" * 5000):
        need("did you mean" not in refused(USAGE, word), f"{word[:20]}: something was meant")


def usage__size_that_is_none__refused():
    for size in ("", "0", "0G", "-1", "+1", "64g", "64GB", "64 G", " 64G", "1.5G", "0x10", "16E",
                 "18446744073709551616", "99999999999999999999999", "17592186044416M", "G"):
        refused(USAGE, *GUEST, f"--attach-memory={size}", says=["--attach-memory"])
    for size in ("1", "65536", "64G", "512M", "1T", "15E"):
        code, _, err = run(*GUEST, f"--attach-memory={size}")
        need(code in (SAFE, UNSAFE, UNKNOWN), f"--attach-memory={size}: {code}, {err!r}")


def options__before_or_after_the_verb__same_answer():
    before = run("--facts", HOST, "--json=short", "groups")
    need(before[0] == SAFE, repr(before))
    need(run("groups", "--facts", HOST, "--json=short") == before, "after the verb it differs")
    need(run("groups", f"--facts={HOST}", "--json", "short") == before, "with = it differs")
    need(run("--facts", HOST, "--json=short", "--", "groups") == before, "after -- it differs")


def exit_code__worst_answer__tells_it():
    for words, code in (
        ((), UNKNOWN),
        (("--attach=1:00.0",), SAFE),
        (("--attach=02:00.0",), UNSAFE),
        (("--attach=00:1f.3",), UNKNOWN),
        (("--attach=00:1f.3", "--attach=02:00.0"), UNSAFE),
        (("--attach=00:1f.3", "--question=migrate"), SAFE),
        (("--attach=02:00.0", "--question=memory-hotplug"), SAFE),
        (("--attach=01:00.0", "--assume=iommu-bits=32"), UNSAFE),
    ):
        for form in ("short", "off"):
            got, _, err = run(*GUEST, *words, f"--json={form}")
            need(got == code and err == "", f"{words}: exit code {got}, not {code}; {err!r}")


def failure__nothing_to_ask__code_1():
    for words, says in (
        (("groups", "--bus=unix:path=/nonexistent/bus"), ["unix:path=/nonexistent/bus", "systemctl start", "--facts"]),
        (("--facts", HOST, "history"), ["daemon"]),
        (("--facts", TOP / "README.md", "groups"), ["README.md", "line 1", "iommufleetctl facts"]),
        (("--facts", HOST, "usable", "99"), ["99"]),
        (("--facts", HOST, "usable", "0000:77:00.0"), ["0000:77:00.0"]),
        (("--facts", HOST, "explain", "nonsense"), ["nonsense"]),
        ((*GUEST, "--attach=0000:77:00.0"), ["0000:77:00.0", "devices"]),
        (("capture", "--sysroot", "/nonexistent"), ["/nonexistent"]),
    ):
        refused(FAILED, *words, says=says)


main(help__each_verb__same_text_for_both_options, help__verb__names_its_options_only,
     manual__verbs_and_options__all_in_it, version__asked__one_line, usage__wrong_command_line__code_2_and_one_line,
     usage__slip__what_was_meant,
     usage__size_that_is_none__refused, options__before_or_after_the_verb__same_answer,
     exit_code__worst_answer__tells_it, failure__nothing_to_ask__code_1)
