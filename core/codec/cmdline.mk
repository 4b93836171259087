# SPDX-License-Identifier: LGPL-2.1-or-later
#
# QEMU's arguments.

core_libcore_a_SOURCES += \
	core/codec/qemu_cmdline.h
