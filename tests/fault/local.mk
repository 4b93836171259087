# SPDX-License-Identifier: LGPL-2.1-or-later

fault_tests = \
	tests/fault/test_alloc_codec \
	tests/fault/test_alloc_judge \
	tests/fault/test_alloc_qmp

check_PROGRAMS += $(fault_tests)
TESTS += $(fault_tests)

# Sends the allocations of the core, which is linked statically, through tests/fault/alloc.c.
fault_wrap_alloc = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free
fault_alloc = \
	tests/fault/alloc.c \
	tests/fault/alloc.h

tests_fault_test_alloc_codec_SOURCES = \
	tests/fault/test_alloc_codec.c \
	tests/support/fill.c \
	tests/support/fill.h \
	$(fault_alloc)
tests_fault_test_alloc_codec_LDADD = core/libcore.a $(CORE_LIBS) $(TEST_LIBS)
tests_fault_test_alloc_codec_LDFLAGS = $(AM_LDFLAGS) $(fault_wrap_alloc)

tests_fault_test_alloc_judge_SOURCES = \
	tests/fault/test_alloc_judge.c \
	$(fault_alloc)
tests_fault_test_alloc_judge_LDADD = $(judge_unit_libs)
tests_fault_test_alloc_judge_LDFLAGS = $(AM_LDFLAGS) $(fault_wrap_alloc)

tests_fault_test_alloc_qmp_SOURCES = \
	tests/fault/test_alloc_qmp.c \
	$(fault_alloc)
tests_fault_test_alloc_qmp_LDADD = core/libcore.a $(CORE_LIBS) $(TEST_LIBS)
tests_fault_test_alloc_qmp_LDFLAGS = $(AM_LDFLAGS) $(fault_wrap_alloc)
