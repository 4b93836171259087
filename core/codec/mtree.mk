# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The text of "info mtree".

core_libcore_a_SOURCES += \
	core/codec/mtree.c \
	core/codec/mtree.h \
	core/codec/mtree_line.c \
	core/codec/mtree_line.h
