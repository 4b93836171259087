# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page that report writes, in Chromium: it is shown whole at two widths, light, dark and on
paper, asks nobody for anything, and runs nothing, whatever names are on it."""

import struct
import sys
import zlib

from clilib import main, need
import browser
from test_report import GUESTS, HOSTILE, Folder

WIDTHS = (1280, 390)
OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"


class Shown:
    """The browser, and pages to look at."""

    browser = folder = None

    @classmethod
    def page(cls, name, *words):
        page = cls.folder.path / f"{name}.html"
        page.write_text(cls.folder.page(*words), encoding="utf-8")
        cls.browser.open(page)


def pixels(png):
    """The colours of a picture without alpha or with it, 8 bits each: as many as there are."""
    at, parts, kind = 8, [], None
    while at < len(png):
        n, name = struct.unpack_from(">I4s", png, at)
        if name == b"IHDR":
            width, _, depth, kind = struct.unpack_from(">IIBB", png, at + 8)
        if name == b"IDAT":
            parts.append(png[at + 8:at + 8 + n])
        at += 12 + n
    each = {2: 3, 6: 4}[kind]
    need(depth == 8, f"{depth} bits")
    raw, line, found = zlib.decompress(b"".join(parts)), b"", set()
    step = width * each
    for start in range(0, len(raw), step + 1):
        line = unfilter(raw[start], bytearray(raw[start + 1:start + 1 + step]), line, each)
        found |= {bytes(line[i:i + 3]) for i in range(0, step, 7 * each)}
    return found


def unfilter(kind, line, above, each):
    """One line of a PNG as it was (PNG, section 9)."""
    above = above or bytes(len(line))
    for i in range(len(line) if kind else 0):
        left = line[i - each] if i >= each else 0
        up, corner = above[i], above[i - each] if i >= each else 0
        if kind == 4:
            guess = left + up - corner
            line[i] = line[i] + min((left, up, corner), key=lambda c: abs(guess - c)) & 255
        else:
            line[i] = line[i] + (left, up, (left + up) // 2)[kind - 1] & 255
    return line


def calm(what):
    """Nothing was asked of anybody, nothing complained."""
    asked = [url for url in Shown.browser.requests() if not url.startswith("file://")]
    need(not asked and len(Shown.browser.requests()) == 1, f"{what}: asks for {asked}")
    need(not Shown.browser.complaints(), f"{what}: {Shown.browser.complaints()}")


def fits(what, width):
    """Nothing is wider than the view, but for what can be scrolled in its own frame."""
    wide = Shown.browser.evaluate("""[...document.querySelectorAll('body *')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 0.5 &&
                     !e.closest('.scroll') && !e.closest('.labels') && !e.closest('.defs'))
        .map(e => e.tagName + ' ' + e.className).slice(0, 3)""")
    scroll = Shown.browser.evaluate("document.documentElement.scrollWidth")
    need(scroll == width and not wide, f"{what}: {scroll} wide, not {width}: {wide}")


def page__two_widths_light_and_dark__shown_whole():
    for scheme in ("light", "dark"):
        for width in WIDTHS:
            what = f"{width}, {scheme}"
            Shown.browser.emulate(width, 900, scheme)
            Shown.page("host", "--facts=x86-vfio-rmrr.json", "--facts=x86-none.json",
                       f"--map={GUESTS / 'q35-4g.json'}")
            calm(what)
            fits(what, width)
            top = Shown.browser.evaluate(
                "document.querySelector('.panel').getBoundingClientRect().top + scrollY")
            colours = pixels(Shown.browser.screenshot(x=0, y=top, width=width, height=400))
            need(len(colours) > 15, f"{what}: {len(colours)} colours: nothing is drawn")
            dark = Shown.browser.evaluate("getComputedStyle(document.body).backgroundColor")
            need((dark == "rgb(20, 23, 26)") == (scheme == "dark"), f"{what}: {dark}")
            Shown.browser.evaluate(OPEN_ALL)
            fits(f"{what}, all open", width)


def drawing__at_any_width__what_is_drawn_is_where_it_belongs():
    for width in WIDTHS:
        Shown.browser.emulate(width)
        Shown.page("host", "--facts=x86-vfio.json")
        got = Shown.browser.evaluate("""[...document.querySelectorAll('svg[data-bits="32"]')]
            .map(svg => { const all = svg.getBoundingClientRect();
                const msi = svg.querySelector('.msi').getBoundingClientRect();
                return [(msi.left - all.left) / all.width, msi.width / all.width,
                        getComputedStyle(svg.querySelector('.msi')).fill]; })""")
        place, size, fill = got[0]
        # The frame of the drawing is a pixel on each side.
        need(abs(place - 0xfee00000 / 2**32) < 0.01 and size < 0.01 and fill == "rgb(58, 63, 158)",
             f"{width}: at {place}, {size} wide, {fill}")


def keyboard__tab__reaches_what_opens_and_the_way_past():
    Shown.browser.emulate(1280)
    Shown.page("host", "--facts=x86-vfio.json")
    seen = []
    for _ in range(60):
        for kind in ("keyDown", "keyUp"):
            Shown.browser.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab",
                               windowsVirtualKeyCode=9)
        seen.append(Shown.browser.evaluate("""(() => { const e = document.activeElement;
            return [e.tagName, e.className, e.getBoundingClientRect().top >= 0,
                    getComputedStyle(e).outlineStyle == 'none' ? 0
                        : parseFloat(getComputedStyle(e).outlineWidth)]; })()"""))
    need(seen[0][:3] == ["A", "skip", True], f"first is {seen[0]}, not the way past")
    for tag in ("A", "SUMMARY", "DIV"):
        need(any(name == tag for name, *_ in seen), f"no {tag} is reached")
    need(all(outline > 1 for tag, _, _, outline in seen if tag != "BODY"),
         "what has the focus is not seen to have it")


def print__everything__opened_and_light():
    Shown.browser.emulate(1280, 900, "dark", "print")
    Shown.page("host", "--facts=x86-vfio-rmrr.json")
    got = Shown.browser.evaluate("""[getComputedStyle(document.body).backgroundColor,
        getComputedStyle(document.querySelector('nav')).display,
        [...document.querySelectorAll('details:not([open]) li')]
            .filter(e => !e.checkVisibility()).length]""")
    need(got == ["rgb(255, 255, 255)", "none", 0], f"{got}")
    # What is left of a sheet of A4 between its margins.
    Shown.browser.emulate(680, 900, "light", "print")
    Shown.page("host", "--facts=x86-vfio-rmrr.json", f"--map={GUESTS / 'q35-4g.json'}")
    need(Shown.browser.evaluate("document.documentElement.scrollWidth") == 680, "paper is too small")
    pdf = Shown.browser.call("Page.printToPDF", preferCSSPageSize=True)["data"]
    need(len(pdf) > 20000, f"{len(pdf)} bytes of PDF")


def contrast__each_pair_of_colours__enough_to_read():
    pairs = [(text, on) for text in ("text", "soft", "link") for on in ("page", "card")]
    pairs += [(kind, f"{kind}-on") for kind in ("ok", "bad", "doubt", "warn")]
    pairs += [("ok", "page"), ("text", "doubt-on"), ("link", "doubt-on"), ("soft", "doubt-on")]
    for scheme, media in (("light", ""), ("dark", ""), ("dark", "print")):
        Shown.browser.emulate(1280, 900, scheme, media)
        Shown.page("host", "--facts=x86-none.json")
        for text, on in pairs:
            values = [Shown.browser.evaluate(
                f"getComputedStyle(document.documentElement).getPropertyValue('--{name}').trim()")
                for name in (text, on)]
            ratio = contrast(*values)
            need(ratio >= 4.5, f"{scheme} {media}: {text} on {on} is {values}: {ratio:.2f}")


def contrast(a, b):
    """WCAG 2.1, contrast ratio."""
    def luminance(colour):
        parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def names__hostile__nothing_runs():
    facts = Shown.folder.host("x86-vfio", "plain")
    facts["host"]["kernel"]["release"] = HOSTILE
    for device in facts["devices"]:
        device["driver"] = HOSTILE + "n" * 100
    facts["iommus"][0]["name"] = HOSTILE
    name = HOSTILE.replace("/", "")
    Shown.folder.write(f"{name}.json", facts)
    for width in WIDTHS:
        Shown.browser.emulate(width)
        Shown.page("hostile", f"--facts={name}.json")
        calm("hostile")
        Shown.browser.evaluate(OPEN_ALL)
        fits(f"hostile, {width}", width)
        got = Shown.browser.evaluate("""[document.querySelectorAll('script, img').length,
            document.querySelector('h2').textContent,
            [...document.querySelectorAll('*')].filter(e => e.onload || e.onerror).length]""")
        need(got[0] == 0 and got[2] == 0, f"{got}")
        need(got[1].startswith(name[:50]), f"the name is {got[1]!r}")


def policy__a_script_that_is_smuggled_in__does_not_run():
    """What the policy is for: should an escape ever be forgotten, the browser refuses."""
    page = Shown.folder.page("--facts=x86-none.json")
    smuggled = Shown.folder.path / "smuggled.html"
    smuggled.write_text(page.replace(
        "</main>", "<script>document.title = 'ran'</script><img src='http://192.0.2.1/x' "
        "onerror='document.title = 1' /></main>"), encoding="utf-8")
    Shown.browser.emulate(1280)
    Shown.browser.open(smuggled)
    need("iommufleet" in Shown.browser.evaluate("document.title"), "the script ran")
    need(any("Content Security Policy" in text for text in Shown.browser.complaints()),
         f"nothing was refused: {Shown.browser.complaints()}")


def run():
    with Folder() as folder, browser.Browser(browser.find()) as shown:
        Shown.folder, Shown.browser = folder, shown
        for host in ("x86-vfio", "x86-vfio-rmrr", "x86-none"):
            folder.host(host)
        main(page__two_widths_light_and_dark__shown_whole,
             drawing__at_any_width__what_is_drawn_is_where_it_belongs,
             keyboard__tab__reaches_what_opens_and_the_way_past,
             print__everything__opened_and_light,
             contrast__each_pair_of_colours__enough_to_read,
             names__hostile__nothing_runs,
             policy__a_script_that_is_smuggled_in__does_not_run)


if not browser.find():
    print("no Chromium")
    sys.exit(77)
run()
