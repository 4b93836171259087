# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The text of "info mtree".

core_libcore_a_SOURCES += \
	core/codec/mtree.h
