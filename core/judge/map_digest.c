/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is hashed is plain text, since all that matters is that equal is equal: one paragraph for
 * each different map, in order.
 */
#include "core/judge/map_digest.h"

#include "core/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of what follows: another version never compares equal. */
#define MAP_DIGEST_VERSION 1U

struct map_digest_texts {
	size_t n;
	char **items;
};

static void map_digest_texts_done(struct map_digest_texts *texts)
{
	for (size_t i = 0; i < texts->n; i++)
		free(texts->items[i]);
	free(texts->items);
}

static void map_digest_number(FILE *out, const char *name, struct fact_number number)
{
	if (fact_is_value(number.fact))
		fprintf(out, "%s %" PRIx64 "\n", name, number.value);
	else
		fprintf(out, "%s %s\n", name, fact_is_null(number.fact) ? "none" : "unknown");
}

static void map_digest_windows(FILE *out, const char *name, const struct fact_list *list)
{
	const struct class_window *windows = list->items;

	if (!fact_is_value(list->fact))
		fprintf(out, "%s %s\n", name, fact_is_null(list->fact) ? "none" : "unknown");
	for (size_t i = 0; fact_is_value(list->fact) && i < list->n; i++)
		fprintf(out, "%s %" PRIx64 " %" PRIx64 "\n", name, windows[i].first.value,
			windows[i].last.value);
}

static void map_digest_shape(
	FILE *out, const struct class_shape *shape, const struct usable *usable)
{
	map_digest_number(out, "reach", shape->aperture);
	map_digest_number(out, "at-most", shape->aperture_at_most);
	map_digest_number(out, "granule", shape->min_page);
	fprintf(out, "regions %s\n", usable->regions_known ? "known" : "unknown");
	for (size_t i = 0; i < usable->proven.n; i++)
		fprintf(out, "usable %" PRIx64 " %" PRIx64 "\n", usable->proven.items[i].first,
			usable->proven.items[i].last);
	for (size_t i = 0; i < usable->possible.n; i++)
		fprintf(out, "possible %" PRIx64 " %" PRIx64 "\n", usable->possible.items[i].first,
			usable->possible.items[i].last);
}

static void map_digest_member(FILE *out, const struct class_member *member)
{
	map_digest_windows(out, "peer", &member->peers);
	map_digest_windows(out, "doubtful", &member->peers_doubtful);
	map_digest_number(out, "complete", member->peers_complete);
	map_digest_windows(out, "inbound", &member->inbound);
}

static int map_digest_add(struct map_digest_texts *texts, const struct class_shape *shape,
	const struct usable *usable, const struct class_member *member)
{
	size_t n;
	FILE *out = open_memstream(&texts->items[texts->n], &n);
	int failed;

	if (!out)
		return -ENOMEM;
	map_digest_shape(out, shape, usable);
	map_digest_member(out, member);
	failed = ferror(out);
	if (fclose(out) != 0 || failed) {
		free(texts->items[texts->n]);
		return -ENOMEM;
	}
	texts->n++;
	return 0;
}

static int map_digest_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A group that the kernel refuses, or that has nothing but bridges, decides nothing. */
static bool map_digest_counts(const struct class_shape *shape, const struct class_member *member)
{
	return !fact_is_yes(shape->direct_refused) && !fact_is_yes(member->bridge) &&
	       !fact_text_is(member->bus, "platform");
}

static int map_digest_collect(
	const struct class *class_, const struct usable *usables, struct map_digest_texts *texts)
{
	const struct class_shape *shapes = class_->shapes.items;
	size_t n = 0, n_shapes = fact_is_value(class_->shapes.fact) ? class_->shapes.n : 0;

	for (size_t i = 0; i < n_shapes; i++)
		n += shapes[i].members.n;
	texts->items = calloc(n + 1, sizeof(*texts->items));
	if (!texts->items)
		return -ENOMEM;
	for (size_t i = 0; i < n_shapes; i++) {
		const struct class_member *members = shapes[i].members.items;

		for (size_t j = 0; j < shapes[i].members.n; j++) {
			int r = map_digest_counts(&shapes[i], &members[j])
					? map_digest_add(
						  texts, &shapes[i], &usables[i], &members[j])
					: 0;
			if (r < 0)
				return r;
		}
	}
	qsort(texts->items, texts->n, sizeof(*texts->items), map_digest_compare);
	return 0;
}

int map_digest_compute(
	const struct class *class_, const struct usable *usables, char ret[DIGEST_LENGTH + 1])
{
	_cleanup_(map_digest_texts_done) struct map_digest_texts texts = { 0 };
	_cleanup_(cleanup_freep) char *whole = NULL;
	size_t n;
	FILE *out;
	int r = map_digest_collect(class_, usables, &texts), failed;

	if (r < 0)
		return r;
	out = open_memstream(&whole, &n);
	if (!out)
		return -ENOMEM;
	fprintf(out, "iommufleet-map-%u\n", MAP_DIGEST_VERSION);
	map_digest_number(out, "page", class_->page_size);
	map_digest_number(out, "grouped", class_->grouped);
	for (size_t i = 0; i < texts.n; i++)
		if (i == 0 || strcmp(texts.items[i], texts.items[i - 1]) != 0)
			fprintf(out, "\n%s", texts.items[i]);
	failed = ferror(out);
	if (fclose(out) != 0 || failed)
		return -ENOMEM;
	return digest_compute(whole, n, ret);
}
