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
	tests/unit/test_aperture \
	tests/unit/test_assignable \
	tests/unit/test_class_json \
	tests/unit/test_class_previous \
	tests/unit/test_definition \
	tests/unit/test_digest \
	tests/unit/test_headroom \
	tests/unit/test_isolation \
	tests/unit/test_project \
	tests/unit/test_rules_bar \
	tests/unit/test_rules_definition \
	tests/unit/test_rules_device \
	tests/unit/test_rules_group \
	tests/unit/test_rules_host \
	tests/unit/test_rules_hotplug \
	tests/unit/test_rules_memory \
	tests/unit/test_rules_viommu \
	tests/unit/test_usable \
	tests/unit/test_verdict

check_PROGRAMS += $(judge_unit_tests)
TESTS += $(judge_unit_tests)

tests_unit_test_aperture_LDADD = $(judge_unit_libs)
tests_unit_test_assignable_LDADD = $(judge_unit_libs)
tests_unit_test_class_json_SOURCES = \
	tests/unit/test_class_json.c \
	tests/support/fill.c \
	tests/support/fill.h
tests_unit_test_class_json_LDADD = $(judge_unit_libs)
tests_unit_test_class_previous_LDADD = $(judge_unit_libs)
EXTRA_DIST += tests/unit/class-1.json
tests_unit_test_definition_LDADD = $(judge_unit_libs)
tests_unit_test_headroom_LDADD = $(judge_unit_libs)
tests_unit_test_digest_LDADD = $(judge_unit_libs)
tests_unit_test_isolation_LDADD = $(judge_unit_libs)
tests_unit_test_project_LDADD = $(judge_unit_libs)
tests_unit_test_rules_bar_LDADD = $(judge_unit_libs)
tests_unit_test_rules_definition_LDADD = $(judge_unit_libs)
tests_unit_test_rules_device_LDADD = $(judge_unit_libs)
tests_unit_test_rules_group_LDADD = $(judge_unit_libs)
tests_unit_test_rules_host_LDADD = $(judge_unit_libs)
tests_unit_test_rules_hotplug_LDADD = $(judge_unit_libs)
tests_unit_test_rules_memory_LDADD = $(judge_unit_libs)
tests_unit_test_rules_viommu_LDADD = $(judge_unit_libs)
tests_unit_test_usable_LDADD = $(judge_unit_libs)
tests_unit_test_verdict_LDADD = $(judge_unit_libs)
