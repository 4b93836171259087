/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* -drive, -blockdev, -netdev and their like: what reaches a device of the host through them. */
#pragma once

#include "core/codec/qemu_reader.h"

/* Each takes the argument of its option. Outcomes of enum qemu_reader_outcome, -ENOMEM. */
int qemu_block_take_drive(struct qemu_reader *reader, const char *text);
int qemu_block_take_blockdev(struct qemu_reader *reader, const char *text);
int qemu_block_take_file(struct qemu_reader *reader, const char *text); /* -hda FILE */
int qemu_block_take_pflash(struct qemu_reader *reader, const char *text);
int qemu_block_take_netdev(struct qemu_reader *reader, const char *text);
int qemu_block_take_nic(struct qemu_reader *reader, const char *text);
int qemu_block_take_net(struct qemu_reader *reader, const char *text);
