# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Tests of what the planner suggests. test_planner_laws takes "SEED ITERATIONS" to be run again.

plan_unit_tests = \
	tests/unit/test_planner \
	tests/unit/test_planner_alloc \
	tests/unit/test_planner_laws

check_PROGRAMS += $(plan_unit_tests)
TESTS += $(plan_unit_tests)

tests_unit_test_planner_LDADD = $(judge_unit_libs)
tests_unit_test_planner_alloc_SOURCES = \
	tests/unit/test_planner_alloc.c \
	$(fault_alloc)
tests_unit_test_planner_alloc_LDADD = $(judge_unit_libs)
tests_unit_test_planner_alloc_LDFLAGS = $(AM_LDFLAGS) $(fault_wrap_alloc)
tests_unit_test_planner_laws_LDADD = $(prop_libs)
