/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/metrics.h"

#include <string.h>
#include <time.h>

#define METRICS_S UINT64_C(1000000)

static uint64_t metrics_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * METRICS_S + (uint64_t)now.tv_nsec / 1000;
}

void metrics_count_answer(struct metrics *metrics, const struct verdict *verdict)
{
	for (unsigned i = 0, bit = FINDING_MIGRATE; bit & FINDING_QUESTIONS; i++, bit <<= 1) {
		if (verdict->questions & bit)
			metrics->answers[i][verdict_answer(verdict, bit)]++;
	}
}

static void metrics_add_answers(const struct metrics *metrics, struct metrics_list *list)
{
	metrics_list_begin(list, "iommufleet_answers_total",
		"Questions about a guest that this daemon answered.", "counter");
	for (unsigned i = 0, bit = FINDING_MIGRATE; bit & FINDING_QUESTIONS; i++, bit <<= 1) {
		for (unsigned j = VERDICT_SAFE; j <= VERDICT_UNSAFE; j++)
			metrics_list_add_labels(list,
				json_pack("{s:s, s:s}", "answer",
					verdict_answer_word((enum verdict_answer)j), "question",
					finding_question_word((enum finding_question)bit)),
				metrics->answers[i][j]);
	}
}

static void metrics_add_collections(const struct metrics *metrics, struct metrics_list *list)
{
	uint64_t collected_us = metrics->source.state->collected_us;

	metrics_list_begin(list, "iommufleet_collections_total",
		"Collections of this host's facts that ended.", "counter");
	metrics_list_add_word(list, "result", "done", metrics->collected);
	metrics_list_add_word(list, "result", "failed", metrics->not_collected);
	metrics_list_begin(list, "iommufleet_collected_timestamp_seconds",
		"When the facts in use were collected.", "gauge");
	if (collected_us)
		metrics_list_add(list, collected_us / METRICS_S);
}

static void metrics_add_requests(const struct metrics *metrics, struct metrics_list *list)
{
	static const char *const words[] = {
		[METRICS_ANSWERED] = "answered",
		[METRICS_REFUSED] = "refused",
		[METRICS_DROPPED] = "dropped",
	};

	metrics_list_begin(list, "iommufleet_metrics_requests_total",
		"Connections to the address that these numbers are told at.", "counter");
	for (unsigned i = 0; i < _METRICS_REQUEST_MAX; i++)
		metrics_list_add_word(list, "result", words[i], metrics->requests[i]);
}

static void metrics_add_state(const struct metrics_source *source, struct metrics_list *list)
{
	metrics_list_begin(list, "iommufleet_build_info", "The version of the daemon.", "gauge");
	metrics_list_add_word(list, "version", IOMMUFLEET_VERSION, 1);
	metrics_list_begin(list, "iommufleet_store_kept",
		"1 where the store has what is known, 0 where a restart would lose it.", "gauge");
	metrics_list_add(list, source->keep->kept);
	metrics_list_begin(list, "iommufleet_fleet_state",
		"How this host stands in its fleet, as the label.", "gauge");
	metrics_list_add_word(list, "state", membership_word(source->membership), 1);
	metrics_list_begin(list, "iommufleet_guests", "Guests that run on this host.", "gauge");
	metrics_list_add(list, source->guests->n);
}

int metrics_document(const struct metrics *metrics, json_t **ret)
{
	struct metrics_list list;
	int r, s;

	metrics_list_init(&list);
	metrics_add_state(&metrics->source, &list);
	metrics_list_begin(&list, "iommufleet_guests_at_risk_total",
		"Times that a guest of this host got a worse answer than before.", "counter");
	metrics_list_add(&list, metrics->at_risk);
	metrics_add_answers(metrics, &list);
	metrics_add_collections(metrics, &list);
	metrics_add_requests(metrics, &list);
	r = metrics_fleet_add(&metrics->source, metrics_now_us(), &list);
	metrics_exchange_add(&metrics->source, &list);
	s = metrics_list_finish(&list, ret);
	if (r < 0 && s == 0)
		json_decref(*ret);
	return r < 0 ? r : s;
}
