/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An observer sees all hosts and every change. It watches first and lists then, in pages, so that
 * nothing falls between the two and no page has to be of the same revision as another. A watch that
 * is lost is taken up where it was; where etcd has dropped those changes (compaction), or is
 * another one or an older state of the same, everything is listed again. What is deleted stays
 * known here: only its own time ends a record.
 */
#include "core/cleanup.h"
#include "daemon/exchange/etcd/view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ETCD_LINE_BYTES ((size_t)8 << 20) /* of one message of a watch; etcd splits at 1.5 MB */
#define ETCD_SLICE	64U		  /* records that are verified in one turn */
/* etcd says every 10 minutes how far it is, if nothing happens. */
#define ETCD_SILENCE_US (25 * 60 * ETCD_SECOND_US)

CLEANUP_DEFINE(struct arena *, arena_free, etcd_observe_arena_freep);

/* ------------------------------------------------------------- the list */

/* Asks for the next page, or for the name of the next key alone. */
static void etcd_observe_list(struct etcd *etcd)
{
	struct etcd_observer *observer = &etcd->observer;
	char end_text[ETCD_KEY_LENGTH + 1];
	struct etcd_range range = {
		.first = { observer->after, observer->n_after },
		.end = etcd_key(etcd, "hosts", "", end_text),
		.limit = observer->skipping ? 1 : observer->page,
		.keys_only = observer->skipping,
	};
	struct etcd_body body;

	etcd_write_end(end_text, range.end.n);
	if (etcd_write_range(&range, &body) == 0)
		etcd_call_start(&observer->list, "kv/range", &body, ETCD_ANSWER_BYTES);
	else
		observer->listing = false;
}

static void etcd_observe_start_list(struct etcd *etcd)
{
	struct etcd_observer *observer = &etcd->observer;

	if (observer->listing)
		return;
	etcd->counts[ETCD_WORD_LISTED]++;
	observer->listing = true;
	observer->listed = observer->skipping = observer->again = false;
	observer->page = etcd->settings.page;
	observer->n_after = etcd_key(etcd, "hosts", "", observer->after).n;
	etcd_observe_list(etcd);
}

/* The next page begins behind @key. False: that is not behind this one's beginning. */
static bool etcd_observe_set_after(struct etcd_observer *observer, const struct etcd_bytes *key)
{
	size_t room = sizeof(observer->after) - 1;
	size_t n = key->n < room ? key->n : room;
	int order =
		memcmp(key->bytes, observer->after, n < observer->n_after ? n : observer->n_after);

	if (order < 0 || (order == 0 && key->n < observer->n_after))
		return false;
	memcpy(observer->after, key->bytes, n);
	observer->after[n] = '\0';
	observer->n_after = n + 1;
	if (n == key->n)
		return true;
	/* No key of a host is that long: what begins like this one is passed over. */
	while (n > 0 && (unsigned char)observer->after[n - 1] == 0xff)
		n--;
	observer->n_after = n;
	if (n > 0)
		observer->after[n - 1]++;
	return n > 0;
}

static void etcd_observe_end_list(struct etcd *etcd, bool whole)
{
	struct etcd_observer *observer = &etcd->observer;

	observer->listing = false;
	observer->listed = whole && !observer->again;
	observer->arena = arena_free(observer->arena);
	if (!whole && observer->watching) {
		(void)etcd_set_timer(observer->timer, etcd_back_off_us(observer->n_failures));
		observer->n_failures += observer->n_failures < 16;
	} else if (observer->again && observer->watching) {
		etcd_observe_start_list(etcd);
	}
	etcd_fetch_classes(etcd);
}

static void etcd_observe_end_page(struct etcd *etcd)
{
	struct etcd_observer *observer = &etcd->observer;
	const struct etcd_answer *answer = &observer->answer;

	if (!answer->more || answer->n_pairs == 0) {
		etcd_observe_end_list(etcd, true);
		return;
	}
	if (!etcd_observe_set_after(observer, &answer->pairs[answer->n_pairs - 1].key)) {
		etcd_tell(
			etcd, ETCD_WORD_MALFORMED, "", "a page of hosts does not follow the last");
		etcd_observe_end_list(etcd, false);
		return;
	}
	observer->arena = arena_free(observer->arena);
	observer->page =
		observer->page * 2 < etcd->settings.page ? observer->page * 2 : etcd->settings.page;
	etcd_observe_list(etcd);
}

