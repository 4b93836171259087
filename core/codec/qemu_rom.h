/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Option ROMs: QEMU makes them of RAM, and firmware maps them below 4 GiB for a while (QEMU
 * hw/pci/pci.c pci_add_option_rom). One stands for those of all devices, as they come to lie in one
 * window.
 */
#pragma once

#include "core/codec/qemu_reader.h"

/*
 * Adds the ROM of a -device, whose properties are resolved: none where it is switched off, or its
 * driver has none and it was given none. Outcomes of enum qemu_reader_outcome, -ENOMEM.
 */
int qemu_rom_add(struct qemu_reader *reader, const struct qemu_opts *device);

/* Adds that of a network card which is there without a -device. Same outcomes. */
int qemu_rom_add_default(struct qemu_reader *reader);
