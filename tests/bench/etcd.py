#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Records of many hosts: how fast they are proven beside OpenSSL alone, read from a real etcd beside
a bare paged read, and renewed by many members; one JSON document.

HOSTS= (100000) are in 200 classes; MEMBERS= (1000) have a user of etcd each. What limits renewals is
told by how much of a processor each of the three has used: etcd, the members, the rest of the time.
"""
import http.client
import json
import os
import pathlib
import resource
import shutil
import ssl
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(os.environ.get("top_srcdir", os.getcwd()))
BUILD = pathlib.Path(os.environ.get("top_builddir", os.getcwd()))
sys.dont_write_bytecode = True
sys.path.insert(0, str(SOURCE / "tests/exchange"))

import etcdlib  # noqa: E402  (found in the suite "exchange")

BENCH = str(BUILD / "tests/bench/bench_etcd")
HOSTS = int(os.environ.get("HOSTS", "100000"))
MEMBERS = min(int(os.environ.get("MEMBERS", "1000")), HOSTS)
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
PAGE = 1000


def run(*arguments):
    done = subprocess.run([BENCH, *map(str, arguments)], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout) if done.stdout else None


def processor_s(pid):
    """User and system time of a process."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def connect(etcd):
    context = ssl.create_default_context(cafile=etcd.folder / "ca.pem")
    context.load_cert_chain(etcd.folder / "cert.pem", etcd.folder / "key.pem")
    return http.client.HTTPSConnection("127.0.0.1", etcd.port, context=context)


def ask(connection, path, document):
    connection.request("POST", f"/v3/{path}", json.dumps(document))
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path}: {body[:200]}")
    return body


def fill(etcd, work):
    """All records, 100 in a transaction."""
    connection = connect(etcd)
    operations = []
    with open(work / "records-0", encoding="ascii") as lines:
        for number, line in enumerate(lines):
            key = f"{etcdlib.PREFIX}hosts/host-{number:06}"
            operations.append({"request_put": {"key": etcdlib.base64_of(key),
                                               "value": etcdlib.base64_of(line[:-1])}})
            if len(operations) == 100 or number == HOSTS - 1:
                ask(connection, "kv/txn", {"success": operations})
                operations = []
    connection.close()


def read_bare(etcd):
    """The same pages as an observer reads; nothing is done with them but to find the next."""
    connection = connect(etcd)
    key, end = f"{etcdlib.PREFIX}hosts/", etcdlib.base64_of(f"{etcdlib.PREFIX}hosts0")
    n_bytes, begin, number = 0, time.monotonic(), 0
    while number < HOSTS:
        n_bytes += len(ask(connection, "kv/range", {
            "key": etcdlib.base64_of(key), "range_end": end, "limit": PAGE}))
        number += PAGE
        key = f"{etcdlib.PREFIX}hosts/host-{number:06}"
    spent = time.monotonic() - begin
    connection.close()
    return {"seconds": round(spent, 2), "per_s": round(HOSTS / spent), "bytes": n_bytes}


def add_users(etcd):
    """As many as members, all of one password; etcd hashes it for each of them."""
    connection = connect(etcd)
    ask(connection, "auth/role/add", {"name": "all"})
    ask(connection, "auth/role/grant", {"name": "all", "perm": {
        "permType": 2, "key": etcdlib.base64_of(etcdlib.PREFIX),
        "range_end": etcdlib.base64_of(etcdlib.PREFIX[:-1] + "0")}})
    for name in ["root", *[f"host-{i:06}" for i in range(MEMBERS)]]:
        ask(connection, "auth/user/add", {"name": name, "password": "bench"})
        ask(connection, "auth/user/grant",
            {"user": name, "role": "root" if name == "root" else "all"})
    ask(connection, "auth/enable", {})
    begin = time.monotonic()
    ask(connection, "auth/authenticate", {"name": "root", "password": "bench"})
    connection.close()
    return time.monotonic() - begin


def renew(etcd, work, pairs):
    spent = {"etcd": processor_s(etcd.process.pid),
             "members": resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
             + resource.getrusage(resource.RUSAGE_CHILDREN).ru_stime}
    begin = time.monotonic()
    result = run("renew", work, MEMBERS, *pairs)
    whole = time.monotonic() - begin
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return dict(result, seconds=round(whole, 2), processors=os.cpu_count(),
                etcd_processor_s=round(processor_s(etcd.process.pid) - spent["etcd"], 2),
                members_processor_s=round(usage.ru_utime + usage.ru_stime - spent["members"], 2))


def main():
    for tool in ("etcd", "openssl"):
        if not shutil.which(tool):
            print(json.dumps({"etcd": f"skipped: {tool} is not installed"}))
            return
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        work = pathlib.Path(folder)
        run("make", work, HOSTS, 200)
        result = {"verify": run("verify", work)}
        etcd = etcdlib.Etcd(work / "etcd")
        try:
            begin = time.monotonic()
            fill(etcd, work)
            result["fill_s"] = round(time.monotonic() - begin, 2)
            pairs = [f"endpoints={etcd.url}", f"ca={etcd.folder}/ca.pem",
                     f"certificate={etcd.folder}/cert.pem", f"key={etcd.folder}/key.pem"]
            result["bare_read"] = read_bare(etcd)
            result["observe"] = run("observe", work, *pairs, f"page={PAGE}")
            result["authentication_ms"] = round(add_users(etcd) * 1e3)
            (work / "password").write_text("bench")
            (work / "password").chmod(0o600)
            result["renew"] = renew(etcd, work, pairs + [
                "user=own", f"password={work}/password"])
        finally:
            etcd.stop()
    print(json.dumps({"etcd": result}, indent=1))


main()
