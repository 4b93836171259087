# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The collector as a program, on captured hosts and on what may be wrong with one.

collect_tests = \
	tests/collect/broken_hosts.py \
	tests/collect/options.py

TESTS += $(collect_tests)
EXTRA_DIST += $(collect_tests) tests/collect/collectlib.py
