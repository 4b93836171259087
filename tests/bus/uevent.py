# SPDX-License-Identifier: LGPL-2.1-or-later
"""Events of devices, from the kernel: it passes on what root of a network namespace hands to it, in
its own name, to all who listen there. So a test has a namespace of its own, disturbs nobody, and
needs no more than the right to make one.
"""

import ctypes
import errno
import os
import platform
import shutil
import socket
import struct
import subprocess
import sys

KOBJECT_UEVENT = 15  # linux/netlink.h
PCI = "/devices/pci0000:00/0000:00:1f.7"
CALLS = {"x86_64": (41, 54), "aarch64": (198, 208)}  # the numbers of socket(2), setsockopt(2)
INSIDE = "--in-a-namespace"


def way_in():
    """The command that runs another in a network namespace of its own; None: there is none.

    With a user namespace of its own as well, what this machine's real devices do is not heard.
    """
    for way in (["unshare", "--user", "--map-root-user", "--net"], ["unshare", "--net"]):
        if shutil.which("unshare") and subprocess.run(
                [*way, "true"], capture_output=True, check=False).returncode == 0:
            return [*way, "--"]
    return None


def enter():
    """Starts this program again in such a namespace."""
    if INSIDE in sys.argv:
        sys.argv.remove(INSIDE)
    else:
        way = way_in()
        os.execvp(way[0], [*way, sys.executable, *sys.argv, INSIDE])


class Kernel:
    """Has the kernel tell of devices. As fast as it can: about 100,000 a second."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, KOBJECT_UEVENT)

    def say(self, action, path=PCI, subsystem="pci"):
        text = f"{action}@{path}\0ACTION={action}\0DEVPATH={path}\0SUBSYSTEM={subsystem}\0"
        # A request of any type that is not one of netlink's own.
        head = struct.pack("=LHHLL", 16 + len(text), 16, 1, 0, 0)
        self.socket.sendto(head + text.encode("ascii"), (0, 0))


def listens(pid):
    """Whether a process has a socket for the kernel's events."""
    with open(f"/proc/{pid}/net/netlink", encoding="ascii") as table:
        sockets = {row.split()[9] for row in table
                   if row.split()[1] == str(KOBJECT_UEVENT) and row.split()[3] != "00000000"}
    links = []
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            links.append(os.readlink(f"/proc/{pid}/fd/{number}"))
        except OSError:
            pass  # closed meanwhile
    return any(f"socket:[{inode}]" in links for inode in sockets)


def forbid(call, argument, values, error):
    """In a child: that system call fails if its argument of that number is one of the values."""
    rows = [(0x20, 0, 0, 0),  # load the number of the call
            (0x15, 0, len(values) + 1, call),
            (0x20, 0, 0, 16 + 8 * argument)]  # load the argument's lower half
    rows += [(0x15, len(values) - i, 0, value) for i, value in enumerate(values)]
    rows += [(0x06, 0, 0, 0x7FFF0000),  # allow
             (0x06, 0, 0, 0x00050000 | error)]
    code = b"".join(struct.pack("=HBBI", *row) for row in rows)
    text = ctypes.create_string_buffer(code, len(code))
    program = ctypes.create_string_buffer(struct.pack("HL", len(rows), ctypes.addressof(text)))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, seccomp, filtering = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(seccomp, filtering, program, 0, 0):
        raise OSError(ctypes.get_errno(), "no filter for system calls")


def forbid_netlink():
    """For preexec_fn: no netlink socket any more, as with systemd's RestrictAddressFamilies=."""
    forbid(CALLS[platform.machine()][0], 0, [socket.AF_NETLINK], errno.EAFNOSUPPORT)


def forbid_buffers():
    """For preexec_fn: a user without privilege, where the kernel allows less than is asked for."""
    so_rcvbufforce = 33
    forbid(CALLS[platform.machine()][1], 2, [socket.SO_RCVBUF, so_rcvbufforce], errno.EPERM)
