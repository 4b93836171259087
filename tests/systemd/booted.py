# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is installed, under a systemd that booted it: "make check-booted"."""

import contextlib
import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys

import bootlib
from bootlib import until

bootlib.need()

CALL = ("org.iommufleet1", "/org/iommufleet1", "org.iommufleet1.Manager")
ALICE = 4242
COLLECT = "iommufleet-collect@.service"
PROBE = r"""#!/bin/bash
# Tries what it should not be able to do, in the place of the program. Without pipes: those are not
# to be had everywhere.
say() { echo "probe $*"; }
try() { local name=$1; shift; if ("$@") >/dev/null 2>&1; then say "$name=yes"; else say "$name=no"; fi; }
write() { : >"$1"; }
write_somewhere() {
	local folder
	for folder in / /boot /etc /home /opt /root /run /srv /usr /var /var/lib /var/log; do
		if write "$folder/probe"; then return 0; fi
	done
	return 1
}
internet() { exec 9<>/dev/udp/127.0.0.1/9; }
say "uid=$UID"
sed -n 's/^\(CapEff\|CapBnd\|NoNewPrivs\|Seccomp\):\s*/probe \1=/p' /proc/self/status
links=
while read -r name _; do case $name in *:) links="$links$name" ;; esac; done </proc/self/net/dev
say "links=$links"
try write_somewhere write_somewhere
try write_state write /var/lib/iommufleet/probe
try internet internet
try shadow cat /etc/shadow
try iomem cat /proc/iomem
try interrupts cat /proc/interrupts
try mount mount -t tmpfs tmpfs /mnt
try module_folder ls /usr/lib/modules/.
try other_processes test -r /proc/1/status
try kernel_setting write /proc/sys/kernel/domainname
"""

machine = bootlib.Machine()
REAL = machine.folder / "host"


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


def call(method, *args, uid=None, ask=False):
    """What busctl says of a call of the Manager: its status and its words."""
    flag = "yes" if ask else "no"
    done = machine.run("busctl", "--system", f"--allow-interactive-authorization={flag}", "call",
                       *CALL, method, *args, uid=uid, check=False)
    return done.returncode, done.stdout.strip()


def prop(name):
    done = machine.run("busctl", "--system", "--json=short", "get-property", *CALL, name)
    return json.loads(done.stdout)["data"]


def collected():
    return prop("CollectionState") in ("done", "failed")


def journal(*match):
    return machine.run("journalctl", "-o", "cat", "--no-pager", *match, check=False).stdout


def restart():
    machine.run("systemctl", "restart", "iommufleetd")
    until("it has collected", collected)


def tables(path):
    with contextlib.closing(sqlite3.connect(path)) as db:
        return {name: db.execute(f"SELECT * FROM {name} ORDER BY 1").fetchall()
                for name in ("facts", "classes", "hosts", "history")}


def install__booted__user_folders_and_nothing_running():
    line = machine.run("getent", "passwd", "iommufleet").stdout.split(":")
    assert 0 < int(line[2]) < 1000 and line[6].strip().endswith("nologin"), line
    equal(machine.show("iommufleetd", "ActiveState"), "inactive")
    equal(machine.run("stat", "-c", "%U %a", "/var/lib/iommufleet").stdout.split(),
          ["iommufleet", "700"])
    equal(machine.run("systemctl", "--failed", "--no-legend", "--plain").stdout, "")
    for unit in ("libvirtd.service", "virtqemud.service"):
        assert unit in machine.show("iommufleetd", "Before").split()


def call__nothing_runs__starts_the_daemon_and_is_answered():
    machine.run("systemctl", "start", "iommufleet-collect.socket")
    # The first one may come before this host was read; it is answered all the same.
    status, text = call("Describe")
    assert status == 0 or "nothing is known of this host yet" in text, text
    until("it can be asked", lambda: call("Describe")[0] == 0)
    equal(machine.show("iommufleetd", "ActiveState"), "active")
    equal(machine.show("iommufleetd", "User"), "iommufleet")
    until("it has collected", collected)
    equal((prop("CollectionState"), prop("CollectionTrouble"), prop("StoreState")),
          ("done", "", "file"))
    digest = prop("ClassDigest")
    text = machine.show("iommufleetd", "StatusText")
    assert text.startswith("Answering") and f"class {digest[:12]}" in text, text
    pid = machine.show("iommufleetd", "MainPID")
    state = machine.run("cat", f"/proc/{pid}/status").stdout
    equal([line.split()[1] for line in state.splitlines() if line[:6] in ("CapPrm", "CapEff",
                                                                          "CapBnd")],
          ["0000000000000000"] * 3)
    # Nothing that the sandbox keeps from it is missed.
    equal(journal("-q", "-p", "warning", "-u", "iommufleetd"), "")
    until("the journal has it by its class", lambda: digest in journal(f"IOMMUFLEET_CLASS={digest}"))
    # It did not run the collector itself: systemd did.
    assert "iommufleet-collect@" in machine.run(
        "journalctl", "-o", "short", "--no-pager", "_PID=1").stdout


