# SPDX-License-Identifier: LGPL-2.1-or-later
"""The README's example of a fleet: its commands, pasted into a shell as they stand there, print what
stands there. "--show" prints what they print now."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from clilib import BUILD, TOP, environment, free_ports, main, need

TITLE = "### Five minutes on one machine\n"
MARK = "@@readme@@"
BUILT = "B=$PWD/build/try\n"
PORTS = ("7441", "7442", "7443")
SECONDS = 240  # of a hang


def blocks():
    """The indented blocks of the section, without the indentation."""
    text = (TOP / "README.md").read_text(encoding="utf-8")
    section = re.split(r"\n##+ ", text.partition(TITLE)[2])[0]
    found, block = [], []
    for line in section.splitlines(keepends=True):
        if line.startswith("    "):
            block.append(line[4:])
        elif not line.strip() and block:
            block.append("\n")
        elif block:
            found.append("".join(block).rstrip("\n") + "\n")
            block = []
    return found + (["".join(block).rstrip("\n") + "\n"] if block else [])


def steps():
    """(command, what is printed or None), as they stand there."""
    for block in blocks():
        if not block.startswith("$ "):
            yield block, None
            continue
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command = re.match(r"(?:.*\\\n)*.*\n", part)[0]
            yield command, part[len(command):]


def script(parts):
    """What a reader pastes, with a mark before each command that prints; here built elsewhere."""
    text = "".join(command if out is None else f"echo {MARK}\n{command}" for command, out in parts)
    need(BUILT in text, f"no {BUILT!r}")
    text = text.replace(BUILT, f"B={BUILD}\n")
    for here, other in zip(PORTS, free_ports(len(PORTS))):
        need(here in text, f"no port {here}")
        text = text.replace(here, other)
    return text


def play(text, folder):
    """Its output, by command."""
    with subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, cwd=TOP, start_new_session=True,
                          env=environment(TMPDIR=folder)) as shell:
        try:
            out = shell.communicate(text.encode(), timeout=SECONDS)[0]
            left = alive(shell.pid)
        except subprocess.TimeoutExpired:
            os.killpg(shell.pid, signal.SIGKILL)
            need(False, f"it hangs; so far: {shell.communicate()[0].decode()}")
        need(not left, "it leaves processes behind")
    return out.decode().split(f"{MARK}\n")


def alive(group):
    """True if somebody of it still is, a while after it was told to end."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.1)
    os.killpg(group, signal.SIGKILL)
    return True


def pattern(expected):
    """What stands there as an expression: "..." is any lines, and time goes by."""
    lines = [r"(?:.*\n)*?" if line == "..." else re.escape(line) + r" *\n"
             for line in expected.rstrip("\n").splitlines()]
    return re.sub(r"0\\ min", r"\\d+ min", "".join(lines))


def readme__fleet__does_what_it_says():
    for program in ("openssl", "dbus-daemon"):
        if not shutil.which(program):
            print(f"{program} is not installed")
            sys.exit(77)
    parts = list(steps())
    folder = tempfile.mkdtemp()
    try:
        said = play(script(parts), folder)
        need(not os.listdir(folder), f"it leaves {os.listdir(folder)} behind")
    finally:
        shutil.rmtree(folder)
    shown = [(command, out) for command, out in parts if out is not None]
    need(len(shown) > 5 and len(said) == len(shown) + 1, f"{len(shown)} commands, {len(said)}")
    need(said[0] == "", f"before the first command: {said[0]}")
    for (command, expected), out in zip(shown, said[1:]):
        if "--show" in sys.argv:
            print(f"$ {command}{out}")
        else:
            need(re.fullmatch(pattern(expected), out.rstrip("\n") + "\n"),
                 f"{command}prints\n{out}\nand not\n{expected}")


main(readme__fleet__does_what_it_says)
