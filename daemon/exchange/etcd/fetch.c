/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Class documents for an observer: all that records name and nobody has brought yet, a few at a
 * time. What etcd does not have, or not as it should be, is asked for again after a while.
 */
#include "daemon/exchange/directory/class.h"
#include "daemon/exchange/etcd/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ETCD_FETCH_AGAIN_US (60 * ETCD_SECOND_US)

/* ------------------------------------------------------------- what is wanted */

struct etcd_fetch_search {
	struct etcd_observer *observer;
	uint64_t now_us;
	bool later; /* some wait for their time */
};

static bool etcd_fetch_on_wanted(const struct directory_class *class_, int32_t slot, void *data)
{
	struct etcd_fetch_search *search = data;
	struct etcd_observer *observer = search->observer;

	if ((size_t)slot >= observer->n_retry || observer->retry_us[slot] > search->now_us) {
		search->later = true;
		return true;
	}
	observer->wanted[observer->n_wanted++] = (struct etcd_wanted){ class_->digest, slot };
	return observer->n_wanted < ETCD_WANTED;
}

/* Has a place for each slot. Short of memory, those beyond wait. */
static void etcd_fetch_make_room(struct etcd_observer *observer, size_t n)
{
	uint64_t *retry_us;

	if (n <= observer->n_retry)
		return;
	n += n / 2 + 64;
	retry_us = realloc(observer->retry_us, n * sizeof(*retry_us));
	if (!retry_us)
		return;
	memset(retry_us + observer->n_retry, 0, (n - observer->n_retry) * sizeof(*retry_us));
	observer->retry_us = retry_us;
	observer->n_retry = n;
}

static void etcd_fetch_refill(struct etcd *etcd)
{
	struct etcd_observer *observer = &etcd->observer;
	struct etcd_fetch_search search = { observer, etcd_monotonic_us(), false };
	struct directory *directory = etcd->settings.directory;

	etcd_fetch_make_room(observer, directory_count_slots(directory));
	directory_list_wanted(directory, etcd_fetch_on_wanted, &search);
	if (search.later)
		(void)etcd_set_timer(observer->classes, etcd_jitter_us(ETCD_FETCH_AGAIN_US));
}

/* ------------------------------------------------------------- fetching */

static void etcd_fetch_next(struct etcd *etcd)
{
	struct etcd_observer *observer = &etcd->observer;

	for (unsigned i = 0; i < ETCD_CLASS_FETCHES && observer->n_wanted > 0; i++) {
		struct etcd_class_fetch *fetch = &observer->fetches[i];

		if (fetch->call.state != ETCD_CALL_IDLE)
			continue;
		fetch->wanted = observer->wanted[--observer->n_wanted];
		observer->n_fetches += etcd_get_class(&fetch->call, &fetch->wanted.digest);
	}
}

void etcd_fetch_classes(struct etcd *etcd)
{
	struct etcd_observer *observer = &etcd->observer;

	if (observer->n_wanted == 0 && observer->n_fetches == 0)
		etcd_fetch_refill(etcd);
	etcd_fetch_next(etcd);
}

static void etcd_fetch_on_reply(struct etcd_call *call, const struct etcd_reply *reply)
{
	struct etcd_class_fetch *fetch = (struct etcd_class_fetch *)call;
	struct etcd_observer *observer = &call->etcd->observer;
	char text[DIGEST_LENGTH + 1];
	bool good = false;

	observer->n_fetches--;
	if (reply->kind == ETCD_REPLY_DONE)
		good = etcd_put_class(call->etcd, &fetch->wanted.digest, reply->answer);
	if (reply->kind == ETCD_REPLY_SIZE) {
		directory_digest_format(&fetch->wanted.digest, text);
		etcd_tell(call->etcd, ETCD_WORD_OVER_LIMIT, text,
			"what stands in etcd as this class is too large");
	}
	/* Where etcd is away, the next fetch waits for it by itself. */
	if (!good && reply->kind != ETCD_REPLY_GONE &&
		(size_t)fetch->wanted.slot < observer->n_retry)
		observer->retry_us[fetch->wanted.slot] = etcd_monotonic_us() + ETCD_FETCH_AGAIN_US;
	etcd_fetch_classes(call->etcd);
}

static void etcd_fetch_on_timer(evutil_socket_t fd, short what, void *data)
{
	(void)fd;
	(void)what;
	etcd_fetch_classes(data);
}

int etcd_fetch_init(struct etcd *etcd)
{
	struct etcd_observer *observer = &etcd->observer;

	for (unsigned i = 0; i < ETCD_CLASS_FETCHES; i++)
		observer->fetches[i].call = (struct etcd_call){
			.etcd = etcd, .replied = etcd_fetch_on_reply, .patient = true
		};
	observer->classes = evtimer_new(etcd->settings.base, etcd_fetch_on_timer, etcd);
	return observer->classes ? 0 : -ENOMEM;
}

void etcd_fetch_done(struct etcd *etcd)
{
	struct etcd_observer *observer = &etcd->observer;

	for (unsigned i = 0; i < ETCD_CLASS_FETCHES && observer->classes; i++)
		etcd_call_cancel(&observer->fetches[i].call);
	if (observer->classes)
		event_free(observer->classes);
	free(observer->retry_us);
}
