/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* -machine, -accel, -cpu, -smp: what the board is, and who runs its CPUs. */
#pragma once

#include "core/codec/qemu_reader.h"

/* Each takes the argument of its option, or NULL. Outcomes of enum qemu_reader_outcome, -ENOMEM. */
int qemu_board_take(struct qemu_reader *reader, const char *text);
int qemu_board_take_accel(struct qemu_reader *reader, const char *text);
int qemu_board_take_enable_kvm(struct qemu_reader *reader, const char *text);
int qemu_board_take_no_kvm(struct qemu_reader *reader, const char *text);
int qemu_board_take_no_acpi(struct qemu_reader *reader, const char *text);
int qemu_board_take_bios(struct qemu_reader *reader, const char *text);
int qemu_board_take_smp(struct qemu_reader *reader, const char *text);

/* Fills in the machine when all options are there. Same outcomes. */
int qemu_board_finish(struct qemu_reader *reader);
