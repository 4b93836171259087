# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is too long for a terminal goes through a pager; nothing else does, and the answer's exit code
stays what it was."""

import contextlib
import json
import pathlib
import shutil
import stat
import subprocess
import tempfile
import time

from clilib import (CTL, HERE, HOST, SAFE, UNKNOWN, UNSAFE, USAGE, Terminal, environment, main, need,
                    run)

LONG = ("--facts", HOST, "explain", "02:00.0")  # more than 20 lines
CHECK = ("--facts", HOST, "check", "--map", "guest-4g.json")
PLAIN = {"NO_COLOR": "1"}


class Pagers:
    """A folder with programs that write what they are, their input and some variables into NAME.got."""

    def __init__(self, *names):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        for name in names:
            script = self.path / name
            script.write_text("#!/bin/sh\nprintf '%s|%s|%s|%s\\n' \"$*\" \"$LESS\" \"$LESSCHARSET\" "
                              f"\"$LESSSECURE\" > '{script}.got'\n/bin/cat >> '{script}.got'\n"
                              f"echo seen in {name}\nexit 42\n", encoding="ascii")
            script.chmod(script.stat().st_mode | stat.S_IXUSR)

    def ask(self, *words, rows=10, **variables):
        """(what the terminal showed, exit code, what the pager got by its name)"""
        for old in self.path.glob("*.got"):
            old.unlink()
        shown, code = Terminal(CTL, *words, rows=rows, columns=80, PATH=str(self.path),
                               **{**PLAIN, **variables}).end()
        return shown, code, {got.stem: got.read_text(encoding="utf-8")
                             for got in self.path.glob("*.got")}


def pager__too_long__gets_all_of_it():
    plain = run(*LONG)[1]
    lines = plain.count("\n")
    need(lines > 10, "the example is too short")
    pagers = Pagers("less")
    shown, code, got = pagers.ask(*LONG, rows=lines)
    need(shown == "seen in less\n" and code == SAFE, f"{shown!r}, {code}")
    need(got == {"less": "|FRSXMK||\n" + plain}, f"{got}")
    shown, code, got = pagers.ask(*LONG, rows=lines + 1)
    need(shown == plain and not got, f"what fits went through a pager: {shown!r}, {got}")
    need("|FRSXMK|utf-8|" in pagers.ask(*LONG, LC_ALL="C.UTF-8")[2]["less"], "no charset")
    need("|-M||" in pagers.ask(*LONG, LESS="-M")[2]["less"], "the user's LESS is lost")


def pager__lines_that_wrap__count_as_they_take():
    words = ("--facts", HOST, "status", "--json=short")
    plain = run(*words)[1]
    need(plain.count("\n") == 1 and len(plain) > 480, "the example is too short")
    pagers = Pagers("less")
    need(pagers.ask(*words, rows=5)[2], "a line of more rows than the terminal has")
    need(not pagers.ask(*words, rows=len(plain) // 80 + 3)[2], "a line that fits when it wraps")


def pager__colours__pass_and_take_no_room():
    lines = run(*LONG)[1].count("\n")
    pagers = Pagers("less")
    coloured = pagers.ask(*LONG, rows=lines, NO_COLOR="")[2]["less"]
    need("\033[" in coloured, "the pager gets no colours")
    need(not pagers.ask(*LONG, rows=lines + 1, NO_COLOR="")[2], "colours count as columns")


def pager__variables__first_that_is_there():
    pagers = Pagers("less", "more", "mine", "theirs")
    for variables, name, arguments in (
        ({}, "less", ""),
        ({"PAGER": "theirs"}, "theirs", ""),
        ({"PAGER": "theirs", "IOMMUFLEET_PAGER": "mine"}, "mine", ""),
        ({"IOMMUFLEET_PAGER": "  mine -x  'y z'"}, "mine", "-x 'y z'"),
        ({"PAGER": "nonexistent --at-all"}, "less", ""),
    ):
        got = pagers.ask(*LONG, **variables)[2]
        need(list(got) == [name] and got[name].startswith(f"{arguments}|"), f"{variables}: {got}")
    need(list(Pagers("more").ask(*LONG)[2]) == ["more"], "more where there is no less")


def pager__not_wanted__printed_as_it_is():
    plain = run(*LONG)[1]
    pagers = Pagers("less", "more", "mine")
    for words, variables in (
        (("--no-pager",), {}),
        (("--no-pager",), {"IOMMUFLEET_PAGER": "mine"}),
        ((), {"IOMMUFLEET_PAGER": "", "PAGER": "mine"}),
        ((), {"IOMMUFLEET_PAGER": "cat"}),
        ((), {"PAGER": ""}),
        ((), {"TERM": "dumb"}),
        ((), {"TERM": ""}),
    ):
        shown, code, got = pagers.ask(*words, *LONG, **variables)
        need(shown == plain and code == SAFE and not got, f"{words} {variables}: {shown!r} {got}")
    need(Pagers().ask(*LONG)[0] == plain, "without any pager it is not shown")
    need(pagers.ask(*LONG, rows=0)[0] == plain, "a terminal of unknown height")


def pager__output_is_no_terminal__never():
    pagers = Pagers("less", "more", "mine")
    for words in (LONG, (*LONG, "--json=pretty"), ("--help",)):
        plain = run(*words)
        done = run(*words, PATH=str(pagers.path), IOMMUFLEET_PAGER="mine", PAGER="mine", TERM="xterm")
        need(done == plain, f"{words}: {done}")
    need(not list(pagers.path.glob("*.got")), "a pager ran")


def pager__help_too__the_same():
    pagers = Pagers("less")
    for words in (("--help",), ("check", "--help")):
        shown, code, got = pagers.ask(*words)
        need(code == SAFE and got["less"].partition("\n")[2] == run(*words)[1], f"{words}: {shown!r}")
        need(pagers.ask(*words, "--no-pager")[0] == run(*words)[1], f"{words}: not without")


def pager__its_exit_code__not_the_answers():
    pagers = Pagers("less")
    for words, code in ((("--attach=1:00.0",), SAFE), (("--attach=02:00.0",), UNSAFE),
                        (("--attach=00:1f.3",), UNKNOWN)):
        shown, got, _ = pagers.ask(*CHECK, *words)
        need(shown == "seen in less\n" and got == code, f"{words}: {got}, not {code}; {shown!r}")
    need(pagers.ask("frobnicate", rows=1)[1:] == (USAGE, {}), "a usage error")


def pager__rights_of_another__none_that_starts_a_shell():
    pagers = Pagers("less", "more", "mine")
    for variable in ("SUDO_UID", "PKEXEC_UID", "DOAS_USER"):
        got = pagers.ask(*LONG, IOMMUFLEET_PAGER="mine", PAGER="mine", LESSSECURE="0",
                         **{variable: "1000"})[2]
        need(list(got) == ["less"] and got["less"].startswith("|FRSXMK||1\n"), f"{variable}: {got}")
    only = Pagers("more", "mine")
    need(not only.ask(*LONG, PAGER="mine", SUDO_UID="1000")[2], "more can start a shell")


def press_until_it_ends(terminal, keys):
    """Again and again: less may take an interrupt just after its prompt for one of its reading."""
    ends = time.monotonic() + 60
    while terminal.child.poll() is None:
        need(time.monotonic() < ends, f"{keys!r} does not end it: {terminal.text()!r}")
        terminal.press(keys)
        with contextlib.suppress(subprocess.TimeoutExpired):
            terminal.child.wait(timeout=0.5)


def less__left_early__exit_code_stays():
    need(shutil.which("less"), "less is missing (tools/packages.txt)")
    for keys, words, code in (("q", ("--attach=02:00.0",), UNSAFE), ("\003", ("--attach=00:1f.3",), UNKNOWN),
                              (" q", ("--attach=1:00.0",), SAFE)):
        terminal = Terminal(CTL, *CHECK, *words, rows=8, columns=80, **PLAIN)
        terminal.read("lines 1-")  # its long prompt: it waits for a key
        press_until_it_ends(terminal, keys)
        shown, got = terminal.end()
        need(got == code, f"{keys!r}: exit code {got}, not {code}: {shown!r}")


def less__more_than_a_pipe_holds__left_early():
    with tempfile.TemporaryDirectory() as folder:
        host = json.loads((HERE / HOST).read_bytes())
        one = host["devices"][0]
        host["devices"] += [{**one, "address": f"{i:04x}:77:00.0"} for i in range(1, 500)]
        facts = pathlib.Path(folder) / "many.json"
        facts.write_text(json.dumps(host), encoding="ascii")
        words = ("--facts", facts, "facts", "--json=pretty")
        need(len(run(*words)[1]) > 65536, "the example is too short")
        terminal = Terminal(CTL, *words, rows=8, columns=80, **PLAIN)
        terminal.read("lines 1-")
        press_until_it_ends(terminal, "q")
        need(terminal.end()[1] == SAFE, "left early is not a failure")


def pipe__closed_by_its_reader__silent():
    with subprocess.Popen([CTL, *LONG, "--json=pretty"], cwd=HERE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=environment()) as child:
        child.stdout.close()
        err = child.stderr.read()
        child.wait(timeout=60)
    need(err == b"", f"{err!r}")


main(pager__too_long__gets_all_of_it, pager__lines_that_wrap__count_as_they_take,
     pager__colours__pass_and_take_no_room, pager__variables__first_that_is_there,
     pager__not_wanted__printed_as_it_is, pager__output_is_no_terminal__never,
     pager__help_too__the_same, pager__its_exit_code__not_the_answers,
     pager__rights_of_another__none_that_starts_a_shell, less__left_early__exit_code_stays,
     less__more_than_a_pipe_holds__left_early, pipe__closed_by_its_reader__silent)
