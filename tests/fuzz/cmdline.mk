# SPDX-License-Identifier: LGPL-2.1-or-later
#
# QEMU's arguments.

fuzz_programs += tests/fuzz/fuzz_cmdline

tests_fuzz_fuzz_cmdline_SOURCES = tests/fuzz/fuzz_cmdline.c $(fuzz_main)
tests_fuzz_fuzz_cmdline_LDADD = core/libcore.a $(CORE_LIBS)
tests_fuzz_fuzz_cmdline_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
