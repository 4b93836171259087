# SPDX-License-Identifier: LGPL-2.1-or-later
"""journal.py FILE: takes the place of journald; each entry becomes one line of JSON in FILE."""

import json
import os
import socket
import struct
import sys


def fields(data):
    """systemd.io/JOURNAL_NATIVE_PROTOCOL: NAME=VALUE, or NAME, length and bytes."""
    entry = {}
    while data:
        line, _, rest = data.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            (n,) = struct.unpack("<Q", rest[:8])
            value, rest = rest[8:8 + n], rest[9 + n:]
        entry[name.decode()] = value.decode("utf-8", "replace")
        data = rest
    return entry


def main():
    os.makedirs("/run/systemd/journal", exist_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener, \
            open(sys.argv[1], "a", encoding="utf-8") as out:
        listener.bind("/run/systemd/journal/socket")
        while True:
            out.write(json.dumps(fields(listener.recv(1 << 20))) + "\n")
            out.flush()


main()
