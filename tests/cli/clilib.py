# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the command line share: running it, and saying what did not hold."""

import fcntl
import os
import pathlib
import pty
import socket
import select
import struct
import subprocess
import sys
import termios
import time

sys.dont_write_bytecode = True

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
BUILD = pathlib.Path(os.environ.get("top_builddir", os.getcwd())).resolve()
CTL = BUILD / "client/iommufleetctl"
HOST = "four-groups.json"  # a made-up host with every state that a fact can be in
VERBS = ("status", "groups", "devices", "explain", "usable", "check", "map", "hosts", "classes",
         "compare", "baseline", "plan", "report", "facts", "digests", "history", "forget",
         "guests", "export",
         "doctor", "libvirt-hook", "capture")

SAFE, FAILED, USAGE, UNSAFE, UNKNOWN = 0, 1, 2, 3, 4


class Failed(Exception):
    """A check did not hold; the text says how."""


def need(condition, text):
    if not condition:
        raise Failed(text)


def environment(**more):
    """Nothing of the caller's, so that an answer is the same for everybody."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", **more}


def run(*words, cwd=HERE, stdin=b"", **variables):
    """The program's exit code, output and errors, the last two as text."""
    done = subprocess.run([str(CTL), *map(str, words)], cwd=cwd, input=stdin, capture_output=True,
                          env=environment(**variables), timeout=60, check=False)
    return (done.returncode, done.stdout.decode("utf-8", "surrogateescape"),
            done.stderr.decode("utf-8", "surrogateescape"))


def take_terminal():
    """In the child: the standard output's terminal is its own, as a pager needs."""
    os.setsid()
    fcntl.ioctl(1, termios.TIOCSCTTY, 0)


class Terminal:
    """A program on a terminal of its own. Rows and columns of 0: it does not say how large it is."""

    def __init__(self, *words, rows=0, columns=0, cwd=HERE, errors=False, **variables):
        self.leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.child = subprocess.Popen(
            [*map(str, words)], cwd=cwd, stdin=follower, stdout=follower,
            stderr=follower if errors else subprocess.DEVNULL, preexec_fn=take_terminal,
            env=environment(**{"TERM": "xterm", **variables}))
        os.close(follower)
        self.seen = b""

    def read(self, until=None, seconds=60):
        """Reads to the end, or until the text has come; the text of all that came so far."""
        ends = time.monotonic() + seconds
        while until is None or until.encode() not in self.seen:
            poll = select.poll()
            poll.register(self.leader, select.POLLIN)
            need(poll.poll(max(0, ends - time.monotonic()) * 1000), f"nothing more came after {self.text()!r}")
            try:
                part = os.read(self.leader, 65536)
            except OSError:
                part = b""
            if not part:
                need(until is None, f"it ended without {until!r}: {self.text()!r}")
                break
            self.seen += part
        return self.text()

    def drain(self):
        """Reads what is there, so that whoever writes goes on."""
        poll = select.poll()
        poll.register(self.leader, select.POLLIN)
        while poll.poll(0):
            try:
                self.seen += os.read(self.leader, 65536)
            except OSError:
                break

    def text(self):
        return self.seen.decode("utf-8", "surrogateescape").replace("\r\n", "\n")

    def press(self, keys):
        os.write(self.leader, keys.encode())

    def end(self):
        """Reads to the end; what it printed, and its exit code."""
        text = self.read()
        code = self.child.wait(timeout=60)
        os.close(self.leader)
        return text, code


def run_on_terminal(*words, **more):
    """What the program writes to a terminal that does not say how high it is."""
    return Terminal(CTL, *words, **{"columns": 80, **more}).end()[0]


def collected(name, folder):
    """The facts of the captured host of that name, as the file folder/NAME.json."""
    capture = TOP / "tests/golden" / name / "capture.txt"
    tree = folder / f"{name}.tree"
    subprocess.run([BUILD / "tests/support/unpack-capture", capture, tree], check=True, timeout=60)
    done = subprocess.run([BUILD / "daemon/collect/iommufleet-collect", "--sysroot", tree / "root",
                           "--kernel-log", tree / "kernel-log"], check=True, timeout=60,
                          capture_output=True)
    (folder / f"{name}.json").write_bytes(done.stdout)


def free_ports(n):
    """Ports of this machine that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [str(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def refused(code, *words, says=(), **more):
    """Runs it and holds that it refuses as a program should: one line of error, nothing else."""
    got, out, err = run(*words, **more)
    shown = " ".join(map(str, words))
    need(got == code, f"{shown}: exit code {got}, not {code}; it said {err!r}")
    need(out == "", f"{shown}: printed {out[:200]!r} although it refused")
    need(err.startswith("iommufleetctl: ") and err.count("\n") == 1 and err.endswith("\n"),
         f"{shown}: the error is not one line: {err!r}")
    need(all(char == "\n" or char.isprintable() for char in err),
         f"{shown}: the error has control characters: {err!r}")
    for word in says:
        need(word in err, f"{shown}: the error does not say {word!r}: {err!r}")
    return err


def main(*tests):
    """Runs the test functions, by name if names are given, and ends with 0, 1 or 77."""
    if not CTL.exists():
        print(f"{CTL} is not built")
        sys.exit(99)
    wanted = [word for word in sys.argv[1:] if not word.startswith("-")]
    failed = ran = 0
    for test in tests:
        if wanted and test.__name__ not in wanted:
            continue
        ran += 1
        try:
            test()
            print(f"ok {test.__name__}")
        except Failed as failure:
            failed += 1
            print(f"not ok {test.__name__}: {failure}")
    print(f"{ran} ran, {failed} failed")
    sys.exit(1 if failed or not ran else 0)
