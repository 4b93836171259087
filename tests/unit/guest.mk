# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Tests of the guest, its document, findings, kernel gates, assumptions and what is shown.

guest_unit_tests = \
	tests/unit/test_answer_json \
	tests/unit/test_assume \
	tests/unit/test_finding \
	tests/unit/test_guest \
	tests/unit/test_guest_json \
	tests/unit/test_kernel_gate

check_PROGRAMS += $(guest_unit_tests)
TESTS += $(guest_unit_tests)

tests_unit_test_answer_json_SOURCES = \
	tests/unit/test_answer_json.c \
	tests/support/ask.c \
	tests/support/ask.h \
	tests/support/ask_base.c \
	tests/support/ask_base.h
tests_unit_test_answer_json_LDADD = $(core_unit_libs)
tests_unit_test_assume_LDADD = $(core_unit_libs)
tests_unit_test_finding_LDADD = $(core_unit_libs)
tests_unit_test_guest_LDADD = $(core_unit_libs)
tests_unit_test_guest_json_LDADD = $(core_unit_libs)
tests_unit_test_kernel_gate_LDADD = $(core_unit_libs)

# The texts of the findings against the table and the manual page.
EXTRA_DIST += tests/unit/finding_texts.py
TESTS += tests/unit/finding_texts.py
