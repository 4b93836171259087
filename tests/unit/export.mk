# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Tests of what other systems read.

export_unit_tests = \
	tests/unit/test_export_text \
	tests/unit/test_metrics_text \
	tests/unit/test_node_labels

check_PROGRAMS += $(export_unit_tests)
TESTS += $(export_unit_tests)

tests_unit_test_export_text_LDADD = $(judge_unit_libs)
tests_unit_test_metrics_text_LDADD = $(judge_unit_libs)
tests_unit_test_node_labels_LDADD = $(judge_unit_libs)
