/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/publisher.h"

#include "core/cleanup.h"
#include "core/judge/answer_json.h"
#include "core/model/class.h"
#include "daemon/config_words.h"
#include "daemon/exchange/directory/class.h"
#include "daemon/gaps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-id128.h>

/* Random, made for this: machine-id(5) says why the machine's own is not to be told. */
#define PUBLISHER_APP SD_ID128_MAKE(4c, 9e, 0b, 7a, 31, 5d, 4e, 2f, 9a, 64, c8, 13, 77, b0, 5e, d2)

/*
 * Two machines with one name would answer each other's records for ever. Each rests only after some
 * more, so that the other one has seen enough by then to tell of it, too.
 */
#define PUBLISHER_DOUBLED  2U
#define PUBLISHER_ENOUGH   4U
#define PUBLISHER_TRUCE_US UINT64_C(600000000)
#define PUBLISHER_DOUBT_US UINT64_C(3600000000)

struct publisher_draft {
	struct record record;
	struct config_words labels, endpoints;
	struct record_class classes[2];
	char previous[DIGEST_LENGTH + 1];
	char host_id[DIGEST_LENGTH + 1];
};

void publisher_ask(struct publisher *publisher)
{
	publisher->asked = true;
}

bool publisher_is_doubled(const struct publisher *publisher, uint64_t now_us)
{
	return publisher->n_overtaken >= PUBLISHER_DOUBLED &&
	       now_us - publisher->overtaken_us < PUBLISHER_DOUBT_US;
}

/* ---------------------------------------------------------------- when */

static bool publisher_is_news(const struct publisher *publisher, const struct publisher_news *news)
{
	struct host_digests digests = { .facts = "" };

	if (news->state->host)
		digests = host_digests(news->state->host);
	return strcmp(publisher->facts, digests.facts) != 0 || publisher->failed != news->failed ||
	       strcmp(publisher->labels, news->config->exchange_labels) != 0 ||
	       strcmp(publisher->endpoints, news->config->exchange_endpoints) != 0;
}

static bool publisher_is_other_class(
	const struct publisher *publisher, const struct publisher_news *news)
{
	struct host_digests digests;

	if (!news->state->host)
		return false;
	digests = host_digests(news->state->host);
	return strcmp(publisher->class_digest, digests.class_) != 0 ||
	       strcmp(publisher->map, digests.map) != 0;
}

/* Somebody holds another record of this host than the one that was made here. */
static bool publisher_is_overtaken(const struct publisher *publisher, const char *host)
{
	struct directory_member member;

	return directory_find(publisher->directory, host, &member) &&
	       memcmp(&member.version, &publisher->version, sizeof(member.version)) != 0;
}

static bool publisher_is_due(const struct publisher *publisher, const struct publisher_news *news)
{
	uint64_t age = news->now_us - publisher->issued_us;

	if (publisher->asked || publisher->issued_us == 0 || news->now_us < publisher->issued_us)
		return true;
	if (publisher_is_other_class(publisher, news))
		return true;
	if (publisher_is_overtaken(publisher, identity_get_name(news->identity)->host))
		return publisher->n_overtaken < PUBLISHER_ENOUGH || age >= PUBLISHER_TRUCE_US;
	if (age >= news->config->exchange_validity_us / 2)
		return true;
	return age >= news->config->exchange_interval_us && publisher_is_news(publisher, news);
}

/* ---------------------------------------------------------------- what */

/* Of a captured host the machine's own number says nothing; its name stands in. */
static int publisher_host_id(const struct publisher_news *news, char ret[static DIGEST_LENGTH + 1])
{
	const char *host = identity_get_name(news->identity)->host;
	sd_id128_t id;
	int r;

	if (!*news->config->collect_sysroot &&
		sd_id128_get_machine_app_specific(PUBLISHER_APP, &id) >= 0) {
		(void)sd_id128_to_string(id, ret);
		return 0;
	}
	r = digest_compute(host, strlen(host), ret);
	ret[32] = '\0';
	return r;
}

