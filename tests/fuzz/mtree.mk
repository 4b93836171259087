# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What QEMU itself says: the text of its monitor, and the monitor's protocol.

fuzz_programs += tests/fuzz/fuzz_mtree tests/fuzz/fuzz_qmp

tests_fuzz_fuzz_mtree_SOURCES = tests/fuzz/fuzz_mtree.c $(fuzz_main)
tests_fuzz_fuzz_mtree_LDADD = core/libcore.a $(CORE_LIBS)
tests_fuzz_fuzz_mtree_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_qmp_SOURCES = tests/fuzz/fuzz_qmp.c $(fuzz_main)
tests_fuzz_fuzz_qmp_LDADD = core/libcore.a $(CORE_LIBS)
tests_fuzz_fuzz_qmp_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
