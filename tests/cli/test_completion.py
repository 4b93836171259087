# SPDX-License-Identifier: LGPL-2.1-or-later
"""What can follow on a command line: as the program says it, and as real shells offer it."""

import json
import pathlib
import re
import shutil
import socket
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bus"))

from clilib import (CTL, HERE, HOST, SAFE, TOP, USAGE, VERBS, Failed, Terminal, main,  # noqa: E402
                    need, run)
from liar import Liar, private_bus  # noqa: E402  (it finds what is in the other folder)

FACTS = ("--facts", HOST)
EVIL = ("$(reboot)", "a b", "x;y", "`id`", "new\nline", "\033[31m", "quo'te", "back\\slash", "a|b", "~root")


def offered(*words, **more):
    """The candidates for the last word."""
    code, out, err = run("--complete", *words, **more)
    need(code == SAFE and err == "", f"{words}: {code}, {err!r}")
    return [line.partition("\t")[0] for line in out.splitlines()]


def offered__verbs__all_that_begin_so():
    need(offered("") == re.findall(r"^  ([a-z][a-z-]*)", run("--help")[1], re.M), "not what --help lists")
    need(set(VERBS) <= set(offered("")), "a verb is missing")
    need(offered("dev") == ["devices"] and offered("zzz") == [], "what is typed does not count")
    need(offered(*FACTS, "dev") == ["devices"], "options before it")
    need(offered("--json", "dev") == [] and offered("--json", "short", "dev") == ["devices"],
         "the value of an option is no verb")
    need(offered("--", "dev") == ["devices"], "after --")
    help_of = run("--complete", "dev")[1].partition("\t")[2]
    need(help_of.strip() in run("--help")[1], "what it means is missing")


def offered__options__those_of_the_verb():
    for verb in VERBS:
        listed = re.findall(r"^  (--[a-z-]+=?)", run(verb, "--help")[1], re.M)
        need(offered(verb, "--") == listed, f"{verb}: {offered(verb, '--')}, not {listed}")
    need("--facts=" in offered("-") and offered("groups", "--no-l") == ["--no-legend"], "by letters")
    once = offered("check", "--attach-memory=1G", "--attach=1", "--")
    need("--attach-memory=" not in once and "--attach=" in once, "what is given twice is refused")
    need(offered("check", "") == offered("check", "--"), "a verb without arguments goes on with options")
    need(offered("groups", "--", "--") == [], "after -- there are none")


def offered__fixed_values__are_taken():
    for words, option in ((("groups",), "json"), (("check",), "question"), (("check",), "assume"),
                          (("check", "--mtree=x"), "arch"), (("groups",), "bus")):
        values = offered(*words, f"--{option}", "")
        need(len(values) > 1, f"--{option}: {values}")
        need(offered(*words, f"--{option}=") == [f"--{option}={value}" for value in values],
             f"--{option}: others after the =")
        for value in values:
            if not value.endswith("=") and option != "bus":
                code, _, err = run("--facts", HOST, *words, f"--{option}={value}")
                need(f"--{option}" not in err, f"--{option}={value}: {code}, {err!r}")
    need(offered("guests", "") == ["add", "remove"], "the words of an argument")
    for form in offered("export", ""):
        need(run("export", form, *FACTS)[0] != USAGE, f"export {form}")


def offered__files__left_to_the_shell():
    for words in (("--facts",), ("check", "--domain"), ("check", "--qmp"), ("capture", "--kernel-log")):
        need(offered(*words, "") == [":files"] and offered(*words[:-1], f"{words[-1]}=") == [":files"],
             f"{words}: {offered(*words, '')}")
    need(offered("capture", "--sysroot", "/") == [":folders"], "a folder")


def until_offered(expected, *words):
    """A host has 300 ms to answer; a busy machine may need more tries."""
    ends = time.monotonic() + 60
    while (got := offered(*words)) != expected:
        need(time.monotonic() < ends, f"{words}: {got}, not {expected}")


