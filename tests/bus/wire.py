# SPDX-License-Identifier: LGPL-2.1-or-later
"""The D-Bus wire protocol, as much as tests need that busctl cannot do: names of errors, many calls
at once, callers that do not read or that vanish, file descriptors."""

import array
import os
import socket
import struct

ALIGN = {"y": 1, "b": 4, "n": 2, "q": 2, "i": 4, "u": 4, "x": 8, "t": 8, "d": 8, "s": 4, "o": 4,
         "g": 1, "v": 1, "h": 4, "a": 4, "(": 8, "{": 8}
FORMAT = {"y": "B", "b": "I", "n": "h", "q": "H", "i": "i", "u": "I", "x": "q", "t": "Q",
          "d": "d", "h": "I"}
CALL, RETURN, ERROR, SIGNAL = 1, 2, 3, 4


def split(signature):
    """The complete types of a signature."""
    types, start = [], 0
    while start < len(signature):
        end = start
        while signature[end] == "a":
            end += 1
        if signature[end] in "({":
            depth = 0
            while True:
                depth += (signature[end] in "({") - (signature[end] in ")}")
                if depth == 0:
                    break
                end += 1
        types.append(signature[start : end + 1])
        start = end + 1
    return types


def pad(out, alignment):
    out.extend(b"\0" * (-len(out) % alignment))


def put(out, kind, value):
    first = kind[0]
    pad(out, ALIGN[first])
    if first in FORMAT:
        out += struct.pack("<" + FORMAT[first], value)
    elif first in "so":
        data = value.encode()
        out += struct.pack("<I", len(data)) + data + b"\0"
    elif first == "g":
        out += bytes([len(value)]) + value.encode() + b"\0"
    elif first == "v":
        put(out, "g", value[0])
        put(out, value[0], value[1])
    elif first in "({":
        for inner, item in zip(split(kind[1:-1]), value):
            put(out, inner, item)
    else:
        place = len(out)
        out += b"\0\0\0\0"
        pad(out, ALIGN[kind[1]])
        start = len(out)
        for item in value.items() if kind[1] == "{" and isinstance(value, dict) else value:
            put(out, kind[1:], item)
        struct.pack_into("<I", out, place, len(out) - start)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        size = struct.calcsize(form)
        value = struct.unpack_from("<" + form, self.data, self.at)[0]
        self.at += size
        return value

    def header_fields(self):
        self.at = 12
        return dict(self.get("a(yv)"))

    def get(self, kind):
        first = kind[0]
        self.at += -self.at % ALIGN[first]
        if first in FORMAT:
            value = self.take(FORMAT[first])
            return bool(value) if first == "b" else value
        if first in "sog":
            n = self.take("B" if first == "g" else "I")
            text = self.data[self.at : self.at + n].decode()
            self.at += n + 1
            return text
        if first == "v":
            return self.get(self.get("g"))
        if first in "({":
            return [self.get(inner) for inner in split(kind[1:-1])]
        n = self.take("I")
        self.at += -self.at % ALIGN[kind[1]]
        end, items = self.at + n, []
        while self.at < end:
            items.append(self.get(kind[1:]))
        return dict(items) if kind[1] == "{" else items


class BusError(Exception):
    def __init__(self, name, text):
        super().__init__(f"{name}: {text}")
        self.name, self.text = name, text


class Connection:
    """A client of a bus. With as_uid, root becomes that user for as long as connecting takes."""

    def __init__(self, address, as_uid=None):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(60)
        self.serial, self.buffer, self.fds = 0, b"", []
        self.replies, self.signals = {}, []
        if as_uid is not None:
            os.seteuid(as_uid)
        try:
            self.socket.connect(address.partition("path=")[2])
            self.socket.sendall(b"\0AUTH EXTERNAL " + str(os.geteuid()).encode().hex().encode()
                                + b"\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n")
            lines = b""
            while lines.count(b"\r\n") < 2:
                lines += self.socket.recv(1)
        finally:
            if as_uid is not None:
                os.seteuid(0)
        assert lines.startswith(b"OK "), lines
        self.name = self.call("org.freedesktop.DBus", "/org/freedesktop/DBus",
                              "org.freedesktop.DBus", "Hello")[0]

    def send(self, destination, path, interface, member, signature="", *args, fds=(), flags=0):
        """Sends a call and gives its serial. An argument of type h is an index into fds."""
        body = bytearray()
        for kind, value in zip(split(signature), args):
            put(body, kind, value)
        self.serial += 1
        fields = [(1, ("o", path)), (2, ("s", interface)), (3, ("s", member)),
                  (6, ("s", destination))]
        if signature:
            fields.append((8, ("g", signature)))
        if fds:
            fields.append((9, ("u", len(fds))))
        out = bytearray(struct.pack("<BBBBII", ord("l"), CALL, flags, 1, len(body), self.serial))
        put(out, "a(yv)", fields)
        pad(out, 8)
        sent = 0
        if fds:
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))]
            sent = self.socket.sendmsg([bytes(out + body)], rights)
        self.socket.sendall(bytes(out + body)[sent:])
        return self.serial

    def fill(self, n):
        while len(self.buffer) < n:
            data, ancillary, _, _ = self.socket.recvmsg(65536, 1024)
            if not data:
                raise EOFError("the bus closed the connection")
            self.buffer += data
            for _, _, payload in ancillary:
                received = array.array("i")
                received.frombytes(payload[: len(payload) // 4 * 4])
                self.fds += received

    def receive(self):
        """The next message: kind, its header fields by number, and its arguments."""
        self.fill(16)
        kind = self.buffer[1]
        n_body, serial, n_fields = struct.unpack_from("<III", self.buffer, 4)
        start = 16 + n_fields + (-n_fields % 8)
        self.fill(start + n_body)
        fields = Reader(self.buffer[: 16 + n_fields]).header_fields()
        fields[0] = serial
        body = Reader(self.buffer[start : start + n_body])
        self.buffer = self.buffer[start + n_body :]
        self.n_received = start + n_body  # bytes of the last message
        return kind, fields, [body.get(one) for one in split(fields.get(8, ""))]

    def reply(self, serial):
        """The arguments of the reply to a call; signals are kept in self.signals."""
        while serial not in self.replies:
            kind, fields, args = self.receive()
            if kind in (RETURN, ERROR):
                self.replies[fields[5]] = (kind, fields, args)
            elif kind == SIGNAL:
                self.signals.append((fields, args))
        kind, fields, args = self.replies.pop(serial)
        if kind == ERROR:
            raise BusError(fields[4], args[0] if args else "")
        return args

    def call(self, destination, path, interface, member, signature="", *args, fds=(), flags=0):
        return self.reply(self.send(destination, path, interface, member, signature, *args,
                                    fds=fds, flags=flags))

    def answer(self, call, signature, *args):
        """Answers the call of which these are the header fields and the serial (as field 0)."""
        body = bytearray()
        for kind, value in zip(split(signature), args):
            put(body, kind, value)
        self.serial += 1
        out = bytearray(struct.pack("<BBBBII", ord("l"), RETURN, 0, 1, len(body), self.serial))
        put(out, "a(yv)", [(5, ("u", call[0])), (6, ("s", call[7])), (8, ("g", signature))])
        pad(out, 8)
        self.socket.sendall(bytes(out + body))

    def close(self):
        self.socket.close()

