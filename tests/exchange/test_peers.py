#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hosts find each other, agree, and go on agreeing: peers over real TLS on loopback."""

import hashlib

from peerlib import Node, fleet_of, get, need, run, running, until

HOSTS = [f"node-{i}" for i in range(1, 6)]


def agree(nodes, classes=True):
    """All hold the same records of all, current, and the class of each."""
    views = [node.hosts() for node in nodes]
    names = {node.host for node in nodes}
    same = all({host: view[host][:2] for host in view} ==
               {host: views[0][host][:2] for host in views[0]} for view in views)
    return same and all(names <= set(view) and all(
        view[name][2] == 0 and (not classes or view[name][3] == 1) for name in names)
        for view in views)


def five_converge_from_one_seed():
    """Everybody knows only the first; the rest, and the classes, come by themselves."""
    with fleet_of(*HOSTS) as fleet, running(*[Node(fleet, host) for host in HOSTS]) as nodes:
        for number, node in enumerate(nodes):
            node.do("peers", nodes[0].url)
            node.publish(number % 2)
        until(lambda: agree(nodes), "five agree")

        nodes[4].publish(7)
        until(lambda: agree(nodes), "a change is everywhere")

        # Without the one that all were told of: by now they know each other from records.
        others = nodes[1:]
        nodes[0].kill()
        for number, node in enumerate(others):
            node.publish(10 + number)
        until(lambda: agree(others), "the others agree without the first")
        nodes[0].start()


def a_change_is_told_without_a_round():
    """At an interval of an hour: the record is pushed, and its class fetched from its host."""
    with fleet_of("a", "b") as fleet, running(
            Node(fleet, "a", 3_600_000), Node(fleet, "b", 3_600_000)) as (one, two):
        one.do("peers", two.url)
        for number in (1, 2):
            one.publish(number)
            sequence = one.hosts()["a"][0]
            until(lambda: two.hosts().get("a", (0,))[0] == sequence, "the push came")
            until(lambda: two.hosts()["a"][3] == 1, "its class was fetched")
        assert one.counters()["peers-rounds"] + two.counters()["peers-rounds"] == 0


def a_partition_heals():
    """Two halves that do not reach each other each go on, and agree afterwards."""
    with fleet_of(*HOSTS[:4]) as fleet, running(
            *[Node(fleet, host, 150) for host in HOSTS[:4]]) as nodes:
        left, right = nodes[:2], nodes[2:]
        for half in (left, right):
            for node in half:
                node.do("peers", *[other.url for other in half])
                node.publish(1)
            until(lambda half=half: agree(half), "a half agrees")
        assert not set(left[0].hosts()) & {node.host for node in right}
        left[0].do("peers", left[1].url, right[0].url)
        until(lambda: agree(nodes), "both halves agree")

        # One goes away, others change, it comes back with nothing.
        nodes[3].kill()
        nodes[0].publish(2)
        until(lambda: agree(nodes[:3], classes=False), "three agree")
        failed = sum(node.counters()["peers-failed"] for node in nodes[:3])
        nodes[3].start()
        nodes[3].do("peers", nodes[2].url)
        until(lambda: nodes[3].hosts().keys() >= {node.host for node in nodes[:3]},
              "what it lost comes back")
        # Its own record too: it goes on above what the fleet has of it.
        until(lambda: nodes[3].host in nodes[3].hosts(), "its own record came back")
        before = nodes[3].hosts()[nodes[3].host][0]
        nodes[3].publish(3)
        assert nodes[3].hosts()[nodes[3].host][0] > before
        until(lambda: agree(nodes), "four agree again")
        # Who does not answer is left alone for longer and longer.
        assert failed < 60, failed


