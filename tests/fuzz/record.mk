# SPDX-License-Identifier: LGPL-2.1-or-later

fuzz_programs += tests/fuzz/fuzz_record

tests_fuzz_fuzz_record_SOURCES = tests/fuzz/fuzz_record.c $(fuzz_main)
tests_fuzz_fuzz_record_LDADD = daemon/exchange/libexchange.a core/libcore.a $(CORE_LIBS)
tests_fuzz_fuzz_record_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
