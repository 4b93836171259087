# SPDX-License-Identifier: LGPL-2.1-or-later

noinst_LIBRARIES += daemon/collect/libcollect.a

daemon_collect_libcollect_a_SOURCES = \
	daemon/collect/interrupts.c \
	daemon/collect/interrupts.h \
	daemon/collect/ivrs.c \
	daemon/collect/ivrs.h \
	daemon/collect/kernel_log.c \
	daemon/collect/kernel_log.h \
	daemon/collect/pci_config.c \
	daemon/collect/pci_config.h \
	daemon/collect/reserved_regions.c \
	daemon/collect/reserved_regions.h \
	daemon/collect/scan.c \
	daemon/collect/scan.h
