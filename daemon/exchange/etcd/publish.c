/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * This host's record on its way: for each class a look whether it stands there as it should, and
 * else a transaction that creates it; then a lease, then the record. One call at a time; each
 * answer leads to the next. A lease is kept alive by each new record, so that one write is all that
 * a renewal costs; it ends with the record's own validity, if no new one comes.
 */
#include "core/cleanup.h"
#include "daemon/exchange/directory/class.h"
#include "daemon/exchange/etcd/view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ETCD_CLASS_ATTEMPTS 4U
#define ETCD_LEASE_MORE_S   5U	/* a lease is that much longer than the record is valid */
#define ETCD_LEASE_SLACK_S  60U /* and at most that much, to be kept for the next record */

static void etcd_publish_go_on(struct etcd *etcd);

static void etcd_publish_drop(struct etcd_publication *publication)
{
	free(publication->record);
	for (unsigned i = 0; i < publication->n_classes; i++)
		free(publication->classes[i].bytes);
	*publication = (struct etcd_publication){ 0 };
}

static void etcd_publish_later(struct etcd *etcd, const char *reason)
{
	struct etcd_publisher *publisher = &etcd->publisher;

	etcd_tell(etcd, ETCD_WORD_REFUSED, "", "this host's record cannot be published now: %.200s",
		reason);
	publisher->at = publisher->n_attempts = 0;
	(void)etcd_set_timer(publisher->timer, etcd_back_off_us(publisher->n_failures));
	publisher->n_failures += publisher->n_failures < 16;
}

/* Sends what was written, unless that failed. */
static void etcd_publish_send(
	struct etcd *etcd, int written, const char *path, struct etcd_body *body)
{
	size_t most = ETCD_SMALL_BYTES;

	if (written < 0) {
		etcd_publish_later(etcd, strerror(-written));
		return;
	}
	if (strcmp(path, "kv/range") == 0)
		most = ETCD_CLASS_ANSWER;
	else if (strcmp(path, "kv/put") == 0)
		most = ETCD_RECORD_ANSWER;
	etcd_call_start(&etcd->publisher.call, path, body, most);
}

/* ------------------------------------------------------------- classes */

static struct etcd_seen *etcd_publish_find(struct etcd_publisher *publisher, const char *digest)
{
	for (unsigned i = 0; i < publisher->n_seen; i++) {
		if (strcmp(publisher->seen[i].digest, digest) == 0)
			return &publisher->seen[i];
	}
	return NULL;
}

/* The bytes of that class stand at @revision; 0: no longer. */
static void etcd_publish_note(struct etcd_publisher *publisher, uint64_t revision)
{
	const char *digest = publisher->next.classes[publisher->at].digest;
	struct etcd_seen *seen = etcd_publish_find(publisher, digest);

	if (!seen) {
		/* A host names few classes; when they change, the oldest is forgotten. */
		seen = &publisher->seen[publisher->n_seen % LIMIT_PROJECTIONS];
		publisher->n_seen += publisher->n_seen < LIMIT_PROJECTIONS;
	}
	(void)snprintf(seen->digest, sizeof(seen->digest), "%s", digest);
	seen->revision = revision;
}

static void etcd_publish_look(struct etcd *etcd)
{
	struct etcd_publisher *publisher = &etcd->publisher;
	const char *digest = publisher->next.classes[publisher->at].digest;
	const struct etcd_seen *seen = etcd_publish_find(publisher, digest);
	char key[ETCD_KEY_LENGTH + 1];
	struct etcd_range range = { .keys_only = seen && seen->revision > 0 };
	struct etcd_body body;

	range.first = etcd_key(etcd, "classes", digest, key);
	if (publisher->n_attempts++ == ETCD_CLASS_ATTEMPTS)
		etcd_publish_later(etcd, "a class does not stay as it was written");
	else
		etcd_publish_send(etcd, etcd_write_range(&range, &body), "kv/range", &body);
}

