# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a user of libvirt sees of the hook. To be run by test_migration.py."""

import subprocess
import time

from hosts import Host, connect, harness

GUEST = "t1"
POLICY = "https://iommufleet.org/xmlns/libvirt/domain/1"
# 64 MiB under software emulation, without a disk: it is there in no time.
DOMAIN = f"""<domain type='qemu'>
  <name>{GUEST}</name>
  <uuid>39ae59d1-a668-42ba-82ce-784f1e184222</uuid>
  <metadata>{{metadata}}</metadata>
  <memory unit='MiB'>64</memory>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>
  <features><acpi/></features>
  <cpu mode='custom' match='exact'><model>qemu64</model></cpu>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
  </devices>
</domain>
"""
UNSAFE = (0x1000000, 0x1FFFFFF)  # in the middle of its RAM


class World:
    a = b = None


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


def contains(text, *words):
    flat = " ".join(text.split())
    for word in words:
        assert word in flat, f"{word!r} is not in {flat!r}"


def create(host, require="migrate hotplug", check=True):
    path = host.folder / "domain.xml"
    path.write_text(DOMAIN.format(metadata=f"<policy xmlns='{POLICY}' require='{require}'/>"))
    return host.virsh("create", path, check=check)


def start__safe__runs_and_the_daemon_knows():
    create(World.a)
    assert World.a.runs(GUEST)
    equal(World.a.known(), [GUEST])
    equal(World.a.said(GUEST, "prepare"), [])


def migrate__safe__arrives_and_both_daemons_know():
    equal(World.a.migrate(GUEST, World.b), "")
    assert World.b.runs(GUEST) and not World.a.runs(GUEST)
    harness.until("the source's daemon knows", lambda: World.a.known() == [])
    equal(World.b.known(), [GUEST])
    equal(World.b.said(GUEST, "migrate"), [])


def migrate__unsafe__refused_with_our_words_and_goes_on():
    World.a.reserve(UNSAFE)
    said = World.b.migrate(GUEST, World.a)
    contains(said, "Hook script execution failed", "iommufleet refuses", GUEST, "migrate on hosta",
             "hotplug: unsafe here", "guest ram at 0x", "-0x3ffffff meets the reserved region 0x1000000-0x1ffffff",
             "of 0000:01:00.0",
             "(ram-in-reserved)", "Start the guest with a memory map that leaves this range free")
    assert World.b.runs(GUEST) and not World.a.runs(GUEST)
    equal((World.a.known(), World.b.known()), ([], [GUEST]))
    [entry] = World.a.said(GUEST, "migrate")
    equal((entry["PRIORITY"], entry["IOMMUFLEET_FINDING"]), ("3", "ram-in-reserved"))


def migrate__unsafe_but_not_to_be_refused__arrives_with_warnings():
    World.a.configure(refuse="none")
    equal(World.b.migrate(GUEST, World.a), "")
    assert World.a.runs(GUEST)
    entries = World.a.said(GUEST, "migrate", "prepare")
    equal([entry["IOMMUFLEET_OPERATION"] for entry in entries], ["migrate", "prepare"])
    for entry in entries:
        equal(entry["PRIORITY"], "4")
        contains(entry["MESSAGE"], "iommufleet warns", "hotplug: unsafe here")
    World.a.configure()


def prepare__unsafe__warns_or_refuses_as_told():
    World.a.virsh("destroy", GUEST)
    harness.until("the daemon knows of its end", lambda: World.a.known() == [])
    create(World.a)
    [entry] = World.a.said(GUEST, "prepare")
    contains(entry["MESSAGE"], "iommufleet warns", "prepare on hosta", "hotplug: unsafe here")
    World.a.virsh("destroy", GUEST)
    World.a.configure(refuse="migrate prepare")
    done = create(World.a, check=False)
    assert done.returncode != 0 and not World.a.runs(GUEST)
    contains(done.stderr, "iommufleet refuses", "prepare on hosta", "0x1000000-0x1ffffff")
    World.a.configure()
    World.a.reserve()
    create(World.a)


