# SPDX-License-Identifier: LGPL-2.1-or-later
"""Something on the bus that has iommufleetd's name and answers what a test tells it to."""

import array
import contextlib
import os
import socket
import struct
import threading

import harness
import wire

BUS = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
CALL, RETURN, ERROR = 1, 2, 3
(FIELD_PATH, FIELD_MEMBER, FIELD_ERROR, FIELD_REPLY_TO, FIELD_DESTINATION, FIELD_SIGNATURE,
 FIELD_FDS) = (1, 3, 4, 5, 6, 8, 9)


class Liar(wire.Connection):
    """Answers every call with (signature, arguments, file's bytes or None), or an error's name; if there is
    an event to wait for, only after it. Each property is "here". Who called what with which arguments
    is in calls."""

    def __init__(self, address, signature="", args=(), file=None, error=None, after=None):
        super().__init__(address)
        self.after = after
        self.answer = (signature, args, file, error)
        self.calls = []
        assert self.call(*BUS, "RequestName", "su", "org.iommufleet1", 7) == [1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        super().close()

    def serve(self):
        with contextlib.suppress(OSError, EOFError):
            while True:
                self.fill(16)
                serial = struct.unpack_from("<I", self.buffer, 8)[0]
                kind, fields, args = self.receive()
                if kind == CALL and FIELD_PATH in fields:
                    self.calls.append((fields[FIELD_MEMBER], args))
                    self.answer_to(serial, fields)

    def answer_to(self, serial, fields):
        if self.after:
            self.after.wait()
        caller = fields[7]
        signature, args, file, error = self.answer
        if fields[FIELD_MEMBER] == "Get":
            signature, args, file, error = "v", (("s", "here"),), None, None
        body = bytearray()
        for kind, value in zip(wire.split(signature), args):
            wire.put(body, kind, value)
        self.serial += 1
        header = [(FIELD_REPLY_TO, ("u", serial)), (FIELD_DESTINATION, ("s", caller))]
        if error:
            header.append((FIELD_ERROR, ("s", error)))
        if signature:
            header.append((FIELD_SIGNATURE, ("g", signature)))
        fds = array.array("i")
        if file is not None:
            header.append((FIELD_FDS, ("u", 1)))
            fds.append(memfd(file))
        out = bytearray(struct.pack("<BBBBII", ord("l"), ERROR if error else RETURN, 0, 1,
                                    len(body), self.serial))
        wire.put(out, "a(yv)", header)
        wire.pad(out, 8)
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)] if fds else []
        self.socket.sendmsg([bytes(out + body)], rights)
        for fd in fds:
            os.close(fd)


def memfd(content):
    fd = os.memfd_create("liar")
    with open(os.dup(fd), "wb") as file:
        file.write(content)
    return fd


def private_bus():
    """A bus that takes connections: its socket is there a moment before it listens."""
    bus = harness.Bus(harness.Scratch())

    def listens():
        with contextlib.suppress(ConnectionRefusedError):
            bus.connect().close()
            return True
        return False

    harness.until("the bus takes connections", listens)
    return bus
