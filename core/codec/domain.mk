# SPDX-License-Identifier: LGPL-2.1-or-later
#
# libvirt's domain XML.

core_libcore_a_SOURCES += \
	core/codec/domain_backing.c \
	core/codec/domain_backing.h \
	core/codec/domain_bar.c \
	core/codec/domain_bar.h \
	core/codec/domain_cpu.c \
	core/codec/domain_cpu.h \
	core/codec/domain_device.c \
	core/codec/domain_device.h \
	core/codec/domain_guard.c \
	core/codec/domain_guard.h \
	core/codec/domain_hostdev.c \
	core/codec/domain_hostdev.h \
	core/codec/domain_iommu.c \
	core/codec/domain_iommu.h \
	core/codec/domain_memory.c \
	core/codec/domain_memory.h \
	core/codec/domain_node.c \
	core/codec/domain_node.h \
	core/codec/domain_parse.c \
	core/codec/domain_parse.h \
	core/codec/domain_platform.c \
	core/codec/domain_platform.h \
	core/codec/domain_value.c \
	core/codec/domain_value.h \
	core/codec/domain_xml.c \
	core/codec/domain_xml.h \
	core/codec/domain_xml_policy.c
