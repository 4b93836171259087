# SPDX-License-Identifier: LGPL-2.1-or-later

EXTRA_DIST += tests/bench/life.py

BENCHES += tests/bench/life.py
tests/bench/life.py: tests/support/unpack-capture$(EXEEXT)
