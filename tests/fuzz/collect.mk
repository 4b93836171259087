# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The collector's decoders of what a platform hands it.

collect_fuzz_programs = \
	tests/fuzz/fuzz_interrupts \
	tests/fuzz/fuzz_ivrs \
	tests/fuzz/fuzz_kernel_log \
	tests/fuzz/fuzz_pci_config \
	tests/fuzz/fuzz_reserved_regions \
	tests/fuzz/fuzz_wire

if ENABLE_FUZZERS
noinst_PROGRAMS += $(collect_fuzz_programs)
else
check_PROGRAMS += $(collect_fuzz_programs)
TESTS += $(collect_fuzz_programs)
endif

collect_fuzz_libs = daemon/collect/libcollect.a core/libcore.a $(CORE_LIBS) $(SYSTEMD_LIBS)

tests_fuzz_fuzz_interrupts_SOURCES = tests/fuzz/fuzz_interrupts.c $(fuzz_main)
tests_fuzz_fuzz_interrupts_LDADD = $(collect_fuzz_libs)
tests_fuzz_fuzz_interrupts_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_ivrs_SOURCES = tests/fuzz/fuzz_ivrs.c $(fuzz_main)
tests_fuzz_fuzz_ivrs_LDADD = $(collect_fuzz_libs)
tests_fuzz_fuzz_ivrs_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_kernel_log_SOURCES = tests/fuzz/fuzz_kernel_log.c $(fuzz_main)
tests_fuzz_fuzz_kernel_log_LDADD = $(collect_fuzz_libs)
tests_fuzz_fuzz_kernel_log_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_pci_config_SOURCES = tests/fuzz/fuzz_pci_config.c $(fuzz_main)
tests_fuzz_fuzz_pci_config_LDADD = $(collect_fuzz_libs)
tests_fuzz_fuzz_pci_config_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_reserved_regions_SOURCES = tests/fuzz/fuzz_reserved_regions.c $(fuzz_main)
tests_fuzz_fuzz_reserved_regions_LDADD = $(collect_fuzz_libs)
tests_fuzz_fuzz_reserved_regions_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
tests_fuzz_fuzz_wire_SOURCES = tests/fuzz/fuzz_wire.c $(fuzz_main)
tests_fuzz_fuzz_wire_LDADD = $(collect_fuzz_libs)
tests_fuzz_fuzz_wire_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)
