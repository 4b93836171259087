# SPDX-License-Identifier: LGPL-2.1-or-later
"""The bus side on fleets of many hosts (fleet_bus.c): pages and answers stay within their bytes,
who asks meanwhile gets an answer, and questions wait for what has to be fetched first."""

import contextlib
import fcntl
import json
import os
import signal
import subprocess

import harness

NODE = harness.BUILD / "tests/bus/fleet_bus"
COLLECT = harness.BUILD / "daemon/collect/iommufleet-collect"
GUEST = (harness.TOP / "tests/golden/guests/q35-4g.json").read_text(encoding="ascii")
# One that nothing helps, and that a lot is tried for.
DOMAIN = (harness.TOP / "tests/domains/data/q35-4g-slots-dimm1g.inactive.xml").read_text()
FORM = "iommufleet-guest"

scratch = harness.Scratch()
host = harness.Host(scratch, "x86-vfio-amdvi")
facts = scratch.path / "facts.json"
with open(facts, "wb") as file:
    subprocess.run([COLLECT, f"--sysroot={host.root}", f"--kernel-log={host.log}"], stdout=file,
                   check=True)


def equal(got, wanted):
    assert got == wanted, f"{got!r} is not {wanted!r}"


class Node:
    """A fleet of that many hosts and classes on a bus of its own."""

    def __init__(self, hosts, classes):
        self.scratch = harness.Scratch()
        self.bus = harness.Bus(self.scratch)
        self.log = self.scratch.path / "log"
        with open(self.log, "w", encoding="ascii") as log:
            self.child = self.scratch.spawn(NODE, self.bus.address, facts, hosts, classes,
                                            stdin=subprocess.PIPE, stdout=log)
        harness.until("the name is taken", lambda: harness.NAME in self.bus.run(
            "list", "--acquired", "--no-legend"))
        self.client = self.connect()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()
        self.scratch.clean()

    def connect(self):
        """A caller of whom is known whose it is, before it asks much at once."""
        client = self.bus.connect()
        client.call(harness.NAME, harness.ROOT, harness.MANAGER, "GetHost", "sa{sv}", "", {})
        return client

    def call(self, method, *args, fds=()):
        return self.client.call(harness.NAME, harness.ROOT, harness.MANAGER, method, *args, fds=fds)

    def send(self, method, *args, client=None):
        return (client or self.client).send(harness.NAME, harness.ROOT, harness.MANAGER, method,
                                            *args)

    def lines(self):
        return self.log.read_text(encoding="ascii").splitlines()

    def until(self, *lines):
        for line in lines:
            harness.until(line, lambda wanted=line: any(wanted in one for one in self.lines()))

    def let_late_come(self):
        self.child.stdin.write(b"now\n")
        self.child.stdin.flush()


def list_hosts__as_much_as_hosts_can_say__pages_are_cut_before_a_message_is_too_long():
    with Node(3000, 3) as node:
        seen, cursor, pages = [], "", 0
        while True:
            rows, following = node.call("ListHosts", "sua{sv}", cursor, 1000, {})
            assert 0 < len(rows) < 1000, len(rows)
            assert node.client.n_received < 1 << 20, node.client.n_received
            assert not following or node.client.n_received > 1 << 19, "a page is half empty"
            equal(len(rows[0]["labels"]), 32)
            seen += [row["host"] for row in rows]
            pages += 1
            if not following:
                break
            equal(following, rows[-1]["host"])
            cursor = following
        equal(seen, [f"node{i:06}" for i in range(3000)])
        assert pages > 3, pages
        equal([row["host"] for row in node.call("ListHosts", "sua{sv}", "node002998x", 10, {})[0]],
              ["node002999"])


def find_hosts__longer_than_a_message__refused_and_handed_out_as_a_file():
    with Node(20000, 20) as node:
        try:
            node.call("FindHosts", "ssa{sv}", FORM, GUEST, {})
            raise AssertionError("the answer is short: this case shows nothing")
        except harness.wire.BusError as error:
            equal(error.name, "org.iommufleet1.Error.TooMuch")
            assert "FindHostsFile" in error.text, error.text
        guest = os.memfd_create("guest", os.MFD_ALLOW_SEALING)
        os.write(guest, GUEST.encode())
        seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW
        fcntl.fcntl(guest, fcntl.F_ADD_SEALS, seals)
        node.call("FindHostsFile", "sha{sv}", FORM, 0, {}, fds=[guest])
        got = node.client.fds.pop()
        equal(fcntl.fcntl(got, fcntl.F_GET_SEALS), seals | fcntl.F_SEAL_SEAL)
        with os.fdopen(got, "rb") as opened:
            document = json.load(opened)
        equal((document["total"], len(document["hosts"])), (20000, 20000))
        # Beside the loop as in it: the same answers of the same hosts.
        some = node.call("FindHosts", "ssa{sv}", FORM, GUEST,
                         {"class": ("s", document["hosts"][0]["class"])})
        shown = {one["host"]: one for one in document["hosts"]}
        few = json.loads(some[0])["hosts"]
        assert few and all(shown[one["host"]] == one for one in few), "answers differ"
        os.close(guest)