/* A part of the page; others have their turn in between. */
static void etcd_observe_on_slice(evutil_socket_t fd, short what, void *data)
{
	struct etcd *etcd = data;
	struct etcd_observer *observer = &etcd->observer;

	(void)fd;
	(void)what;
	for (unsigned i = 0; i < ETCD_SLICE && observer->at < observer->answer.n_pairs; i++)
		(void)etcd_offer(etcd, &observer->answer.pairs[observer->at++]);
	if (observer->at < observer->answer.n_pairs)
		(void)etcd_set_timer(observer->slicer, 0);
	else
		etcd_observe_end_page(etcd);
}

/* The value behind the last page is larger than anything that is read. */
static void etcd_observe_skip(struct etcd *etcd, const struct etcd_answer *answer)
{
	struct etcd_observer *observer = &etcd->observer;
	const struct etcd_pair *pair = answer->pairs;

	observer->skipping = false;
	if (answer->n_pairs != 1 || !etcd_observe_set_after(observer, &pair->key)) {
		etcd_observe_end_list(etcd, answer->n_pairs == 0);
		return;
	}
	etcd_tell(etcd, ETCD_WORD_OVER_LIMIT, "", "what stands in etcd as %.120s is too large",
		pair->key.bytes);
	etcd_observe_list(etcd);
}

static void etcd_observe_on_page(struct etcd_call *call, const struct etcd_reply *reply)
{
	struct etcd *etcd = call->etcd;
	struct etcd_observer *observer = &etcd->observer;

	if (reply->kind == ETCD_REPLY_SIZE && !observer->skipping) {
		observer->skipping = observer->page == 1;
		observer->page = observer->page > 1 ? observer->page / 2 : 1;
		etcd_observe_list(etcd);
	} else if (reply->kind != ETCD_REPLY_DONE) {
		etcd_observe_end_list(etcd, false);
	} else if (observer->skipping) {
		etcd_observe_skip(etcd, reply->answer);
	} else {
		observer->arena = cleanup_take(*reply->arena);
		observer->answer = *reply->answer;
		observer->at = 0;
		(void)etcd_set_timer(observer->slicer, 0);
	}
}

/* ------------------------------------------------------------- the watch */

/* What was known of this etcd's changes is worth nothing: all is listed again. */
static void etcd_observe_forget(struct etcd_observer *observer)
{
	observer->revision = 0;
	observer->listed = false;
	observer->again = observer->listing;
}

static void etcd_observe_open(struct etcd *etcd)
{
	struct etcd_observer *observer = &etcd->observer;
	char first[ETCD_KEY_LENGTH + 1], end[ETCD_KEY_LENGTH + 1];
	struct etcd_range range = { .first = etcd_key(etcd, "hosts", "", first),
		.end = etcd_key(etcd, "hosts", "", end) };
	struct etcd_body body;

	etcd_write_end(end, range.end.n);
	observer->n_line = 0;
	if (etcd_write_watch(&range, observer->revision ? observer->revision + 1 : 0, &body) == 0)
		etcd_call_start(&observer->watch, "watch", &body, ETCD_SMALL_BYTES);
	else
		(void)etcd_set_timer(observer->timer, etcd_back_off_us(8));
}

static int etcd_observe_on_canceled(struct etcd *etcd, const struct etcd_answer *answer)
{
	struct etcd_observer *observer = &etcd->observer;

	if (answer->compacted > 0) {
		etcd_tell(etcd, ETCD_WORD_COMPACTED, "",
			"changes since %llu are compacted; everything is listed again",
			(unsigned long long)observer->revision);
		etcd_observe_forget(observer);
		observer->n_failures = 0;
	} else {
		/* Refused to the user, or to a token that died: which of them only the words say.
		 */
		etcd_tell(etcd, ETCD_WORD_DENIED, "", "the hosts cannot be watched: %.200s",
			answer->trouble ? answer->trouble : "no reason given");
		etcd_call_distrust(etcd, observer->watch.token_number);
	}
	return -1;
}