static int publisher_digest_class(const struct host *host, uint32_t projection, char **ret,
	size_t *ret_n, char ret_digest[static DIGEST_LENGTH + 1])
{
	int r = host_encode_class(host, projection, ret, ret_n);

	return r < 0 ? r : digest_compute(*ret, *ret_n, ret_digest);
}

static enum record_collection publisher_collection(const struct publisher_news *news)
{
	if (news->failed)
		return RECORD_COLLECTION_FAILED;
	return gaps_any(news->state->facts) ? RECORD_COLLECTION_PARTIAL : RECORD_COLLECTION_OK;
}

static int publisher_draft_host(const struct publisher_news *news, struct publisher_draft *draft)
{
	_cleanup_(cleanup_freep) char *document = NULL;
	struct host_digests digests;
	size_t n;
	int r;

	if (!news->state->host)
		return 0;
	digests = host_digests(news->state->host);
	r = publisher_digest_class(
		news->state->host, CLASS_PROJECTION - 1, &document, &n, draft->previous);
	if (r < 0)
		return r;
	draft->classes[0] = (struct record_class){ CLASS_PROJECTION - 1, draft->previous };
	draft->classes[1] = (struct record_class){ CLASS_PROJECTION, digests.class_ };
	draft->record.classes = draft->classes;
	draft->record.n_classes = 2;
	draft->record.facts = digests.facts;
	draft->record.map = digests.map;
	draft->record.collected_us = news->state->collected_us;
	draft->record.collection = publisher_collection(news);
	if (*state_boot(news->state))
		draft->record.boot_id = state_boot(news->state);
	return 0;
}

static int publisher_draft(const struct publisher_news *news, struct publisher_draft *draft)
{
	const struct identity_name *name = identity_get_name(news->identity);
	int r = publisher_host_id(news, draft->host_id);

	if (r < 0)
		return r;
	config_words_read_labels(news->config->exchange_labels, &draft->labels);
	config_words_read_endpoints(news->config->exchange_endpoints, &draft->endpoints);
	draft->record = (struct record){
		.fleet = name->fleet,
		.host = name->host,
		.host_id = draft->host_id,
		.collection = RECORD_COLLECTION_NEVER,
		.n_labels = draft->labels.n,
		.labels = draft->labels.labels,
		.n_endpoints = draft->endpoints.n,
		.endpoints = draft->endpoints.endpoints,
		.software = IOMMUFLEET_VERSION,
		.rules = ANSWER_JSON_RULES,
		.projection = CLASS_PROJECTION,
	};
	return publisher_draft_host(news, draft);
}

/* Sequence and times. */
static int publisher_stamp(const struct publisher *publisher, const struct publisher_news *news,
	struct record *record, struct refusal *refusal)
{
	struct directory_member member;
	struct record_time_stamp stamp = {
		.now_us = news->now_us,
		.validity_us = news->config->exchange_validity_us,
		.certificates = identity_get_span(news->identity),
	};

	if (record->collected_us > news->now_us) {
		(void)refusal_set(refusal, "clock",
			"the facts were collected later than it is now; set the clock");
		return PUBLISHER_E_CLOCK;
	}
	if (directory_find(publisher->directory, record->host, &member))
		stamp.last_sequence = member.version.sequence;
	switch (record_time_stamp(record, &stamp)) {
	case RECORD_TIME_STAMP_DONE:
		return PUBLISHER_DONE;
	case RECORD_TIME_STAMP_E_SEQUENCE:
		(void)refusal_set(refusal, "clock",
			"the last record of this host is of a later time than it is now; set the "
			"clock");
		return PUBLISHER_E_CLOCK;
	case RECORD_TIME_STAMP_E_EARLY:
		(void)refusal_set(refusal, "clock",
			"the certificate of this host is not valid yet; set the clock");
		return PUBLISHER_E_CLOCK;
	case RECORD_TIME_STAMP_E_EXPIRED:
		(void)refusal_set(refusal, "certificate",
			"the certificate of this host has expired; install a new one");
		break;
	}
	return PUBLISHER_E_EXPIRED;
}

