/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The document of core/codec/metrics_text.h while it is made. Memory that runs out is remembered
 * and found at the end, so that what is counted reads as a list.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

struct metrics_list {
	json_t *metrics; /* NULL after an error */
	json_t *samples; /* of the metric that was begun last; borrowed from it */
};

void metrics_list_init(struct metrics_list *list);

/* Begins a metric; @type is "counter" or "gauge". */
void metrics_list_begin(
	struct metrics_list *list, const char *name, const char *help, const char *type);

/* Adds a sample without labels, with one, or with @labels, whose reference is taken. */
void metrics_list_add(struct metrics_list *list, uint64_t value);
void metrics_list_add_word(
	struct metrics_list *list, const char *label, const char *word, uint64_t value);
void metrics_list_add_labels(struct metrics_list *list, json_t *labels, uint64_t value);

/* The document in @ret, a new reference; the list is done with either way. -ENOMEM. */
int metrics_list_finish(struct metrics_list *list, json_t **ret);
