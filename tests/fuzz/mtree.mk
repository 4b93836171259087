# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What QEMU itself says.

fuzz_programs += tests/fuzz/fuzz_mtree

tests_fuzz_fuzz_mtree_SOURCES = tests/fuzz/fuzz_mtree.c $(fuzz_main)
tests_fuzz_fuzz_mtree_LDADD = core/libcore.a $(CORE_LIBS)
tests_fuzz_fuzz_mtree_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
