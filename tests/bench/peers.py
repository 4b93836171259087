#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""How a change goes round among 10, 100 and 1,000 simulated peers. Aim: rounds grow with the
logarithm of their number; an idle round stays below 16 KiB."""
import json
import os
import subprocess
import time

BUILD = os.environ.get("top_builddir", os.getcwd())
SOURCE = os.environ.get("top_srcdir", os.getcwd())


def main():
    seed = os.environ.get("SEED", str(int(time.time())))
    out = subprocess.run([f"{BUILD}/tests/bench/bench_peers", f"{SOURCE}/tests/exchange/vectors",
                          seed], check=True, capture_output=True)
    print(json.dumps({"peers": json.loads(out.stdout)}, indent=1))


if __name__ == "__main__":
    main()
