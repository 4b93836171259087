/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Files of the host turned into facts, one small file a fact. What cannot be read becomes an
 * unknown fact with its reason. Memory is the one fault: it is noted in reader.fault, and who began
 * the collection looks there at its end, so that the hundreds of reads in between stay one line
 * each.
 */
#pragma once

#include "core/model/facts.h"
#include "daemon/collect/scan.h"
#include "daemon/collect/sysroot.h"

#define READER_SCRATCH_BYTES 8192U

struct reader {
	const struct sysroot *root;
	struct arena *arena;
	int fault; /* 0, or -ENOMEM */
	char scratch[READER_SCRATCH_BYTES];
};

/* As arena_array(), noting the fault. */
void *reader_alloc(struct reader *reader, size_t n, size_t size);

/*
 * The bytes of a file of at most READER_SCRATCH_BYTES in @ret, which stay until the next call. An
 * enum sysroot_outcome.
 */
int reader_file(struct reader *reader, struct sysroot_at at, struct scan *ret);

/* As reader_file(), but the beginning is enough: a longer file is not over the limit. */
int reader_head(struct reader *reader, struct sysroot_at at, struct scan *ret);

/*
 * The bytes of a file of at most @cap, in memory that the caller frees in any case. An enum
 * sysroot_outcome, over the limit when memory is short.
 */
int reader_large(
	struct reader *reader, struct sysroot_at at, size_t cap, char **ret_bytes, size_t *ret_n);

/* @text as a fact: unknown when it is empty, too long or not printable. Copied. */
struct fact_text reader_name(struct reader *reader, struct scan text);

/* Each reads one file; @absent is the fact when there is none. Numbers above @most are malformed.
 */
struct fact_number reader_hex(
	struct reader *reader, struct sysroot_at at, uint64_t most, struct fact absent);
struct fact_number reader_decimal(
	struct reader *reader, struct sysroot_at at, uint64_t most, struct fact absent);
/* "Y", "N", "1" or "0". */
struct fact_number reader_flag(struct reader *reader, struct sysroot_at at, struct fact absent);
struct fact_text reader_line(struct reader *reader, struct sysroot_at at, struct fact absent);
/* The words of the first line. */
struct fact_texts reader_words(struct reader *reader, struct sysroot_at at, struct fact absent);
/* The last component of what a link points to. */
struct fact_text reader_link(struct reader *reader, struct sysroot_at at, struct fact absent);
/* The same as a decimal number. */
struct fact_number reader_link_number(
	struct reader *reader, struct sysroot_at at, uint64_t most, struct fact absent);
