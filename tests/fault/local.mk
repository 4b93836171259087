# SPDX-License-Identifier: LGPL-2.1-or-later

fault_tests = tests/fault/test_alloc_codec

check_PROGRAMS += $(fault_tests)
TESTS += $(fault_tests)

# Sends the allocations of the core, which is linked statically, through the test.
fault_wrap_alloc = -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free

tests_fault_test_alloc_codec_SOURCES = \
	tests/fault/test_alloc_codec.c \
	tests/support/fill.c \
	tests/support/fill.h
tests_fault_test_alloc_codec_LDADD = core/libcore.a $(CORE_LIBS) $(TEST_LIBS)
tests_fault_test_alloc_codec_LDFLAGS = $(AM_LDFLAGS) $(fault_wrap_alloc)
