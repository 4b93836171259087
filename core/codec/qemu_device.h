/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* -device, -object, -global, -set: each handed to who knows its driver, or named as opaque. */
#pragma once

#include "core/codec/qemu_reader.h"

/* Each takes the argument of its option. Outcomes of enum qemu_reader_outcome, -ENOMEM. */
int qemu_device_take(struct qemu_reader *reader, const char *text);
int qemu_device_take_object(struct qemu_reader *reader, const char *text);
int qemu_device_take_global(struct qemu_reader *reader, const char *text);
int qemu_device_take_set(struct qemu_reader *reader, const char *text);

/* Adds all devices to the machine, whose board and RAM are read. Same outcomes. */
int qemu_device_finish(struct qemu_reader *reader);
