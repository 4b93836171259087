/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Members by class. Several hosts at once may be of one class here, each with facts of its own, so
 * classes are told apart by digest, not by place.
 */
#include "core/judge/answer_fleet.h"

#include "core/judge/answer.h"
#include "core/judge/host_view.h"
#include "core/judge/subject.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct answer_fleet_classes_row { /* a member and its class */
	const char *digest;
	const struct host *host;
	const struct fleet_member *member;
};

struct answer_fleet_classes_run { /* rows of one class */
	const struct answer_fleet_classes_row *rows;
	size_t n;
};

static int answer_fleet_classes_by_class(const void *a, const void *b)
{
	const struct answer_fleet_classes_row *x = a, *y = b;
	int order = strcmp(x->digest, y->digest);

	return order ? order : strcmp(x->member->name, y->member->name);
}

static int answer_fleet_classes_by_size(const void *a, const void *b)
{
	const struct answer_fleet_classes_run *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return strcmp(x->rows->digest, y->rows->digest);
}

/* "reaches": each end that units have, with how it is known, once. */
static json_t *answer_fleet_classes_reaches(const struct class *class_)
{
	const struct class_shape *shapes = class_->shapes.items;
	json_t *array = json_array();

	for (size_t i = 0; i < facts_count(class_->shapes); i++) {
		struct answer reach = answer_start();
		json_t *json = NULL;
		bool seen = false;

		if (fact_is_null(shapes[i].aperture.fact)) {
			json_decref(reach.json);
			continue;
		}
		answer_fact_hex(&reach, "last", shapes[i].aperture);
		answer_fact_text(&reach, "known_by", shapes[i].aperture_known_by);
		if (answer_finish(&reach, &json) < 0) {
			json_decref(array);
			return NULL;
		}
		for (size_t j = 0; !seen && j < json_array_size(array); j++)
			seen = json_equal(json_array_get(array, j), json);
		if (seen)
			json_decref(json);
		else
			array = answer_append(array, json);
	}
	return array;
}

/* "formats": page tables of guests that some unit can walk, which tell its kind, once. */
static json_t *answer_fleet_classes_formats(const struct class *class_)
{
	const struct class_shape *shapes = class_->shapes.items;
	json_t *array = json_array();

	for (size_t i = 0; i < facts_count(class_->shapes); i++) {
		struct fact_texts formats = shapes[i].formats;

		for (size_t j = 0; fact_is_value(formats.fact) && j < formats.n; j++) {
			bool seen = false;

			for (size_t k = 0; !seen && k < json_array_size(array); k++)
				seen = strcmp(json_string_value(json_array_get(array, k)),
					       formats.items[j]) == 0;
			if (!seen)
				array = answer_append(array, json_string(formats.items[j]));
		}
	}
	return array;
}

/* Kinds of devices that can be given to a guest, or may be. */
static size_t answer_fleet_classes_kinds(const struct host *host)
{
	size_t n = 0, devices = facts_count(host->facts->devices);

	for (size_t i = 0; i < devices; i++) {
		struct project_place place = host->project.places[i];
		bool seen = host->assignable_after_rebind[i] == TRI_NO ||
			    !subject_is_candidate(host, i);

		for (size_t j = 0; !seen && j < i; j++)
			seen = host->project.places[j].shape == place.shape &&
			       host->project.places[j].member == place.member;
		n += !seen;
	}
	return n;
}

static struct answer answer_fleet_classes_one(const struct answer_fleet_classes_run *run)
{
	const struct host *host = run->rows->host;
	const struct class *class_ = &host->project.class_;
	struct answer answer = answer_start();
	json_t *names = json_array();
	uint64_t oldest_us = run->rows->member->collected_us;

	for (size_t i = 0; i < run->n; i++) {
		const struct fleet_member *member = run->rows[i].member;

		names = answer_append(names, json_string_nocheck(member->name));
		if (member->collected_us < oldest_us)
			oldest_us = member->collected_us;
	}
	answer_text(&answer, "class", run->rows->digest);
	answer_text(&answer, "map", host_digests(host).map);
	answer_set(&answer, "hosts", names);
	answer_collected(&answer, oldest_us);
	answer_fact_text(&answer, "arch", class_->arch);
	answer_fact_integer(&answer, "page_size", class_->page_size);
	answer_fact_integer(&answer, "cpu_bits", class_->cpu_bits);
	answer_set(&answer, "reaches", answer_fleet_classes_reaches(class_));
	answer_set(&answer, "formats", answer_fleet_classes_formats(class_));
	answer_integer(&answer, "assignable_kinds", answer_fleet_classes_kinds(host));
	return answer;
}

/* The runs of equal digests of the @n sorted @rows, the longest first; how many in @ret_n. */
static struct answer_fleet_classes_run *answer_fleet_classes_runs(
	const struct answer_fleet_classes_row *rows, size_t n, struct arena *arena, size_t *ret_n)
{
	struct answer_fleet_classes_run *runs = arena_array(arena, n, sizeof(*runs));
	size_t n_runs = 0;

	for (size_t i = 0; runs && i < n; i++) {
		if (i == 0 || strcmp(rows[i].digest, rows[i - 1].digest) != 0)
			runs[n_runs++].rows = &rows[i];
		runs[n_runs - 1].n++;
	}
	if (n_runs)
		qsort(runs, n_runs, sizeof(*runs), answer_fleet_classes_by_size);
	*ret_n = n_runs;
	return runs;
}

static int answer_fleet_classes_make(const struct fleet *fleet, struct arena *arena, json_t **ret)
{
	struct answer_fleet_classes_row *rows = arena_array(arena, fleet->n_members, sizeof(*rows));
	struct answer_fleet_classes_run *runs;
	json_t *classes = json_array(), *unknown = json_array(), *stale = json_array();
	struct answer answer = answer_start();
	size_t n = 0, n_runs;

	for (size_t i = 0; rows && i < fleet->n_members; i++) {
		const struct fleet_member *member = &fleet->members[i];
		const struct host *host;

		if (fleet_is_stale(fleet, member))
			stale = answer_append(stale, json_string_nocheck(member->name));
		if (member->class_index < 0) {
			unknown = answer_append(unknown, json_string_nocheck(member->name));
			continue;
		}
		host = fleet->classes[member->class_index];
		rows[n++] = (struct answer_fleet_classes_row){ host_digests(host).class_, host,
			member };
	}
	if (n)
		qsort(rows, n, sizeof(*rows), answer_fleet_classes_by_class);
	runs = answer_fleet_classes_runs(rows, n, arena, &n_runs);
	for (size_t i = 0; runs && i < n_runs; i++) {
		struct answer one = answer_fleet_classes_one(&runs[i]);

		classes = answer_append_answer(classes, &one);
	}
	if (!rows || !runs)
		answer_set(&answer, "classes", NULL);
	answer_text(&answer, "schema", ANSWER_FLEET_CLASSES);
	answer_integer(&answer, "total", fleet->n_members);
	answer_set(&answer, "classes", classes);
	answer_set(&answer, "unknown", unknown);
	answer_set(&answer, "stale", stale);
	return answer_finish(&answer, ret);
}

int answer_fleet_classes(const struct fleet *fleet, json_t **ret)
{
	struct arena *arena;
	int r = arena_new(SIZE_MAX, &arena);

	if (r < 0)
		return r;
	r = answer_fleet_classes_make(fleet, arena, ret);
	arena_free(arena);
	return r;
}
