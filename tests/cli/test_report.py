# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page that report writes, read as XML and as HTML: whole, to scale, and safe to open. What a
browser makes of it is test_report_browser.py's."""

import base64
import hashlib
import html.parser
import json
import os
import pathlib
import re
import resource
import signal
import shutil
import stat
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree

from clilib import CTL, FAILED, HERE, SAFE, TOP, USAGE, environment, main, need, refused, run

GOLDEN = TOP / "tests/golden"
GUESTS = GOLDEN / "guests"
HOSTS = ("x86-vfio", "x86-vfio-rmrr", "x86-amdvi-ivmd", "arm64-vfio", "arm64-vfio-virtio-iommu",
         "x86-none")
VOID = {"meta", "br", "wbr"}
DRAWN = ("usable", "msi", "direct", "direct-relaxable", "reserved")


class Folder:
    """A folder with facts documents, and pages written into it."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)

    def host(self, capture, name=None):
        """The facts document of a captured host, as the file NAME.json here."""
        facts = json.loads((GOLDEN / capture / "facts.expected").read_text(encoding="utf-8"))
        self.write(f"{name or capture}.json", facts)
        return facts

    def write(self, name, facts):
        path = os.path.join(os.fsencode(self.path), os.fsencode(name))
        with open(path, "wb") as file:
            file.write(json.dumps(facts).encode())

    def page(self, *words):
        code, out, err = run("report", "--html=-", *words, cwd=self.path)
        need(code == SAFE and err == "", f"{words}: exit code {code}, {err!r}")
        return out

    def json(self, *words):
        code, out, err = run("--json=short", *words, cwd=self.path)
        need(code != FAILED and err == "", f"{words}: exit code {code}, {err!r}")
        return json.loads(out)


class Parser(html.parser.HTMLParser):
    """Reads as a browser does, and holds that all that is opened is closed in turn."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.attributes = []

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        need(self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}")
        self.open.pop()


