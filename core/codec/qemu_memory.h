/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* -m, -numa, backends of memory, and the devices that are memory. */
#pragma once

#include "core/codec/qemu_reader.h"

/* Each takes the argument of its option. Outcomes of enum qemu_reader_outcome, -ENOMEM. */
int qemu_memory_take(struct qemu_reader *reader, const char *text);
int qemu_memory_take_path(struct qemu_reader *reader, const char *text);
int qemu_memory_take_node(struct qemu_reader *reader, const char *text);

/* Fills in RAM and what may be added to it, when all options are there. Same outcomes. */
int qemu_memory_finish(struct qemu_reader *reader);

/* Adds a -device of @model. Its properties are resolved. Same outcomes. */
int qemu_memory_add(struct qemu_reader *reader, const struct qemu_opts *device,
	enum machine_memory_model model);

/* The bytes of the backend that @device names with @key in @ret. Same outcomes. */
int qemu_memory_backend_size(
	struct qemu_reader *reader, const struct qemu_opts *device, const char *key, uint64_t *ret);
