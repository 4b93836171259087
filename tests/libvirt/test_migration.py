# SPDX-License-Identifier: LGPL-2.1-or-later
"""Two libvirtd, a guest that migrates between them, and the hook on both: in namespaces of their
own, so that nothing of this machine's libvirt, network or processes is touched."""

import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = ("libvirtd", "virsh", "qemu-system-x86_64", "ip", "unshare", "nsenter", "mount",
         "dbus-daemon", "busctl")
SEPARATE = ("unshare", "--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "--kill-child")


def skip(reason):
    print(reason)
    sys.exit(77)


def main():
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    for tool in TOOLS:
        if not shutil.which(tool):
            skip(f"{tool} is not installed")
    if os.geteuid() != 0:
        skip("only root can make namespaces for two libvirtd")
    probe = ("mount --make-rprivate / && mount -t tmpfs tmpfs /run && mount -t proc proc /proc"
             " && ip link add one type veth peer name two")
    if subprocess.run([*SEPARATE, "sh", "-c", probe], stderr=subprocess.DEVNULL,
                      check=False).returncode != 0:
        skip("this root may not make namespaces for two libvirtd")
    # Process 1 has to reap what libvirt leaves to it, or libvirt waits for each guest's end; bash
    # does, and all that is below it ends with it.
    done = subprocess.run([*SEPARATE, "bash", "-c", '"$@"; exit $?', "init", sys.executable,
                           HERE / "cases.py"], stdin=subprocess.DEVNULL, check=False)
    sys.exit(done.returncode)


main()