static int etcd_observe_on_created(struct etcd *etcd, const struct etcd_answer *answer)
{
	struct etcd_observer *observer = &etcd->observer;

	if (observer->revision > 0 &&
		(answer->cluster != observer->cluster || answer->revision < observer->revision)) {
		etcd_tell(etcd, ETCD_WORD_COMPACTED, "",
			"this etcd does not go on where it was; everything is listed again");
		etcd_observe_forget(observer);
		observer->n_failures = 0;
		return -1;
	}
	observer->watching = true;
	observer->n_failures = 0;
	etcd_call_note_answer(etcd);
	observer->cluster = answer->cluster;
	if (observer->revision == 0)
		observer->revision = answer->revision;
	if (!observer->listed)
		etcd_observe_start_list(etcd);
	return 0;
}

static void etcd_observe_on_events(struct etcd *etcd, const struct etcd_answer *answer)
{
	struct etcd_observer *observer = &etcd->observer;

	for (size_t i = 0; i < answer->n_pairs; i++) {
		if (answer->pairs[i].deleted)
			etcd->counts[ETCD_WORD_DELETED]++;
		else
			(void)etcd_offer(etcd, &answer->pairs[i]);
	}
	if (!answer->fragment)
		observer->revision = answer->n_pairs > 0
					     ? answer->pairs[answer->n_pairs - 1].revision
					     : answer->revision;
	if (answer->n_pairs > 0 && !observer->listing)
		etcd_fetch_classes(etcd);
}

static int etcd_observe_on_message(struct etcd *etcd, const struct etcd_answer *answer)
{
	struct etcd_observer *observer = &etcd->observer;
	int r = 0;

	if (answer->canceled)
		r = etcd_observe_on_canceled(etcd, answer);
	else if (answer->trouble)
		r = -1;
	else if (answer->created)
		r = etcd_observe_on_created(etcd, answer);
	else
		etcd_observe_on_events(etcd, answer);
	/* While neither is true, the timer is that of the next try to list. */
	if (r == 0 && (observer->listed || observer->listing))
		(void)etcd_set_timer(observer->timer, ETCD_SILENCE_US);
	return r;
}

static int etcd_observe_on_line(struct etcd *etcd, const char *line, size_t n)
{
	_cleanup_(etcd_observe_arena_freep) struct arena *arena = NULL;
	struct etcd_answer answer;
	struct refusal refusal;
	int r = arena_new(2 * ETCD_LINE_BYTES, &arena);

	if (r == 0)
		r = etcd_read_answer(line, n, arena, &answer, &refusal);
	if (r == ETCD_MESSAGE_DONE)
		return etcd_observe_on_message(etcd, &answer);
	if (r > 0)
		etcd_tell(etcd, ETCD_WORD_MALFORMED, "",
			"what the watch says is not etcd's: %.60s: %.100s", refusal.where,
			refusal.text);
	return -1;
}

/* Adds to the line that is being read. */
static int etcd_observe_collect(struct etcd *etcd, const char *bytes, size_t n)
{
	struct etcd_observer *observer = &etcd->observer;
	size_t allocated = observer->line_allocated ? observer->line_allocated : 4096;
	char *line;

	if (n > ETCD_LINE_BYTES - observer->n_line) {
		etcd_tell(etcd, ETCD_WORD_OVER_LIMIT, "",
			"a message of the watch is too large; everything is listed again");
		etcd_observe_forget(observer);
		return -1;
	}
	while (allocated < observer->n_line + n)
		allocated *= 2;
	if (allocated > observer->line_allocated) {
		line = realloc(observer->line, allocated);
		if (!line)
			return -1;
		observer->line = line;
		observer->line_allocated = allocated;
	}
	memcpy(observer->line + observer->n_line, bytes, n);
	observer->n_line += n;
	return 0;
}