/* ---------------------------------------------------------------- into the directory */

static int publisher_put_classes(struct publisher *publisher, const struct publisher_news *news)
{
	int r = 0;

	for (uint32_t i = CLASS_PROJECTION - 1;
		r >= 0 && news->state->host && i <= CLASS_PROJECTION; i++) {
		_cleanup_(cleanup_freep) char *document = NULL;
		struct directory_result result;
		size_t n;

		r = host_encode_class(news->state->host, i, &document, &n);
		if (r == 0)
			r = directory_put_class(publisher->directory, document, n, &result);
	}
	return r < 0 ? r : 0;
}

static int publisher_offer(struct publisher *publisher, const struct publisher_news *news,
	const struct record *record, struct refusal *refusal)
{
	struct signed_record_bytes made;
	struct signed_record_input input = { .now_us = news->now_us };
	struct directory_result result;
	int r = signed_record_make(news->identity, record, &made, refusal);

	if (r != SIGNED_RECORD_DONE)
		return r < 0 ? r : PUBLISHER_E_REFUSED;
	input.bytes = made.bytes;
	input.n = made.n;
	r = directory_offer(publisher->directory, &input, &result);
	free(made.bytes);
	if (r < 0)
		return r;
	if (r != DIRECTORY_TAKEN) {
		(void)refusal_set(refusal, record->host, "its own record is not taken here: %s%s%s",
			result.word, *result.refusal.text ? ", " : "", result.refusal.text);
		return PUBLISHER_E_REFUSED;
	}
	return publisher_put_classes(publisher, news);
}

static void publisher_remember(
	struct publisher *publisher, const struct publisher_news *news, const struct record *record)
{
	struct directory_member member;

	publisher->asked = false;
	publisher->issued_us = news->now_us;
	if (directory_find(publisher->directory, record->host, &member))
		publisher->version = member.version;
	(void)snprintf(publisher->class_digest, sizeof(publisher->class_digest), "%s",
		record->n_classes ? record->classes[record->n_classes - 1].digest : "");
	(void)snprintf(
		publisher->map, sizeof(publisher->map), "%s", record->map ? record->map : "");
	(void)snprintf(publisher->facts, sizeof(publisher->facts), "%s",
		record->facts ? record->facts : "");
	publisher->failed = news->failed;
	(void)snprintf(
		publisher->labels, sizeof(publisher->labels), "%s", news->config->exchange_labels);
	(void)snprintf(publisher->endpoints, sizeof(publisher->endpoints), "%s",
		news->config->exchange_endpoints);
}

int publisher_run(
	struct publisher *publisher, const struct publisher_news *news, struct refusal *refusal)
{
	_cleanup_(cleanup_freep) struct publisher_draft *draft = NULL;
	int r;

	if (!news->identity || !publisher_is_due(publisher, news))
		return PUBLISHER_NOTHING;
	draft = calloc(1, sizeof(*draft));
	if (!draft)
		return -ENOMEM;
	r = publisher_draft(news, draft);
	/* Once may be a clock that was set back over a restart. */
	if (r == 0 && publisher->issued_us > 0 &&
		publisher_is_overtaken(publisher, draft->record.host)) {
		publisher->n_overtaken++;
		publisher->overtaken_us = news->now_us;
	}
	if (r == 0)
		r = publisher_stamp(publisher, news, &draft->record, refusal);
	if (r == PUBLISHER_DONE)
		r = publisher_offer(publisher, news, &draft->record, refusal);
	if (r == PUBLISHER_DONE)
		publisher_remember(publisher, news, &draft->record);
	return r;
}