def migrate__no_daemon__follows_the_policy():
    World.b.stop_daemon()
    equal(World.a.migrate(GUEST, World.b), "")
    [entry] = World.b.said(GUEST, "migrate")
    contains(entry["MESSAGE"], "iommufleet warns", "cannot be asked: it is not running")
    equal(World.b.migrate(GUEST, World.a), "")
    World.b.configure(daemon_missing="deny")
    contains(World.a.migrate(GUEST, World.b), "iommufleet refuses", "cannot be asked",
             "Start iommufleetd")
    assert World.a.runs(GUEST)


def migrate__daemon_without_facts__cannot_tell():
    hang = World.b.folder / "hang"
    hang.write_text("#!/bin/sh\nexec sleep 1000\n")
    hang.chmod(0o755)
    World.b.start_daemon(extra=[f"--collector={hang}"], wait=False)
    World.b.daemon.wait_named()
    World.b.configure(cannot_tell="deny")
    contains(World.a.migrate(GUEST, World.b), "iommufleet refuses", "nothing is known of this host")
    World.b.configure()
    equal(World.a.migrate(GUEST, World.b), "")
    contains(World.b.said(GUEST, "migrate")[-1]["MESSAGE"], "iommufleet warns", "cannot tell")


def reconnect__libvirtd_starts_again__daemon_is_told_again():
    World.b.bus.call("UnregisterGuest", "sa{sv}", GUEST, 0)
    equal(World.b.known(), [])
    World.b.stop_libvirtd()
    World.b.start_libvirtd()
    harness.until("the daemon is told", lambda: World.b.known() == [GUEST])
    World.b.virsh("destroy", GUEST)
    harness.until("the daemon knows of its end", lambda: World.b.known() == [])


def hook__client_missing_or_broken__lets_libvirt_go_on():
    (World.a.folder / "bin/iommufleetctl").rename(World.a.folder / "bin/away")
    create(World.a)
    World.a.virsh("destroy", GUEST)
    broken = World.a.folder / "bin/iommufleetctl"
    broken.write_text("#!/bin/sh\nkill -SEGV $$\n")
    broken.chmod(0o755)
    create(World.a)
    hook = ["hooks/qemu.d/50-iommufleet", GUEST, "migrate", "begin", "-"]
    equal(World.a.run("/etc/libvirt/" + hook[0], *hook[1:]).returncode, 0)
    World.a.configure(daemon_missing="deny")
    denied = World.a.run("/etc/libvirt/" + hook[0], *hook[1:], check=False)
    equal((denied.returncode, denied.stdout), (1, ""))
    contains(denied.stderr, "iommufleet refuses", "ended with status 139")
    World.a.virsh("destroy", GUEST)


def main():
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    subprocess.run(["mount", "-t", "proc", "proc", "/proc"], check=True)
    started = time.monotonic()
    buses = [harness.Bus(harness.Scratch()) for _ in range(2)]
    World.a = Host(buses[0], "hosta", "10.99.0.1", "11111111-2222-4333-8444-00000000000a")
    World.b = Host(buses[1], "hostb", "10.99.0.2", "11111111-2222-4333-8444-00000000000b")
    connect(World.a, World.b)
    World.a.start_libvirtd()
    World.b.start_libvirtd()
    print(f"  {time.monotonic() - started:.1f} s to start")
    harness.main([
        start__safe__runs_and_the_daemon_knows,
        migrate__safe__arrives_and_both_daemons_know,
        migrate__unsafe__refused_with_our_words_and_goes_on,
        migrate__unsafe_but_not_to_be_refused__arrives_with_warnings,
        prepare__unsafe__warns_or_refuses_as_told,
        migrate__no_daemon__follows_the_policy,
        migrate__daemon_without_facts__cannot_tell,
        reconnect__libvirtd_starts_again__daemon_is_told_again,
        hook__client_missing_or_broken__lets_libvirt_go_on,
    ])


main()
