# SPDX-License-Identifier: LGPL-2.1-or-later
"""What status leads with, and that it fits one screen however much is wrong."""

import json
import pathlib
import re
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bus"))

from clilib import CTL, SAFE, Terminal, main, need, run  # noqa: E402
from liar import Liar, private_bus  # noqa: E402  (it finds what is in the other folder)

MINUTE_US = 60 * 1000000
UNIT = {"name": "dmar0", "kind": "intel-vtd", "last": "0x7fffffffff", "known_by": "register"}
PROBLEMS = [{"code": f"code-{i}", "text": f"trouble {i} " + "many words" + ", and more" * 8,
             "remedy": f"remedy {i} " + "many words" + ", and more" * 8} for i in range(9)]


def document(**more):
    """A host with which nothing is wrong, but for what is said otherwise."""
    daemon = {"version": "1", "collection": "done", "fleet": "published", "store": "file",
              "stale_after_us": 60 * MINUTE_US, **more.pop("daemon", {})}
    return {"host": "node1", "arch": "x86_64", "kernel": "6.1.0", "virtual": "no", "groups": 4,
            "devices": 6, "assignable": 1, "iommus": [UNIT], "interrupts":
            {"isolated": "yes", "known_by": "ioapic"}, "digests": {"class": "c" * 64, "map": "d" * 64},
            "collected_at": time.time_ns() // 1000, "problems": [], "daemon": daemon, **more}


class Shown:
    bus = None

    def __init__(self, **more):
        Shown.bus = Shown.bus or private_bus()
        self.liar = Liar(Shown.bus.address, "h", (0,), json.dumps(document(**more)).encode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.liar.close()

    def plain(self):
        code, out, err = run(f"--bus={Shown.bus.address}", "status")
        need(code == SAFE and err == "", f"{code}, {err!r}")
        return out

    def screen(self, rows, columns=80):
        """On a terminal, whose pager would be seen."""
        text, code = Terminal(CTL, f"--bus={Shown.bus.address}", "status", rows=rows, columns=columns,
                              NO_COLOR="1", IOMMUFLEET_PAGER="echo PAGER").end()
        need(code == SAFE, f"{code}, {text!r}")
        return text


def status__nothing_wrong__facts_alone():
    with Shown() as shown:
        out = shown.plain()
        need(out.startswith("Host  ") and "!!" not in out and "->" not in out, out)
        need(", 0 min ago" in out, out)
        need(shown.screen(24) == out, "another text on a terminal")


def status__daemon_in_trouble__before_all_else():
    hour_ago = time.time_ns() // 1000 - 90 * MINUTE_US
    with Shown(problems=PROBLEMS[:1], collected_at=hour_ago, daemon={
            "trouble": "it failed", "fleet_trouble": "no certificate", "store": "memory"}) as shown:
        out = shown.plain()
        marked = [line for line in out.splitlines() if line.startswith("!! ")]
        for line, word in zip(marked, ("collection of this host failed: it failed", "90 min old",
                                       "not in its fleet: no certificate", "nothing is kept",
                                       "trouble 0"), strict=True):
            need(word in line, f"{word!r} is not in {line!r}")
        need(out.count("   -> ") == 5, f"each with what to do: {out}")
        need(out.index("trouble 0") < out.index("Host  "), out)


def status__age__stale_only_past_the_limit():
    now = time.time_ns() // 1000
    for minutes, wrong in ((50, None), (70, "70 min old"), (-2, None), (-70, "in the future"),
                           (60 * 24 * 3, "3 d old")):
        with Shown(collected_at=now - minutes * MINUTE_US) as shown:
            out = shown.plain()
            need("!!" in out if wrong else "!!" not in out, f"{minutes}: {out}")
            need(not wrong or wrong in out, f"{minutes}: {out}")
    with Shown(collected_at=now - 70 * MINUTE_US, daemon={"stale_after_us": None}) as shown:
        need("!!" not in shown.plain(), "a daemon that tells no limit")


def status__much_wrong__still_one_screen():
    units = [{**UNIT, "name": f"dmar{i}", "last": hex((1 << 36 + i % 7) - 1)} for i in range(40)]
    with Shown(problems=PROBLEMS, iommus=units, daemon={"trouble": "it failed"}) as shown:
        all_of_it = shown.plain()
        need(all_of_it.count("!! ") == 10 and all_of_it.count("-> ") == 10, all_of_it)
        need("and 16 more; --json=pretty" in all_of_it and "6 units" in all_of_it, all_of_it)
        for rows, columns in ((24, 80), (30, 80), (40, 132)):
            text = shown.screen(rows, columns)
            lines = text.splitlines()
            need(len(lines) < rows, f"{rows}x{columns}: {len(lines)} lines:\n{text}")
            need(all(len(line) <= columns for line in lines), f"{rows}x{columns}: too wide:\n{text}")
            need(lines[0].startswith("!! ") and "it failed" in lines[0], text)
            need("-> All below is" in text and "Host  " in text, text)
            whole = text.count("-> ") == 10
            need(whole == (columns == 132), f"{rows}x{columns}: what is left out:\n{text}")
            need(whole or "--json=pretty" in text.split("Host  ")[0], f"it does not say so:\n{text}")
        need(shown.screen(80).replace("\n", "") == all_of_it.replace("\n", ""), "room enough")


def status__daemon_that_takes_long__said_on_the_way():
    Shown.bus = Shown.bus or private_bus()
    words = (CTL, f"--bus={Shown.bus.address}", "status")
    for variables, progress in (({}, True), ({"TERM": "dumb"}, False)):
        go_on = threading.Event()
        liar = Liar(Shown.bus.address, "h", (0,), json.dumps(document()).encode(), after=go_on)
        terminal = Terminal(*words, errors=True, columns=80, NO_COLOR="1", **variables)
        if progress:
            terminal.read("waiting for iommufleetd: 1 s")
        go_on.set()
        text, code = terminal.end()
        liar.close()
        need(code == SAFE and (text.count("waiting") > 0) == progress, f"{code}, {text!r}")
        need(re.sub(r"(\r\033\[Kwaiting for iommufleetd: \d+ s)*\r\033\[K", "", text).startswith("Host  "),
             f"it is not wiped: {text!r}")


main(status__nothing_wrong__facts_alone, status__daemon_in_trouble__before_all_else,
     status__daemon_that_takes_long__said_on_the_way, status__age__stale_only_past_the_limit, status__much_wrong__still_one_screen)