def an_idle_round_is_small():
    """Five hosts in agreement: a round of three talks in less than 16 KiB, both ways."""
    with fleet_of(*HOSTS) as fleet, running(
            *[Node(fleet, host, 250) for host in HOSTS]) as nodes:
        for node in nodes:
            node.do("peers", *[other.url for other in nodes])
            node.publish(1)
        until(lambda: agree(nodes), "agreement")
        words = ("peers-sent-bytes", "peers-received-bytes")
        # What began before they agreed has ended.
        for node in nodes:
            rounds = node.counters()["peers-rounds"]
            until(lambda node=node, rounds=rounds: node.counters()["peers-rounds"] > rounds + 2,
                  "rounds")
        before = nodes[0].counters()
        until(lambda: nodes[0].counters()["peers-rounds"] >= before["peers-rounds"] + 6, "rounds")
        after = nodes[0].counters()
        rounds = after["peers-rounds"] - before["peers-rounds"]
        talks = after["peers-talks"] - before["peers-talks"]
        spent = sum(after[word] - before[word] for word in words)
        print(f"idle: {spent // rounds} bytes a round, {talks / rounds:.1f} talks a round")
        assert talks > rounds, (talks, rounds)
        idle = after["peers-talks-idle"] - before["peers-talks-idle"]
        assert idle == talks, (idle, talks)
        assert 0 < spent // rounds <= 16384, spent

        # Where hosts do not agree, comparing alone stays below that too.
        files = fleet.files("node-2")
        status, headers, body = get(nodes[0].port, files, "/v1/buckets")
        assert status == 200 and len(body) * 3 < 16384, len(body)
        tag = headers["etag"]
        assert get(nodes[0].port, files, "/v1/buckets", f"If-None-Match: {tag}")[0] == 304


def clocks_differ():
    """A clock four minutes off is no matter; one that is ten minutes ahead tells of nothing."""
    with fleet_of("a", "b", "c") as fleet, running(
            *[Node(fleet, host, 150) for host in ("a", "b", "c")]) as (one, two, three):
        for node in (one, two, three):
            node.do("peers", one.url, two.url, three.url)
        two.do("clock", 240)
        three.do("clock", 600)
        for node in (one, two, three):
            node.publish(1)
        until(lambda: {"a", "b"} <= set(one.hosts()) and {"a", "b"} <= set(two.hosts()),
              "four minutes")
        until(lambda: one.counters()["ahead-of-time"] + one.counters()["sequence-ahead"] > 0,
              "ten minutes are refused")
        assert "c" not in one.hosts()
        assert "record of c is refused" in one.text() or "record is refused" in one.text()
        three.do("clock", 0)
        three.kill()
        three.start()
        three.do("peers", one.url)
        three.publish(1)
        until(lambda: "c" in one.hosts() and "c" in two.hosts(), "set right, it is one of them")


def two_machines_with_one_key():
    """The later record counts everywhere, whichever machine it is of."""
    with fleet_of("a", "b", "c") as fleet, running(
            *[Node(fleet, host, 150) for host in ("a", "b", "c")],
            Node(fleet, "a", 3_600_000)) as (one, two, three, double):
        for node in (one, two, three):
            node.do("peers", one.url, two.url, three.url)
        double.do("peers", three.url)
        one.publish(1)
        first = one.hosts()["a"][:2]
        until(lambda: two.hosts().get("a", ())[:2] == first, "the first machine's")
        double.publish(2)
        second = double.hosts()["a"][:2]
        assert second > first
        for node in (one, two, three):
            until(lambda node=node: node.hosts()["a"][:2] == second, "the second machine's")
        rounds = two.counters()["peers-rounds"]
        until(lambda: two.counters()["peers-rounds"] > rounds + 5, "rounds")
        for node in (one, two, three):
            assert node.hosts()["a"][:2] == second


