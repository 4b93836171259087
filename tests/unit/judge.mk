# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Tests of what the judge says: a program for each file of rules, one for each other module.

check_LIBRARIES += tests/support/libask.a

tests_support_libask_a_SOURCES = \
	tests/support/ask.c \
	tests/support/ask.h \
	tests/support/ask_base.c \
	tests/support/ask_base.h

judge_unit_libs = tests/support/libask.a $(core_unit_libs)

judge_unit_tests = \
	tests/unit/test_rules_bar \
	tests/unit/test_rules_device \
	tests/unit/test_rules_group \
	tests/unit/test_rules_host \
	tests/unit/test_rules_hotplug \
	tests/unit/test_rules_memory

check_PROGRAMS += $(judge_unit_tests)
TESTS += $(judge_unit_tests)

tests_unit_test_rules_bar_LDADD = $(judge_unit_libs)
tests_unit_test_rules_device_LDADD = $(judge_unit_libs)
tests_unit_test_rules_group_LDADD = $(judge_unit_libs)
tests_unit_test_rules_host_LDADD = $(judge_unit_libs)
tests_unit_test_rules_hotplug_LDADD = $(judge_unit_libs)
tests_unit_test_rules_memory_LDADD = $(judge_unit_libs)
