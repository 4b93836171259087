# SPDX-License-Identifier: LGPL-2.1-or-later
"""libvirt's QEMU driver inside a process of its own: what arguments it would give QEMU for a domain.

Nothing is started or defined, and no daemon is needed; libvirt's files are in a folder that goes
away. The process answers one request a line on its standard output.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading

PR_SET_CHILD_SUBREAPER = 36


class NotThere(Exception):
    """No such libvirt on this machine."""


class Libvirt:
    """Started by with; asked by arguments()."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        # QEMU's of another user might not reach /dev/kvm, then libvirt probes them again each time.
        os.mkdir(f"{self.folder.name}/etc")
        with open(f"{self.folder.name}/etc/qemu.conf", "w", encoding="ascii") as f:
            f.write(f'user = "+{os.getuid()}"\ngroup = "+{os.getgid()}"\n')
        self.process = subprocess.Popen([sys.executable, __file__, self.folder.name],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        stderr=subprocess.DEVNULL, env=dict(
                                            os.environ, HOME=self.folder.name))
        first = self.process.stdout.readline()
        if first != "ready\n":
            self.__exit__()
            raise NotThere(first.strip() or "libvirt's QEMU driver does not start")
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.folder.cleanup()

    def arguments(self, xml):
        """(text, None): its arguments as a shell would take them; (None, why): it refuses."""
        self.process.stdin.write(json.dumps(xml) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def reap():
    """libvirt waits for QEMU's that it has probed; they are orphans, and somebody has to bury them."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = os.fork()
    if child == 0:
        return
    pid = 0
    while pid != child:
        pid, status = os.wait()
    # What it was still probing when it ended is ours now.
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as f:
        for orphan in f.read().split():
            os.kill(int(orphan), signal.SIGKILL)
    os._exit(os.waitstatus_to_exitcode(status) & 0xff)


def opened(folder):
    library = ctypes.CDLL("libvirt.so.0")
    library.virConnectOpen.restype = ctypes.c_void_p
    library.virGetLastErrorMessage.restype = ctypes.c_char_p
    native = library.virConnectDomainXMLToNative
    native.restype = ctypes.c_void_p
    native.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint]
    library.virEventRegisterDefaultImpl()

    def events():
        while library.virEventRunDefaultImpl() == 0:
            pass

    threading.Thread(target=events, daemon=True).start()
    connection = library.virConnectOpen(f"qemu:///embed?root={folder}".encode())
    if not connection:
        raise NotThere(library.virGetLastErrorMessage().decode())

    def arguments(xml):
        text = native(connection, b"qemu-argv", xml.encode(), 0)
        if not text:
            return None, library.virGetLastErrorMessage().decode()
        return ctypes.string_at(text).decode(), None

    return arguments


def main():
    reap()
    try:
        arguments = opened(sys.argv[1])
    except (NotThere, OSError) as reason:
        print(reason, flush=True)
        os._exit(0)
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(arguments(json.loads(line))), flush=True)
    # Threads of libvirt are still there; nothing is left to lose.
    os._exit(0)


if __name__ == "__main__":
    main()
