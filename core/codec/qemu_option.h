/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of QEMU's command line (QEMU qemu-options.hx, of 2.0 to 11): what each takes. */
#pragma once

#include "core/codec/qemu_reader.h"

/*
 * Reads the option at items[*@at] and its argument, and moves *@at past them; a word that is no
 * option is a disk. Outcomes of enum qemu_reader_outcome, -ENOMEM.
 */
int qemu_option_take(struct qemu_reader *reader, const char *const *items, size_t n, size_t *at);
