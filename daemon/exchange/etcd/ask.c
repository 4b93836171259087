/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading on demand: the record of one host, then the class that it names and nobody has brought
 * yet. Whoever asks about a host that is being asked about waits for the same answer; for a few
 * seconds nobody asks again. A table holds both, so that what questions can cost is bounded.
 */
#include "daemon/exchange/directory/class.h"
#include "daemon/exchange/etcd/view.h"

#include <stdio.h>
#include <string.h>

#define ETCD_ASK_FRESH_US (10 * ETCD_SECOND_US)
#define ETCD_ASK_SORRY_US ETCD_SECOND_US /* the same, where the answer was no help */

static void etcd_ask_end(struct etcd_ask_entry *entry, enum etcd_known known)
{
	struct etcd *etcd = entry->call.etcd;

	entry->running = false;
	entry->known = known;
	entry->at_us = etcd_monotonic_us();
	for (unsigned i = 0; i < ETCD_WAITERS; i++) {
		struct etcd_waiter waiter = etcd->waiters[i];

		/* Whoever is told may ask again; the place is free then. */
		if (waiter.entry != entry)
			continue;
		etcd->waiters[i] = (struct etcd_waiter){ 0 };
		waiter.asked(known, waiter.data);
	}
}

/* ------------------------------------------------------------- classes */

struct etcd_ask_search {
	const struct directory_member *member;
	struct directory_digest *ret;
	bool found;
};

static bool etcd_ask_on_wanted(const struct directory_class *class_, int32_t slot, void *data)
{
	struct etcd_ask_search *search = data;

	for (unsigned i = 0; i < search->member->n_classes; i++) {
		if (search->member->classes[i].slot == slot) {
			*search->ret = class_->digest;
			search->found = true;
		}
	}
	return !search->found;
}

/* Asks for the class of the host if it is not held. False: there is nothing to ask for. */
static bool etcd_ask_for_class(struct etcd_ask_entry *entry)
{
	struct directory *directory = entry->call.etcd->settings.directory;
	struct directory_member member;
	struct etcd_ask_search search = { .member = &member, .ret = &entry->class_ };

	if (entry->n_classes == LIMIT_PROJECTIONS ||
		!directory_find(directory, entry->host, &member))
		return false;
	directory_list_wanted(directory, etcd_ask_on_wanted, &search);
	entry->n_classes++;
	return search.found && etcd_get_class(&entry->call, &entry->class_);
}

/* ------------------------------------------------------------- records */

static void etcd_ask_on_record(struct etcd_ask_entry *entry, const struct etcd_answer *answer)
{
	if (answer->n_pairs != 1) {
		etcd_ask_end(entry, ETCD_KNOWN_ABSENT);
		return;
	}
	if (!etcd_offer(entry->call.etcd, answer->pairs))
		etcd_ask_end(entry, ETCD_KNOWN_REFUSED);
	else if (!etcd_ask_for_class(entry))
		etcd_ask_end(entry, ETCD_KNOWN_FRESH);
}

static void etcd_ask_on_reply(struct etcd_call *call, const struct etcd_reply *reply)
{
	struct etcd_ask_entry *entry =
		(struct etcd_ask_entry *)((char *)call - offsetof(struct etcd_ask_entry, call));
	bool of_class = entry->n_classes > 0;

	switch (reply->kind) {
	case ETCD_REPLY_DONE:
		if (!of_class)
			etcd_ask_on_record(entry, reply->answer);
		else if (!etcd_put_class(call->etcd, &entry->class_, reply->answer) ||
			 !etcd_ask_for_class(entry))
			etcd_ask_end(entry, ETCD_KNOWN_FRESH);
		return;
	case ETCD_REPLY_SIZE:
		etcd_tell(call->etcd, ETCD_WORD_OVER_LIMIT, entry->host,
			"what stands in etcd as its %s is too large",
			of_class ? "class" : "record");
		etcd_ask_end(entry, of_class ? ETCD_KNOWN_FRESH : ETCD_KNOWN_REFUSED);
		return;
	case ETCD_REPLY_GONE:
	case ETCD_REPLY_DENIED:
	case ETCD_REPLY_REFUSED:
		etcd_ask_end(entry, ETCD_KNOWN_GONE);
		return;
	}
}

