/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* -object memory-backend-*: how much memory, and of what: QEMU aligns devices by it. */
#pragma once

#include "core/codec/qemu_reader.h"

struct qemu_backend {
	uint64_t size;	/* bytes */
	uint64_t align; /* align=: bytes; 0: none */
	enum machine_backing backing;
	uint64_t page_bytes; /* of MACHINE_BACKING_HUGE */
	/* Where the arguments leave open which pages it has: they are of no more than this. 0:
	 * known */
	uint64_t page_bytes_most;
};

/*
 * Reads the backend that @user names with @key. QEMU_READER_DONE; QEMU_READER_E_REFUSED when there
 * is none of that name or it has no size; -ENOMEM.
 */
int qemu_backend_read(struct qemu_reader *reader, const struct qemu_opts *user, const char *key,
	struct qemu_backend *ret);

/* The pages of the file @path, in backing, page_bytes and page_bytes_most of @ret. */
void qemu_backend_read_path(const char *path, struct qemu_backend *ret);