static void etcd_publish_write_class(struct etcd *etcd, bool repair)
{
	struct etcd_publisher *publisher = &etcd->publisher;
	const struct etcd_class *class_ = &publisher->next.classes[publisher->at];
	struct etcd_bytes value = { class_->bytes, class_->n };
	char key_text[ETCD_KEY_LENGTH + 1];
	struct etcd_bytes key = etcd_key(etcd, "classes", class_->digest, key_text);
	struct etcd_body body;
	int r;

	if (repair) {
		etcd_tell(etcd, ETCD_WORD_CLASS_REPAIRED, class_->digest,
			"something else stood in etcd as this class; writing it again");
		/* Not what was there: it may be too large to be answered. */
		r = etcd_write_put(&key, &value, 0, false, &body);
	} else {
		r = etcd_write_create(&key, &value, &body);
	}
	etcd_publish_send(etcd, r, repair ? "kv/put" : "kv/txn", &body);
}

static void etcd_publish_next_class(struct etcd_publisher *publisher)
{
	publisher->at++;
	publisher->n_attempts = 0;
	etcd_publish_go_on(publisher->call.etcd);
}

/* What stands there, or only its revision. */
static void etcd_publish_on_look(struct etcd *etcd, const struct etcd_answer *answer)
{
	struct etcd_publisher *publisher = &etcd->publisher;
	const struct etcd_class *class_ = &publisher->next.classes[publisher->at];
	const struct etcd_seen *seen = etcd_publish_find(publisher, class_->digest);
	const struct etcd_pair *pair = answer->n_pairs == 1 ? answer->pairs : NULL;

	if (!pair) {
		etcd_publish_write_class(etcd, false);
	} else if (seen && seen->revision > 0) {
		if (pair->revision == seen->revision) {
			etcd_publish_next_class(publisher);
			return;
		}
		/* Somebody wrote it since: the next look is at its bytes. */
		etcd_publish_note(publisher, 0);
		etcd_publish_look(etcd);
	} else if (pair->value.n == class_->n &&
		   memcmp(pair->value.bytes, class_->bytes, class_->n) == 0) {
		etcd_publish_note(publisher, pair->revision);
		etcd_publish_next_class(publisher);
	} else {
		etcd_publish_write_class(etcd, true);
	}
}

/* ------------------------------------------------------------- the record */

static void etcd_publish_on_put(struct etcd *etcd, const struct etcd_answer *answer)
{
	struct etcd_publisher *publisher = &etcd->publisher;
	struct etcd_pair before = answer->before;
	char key[ETCD_KEY_LENGTH + 1];

	publisher->n_failures = 0;
	publisher->published = true;
	publisher->revision = answer->revision;
	etcd->counts[ETCD_WORD_PUBLISHED]++;
	if (answer->has_before && before.value.n > 0) {
		/* Mostly our own last one. If another machine uses this name, the directory learns
		 * of it like this. */
		before.key = etcd_key(etcd, "hosts", etcd->settings.host, key);
		(void)etcd_offer(etcd, &before);
	}
	etcd_publish_drop(&publisher->next);
	if (!publisher->due)
		(void)etcd_set_timer(publisher->timer, etcd_jitter_us(etcd->settings.check_us));
}

static uint64_t etcd_publish_seconds(const struct etcd *etcd)
{
	uint64_t now_us = etcd->settings.now_us(etcd->settings.data);
	uint64_t end_us = etcd->publisher.next.valid_until_us;

	return end_us > now_us ? (end_us - now_us + ETCD_SECOND_US - 1) / ETCD_SECOND_US : 0;
}

static void etcd_publish_renew(struct etcd *etcd)
{
	struct etcd_publisher *publisher = &etcd->publisher;
	uint64_t needed_s = etcd_publish_seconds(etcd);
	struct etcd_body body;
	int r;

	if (needed_s == 0) {
		/* It has expired on its way; the next one will come. */
		etcd_publish_drop(&publisher->next);
		return;
	}
	if (publisher->lease_s < needed_s || publisher->lease_s > needed_s + ETCD_LEASE_SLACK_S)
		publisher->lease = 0;
	if (publisher->lease > 0) {
		r = etcd_write_keepalive(publisher->lease, &body);
		etcd_publish_send(etcd, r, "lease/keepalive", &body);
		return;
	}
	publisher->lease_s = needed_s + ETCD_LEASE_MORE_S;
	r = etcd_write_grant(publisher->lease_s, &body);
	etcd_publish_send(etcd, r, "lease/grant", &body);
}

