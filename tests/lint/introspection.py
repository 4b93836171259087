# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the daemon offers on the bus equals the committed dbus/org.iommufleet1.xml."""

import difflib
import re
import subprocess
import sys

import lintlib


def plain(text):
    """Lines without comments, document type, indentation and empty lines."""
    text = re.sub(r"<!--.*?-->|<!DOCTYPE.*?>|<\?xml.*?\?>", "", text, flags=re.S)
    return [line.strip() for line in text.splitlines() if line.strip()]


def main():
    daemon = lintlib.BUILD / "daemon/iommufleetd"
    run = subprocess.run([daemon, "--bus-introspect"], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        print(f"iommufleetd --bus-introspect failed ({run.returncode}): {run.stderr}")
        sys.exit(1)
    committed = plain(lintlib.text_of("dbus/org.iommufleet1.xml"))
    offered = plain(run.stdout)
    difference = list(difflib.unified_diff(committed, offered, "committed", "offered", "", ""))
    for line in difference:
        print(line)
    print(f"introspection: {len(offered)} lines compared")
    sys.exit(1 if difference or len(offered) < 10 else 0)


main()