def what_is_forgotten_stays_forgotten():
    with fleet_of("a", "b", "c") as fleet, running(
            *[Node(fleet, host, 100) for host in ("a", "b", "c")]) as (one, two, three):
        for node in (one, two, three):
            node.do("peers", one.url, two.url, three.url)
            node.publish(1)
        until(lambda: agree([one, two, three]), "agreement")
        three.kill()
        one.do("forget", "c")
        assert "c" not in one.hosts()
        rounds = one.counters()["peers-rounds"]
        until(lambda: one.counters()["peers-rounds"] > rounds + 8, "rounds")
        assert "c" not in one.hosts() and "c" in two.hosts()
        three.start()
        three.do("peers", two.url)
        until(lambda: "c" in three.hosts(), "it sees its own record")
        three.publish(2)
        until(lambda: "c" in one.hosts(), "a newer record is another matter")


def facts_come_from_their_own_host():
    """And are what its record names, or nothing."""
    with fleet_of("a", "b", "c") as fleet, running(
            *[Node(fleet, host, 150) for host in ("a", "b", "c")]) as (one, two, three):
        first, second, large = (fleet.folder / name for name in ("first", "second", "large"))
        first.write_text('{"facts":"of b"}', encoding="ascii")
        second.write_text('{"facts":"of b, later"}', encoding="ascii")
        large.write_bytes(b" " * (9 << 20))

        def digest(path):
            return hashlib.sha256(path.read_bytes()).hexdigest()

        for node in (one, two, three):
            node.do("peers", one.url, two.url, three.url)
        two.do("facts", first)
        # Nobody listens at the first of them, and at the second somebody else.
        two.publish(1, ["https://127.0.0.1:1", three.url, two.url])
        three.publish(1)
        one.publish(1)
        until(lambda: agree([one, two, three]), "agreement")
        assert one.ask_facts("b") == ["done", digest(first)]
        assert one.counters()["peers-facts-refused"] == 1, "what the third host gave"
        assert " ".join(one.ask_facts("nobody")) == "No such file or directory"

        # It has collected again, and its record is not here yet.
        two.do("facts", second)
        assert one.ask_facts("b") == ["other", ""]
        two.publish(1, [two.url])
        until(lambda: agree([one, two, three]), "agreement")
        assert one.ask_facts("b") == ["done", digest(second)]

        # More than is ever read, and a host that is gone.
        two.do("facts", large)
        two.publish(1)
        until(lambda: agree([one, two, three]), "agreement")
        assert one.ask_facts("b") == ["unreachable", ""]
        three.kill()
        assert one.ask_facts("c") == ["unreachable", ""]
        three.start()


def certificates_rotate_and_are_revoked():
    """Without a restart; who is revoked is let in nowhere, and its record goes."""
    with fleet_of("a", "b", "c") as fleet, running(
            *[Node(fleet, host, 150) for host in ("a", "b", "c")]) as nodes:
        one, two, three = nodes
        for node in nodes:
            node.do("peers", one.url, two.url, three.url)
            node.publish(1)
        until(lambda: agree(nodes), "agreement")
        fleet.tool("host", "a")
        one.do("trust", *fleet.files("a"))
        one.publish(2)
        until(lambda: agree(nodes), "with a new certificate")
        fleet.tool("revoke", "c")
        for node in (one, two):
            node.do("trust", *fleet.files(node.host))
        assert "c" not in one.hosts() and "c" not in two.hosts()
        refused = one.counters()["tls-revoked"]
        until(lambda: one.counters()["tls-revoked"] > refused, "it is not let in")
        rounds = two.counters()["peers-rounds"]
        until(lambda: two.counters()["peers-rounds"] > rounds + 5, "rounds")
        assert "c" not in one.hosts() and "c" not in two.hosts()
        assert "revoked" in one.text()


def main():
    need("openssl")
    run(five_converge_from_one_seed, a_change_is_told_without_a_round, a_partition_heals,
        an_idle_round_is_small, clocks_differ, two_machines_with_one_key,
        what_is_forgotten_stays_forgotten, facts_come_from_their_own_host,
        certificates_rotate_and_are_revoked)


main()
