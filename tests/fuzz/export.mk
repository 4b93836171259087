# SPDX-License-Identifier: LGPL-2.1-or-later

fuzz_programs += tests/fuzz/fuzz_export

tests_fuzz_fuzz_export_SOURCES = tests/fuzz/fuzz_export.c $(fuzz_main)
tests_fuzz_fuzz_export_LDADD = core/libcore.a $(CORE_LIBS)
tests_fuzz_fuzz_export_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
