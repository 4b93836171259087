/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fleet between the membership and the bus: what the bus asks of it, and what it announces. */
#include "core/model/class.h"
#include "daemon/bus/bus.h"
#include "daemon/exchange/directory/class.h"
#include "daemon/loop_view.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static uint64_t loop_fleet_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* ------------------------------------------------------------- what the bus asks */

static int loop_fleet_on_get(void *data, struct fleet *ret, const char **ret_own)
{
	struct loop *loop = data;
	struct fleet fleet;
	int r = fleet_index_get(loop->membership.index, &fleet);

	if (r < 0)
		return r;
	fleet.now_us = loop_fleet_now_us();
	fleet.stale_after_us = loop->config->judge_stale_after_us;
	*ret = fleet;
	*ret_own = membership_name(&loop->membership);
	return 0;
}

static const char *loop_fleet_standing(enum directory_standing standing)
{
	switch (standing) {
	case DIRECTORY_CURRENT:
		return "current";
	case DIRECTORY_EXPIRED:
		return "expired";
	case DIRECTORY_UNPROVEN:
		break;
	}
	return "unproven";
}

static void loop_fleet_format(const struct directory_digest *digest, char ret[DIGEST_LENGTH + 1])
{
	ret[0] = '\0';
	if (digest)
		directory_digest_format(digest, ret);
}

/* The newest class that @member names and that is read here. */
static void loop_fleet_class(const struct directory *directory,
	const struct directory_member *member, char ret[DIGEST_LENGTH + 1])
{
	struct directory_class class_;

	ret[0] = '\0';
	for (unsigned i = member->n_classes; !*ret && i > 0; i--) {
		if (member->classes[i - 1].projection > CLASS_PROJECTION)
			continue;
		directory_get_class(directory, member->classes[i - 1].slot, &class_);
		loop_fleet_format(&class_.digest, ret);
	}
}

static bool loop_fleet_on_find(void *data, const char *host, struct bus_fleet_member *ret)
{
	const struct loop *loop = data;
	const struct directory *directory = loop->membership.directory;
	struct directory_member member;

	*ret = (struct bus_fleet_member){ .standing = "", .collection = "" };
	if (!directory_find(directory, host, &member))
		return false;
	ret->standing = loop_fleet_standing(member.standing);
	ret->collection = record_collection_word(member.collection);
	ret->contradicted = member.contradicted;
	ret->sequence = member.version.sequence;
	ret->valid_until_us = member.valid_until_us;
	for (size_t i = 0; i < sizeof(member.host_id); i++)
		(void)snprintf(ret->host_id + 2 * i, 3, "%02x", member.host_id[i]);
	loop_fleet_format(member.facts, ret->facts);
	loop_fleet_format(member.map, ret->map);
	loop_fleet_class(directory, &member, ret->class_);
	ret->n_endpoints = member.n_endpoints;
	ret->endpoints = member.endpoints;
	return true;
}

static int loop_fleet_on_forget(void *data, const char *host)
{
	struct loop *loop = data;

	return directory_forget(loop->membership.directory, host, loop_fleet_now_us());
}

/* Who waits no longer. */
static void loop_fleet_cool(struct loop_fleet_warming *warming, const void *waiting)
{
	size_t n = 0;

	for (size_t i = 0; i < warming->n; i++)
		if (warming->data[i] != waiting) {
			warming->then[n] = warming->then[i];
			warming->data[n++] = warming->data[i];
		}
	warming->n = n;
}

/*
 * A class takes about a millisecond to be made a host that can be asked; a fleet may have
 * thousands, and its host is asked other things meanwhile.
 */
static void loop_fleet_on_warming(void *data)
{
	struct loop *loop = data;
	struct loop_fleet_warming *warming = &loop->warming;

	if (fleet_index_prepare(loop->membership.index, LOOP_FLEET_SLICE) > 0) {
		(void)turn_watch(warming->source, -1, 0, 0);
		return;
	}
	/* What cannot be made for want of memory is said to who asks for it. */
	for (size_t left = warming->n; left > 0 && warming->n > 0; left--) {
		void (*then)(void *data) = warming->then[0];
		void *of = warming->data[0];

		loop_fleet_cool(warming, of);
		then(of);
	}
}

