/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Displays and their like: the RAM that they have behind BARs. */
#pragma once

#include "core/codec/qemu_reader.h"

/* Each takes the argument of its option. Outcomes of enum qemu_reader_outcome, -ENOMEM. */
int qemu_display_take_vga(struct qemu_reader *reader, const char *text);

/* True for a driver that qemu_display_add() knows. */
bool qemu_display_is_known(const char *driver);

/* Adds the BARs of a -device, whose properties are resolved. Same outcomes. */
int qemu_display_add(struct qemu_reader *reader, const struct qemu_opts *device);

/* Adds the display that the board has without being told, or by -vga. Same outcomes. */
int qemu_display_add_default(struct qemu_reader *reader);
