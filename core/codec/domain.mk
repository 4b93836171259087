# SPDX-License-Identifier: LGPL-2.1-or-later
#
# libvirt's domain XML.

core_libcore_a_SOURCES += \
	core/codec/domain_xml.h
