/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/peering.h"

#include "daemon/exchange/peers.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <time.h>

static void peering_doubt(const struct peering *peering, const char *what, int error)
{
	log_say(peering->log, LOG_ERR, LOG_FLEET_TROUBLE, "%s: %s", what, strerror(-error));
}

/* ------------------------------------------------------------- what peers ask */

static uint64_t peering_now_us(void *data)
{
	struct timespec now;

	(void)data;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int peering_read_facts(void *data, char **ret, size_t *ret_n)
{
	const struct peering *peering = data;
	const struct state *state = peering->membership->source.state;

	return state->facts ? state_dump(state, ret, ret_n) : -ENOENT;
}

static void peering_say(const char *peer, const char *text, void *data)
{
	const struct peering *peering = data;

	if (*peer)
		log_about(peering->log, LOG_FIELD_PEER, peer);
	log_say(peering->log, LOG_WARNING, LOG_PEER_TROUBLE, "%s%s%s", peer, *peer ? ", " : "",
		text);
}

/* ------------------------------------------------------------- listening */

static void peering_listen(struct peering *peering, const struct config *config)
{
	int n_fds = sd_listen_fds(1), r;

	for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + n_fds; fd++) {
		if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0)
			continue;
		r = peers_listen_fd(peering->peers, fd);
		if (r < 0)
			peering_doubt(peering, "a socket of systemd's cannot be used", r);
	}
	if (!*config->peers_listen)
		return;
	r = peers_listen(peering->peers, config->peers_listen);
	if (r < 0)
		peering_doubt(peering, config->peers_listen, r);
}

void peering_follow(struct peering *peering)
{
	const struct membership *membership = peering->membership;
	int r;

	if (!peering->peers ||
		(peering->identity == membership->identity && peering->trust == membership->trust))
		return;
	identity_unref(peering->identity);
	trust_unref(peering->trust);
	peering->identity = membership->identity ? identity_ref(membership->identity) : NULL;
	peering->trust = membership->trust ? trust_ref(membership->trust) : NULL;
	r = peers_set_tls(peering->peers, peering->identity, peering->trust);
	if (r < 0)
		peering_doubt(peering, "the certificate cannot be used for TLS", r);
}

void peering_apply(struct peering *peering, const struct config *config)
{
	struct refusal refusal = { "", "" };
	int r;

	if (!peering->peers)
		return;
	peers_set_interval(peering->peers, config->exchange_interval_us);
	r = peers_set_places(peering->peers, config->peers_connect, config->peers_file, &refusal);
	if (r < 0)
		(void)refusal_set(&refusal, "", "%s", strerror(-r));
	if (r != 0)
		log_say(peering->log, LOG_ERR, LOG_FLEET_TROUBLE, "[peers] connect: %s",
			refusal.text);
}

int peering_open(struct peering *peering, struct turn *turn, const struct config *config)
{
	struct peers_settings settings = { .base = turn_get_base(turn),
		.directory = peering->membership->directory,
		.host = membership_name(peering->membership),
		.limits = &http_limits_preset,
		.interval_us = config->exchange_interval_us,
		.now_us = peering_now_us,
		.read_facts = peering_read_facts,
		.say = peering_say,
		.data = peering };
	int r;

	if (strcmp(config->exchange_mode, "peers") != 0)
		return 0;
	r = peers_new(&settings, &peering->peers);
	if (r < 0)
		return r;
	peering_listen(peering, config);
	peering_apply(peering, config);
	peering_follow(peering);
	return 0;
}

int peering_ask_facts(struct peering *peering, const struct peers_facts_question *question)
{
	return peering->peers ? peers_ask_facts(peering->peers, question) : -EOPNOTSUPP;
}

void peering_unask_facts(struct peering *peering, const void *data)
{
	if (peering->peers)
		peers_unask_facts(peering->peers, data);
}

void peering_close(struct peering *peering)
{
	peering->peers = peers_free(peering->peers);
	peering->identity = identity_unref(peering->identity);
	peering->trust = trust_unref(peering->trust);
}
