/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/plan_ask.h"

#include "client/fleet_files.h"
#include "client/offline.h"
#include "client/progress.h"
#include "client/remote_fleet.h"
#include "core/cleanup.h"
#include "core/judge/answer_json_plan.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

CLEANUP_DEFINE(struct facts *, facts_unref, plan_ask_facts_unrefp);
CLEANUP_DEFINE(struct host *, host_unref, plan_ask_host_unrefp);

static void plan_ask_tried(void *data, unsigned tries)
{
	progress_show(data, "changes tried: %u", tries);
}

/* The host that the guest is defined on, as it was observed: one of those asked, or a file. */
static int plan_ask_origin(const struct arguments *options, const struct fleet_files *files,
	struct trouble *trouble, struct host **ret)
{
	_cleanup_(plan_ask_facts_unrefp) struct facts *facts = NULL;
	const struct fleet_files_host *member = fleet_files_find(files, options->from);
	int r = 0;

	if (member)
		facts = facts_ref(member->facts);
	else
		r = offline_read(options->from, trouble, &facts);
	return r != 0 ? r : host_new(facts, NULL, ret);
}

/* Leaves of @fleet the members that @options name, in order. */
static int plan_ask_members(const struct arguments *options, const struct fleet_files *files,
	struct trouble *trouble, struct fleet *fleet)
{
	struct fleet_member *members = arena_array(files->arena, files->n, sizeof(*members));
	bool *wanted = arena_array(files->arena, files->n, sizeof(*wanted));
	size_t n = 0;

	if (!members || !wanted)
		return -ENOMEM;
	for (size_t i = 1; i < options->n_words; i++) {
		const struct fleet_files_host *host = fleet_files_find(files, options->words[i]);

		if (!host)
			return trouble_set(trouble,
				"%s: no such host; name one of those that --facts names, by its "
				"file or without folder and .json",
				options->words[i]);
		wanted[host - files->hosts] = true;
	}
	for (size_t i = 0; i < files->n; i++)
		if (options->n_words <= 1 || wanted[i])
			members[n++] = fleet->members[i];
	fleet->members = members;
	fleet->n_members = n;
	return 0;
}

static int plan_ask_compute(const struct fleet *fleet, const struct planner_question *asked,
	struct trouble *trouble, json_t **ret)
{
	struct progress progress;
	struct planner_question question = *asked;
	struct refusal refusal = { 0 };
	struct planner_plan plan;
	int r;

	progress_start(&progress);
	question.tried = plan_ask_tried;
	question.data = &progress;
	r = planner_compute(fleet, &question, &plan, &refusal);
	progress_stop(&progress);
	if (r == PLANNER_E_REFUSED)
		return trouble_usage(trouble, "--attach=%s: %s", refusal.where, refusal.text);
	if (r < 0)
		return r;
	r = answer_json_plan(fleet, &plan, ret);
	arena_free(plan.arena);
	return r;
}

static int plan_ask_daemon(const struct arguments *options, const struct input *input,
	struct trouble *trouble, json_t **ret)
{
	_cleanup_(remote_talk_done) struct remote_talk talk = { 0 };
	int r = remote_talk_open(options, trouble, &talk);

	/* The first word is the verb. */
	return r != 0 ? r
		      : remote_fleet_plan(&talk,
				&(struct remote_fleet_names){
					options->n_words - 1, options->words + 1 },
				input, trouble, ret);
}

static int plan_ask_files(const struct arguments *options, const struct input *input,
	struct trouble *trouble, json_t **ret)
{
	_cleanup_(fleet_files_done) struct fleet_files files = { 0 };
	_cleanup_(guest_text_done) struct guest_text text = { 0 };
	_cleanup_(plan_ask_host_unrefp) struct host *from = NULL;
	struct planner_question question = {
		.ask = {
			.guest = &text,
			.origin.name = options->from_name,
			.question = {
				.questions = options->questions,
				.n_attach = options->n_attach,
				.attach = options->attach,
				.attach_memory = options->attach_memory,
			},
			.class_digest = options->class_digest,
		},
		.cmdline = input->format == GUEST_FORMAT_CMDLINE,
	};
	struct fleet fleet;
	int r;

	r = fleet_files_load(options, trouble, &files);
	fleet = files.fleet;
	if (r == 0)
		r = plan_ask_members(options, &files, trouble, &fleet);
	if (r == 0)
		r = offline_decode_guest(options, input, trouble, &text);
	if (r == 0 && options->from)
		r = plan_ask_origin(options, &files, trouble, &from);
	question.ask.origin.host = from;
	return r != 0 ? r : plan_ask_compute(&fleet, &question, trouble, ret);
}

int plan_ask(const struct arguments *options, const struct input *input, struct trouble *trouble,
	json_t **ret)
{
	return options->facts ? plan_ask_files(options, input, trouble, ret)
			      : plan_ask_daemon(options, input, trouble, ret);
}
