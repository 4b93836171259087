# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What QEMU itself says: the text of "info mtree", and its monitor.

core_libcore_a_SOURCES += \
	core/codec/mtree.c \
	core/codec/mtree.h \
	core/codec/mtree_device.c \
	core/codec/mtree_device.h \
	core/codec/mtree_line.c \
	core/codec/mtree_line.h \
	core/codec/qmp_guest.c \
	core/codec/qmp_guest.h \
	core/codec/qmp_guest_make.c \
	core/codec/qmp_guest_object.c \
	core/codec/qmp_message.c \
	core/codec/qmp_message.h \
	core/codec/qmp_talk.c \
	core/codec/qmp_talk.h