def offered__devices_and_hosts__of_the_facts():
    host = json.loads((HERE / HOST).read_text(encoding="ascii"))
    addresses = [device["address"] for device in host["devices"]]
    kinds = [f"{int(device['vendor'], 16):04x}:{int(device['device'], 16):04x}"
             for device in host["devices"]]
    until_offered(addresses, *FACTS, "usable", "0000:")
    until_offered(["02:00.0", "02:00.1"], *FACTS, "explain", "02:")  # without the domain
    until_offered([*addresses, "1", "2", "3", "4"], *FACTS, "explain", "")
    until_offered(["--attach=0000:01:00.0"], *FACTS, "check", "--attach=0000:01")
    until_offered(kinds, *FACTS, "hosts", "--attach", "")  # addresses mean nothing there
    need(offered(*FACTS, "usable", "1", "") == offered(*FACTS, "usable", "1", "--"), "one too many")
    for words in (("compare", ""), ("compare", "x", ""), ("baseline", "x", "y", "four"),
                  ("plan", "--domain", "x", "four")):
        until_offered(["four-groups"], *FACTS, *words)
    digest = json.loads(run(*FACTS, "digests", "--json=short")[1])["class"]
    until_offered([digest[:12]], *FACTS, "hosts", "--class", "")


def offered__daemon__asked_but_not_trusted():
    bus = private_bus()
    document = {"hosts": [{"host": name} for name in ("node1", *EVIL, "node2")],
                "guests": [{"name": name} for name in ("db", *EVIL)],
                "devices": [{"address": name} for name in ("0000:01:00.0", *EVIL)], "groups": []}
    liar = Liar(bus.address, "h", (0,), json.dumps(document).encode())
    address = f"--bus={bus.address}"
    until_offered(["node1", "node2"], address, "compare", "")
    until_offered(["db"], address, "guests", "remove", "")
    until_offered(["0000:01:00.0"], address, "explain", "")
    liar.close()


def offered__nobody_answers__soon_nothing():
    need(offered("--bus=unix:path=/nonexistent", "explain", "") == [], "no daemon")
    need(offered("--facts=/nonexistent", "explain", "") == [], "no facts")
    need(offered("--facts", "a", "--bus", "system", "explain", "") == [], "a line that is wrong")
    with tempfile.TemporaryDirectory() as folder:
        mute = socket.socket(socket.AF_UNIX)
        mute.bind(f"{folder}/mute")
        mute.listen()
        begun = time.monotonic()
        need(offered(f"--bus=unix:path={folder}/mute", "explain", "") == [], "it offers something")
        need(time.monotonic() - begun < 10, "it waits for ever")
        mute.close()


class Shell:
    """An interactive shell that has the completion; keys that write its line into a file."""

    def __init__(self, *words, rc, name, **variables):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        self.line = self.path / "line"
        (self.path / name).write_text(rc.format(top=TOP, line=self.line), encoding="ascii")
        (self.path / HOST).write_bytes((HERE / HOST).read_bytes())
        (self.path / "sub dir").mkdir()
        self.terminal = Terminal(
            *[word.format(path=self.path) for word in words], cwd=self.path, rows=50, columns=200,
            PATH=f"{CTL.parent}:/usr/local/bin:/usr/bin:/bin", HOME=str(self.path), errors=True,
            **{name: value.format(path=self.path) for name, value in variables.items()})
        self.terminal.read("READY")

    def type(self, text, key="\t"):
        """The line after the text and the key were typed; it is empty again afterwards."""
        self.line.unlink(missing_ok=True)
        self.terminal.press(f"{text}{key}\007")
        ends = time.monotonic() + 60
        while not self.line.exists():
            need(time.monotonic() < ends, f"{text!r}: no line; {self.terminal.text()[-500:]!r}")
            self.terminal.drain()
            time.sleep(0.01)
        self.terminal.press("\005\025")
        return self.line.read_text(encoding="utf-8")

    def end(self):
        self.terminal.press("\005\025\004")
        self.terminal.end()


