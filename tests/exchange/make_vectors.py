#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes records, good and bad, into a folder: certificates, lists and signatures by the openssl
command, JSON by Python, nothing by the code that is tested. Times are fixed, so that what was
written once stays as good or as bad as it was.

usage: make_vectors.py FOLDER

cases.json lists them: the file, the trust it is held against (CA bundle and lists), the time in
microseconds, and the answer: "accepted", "stale", or the word of a refusal.
"""

import base64
import calendar
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

US = 1000000
MINUTE = 60 * US
HOUR = 60 * MINUTE
FLEET = "lab"


def at(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M")) * US


NOW = at("2027-03-01T12:00")

CONFIG = """
[ca]
default_ca = one
[one]
database = {folder}/index.txt
serial = {folder}/serial
crlnumber = {folder}/crlnumber
new_certs_dir = {folder}
default_md = {digest}
unique_subject = no
policy = any
[any]
commonName = supplied
[req]
distinguished_name = none
[none]
"""

AUTHORITY = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
AUTHORITY += "subjectKeyIdentifier=hash\n"
LEAF = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
LEAF += "extendedKeyUsage=clientAuth,serverAuth\nsubjectKeyIdentifier=hash\n"


def run(*arguments, data=None):
    done = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"openssl {' '.join(map(str, arguments))}:\n{done.stderr.decode()}")
    return done.stdout


def stamp(time_us):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time_us // US))


def names(*uris, more=()):
    return "subjectAltName=" + ",".join([f"URI:{uri}" for uri in uris] + list(more)) + "\n"


class Party:
    """A key and its certificate."""

    def __init__(self, folder, name, kind):
        self.folder = folder
        self.name = name
        self.kind = kind
        self.key = folder / f"{name}.key"
        self.certificate = folder / f"{name}.pem"
        options = {
            "ed25519": ["-algorithm", "ED25519"],
            "p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            "p384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
            "ed448": ["-algorithm", "ED448"],
            "rsa": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        }[kind]
        run("genpkey", *options, "-out", self.key)

    def der(self):
        return run("x509", "-in", self.certificate, "-outform", "DER")

    def sign(self, message):
        with tempfile.NamedTemporaryFile() as file:
            file.write(message)
            file.flush()
            if self.kind in ("ed25519", "ed448"):
                return run("pkeyutl", "-sign", "-inkey", self.key, "-rawin", "-in", file.name)
            return run("dgst", "-sha256", "-sign", self.key, file.name)


class Authority(Party):
    def __init__(self, folder, file, kind="p256", parent=None, extensions=AUTHORITY, name=None):
        super().__init__(folder, file, kind)
        self.name = name or file
        self.folder = folder / f"{file}.ca"
        self.folder.mkdir()
        digest = "default" if kind == "ed25519" else "sha256"
        (self.folder / "index.txt").touch()
        (self.folder / "serial").write_text(f"{len(file):02x}01\n")
        (self.folder / "crlnumber").write_text("01\n")
        self.config = self.folder / "openssl.cnf"
        self.config.write_text(CONFIG.format(folder=self.folder, digest=digest))
        (parent or self).issue(self, extensions, "2026-06-01T00:00", "2036-06-01T00:00")

    def ca(self, *arguments):
        run("ca", "-batch", "-config", self.config, "-keyfile", self.key, *arguments)

    def issue(self, party, extensions=LEAF, first="2027-01-01T00:00", last="2028-01-01T00:00"):
        request = self.folder / "request"
        extra = self.folder / "extensions"
        run("req", "-new", "-config", self.config, "-subj", f"/CN={party.name}", "-key", party.key,
            "-out", request)
        extra.write_text(extensions or "# none\n")
        issuer = ["-selfsign"] if party is self else ["-cert", self.certificate]
        self.ca(*issuer, "-notext", "-extfile", extra, "-in", request, "-out", party.certificate,
                "-startdate", stamp(at(first)), "-enddate", stamp(at(last)))

    def host(self, folder, host, kind="ed25519", **options):
        party = Party(folder, host, kind)
        extensions = LEAF + names(f"iommufleet://{FLEET}/{host}", more=[f"DNS:{host}"])
        self.issue(party, **{"extensions": extensions, **options})
        return party

    def revoke(self, party):
        self.ca("-cert", self.certificate, "-revoke", party.certificate)

    def list(self, path, first="2027-02-20T00:00", last="2027-03-20T00:00", extensions=""):
        self.config.write_text(self.config.read_text() + extensions)
        more = ["-crlexts", "list"] if extensions else []
        self.ca("-cert", self.certificate, "-gencrl", "-out", path, *more, "-crl_lastupdate",
                stamp(at(first)), "-crl_nextupdate", stamp(at(last)))


def payload(own_host, **changes):
    document = {
        "schema": "iommufleet-record-1",
        "minor": 0,
        "fleet": FLEET,
        "host": own_host,
        "host_id": "0123456789abcdef0123456789abcdef",
        "boot_id": "7d3f9a52-0b1c-4e6f-8a90-1b2c3d4e5f60",
        "sequence": NOW - 10 * MINUTE,
        "issued_at": NOW - 10 * MINUTE,
        "valid_until": NOW + 20 * HOUR,
        "collected_at": NOW - 15 * MINUTE,
        "collection": "ok",
        "facts": "a" * 64,
        "map": "b" * 64,
        "classes": {"1": "c" * 64},
        "labels": {"rack": "r12", "zone": "north \"1\""},
        "endpoints": [f"https://{own_host}.example.com:7443"],
        "versions": {"software": "0.4", "rules": 1, "projection": 1},
    }
    document.update(changes)
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def envelope(party, text, between=(), fleet=FLEET, label="iommufleet-record-1", **changes):
    message = b"\0".join([label.encode(), fleet.encode(), text.encode()])
    chain = [party.der()] + [other.der() for other in between]
    document = {
        "payload": text,
        "certificates": [base64.b64encode(der).decode() for der in chain],
        "signature": base64.b64encode(party.sign(message)).decode(),
    }
    document.update(changes)
    return {name: value for name, value in document.items() if value is not None}


def dump(document):
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


class Vectors:
    def __init__(self, folder, work):
        self.folder = folder
        self.cases = []
        self.work = work
        self.make_parties()

    def make_parties(self):
        work = self.work
        self.root = Authority(work, "root")
        self.ed_root = Authority(work, "ed-root", "ed25519")
        self.middle = Authority(work, "middle", "ed25519", parent=self.root)
        self.stranger = Authority(work, "stranger")
        self.ed = self.root.host(work, "node-ed")
        self.ec = self.root.host(work, "node-ec", "p256")
        self.by_ed = self.ed_root.host(work, "node-by-ed", "p256")
        self.deep = self.middle.host(work, "node-deep.example.com")
        self.gone = self.root.host(work, "node-gone")
        self.root.revoke(self.gone)

    def put_trust(self):
        """The files that cases are held against."""
        def put(name, *paths):
            (self.folder / name).write_text("".join(path.read_text() for path in paths))

        put("ca.pem", self.root.certificate, self.ed_root.certificate)
        put("ca-other-order.pem", self.ed_root.certificate, self.root.certificate)
        put("ca-root-only.pem", self.root.certificate)
        put("ca-middle-only.pem", self.middle.certificate)
        put("ca-not-one.pem", self.ed.certificate)
        put("ed.pem", self.ed.certificate)
        put("ed.key", self.ed.key)
        put("ec.pem", self.ec.certificate)
        put("ec.key", self.ec.key)
        put("deep.pem", self.deep.certificate, self.middle.certificate)
        put("deep.key", self.deep.key)
        parts = []
        for authority in (self.root, self.ed_root, self.middle):
            parts.append(self.work / f"{authority.name}.list")
            authority.list(parts[-1])
        put("lists.pem", *parts)
        put("lists-root-only.pem", parts[0])
        self.root.list(self.work / "old.list", "2027-01-01T00:00", "2027-02-01T00:00")
        self.root.list(self.work / "coming.list", "2027-04-01T00:00", "2027-05-01T00:00")
        put("lists-expired.pem", self.work / "old.list", *parts[1:])
        put("lists-coming.pem", self.work / "coming.list", *parts[1:])
        put("lists-old-and-new.pem", self.work / "old.list", *parts)
        self.stranger.list(self.work / "stranger.list")
        put("lists-of-nobody-here.pem", *parts, self.work / "stranger.list")
        imposter = Authority(self.work, "imposter", name="root")
        imposter.list(self.work / "imposter.list")
        put("lists-imposter.pem", self.work / "imposter.list")
        self.root.list(self.work / "partial.list", extensions="[list]\n"
                       "issuingDistributionPoint=critical,@part\n[part]\nonlyuser=TRUE\n")
        put("lists-partial.pem", self.work / "partial.list")
        mute = Authority(self.work, "mute", extensions=AUTHORITY.replace(",cRLSign", ""))
        mute.list(self.work / "mute.list")
        put("ca-mute.pem", mute.certificate)
        put("lists-mute.pem", self.work / "mute.list")
        self.root.revoke(self.middle)
        self.root.list(self.work / "middle-gone.list")
        put("lists-middle-gone.pem", self.work / "middle-gone.list", *parts[1:])

    def case(self, name, text, answer, lists=None, now=NOW, ca="ca.pem"):
        if isinstance(text, dict):
            text = dump(text)
        path = self.folder / "records" / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.again(name, name, answer, lists, now, ca)

    def again(self, name, record, answer, lists=None, now=NOW, ca="ca.pem"):
        self.cases.append({"name": name, "record": f"records/{record}.json", "ca": ca,
                           "lists": lists, "now_us": now, "answer": answer})

    def good(self):
        self.case("ed", envelope(self.ed, payload("node-ed")), "accepted")
        self.case("ec", envelope(self.ec, payload("node-ec")), "accepted")
        self.case("by-ed", envelope(self.by_ed, payload("node-by-ed")), "accepted")
        deep = envelope(self.deep, payload("node-deep.example.com"), [self.middle])
        self.case("deep", deep, "accepted")
        self.again("deep-ca-in-the-middle", "deep", "accepted", ca="ca-middle-only.pem")
        self.case("root-comes-along", envelope(self.ec, payload("node-ec"), [self.root]), "accepted")
        never = {"collection": "never", "facts": None, "map": None, "classes": {},
                 "collected_at": None, "boot_id": None, "labels": {}, "endpoints": []}
        self.case("never-collected", envelope(self.ec, payload("node-ec", **never)), "accepted")
        self.case("spaces", json.dumps(envelope(self.ed, payload("node-ed")), indent=2), "accepted")
        loose = json.dumps(json.loads(payload("node-ed")), indent=1)
        self.case("payload-not-canonical", envelope(self.ed, loose), "accepted")
        newer = payload("node-ed", minor=1, weather="fine", collection="half",
                        versions={"software": "9", "rules": 9, "projection": 1, "more": []})
        self.case("newer-minor", envelope(self.ed, newer), "accepted")
        two = payload("node-ed", classes={"1": "c" * 64, "2": "d" * 64, "10": "e" * 64},
                      versions={"software": "9", "rules": 9, "projection": 2})
        self.case("projections", envelope(self.ed, two), "accepted")

    def envelopes(self):
        good = envelope(self.ed, payload("node-ed"))
        for name, change in {
            "envelope-stranger": {"note": "x"},
            "envelope-no-signature": {"signature": None},
            "envelope-no-payload": {"payload": None},
            "envelope-no-certificates": {"certificates": None},
            "envelope-certificates-empty": {"certificates": []},
            "envelope-certificates-many": {"certificates": ["AAAA"] * 5},
            "envelope-payload-object": {"payload": {}},
            "envelope-signature-spaces": {"signature": good["signature"][:4] + "\n"
                                          + good["signature"][4:]},
            "envelope-signature-unpadded": {"signature": good["signature"].rstrip("=")},
            "envelope-signature-url": {"signature": "-_" + good["signature"][2:]},
            "envelope-signature-long": {"signature": "A" * 688},
            "envelope-signature-empty": {"signature": ""},
        }.items():
            document = {**good, **change}
            self.case(name, {k: v for k, v in document.items() if v is not None},
                      "malformed-envelope")
        text = dump(good)
        self.case("envelope-cut", text[:-1], "malformed-envelope")
        self.case("envelope-twice", text[:-1] + ',"payload":"x"}', "malformed-envelope")
        self.case("envelope-array", f"[{text}]", "malformed-envelope")
        self.case("empty", "", "malformed-envelope")
        self.case("nul", text.replace("payload", "payl\0ad").encode(), "over-limit")
        self.case("long", text + " " * (8193 - len(text)), "over-limit")
        self.case("full", text + " " * (8192 - len(text)), "accepted")
        self.case("many-values", '{"certificates":[' + ",".join("0" * 300) + "]}", "over-limit")
        self.case("objects", "{}," * 2000, "over-limit")

    def certificates(self):
        work = self.work
        good = envelope(self.ed, payload("node-ed"))
        other = envelope(self.ec, payload("node-ed"))
        der = self.ed.der()
        for name, bad in {"cut": der[:-1], "tail": der + b"\0", "empty": b"\0"}.items():
            chain = [base64.b64encode(bad).decode()]
            self.case(f"certificate-{name}", {**good, "certificates": chain},
                      "malformed-certificate")
        self.case("certificate-of-another", {**good, "certificates": other["certificates"]},
                  "wrong-signature")
        self.again("ca-missing", "by-ed", "untrusted", ca="ca-root-only.pem")
        self.case("between-missing", envelope(self.deep, payload("node-deep.example.com")),
                  "untrusted")
        foreign = self.stranger.host(work, "node-foreign")
        self.case("stranger", envelope(foreign, payload("node-foreign")), "untrusted")
        self.case("stranger-brings-its-ca",
                  envelope(foreign, payload("node-foreign"), [self.stranger]), "untrusted")

        def leaf(name, kind="ed25519", answer=None, extensions=None, host=None, **options):
            party = Party(work, name, kind)
            uri = names(f"iommufleet://{FLEET}/{name}")
            self.root.issue(party, (LEAF + uri) if extensions is None else extensions, **options)
            self.case(name, envelope(party, payload(host or name)), answer)
            return party

        uri = "iommufleet://{}/{}".format
        leaf("web-server", answer="wrong-use",
             extensions=LEAF.replace("clientAuth,", "") + names(uri(FLEET, "web-server")))
        leaf("plain-web-server", answer="not-a-host", extensions=LEAF
             + "subjectAltName=DNS:www.example.com\n")
        leaf("no-names", answer="not-a-host", extensions=LEAF)
        leaf("no-usage", answer="wrong-use", extensions=names(uri(FLEET, "no-usage")))
        leaf("other-usage", answer="wrong-use", extensions="keyUsage=critical,keyAgreement\n"
             + names(uri(FLEET, "other-usage")))
        leaf("ca-as-host", answer="wrong-use", extensions=AUTHORITY.replace(
            "keyCertSign", "digitalSignature,keyCertSign") + names(uri(FLEET, "ca-as-host")))
        leaf("two-names", answer="not-a-host",
             extensions=LEAF + names(uri(FLEET, "two-names"), uri(FLEET, "node-ed")))
        leaf("same-name-twice", answer="not-a-host",
             extensions=LEAF + names(*[uri(FLEET, "same-name-twice")] * 2))
        leaf("spiffe-too", answer="not-a-host",
             extensions=LEAF + names(uri(FLEET, "spiffe-too"), "spiffe://lab/x"))
        for name, text in {"wildcard": uri(FLEET, "*"), "upper": uri(FLEET, "NODE"),
                           "no-host": uri(FLEET, ""), "path": uri(FLEET, "a/b"),
                           "port": uri(FLEET, "a:1"), "dots": uri(FLEET, "a..b"),
                           "other-scheme": f"https://{FLEET}/node"}.items():
            leaf(f"name-{name}", answer="not-a-host", extensions=LEAF + names(text))
        leaf("other-fleet", answer="other-fleet", extensions=LEAF + names(uri("prod", "other-fleet")))
        leaf("key-p384", "p384", answer="wrong-key")
        leaf("key-ed448", "ed448", answer="wrong-key")
        leaf("key-rsa", "rsa", answer="wrong-key")
        leaf("not-yet", answer="not-yet-valid", first="2027-03-01T12:06")
        leaf("just-made", answer="accepted", first="2027-03-01T11:54")
        leaf("expired", answer="wrong-validity", last="2027-03-01T11:00")
        leaf("ends-early", answer="wrong-validity", last="2027-03-02T00:00")
        leaf("begins-after-issue", answer="wrong-validity", first="2027-03-01T11:59")
        leaf("critical-stranger", answer="wrong-use", extensions=LEAF
             + names(uri(FLEET, "critical-stranger")) + "1.2.3.4=critical,ASN1:NULL\n")
        narrow = Authority(work, "narrow", parent=self.root,
                           extensions=AUTHORITY + "nameConstraints=critical,permitted;URI:prod\n")
        fake = Authority(work, "fake-ca", parent=self.root, extensions=AUTHORITY.replace(
            "TRUE", "FALSE").replace("keyCertSign", "digitalSignature"))
        short = Authority(work, "short", parent=self.root,
                          extensions=AUTHORITY.replace("TRUE", "TRUE,pathlen:0"))
        below = Authority(work, "below", parent=short)
        # It may sign certificates, but does not say that it is a CA.
        bare = Authority(work, "bare", parent=self.root, extensions="keyUsage=critical,"
                         "keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n")
        for authority, between in ((narrow, [narrow]), (fake, [fake]), (below, [below, short]),
                                   (bare, [bare])):
            host = authority.host(work, f"under-{authority.name}")
            self.case(host.name, envelope(host, payload(host.name), between), "wrong-use")

    def lists(self):
        everything = "lists.pem"
        for name in ("ed", "ec", "by-ed", "deep"):
            self.again(f"{name}-not-revoked", name, "accepted", lists=everything)
        self.case("gone", envelope(self.gone, payload("node-gone")), "accepted")
        self.again("gone-revoked", "gone", "revoked", lists=everything)
        self.again("gone-old-list-too", "gone", "revoked", lists="lists-old-and-new.pem")
        self.again("old-list-too", "ed", "accepted", lists="lists-old-and-new.pem")
        self.again("gone-list-expired", "gone", "revoked", lists="lists-expired.pem")
        self.again("list-expired", "ed", "revocation-list-expired", lists="lists-expired.pem")
        self.again("list-coming", "ed", "not-yet-valid", lists="lists-coming.pem")
        self.again("list-of-another", "by-ed", "no-revocation-list", lists="lists-root-only.pem")
        self.again("list-of-the-middle", "deep", "no-revocation-list", lists="lists-root-only.pem")
        self.again("middle-gone", "deep", "revoked", lists="lists-middle-gone.pem")
        self.again("middle-trusted", "deep", "accepted", lists="lists.pem", ca="ca-middle-only.pem")

    def payloads(self):
        def case(name, answer, **changes):
            self.case(name, envelope(self.ed, payload("node-ed", **changes)), answer)

        base = json.loads(payload("node-ed"))
        case("schema-2", "other-version", schema="iommufleet-record-2")
        case("schema-facts", "other-version", schema="iommufleet-facts-1")
        case("stranger-same-minor", "malformed-payload", weather="fine")
        case("minor-negative", "malformed-payload", minor=-1)
        for name in base:
            if name not in ("schema",):
                short = copy.deepcopy(base)
                del short[name]
                text = json.dumps(short, sort_keys=True, separators=(",", ":"))
                self.case(f"without-{name.replace('_', '-')}", envelope(self.ed, text),
                          "malformed-payload")
        case("host-of-another", "other-host", host="node-ec")
        case("fleet-of-another", "other-host", fleet="prod")
        self.case("payload-no-json", envelope(self.ed, "{"), "malformed-payload")
        twice = payload("node-ed")[:-1] + ',"host":"node-ed"}'
        self.case("payload-twice", envelope(self.ed, twice), "malformed-payload")
        many = payload("node-ed", minor=1, more=[0] * 256)
        self.case("payload-many-values", envelope(self.ed, many), "malformed-payload")
        good = payload("node-ed")
        self.case("signed-for-another-fleet", envelope(self.ed, good, fleet="prod"),
                  "wrong-signature")
        self.case("signed-for-another-use", envelope(self.ed, good, label="iommufleet-record-2"),
                  "wrong-signature")
        self.case("altered", {**envelope(self.ed, good), "payload": good.replace("r12", "r13")},
                  "wrong-signature")
        text = good.replace("node-ed.example", "node-\\u0065d.example")
        self.case("altered-same-meaning", {**envelope(self.ed, good), "payload": text},
                  "wrong-signature")
        self.case("signature-of-another", {**envelope(self.ed, good), "signature": envelope(
            self.ec, good)["signature"]}, "wrong-signature")

    def times(self):
        def case(name, answer, now=NOW, **changes):
            self.case(name, envelope(self.ed, payload("node-ed", **changes)), answer, now=now)

        until = NOW + 20 * HOUR
        self.again("last-moment", "ed", "accepted", now=until)
        self.again("stale", "ed", "stale", now=until + 1)
        self.again("stale-certificate-expired", "ed", "stale", now=at("2029-01-01T00:00"))
        issued = NOW - 10 * MINUTE
        self.again("clock-5-minutes-behind", "ed", "accepted", now=issued - 5 * MINUTE)
        self.again("clock-further-behind", "ed", "ahead-of-time", now=issued - 5 * MINUTE - 1)
        case("valid-a-day", "accepted", valid_until=issued + 24 * HOUR)
        case("valid-longer", "wrong-validity", valid_until=issued + 24 * HOUR + 1)
        case("valid-until-before-issue", "wrong-validity", valid_until=issued - 1)
        case("collected-later", "wrong-validity", collected_at=issued + 1)
        case("sequence-5-minutes-ahead", "accepted", sequence=issued + 5 * MINUTE)
        case("sequence-ahead-of-issue", "sequence-ahead", sequence=issued + 5 * MINUTE + 1)
        case("sequence-63-bits", "sequence-ahead", sequence=2**63 - 1)
        case("sequence-64-bits", "malformed-payload", sequence=2**64 - 1)
        case("sequence-0", "malformed-payload", sequence=0)
        case("sequence-text", "malformed-payload", sequence="1")
        case("issued-real", "malformed-payload", issued_at=float(issued))
        case("sequence-small", "accepted", sequence=1)

    def write(self):
        self.put_trust()
        for part in (self.good, self.envelopes, self.certificates, self.lists, self.payloads,
                     self.times):
            part()
        (self.folder / "cases.json").write_text(
            json.dumps({"fleet": FLEET, "cases": self.cases}, indent=1) + "\n")


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    os.umask(0o077)
    with tempfile.TemporaryDirectory() as work:
        Vectors(folder, pathlib.Path(work)).write()


main()
