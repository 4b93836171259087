/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/meeting.h"

#include "daemon/exchange/etcd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MEETING_WAITERS	    ETCD_WAITERS
#define MEETING_PATIENCE_US UINT64_C(10000000) /* a call on the bus may take 25 s */

/* Who waits for etcd's answer about a host. */
struct meeting_waiter {
	void (*then)(void *data); /* NULL: unused */
	void *data;
	uint64_t until_us; /* monotonic */
};

static uint64_t meeting_now_us(void *data)
{
	struct timespec now;

	(void)data;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void meeting_say(void *data, const char *where, const char *text)
{
	const struct meeting *meeting = data;

	log_say(meeting->log, LOG_WARNING, LOG_PEER_TROUBLE, "%s: %s", where, text);
}

void meeting_follow(struct meeting *meeting)
{
	struct trust *trust = meeting->membership->trust;

	if (!meeting->etcd || meeting->trust == trust)
		return;
	trust_unref(meeting->trust);
	meeting->trust = trust ? trust_ref(trust) : NULL;
	etcd_list_again(meeting->etcd);
}

/* ------------------------------------------------------------- questions about one host */

/* What came of it is in the directory, and in the trouble. */
static void meeting_on_asked(enum etcd_known known, void *data)
{
	struct meeting_waiter *waiter = data, told = *waiter;

	(void)known;
	*waiter = (struct meeting_waiter){ 0 };
	told.then(told.data);
}

/* Sets the deadline to that of whoever waits longest. */
static void meeting_set_deadline(struct meeting *meeting)
{
	uint64_t now_us = turn_now_us(), next_us = TURN_NEVER;

	for (unsigned i = 0; i < MEETING_WAITERS; i++) {
		const struct meeting_waiter *waiter = &meeting->waiters[i];

		if (waiter->then && waiter->until_us < next_us)
			next_us = waiter->until_us;
	}
	if (next_us != TURN_NEVER)
		(void)turn_watch(meeting->deadline, -1, 0, next_us > now_us ? next_us - now_us : 0);
}

static void meeting_on_deadline(void *data)
{
	struct meeting *meeting = data;
	uint64_t now_us = turn_now_us();

	for (unsigned i = 0; i < MEETING_WAITERS; i++) {
		struct meeting_waiter *waiter = &meeting->waiters[i];

		if (!waiter->then || waiter->until_us > now_us)
			continue;
		etcd_unask(meeting->etcd, waiter);
		meeting_on_asked(ETCD_KNOWN_GONE, waiter);
	}
	meeting_set_deadline(meeting);
}

static struct meeting_waiter *meeting_find_place(struct meeting *meeting)
{
	for (unsigned i = 0; i < MEETING_WAITERS; i++) {
		if (!meeting->waiters[i].then)
			return &meeting->waiters[i];
	}
	return NULL;
}

enum meeting_ask_outcome meeting_ask(struct meeting *meeting, const char *host, uint64_t caller,
	void (*then)(void *data), void *data)
{
	struct etcd_question question = { host, caller, meeting_on_asked, NULL };
	enum etcd_known known;
	int r;

	if (!meeting->etcd || strcmp(host, membership_name(meeting->membership)) == 0)
		return MEETING_ASK_KNOWN;
	question.data = meeting_find_place(meeting);
	if (!question.data)
		return MEETING_ASK_BUSY;
	r = etcd_ask(meeting->etcd, &question, &known);
	if (r != ETCD_ASK_WAIT)
		return r == ETCD_ASK_KNOWN ? MEETING_ASK_KNOWN : MEETING_ASK_BUSY;
	*(struct meeting_waiter *)question.data =
		(struct meeting_waiter){ then, data, turn_now_us() + MEETING_PATIENCE_US };
	meeting_set_deadline(meeting);
	return MEETING_ASK_WAIT;
}

void meeting_unask(struct meeting *meeting, const void *data)
{
	for (unsigned i = 0; meeting->etcd && i < MEETING_WAITERS; i++) {
		struct meeting_waiter *waiter = &meeting->waiters[i];

		if (!waiter->then || waiter->data != data)
			continue;
		etcd_unask(meeting->etcd, waiter);
		*waiter = (struct meeting_waiter){ 0 };
	}
}

const char *meeting_trouble(struct meeting *meeting)
{
	struct etcd_status status;
	char since[sizeof("2000-01-01 00:00:00")] = "";
	struct tm parts;
	time_t at;

	if (*meeting->refusal.text) {
		(void)snprintf(meeting->trouble, sizeof(meeting->trouble), "[etcd] %s: %s",
			meeting->refusal.where, meeting->refusal.text);
		return meeting->trouble;
	}
	meeting->trouble[0] = '\0';
	if (!meeting->etcd)
		return meeting->trouble;
	etcd_get_status(meeting->etcd, &status);
	if (!*status.trouble)
		return meeting->trouble;
	at = (time_t)(status.reached_us / 1000000);
	if (at > 0 && gmtime_r(&at, &parts))
		(void)strftime(since, sizeof(since), "%Y-%m-%d %H:%M:%S", &parts);
	(void)snprintf(meeting->trouble, sizeof(meeting->trouble),
		"etcd cannot be asked, so other hosts are as they were last seen (it answered "
		"%s%s): "
		"%s",
		*since ? since : "never", *since ? " UTC last" : "", status.trouble);
	return meeting->trouble;
}

/* ------------------------------------------------------------- the whole */

static int meeting_start(struct meeting *meeting, struct turn *turn, struct refusal *refusal,
	const struct etcd_settings *settings)
{
	int r;

	meeting->waiters = calloc(MEETING_WAITERS, sizeof(*meeting->waiters));
	if (!meeting->waiters)
		return -ENOMEM;
	r = turn_add(turn, meeting_on_deadline, meeting, &meeting->deadline);
	return r < 0 ? r : etcd_new(settings, &meeting->etcd, refusal);
}

int meeting_open(struct meeting *meeting, struct turn *turn, const struct config *config)
{
	struct etcd_settings settings = { .base = turn_get_base(turn),
		.directory = meeting->membership->directory,
		.host = membership_name(meeting->membership),
		.endpoints = config->etcd_endpoints,
		.prefix = config->etcd_prefix,
		.user = config->etcd_user,
		.password_path = config->etcd_password_file,
		.ca_path = config->etcd_ca,
		.certificate_path = config->etcd_certificate,
		.key_path = config->etcd_key,
		.observer = config->etcd_observer,
		.now_us = meeting_now_us,
		.say = meeting_say,
		.data = meeting };
	int r;

	if (strcmp(config->exchange_mode, "etcd") != 0)
		return 0;
	r = meeting_start(meeting, turn, &meeting->refusal, &settings);
	if (r == ETCD_E_REFUSED)
		log_say(meeting->log, LOG_ERR, LOG_FLEET_TROUBLE, "%s", meeting_trouble(meeting));
	if (r == ETCD_DONE && meeting->membership->trust)
		meeting->trust = trust_ref(meeting->membership->trust);
	return r < 0 ? r : 0;
}

void meeting_close(struct meeting *meeting)
{
	meeting->etcd = etcd_free(meeting->etcd);
	free(meeting->waiters);
	meeting->waiters = NULL;
	meeting->trust = trust_unref(meeting->trust);
}