def sound(page):
    """Holds what every page has to be, and gives it as a tree."""
    need(page.startswith("<!DOCTYPE html>\n"), page[:80])
    need(not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", page), "a control character")
    tree = ElementTree.fromstring(page.removeprefix("<!DOCTYPE html>\n"))
    parser = Parser()
    parser.feed(page)
    parser.close()
    need(not parser.open, f"never closed: {parser.open}")
    sound_references(parser.attributes, page)
    sound_policy(tree)
    sound_labels(tree)
    return tree


def sound_references(attributes, page):
    """Nothing from elsewhere, nothing that runs, and each link leads somewhere."""
    ids = [value for _, name, value in attributes if name == "id"]
    need(len(ids) == len(set(ids)), "an id is there twice")
    for tag, name, value in attributes:
        need(tag not in ("script", "img", "link", "iframe", "object", "embed", "base", "form"),
             f"<{tag}> is on the page")
        need(not name.startswith("on") and name not in ("src", "srcset", "style", "action"),
             f"{tag} {name}={value}")
        if name == "href":
            need(value[0] == "#" and value[1:] in ids, f"href={value}")
        if name in ("aria-labelledby", "aria-describedby"):
            need(all(word in ids for word in value.split()), f"{name}={value}")
    for url in re.findall(r"url\(([^)]*)\)|@import", page):
        need(url[:1] == "#" and url[1:] in ids, f"url({url})")


def sound_policy(tree):
    style = tree.find("head/style").text
    policy = tree.find("head/meta[@http-equiv='Content-Security-Policy']").get("content")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    need(policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
         "form-action 'none'", policy)
    need(tree.get("lang") == "en" and tree.find("head/title").text, "no language or title")


def sound_labels(tree):
    """A drawing has a name and a description, a table a caption and scopes, a page landmarks."""
    for svg in tree.iter("svg"):
        if svg.get("aria-hidden") == "true":
            continue
        named = svg.get("aria-labelledby").split()
        need(svg.get("role") == "img" and svg[0].tag == "title" and svg[1].tag == "desc" and
             named == [svg[0].get("id"), svg[1].get("id")] and svg[0].text and svg[1].text,
             f"a drawing without a name: {svg.attrib}")
    for table in tree.iter("table"):
        need(table.find("caption") is not None and text(table.find("caption")), "no caption")
        for head in table.iter("th"):
            need(head.get("scope") in ("col", "row"), f"th without scope: {text(head)}")
        for row in table.iterfind("tbody/tr"):
            need(row[0].tag == "th", f"a row without a head: {text(row)}")
    for element in tree.iter():
        if element.get("role") == "region":
            need(element.get("aria-label") and element.get("tabindex") == "0", "a region")
    for landmark in ("header", "nav", "main", "footer"):
        need(tree.find(f"body/{landmark}") is not None, f"no {landmark}")
    need(tree.find("body")[0].get("href") == "#main", "no link to skip to the main part")
    levels = [int(e.tag[1]) for e in tree.iter() if re.fullmatch("h[1-6]", e.tag)]
    need(levels[0] == 1 and levels.count(1) == 1 and
         all(b - a <= 1 for a, b in zip(levels, levels[1:])), f"headings: {levels}")


def text(element):
    return " ".join("".join(element.itertext()).split())


def table(tree, caption):
    """The rows of all tables with that caption, as texts."""
    return [[text(cell) for cell in row] for found in tree.iter("table")
            if text(found.find("caption")).startswith(caption)
            for row in found.iterfind("tbody/tr")]


def members(words):
    """The numbers of "0–3, 7"."""
    found = set()
    for part in words.split(", "):
        first, _, last = part.partition("–")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def rectangles(tree):
    """What is drawn: per drawing its address bits, and (first, last, what, rectangle) of each."""
    for svg in tree.iter("svg"):
        if svg.get("data-bits"):
            found = []
            for rect in svg.iter("rect"):
                match = re.fullmatch(r"0x([0-9a-f]+)–0x([0-9a-f]+) (.*)", rect[0].text)
                found.append((int(match[1], 16), int(match[2], 16), match[3], rect))
            yield int(svg.get("data-bits")), found


def page__captured_hosts__sound():
    for host in HOSTS:
        with Folder() as folder:
            folder.host(host)
            sound(folder.page(f"--facts={host}.json", f"--map={GUESTS / 'q35-4g.json'}",
                              f"--domain={HERE / 'guest-hostdev.xml'}"))
            sound(folder.page(f"--facts={host}.json"))


def page__reserved_regions__each_in_the_table_with_its_bounds_and_groups():
    for host in HOSTS:
        with Folder() as folder:
            facts = folder.host(host)
            wanted = {}
            for group in facts["groups"]:
                for region in group["reserved"]:
                    key = (region["type"], region["first"], region["last"])
                    wanted.setdefault(key, set()).add(group["id"])
            tree = sound(folder.page(f"--facts={host}.json"))
            rows = table(tree, "Reserved regions")
            got = {(row[0], row[1], row[2]): members(row[4]) for row in rows}
            need(len(got) == len(rows) and got == wanted, f"{host}: {got} are not {wanted}")
            need(bool(wanted) == (host != "x86-none"), f"{host}: {wanted}")


def page__usable_ranges__as_the_verb_usable_says():
    for host in HOSTS:
        with Folder() as folder:
            facts = folder.host(host)
            tree = sound(folder.page(f"--facts={host}.json"))
            rows = {number: row for row in table(tree, "How far") for number in members(row[0])}
            need(set(rows) == {group["id"] for group in facts["groups"]}, f"{host}: {set(rows)}")
            for number, row in rows.items():
                usable = folder.json(f"--facts={host}.json", "usable", number)
                need(row[1].startswith(usable["aperture"]["last"] + " "), row[1])
                need(row[2] == "".join(f"{r['first']}–{r['last']}" for r in usable["ranges"]),
                     f"{host}, group {number}: {row[2]} is not {usable['ranges']}")


def drawing__each_rectangle__to_scale():
    for host in HOSTS:
        with Folder() as folder:
            folder.host(host)
            tree = sound(folder.page(f"--facts={host}.json", f"--map={GUESTS / 'q35-4g.json'}"))
            n = 0
            for bits, found in rectangles(tree):
                for first, last, what, rect in found:
                    last = min(last, 2**bits - 1)
                    x, width = float(rect.get("x")), float(rect.get("width"))
                    need(abs(x - first * 1000 / 2**bits) < 1e-4 and
                         abs(width - (last + 1 - first) * 1000 / 2**bits) < 2e-4,
                         f"{host}, {bits} bits: {what} from {first:#x} to {last:#x} is at {x}, "
                         f"{width} wide")
                    n += 1
            need((n > 10) == (host != "x86-none"), f"{host}: {n} rectangles")


def drawing__regions_and_aperture__all_there():
    for host in HOSTS[:-1]:
        with Folder() as folder:
            facts = folder.host(host)
            tree = sound(folder.page(f"--facts={host}.json"))
            panels = dict(rectangles(tree))
            need(min(panels) <= 32 and max(panels) >= 39, f"{host}: {list(panels)}")
            whole = panels[max(panels)]
            drawn = {(f"{first:#x}", f"{last:#x}", what) for first, last, what, _ in whole}
            offered = {group["id"] for group in folder.json(f"--facts={host}.json", "groups")["groups"]
                       if group["assignable_after_rebind"] == "yes"}
            for group in facts["groups"]:
                for region in group["reserved"]:
                    need(group["id"] not in offered or
                         (region["first"], region["last"], region["type"]) in drawn,
                         f"{host}: {region} is not drawn")
            reach = max(int(row[1].split()[0], 16) for row in table(tree, "How far"))
            need(max(last for _, last, what, _ in whole if what == "usable") == reach,
                 f"{host}: usable is not drawn up to {reach:#x}")


def drawing__guest_in_reserved_region__marked_where_it_is():
    with Folder() as folder:
        folder.host("x86-vfio")
        tree = sound(folder.page("--facts=x86-vfio.json",
                                 f"--map={GUESTS / 'x86-in-msi-window.json'}"))
        marks = {(first, last) for _, found in rectangles(tree)
                 for first, last, what, _ in found if what == "does not fit"}
        wanted = set()
        for finding in folder.json("--facts=x86-vfio.json", "check",
                                   f"--map={GUESTS / 'x86-in-msi-window.json'}")["findings"]:
            if finding["severity"] == "blocks" and "region" in finding:
                guest, region = ([int(finding[of][end], 16) for end in ("first", "last")]
                                 for of in ("guest", "region"))
                wanted.add((max(guest[0], region[0]), min(guest[1], region[1])))
        need((0xfee00000, 0xfeefffff) in marks == wanted, f"{marks} are not {wanted}")
        far = sound(folder.page(f"--facts={HERE / 'four-groups.json'}",
                                f"--map={HERE / 'guest-far.json'}"))
        marks = {(first, last) for _, found in rectangles(far)
                 for first, last, what, _ in found if what == "does not fit"}
        # The IOMMU reaches 39 bits; the CPU's bits are not a matter of what a device reaches.
        need(marks == {(0xfee00000, 0xfeefffff), (2**39, 0x17fffffffff)}, f"{marks}")
        need("ram-in-reserved" in text(tree.find("body/main/article")), "no finding of it")
        tree = sound(folder.page("--facts=x86-vfio.json", f"--map={GUESTS / 'q35-4g.json'}"))
        ram = {(first, last) for _, found in rectangles(tree)
               for first, last, what, _ in found if what == "ram"}
        need(ram == {(0, 0x7fffffff), (0x100000000, 0x17fffffff)}, f"{ram}")


def tree__devices__each_once_below_its_parent():
    for host in HOSTS:
        with Folder() as folder:
            facts = folder.host(host)
            tree = sound(folder.page(f"--facts={host}.json"))
            parents, above = {}, []
            for found in tree.iter("table"):
                if found.get("class") != "tree":
                    continue
                for row in found.iterfind("tbody/tr"):
                    branch = "".join(row[0][0].itertext())
                    depth, address = len(branch) // 3, text(row[0].find("code"))
                    need(address not in parents, f"{host}: {address} is there twice")
                    above[depth:] = [address]
                    parents[address] = above[depth - 1] if depth else None
            known = {device["address"] for device in facts["devices"]}
            wanted = {device["address"]: device.get("parent") if device.get("parent") in known
                      else None for device in facts["devices"]}
            need(parents == wanted, f"{host}: {parents}")


def groups__each_kind__as_the_verb_groups_says():
    with Folder() as folder:
        folder.host("x86-vfio-rmrr")
        tree = sound(folder.page("--facts=x86-vfio-rmrr.json"))
        groups = {g["id"]: g for g in folder.json("--facts=x86-vfio-rmrr.json", "groups")["groups"]}
        kinds, kind = {}, None
        for element in tree.iter():
            if element.tag == "h4":
                kind = text(element)
            if element.tag == "details" and (element.get("id") or "").startswith("h0-g"):
                number = int(re.match(r"Group (\d+)", text(element[0]))[1])
                kinds.setdefault(kind, set()).add(number)
                for device in groups[number]["devices"]:
                    need(device in text(element), f"group {number} lacks {device}")
        now = {i for i, g in groups.items() if g["assignable"] == "yes"}
        need(kinds["✓ Can be given away as it is 2 groups"] == now == {6, 8}, f"{kinds}")
        need(kinds["↻ Can be given away once on a VFIO driver 1 group"] == {15}, f"{kinds}")
        need(kinds["✕ Cannot be given away 7 groups"] == {3, 7, 9, 10, 12, 13, 14}, f"{kinds}")
        need(kinds["– Bridges and ports only 6 groups"] == {0, 1, 2, 4, 5, 11}, f"{kinds}")


def problems__of_status_and_of_groups__with_remedies():
    with Folder() as folder:
        folder.host("x86-vfio-rmrr")
        tree = sound(folder.page("--facts=x86-vfio-rmrr.json"))
        said = text(tree.find(".//section[@aria-labelledby='h0-wrong']"))
        problems = folder.json("--facts=x86-vfio-rmrr.json", "status")["problems"]
        need(len(problems) == 2, f"{problems}")
        for problem in problems:
            need(problem["text"] in said and problem["remedy"] in said, f"{problem} is not said")
        for group in (3, 12):
            for finding in folder.json("--facts=x86-vfio-rmrr.json", "usable", group)["findings"]:
                need(finding["text"] in said and finding["remedy"] in said, f"{finding}")
        need("device-is-bridge" not in said, "a bridge is called a problem")


def matrix__several_hosts__each_cell_as_the_verb_hosts_says():
    with Folder() as folder:
        hosts = ("x86-vfio", "x86-none", "arm64-vfio")
        for host in hosts:
            folder.host(host)
        folder.host("x86-vfio", "twin")
        facts = [f"--facts={host}.json" for host in (*hosts, "twin")]
        guests = [f"--map={GUESTS / 'q35-4g.json'}", f"--map={GUESTS / 'virt-4g.json'}"]
        tree = sound(folder.page(*facts, *guests))
        rows = {row[0]: row for row in table(tree, "Classes of hosts by guests")}
        need(len(rows) == 3, f"{list(rows)}")
        titles = {"migrate": "run", "hotplug": "add a device", "memory_hotplug": "add memory"}
        words = {"safe": "✓ safe", "unsafe": "✕ unsafe", "unknown": "? cannot tell"}
        for i, guest in enumerate(guests):
            for host in folder.json("hosts", *facts, guest)["hosts"]:
                row = rows[host["class"][:12]]
                need(host["host"] in row[1], f"{row}")
                for question, answer in host["answers"].items():
                    said = f"{titles[question]}{words[answer]}"
                    need(said in row[3 + i], f"{host['host']}: {said!r} is not in {row[3 + i]!r}")


def matrix__thousand_classes__cut_and_says_so():
    with Folder() as folder:
        facts = folder.host("x86-none", "base")
        for i in range(130):
            facts["host"]["cpu_bits"] = 36 + i % 16
            facts["host"]["page_size"] = 4096
            facts["groups"] = []
            facts["host"]["arch"] = f"arch{i}"
            folder.write(f"host{i}.json", facts)
        page = folder.page(*(f"--facts=host{i}.json" for i in range(130)))
        tree = sound(page)
        need(len(table(tree, "Classes of hosts")) == 100, "not 100 rows")
        need("the 100 classes with the most hosts of 130. The other 30 are not shown" in
             text(tree), "it does not say that it is cut")
        need("122 more hosts are not shown one by one" in text(tree), "hosts are left out silently")
        need(len(tree.findall("body/main/article")) == 8, "not 8 hosts in full")


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"' onload='alert(1)&lt;"


def names__hostile__shown_and_nothing_else():
    with Folder() as folder:
        facts = folder.host("x86-vfio", "plain")
        facts["host"]["kernel"]["release"] = HOSTILE
        for device in facts["devices"]:
            device["driver"] = HOSTILE
        facts["iommus"][0]["name"] = HOSTILE
        name = HOSTILE.replace("/", "") + "\x1b[31m\u202e\ufeff"
        folder.write(f"{name}.json", facts)
        shutil.copy(GUESTS / "q35-4g.json", folder.path / f"{name}guest.json")
        page = folder.page(f"--facts={name}.json", f"--map={name}guest.json")
        tree = sound(page)
        said = text(tree)
        need(HOSTILE in said, "the driver is not on the page as it is")
        need("\\x1b[31m\\u{202e}\\u{feff}" in page, "what cannot be seen is not spelled out")
        need("\u202e" not in page and "\ufeff" not in page, "it can still turn the page around")
        name = b"bytes\xff\xc3(\xed\xa0\x80" + b"n" * 150
        folder.write(name + b".json", facts)
        page = folder.page("--facts=" + os.fsdecode(name) + ".json")
        need("bytes\\xff\\xc3(\\xed\\xa0\\x80nnn" in page, "what is no UTF-8 is not spelled out")
        tree = sound(page)
        title = tree.find(".//h2[@id='h0-name']/span").get("title")
        need(title == "bytes\\xff\\xc3(\\xed\\xa0\\x80" + "n" * 150, f"the whole name: {title!r}")
        need(text(tree.find(".//h2[@id='h0-name']")).endswith("n…"), "a long name is not shortened")


def file__written__whole_or_not_at_all():
    with Folder() as folder:
        folder.host("x86-vfio")
        words = ["report", "--facts=x86-vfio.json", "--html=page.html"]
        page = folder.path / "page.html"
        old = os.umask(0o027)
        try:
            need(run(*words, cwd=folder.path) == (SAFE, "", ""), "it says something")
            need(stat.S_IMODE(page.stat().st_mode) == 0o640, oct(page.stat().st_mode))
        finally:
            os.umask(old)
        sound(page.read_text(encoding="utf-8"))
        page.write_text("before", encoding="ascii")
        (folder.path / "link.html").symlink_to("page.html")

        def little_room():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

        done = subprocess.run([CTL, *words], cwd=folder.path, env=environment(), timeout=60,
                              capture_output=True, check=False, preexec_fn=little_room)
        need(done.returncode == FAILED and b"page.html" in done.stderr, f"{done}")
        need(page.read_text(encoding="ascii") == "before", "what was there is gone")
        need(len(list(folder.path.iterdir())) == 3, "something is left behind")
        need(run(*words[:2], "--html=link.html", cwd=folder.path) == (SAFE, "", ""), "of a link")
        need((folder.path / "link.html").is_symlink() and page.stat().st_size > 10000,
             "the link was replaced, not what it leads to")
        need(run(*words[:2], "--html=/dev/null") [0] == FAILED, "without facts here")
        need(run(*words[:2], "--html=/dev/null", cwd=folder.path) == (SAFE, "", ""), "/dev/null")
        need(stat.S_ISCHR(os.stat("/dev/null").st_mode), "/dev/null is a file now")


def usage__nothing_to_write_or_too_much__refused():
    facts = f"--facts={HERE / 'four-groups.json'}"
    guest = f"--map={HERE / 'guest-4g.json'}"
    refused(USAGE, "report", facts, says=["--html=FILE"])
    refused(USAGE, "report", facts, "--html=", says=["--html"])
    refused(USAGE, "report", facts, "--html=-", "--html=-", says=["twice"])
    refused(USAGE, "report", facts, "--html=-", "--attach=01:00.0", says=["--attach", "guest"])
    refused(USAGE, "report", facts, "--html=-", *[guest] * 17, says=["17", "16"])
    refused(USAGE, "check", facts, guest, guest, says=["--map", "twice"])
    refused(USAGE, "status", facts, "--html=-", says=["--html", "status"])
    refused(FAILED, "report", facts, f"--html={HERE}", says=["directory"])
    refused(FAILED, "report", facts, "--html=/nonexistent/page.html", says=["/nonexistent"])
    refused(FAILED, "report", facts, "--html=-", "--map=/nonexistent", says=["/nonexistent"])


def large(facts):
    """Makes it a host of 1,000 devices: 250 root ports, and below each a card of 3 functions."""
    port, card = (next(device for device in facts["devices"] if device["address"] == address)
                  for address in ("0000:00:03.0", "0000:01:00.0"))
    facts["devices"], facts["groups"] = [], []
    reserved = [{"first": "0xfee00000", "last": "0xfeefffff", "type": "msi"}]
    for i in range(250):
        above = f"0000:00:{i // 8:02x}.{i % 8}"
        below = [f"0000:{i + 1:02x}:00.{function}" for function in range(3)]
        facts["devices"].append({**port, "address": above, "group": 2 * i})
        facts["devices"] += [{**card, "address": address, "group": 2 * i + 1, "parent": above,
                              "driver": "igb"} for address in below]
        facts["groups"] += [{"id": 2 * i, "devices": [above], "type": "DMA", "reserved": reserved},
                            {"id": 2 * i + 1, "devices": below, "type": "DMA",
                             "reserved": reserved}]
    facts["devices"].sort(key=lambda device: device["address"])


def page__large_host__opens():
    with Folder() as folder:
        facts = folder.host("x86-vfio", "base")
        large(facts)
        folder.write("big.json", facts)
        page = folder.page("--facts=big.json")
        need(len(page) < 4 << 20, f"{len(page)} bytes for a thousand devices")
        tree = sound(page)
        rows = [row for found in tree.iter("table") if found.get("class") == "tree"
                for row in found.iterfind("tbody/tr")]
        need(len(rows) == 1000, f"{len(rows)} devices")
        need(not [e for e in tree.iter("details") if e.get("class") in ("bus", "group") and
                  e.get("open")], "a thousand devices are opened out")


def assumptions__given__said():
    with Folder() as folder:
        folder.host("x86-vfio")
        tree = sound(folder.page("--facts=x86-vfio.json", "--assume=iommu-bits=40",
                                 "--assume=nested=trust"))
        need("What if: iommu-bits=40 nested=trust." in text(tree), "it is not said")
        need(max(dict(rectangles(tree))) == 40, "the drawing ends where it did")


if __name__ == "__main__":
    main(page__captured_hosts__sound,
         page__reserved_regions__each_in_the_table_with_its_bounds_and_groups,
         page__usable_ranges__as_the_verb_usable_says,
         page__large_host__opens,
         drawing__each_rectangle__to_scale,
         drawing__regions_and_aperture__all_there,
         drawing__guest_in_reserved_region__marked_where_it_is,
         tree__devices__each_once_below_its_parent,
         groups__each_kind__as_the_verb_groups_says,
         problems__of_status_and_of_groups__with_remedies,
         matrix__several_hosts__each_cell_as_the_verb_hosts_says,
         matrix__thousand_classes__cut_and_says_so,
         names__hostile__shown_and_nothing_else,
         file__written__whole_or_not_at_all,
         usage__nothing_to_write_or_too_much__refused,
         assumptions__given__said)