def collector__behind_its_socket__reads_what_it_reads_by_hand():
    build = bootlib.BUILD
    subprocess.run([build / "tests/support/unpack-capture",
                    bootlib.TOP / "tests/golden/x86-vtd/capture.txt", machine.root / "srv/host"],
                   check=True)
    machine.dropin(COLLECT, "[Service]\nExecStart=\nExecStart=/usr/libexec/iommufleet/"
                   "iommufleet-collect --serve iommufleet --sysroot /srv/host/root "
                   "--kernel-log /srv/host/kernel-log\n")
    restart()
    behind = prop("FactsDigest")
    assert prop("Groups") > 0 and prop("CollectionTrouble") == ""
    by_hand = machine.run("iommufleetctl", "--json=short", "digests").stdout
    equal(json.loads(by_hand)["facts"], behind)
    alone = subprocess.run([build / "daemon/collect/iommufleet-collect",
                            f"--sysroot={machine.root}/srv/host/root",
                            f"--kernel-log={machine.root}/srv/host/kernel-log"],
                           stdout=subprocess.PIPE, check=True).stdout
    facts = machine.folder / "facts.json"
    facts.write_bytes(alone)
    offline = subprocess.run([build / "client/iommufleetctl", f"--facts={facts}", "--json=short",
                              "digests"], stdout=subprocess.PIPE, check=True).stdout
    equal(json.loads(offline)["facts"], behind)
    # As root and as the daemon may connect; nobody else.
    for uid, wanted in ((ALICE, False), (None, True)):
        done = machine.run("busctl", "--address=unix:path=/run/iommufleet/collect.socket", "list",
                           uid=uid, check=False)
        equal("Permission denied" not in done.stdout, wanted)


def probe(unit, start):
    """What the probe says from inside a unit, instead of or before its program."""
    machine.write("/usr/local/bin/probe", PROBE, 0o755)
    machine.dropin(unit, f"[Service]\n{start}\n", "zz-probe.conf")
    machine.run("journalctl", "--rotate", "--vacuum-time=1us", check=False)
    try:
        machine.run("systemctl", "restart", "iommufleetd", check=False)
        until("the probe has ended", lambda: "kernel_setting=" in journal())
    finally:
        machine.undo(unit, "zz-probe.conf")
    lines = [line for line in journal().splitlines() if line.startswith("probe ")]
    return dict(line[6:].split("=", 1) for line in lines)


def hardening__collector__reads_the_host_and_nothing_else():
    said = probe(COLLECT, "ExecStart=\nExecStart=/usr/local/bin/probe\nStandardOutput=journal")
    print(f"  {said}")
    equal({name: said[name] for name in
           ("uid", "NoNewPrivs", "Seccomp", "CapEff", "CapBnd", "write_somewhere", "write_state",
            "internet", "links", "mount", "kernel_setting", "iomem", "interrupts")},
          {"uid": "0", "NoNewPrivs": "1", "Seccomp": "2", "CapEff": said["CapBnd"],
           "CapBnd": said["CapBnd"], "write_somewhere": "no", "write_state": "no",
           "internet": "no", "links": "lo:", "mount": "no", "kernel_setting": "no",
           "iomem": "yes", "interrupts": "yes"})
    # CAP_SYS_ADMIN and CAP_SYSLOG, the second of which the container itself may lack.
    assert said["CapBnd"] in ("0000000400200000", "0000000000200000"), said


def hardening__daemon__writes_its_state_and_nothing_else():
    said = probe("iommufleetd.service", "ExecStartPre=/usr/local/bin/probe")
    print(f"  {said}")
    equal({name: said[name] for name in
           ("NoNewPrivs", "Seccomp", "CapEff", "CapBnd", "write_somewhere", "write_state",
            "shadow", "mount", "kernel_setting", "other_processes")},
          {"NoNewPrivs": "1", "Seccomp": "2", "CapEff": "0000000000000000",
           "CapBnd": "0000000000000000", "write_somewhere": "no", "write_state": "yes",
           "shadow": "no", "mount": "no", "kernel_setting": "no", "other_processes": "no"})
    assert said["uid"] != "0"
    (machine.root / "var/lib/iommufleet/probe").unlink()
    restart()
    equal(prop("CollectionState"), "done")


