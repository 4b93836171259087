/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What this host holds of its fleet: of each host the newest record that was proven, of each class
 * the document, by its digest. In memory is only what is asked often; the bytes are with the
 * keeper. What a transport receives it offers here, and what it sends it reads here; whoever the
 * bytes came from makes no difference. Class documents are in directory/class.h. Neither network
 * nor disk nor clock is touched: callers give the time, in microseconds since 1970.
 */
#pragma once

#include "daemon/exchange/directory/keeper.h"
#include "daemon/exchange/directory/member.h"
#include "daemon/exchange/signed_record.h"

#define DIRECTORY_BUCKETS     256U
#define DIRECTORY_CLASSES_DAY 8U /* new classes that one host may name in a day */
#define DIRECTORY_PEERS_MAX   2000U
#define DIRECTORY_WATCHES     8U

struct directory;

struct directory_settings {
	const char *host; /* this one; copied */
	size_t max_hosts; /* DIRECTORY_PEERS_MAX; 0: as many as there are */
	struct directory_keeper keeper;
};

/* An empty directory, which trusts nobody yet. -ENOMEM. The caller owns @ret. */
int directory_new(const struct directory_settings *settings, struct directory **ret);
struct directory *directory_free(struct directory *directory); /* accepts NULL, returns NULL */

/*
 * Takes in a host as it was kept (bytes are not looked at), or a class of which the document is
 * kept; after directory_set_trust(), hosts before classes, before the first offer. -EINVAL: it is
 * not what this directory would have kept. -ENOMEM.
 */
int directory_load_host(struct directory *directory, const struct kept_host *kept);
int directory_load_class(struct directory *directory, const char *digest);

/* ------------------------------------------------------------------- whom to trust */

/*
 * Has @trust (a reference is taken; NULL: nobody) decide from now on. What was verified under
 * another digest stays as it is until directory_verify_more() comes to it.
 */
void directory_set_trust(struct directory *directory, struct trust *trust);

/*
 * Verifies up to @most records again. A revoked certificate takes its record and what was known of
 * its sequence along; what is not proven for another reason stays, unproven. How many are left to
 * do, or negative errno.
 */
int directory_verify_more(struct directory *directory, size_t most, uint64_t now_us);

/* Marks what has expired by @now_us, drops tombstones that are over. When to call again. */
uint64_t directory_expire(struct directory *directory, uint64_t now_us);

/* ------------------------------------------------------------------- records */

enum directory_outcome {
	DIRECTORY_TAKEN, /* newer than what was held: pass it on */
	DIRECTORY_SAME,
	DIRECTORY_OLDER, /* what is held is newer: tell who sent it */
	DIRECTORY_E_REFUSED,
};

/* What a change is about; a set of bits. */
enum {
	DIRECTORY_NEW = 1,	 /* a host that was not held */
	DIRECTORY_RENEWED = 2,	 /* a newer record */
	DIRECTORY_CLASS = 4,	 /* with another class or map: push it at once */
	DIRECTORY_STANDING = 8,	 /* it expired, was proven, or is no longer */
	DIRECTORY_GONE = 16,	 /* revoked or forgotten: what is shown is what was */
	DIRECTORY_DOCUMENT = 32, /* the document of a class came: there is no member to show */
};

struct directory_result {
	char host[LIMIT_HOST_NAME + 1]; /* whose record it is; empty where nothing proves that */
	unsigned changes;		/* bits as above; 0 unless taken */
	const char *word;		/* of a counter: "accepted", "same", "older", "revoked" */
	struct refusal refusal;		/* set for DIRECTORY_E_REFUSED */
};

/* Offers the bytes of a signed record, from wherever. An outcome as above, or negative errno. */
int directory_offer(struct directory *directory, const struct signed_record_input *input,
	struct directory_result *ret);

/* True when the record of @host of @version would be taken, if it is proven: ask for it. */
bool directory_wants(const struct directory *directory, const char *host,
	const struct directory_version *version);

/* What is held of @host. False: nothing, or it was forgotten. */
bool directory_find(
	const struct directory *directory, const char *host, struct directory_member *ret);

/* The signed record of @host as received, to be freed with free(). -ENOENT, or other errno. */
int directory_read_record(
	const struct directory *directory, const char *host, char **ret, size_t *ret_n);

/* Forgets @host until its record would have expired; a newer one is taken. -ENOENT. */
int directory_forget(struct directory *directory, const char *host, uint64_t now_us);

/* Calls @each for all hosts, by name; it may not change the directory. False ends it. */
typedef bool (*directory_each)(const struct directory_member *member, void *data);
void directory_list(const struct directory *directory, directory_each each, void *data);
size_t directory_count(const struct directory *directory);

/*
 * Calls @each for the hosts that tell of a host id which another one tells of too, one id after the
 * other: machines that were copied with their identity. All stay held, each by its name. -ENOMEM.
 */
int directory_list_twins(const struct directory *directory, directory_each each, void *data);

/*
 * A bucket holds the current records of the hosts for which the first byte of the SHA-256 of their
 * name is its number. Its hash is the exclusive or of SHA-256(name, NUL, 8 bytes of the sequence
 * from the greatest, the 32 bytes of the payload's digest), so that it follows each change at once:
 * one host can change only what it adds itself.
 */
void directory_hash_bucket(
	const struct directory *directory, unsigned bucket, struct directory_digest *ret);
void directory_list_bucket(
	const struct directory *directory, unsigned bucket, directory_each each, void *data);

/* ------------------------------------------------------------------- changes, counters */

/* Has @changed told of every change; it may not change the directory. -ENOSPC: too many watch. */
typedef void (*directory_changed)(
	const struct directory_member *member, unsigned changes, void *data);
int directory_watch(struct directory *directory, directory_changed changed, void *data);

/* Calls @each for the word of each result, with how often an offer or a class came to it. */
typedef void (*directory_each_word)(const char *word, uint64_t count, void *data);
void directory_list_counters(
	const struct directory *directory, directory_each_word each, void *data);
