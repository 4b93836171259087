# SPDX-License-Identifier: LGPL-2.1-or-later
"""A configuration that changes while the daemon runs: what is applied, what waits, what stays."""

import re
import signal

import harness

scratch = harness.Scratch()
HOST = harness.Host(scratch, "x86-vtd")
GUEST = '{"arch":"x86_64","map":[{"first":"0x0","last":"0xffffff","kind":"ram"}],"schema":"iommufleet-guest-1"}'
LOG = ("/org/freedesktop/LogControl1", "org.freedesktop.LogControl1")
# Another value for each key that needs a restart.
OTHER = {
    "[store] path": "/nonexistent/other.db", "[exchange] mode": "peers", "[exchange] fleet": "f",
    "[peers] listen": "127.0.0.1:1", "[etcd] endpoints": "https://etcd:2379",
    "[etcd] prefix": "/other/", "[etcd] user": "somebody", "[etcd] password-file": "/nonexistent/p",
    "[etcd] ca": "/nonexistent/a", "[etcd] certificate": "/nonexistent/c",
    "[etcd] key": "/nonexistent/k", "[etcd] observer": "yes", "[bus] address": "session",
    "[metrics] listen": "127.0.0.1:2",
}


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


class Place:
    def __init__(self):
        self.scratch = harness.Scratch()
        self.bus = harness.Bus(self.scratch)
        self.config = self.scratch.path / "d.conf"
        self.dropins = self.scratch.path / "d.conf.d"
        self.dropins.mkdir()
        self.config.write_text("[log]\nlevel=info\n")
        self.daemon = harness.Daemon(self.bus, HOST, extra=[f"--config={self.config}"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.scratch.clean()

    def reload(self):
        """Sends SIGHUP, waits until it was seen to; gives what the log got since."""
        before, begin = len(self.daemon.log()), self.bus.property("CollectedAtUSec")
        self.daemon.child.send_signal(signal.SIGHUP)
        harness.until("it was seen to", lambda: self.bus.property("CollectedAtUSec") > begin)
        return self.daemon.log()[before:]


def marked():
    """The keys that the manual marks, as "[section] key"."""
    keys, section, key, whole = set(), None, None, False
    for line in (harness.TOP / "man/iommufleetd.conf.5").read_text().splitlines():
        if line.startswith(".Ss Section "):
            section, key, whole = line.split()[2], None, False
        elif line.startswith(".It Cm ") and section:
            key = f"[{section}] {line.split()[2]}"
            if whole:
                keys.add(key)
        elif line == "A change takes effect after a restart.":
            whole = key is None
            if key:
                keys.add(key)
    return keys


def restart__keys_that_the_manual_marks__named_and_as_before():
    equal(marked(), set(OTHER))
    with Place() as place:
        sections = {}
        for name, value in OTHER.items():
            section, key = name.split("] ")
            sections.setdefault(section + "]", []).append(f"{key}={value}")
        place.config.write_text("[log]\nlevel=notice\n" + "".join(
            f"{section}\n" + "".join(line + "\n" for line in lines)
            for section, lines in sections.items()))
        for _ in range(2):  # it is said each time until the restart
            said = place.reload()
            line = re.search(r"after a restart, until which the old value stays: (.*)", said)
            # What the command line says overrides the files, so these did not change.
            equal(set(line.group(1).split(", ")), set(OTHER) - {"[store] path", "[bus] address"})
        equal(place.bus.property("LogLevel", *LOG), "notice")
        equal(place.bus.property("FleetState"), "off")
        config = [one for one in place.bus.report("doctor")["checks"] if one["check"] == "config"]
        equal(config[0]["state"], "warn")
        assert "[exchange] mode" in config[0]["text"] and "restart" in config[0]["remedy"], config


def wrong__in_a_dropin__refused_whole_and_nothing_lost():
    with Place() as place:
        place.bus.call("RegisterGuest", "sssa{sv}", "db-7", "iommufleet-guest", GUEST, 0)
        known = place.bus.property("FactsDigest"), place.bus.report("guests")["guests"]
        equal(len(known[1]), 1)
        place.config.write_text("[log]\nlevel=debug\n[judge]\nnested=trust\n")
        wrong = place.dropins / "90.conf"
        wrong.write_text("# a remark\n[collect]\n\ninterval=1y\n")
        said = place.reload()
        assert f"{wrong}:4: interval=1y" in said and "stays as it was" in said, said
        equal(place.bus.property("LogLevel", *LOG), "info")
        config = [one for one in place.bus.report("doctor")["checks"] if one["check"] == "config"]
        equal((config[0]["state"], config[0]["text"].split(": ")[0]), ("fail", f"{wrong}:4"))
        wrong.unlink()
        place.reload()
        equal(place.bus.property("LogLevel", *LOG), "debug")
        equal((place.bus.property("FactsDigest"), place.bus.report("guests")["guests"]), known)


def log_level__set_over_the_bus__until_a_reload():
    with Place() as place:
        place.bus.run("set-property", harness.NAME, *LOG, "LogLevel", "s", "debug")
        equal(place.bus.property("LogLevel", *LOG), "debug")
        place.bus.call("Refresh", "a{sv}", 0)
        assert "<7>collected: " in place.daemon.log()
        place.reload()
        equal(place.bus.property("LogLevel", *LOG), "info")


harness.main([
    restart__keys_that_the_manual_marks__named_and_as_before,
    wrong__in_a_dropin__refused_whole_and_nothing_lost,
    log_level__set_over_the_bus__until_a_reload,
])
