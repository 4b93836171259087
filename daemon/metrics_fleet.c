/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hosts of the fleet in numbers: by class, by how old they are, by how far they are proven. */
#include "daemon/metrics.h"

#include "core/cleanup.h"
#include "core/judge/fleet.h"
#include "core/model/class.h"
#include "daemon/exchange/directory/class.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define METRICS_FLEET_DIGITS	32 /* of a class, as in the label that schedulers get */
#define METRICS_FLEET_STANDINGS 3U

struct metrics_fleet_class {
	struct directory_digest digest;
	uint64_t n_hosts;
};

struct metrics_fleet {
	const struct directory *directory;
	struct fleet clock; /* its times alone: who is stale is the core's to say */
	const char *own;    /* the name of this host */
	struct metrics_fleet_class *classes; /* by slot, and one more for this host */
	size_t n_classes;
	uint64_t unknown, stale;
	uint64_t standings[METRICS_FLEET_STANDINGS];
};

static void metrics_fleet_take_age(struct metrics_fleet *fleet, bool expired, uint64_t collected_us)
{
	struct fleet_member member = { .expired = expired, .collected_us = collected_us };

	if (fleet_is_stale(&fleet->clock, &member))
		fleet->stale++;
}

/* The newest class of @member that is read here. */
static void metrics_fleet_take_class(
	struct metrics_fleet *fleet, const struct directory_member *member)
{
	for (unsigned i = member->n_classes; i > 0; i--) {
		const struct directory_class_name *name = &member->classes[i - 1];
		struct directory_class class_;

		if (name->projection > CLASS_PROJECTION)
			continue;
		directory_get_class(fleet->directory, name->slot, &class_);
		fleet->classes[name->slot].digest = class_.digest;
		fleet->classes[name->slot].n_hosts++;
		return;
	}
	fleet->unknown++;
}

static bool metrics_fleet_on_member(const struct directory_member *member, void *data)
{
	struct metrics_fleet *fleet = data;

	fleet->standings[member->standing]++;
	/* This host is known by its own facts, whatever it told the others. */
	if (strcmp(member->host, fleet->own) == 0)
		return true;
	metrics_fleet_take_age(fleet, member->standing != DIRECTORY_CURRENT, member->collected_us);
	metrics_fleet_take_class(fleet, member);
	return true;
}

static void metrics_fleet_take_own(struct metrics_fleet *fleet, const struct state *state)
{
	struct directory_digest digest;

	metrics_fleet_take_age(fleet, false, state->collected_us);
	if (!state->host ||
		!directory_digest_parse(host_digests(state->host).class_, DIGEST_LENGTH, &digest)) {
		fleet->unknown++;
		return;
	}
	for (size_t i = 0; i < fleet->n_classes; i++) {
		struct metrics_fleet_class *class_ = &fleet->classes[i];

		/* The last is free. */
		if (i + 1 < fleet->n_classes &&
			(class_->n_hosts == 0 || memcmp(&class_->digest, &digest, sizeof(digest))))
			continue;
		class_->digest = digest;
		class_->n_hosts++;
		return;
	}
}

/* Most hosts first, then by digest, so that the same fleet gives the same lines. */
static int metrics_fleet_compare(const void *a, const void *b)
{
	const struct metrics_fleet_class *one = a, *other = b;

	if (one->n_hosts != other->n_hosts)
		return one->n_hosts > other->n_hosts ? -1 : 1;
	return memcmp(&one->digest, &other->digest, sizeof(one->digest));
}

static void metrics_fleet_add_classes(struct metrics_fleet *fleet, struct metrics_list *list)
{
	uint64_t others = 0, n = 0;
	char text[DIGEST_LENGTH + 1];

	qsort(fleet->classes, fleet->n_classes, sizeof(*fleet->classes), metrics_fleet_compare);
	metrics_list_begin(list, "iommufleet_hosts",
		"Hosts by the first 32 digits of their class; \"other\" are those of small classes "
		"together.",
		"gauge");
	for (; n < fleet->n_classes && fleet->classes[n].n_hosts > 0; n++) {
		if (n >= METRICS_CLASSES) {
			others += fleet->classes[n].n_hosts;
			continue;
		}
		directory_digest_format(&fleet->classes[n].digest, text);
		text[METRICS_FLEET_DIGITS] = '\0';
		metrics_list_add_word(list, "class", text, fleet->classes[n].n_hosts);
	}
	metrics_list_add_word(list, "class", "other", others);
	metrics_list_add_word(list, "class", "unknown", fleet->unknown);
	metrics_list_begin(list, "iommufleet_classes", "Classes that hosts are of.", "gauge");
	metrics_list_add(list, n);
}

static void metrics_fleet_add_ages(const struct metrics_fleet *fleet, struct metrics_list *list)
{
	static const char *const words[METRICS_FLEET_STANDINGS] = {
		[DIRECTORY_CURRENT] = "current",
		[DIRECTORY_EXPIRED] = "expired",
		[DIRECTORY_UNPROVEN] = "unproven",
	};

	metrics_list_begin(list, "iommufleet_stale_hosts",
		"Hosts of which what is known is too old for an answer.", "gauge");
	metrics_list_add(list, fleet->stale);
	metrics_list_begin(list, "iommufleet_records",
		"Signed records that are held, by how far they can be relied on.", "gauge");
	for (unsigned i = 0; i < METRICS_FLEET_STANDINGS; i++)
		metrics_list_add_word(list, "standing", words[i], fleet->standings[i]);
}

int metrics_fleet_add(
	const struct metrics_source *source, uint64_t now_us, struct metrics_list *list)
{
	const struct directory *directory = source->membership->directory;
	struct metrics_fleet fleet = { .directory = directory,
		.clock = { .now_us = now_us,
			.stale_after_us = source->config->judge_stale_after_us },
		.own = membership_name(source->membership),
		.n_classes = directory_count_slots(directory) + 1 };
	_cleanup_(cleanup_freep) struct metrics_fleet_class *classes =
		calloc(fleet.n_classes, sizeof(*classes));

	if (!classes)
		return -ENOMEM;
	fleet.classes = classes;
	directory_list(directory, metrics_fleet_on_member, &fleet);
	metrics_fleet_take_own(&fleet, source->state);
	metrics_fleet_add_classes(&fleet, list);
	metrics_fleet_add_ages(&fleet, list);
	return 0;
}
