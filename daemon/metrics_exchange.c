/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What came from other hosts and went to them, from the counters of the exchange. */
#include "daemon/metrics.h"

#include "daemon/exchange/etcd.h"
#include "daemon/exchange/peers.h"

#include <stdio.h>
#include <string.h>

#define METRICS_EXCHANGE_WORD 64U

/* A metric is one group of lines, so each goes through all counters and takes its own. */
enum metrics_exchange_kind {
	METRICS_EXCHANGE_TAKEN, /* of records and classes: good ones */
	METRICS_EXCHANGE_REJECTED,
	METRICS_EXCHANGE_ROUNDS,
	METRICS_EXCHANGE_BYTES,
	METRICS_EXCHANGE_EVENTS,
};

struct metrics_exchange_pass {
	struct metrics_list *list;
	enum metrics_exchange_kind kind;
	const char *transport; /* "peers", "etcd" */
};

/* ------------------------------------------------------------- what was offered */

static bool metrics_exchange_is_good(const char *word)
{
	static const char *const good[] = { "accepted", "same", "older", "class-accepted",
		"class-same" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (strcmp(word, good[i]) == 0)
			return true;
	}
	return false;
}

static void metrics_exchange_on_offer(const char *word, uint64_t count, void *data)
{
	const struct metrics_exchange_pass *pass = data;
	bool good = metrics_exchange_is_good(word);

	if (good && pass->kind == METRICS_EXCHANGE_TAKEN)
		metrics_list_add_word(pass->list, "result", word, count);
	else if (!good && pass->kind == METRICS_EXCHANGE_REJECTED)
		metrics_list_add_word(pass->list, "reason", word, count);
}

static void metrics_exchange_add_offers(
	const struct metrics_source *source, struct metrics_list *list)
{
	struct metrics_exchange_pass pass = { .list = list, .kind = METRICS_EXCHANGE_TAKEN };
	const struct directory *directory = source->membership->directory;

	metrics_list_begin(list, "iommufleet_received_total",
		"Records, and class documents (class-), that came and were in order.", "counter");
	directory_list_counters(directory, metrics_exchange_on_offer, &pass);
	pass.kind = METRICS_EXCHANGE_REJECTED;
	metrics_list_begin(list, "iommufleet_rejected_total",
		"Records, and class documents (class-), that were refused.", "counter");
	directory_list_counters(directory, metrics_exchange_on_offer, &pass);
}

/* ------------------------------------------------------------- transports */

static enum metrics_exchange_kind metrics_exchange_kind_of(const char *word)
{
	size_t n = strlen(word);

	if (strcmp(word, "peers-rounds") == 0)
		return METRICS_EXCHANGE_ROUNDS;
	return n > 6 && strcmp(word + n - 6, "-bytes") == 0 ? METRICS_EXCHANGE_BYTES
							    : METRICS_EXCHANGE_EVENTS;
}

/* "peers-sent-bytes" is "sent" of the transport peers. */
static void metrics_exchange_on_word(const char *word, uint64_t count, void *data)
{
	const struct metrics_exchange_pass *pass = data;
	char event[METRICS_EXCHANGE_WORD];
	size_t n = strncmp(word, "peers-", 6) == 0 ? 6 : 0;

	if (metrics_exchange_kind_of(word) != pass->kind)
		return;
	(void)snprintf(event, sizeof(event), "%s", word + n);
	if (pass->kind == METRICS_EXCHANGE_ROUNDS) {
		metrics_list_add(pass->list, count);
		return;
	}
	if (pass->kind == METRICS_EXCHANGE_BYTES)
		event[strlen(event) - strlen("-bytes")] = '\0';
	metrics_list_add_labels(pass->list,
		json_pack("{s:s, s:s}", "event", event, "transport", pass->transport), count);
}

static void metrics_exchange_add_kind(const struct metrics_source *source,
	struct metrics_list *list, enum metrics_exchange_kind kind)
{
	struct metrics_exchange_pass pass = { .list = list, .kind = kind, .transport = "peers" };

	if (source->peering->peers)
		peers_list_counters(source->peering->peers, metrics_exchange_on_word, &pass);
	pass.transport = "etcd";
	if (source->meeting->etcd)
		etcd_list_counters(source->meeting->etcd, metrics_exchange_on_word, &pass);
}

static void metrics_exchange_add_etcd(const struct etcd *etcd, struct metrics_list *list)
{
	struct etcd_status status;

	etcd_get_status(etcd, &status);
	metrics_list_begin(list, "iommufleet_etcd_reached",
		"1 where the last request to etcd was answered.", "gauge");
	metrics_list_add(list, status.reached);
	metrics_list_begin(list, "iommufleet_etcd_published",
		"1 where this host's newest record stands in etcd.", "gauge");
	metrics_list_add(list, status.published);
}

void metrics_exchange_add(const struct metrics_source *source, struct metrics_list *list)
{
	metrics_exchange_add_offers(source, list);
	metrics_list_begin(list, "iommufleet_exchange_rounds_total",
		"Rounds in which this host compared notes with peers.", "counter");
	metrics_exchange_add_kind(source, list, METRICS_EXCHANGE_ROUNDS);
	metrics_list_begin(list, "iommufleet_exchange_bytes_total",
		"Bytes of requests and answers that were exchanged.", "counter");
	metrics_exchange_add_kind(source, list, METRICS_EXCHANGE_BYTES);
	metrics_list_begin(list, "iommufleet_exchange_events_total",
		"What happened in the exchange with other hosts.", "counter");
	metrics_exchange_add_kind(source, list, METRICS_EXCHANGE_EVENTS);
	if (source->meeting->etcd)
		metrics_exchange_add_etcd(source->meeting->etcd, list);
}
