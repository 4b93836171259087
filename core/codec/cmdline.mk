# SPDX-License-Identifier: LGPL-2.1-or-later
#
# QEMU's arguments.

core_libcore_a_SOURCES += \
	core/codec/qemu_backend.c \
	core/codec/qemu_backend.h \
	core/codec/qemu_block.c \
	core/codec/qemu_block.h \
	core/codec/qemu_board.c \
	core/codec/qemu_board.h \
	core/codec/qemu_cmdline.c \
	core/codec/qemu_cmdline.h \
	core/codec/qemu_cpu.c \
	core/codec/qemu_cpu.h \
	core/codec/qemu_device.c \
	core/codec/qemu_device.h \
	core/codec/qemu_display.c \
	core/codec/qemu_display.h \
	core/codec/qemu_driver.c \
	core/codec/qemu_driver.h \
	core/codec/qemu_memory.c \
	core/codec/qemu_memory.h \
	core/codec/qemu_option.c \
	core/codec/qemu_option.h \
	core/codec/qemu_opts.c \
	core/codec/qemu_opts.h \
	core/codec/qemu_program.c \
	core/codec/qemu_program.h \
	core/codec/qemu_reader.c \
	core/codec/qemu_reader.h \
	core/codec/qemu_rom.c \
	core/codec/qemu_rom.h \
	core/codec/qemu_text.c \
	core/codec/qemu_text.h \
	core/codec/qemu_vfio.c \
	core/codec/qemu_vfio.h \
	core/codec/qemu_viommu.c \
	core/codec/qemu_viommu.h \
	core/codec/qemu_words.c \
	core/codec/qemu_words.h
