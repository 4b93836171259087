# SPDX-License-Identifier: LGPL-2.1-or-later
"""A reader of Prometheus's text format, version 0.0.4, written from its description
(prometheus.io, "Exposition formats") and stricter than it: every metric has HELP and TYPE, in this
order, and its lines stand together; no sample stands twice; no time stamps."""

import re

METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
VALUE = re.compile(r"[+-]?(\d+(\.\d*)?([eE][+-]?\d+)?|Inf|NaN)")
ESCAPES = {"\\": "\\", '"': '"', "n": "\n"}


class Malformed(Exception):
    """What is wrong, and where."""


def labels_of(text):
    """The labels at the start of text, which begins with {, and how long they are."""
    labels, at = {}, 1
    while text[at:at + 1] != "}":
        name = LABEL.match(text, at)
        if not name or name[0].startswith("__") or text[name.end():name.end() + 2] != '="':
            raise Malformed(f"a label at {text[at:]!r}")
        value, at = "", name.end() + 2
        while text[at:at + 1] != '"':
            char = text[at:at + 1]
            if char == "\\":
                at += 1
                char = ESCAPES.get(text[at:at + 1])
            if not char:
                raise Malformed(f"a label's value in {text!r}")
            value += char
            at += 1
        if name[0] in labels:
            raise Malformed(f"{name[0]} twice in {text!r}")
        labels[name[0]] = value
        at += 1
        if text[at:at + 1] == ",":
            at += 1
        elif text[at:at + 1] != "}":
            raise Malformed(f"neither comma nor end in {text!r}")
    return labels, at + 1


def sample_of(line):
    name = METRIC.match(line)
    if not name:
        raise Malformed(f"no metric in {line!r}")
    labels, rest = {}, line[name.end():]
    if rest.startswith("{"):
        labels, n = labels_of(rest)
        rest = rest[n:]
    if not rest.startswith(" ") or not VALUE.fullmatch(rest[1:]):
        raise Malformed(f"no value in {line!r}")
    return name[0], tuple(sorted(labels.items())), float(rest[1:])


def parse(text):
    """{name: (type, {labels: value})}; labels are a sorted tuple of pairs."""
    metrics, name = {}, None
    if text and not text.endswith("\n"):
        raise Malformed("the last line does not end")
    lines = text.split("\n")[:-1]
    for number, line in enumerate(lines):
        if line.startswith("# HELP "):
            name, _, told = line[7:].partition(" ")
            if name in metrics or not METRIC.fullmatch(name) or not told:
                raise Malformed(f"{line!r}, or twice")
            kind = re.fullmatch(rf"# TYPE {name} (counter|gauge)", "".join(lines[number + 1:][:1]))
            if not kind:
                raise Malformed(f"no type behind {line!r}")
            metrics[name] = (kind[1], {})
        elif line.startswith("# TYPE "):
            if line.split()[2] != name or metrics[name][1]:
                raise Malformed(f"{line!r} stands alone")
        else:
            of, labels, value = sample_of(line)
            if of != name or labels in metrics[name][1]:
                raise Malformed(f"{line!r} is not of {name}, or is there twice")
            if metrics[name][0] == "counter" and not (of.endswith("_total") and value >= 0):
                raise Malformed(f"{line!r} is no counter")
            metrics[name][1][labels] = value
    return metrics


def value_of(metrics, name, **labels):
    """The value of one sample, or None."""
    return metrics.get(name, ("", {}))[1].get(tuple(sorted(labels.items())))
