# SPDX-License-Identifier: LGPL-2.1-or-later
"""A libvirt host: namespaces with a libvirtd, our hook as it is installed, and an iommufleetd
that judges a captured host."""

import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "bus"))

import harness  # noqa: E402  (found beside this folder)

CTL = harness.BUILD / "client/iommufleetctl"
QEMU_CONF = """security_driver = "none"
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
"""
LIBVIRTD_CONF = """listen_tls = 0
listen_tcp = 1
auth_tcp = "none"
auth_unix_rw = "none"
host_uuid = "{uuid}"
listen_addr = "{address}"
log_outputs = "3:file:{log}"
"""
# Runs in the namespaces of one host: its own files where libvirt and the hook look for theirs.
SET_UP = """set -e
mount --make-rprivate /
hostname {name}
for place in /run /etc/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt; do
	mount -t tmpfs tmpfs $place
done
mkdir -p /run/lock
cp -a {etc}/. /etc/libvirt/
ip link set lo up
{python} {journal} {entries} &
touch {ready}
exec sleep 100000
"""


class Host:
    def __init__(self, bus, name, address, uuid, captured="x86-vtd"):
        self.scratch, self.bus, self.name, self.address = bus.scratch, bus, name, address
        self.folder = self.scratch.path / name
        self.etc = self.folder / "etc"
        self.conf = self.folder / "conf"
        self.hooks = self.etc / "hooks/qemu.d"
        self.entries = self.folder / "journal"
        self.captured = harness.Host(bus.scratch, captured)
        self.daemon = self.libvirtd = None
        for folder in (self.hooks, self.conf, self.folder / "bin"):
            folder.mkdir(parents=True)
        self.entries.touch()
        self.configure()
        self.install(uuid)
        self.start_daemon()
        self.separate()

    def configure(self, **policy):
        """Writes libvirt-hook.conf; the hook reads it each time."""
        lines = [f"{key.replace('_', '-')}={value}\n" for key, value in policy.items()]
        (self.conf / "libvirt-hook.conf").write_text(
            f"[bus]\naddress={self.bus.address}\n[policy]\ntimeout=20s\n" + "".join(lines))

    def install(self, uuid):
        """What "make install" does with the hook, with this build's client."""
        text = (harness.TOP / "libvirt/50-iommufleet.in").read_text()
        text = text.replace("@bindir@", str(self.folder / "bin"))
        hook = self.hooks / "50-iommufleet"
        hook.write_text(text.replace("@confdir@", str(self.conf)))
        hook.chmod(0o755)
        client = self.folder / "bin/iommufleetctl"
        client.write_text(f"#!/bin/sh\nexec {CTL} --config={self.conf}/libvirt-hook.conf \"$@\"\n")
        client.chmod(0o755)
        (self.etc / "qemu.conf").write_text(QEMU_CONF)
        (self.etc / "libvirtd.conf").write_text(LIBVIRTD_CONF.format(
            uuid=uuid, address=self.address, log=self.folder / "libvirtd.log"))

    def start_daemon(self, **more):
        trusting = self.folder / "iommufleetd.conf"
        trusting.write_text("[judge]\nnested=trust\n")
        extra = [f"--config={trusting}", *more.pop("extra", ())]
        self.daemon = harness.Daemon(self.bus, self.captured, extra=extra, **more)

    def stop_daemon(self):
        self.daemon.stop()

    def separate(self):
        script = self.folder / "set-up.sh"
        ready = self.folder / "ready"
        script.write_text(SET_UP.format(
            name=self.name, etc=self.etc, python=sys.executable, journal=HERE / "journal.py",
            entries=self.entries, ready=ready))
        self.init = self.scratch.spawn("unshare", "--mount", "--net", "--uts", "bash", script)
        harness.until(f"{self.name} is set up", lambda: ready.exists() or self.init.poll())
        assert self.init.poll() is None, f"{self.name} could not be set up"

    def inside(self, *command):
        return ["nsenter", "-t", str(self.init.pid), "-m", "-n", "-u", "--", *map(str, command)]

    def run(self, *command, check=True):
        done = subprocess.run(self.inside(*command), capture_output=True, text=True, check=False,
                              timeout=harness.DEADLINE, stdin=subprocess.DEVNULL)
        assert not check or done.returncode == 0, f"{command}: {done.stderr}{done.stdout}"
        return done

    def start_libvirtd(self):
        with open(self.folder / "libvirtd.err", "a", encoding="ascii") as err:
            self.libvirtd = self.scratch.spawn(*self.inside("libvirtd", "--listen"), stderr=err)
        harness.until(f"libvirtd of {self.name} answers",
                      lambda: self.virsh("list", check=False).returncode == 0)

    def stop_libvirtd(self):
        self.libvirtd.terminate()
        self.libvirtd.wait(harness.DEADLINE)

    def virsh(self, *words, check=True):
        return self.run("virsh", "-c", "qemu:///system", *words, check=check)

    def migrate(self, guest, to):
        """A live migration as a user asks for it: "" when it worked, or what virsh said."""
        done = self.virsh("migrate", "--live", guest, f"qemu+tcp://{to.address}/system",
                          f"tcp://{to.address}", check=False)
        return "" if done.returncode == 0 else done.stderr or "no word"

    def runs(self, guest):
        return "running" in self.virsh("domstate", guest, check=False).stdout

    def known(self):
        """Names of the guests that the daemon was told of."""
        done = subprocess.run([CTL, f"--bus={self.bus.address}", "guests", "--json=short"],
                              capture_output=True, text=True, check=True)
        return [guest["name"] for guest in json.loads(done.stdout)["guests"]]

    def said(self, guest, *operations):
        """What the hook said of them since this was called last, from the journal."""
        entries = [json.loads(line) for line in self.entries.read_text().splitlines()]
        self.entries.write_text("")
        return [entry for entry in entries if entry.get("IOMMUFLEET_GUEST") == guest
                and entry.get("IOMMUFLEET_OPERATION") in operations]

    def reserve(self, *regions):
        """Has the captured host's group 9 keep these regions from guests, and looks again."""
        path = self.captured.root / "sys/kernel/iommu_groups/9/reserved_regions"
        lines = path.read_text().splitlines(keepends=True)
        path.chmod(0o644)
        path.write_text("".join(line for line in lines if not line.endswith(" reserved\n")) +
                        "".join(f"{first:#018x} {last:#018x} reserved\n"
                                for first, last in regions))
        self.bus.call("Refresh", "a{sv}", 0)


def connect(one, two):
    """A cable between two hosts."""
    subprocess.run(["ip", "link", "add", "cable", "netns", str(one.init.pid), "type", "veth",
                    "peer", "name", "cable", "netns", str(two.init.pid)], check=True)
    for host in (one, two):
        host.run("ip", "addr", "add", f"{host.address}/24", "dev", "cable")
        host.run("ip", "link", "set", "cable", "up")
