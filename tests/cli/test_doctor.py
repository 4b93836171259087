# SPDX-License-Identifier: LGPL-2.1-or-later
"""doctor: each thing that can be wrong is found, said with a remedy, and alone decides the exit."""

import contextlib
import json
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bus"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "exchange"))

import etcdlib  # noqa: E402  (found beside this folder, as are the next ones)
import harness  # noqa: E402
import peerlib  # noqa: E402
from clilib import BUILD, TOP, main, need, run  # noqa: E402
from liar import Liar  # noqa: E402

CAPTURED = "x86-vfio-sm"
PROGRAM = BUILD / "daemon/iommufleetd"
DAY = 86400 * 1000000
ALONE = ["daemon", "collection", "privilege", "collector", "uevents", "store", "config", "clock",
         "fleet"]


@contextlib.contextmanager
def place():
    """A bus, and a host; all in it ends with the block."""
    here = harness.Scratch()
    try:
        here.bus = harness.Bus(here)
        here.host = harness.Host(here, CAPTURED)
        here.config = here.path / "d.conf"
        here.config.touch()
        yield here
    finally:
        here.clean()


def start(here, settings="", **more):
    here.config.write_text(settings)
    return harness.Daemon(here.bus, here.host, extra=[f"--config={here.config}"], **more)


