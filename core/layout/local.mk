# SPDX-License-Identifier: LGPL-2.1-or-later
#
# From a machine to its map.

core_libcore_a_SOURCES += \
	core/layout/arm_virt.c \
	core/layout/arm_virt.h \
	core/layout/bar_window.c \
	core/layout/bar_window.h \
	core/layout/carry.c \
	core/layout/carry.h \
	core/layout/layout.c \
	core/layout/layout.h \
	core/layout/machine_type.c \
	core/layout/machine_type.h \
	core/layout/memory_device.c \
	core/layout/memory_device.h \
	core/layout/memory_size.c \
	core/layout/memory_size.h \
	core/layout/microvm.c \
	core/layout/microvm.h \
	core/layout/place.c \
	core/layout/place.h \
	core/layout/plan.c \
	core/layout/plan.h \
	core/layout/vcpu.c \
	core/layout/vcpu.h \
	core/layout/viommu_default.c \
	core/layout/viommu_default.h \
	core/layout/viommu_refuse.c \
	core/layout/viommu_refuse.h \
	core/layout/x86.c \
	core/layout/x86.h \
	core/layout/x86_fixed.c \
	core/layout/x86_fixed.h
