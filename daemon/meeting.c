/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/meeting.h"

#include "daemon/exchange/etcd.h"

#include <string.h>
#include <time.h>

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
	struct refusal refusal = { "", "" };
	int r;

	if (strcmp(config->exchange_mode, "etcd") != 0)
		return 0;
	r = etcd_new(&settings, &meeting->etcd, &refusal);
	if (r == ETCD_E_REFUSED)
		log_say(meeting->log, LOG_ERR, LOG_FLEET_TROUBLE, "[etcd] %s: %s", refusal.where,
			refusal.text);
	if (r == ETCD_DONE && meeting->membership->trust)
		meeting->trust = trust_ref(meeting->membership->trust);
	return r < 0 ? r : 0;
}

void meeting_close(struct meeting *meeting)
{
	meeting->etcd = etcd_free(meeting->etcd);
	meeting->trust = trust_unref(meeting->trust);
}
