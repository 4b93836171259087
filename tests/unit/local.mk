# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One program per module, tests/unit/test_MODULE.c. A core test is one more name in core_unit_tests.

core_unit_tests = \
	tests/unit/test_arena \
	tests/unit/test_fact \
	tests/unit/test_facts \
	tests/unit/test_facts_json \
	tests/unit/test_guard \
	tests/unit/test_region \
	tests/unit/test_shape \
	tests/unit/test_text \
	tests/unit/test_tree

core_unit_libs = core/libcore.a $(CORE_LIBS) $(TEST_LIBS)

noinst_HEADERS += tests/support/unit.h

check_PROGRAMS += $(core_unit_tests)
TESTS += $(core_unit_tests)

tests_unit_test_arena_LDADD = $(core_unit_libs)
tests_unit_test_fact_LDADD = $(core_unit_libs)
tests_unit_test_facts_LDADD = $(core_unit_libs)
tests_unit_test_facts_json_SOURCES = \
	tests/unit/test_facts_json.c \
	tests/support/fill.c \
	tests/support/fill.h
tests_unit_test_facts_json_LDADD = $(core_unit_libs)
tests_unit_test_guard_LDADD = $(core_unit_libs)
tests_unit_test_region_LDADD = $(core_unit_libs)
tests_unit_test_shape_LDADD = $(core_unit_libs)
tests_unit_test_text_LDADD = $(core_unit_libs)
tests_unit_test_tree_LDADD = $(core_unit_libs)

check_PROGRAMS += tests/support/print_facts
tests_support_print_facts_SOURCES = \
	tests/support/print_facts.c \
	tests/support/fill.c \
	tests/support/fill.h
tests_support_print_facts_LDADD = core/libcore.a $(CORE_LIBS)

dist_check_SCRIPTS += tests/unit/facts_schema.py
TESTS += tests/unit/facts_schema.py
