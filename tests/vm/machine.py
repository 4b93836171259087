# SPDX-License-Identifier: LGPL-2.1-or-later
"""A machine under QEMU: commands run in it, and what is plugged into it, or pulled out."""

import base64
import gzip
import json
import pathlib
import select
import socket
import subprocess
import time

BOOT_SECONDS = 300
COMMAND_SECONDS = 240


class Lost(AssertionError):
    """The machine does not answer any more."""


class Line:
    """The serial line to the machine's first program."""

    def __init__(self, path, process):
        self.stream = connect(path, process)
        self.process = process
        self.rest = b""
        self.number = 0

    def read_line(self, end):
        while b"\n" not in self.rest:
            if not select.select([self.stream], [], [], max(0.1, end - time.monotonic()))[0]:
                if time.monotonic() > end:
                    raise Lost("the machine does not answer")
                continue
            got = self.stream.recv(65536)
            if not got:
                raise Lost(f"the machine ended: {self.process.poll()}")
            self.rest += got
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode().strip("\r")

    def wait_for(self, word, end):
        while self.read_line(end) != word:
            pass

    def run(self, command):
        """What it printed, and its status."""
        self.number += 1
        text = base64.b64encode(command.encode()).decode()
        self.stream.sendall(f"{self.number} {text}\n".encode())
        end = time.monotonic() + COMMAND_SECONDS
        self.wait_for(f"BEGIN {self.number}", end)
        body = []
        while True:
            line = self.read_line(end)
            if line.startswith(f"END {self.number} "):
                status = int(line.split()[2])
                return gzip.decompress(base64.b64decode("".join(body))).decode(errors="replace"), status
            body.append(line)


def connect(path, process):
    end = time.monotonic() + 30
    while True:
        stream = socket.socket(socket.AF_UNIX)
        try:
            stream.connect(str(path))
            return stream
        except OSError:
            stream.close()
            if process.poll() is not None or time.monotonic() > end:
                raise Lost(f"QEMU did not start: {process.poll()}") from None
            time.sleep(0.05)


class Machine:
    """arguments: QEMU's, without what the lines and the monitor need."""

    def __init__(self, arguments, line_device, place):
        self.place = pathlib.Path(place)
        self.log = self.place / "console.log"
        lines = ["-display", "none", "-no-reboot", "-nic", "none", "-monitor", "none",
                 "-chardev", f"file,id=console,path={self.log}", "-serial", "chardev:console",
                 "-chardev", f"socket,id=line,path={self.place}/line,server=on,wait=off", *line_device,
                 "-qmp", f"unix:{self.place}/qmp,server=on,wait=off"]
        self.errors = open(self.place / "qemu.err", "wb")
        self.process = subprocess.Popen([*arguments, *lines], stdin=subprocess.DEVNULL,
                                        stdout=self.errors, stderr=self.errors)
        try:
            self.line = Line(self.place / "line", self.process)
            self.monitor = connect(self.place / "qmp", self.process).makefile("rw", buffering=1)
            json.loads(self.monitor.readline())
            self.ask("qmp_capabilities")
            self.line.wait_for("READY", time.monotonic() + BOOT_SECONDS)
        except BaseException:
            self.stop()
            raise

    def ask(self, command, **arguments):
        """The monitor's answer to a command; what happened meanwhile is passed over."""
        self.monitor.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        while True:
            answer = json.loads(self.monitor.readline())
            if "error" in answer:
                raise AssertionError(f"{command}: {answer['error']}")
            if "return" in answer:
                return answer["return"]

    def try_run(self, command):
        return self.line.run(command)

    def run(self, command):
        """The output of a command that has to work."""
        text, status = self.line.run(command)
        assert status == 0, f"{command}: status {status}\n{text}"
        return text

    def read_json(self, command):
        text = self.run(command)
        try:
            return json.loads(text)
        except ValueError:
            raise AssertionError(f"{command}: no JSON:\n{text}") from None

    def until(self, what, condition, seconds=120):
        end = time.monotonic() + seconds
        while True:
            got = condition()
            if got:
                return got
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds} s: {what}")
            time.sleep(0.5)

    def last_words(self):
        """What helps to see what went wrong."""
        try:
            daemon = self.try_run("tail -n 20 /tmp/daemon.log; dmesg | tail -n 5")[0]
        except (Lost, OSError) as error:
            daemon = str(error)
        console = self.log.read_bytes()[-1000:].decode(errors="replace") if self.log.exists() else ""
        return f"--- in the machine\n{daemon}\n--- its console\n{console}"

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.errors.close()
