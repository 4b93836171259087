/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/fleet_offline.h"

#include "client/fleet_files.h"
#include "client/offline.h"
#include "core/cleanup.h"
#include "core/judge/answer_fleet.h"
#include "core/judge/answer_json.h"
#include "core/judge/fleet_baseline.h"

#include <errno.h>
#include <string.h>

CLEANUP_DEFINE(struct facts *, facts_unref, fleet_offline_facts_unrefp);
CLEANUP_DEFINE(struct host *, host_unref, fleet_offline_host_unrefp);

/*
 * The host that the guest is defined on: one that is asked, or another facts document. It is as it
 * was observed: what is assumed is of the hosts that are asked.
 */
static int fleet_offline_origin(const struct arguments *options, const struct fleet_files *files,
	struct trouble *trouble, struct host **ret, const char **ret_name)
{
	_cleanup_(fleet_offline_facts_unrefp) struct facts *facts = NULL;
	const struct fleet_files_host *member;
	int r = 0;

	if (!options->from)
		return 0;
	member = fleet_files_find(files, options->from);
	if (member)
		facts = facts_ref(member->facts);
	else
		r = offline_read(options->from, trouble, &facts);
	if (r == 0)
		r = host_new(facts, NULL, ret);
	if (r == 0)
		*ret_name = member ? member->name : options->from_name;
	return r;
}

static int fleet_offline_find(const struct arguments *options, const struct fleet_files *files,
	const struct guest_text *guest, struct trouble *trouble, json_t **ret)
{
	struct fleet_question question = {
		.guest = guest,
		.question = {
			.questions = options->questions,
			.n_attach = options->n_attach,
			.attach = options->attach,
			.attach_memory = options->attach_memory,
		},
		.class_digest = options->class_digest,
	};
	_cleanup_(fleet_found_done) struct fleet_found found = { 0 };
	_cleanup_(fleet_offline_host_unrefp) struct host *from = NULL;
	struct refusal refusal = { 0 };
	int r = fleet_offline_origin(options, files, trouble, &from, &question.origin.name);

	if (r != 0)
		return r;
	question.origin.host = from;
	r = fleet_find(&files->fleet, &question, &found, &refusal);
	if (r == FLEET_E_REFUSED)
		return trouble_usage(trouble, "--attach=%s: %s", refusal.where, refusal.text);
	return r < 0 ? r : answer_fleet_hosts(&files->fleet, &found, 0, found.n, ret);
}

int fleet_offline_hosts(const struct arguments *options, const struct input *input,
	struct trouble *trouble, json_t **ret)
{
	_cleanup_(fleet_files_done) struct fleet_files files = { 0 };
	_cleanup_(guest_text_done) struct guest_text text = { 0 };
	int r = fleet_files_load(options, trouble, &files);

	if (r == 0 && input)
		r = offline_decode_guest(options, input, trouble, &text);
	return r != 0 ? r : fleet_offline_find(options, &files, input ? &text : NULL, trouble, ret);
}

int fleet_offline_classes(const struct arguments *options, struct trouble *trouble, json_t **ret)
{
	_cleanup_(fleet_files_done) struct fleet_files files = { 0 };
	int r = fleet_files_load(options, trouble, &files);

	return r != 0 ? r : answer_fleet_classes(&files.fleet, ret);
}

static int fleet_offline_unknown(const char *word, struct trouble *trouble)
{
	return trouble_set(trouble,
		"%s: no such host; name one of those that --facts names, by its file or without "
		"folder and .json",
		word);
}

int fleet_offline_compare(const struct arguments *options, const char *const names[2],
	struct trouble *trouble, json_t **ret)
{
	_cleanup_(fleet_files_done) struct fleet_files files = { 0 };
	struct answer_json_named sides[2];
	int r = fleet_files_load(options, trouble, &files);

	for (size_t i = 0; r == 0 && i < 2; i++) {
		const struct fleet_files_host *host = fleet_files_find(&files, names[i]);

		if (!host)
			return fleet_offline_unknown(names[i], trouble);
		sides[i] = (struct answer_json_named){ .name = host->name, .host = host->host };
	}
	return r != 0 ? r : answer_json_compare(&sides[0], &sides[1], ret);
}

/* Hosts of a fleet, as indices, in order and each once. */
struct fleet_offline_some {
	size_t n;
	size_t *members;
};

/* The @n hosts at @names, or all. */
static int fleet_offline_members(const struct fleet_files *files, size_t n,
	const char *const *names, struct trouble *trouble, struct fleet_offline_some *ret)
{
	bool *wanted = arena_array(files->arena, files->n, sizeof(*wanted));
	struct fleet_offline_some some = {
		.members = arena_array(files->arena, files->n, sizeof(*some.members)),
	};

	if (!wanted || !some.members)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct fleet_files_host *host = fleet_files_find(files, names[i]);

		if (!host)
			return fleet_offline_unknown(names[i], trouble);
		wanted[host - files->hosts] = true;
	}
	for (size_t i = 0; i < files->n; i++)
		if (n == 0 || wanted[i])
			some.members[some.n++] = i;
	*ret = some;
	return 0;
}

int fleet_offline_baseline(const struct arguments *options, size_t n, const char *const *names,
	struct trouble *trouble, json_t **ret)
{
	_cleanup_(fleet_files_done) struct fleet_files files = { 0 };
	struct fleet_offline_some some = { 0 };
	struct fleet_baseline baseline;
	int r = fleet_files_load(options, trouble, &files);

	if (r == 0)
		r = fleet_offline_members(&files, n, names, trouble, &some);
	if (r == 0)
		r = fleet_baseline_compute(&files.fleet, some.members, some.n, &baseline);
	if (r != 0)
		return r;
	r = answer_fleet_baseline(&baseline, ret);
	arena_free(baseline.arena);
	return r;
}