def stale__by_age_and_standing__never_safe_and_said():
    with Node(20, 2) as node:
        options = {"assume": ("a{ss}", {"nested": "trust"}), "questions": ("as", ["migrate"])}
        found = {one["host"]: one for one in json.loads(
            node.call("FindHosts", "ssa{sv}", FORM, GUEST, options)[0])["hosts"]}
        for i, name in enumerate(sorted(found)):
            one, fresh = found[name], i % 5 == 0
            equal(one["stale"], not fresh)
            equal(one["answers"]["migrate"], "safe" if fresh else "unknown")
            equal("facts-stale" in one["findings"], not fresh)
            if i == 0:  # this host is as old as what it collected itself
                continue
            answers, _, findings, _ = node.call("CheckGuest", "sssa{sv}", name, FORM, GUEST,
                                                options)
            equal(answers, one["answers"])
            equal({finding["code"] for finding in findings if finding["severity"] == "blocks"},
                  set(one["findings"]))
            row = node.call("GetHost", "sa{sv}", name, {})[0]
            equal(row["stale"], not fresh)


def send_plan(node, client=None, **options):
    return node.send("Plan", "asssa{sv}", [], "libvirt-xml", DOMAIN, options, client=client)


def begun(node):
    return node.lines().count("begin 0")


def stop_copies(node, wanted, before):
    """Has the copies that begin stand still, until all that were wanted have begun."""
    stopped = []

    def looked():
        all_begun = begun(node) >= before + wanted
        for child in set(harness.children_of(node.child.pid)) - set(stopped):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGSTOP)
                stopped.append(child)
        return all_begun

    harness.until("copies begin", looked)
    return stopped


def held_up(node, wanted, client=None):
    """That many plans of which the copies that make them stand still: serials and processes."""
    for _ in range(50):
        before = begun(node)
        serials = [send_plan(node, client) for _ in range(wanted)]
        children = stop_copies(node, wanted, before)
        if len(children) == wanted and set(children) == set(harness.children_of(node.child.pid)):
            return serials, children
        go_on(children)  # one was done before it could be stopped
        for serial in serials:
            (client or node.client).reply(serial)
    raise AssertionError("plans are made too fast for this")


def go_on(children):
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGCONT)


def plan__of_many__others_are_answered_meanwhile():
    with Node(1000, 200) as node:
        other = node.connect()
        serials, children = held_up(node, 1)
        for _ in range(10):
            other.call(harness.NAME, harness.ROOT, harness.MANAGER, "GetHost", "sa{sv}", "", {})
        equal(node.client.replies, {})
        go_on(children)
        equal(json.loads(node.client.reply(serials[0])[0])["schema"], "iommufleet-plan-1")
        other.close()


def plan__more_than_are_made_at_once__each_in_its_turn():
    with Node(1000, 200) as node:
        others = [node.connect() for _ in range(2)]
        serials, children = held_up(node, 4)
        waiting = [(client, send_plan(node, client)) for client in others for _ in range(4)]
        # One caller alone cannot take all places.
        serials += [send_plan(node) for _ in range(10)]
        names = []
        for serial in serials[8:]:
            try:
                node.client.reply(serial)
            except harness.wire.BusError as error:
                names.append(error.name)
        equal(names, 6 * ["org.iommufleet1.Error.TooMuch"])
        go_on(children)
        waiting += [(node.client, serial) for serial in serials[:8]]
        plans = [json.loads(client.reply(serial)[0]) for client, serial in waiting]
        equal(len(plans), 16)
        for plan in plans:
            plan.pop("collected_at", None)
        assert all(plan == plans[0] for plan in plans), "one question, different answers"
        # What is wrong is said from beside the loop as well.
        try:
            node.client.reply(send_plan(node, attach=("as", ["0000:01:00.0"])))
            raise AssertionError("an address is no kind")
        except harness.wire.BusError as error:
            equal(error.name, "org.iommufleet1.Error.NoSuchTarget")
            assert "0000:01:00.0" in error.text, error.text
        for client in others:
            client.close()


