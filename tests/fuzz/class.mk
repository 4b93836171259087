# SPDX-License-Identifier: LGPL-2.1-or-later

fuzz_programs += tests/fuzz/fuzz_class

tests_fuzz_fuzz_class_SOURCES = tests/fuzz/fuzz_class.c $(fuzz_main)
tests_fuzz_fuzz_class_LDADD = core/libcore.a $(CORE_LIBS)
tests_fuzz_fuzz_class_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
