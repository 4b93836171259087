/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/keep.h"

#include "core/cleanup.h"
#include "daemon/store/store.h"
#include "daemon/turn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KEEP_CHECK_US	 (UINT64_C(600) * 1000000)
#define KEEP_CHECK_BYTES (UINT64_C(32) << 20)

static void keep_say(struct keep *keep, const struct refusal *refusal)
{
	log_say(keep->log, LOG_WARNING, LOG_STORE_TROUBLE, "%s: %s", refusal->where, refusal->text);
}

static void keep_lose(struct keep *keep, const struct refusal *refusal)
{
	keep->kept = false;
	log_say(keep->log, LOG_WARNING, LOG_STORE_TROUBLE,
		"%s: %s; going on from memory, nothing is kept", refusal->where, refusal->text);
}

void keep_open(struct keep *keep, const struct config *config)
{
	struct store_settings settings = {
		.path = config->store_path,
		.max_bytes = config->store_max_bytes,
		.facts_per_host = config->store_facts_per_host,
		.history_days = config->store_history_days,
		.history_rows = config->store_history_rows,
	};
	struct refusal refusal;
	int r;

	if (keep->store) {
		store_set_limits(keep->store, &settings);
		return;
	}
	r = store_open(&settings, &keep->store, &refusal);
	if (r < 0)
		(void)refusal_set(&refusal, settings.path, "%s", strerror(-r));
	if (r != STORE_DONE)
		keep_lose(keep, &refusal);
	else
		keep->kept = true;
	/* Opening has looked at it. */
	keep->sound_us = turn_now_us();
}

int keep_check(struct keep *keep, uint64_t now_us, uint64_t *ret_us, struct refusal *refusal)
{
	int r = STORE_DONE;

	if (now_us - keep->sound_us >= KEEP_CHECK_US)
		r = store_verify(keep->store, KEEP_CHECK_BYTES, refusal);
	if (r < 0)
		return r;
	if (r == STORE_E_REFUSED) {
		keep_lose(keep, refusal);
		return KEEP_CHECK_E_BROKEN;
	}
	if (r == STORE_DONE && now_us - keep->sound_us >= KEEP_CHECK_US)
		keep->sound_us = now_us;
	*ret_us = keep->sound_us;
	return r == STORE_DONE ? KEEP_CHECK_DONE : KEEP_CHECK_E_LARGE;
}

static int keep_take(const struct keep *keep, const struct store_loaded *loaded,
	const struct assume *assume, struct state *state, struct refusal *refusal)
{
	struct state_document document = {
		.bytes = loaded->facts,
		.n = loaded->facts_bytes,
		.collected_us = loaded->collected_us,
		.woken = loaded->woken,
		.assume = assume,
	};
	int r = state_take(state, &document, refusal);

	/* The digest says whether the bytes are those that were kept. */
	if (r == STATE_DONE && strcmp(host_digests(state->host).facts, loaded->facts_digest) != 0) {
		state_done(state);
		return refusal_set(refusal, keep->host,
			"the stored facts do not have their digest and are not used");
	}
	return r;
}

void keep_load(struct keep *keep, const struct assume *assume, struct state *state)
{
	struct store_loaded loaded = { 0 };
	struct refusal refusal;
	int r = keep->store ? store_load(keep->store, keep->host, &loaded, &refusal)
			    : STORE_E_NOTHING;

	if (r == STORE_E_NOTHING)
		return;
	if (r == STORE_DONE)
		r = keep_take(keep, &loaded, assume, state, &refusal);
	store_loaded_done(&loaded);
	if (r < 0)
		(void)refusal_set(&refusal, keep->host, "%s", strerror(-r));
	if (r != 0)
		keep_say(keep, &refusal);
}

void keep_save(struct keep *keep, const struct state *state)
{
	_cleanup_(cleanup_freep) char *facts = NULL;
	struct host_digests digests = host_digests(state->host);
	const char *class_document = host_class_document(state->host);
	struct refusal refusal;
	size_t n;
	int r;

	if (!keep->store)
		return;
	r = state_dump(state, &facts, &n);
	if (r == 0)
		r = store_save(keep->store,
			&(struct store_snapshot){ .host = keep->host,
				.boot_id = state_boot(state),
				.woken = state->woken,
				.collected_us = state->collected_us,
				.facts_digest = digests.facts,
				.facts = facts,
				.facts_bytes = n,
				.class_digest = digests.class_,
				.class_document = class_document,
				.class_bytes = strlen(class_document) },
			&refusal);
	if (r < 0)
		(void)refusal_set(&refusal, keep->host, "%s", strerror(-r));
	if (r != 0)
		keep_lose(keep, &refusal);
	else
		keep->kept = true;
}

static void keep_add_period(const struct store_period *period, void *data)
{
	json_t **periods = data;
	json_t *row = json_pack(
		"{s:s, s:I}", "class", period->class_digest, "from", (json_int_t)period->from_us);

	if (row && ((period->to_us > 0 && json_object_set_new(row, "to",
						  json_integer((json_int_t)period->to_us)) < 0) ||
			   (*period->facts_digest &&
				   json_object_set_new(
					   row, "facts", json_string(period->facts_digest)) < 0))) {
		json_decref(row);
		row = NULL;
	}
	if (*periods && json_array_append_new(*periods, row) < 0) {
		json_decref(*periods);
		*periods = NULL;
	}
}

int keep_history(struct keep *keep, const char *host, uint64_t limit, json_t **ret)
{
	json_t *periods;
	struct refusal refusal;
	int r;

	if (!keep->store)
		return -ENODATA;
	periods = json_array();
	r = store_history(keep->store,
		&(struct store_query){ .host = host ? host : keep->host,
			.limit = limit,
			.each = keep_add_period,
			.data = &periods },
		&refusal);
	if (r == STORE_DONE && periods) {
		*ret = periods;
		return 0;
	}
	if (r != STORE_DONE)
		keep_say(keep, &refusal);
	json_decref(periods);
	return r != STORE_DONE ? -ENODATA : -ENOMEM;
}

void keep_put_guest(struct keep *keep, const char *boot_id, const struct resident *guest,
	const struct keep_text *text)
{
	struct store_guest stored = {
		.resident = guest, .boot_id = boot_id, .text = text->bytes, .n = text->n
	};
	struct refusal refusal;

	if (keep->store && store_put_guest(keep->store, &stored, &refusal) != STORE_DONE)
		keep_lose(keep, &refusal);
}

void keep_drop_guest(struct keep *keep, const char *name)
{
	struct refusal refusal;

	if (keep->store && store_drop_guest(keep->store, name, &refusal) != STORE_DONE)
		keep_lose(keep, &refusal);
}

int keep_get_guest(struct keep *keep, const char *name, char **ret, size_t *ret_n)
{
	struct refusal refusal;
	int r = keep->store ? store_get_guest(keep->store, name, ret, ret_n, &refusal)
			    : STORE_E_NOTHING;

	if (r == STORE_E_REFUSED)
		keep_say(keep, &refusal);
	return r > 0 ? -ENOENT : r;
}

void keep_guests(struct keep *keep, const char *boot_id,
	void (*each)(const struct resident *guest, void *data), void *data)
{
	struct store_residents query = { .boot_id = boot_id, .each = each, .data = data };
	struct refusal refusal;

	if (keep->store && store_guests(keep->store, &query, &refusal) != STORE_DONE)
		keep_say(keep, &refusal);
}

void keep_done(struct keep *keep)
{
	keep->store = store_close(keep->store);
}
