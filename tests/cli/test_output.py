# SPDX-License-Identifier: LGPL-2.1-or-later
"""What every verb prints on a host, as text and as JSON, compared whole with what is expected.

test_output.py --update writes what is printed now as expected/NAME.txt; the difference is to be
read, line by line, before it is committed. Digests change with the facts and are masked."""

import pathlib
import re
import subprocess
import sys
import tempfile

from clilib import (CTL, HERE, HOST, TOP, Failed, collected, environment, main, need, run,
                    run_on_terminal)

FACTS = ("--facts", HOST)
DOMAINS = "../domains/data"
CHECK = (*FACTS, "check", "--map", "guest-4g.json")
CASES = {
    "help": ("--help",),
    "help-check": ("check", "--help"),
    "help-map": ("map", "--help"),
    "status": (*FACTS, "status"),
    "groups": (*FACTS, "groups"),
    "groups-no-legend": (*FACTS, "groups", "--no-legend"),
    "groups-json": (*FACTS, "groups", "--json=pretty"),
    "devices": (*FACTS, "devices"),
    "devices-json": (*FACTS, "devices", "--json=pretty"),
    "explain": (*FACTS, "explain", "02:00.0"),
    "explain-asleep": (*FACTS, "explain", "00:1f.3"),
    "explain-json": (*FACTS, "explain", "02:00.0", "--json=pretty"),
    "usable": (*FACTS, "usable", "2"),
    "usable-unknown": (*FACTS, "usable", "0000:00:1f.3"),
    "usable-json": (*FACTS, "usable", "01:00.0", "--json=pretty"),
    "digests": (*FACTS, "digests"),
    "check-safe": (*CHECK, "--attach=01:00.0"),
    "check-json": (*CHECK, "--attach=02:00.0", "--json=pretty"),
    "check-what-if": (*CHECK, "--attach=01:00.0", "--assume=iommu-bits=32", "--assume=kernel=6.6"),
    "check-no-devices": (*CHECK, "--question=migrate"),
    "check-all-devices": (*CHECK,),
    "check-memory": (*FACTS, "check", "--map", "guest-far.json", "--attach=01:00.0",
                     "--attach-memory=2T"),
    "check-domain": (*FACTS, "check", "--domain", "guest-hostdev.xml", "--from", HOST),
    "check-domain-from-nowhere": (*FACTS, "check", "--domain", "guest-hostdev.xml",
                                  "--question=migrate"),
    "map-domain": (*FACTS, "map", "--domain", "guest-hostdev.xml", "--from", HOST),
    "map-json": (*FACTS, "map", "--domain", "guest-hostdev.xml", "--from", HOST, "--json=pretty"),
    "map-assumed": ("map", "--cmdline", f"{DOMAINS}/qemu-q35-4g-maxmem2t-amd.cmd",
                    "--assume=cpu-vendor=amd", "--assume=cpu-bits=48"),
    "map-refused": (*FACTS, "map", "--domain",
                    f"{DOMAINS}/pc-q35-7.2-epyc-1536g-phys40.inactive.xml"),
}
# Captured hosts: one with VT-d and most kinds of PCI topology, one with an SMMU.
CAPTURED = {
    "x86-vfio": (("status",), ("groups",), ("devices",), ("explain", "05:00.0"), ("usable", "13"),
                 ("check", "--map", "GUESTS/x86-in-msi-window.json", "--attach=01:00.0",
                  "--assume=nested=trust"),
                 ("map", "--mtree", "DOMAINS/q35-4g-slots-dimm1g.mtree.txt")),
    "arm64-smmuv3-acpi": (("status",), ("groups",), ("usable", "0"),
                          ("check", "--map", "GUESTS/virt-4g.json")),
}
# What has names needs pci.ids, and the same names in it.
UTF8 = {"LC_ALL": "C.UTF-8"}