static enum bus_fleet_known loop_fleet_warm(
	struct loop *loop, const struct bus_fleet_asking *asking)
{
	struct loop_fleet_warming *warming = &loop->warming;

	if (fleet_index_prepare(loop->membership.index, LOOP_FLEET_SLICE) <= 0)
		return BUS_FLEET_KNOWN;
	if (warming->n == LOOP_FLEET_WAITERS)
		return BUS_FLEET_BUSY;
	warming->then[warming->n] = asking->then;
	warming->data[warming->n++] = asking->data;
	(void)turn_watch(warming->source, -1, 0, 0);
	return BUS_FLEET_WAIT;
}

static enum bus_fleet_known loop_fleet_on_know(void *data, const struct bus_fleet_asking *asking)
{
	struct loop *loop = data;

	if (!asking->host)
		return loop_fleet_warm(loop, asking);
	switch (meeting_ask(
		&loop->meeting, asking->host, asking->caller, asking->then, asking->data)) {
	case MEETING_ASK_KNOWN:
		return BUS_FLEET_KNOWN;
	case MEETING_ASK_WAIT:
		return BUS_FLEET_WAIT;
	case MEETING_ASK_BUSY:
		break;
	}
	return BUS_FLEET_BUSY;
}

static void loop_fleet_on_unknow(void *data, const void *waiting)
{
	struct loop *loop = data;

	meeting_unask(&loop->meeting, waiting);
	loop_fleet_cool(&loop->warming, waiting);
}

static const char *loop_fleet_on_trouble(void *data)
{
	struct loop *loop = data;

	return meeting_trouble(&loop->meeting);
}

static int loop_fleet_on_begin(void *data, const struct bus_fleet_task *task)
{
	struct loop *loop = data;

	return workers_begin(&loop->workers, &(struct worker_task){ .fd = task->fd,
						     .run = task->run,
						     .what = task->what,
						     .ended = task->ended,
						     .data = task->data });
}

static void loop_fleet_on_end(void *data, const void *working)
{
	struct loop *loop = data;

	workers_end(&loop->workers, working);
}

struct bus_fleet_backend loop_fleet_backend(const struct loop *loop)
{
	return (struct bus_fleet_backend){
		.on_demand = strcmp(loop->config->exchange_mode, "etcd") == 0,
		.know = loop_fleet_on_know,
		.unknow = loop_fleet_on_unknow,
		.begin = loop_fleet_on_begin,
		.end = loop_fleet_on_end,
		.trouble = loop_fleet_on_trouble,
		.get = loop_fleet_on_get,
		.find = loop_fleet_on_find,
		.forget = loop_fleet_on_forget,
	};
}

/* ------------------------------------------------------------- what is announced */

static const char *loop_fleet_change(unsigned changes)
{
	if (changes & DIRECTORY_GONE)
		return "gone";
	if (changes & DIRECTORY_NEW)
		return "new";
	if (changes & DIRECTORY_CLASS)
		return "class";
	return changes & DIRECTORY_STANDING ? "standing" : NULL;
}

/* It is announced once it is safe, at the end of the turn. */
static void loop_fleet_on_change(
	const struct directory_member *member, unsigned changes, void *data)
{
	struct loop *loop = data;
	const char *change = loop_fleet_change(changes);
	struct loop_fleet_news *news = &loop->news;

	news->documents = news->documents || (changes & DIRECTORY_DOCUMENT);
	if (!member || !change)
		return;
	if (news->n == LOOP_FLEET_NEWS) {
		news->many = true;
		return;
	}
	(void)snprintf(news->items[news->n].host, sizeof(news->items[0].host), "%s", member->host);
	news->items[news->n++].change = change;
}

