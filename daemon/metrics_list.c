/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/metrics_list.h"

#include "core/codec/metrics_text.h"

#include <errno.h>

void metrics_list_init(struct metrics_list *list)
{
	*list = (struct metrics_list){ .metrics = json_array() };
}

static void metrics_list_fail(struct metrics_list *list)
{
	json_decref(list->metrics);
	*list = (struct metrics_list){ .metrics = NULL };
}

void metrics_list_begin(
	struct metrics_list *list, const char *name, const char *help, const char *type)
{
	json_t *samples = json_array();
	json_t *metric = json_pack("{s:s, s:s, s:s, s:o}", "name", name, "help", help, "type", type,
		"samples", samples);

	list->samples = samples;
	if (!list->metrics || !samples || !metric) {
		json_decref(metric);
		metrics_list_fail(list);
	} else if (json_array_append_new(list->metrics, metric) < 0) {
		metrics_list_fail(list);
	}
}

void metrics_list_add_labels(struct metrics_list *list, json_t *labels, uint64_t value)
{
	json_t *sample;

	/* A count that does not fit stays at the most that does. */
	sample = json_pack("{s:o, s:I}", "labels", labels, "value",
		value > INT64_MAX ? (json_int_t)INT64_MAX : (json_int_t)value);
	if (!list->samples) {
		json_decref(sample);
		return;
	}
	if (!sample || json_array_append_new(list->samples, sample) < 0)
		metrics_list_fail(list);
}

void metrics_list_add(struct metrics_list *list, uint64_t value)
{
	metrics_list_add_labels(list, json_object(), value);
}

void metrics_list_add_word(
	struct metrics_list *list, const char *label, const char *word, uint64_t value)
{
	metrics_list_add_labels(list, json_pack("{s:s}", label, word), value);
}

int metrics_list_finish(struct metrics_list *list, json_t **ret)
{
	json_t *document;

	if (!list->metrics)
		return -ENOMEM;
	document = json_pack("{s:s, s:o}", "schema", METRICS_TEXT_SCHEMA, "metrics", list->metrics);
	*list = (struct metrics_list){ .metrics = NULL };
	if (!document)
		return -ENOMEM;
	*ret = document;
	return 0;
}
