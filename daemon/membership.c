/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/membership.h"

#include "daemon/exchange/directory/class.h"
#include "daemon/keep_fleet.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MEMBERSHIP_SLICE 32U /* records verified again in one turn */

static void membership_say(struct membership *membership, int priority, enum log_id id)
{
	log_say(membership->log, priority, id, "%s: %s", membership->trouble.where,
		membership->trouble.text);
}

const char *membership_name(const struct membership *membership)
{
	return membership->identity ? identity_get_name(membership->identity)->host
				    : membership->host;
}

/* ---------------------------------------------------------------- files */

static void membership_paths(const struct config *config, const char *ret[MEMBERSHIP_FILES])
{
	ret[0] = config->exchange_certificate;
	ret[1] = config->exchange_key;
	ret[2] = config->exchange_ca;
	ret[3] = config->exchange_crl;
}

/* One that is not there has a stamp of zeros. */
static void membership_read_stamps(
	const struct config *config, struct membership_stamp ret[MEMBERSHIP_FILES])
{
	const char *paths[MEMBERSHIP_FILES];

	membership_paths(config, paths);
	for (unsigned i = 0; i < MEMBERSHIP_FILES; i++) {
		struct stat status;

		memset(&ret[i], 0, sizeof(ret[i]));
		if (!*paths[i] || stat(paths[i], &status) < 0)
			continue;
		ret[i].device = status.st_dev;
		ret[i].inode = status.st_ino;
		ret[i].size = status.st_size;
		ret[i].changed = status.st_mtim;
	}
}

/* Loads what @config names; both stay NULL where it names nothing. */
static int membership_load(const struct config *config, struct identity **ret_identity,
	struct trust **ret_trust, struct refusal *refusal)
{
	struct trust_settings settings = { .fleet = config->exchange_fleet,
		.ca_path = config->exchange_ca,
		.lists_path = *config->exchange_crl ? config->exchange_crl : NULL };
	int r = TRUST_DONE;

	if (*config->exchange_ca)
		r = trust_load(&settings, ret_trust, refusal);
	if (r != TRUST_DONE || !*config->exchange_certificate)
		return r;
	r = identity_load(
		config->exchange_certificate, config->exchange_key, ret_identity, refusal);
	if (r == IDENTITY_DONE &&
		strcmp(identity_get_name(*ret_identity)->fleet, config->exchange_fleet) != 0)
		return refusal_set(refusal, config->exchange_certificate,
			"is of the fleet %s, and [exchange] fleet is %s",
			identity_get_name(*ret_identity)->fleet, config->exchange_fleet);
	return r;
}

/* Takes over what was loaded; this host does not change its name while it runs. */
static int membership_take(struct membership *membership, struct identity *identity,
	struct trust *trust, struct refusal *refusal)
{
	if (identity && membership->identity &&
		strcmp(identity_get_name(identity)->host,
			identity_get_name(membership->identity)->host) != 0)
		return refusal_set(refusal, "certificate",
			"is that of %s now, which takes effect after a restart",
			identity_get_name(identity)->host);
	identity_unref(membership->identity);
	trust_unref(membership->trust);
	membership->identity = identity ? identity_ref(identity) : NULL;
	membership->trust = trust ? trust_ref(trust) : NULL;
	return 0;
}

static int membership_read(struct membership *membership)
{
	const struct config *config = membership->source.config;
	struct identity *identity = NULL;
	struct trust *trust = NULL;
	struct refusal refusal;
	int r;

	membership_read_stamps(config, membership->stamps);
	r = membership_load(config, &identity, &trust, &refusal);
	if (r == 0)
		r = membership_take(membership, identity, trust, &refusal);
	identity_unref(identity);
	trust_unref(trust);
	if (r < 0)
		(void)refusal_set(&refusal, "certificates", "%s", strerror(-r));
	if (r != 0) {
		membership->trouble = refusal;
		membership_say(membership, LOG_ERR, LOG_FLEET_TROUBLE);
	} else {
		membership->trouble = (struct refusal){ 0 };
	}
	return r;
}

