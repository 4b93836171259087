/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What one host tells its fleet of itself: a few hundred bytes of names, times and digests, signed
 * by the host (daemon/exchange/signed_record.h). Here are the payload as a value, and which names
 * it may hold. Times are microseconds since 1970 in UTC. Nothing here is a proof: a payload counts
 * once its signature has been verified.
 */
#pragma once

#include "core/model/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_SCHEMA "iommufleet-record-1"
/* The minor version that this program writes and reads in full. */
#define RECORD_MINOR 0U

enum record_collection {
	RECORD_COLLECTION_NEVER,   /* no facts yet */
	RECORD_COLLECTION_OK,	   /* the facts are those of the last try */
	RECORD_COLLECTION_PARTIAL, /* and some of them could not be read */
	RECORD_COLLECTION_FAILED,  /* the last try gave nothing; the facts are older */
	RECORD_COLLECTION_OTHER,   /* a word of a newer version */
	_RECORD_COLLECTION_MAX,
};

/* The word of a document for @collection, which is not RECORD_COLLECTION_OTHER. */
const char *record_collection_word(enum record_collection collection);

struct record_label {
	const char *name;
	const char *value;
};

struct record_class {
	uint32_t projection; /* the version of the projection */
	const char *digest;
};

/* Texts and arrays live as long as whoever made the record says. */
struct record {
	const char *fleet;
	const char *host;
	const char *host_id; /* 32 hexadecimal digits */
	const char *boot_id; /* a UUID, or NULL: not known */
	uint64_t sequence;
	uint64_t issued_us;
	uint64_t valid_until_us;
	uint64_t collected_us; /* 0: nobody knows, or never */
	enum record_collection collection;
	const char *facts; /* digests; NULL where nothing was ever collected */
	const char *map;
	uint32_t n_classes; /* sorted by projection; 0 where nothing was ever collected */
	uint32_t n_labels;  /* sorted by name */
	uint32_t n_endpoints;
	const struct record_class *classes;
	const struct record_label *labels;
	const char *const *endpoints; /* "https://NAME:PORT" */
	const char *software;	      /* the version of the program that wrote it */
	uint32_t rules;		      /* the version of its rules */
	uint32_t projection;	      /* that it computes first of all */
	bool newer; /* of a newer minor version: it may say more than is read here */
};

/* When something is valid, both ends included. */
struct record_span {
	uint64_t first_us;
	uint64_t last_us;
};

/*
 * True when the @n bytes at @name can name a fleet (one label) or a host (one or more labels with
 * dots between): lower-case letters, digits and inner minus signs, a label at most 63 letters long.
 */
bool record_is_fleet(const char *name, size_t n);
bool record_is_host(const char *name, size_t n);

/* What a label may be called: letters and digits as above, with . _ - / inside; 63 at most. */
bool record_is_label(const char *name, size_t n);

/*
 * True for "https://" with a host name, an IPv4 address or an IPv6 one in brackets, and a port or
 * none. A path, a user or a query has no place there: where others connect is all that it says.
 */
bool record_is_endpoint(const char *url, size_t n);
