# SPDX-License-Identifier: LGPL-2.1-or-later

noinst_LIBRARIES += daemon/collect/libcollect.a
dist_man_MANS += man/iommufleet-collect.8
pkglibexec_PROGRAMS += daemon/collect/iommufleet-collect

daemon_collect_libcollect_a_SOURCES = \
	daemon/collect/amdvi.c \
	daemon/collect/amdvi.h \
	daemon/collect/collect.c \
	daemon/collect/collect.h \
	daemon/collect/context.h \
	daemon/collect/cpu.c \
	daemon/collect/cpu.h \
	daemon/collect/device.c \
	daemon/collect/device.h \
	daemon/collect/devicetree.c \
	daemon/collect/devicetree.h \
	daemon/collect/group.c \
	daemon/collect/group.h \
	daemon/collect/host.c \
	daemon/collect/host.h \
	daemon/collect/interrupts.c \
	daemon/collect/interrupts.h \
	daemon/collect/iommu_unit.c \
	daemon/collect/iommu_unit.h \
	daemon/collect/ivrs.c \
	daemon/collect/ivrs.h \
	daemon/collect/kernel.c \
	daemon/collect/kernel.h \
	daemon/collect/kernel_log.c \
	daemon/collect/kernel_log.h \
	daemon/collect/kernel_log_source.c \
	daemon/collect/kernel_log_source.h \
	daemon/collect/kvm.c \
	daemon/collect/kvm.h \
	daemon/collect/other_device.c \
	daemon/collect/other_device.h \
	daemon/collect/pci_config.c \
	daemon/collect/pci_config.h \
	daemon/collect/pci_device.c \
	daemon/collect/pci_device.h \
	daemon/collect/pci_resource.c \
	daemon/collect/pci_resource.h \
	daemon/collect/reader.c \
	daemon/collect/reader.h \
	daemon/collect/reserved_regions.c \
	daemon/collect/reserved_regions.h \
	daemon/collect/scan.c \
	daemon/collect/scan.h \
	daemon/collect/serve.c \
	daemon/collect/serve.h \
	daemon/collect/smmu.c \
	daemon/collect/smmu.h \
	daemon/collect/sysroot.c \
	daemon/collect/sysroot.h \
	daemon/collect/sysroot_walk.c \
	daemon/collect/sysroot_walk.h \
	daemon/collect/vfio.c \
	daemon/collect/vfio.h \
	daemon/collect/vtd.c \
	daemon/collect/vtd.h \
	daemon/collect/windows.c \
	daemon/collect/windows.h \
	daemon/collect/wire.c \
	daemon/collect/wire.h

daemon_collect_iommufleet_collect_SOURCES = daemon/collect/main.c
daemon_collect_iommufleet_collect_LDADD = \
	daemon/collect/libcollect.a core/libcore.a $(CORE_LIBS) $(SYSTEMD_LIBS)
