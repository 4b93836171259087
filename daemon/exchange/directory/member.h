/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a directory shows of one host and of one class: values whose pointers live until the
 * directory changes or the callback returns, whichever is first.
 */
#pragma once

#include "core/codec/digest.h"
#include "core/model/record.h"

struct directory_digest {
	unsigned char bytes[32];
};

/* The 64 digits of @digest and a NUL. */
void directory_digest_format(const struct directory_digest *digest, char ret[DIGEST_LENGTH + 1]);

/* Reads the @n bytes at @text: 64 lower-case hexadecimal digits. False: they are not. */
bool directory_digest_parse(const char *text, size_t n, struct directory_digest *ret);

/* Which record of a host it is: see record_time_compare(). */
struct directory_version {
	uint64_t sequence;
	struct directory_digest digest; /* of the payload */
};

/* How far what is held of a host can be relied on. */
enum directory_standing {
	DIRECTORY_CURRENT,
	DIRECTORY_EXPIRED,  /* valid-until has passed: it is kept, shown, and not passed on */
	DIRECTORY_UNPROVEN, /* what is trusted now does not prove it, or nothing is trusted */
};

struct directory_class_name {
	uint32_t projection;
	int32_t slot; /* of directory_get_class() */
};

struct directory_member {
	const char *host;
	struct directory_version version;
	enum directory_standing standing;
	bool contradicted;     /* a second payload of one sequence was seen: two use one key */
	uint64_t collected_us; /* 0: nobody knows, or never */
	uint64_t valid_until_us;
	enum record_collection collection;
	unsigned char host_id[16];
	const struct directory_digest *facts; /* NULL: nothing was ever collected */
	const struct directory_digest *map;
	unsigned n_classes; /* sorted by projection */
	struct directory_class_name classes[LIMIT_PROJECTIONS];
	unsigned n_labels;
	const char *labels; /* name, NUL, value, NUL, and so on, sorted by name */
	unsigned n_endpoints;
	const char *endpoints; /* "https://NAME:PORT", NUL, and so on */
};

struct directory_class {
	struct directory_digest digest;
	uint32_t projection;
	uint32_t n_members; /* that name it */
	bool held;	    /* its document is here */
};