static bool etcd_ask_start(struct etcd_ask_entry *entry, const char *host)
{
	char key[ETCD_KEY_LENGTH + 1];
	struct etcd_range range = { 0 };
	struct etcd_body body;

	(void)snprintf(entry->host, sizeof(entry->host), "%s", host);
	entry->n_classes = 0;
	entry->at_us = 0;
	range.first = etcd_key(entry->call.etcd, "hosts", entry->host, key);
	if (etcd_write_range(&range, &body) < 0)
		return false;
	entry->running = true;
	etcd_call_start(&entry->call, "kv/range", &body, ETCD_RECORD_ANSWER);
	return true;
}

/* ------------------------------------------------------------- questions */

/* The entry of @host, or else the one that was not used for longest; NULL: all are at work. */
static struct etcd_ask_entry *etcd_ask_find(struct etcd *etcd, const char *host)
{
	struct etcd_ask_entry *oldest = NULL;

	for (unsigned i = 0; i < ETCD_ASKS; i++) {
		struct etcd_ask_entry *entry = &etcd->asks[i];

		if (strcmp(entry->host, host) == 0)
			return entry;
		if (!entry->running && (!oldest || entry->at_us < oldest->at_us))
			oldest = entry;
	}
	return oldest;
}

/* A free place, as long as @caller has not too many. */
static struct etcd_waiter *etcd_ask_find_place(struct etcd *etcd, uint64_t caller)
{
	struct etcd_waiter *place = NULL;
	unsigned n = 0;

	for (unsigned i = 0; i < ETCD_WAITERS; i++) {
		if (!etcd->waiters[i].entry)
			place = &etcd->waiters[i];
		else
			n += etcd->waiters[i].caller == caller;
	}
	return n < ETCD_WAITERS_EACH ? place : NULL;
}

static bool etcd_ask_is_fresh(const struct etcd_ask_entry *entry)
{
	uint64_t us = entry->known == ETCD_KNOWN_FRESH ? ETCD_ASK_FRESH_US : ETCD_ASK_SORRY_US;

	return entry->at_us > 0 && etcd_monotonic_us() - entry->at_us < us;
}

int etcd_ask(struct etcd *etcd, const struct etcd_question *question, enum etcd_known *ret)
{
	struct etcd_ask_entry *entry;
	struct etcd_waiter *place;
	bool known;

	if (!record_is_host(question->host, strlen(question->host))) {
		*ret = ETCD_KNOWN_ABSENT;
		return ETCD_ASK_KNOWN;
	}
	if (etcd->observer.listed && etcd->observer.watching) {
		*ret = ETCD_KNOWN_FRESH;
		return ETCD_ASK_KNOWN;
	}
	entry = etcd_ask_find(etcd, question->host);
	known = entry && strcmp(entry->host, question->host) == 0;
	if (known && !entry->running && etcd_ask_is_fresh(entry)) {
		*ret = entry->known;
		return ETCD_ASK_KNOWN;
	}
	place = etcd_ask_find_place(etcd, question->caller);
	if (!entry || !place)
		return ETCD_ASK_E_BUSY;
	if (!entry->running && !etcd_ask_start(entry, question->host))
		return ETCD_ASK_E_BUSY;
	*place = (struct etcd_waiter){ entry, question->caller, question->asked, question->data };
	return ETCD_ASK_WAIT;
}

void etcd_unask(struct etcd *etcd, const void *data)
{
	for (unsigned i = 0; i < ETCD_WAITERS; i++) {
		if (etcd->waiters[i].entry && etcd->waiters[i].data == data)
			etcd->waiters[i] = (struct etcd_waiter){ 0 };
	}
}

void etcd_ask_init(struct etcd *etcd)
{
	for (unsigned i = 0; i < ETCD_ASKS; i++)
		etcd->asks[i].call =
			(struct etcd_call){ .etcd = etcd, .replied = etcd_ask_on_reply };
}

void etcd_ask_done(struct etcd *etcd)
{
	for (unsigned i = 0; i < ETCD_ASKS; i++)
		etcd_call_cancel(&etcd->asks[i].call);
}
