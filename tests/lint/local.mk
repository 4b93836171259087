# SPDX-License-Identifier: LGPL-2.1-or-later

lint_tests = \
	tests/lint/banned.py \
	tests/lint/findings.py \
	tests/lint/headers.sh \
	tests/lint/introspection.py \
	tests/lint/layers.py \
	tests/lint/prefixes.py \
	tests/lint/sizes.py \
	tests/lint/skips.py \
	tests/lint/spdx.py

TESTS += $(lint_tests)

EXTRA_DIST += \
	$(lint_tests) \
	tests/lint/allow.txt \
	tests/lint/cppcheck.macros \
	tests/lint/cppcheck.suppressions \
	tests/lint/lintlib.py