def watchdog__loop_stands_still__restarted_and_answers():
    machine.dropin("iommufleetd.service", "[Service]\nWatchdogSec=2s\n")
    restart()
    pid = machine.show("iommufleetd", "MainPID")
    machine.run("systemctl", "kill", "--kill-whom=main", "--signal=SIGSTOP", "iommufleetd")
    until("systemd starts it again", lambda: machine.show("iommufleetd", "NRestarts") == "1" and
          machine.show("iommufleetd", "ActiveState") == "active")
    assert machine.show("iommufleetd", "MainPID") != pid
    assert "Watchdog timeout" in journal("_PID=1")
    until("it answers", lambda: call("Describe")[0] == 0)
    machine.undo("iommufleetd.service")
    restart()


def polkit__user__denied_until_a_rule_allows_it():
    machine.run("useradd", "-u", ALICE, "alice", check=False)
    equal(call("Describe", uid=ALICE)[0], 0)
    for method, args in (("Refresh", ("a{sv}", 0)), ("Reload", ("a{sv}", 0)),
                         ("UnregisterGuest", ("sa{sv}", "g", 0)),
                         ("Forget", ("sa{sv}", "h", 0)), ("DumpFacts", ("a{sv}", 0))):
        status, text = call(method, *args, uid=ALICE)
        assert status != 0 and "administrator has to agree" in text, (method, text)
        status, text = call(method, *args, uid=ALICE, ask=True)
        assert status != 0 and text == "Call failed: Access denied", (method, text)
    machine.write("/etc/polkit-1/rules.d/10-test.rules",
                  'polkit.addRule(function (action, subject) {'
                  ' if (action.id == "org.iommufleet1.refresh" && subject.user == "alice")'
                  ' return polkit.Result.YES; });\n')
    until("the rule is read", lambda: call("Refresh", "a{sv}", 0, uid=ALICE)[0] == 0)
    status, text = call("Reload", "a{sv}", 0, uid=ALICE)
    assert status != 0 and "org.iommufleet1.reload" in text, text
    machine.run("systemctl", "stop", "polkit")
    machine.run("systemctl", "mask", "--runtime", "polkit")
    status, text = call("Refresh", "a{sv}", 0, uid=ALICE)
    assert status != 0 and text == "Call failed: Access denied", text
    equal(call("Refresh", "a{sv}", 0)[0], 0)
    machine.run("systemctl", "unmask", "--runtime", "polkit")


def reload__right_and_wrong__systemd_waits_and_the_journal_explains():
    machine.write("/etc/iommufleet/iommufleetd.conf", "[log]\nlevel=debug\n")
    machine.run("systemctl", "reload", "iommufleetd")
    until("it is taken", lambda: machine.run("systemctl", "service-log-level", "iommufleetd")
          .stdout.strip() == "debug")
    machine.write("/etc/iommufleet/iommufleetd.conf", "[log]\nlevel=loud\n")
    assert machine.run("systemctl", "reload", "iommufleetd", check=False).returncode != 0
    until("it is refused", lambda: "iommufleetd.conf:2: level=loud" in
          journal("MESSAGE_ID=92a7b6c5d4e3442f8a1b0c9d8e7f6a98"))
    machine.run("journalctl", "--update-catalog")
    told = machine.run("journalctl", "-x", "--no-pager",
                       "MESSAGE_ID=92a7b6c5d4e3442f8a1b0c9d8e7f6a98").stdout
    assert "Subject: The configuration is wrong and was refused" in told, told
    equal(machine.show("iommufleetd", "ActiveState"), "active")
    (machine.root / "etc/iommufleet/iommufleetd.conf").unlink()
    machine.run("systemctl", "reload", "iommufleetd")


def peers__key_that_only_root_reads__published_and_heard():
    subprocess.run(["bash", bootlib.TOP / "tools/fleet-ca", "--name", "IP:127.0.0.1", "make",
                    machine.root / "etc/iommufleet/ca", "lab", "node"], check=True,
                   stdout=subprocess.DEVNULL)
    given = "".join(f"LoadCredential={name}:/etc/iommufleet/ca/{path}\n" for name, path in
                    (("cert", "hosts/node/cert.pem"), ("key", "hosts/node/key.pem"),
                     ("ca", "ca.pem"), ("crl", "lists.pem")))
    machine.dropin("iommufleetd.service", f"[Service]\n{given}")
    folder = "/run/credentials/iommufleetd.service"
    machine.write("/etc/iommufleet/iommufleetd.conf", f"""[exchange]
mode=peers
fleet=lab
certificate={folder}/cert
key={folder}/key
ca={folder}/ca
crl={folder}/crl
""")
    machine.run("systemctl", "enable", "iommufleetd-peers.socket")
    restart()
    equal(machine.show("iommufleetd-peers.socket", "ActiveState"), "active")
    until("its record is there", lambda: prop("FleetState") == "published")
    # systemd's socket is the daemon's now: something that is no TLS is refused there.
    said = machine.run("bash", "-c", "exec 9<>/dev/tcp/127.0.0.1/7443; echo GET / >&9; "
                       "timeout 20 cat <&9 >/dev/null; echo ended $?").stdout
    assert "ended 0" in said or "ended 1" in said, said
    machine.run("systemctl", "disable", "--now", "iommufleetd-peers.socket")
    (machine.root / "etc/iommufleet/iommufleetd.conf").unlink()
    machine.undo("iommufleetd.service")
    restart()