void membership_reload(struct membership *membership)
{
	struct membership_stamp stamps[MEMBERSHIP_FILES];

	membership_read_stamps(membership->source.config, stamps);
	if (memcmp(stamps, membership->stamps, sizeof(stamps)) == 0)
		return;
	if (membership_read(membership) != 0)
		return;
	log_say(membership->log, LOG_NOTICE, LOG_FLEET_TRUST,
		"certificates and revocation lists were read again");
	directory_set_trust(membership->directory, membership->trust);
	publisher_ask(&membership->publisher);
	(void)turn_watch(membership->verifying, -1, 0, 0);
}

/* ---------------------------------------------------------------- what is kept */

static int membership_put_host(void *data, const struct kept_host *kept)
{
	struct membership *membership = data;
	struct kept_host told = *kept;

	/* Its own history is kept with its facts. */
	if (membership->identity &&
		strcmp(kept->host, identity_get_name(membership->identity)->host) == 0)
		told.class_digest = NULL;
	return keep_fleet_put_host(membership->keep, &told);
}

static int membership_get_record(void *data, const char *host, char **ret, size_t *ret_n)
{
	struct membership *membership = data;

	return keep_fleet_get_record(membership->keep, host, ret, ret_n);
}

static int membership_drop_host(void *data, const char *host)
{
	struct membership *membership = data;

	return keep_fleet_drop_host(membership->keep, host);
}

static int membership_put_class(void *data, const char *digest, const char *bytes, size_t n)
{
	struct membership *membership = data;

	return keep_fleet_put_class(membership->keep, digest, bytes, n);
}

static int membership_get_class(void *data, const char *digest, char **ret, size_t *ret_n)
{
	struct membership *membership = data;

	return keep_fleet_get_class(membership->keep, digest, ret, ret_n);
}

/* What cannot be read was written by another version: it comes again. */
static int membership_on_host(const struct kept_host *kept, void *data)
{
	struct membership *membership = data;
	int r = directory_load_host(membership->directory, kept);

	return r == -ENOMEM ? r : 0;
}

static int membership_on_class(const char *digest, void *data)
{
	struct membership *membership = data;

	(void)directory_load_class(membership->directory, digest);
	return 0;
}

static uint64_t membership_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void membership_check_config(struct membership *membership)
{
	const struct config *config = membership->source.config;

	if (strcmp(config->exchange_mode, "none") == 0 ||
		(*config->exchange_certificate && *config->exchange_ca))
		return;
	(void)refusal_set(&membership->trouble, "[exchange]",
		"mode=%s needs fleet, certificate, key and ca: without them there is no fleet",
		config->exchange_mode);
	membership_say(membership, LOG_ERR, LOG_FLEET_TROUBLE);
}

static int membership_load_directory(struct membership *membership)
{
	struct directory_settings settings = { .host = membership_name(membership),
		.keeper = { .data = membership,
			.put_host = membership_put_host,
			.get_record = membership_get_record,
			.drop_host = membership_drop_host,
			.put_class = membership_put_class,
			.get_class = membership_get_class } };
	int r;

	if (strcmp(membership->source.config->exchange_mode, "peers") == 0)
		settings.max_hosts = DIRECTORY_PEERS_MAX;
	r = directory_new(&settings, &membership->directory);
	if (r < 0)
		return r;
	membership->publisher.directory = membership->directory;
	directory_set_trust(membership->directory, membership->trust);
	r = keep_fleet_list(membership->keep, membership_on_host, membership_on_class, membership);
	return r == -ENOMEM ? r : 0;
}

void membership_close(struct membership *membership)
{
	membership->index = fleet_index_free(membership->index);
	membership->directory = directory_free(membership->directory);
	membership->identity = identity_unref(membership->identity);
	membership->trust = trust_unref(membership->trust);
}