static void etcd_publish_on_lease(struct etcd *etcd, const struct etcd_answer *answer, bool granted)
{
	struct etcd_publisher *publisher = &etcd->publisher;
	struct etcd_bytes value = { publisher->next.record, publisher->next.n };
	char key_text[ETCD_KEY_LENGTH + 1];
	struct etcd_bytes key;
	struct etcd_body body;
	int r;

	if (granted)
		publisher->lease = answer->lease;
	if (answer->seconds == 0 || publisher->lease == 0) {
		/* It is over; one that was just granted is none. */
		publisher->lease = 0;
		if (granted)
			etcd_publish_later(etcd, "etcd grants no lease");
		else
			etcd_publish_renew(etcd);
		return;
	}
	key = etcd_key(etcd, "hosts", etcd->settings.host, key_text);
	r = etcd_write_put(&key, &value, publisher->lease, true, &body);
	etcd_publish_send(etcd, r, "kv/put", &body);
}

/* ------------------------------------------------------------- one after the other */

static void etcd_publish_go_on(struct etcd *etcd)
{
	struct etcd_publisher *publisher = &etcd->publisher;

	if (!publisher->next.record)
		return;
	if (publisher->at < publisher->next.n_classes)
		etcd_publish_look(etcd);
	else
		etcd_publish_renew(etcd);
}

/* A record that stands there is looked at from time to time: its key may be deleted by hand, or
 * etcd brought back from an older copy. */
static void etcd_publish_on_check(struct etcd *etcd, const struct etcd_answer *answer)
{
	struct etcd_publisher *publisher = &etcd->publisher;
	bool stands = answer->n_pairs == 1 && answer->pairs->revision == publisher->revision;

	publisher->n_failures = 0;
	publisher->due = !stands;
	publisher->n_seen = stands ? publisher->n_seen : 0;
	(void)etcd_set_timer(
		publisher->timer, stands ? etcd_jitter_us(etcd->settings.check_us) : 0);
}

static void etcd_publish_on_reply(struct etcd_call *call, const struct etcd_reply *reply)
{
	struct etcd *etcd = call->etcd;
	struct etcd_publisher *publisher = &etcd->publisher;
	bool of_class = publisher->at < publisher->next.n_classes;
	bool looked = strcmp(call->path, "kv/range") == 0;

	if (reply->kind == ETCD_REPLY_SIZE && of_class && looked) {
		/* A class that is too large to be ours is not ours. */
		etcd_publish_write_class(etcd, true);
	} else if (reply->kind != ETCD_REPLY_DONE) {
		/* The lease may be what is missing. */
		publisher->lease = 0;
		etcd_publish_later(etcd, reply->reason);
	} else if (!publisher->next.record) {
		etcd_publish_on_check(etcd, reply->answer);
	} else if (of_class && looked) {
		etcd_publish_on_look(etcd, reply->answer);
	} else if (of_class) {
		/* Created or not: what stands there now is looked at. */
		etcd_publish_look(etcd);
	} else if (strcmp(call->path, "kv/put") == 0) {
		etcd_publish_on_put(etcd, reply->answer);
	} else {
		etcd_publish_on_lease(etcd, reply->answer, strcmp(call->path, "lease/grant") == 0);
	}
}

/* ------------------------------------------------------------- out of the directory */