static int etcd_observe_on_part(const char *bytes, size_t n, void *data)
{
	struct etcd_call *call = data;
	struct etcd_observer *observer = &call->etcd->observer;
	int r = 0;

	while (r == 0 && n > 0) {
		const char *newline = memchr(bytes, '\n', n);
		size_t n_part = newline ? (size_t)(newline - bytes) : n;

		r = etcd_observe_collect(call->etcd, bytes, n_part);
		if (r == 0 && newline && observer->n_line > 0)
			r = etcd_observe_on_line(call->etcd, observer->line, observer->n_line);
		if (newline)
			observer->n_line = 0;
		n_part += newline != NULL;
		bytes += n_part;
		n -= n_part;
	}
	return r;
}

/* A watch never ends well. */
static void etcd_observe_on_lost(struct etcd_call *call, const struct etcd_reply *reply)
{
	struct etcd_observer *observer = &call->etcd->observer;

	if (observer->watching)
		call->etcd->counts[ETCD_WORD_WATCH_LOST]++;
	/* One that is opened again at once is no trouble. */
	if (!observer->watching && reply->kind == ETCD_REPLY_GONE) {
		call->etcd->reached = false;
		(void)snprintf(call->etcd->trouble_text, sizeof(call->etcd->trouble_text), "%s",
			reply->reason);
	}
	observer->watching = false;
	(void)etcd_set_timer(observer->timer, etcd_back_off_us(observer->n_failures));
	observer->n_failures += observer->n_failures < 16;
}

static void etcd_observe_on_timer(evutil_socket_t fd, short what, void *data)
{
	struct etcd *etcd = data;
	struct etcd_observer *observer = &etcd->observer;

	(void)fd;
	(void)what;
	if (observer->watching && (observer->listed || observer->listing)) {
		/* Nothing for so long: whoever was there may have gone without a word. */
		etcd_call_cancel(&observer->watch);
		curl_loop_drop_connections(etcd->curl);
		etcd->counts[ETCD_WORD_WATCH_LOST]++;
		observer->watching = false;
	}
	if (observer->watch.state == ETCD_CALL_IDLE)
		etcd_observe_open(etcd);
	else if (observer->watching) {
		(void)etcd_set_timer(observer->timer, ETCD_SILENCE_US);
		etcd_observe_start_list(etcd);
	}
}

void etcd_observe_try(struct etcd *etcd)
{
	struct etcd_observer *observer = &etcd->observer;
	bool lost = observer->watch.state == ETCD_CALL_IDLE;

	/* Or the watch is there, and the list failed. */
	if (etcd->settings.observer &&
		(lost || (observer->watching && !observer->listed && !observer->listing)))
		(void)etcd_set_timer(observer->timer, 0);
}

/* ------------------------------------------------------------- the whole */

void etcd_list_again(struct etcd *etcd)
{
	struct etcd_observer *observer = &etcd->observer;

	for (unsigned i = 0; i < ETCD_ASKS; i++)
		etcd->asks[i].at_us = 0;
	observer->listed = false;
	observer->again = observer->listing;
	if (observer->watching)
		etcd_observe_start_list(etcd);
}

int etcd_observe_init(struct etcd *etcd)
{
	struct etcd_observer *observer = &etcd->observer;

	if (!etcd->settings.observer)
		return 0;
	observer->watch = (struct etcd_call){ .etcd = etcd,
		.replied = etcd_observe_on_lost,
		.part = etcd_observe_on_part,
		.patient = true };
	observer->list = (struct etcd_call){
		.etcd = etcd, .replied = etcd_observe_on_page, .patient = true
	};
	observer->timer = evtimer_new(etcd->settings.base, etcd_observe_on_timer, etcd);
	observer->slicer = evtimer_new(etcd->settings.base, etcd_observe_on_slice, etcd);
	if (!observer->timer || !observer->slicer || etcd_fetch_init(etcd) < 0)
		return -ENOMEM;
	etcd_observe_open(etcd);
	return 0;
}

void etcd_observe_done(struct etcd *etcd)
{
	struct etcd_observer *observer = &etcd->observer;

	if (!etcd->settings.observer)
		return;
	etcd_fetch_done(etcd);
	if (observer->watch.etcd) {
		etcd_call_cancel(&observer->watch);
		etcd_call_cancel(&observer->list);
	}
	if (observer->timer)
		event_free(observer->timer);
	if (observer->slicer)
		event_free(observer->slicer);
	free(observer->line);
	arena_free(observer->arena);
}
