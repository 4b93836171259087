# SPDX-License-Identifier: LGPL-2.1-or-later
#
# libvirt's domain XML.

fuzz_programs += tests/fuzz/fuzz_domain

tests_fuzz_fuzz_domain_SOURCES = tests/fuzz/fuzz_domain.c $(fuzz_main)
tests_fuzz_fuzz_domain_LDADD = core/libcore.a $(CORE_LIBS)
tests_fuzz_fuzz_domain_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