int loop_fleet_watch(struct loop *loop)
{
	int r = turn_add(loop->turn, loop_fleet_on_warming, loop, &loop->warming.source);

	return r < 0 ? r : directory_watch(loop->membership.directory, loop_fleet_on_change, loop);
}

static int loop_fleet_tell(struct loop *loop, const char *host, const char *change)
{
	struct bus_fleet_member member;

	(void)loop_fleet_on_find(loop, host, &member);
	return bus_tell_host(loop->bus, &(struct bus_fleet_change){ .host = host,
						.change = change,
						.class_ = member.class_,
						.map = member.map });
}

/* Whether @host tells of a class, and it can be asked about it now. */
static void loop_fleet_look(
	const struct loop *loop, const char *host, bool *ret_named, bool *ret_held)
{
	const struct directory *directory = loop->membership.directory;
	struct directory_member member;
	struct directory_class class_;

	*ret_named = *ret_held = false;
	if (!directory_find(directory, host, &member))
		return;
	for (unsigned i = member.n_classes; !*ret_held && i > 0; i--) {
		if (member.classes[i - 1].projection > CLASS_PROJECTION)
			continue;
		directory_get_class(directory, member.classes[i - 1].slot, &class_);
		*ret_named = true;
		*ret_held = class_.held;
	}
}

/* Notes @host if who asks about it now is told nothing: it is announced again when that ends. */
static void loop_fleet_await(struct loop *loop, const char *host)
{
	struct loop_fleet_news *news = &loop->news;
	bool named, held;

	loop_fleet_look(loop, host, &named, &held);
	if (named && !held && news->n_awaiting < LOOP_FLEET_NEWS)
		(void)snprintf(
			news->awaiting[news->n_awaiting++], sizeof(news->awaiting[0]), "%s", host);
}

/* Tells of the hosts that can be asked about now, and drops those that there is nothing to await
 * of. */
static int loop_fleet_tell_awaited(struct loop *loop)
{
	struct loop_fleet_news *news = &loop->news;
	size_t kept = 0;
	int r = 0;

	for (size_t i = 0; i < news->n_awaiting; i++) {
		bool named, held;

		loop_fleet_look(loop, news->awaiting[i], &named, &held);
		if (named && held && r >= 0)
			r = loop_fleet_tell(loop, news->awaiting[i], "class");
		else if (named && !held && kept++ != i)
			memcpy(news->awaiting[kept - 1], news->awaiting[i],
				sizeof(news->awaiting[0]));
	}
	news->n_awaiting = kept;
	return r;
}

/* This host has another class, which its own record tells if it tells its fleet of itself. */
static int loop_fleet_tell_own(struct loop *loop)
{
	const char *own = membership_name(&loop->membership);
	const struct loop_fleet_news *news = &loop->news;
	struct host_digests digests;

	for (size_t i = 0; i < news->n; i++) {
		if (strcmp(news->items[i].host, own) == 0)
			return 0;
	}
	digests = host_digests(loop->state.host);
	return bus_tell_host(loop->bus, &(struct bus_fleet_change){ .host = own,
						.change = "class",
						.class_ = digests.class_,
						.map = digests.map });
}

void loop_fleet_announce(struct loop *loop)
{
	struct loop_fleet_news *news = &loop->news;
	int r = news->documents ? loop_fleet_tell_awaited(loop) : 0;

	if (r >= 0 && news->own)
		r = loop_fleet_tell_own(loop);
	news->own = false;

	/* More than that nobody follows one by one. */
	if (news->many && r >= 0)
		r = loop_fleet_tell(loop, "", "many");
	for (size_t i = 0; !news->many && r >= 0 && i < news->n; i++) {
		r = loop_fleet_tell(loop, news->items[i].host, news->items[i].change);
		loop_fleet_await(loop, news->items[i].host);
	}
	news->n = 0;
	news->many = news->documents = false;
	if (r < 0)
		log_say(loop->log, LOG_WARNING, LOG_BUS_TROUBLE,
			"a change of the fleet could not be announced: %s", strerror(-r));
}
