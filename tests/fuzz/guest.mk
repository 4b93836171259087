# SPDX-License-Identifier: LGPL-2.1-or-later

fuzz_programs += tests/fuzz/fuzz_guest

tests_fuzz_fuzz_guest_SOURCES = tests/fuzz/fuzz_guest.c $(fuzz_main)
tests_fuzz_fuzz_guest_LDADD = core/libcore.a $(CORE_LIBS)
tests_fuzz_fuzz_guest_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