/* Reads the classes of @member that are held. False: one is not. */
static bool etcd_publish_take_classes(struct directory *directory,
	const struct directory_member *member, struct etcd_publication *ret)
{
	struct directory_class classes[LIMIT_PROJECTIONS];
	unsigned n = member->n_classes;

	/* What is read may change what @member points to. */
	for (unsigned i = 0; i < n; i++)
		directory_get_class(directory, member->classes[i].slot, &classes[i]);
	for (unsigned i = 0; i < n; i++) {
		struct etcd_class *class_ = &ret->classes[ret->n_classes];

		directory_digest_format(&classes[i].digest, class_->digest);
		if (classes[i].held && directory_read_class(directory, &classes[i].digest,
					       &class_->bytes, &class_->n) == 0)
			ret->n_classes++;
	}
	return ret->n_classes == n;
}

/* Takes what there is to publish, and begins. */
static void etcd_publish_take(struct etcd *etcd)
{
	struct etcd_publisher *publisher = &etcd->publisher;
	struct directory *directory = etcd->settings.directory;
	struct directory_member member;

	publisher->due = false;
	etcd_call_cancel(&publisher->call);
	etcd_publish_drop(&publisher->next);
	publisher->at = publisher->n_attempts = 0;
	if (!directory_find(directory, etcd->settings.host, &member) ||
		member.standing != DIRECTORY_CURRENT ||
		directory_read_record(directory, etcd->settings.host, &publisher->next.record,
			&publisher->next.n) < 0)
		return;
	publisher->published = false;
	publisher->next.valid_until_us = member.valid_until_us;
	publisher->incomplete = !etcd_publish_take_classes(directory, &member, &publisher->next);
	etcd_publish_go_on(etcd);
}

static void etcd_publish_check(struct etcd *etcd)
{
	char key[ETCD_KEY_LENGTH + 1];
	struct etcd_range range = { .keys_only = true };
	struct etcd_body body;

	range.first = etcd_key(etcd, "hosts", etcd->settings.host, key);
	etcd_publish_send(etcd, etcd_write_range(&range, &body), "kv/range", &body);
}

static void etcd_publish_on_timer(evutil_socket_t fd, short what, void *data)
{
	struct etcd *etcd = data;
	struct etcd_publisher *publisher = &etcd->publisher;

	(void)fd;
	(void)what;
	if (publisher->due)
		etcd_publish_take(etcd);
	else if (publisher->call.state != ETCD_CALL_IDLE)
		return;
	else if (publisher->next.record)
		etcd_publish_go_on(etcd);
	else if (publisher->published)
		etcd_publish_check(etcd);
}

void etcd_publish_try(struct etcd *etcd)
{
	struct etcd_publisher *publisher = &etcd->publisher;

	if (publisher->n_failures > 0 && publisher->call.state == ETCD_CALL_IDLE)
		(void)etcd_set_timer(publisher->timer, 0);
}

static void etcd_publish_on_change(
	const struct directory_member *member, unsigned changes, void *data)
{
	struct etcd *etcd = data;
	struct etcd_publisher *publisher = &etcd->publisher;
	bool own = member && strcmp(member->host, etcd->settings.host) == 0 &&
		   !(changes & DIRECTORY_GONE);

	if (!own && !(publisher->incomplete && changes == DIRECTORY_DOCUMENT))
		return;
	/* Later in this turn: its classes follow the record. */
	publisher->due = true;
	event_active(publisher->timer, EV_TIMEOUT, 0);
}

int etcd_publish_init(struct etcd *etcd)
{
	struct etcd_publisher *publisher = &etcd->publisher;

	publisher->call = (struct etcd_call){
		.etcd = etcd, .replied = etcd_publish_on_reply, .patient = true
	};
	publisher->timer = evtimer_new(etcd->settings.base, etcd_publish_on_timer, etcd);
	if (!publisher->timer)
		return -ENOMEM;
	/* What was kept from the last run may still be good. */
	publisher->due = true;
	event_active(publisher->timer, EV_TIMEOUT, 0);
	return directory_watch(etcd->settings.directory, etcd_publish_on_change, etcd);
}

void etcd_publish_done(struct etcd *etcd)
{
	struct etcd_publisher *publisher = &etcd->publisher;

	if (!publisher->timer)
		return;
	etcd_call_cancel(&publisher->call);
	event_free(publisher->timer);
	etcd_publish_drop(&publisher->next);
}