def refresh__a_hundred_in_a_row__socket_goes_on():
    script = "for i in $(seq 100); do busctl call %s %s %s Refresh 'a{sv}' 0 || exit 1 & done; wait"
    machine.run("bash", "-c", script % CALL, check=False)
    equal(machine.show("iommufleet-collect.socket", "ActiveState"), "active")
    equal(call("Refresh", "a{sv}", 0)[0], 0)
    equal(prop("CollectionState"), "done")


def socket__stopped__old_answers_stay_and_it_says_what_to_do():
    digest = prop("FactsDigest")
    machine.run("systemctl", "stop", "iommufleet-collect.socket")
    status, text = call("Refresh", "a{sv}", 0)
    assert status != 0 and "systemctl start iommufleet-collect.socket" in text, text
    equal(prop("FactsDigest"), digest)
    assert "systemctl start" in machine.show("iommufleetd", "StatusText")
    machine.run("systemctl", "start", "iommufleet-collect.socket")
    until("it is read again", lambda: call("Refresh", "a{sv}", 0)[0] == 0)


def upgrade__database_of_each_older_step__kept_and_answered_from():
    path = machine.root / "var/lib/iommufleet/iommufleet.db"
    machine.run("systemctl", "stop", "iommufleetd")
    newest = tables(path)
    steps = sorted((bootlib.TOP / "schema/sql").glob("0*.sql"))
    with contextlib.closing(sqlite3.connect(path)) as db:
        equal(db.execute("PRAGMA user_version").fetchone()[0], len(steps))
        application = db.execute("PRAGMA application_id").fetchone()[0]
    owner = path.stat()
    machine.dropin(COLLECT, "[Service]\nExecStart=\nExecStart=/bin/sleep 14\n", "zz-hang.conf")
    for version in range(1, len(steps)):
        for file in path.parent.glob("iommufleet.db*"):
            file.unlink()
        with contextlib.closing(sqlite3.connect(path)) as db:
            for step in steps[:version]:
                db.executescript(step.read_text(encoding="utf-8"))
            for table, rows in newest.items():
                for row in rows:
                    marks = ", ".join("?" * len(row))
                    db.execute(f"INSERT INTO {table} VALUES ({marks})", row)
            db.execute(f"PRAGMA application_id={application}")
            db.execute(f"PRAGMA user_version={version}")
            db.commit()
        shutil.chown(path, owner.st_uid, owner.st_gid)
        machine.run("systemctl", "start", "iommufleetd")
        equal((prop("StoreState"), prop("Ready")), ("file", True))
        equal(prop("CollectionState"), "running")  # so that is from the database
        equal(prop("FactsDigest"), newest["hosts"][0][3])
        machine.run("systemctl", "stop", "iommufleetd")
        with contextlib.closing(sqlite3.connect(path)) as db:
            equal(db.execute("PRAGMA user_version").fetchone()[0], len(steps))
            equal(db.execute("PRAGMA integrity_check").fetchone()[0], "ok")
        equal(tables(path)["history"], newest["history"])
    machine.undo(COLLECT, "zz-hang.conf")
    machine.run("systemctl", "start", "iommufleetd")


def main():
    cases = [
        install__booted__user_folders_and_nothing_running,
        call__nothing_runs__starts_the_daemon_and_is_answered,
        collector__behind_its_socket__reads_what_it_reads_by_hand,
        hardening__collector__reads_the_host_and_nothing_else,
        hardening__daemon__writes_its_state_and_nothing_else,
        watchdog__loop_stands_still__restarted_and_answers,
        polkit__user__denied_until_a_rule_allows_it,
        reload__right_and_wrong__systemd_waits_and_the_journal_explains,
        peers__key_that_only_root_reads__published_and_heard,
        refresh__a_hundred_in_a_row__socket_goes_on,
        socket__stopped__old_answers_stay_and_it_says_what_to_do,
        upgrade__database_of_each_older_step__kept_and_answered_from,
    ]
    failed = 0
    machine.boot()
    for case in cases:
        try:
            case()
            print(f"ok {case.__name__}", flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {case.__name__}: {type(error).__name__}: {error}", flush=True)
    print(f"{len(cases)} cases, {failed} failed")
    sys.exit(1 if failed else 0)


main()