def validate(document):
    try:
        import jsonschema  # pylint: disable=import-outside-toplevel
    except ImportError:
        raise AssertionError("python3-jsonschema is not installed") from None
    schema = json.loads((TOP / "schema/doctor-1.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)


def doctor(here, *more):
    """The exit code, and check -> (state, text and remedy)."""
    code, out, err = run(f"--bus={here.bus.address}", "doctor", "--json=short", *more)
    need(err == "", f"{err!r}")
    document = json.loads(out)
    validate(document)
    rows = {row["check"]: (row["state"], f"{row['text']} / {row.get('remedy', '')}")
            for row in document["checks"]}
    need(len(rows) == len(document["checks"]), "a check came twice")
    need(code == (1 if any(state == "fail" for state, _ in rows.values()) else 0),
         f"{code} for {rows}")
    for state, text in rows.values():
        need(state == "ok" or not text.endswith(" / "), f"nothing to do about {text}")
    return code, rows


def is_(rows, check, state, *words):
    got = rows.get(check, ("not there", ""))
    need(got[0] == state and all(word in got[1] for word in words),
         f"{check} is {got}, not {state} with {words}")


def until(here, check, state, *words):
    """Waits until a check is in that state."""
    harness.until(f"{check} is {state}", lambda: doctor(here)[1].get(check, ("",))[0] == state)
    is_(doctor(here)[1], check, state, *words)


def well__alone__all_is_ok():
    with place() as here:
        daemon = start(here)
        code, rows = doctor(here)
        need(code == 0 and list(rows) == ALONE, f"{code}, {rows}")
        need({state for state, _ in rows.values()} == {"ok"}, str(rows))
        is_(rows, "store", "ok", str(daemon.state))
        code, out, err = run(f"--bus={here.bus.address}", "doctor")
        need(code == 0 and err == "" and "9 checks: 9 ok" in out, out)
        need(all(len(line) <= 80 or "/" in line for line in out.splitlines()), out)
        need(len(run(f"--bus={here.bus.address}", "doctor", "--no-legend")[1].splitlines()) <
             len(out.splitlines()), "the sum is there without a legend")


def no_daemon__what_can_be_seen__is_looked_at():
    with place() as here:
        tell = (f"--daemon={PROGRAM}", f"--config={here.config}")
        database = here.path / "iommufleet.db"
        here.config.write_text(f"[store]\npath={database}\n")
        code, rows = doctor(here, *tell)
        need(code == 1 and list(rows) == ["daemon", "config", "store", "collector"], str(rows))
        is_(rows, "daemon", "fail", "not running", "systemctl start iommufleetd")
        is_(rows, "config", "ok")
        is_(rows, "store", "ok")  # there is none yet

        start(here, f"[store]\npath={database}\n", state=here.path).stop()
        is_(doctor(here, *tell)[1], "store", "ok")
        with open(database, "r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * 4096)
        is_(doctor(here, *tell)[1], "store", "fail", str(database), "corrupt")

        here.config.write_text("[log]\nlevel=loud\n")
        is_(doctor(here, *tell)[1], "config", "fail", f"{here.config}:2: level=loud")
        is_(doctor(here, "--daemon=/nonexistent/d")[1], "store", "unknown", "/nonexistent/d",
            "--daemon")
        code, out, _ = run(f"--bus={here.bus.address}", "doctor", *tell)
        need(code == 1 and out.startswith("fails       daemon "), out)


def check_store__open_elsewhere__says_so():
    with place() as here:
        daemon = start(here)
        done = subprocess.run([PROGRAM, f"--state-dir={daemon.state}", f"--config={here.config}",
                               "--check-store"], capture_output=True, text=True, check=False)
        need(done.returncode == 1 and "a daemon has it open" in done.stderr, done.stderr)


def collection__fails__said():
    with place() as here:
        broken = here.path / "collector"
        broken.write_text("#!/bin/sh\nexit 7\n")
        broken.chmod(0o755)
        harness.Daemon(here.bus, here.host, extra=[f"--collector={broken}"])
        code, rows = doctor(here)
        need(code == 1, str(rows))
        is_(rows, "collection", "fail", "status 7", "journalctl")
        is_(rows, "privilege", "unknown")
        broken.unlink()
        is_(doctor(here)[1], "collector", "fail", str(broken))


def facts__not_readable__warned_of():
    with place() as here:
        for config in (here.host.root / "sys/devices").rglob("config"):
            if config.is_file() and config.stat().st_size > 64:
                config.chmod(0o644)
                config.write_bytes(config.read_bytes()[:64])
        start(here)
        code, rows = doctor(here)
        is_(rows, "privilege", "warn", "lack of permission", "iommufleet-collect.socket")
        need(code == 0, "a warning fails")


def config__doubtful__warned_of():
    with place() as here:
        start(here, "[collect]\ncolour=red\n")
        is_(doctor(here)[1], "config", "warn", f"{here.config}:2", "colour")


def clock__behind_what_is_known__fails():
    with place() as here:
        daemon = start(here)
        daemon.stop()
        with contextlib.closing(sqlite3.connect(daemon.state / "iommufleet.db")) as database:
            database.execute("UPDATE hosts SET collected_us = collected_us + ?", (2 * DAY,))
            database.commit()
        hang = here.path / "collector"
        hang.write_text("#!/bin/sh\nexec sleep 1000\n")
        hang.chmod(0o755)
        harness.Daemon(here.bus, here.host, state=daemon.state, extra=[f"--collector={hang}"],
                       wait=False).wait_named()
        is_(doctor(here)[1], "clock", "fail", "behind", "timedatectl")


def store__broken_below_a_daemon__found_before_it_is_used():
    with place() as here:
        daemon = start(here)
        daemon.stop()
        database = daemon.state / "iommufleet.db"
        with open(database, "r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * 4096)
        start(here, state=daemon.state)
        is_(doctor(here)[1], "store", "fail", str(database), "memory")


class Fleet:
    """Certificates of a fleet, and daemons in it."""

    def __init__(self, here, *options):
        self.folder = here.path / "fleet"
        self.make(*options, "make", self.folder, "lab", "node-1", "node-2")

    @staticmethod
    def make(*words):
        done = subprocess.run([TOP / "tools/fleet-ca", *words], capture_output=True, text=True,
                              check=False)
        need(done.returncode == 0, done.stderr)

    def settings(self, name, mode, more=""):
        own = self.folder / "hosts" / name
        return (f"[exchange]\nmode={mode}\nfleet=lab\ncertificate={own}/cert.pem\n"
                f"key={own}/key.pem\nca={self.folder}/ca.pem\ncrl={self.folder}/lists.pem\n"
                f"interval=1s\n{more}")


def certificates__each_age__said_in_days():
    with place() as here:
        fleet = Fleet(here)
        start(here, fleet.settings("node-1", "peers"))
        _, rows = doctor(here)
        is_(rows, "certificate", "ok", "364 d more")
        is_(rows, "ca", "ok", "3649 d more")
        is_(rows, "crl", "ok", "29 d more")
        fleet.make("--days", "10", "host", fleet.folder, "node-1")
        fleet.make("--list-days", "2", "list", fleet.folder)
        code, rows = doctor(here)
        is_(rows, "certificate", "warn", "9 d more", "new one")
        is_(rows, "crl", "warn", "47 h more", "new list")
        need(rows["fleet"][0] == "ok" and code == 0, str(rows))
        own = fleet.folder / "hosts/node-1"
        subprocess.run(["openssl", "x509", "-in", own / "cert.pem", "-signkey", own / "key.pem",
                        "-days", "-1", "-out", own / "cert.pem"], check=True, capture_output=True)
        (fleet.folder / "lists.pem").unlink()
        _, rows = doctor(here)
        is_(rows, "certificate", "fail", "expired 24 h ago")
        is_(rows, "crl", "fail", str(fleet.folder / "lists.pem"), "No such file")
        until(here, "fleet", "warn", "until then the one before counts")


def peers__none_then_one__counted():
    with place() as here, place() as other:
        fleet = Fleet(here, "--name", "IP:127.0.0.1")
        port = peerlib.free_port()
        nobody = f"https://127.0.0.1:{peerlib.free_port()}"
        start(here, fleet.settings("node-1", "peers"))
        is_(doctor(here)[1], "peers", "warn", "no place", "[peers] connect")

        def connect(*urls):
            here.config.write_text(fleet.settings(
                "node-1", "peers", f"[peers]\nconnect={' '.join(urls)}\n"))
            harness_reload(here)

        connect(nobody)
        until(here, "peers", "fail", nobody, "firewall")
        start(other, fleet.settings("node-2", "peers", f"[peers]\nlisten=127.0.0.1:{port}\n"))
        connect(nobody, f"https://127.0.0.1:{port}")
        until(here, "peers", "warn", nobody, "1 of 2 places")
        until(here, "fleet", "ok", "2 hosts")
        connect(f"https://127.0.0.1:{port}")
        until(here, "peers", "ok", "1 of 1 places")


def harness_reload(here):
    """SIGHUP to the daemon, which is the last that was started."""
    here.children[-1].send_signal(signal.SIGHUP)


def etcd__there_or_not__said():
    for tool in ("etcd", "etcdctl"):
        need(shutil.which(tool), f"{tool} is not installed")
    with place() as here, place() as other:
        fleet = Fleet(here)
        etcd = etcdlib.Etcd(here.path / "etcd")
        try:
            for words in (["init"], ["host", etcd.folder, "node-1"]):
                done = etcd.roles(*words)
                need(done.returncode == 0, done.stderr)
            nobody = f"https://127.0.0.1:{peerlib.free_port()}"
            for where, url in ((here, etcd.url), (other, nobody)):
                start(where, fleet.settings(
                    "node-1", "etcd", f"[etcd]\nendpoints={url}\nuser=iommufleet-node-1\n"
                    f"password-file={etcd.folder}/node-1.password\nca={etcd.folder}/ca.pem\n"
                    f"certificate={etcd.folder}/cert.pem\nkey={etcd.folder}/key.pem\n"))
            until(here, "etcd", "ok", etcd.url)
            until(other, "etcd", "fail", nobody, "[etcd] endpoints")
        finally:
            etcd.stop()


def lies__of_a_daemon__no_harm():
    evil = "\033]0;owned\007"
    rows = [{"check": "a", "state": "fine", "text": evil, "remedy": evil}, 7, {"check": "b"},
            {"check": evil, "state": "ok", "text": "x" * 100000}, {"state": "fail"}]
    with place() as here:
        for document in ({"checks": rows, "daemon": evil}, {"checks": 7}, {}):
            liar = Liar(here.bus.address, "h", (0,), json.dumps(document).encode())
            code, out, err = run(f"--bus={here.bus.address}", "doctor")
            need(code == 0 and err == "", f"{code}, {err!r}")
            need(all(char == "\n" or char.isprintable() for char in out), f"{out[:500]!r}")
            need("cannot tell a" in out or document is not None and "checks" not in document or
                 document["checks"] == 7, out[:500])
            need("of version" in out, out[:500])
            liar.close()


main(well__alone__all_is_ok, no_daemon__what_can_be_seen__is_looked_at,
     check_store__open_elsewhere__says_so, collection__fails__said, facts__not_readable__warned_of,
     config__doubtful__warned_of, clock__behind_what_is_known__fails,
     store__broken_below_a_daemon__found_before_it_is_used, certificates__each_age__said_in_days,
     peers__none_then_one__counted, etcd__there_or_not__said, lies__of_a_daemon__no_harm)