def masked(text):
    return re.sub(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{12}(?=\.\.\.)", "<digest>", text)


def transcript(words, **variables):
    code, out, err = run(*words, **variables)
    return f"$ iommufleetctl {' '.join(words)}\n{masked(out)}{err}[{code}]\n"


def compare(name, text):
    path = HERE / "expected" / f"{name}.txt"
    if "--update" in sys.argv:
        path.write_text(text, encoding="utf-8")
        return
    need(path.exists(), f"{path} is missing")
    expected = path.read_text(encoding="utf-8")
    if text != expected:
        print(f"--- {name}, printed:\n{text}--- expected:\n{expected}---")
        raise Failed(f"{name} is not as expected (test_output.py --update rewrites it)")


def output__each_verb__as_expected():
    for name, words in CASES.items():
        compare(name, transcript(words))


def output__captured_hosts__as_expected():
    for host, questions in CAPTURED.items():
        with tempfile.TemporaryDirectory() as folder:
            collected(host, pathlib.Path(folder))
            for words in questions:
                real = [word.replace("GUESTS", str(TOP / "tests/golden/guests")).replace(
                    "DOMAINS", str(TOP / "tests/domains/data")) for word in words]
                code, out, err = run("--facts", f"{host}.json", *real, cwd=folder)
                compare(f"{host}-{words[0]}", f"$ iommufleetctl --facts {host}.json "
                        f"{' '.join(words)}\n{masked(out)}{err}[{code}]\n")


def output__capture__same_bytes_as_the_host_was_made_of():
    with tempfile.TemporaryDirectory() as folder:
        collected("x86-vfio", pathlib.Path(folder))
        tree = pathlib.Path(folder) / "x86-vfio.tree"
        code, out, err = run("capture", "--sysroot", tree / "root", "--kernel-log",
                             tree / "kernel-log")
        need(code == 0 and err == "", f"{code}, {err!r}")
        need(out == (TOP / "tests/golden/x86-vfio/capture.txt").read_text(encoding="utf-8"),
             "another capture")
        out = run("capture", "--sysroot", tree / "root")[1]
        need("\nkernel-log " not in out and "\nend " in out, "the log of this host with the files of another")


def output__utf8_locale__drawn_in_unicode():
    for name in ("usable", "explain"):
        compare(f"{name}-utf8", transcript(CASES[name], **UTF8))


def output__any_table__fits_80_columns():
    for name, words in CASES.items():
        if "--json=pretty" in words:
            continue
        for line in run(*words)[1].splitlines():
            need(len(line) <= 80, f"{name}: {len(line)} columns: {line!r}")
            need(line == line.rstrip(), f"{name}: ends with spaces: {line!r}")


def output__other_widths__filled_and_not_left():
    """Text wraps at any width; tables and drawings need 80 columns, and are never cut."""
    texts = ("status", "explain", "explain-asleep", "check-no-devices", "check-domain-from-nowhere")
    for columns, names in ((50, texts), (60, texts), (132, CASES)):
        for name in names:
            if "--json=pretty" in CASES[name]:
                continue
            for variables in ({}, UTF8):
                text = run_on_terminal(*CASES[name], columns=columns, NO_COLOR="1", **variables)
                widest = max(text.splitlines(), key=len)
                need(len(widest) <= columns, f"{name}: {len(widest)} of {columns} columns: {widest!r}")
    wide = run_on_terminal(*CASES["explain"], columns=132)
    need(max(map(len, wide.splitlines())) > 110, "a wide terminal is not filled")


def output__terminal__coloured_unless_refused():
    words = CASES["check-all-devices"]
    plain = run(*words)[1]
    need("\033" not in plain, "colours although it is no terminal")
    coloured = run_on_terminal(*words)
    need("\033[" in coloured, "no colours on a terminal")
    need(re.sub(r"\033\[[0-9;]*m", "", coloured) == plain, "colours change the text")
    need("\033" not in run_on_terminal(*words, NO_COLOR="1"), "colours in spite of NO_COLOR")
    need("\033" in run_on_terminal(*words, NO_COLOR=""), "an empty NO_COLOR counts")
    for kind in ("dumb", ""):
        need(run_on_terminal(*words, TERM=kind) == plain, f"colours although TERM is {kind!r}")


def output__no_legend__no_headings():
    with_legend, without = run(*CASES["groups"])[1], run(*CASES["groups-no-legend"])[1]
    need("GROUP" in with_legend and "GROUP" not in without, "the heading")
    need("not known, and why" in with_legend and "not known, and why" not in without, "the legend")


def output__disk_full__not_a_success():
    with open("/dev/full", "wb") as full:
        done = subprocess.run([str(CTL), *CASES["groups"]], cwd=HERE, stdout=full,
                              stderr=subprocess.PIPE, env=environment(), timeout=60, check=False)
    need(done.returncode == 1, f"exit code {done.returncode}")
    need(b"cannot write the output" in done.stderr, repr(done.stderr))


main(output__each_verb__as_expected, output__captured_hosts__as_expected,
     output__capture__same_bytes_as_the_host_was_made_of,
     output__utf8_locale__drawn_in_unicode, output__any_table__fits_80_columns, output__terminal__coloured_unless_refused,
     output__other_widths__filled_and_not_left, output__no_legend__no_headings, output__disk_full__not_a_success)