/* ---------------------------------------------------------------- in the loop */

static void membership_publish(struct membership *membership)
{
	struct publisher_news news = {
		.identity = membership->trust ? membership->identity : NULL,
		.state = membership->source.state,
		.config = membership->source.config,
		.failed = *membership->source.collection->text != '\0',
		.now_us = membership_now_us(),
	};
	struct refusal refusal = { "", "" };
	int r = publisher_run(&membership->publisher, &news, &refusal);

	if (r == PUBLISHER_NOTHING)
		return;
	if (r < 0)
		(void)refusal_set(&refusal, "record", "%s", strerror(-r));
	if (r == PUBLISHER_DONE && publisher_is_doubled(&membership->publisher, news.now_us))
		(void)refusal_set(&refusal, "certificate",
			"another machine signs as %.64s, too: give it a certificate of its own",
			membership_name(membership));
	if (*refusal.text && strcmp(refusal.text, membership->trouble.text) != 0) {
		membership->trouble = refusal;
		membership_say(membership, LOG_ERR, LOG_FLEET_TROUBLE);
	} else if (!*refusal.text) {
		membership->trouble = refusal;
	}
	membership->publishing = r < 0 ? PUBLISHER_E_REFUSED : (enum publisher_outcome)r;
}

void membership_take_host(struct membership *membership)
{
	const struct state *state = membership->source.state;

	fleet_index_set_own(
		membership->index, &(struct fleet_index_own){ .name = membership_name(membership),
					   .host = state->host,
					   .collected_us = state->collected_us });
	membership_publish(membership);
}

static void membership_on_tick(void *data)
{
	struct membership *membership = data;

	membership_reload(membership);
	(void)directory_expire(membership->directory, membership_now_us());
	membership_publish(membership);
	(void)turn_watch(membership->tick, -1, 0, membership->source.config->exchange_interval_us);
}

/* A few records each turn, so that who asks meanwhile gets an answer. */
static void membership_on_verifying(void *data)
{
	struct membership *membership = data;
	int left =
		directory_verify_more(membership->directory, MEMBERSHIP_SLICE, membership_now_us());

	if (left < 0)
		log_say(membership->log, LOG_WARNING, LOG_FLEET_TROUBLE,
			"records cannot be verified again now: %s", strerror(-left));
	if (left > 0)
		(void)turn_watch(membership->verifying, -1, 0, 0);
}

int membership_open(struct membership *membership, struct turn *turn, const char *host)
{
	int r;

	membership->publishing = PUBLISHER_NOTHING;
	(void)snprintf(membership->host, sizeof(membership->host), "%s", host);
	(void)membership_read(membership);
	membership_check_config(membership);
	r = membership_load_directory(membership);
	if (r == 0)
		r = fleet_index_new(membership->directory, &membership->index);
	if (r == 0)
		r = turn_add(turn, membership_on_tick, membership, &membership->tick);
	if (r == 0)
		r = turn_add(turn, membership_on_verifying, membership, &membership->verifying);
	if (r == 0)
		r = turn_watch(membership->verifying, -1, 0, 0);
	if (r == 0)
		r = turn_watch(
			membership->tick, -1, 0, membership->source.config->exchange_interval_us);
	if (r == 0)
		membership_take_host(membership);
	return r;
}

const char *membership_word(const struct membership *membership)
{
	if (!membership->identity || !membership->trust)
		return "off";
	switch (membership->publishing) {
	case PUBLISHER_DONE:
		return "published";
	case PUBLISHER_NOTHING:
		return "starting";
	case PUBLISHER_E_CLOCK:
		return "wrong-clock";
	case PUBLISHER_E_EXPIRED:
		return "expired";
	case PUBLISHER_E_REFUSED:
		break;
	}
	return "refused";
}