BASH_RC = """
PS1='READY> '
. {top}/shell/iommufleetctl.bash
bind 'set bell-style none'
bind '"\\C-o": insert-completions'
dump() {{ printf %s "$READLINE_LINE" > {line}.new; mv {line}.new {line}; }}
bind -x '"\\C-g": dump'
"""
ZSH_RC = """
PS1='READY> '
fpath=({top}/shell $fpath)
autoload -U compinit
compinit -D -u
dump() {{ print -rn -- "$BUFFER" > {line}.new; mv {line}.new {line}; }}
zle -N dump
bindkey -e
bindkey '^G' dump
all() {{ _main_complete; compstate[insert]=all; compstate[list]=; }}
zle -C all complete-word all
bindkey '^O' all
"""


def shell_completes(shell):
    """The same in each shell."""
    ctl = "iommufleetctl"
    try:
        for typed, whole in (
            (f"{ctl} stat", f"{ctl} status "),
            (f"{ctl} groups --no-l", f"{ctl} groups --no-legend "),
            (f"{ctl} groups --js", f"{ctl} groups --json="),
            (f"{ctl} groups --json=pr", f"{ctl} groups --json=pretty "),
            (f"{ctl} groups --json pr", f"{ctl} groups --json pretty "),
            (f"{ctl} check --assume=cpu-b", f"{ctl} check --assume=cpu-bits="),
            (f"{ctl} --facts={HOST} explain 0000:01", f"{ctl} --facts={HOST} explain 0000:01:00.0 "),
            (f"{ctl} --facts {HOST} explain 0000:01:", f"{ctl} --facts {HOST} explain 0000:01:00.0 "),
            (f"{ctl} --facts {HOST} check --attach=01", f"{ctl} --facts {HOST} check --attach=01:00.0 "),
            (f"{ctl} --facts {HOST} compare fo", f"{ctl} --facts {HOST} compare four-groups "),
            (f"{ctl} --facts ~/{HOST} compare fo", f"{ctl} --facts ~/{HOST} compare four-groups "),
            (f"{CTL} stat", f"{CTL} status "),
            (f"{ctl} --facts fo", f"{ctl} --facts {HOST} "),
            (f"{ctl} --facts=fo", f"{ctl} --facts={HOST} "),
            (f"{ctl} capture --sysroot=s", f"{ctl} capture --sysroot=sub\\ dir/"),
            (f"{ctl} usable zz", f"{ctl} usable zz"),
        ):
            ends = time.monotonic() + 30
            while (got := shell.type(typed)) != whole:  # as until_offered()
                need(time.monotonic() < ends, f"{typed!r} becomes {got!r}, not {whole!r}")
        verbs = shell.type(f"{ctl} ", "\017").split()[1:]
        need(sorted(verbs) == sorted(offered("")), f"verbs: {verbs}")
        options = shell.type(f"{ctl} explain --", "\017").split()[2:]
        need(sorted(options) == sorted(offered("explain", "--")), f"options: {options}")
    finally:
        shell.end()


def bash__keys__what_the_program_offers():
    shell_completes(Shell("bash", "--rcfile", "{path}/rc", "-i", rc=BASH_RC, name="rc",
                          INPUTRC="/dev/null"))


def zsh__keys__what_the_program_offers():
    if not shutil.which("zsh"):
        raise Failed("zsh is missing (tools/packages.txt)")
    shell_completes(Shell("zsh", "-d", "-i", rc=ZSH_RC, name=".zshrc", ZDOTDIR="{path}"))


main(offered__verbs__all_that_begin_so, offered__options__those_of_the_verb,
     offered__fixed_values__are_taken, offered__files__left_to_the_shell,
     offered__devices_and_hosts__of_the_facts, offered__daemon__asked_but_not_trusted,
     offered__nobody_answers__soon_nothing, bash__keys__what_the_program_offers,
     zsh__keys__what_the_program_offers)