def plan__a_copy_dies__said_and_the_next_is_made():
    with Node(1000, 200) as node:
        serials, children = held_up(node, 1)
        os.kill(children[0], signal.SIGKILL)
        try:
            node.client.reply(serials[0])
            raise AssertionError("an answer of the dead")
        except harness.wire.BusError as error:
            assert error.text, error.name
        assert json.loads(node.client.reply(send_plan(node))[0])["schema"]


def plan__the_caller_goes__what_is_made_for_it_ends():
    with Node(1000, 200) as node:
        for _ in range(3):
            client = node.connect()
            held_up(node, 4, client)
            send_plan(node, client)
            client.close()
            harness.until("none is left", lambda: not harness.children_of(node.child.pid))
        assert json.loads(node.call("Plan", "asssa{sv}", ["node000001"], "libvirt-xml", DOMAIN,
                                    {})[0]), "no answer any more"


def plan__the_daemon_goes__no_copy_is_left():
    with Node(1000, 200) as node:
        _, children = held_up(node, 2)
        node.child.kill()
        node.child.wait()
        try:
            # They stand still, so they do not end by themselves.
            harness.until("they are gone", lambda: not any(
                os.path.exists(f"/proc/{child}/root/.") for child in children))
        finally:
            go_on(children)


def fetch__what_has_to_come_first__waits_for_it_and_only_for_it():
    with Node(20, 2) as node:
        def error(serial):
            try:
                node.client.reply(serial)
            except harness.wire.BusError as failed:
                return failed.name.removeprefix("org.iommufleet1.Error."), failed.text
            return None

        check = ("CheckGuest", "sssa{sv}")
        waiting = [node.send("GetHost", "sa{sv}", "late", {}),
                   node.send("Compare", "ssa{sv}", "node000001", "late", {}),
                   node.send("Baseline", "asa{sv}", ["node000001", "late"], {}),
                   node.send("Plan", "asssa{sv}", ["late", "late"], FORM, GUEST, {}),
                   node.send(*check, "late", FORM, GUEST, {}),
                   node.send(*check, "node000001", FORM, GUEST, {"questions": ("as", ["migrate"]),
                                                                 "from": ("s", "late")}),
                   node.send("FindHosts", "ssa{sv}", FORM, GUEST, {"from": ("s", "late")})]
        # Others go on, those that name nobody too.
        node.call("GetHost", "sa{sv}", "node000003", {})
        node.call("FindHosts", "ssa{sv}", FORM, GUEST, {})
        node.call(*check, "", FORM, GUEST, {})
        equal(len({line.split()[2] for line in node.lines() if line.startswith("asked")}), 1)
        equal(len([line for line in node.lines() if line.startswith("asked late")]), len(waiting))
        equal(node.client.replies, {})
        equal(error(node.send("GetHost", "sa{sv}", "busy", {}))[0], "TooMuch")
        equal(error(node.send("Compare", "ssa{sv}", "busy", "late", {}))[0], "TooMuch")
        # It never comes to be known: that, and why, is what they are told.
        node.let_late_come()
        node.until("asked late")
        serial = waiting.pop(3)
        for one in waiting:
            name, text = error(one)
            equal(name, "NoSuchHost")
            assert "late" in text and "etcd cannot be reached" in text, text
        node.let_late_come()  # the plan named it twice
        equal(error(serial)[0], "NoSuchHost")


def fetch__the_caller_goes__nobody_waits_any_more():
    with Node(20, 2) as node:
        client = node.connect()
        for name in ("never", "late", "never"):
            node.send("GetHost", "sa{sv}", name, {}, client=client)
        node.until("asked never", "asked late")
        client.close()
        harness.until("all three are dropped", lambda: len(
            [line for line in node.lines() if line.startswith("dropped")]) == 3)
        node.let_late_come()
        node.call("GetHost", "sa{sv}", "node000003", {})


harness.main([
    list_hosts__as_much_as_hosts_can_say__pages_are_cut_before_a_message_is_too_long,
    find_hosts__longer_than_a_message__refused_and_handed_out_as_a_file,
    stale__by_age_and_standing__never_safe_and_said,
    plan__of_many__others_are_answered_meanwhile,
    plan__more_than_are_made_at_once__each_in_its_turn,
    plan__a_copy_dies__said_and_the_next_is_made,
    plan__the_caller_goes__what_is_made_for_it_ends,
    plan__the_daemon_goes__no_copy_is_left,
    fetch__what_has_to_come_first__waits_for_it_and_only_for_it,
    fetch__the_caller_goes__nobody_waits_any_more,
])
