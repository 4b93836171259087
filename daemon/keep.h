/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the daemon knows, kept: between the state and the store. Without a store everything goes on
 * from memory; each trouble is said once, where it happens.
 */
#pragma once

#include "core/model/resident.h"
#include "daemon/config.h"
#include "daemon/log.h"
#include "daemon/state.h"

#include <jansson.h>

struct store;

struct keep {
	struct log *log;
	const char *host;    /* name of this host; borrowed */
	struct store *store; /* NULL: there is none that can be used */
	bool kept;	     /* it has what is known */
	bool fleet_refused;  /* it refused what other hosts told, which was said */
	uint64_t sound_us;   /* when it was last found to be sound, by the monotonic clock */
};

/* Opens the store that @config names, unless it is open; then only applies its limits. */
void keep_open(struct keep *keep, const struct config *config);

enum keep_check_outcome {
	KEEP_CHECK_DONE,
	KEEP_CHECK_E_BROKEN, /* the refusal says why; nothing is kept any more */
	KEEP_CHECK_E_LARGE,  /* it would take too long */
};

/*
 * Whether the store, of which there is one, is sound; @ret_us is when it was found to be, by the
 * monotonic clock. It is not looked at again before ten minutes have passed. Negative errno.
 */
int keep_check(struct keep *keep, uint64_t now_us, uint64_t *ret_us, struct refusal *refusal);

/* Takes what was saved last, if there is any, into @state, which is empty. */
void keep_load(struct keep *keep, const struct assume *assume, struct state *state);

void keep_save(struct keep *keep, const struct state *state);

/* Up to @limit periods of @host (NULL: this one), newest first, in @ret; of another host its facts
 * are not known. -ENODATA: there is no store. -ENOMEM. */
int keep_history(struct keep *keep, const char *host, uint64_t limit, json_t **ret);

/* A text of @n bytes. */
struct keep_text {
	const char *bytes;
	size_t n;
};

/* Keeps that @guest, described by @text, runs in the boot of @boot_id. */
void keep_put_guest(struct keep *keep, const char *boot_id, const struct resident *guest,
	const struct keep_text *text);

void keep_drop_guest(struct keep *keep, const char *name);

/* What described the guest of that name, to be freed with free(). -ENOENT: it is not kept. -ENOMEM.
 */
int keep_get_guest(struct keep *keep, const char *name, char **ret, size_t *ret_n);

/* Calls @each for the guests of @boot_id, and forgets those of other boots. */
void keep_guests(struct keep *keep, const char *boot_id,
	void (*each)(const struct resident *guest, void *data), void *data);

void keep_done(struct keep *keep);
