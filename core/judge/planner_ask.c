/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/planner_ask.h"

#include "core/cleanup.h"

#include <errno.h>
#include <string.h>

static const char planner_ask_no_class[] = "nothing is known here of this host but its name";
static const char planner_ask_stale[] = "what is known of this host is too old to rely on";

int planner_ask_some(const struct planner_ask *ask, const bool *wanted, struct fleet *ret)
{
	struct fleet_member *members;
	size_t n = 0;

	for (size_t i = 0; i < ask->fleet.n_members; i++)
		n += wanted[i];
	members = arena_array(ask->arena, n, sizeof(*members));
	if (!members)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < ask->fleet.n_members; i++)
		if (wanted[i])
			members[n++] = ask->fleet.members[i];
	*ret = ask->fleet;
	ret->members = members;
	ret->n_members = n;
	return 0;
}

bool planner_ask_same_place(const struct host *a, const struct host *b)
{
	struct layout_place x = definition_place(a), y = definition_place(b);

	return x.amd == y.amd && x.cpu_bits == y.cpu_bits && x.ipa_bits == y.ipa_bits;
}

int planner_ask_places(
	const struct planner_ask *ask, const bool *wanted, const struct host ***ret, size_t *ret_n)
{
	const struct host **places = arena_array(ask->arena, ask->fleet.n_classes, sizeof(*places));
	size_t n = 0;

	if (!places)
		return -ENOMEM;
	for (size_t i = 0; i < ask->fleet.n_members; i++) {
		int32_t index = ask->fleet.members[i].class_index;
		bool seen = !wanted[i] || index < 0;

		for (size_t j = 0; !seen && j < n; j++)
			seen = planner_ask_same_place(places[j], ask->fleet.classes[index]);
		if (!seen)
			places[n++] = ask->fleet.classes[index];
	}
	*ret = places;
	*ret_n = n;
	return 0;
}

/* Asks about @machine, started on a host like @start. */
static int planner_ask_find(struct planner_ask *ask, const struct fleet *hosts,
	const struct machine *machine, const struct host *start, struct fleet_found *ret)
{
	struct machine copy = *machine;
	struct guest_text text = { .machine = &copy };
	struct fleet_question question = ask->question;
	int r;

	question.guest = &text;
	question.origin = (struct definition_origin){ .host = start };
	r = fleet_find(hosts, &question, ret, ask->refusal);
	return r == FLEET_DONE ? PLANNER_DONE : r < 0 ? r : PLANNER_E_REFUSED;
}

/* True when one of the findings before @n is of the same code. */
static bool planner_ask_is_said(const struct verdict *verdict, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (verdict->findings[i].code == verdict->findings[n].code &&
			verdict->findings[i].severity == FINDING_BLOCKS)
			return true;
	return false;
}

/* Takes over what blocks; what is violated leads where the answer is unsafe. */
static int planner_ask_take(
	const struct planner_ask *ask, const struct verdict *verdict, struct planner_host *ret)
{
	bool unsafe = ret->answer == VERDICT_UNSAFE;
	const struct finding *lead = NULL;

	ret->findings = arena_array(ask->arena, verdict->n_findings + 1, sizeof(*ret->findings));
	if (!ret->findings)
		return -ENOMEM;
	for (size_t i = 0; i < verdict->n_findings; i++) {
		const struct finding *finding = &verdict->findings[i];

		if (finding->severity != FINDING_BLOCKS)
			continue;
		if (!lead || (unsafe && lead->answer != FINDING_VIOLATED &&
				     finding->answer == FINDING_VIOLATED))
			lead = finding;
		if (!planner_ask_is_said(verdict, i))
			ret->findings[ret->n_findings++] = finding->code;
	}
	if (!lead || !lead->text)
		return 0;
	ret->reason = arena_text(ask->arena, lead->text, strlen(lead->text));
	return ret->reason ? 0 : -ENOMEM;
}

/* Makes @merged the answer at @index, if that is worse. */
static int planner_ask_merge(const struct planner_ask *ask, const struct fleet *hosts,
	const struct fleet_found *found, size_t index, struct planner_host *merged)
{
	const struct fleet_answer *answer = &found->answers[index];
	const struct fleet_member *member = &hosts->members[answer->member];
	struct planner_host host = { .name = member->name,
		.answer = fleet_answer_worst(found, index) };
	int r = 0;

	if (merged->name && host.answer <= merged->answer)
		return 0;
	if (member->class_index < 0)
		host.reason = planner_ask_no_class;
	else if (host.answer != VERDICT_SAFE)
		r = planner_ask_take(ask, found->verdicts[member->class_index], &host);
	if (r == 0 && answer->stale && host.answer != VERDICT_SAFE) {
		if (!host.findings)
			host.findings = arena_alloc(ask->arena, sizeof(*host.findings));
		if (!host.findings)
			return -ENOMEM;
		host.findings[host.n_findings++] = FINDING_FACTS_STALE;
		if (!host.reason)
			host.reason = planner_ask_stale;
	}
	*merged = host;
	return r;
}

static int planner_ask_merge_all(const struct planner_ask *ask, const struct fleet *hosts,
	const struct fleet_found *found, struct planner_host *merged)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < found->n; i++)
		r = planner_ask_merge(ask, hosts, found, i, &merged[found->answers[i].member]);
	return r;
}

int planner_ask_report(struct planner_ask *ask, const struct fleet *hosts,
	const struct machine *machine, const struct host *start, struct planner_host *merged)
{
	_cleanup_(fleet_found_done) struct fleet_found found = { 0 };
	int r = planner_ask_find(ask, hosts, machine, start, &found);

	return r != PLANNER_DONE ? r : planner_ask_merge_all(ask, hosts, &found, merged);
}

int planner_ask_as_is(struct planner_ask *ask, struct planner_host *merged)
{
	_cleanup_(fleet_found_done) struct fleet_found found = { 0 };
	struct fleet_question question = ask->question;
	int r;

	question.guest = ask->asked->ask.guest;
	question.origin = ask->asked->ask.origin;
	r = fleet_find(&ask->fleet, &question, &found, ask->refusal);
	if (r != FLEET_DONE)
		return r < 0 ? r : PLANNER_E_REFUSED;
	return planner_ask_merge_all(ask, &ask->fleet, &found, merged);
}

/* Asks those of @one_each, one of each class, that are like @place; sets @safe by class. */
static int planner_ask_place(struct planner_ask *ask, const struct machine *machine,
	const struct host *place, const bool *one_each, bool *safe)
{
	_cleanup_(fleet_found_done) struct fleet_found found = { 0 };
	const struct fleet *all = &ask->fleet;
	bool *here = arena_array(ask->arena, all->n_members, sizeof(*here));
	struct fleet hosts;
	int r;

	if (!here)
		return -ENOMEM;
	for (size_t i = 0; i < all->n_members; i++)
		here[i] = one_each[i] &&
			  planner_ask_same_place(place, all->classes[all->members[i].class_index]);
	r = planner_ask_some(ask, here, &hosts);
	if (r == PLANNER_DONE)
		r = planner_ask_find(ask, &hosts, machine, place, &found);
	for (size_t i = 0; r == PLANNER_DONE && i < found.n; i++)
		if (fleet_answer_worst(&found, i) == VERDICT_SAFE)
			safe[hosts.members[found.answers[i].member].class_index] = true;
	return r;
}

/* Members of @wanted of whom enough is known for "safe". */
static bool planner_ask_is_fresh(const struct planner_ask *ask, const bool *wanted, size_t i)
{
	const struct fleet_member *member = &ask->fleet.members[i];

	return wanted[i] && member->class_index >= 0 && !fleet_is_stale(&ask->fleet, member);
}

int planner_ask_at_home(
	struct planner_ask *ask, const struct machine *machine, const bool *wanted, bool *safe)
{
	const struct fleet *all = &ask->fleet;
	bool *one_each = arena_array(ask->arena, all->n_members, sizeof(*one_each));
	bool *seen = arena_array(ask->arena, all->n_classes, sizeof(*seen));
	bool *classes = arena_array(ask->arena, all->n_classes, sizeof(*classes));
	const struct host **places = NULL;
	size_t n_places = 0;
	int r = one_each && seen && classes ? PLANNER_DONE : -ENOMEM;

	for (size_t i = 0; r == PLANNER_DONE && i < all->n_members; i++) {
		int32_t index = all->members[i].class_index;

		one_each[i] = planner_ask_is_fresh(ask, wanted, i) && !seen[index];
		if (one_each[i])
			seen[index] = true;
	}
	if (r == PLANNER_DONE)
		r = planner_ask_places(ask, one_each, &places, &n_places);
	for (size_t i = 0; r == PLANNER_DONE && i < n_places; i++)
		r = planner_ask_place(ask, machine, places[i], one_each, classes);
	for (size_t i = 0; r == PLANNER_DONE && i < all->n_members; i++)
		if (planner_ask_is_fresh(ask, wanted, i) && classes[all->members[i].class_index])
			safe[i] = true;
	return r;
}

int planner_ask_prepare(struct planner_ask *ask, const bool *fails, unsigned tries)
{
	const struct fleet *all = &ask->fleet;
	bool *seen = arena_array(ask->arena, all->n_classes, sizeof(*seen));
	bool *wanted[3] = { NULL };
	bool first = true;
	int r = planner_ask_places(ask, ask->helpable, &ask->starts, &ask->n_starts);

	ask->tries = 0;
	ask->tries_most = tries;
	ask->exhausted = false;
	ask->baseline.arena = arena_free(ask->baseline.arena);
	for (size_t i = 0; i < 3; i++) {
		wanted[i] = arena_array(ask->arena, all->n_members, sizeof(*wanted[i]));
		if (!wanted[i] || !seen)
			return -ENOMEM;
	}
	for (unsigned failing = 2; failing-- > 0;)
		for (size_t i = 0; i < all->n_members; i++) {
			int32_t index = all->members[i].class_index;

			if (!ask->helpable[i] || fails[i] != failing || seen[index])
				continue;
			seen[index] = true;
			wanted[!failing ? 2 : first ? 0 : 1][i] = true;
			first = false;
		}
	for (size_t i = 0; r == 0 && i < 3; i++)
		r = planner_ask_some(ask, wanted[i], &ask->screens[i]);
	return r;
}

/* Whether @machine is safe on all of @hosts when it is started on a host like @start. */
static int planner_ask_all(struct planner_ask *ask, const struct fleet *hosts,
	const struct machine *machine, const struct host *start, bool *ret)
{
	_cleanup_(fleet_found_done) struct fleet_found found = { 0 };
	int r = PLANNER_DONE;

	*ret = true;
	if (hosts->n_members)
		r = planner_ask_find(ask, hosts, machine, start, &found);
	for (size_t i = 0; r == PLANNER_DONE && i < found.n; i++)
		*ret = *ret && fleet_answer_worst(&found, i) == VERDICT_SAFE;
	return r;
}

int planner_ask_try(struct planner_ask *ask, const struct machine *machine, bool *ret)
{
	bool works = ask->tries < ask->tries_most;
	int r = PLANNER_DONE;

	if (works && ask->asked->tried)
		ask->asked->tried(ask->asked->data, ask->tries);
	ask->exhausted = ask->exhausted || !works;
	ask->tries += works;
	for (size_t i = 0; works && i < 3; i++)
		for (size_t j = 0; works && r == PLANNER_DONE && j < ask->n_starts; j++)
			r = planner_ask_all(ask, &ask->screens[i], machine, ask->starts[j], &works);
	*ret = works;
	return r;
}

int planner_ask_usable(struct planner_ask *ask, const struct region_set **ret)
{
	size_t *members = arena_array(ask->arena, ask->fleet.n_members, sizeof(*members)), n = 0;
	int r = members ? 0 : -ENOMEM;

	for (size_t i = 0; members && i < ask->fleet.n_members; i++)
		if (ask->helpable[i])
			members[n++] = i;
	if (r == 0 && !ask->baseline.arena)
		r = fleet_baseline_compute(&ask->fleet, members, n, &ask->baseline);
	if (r < 0)
		return r;
	*ret = &ask->baseline.known;
	return 0;
}

struct machine *planner_ask_copy(const struct planner_ask *ask, const struct machine *machine)
{
	struct machine *copy = arena_alloc(ask->arena, sizeof(*copy));

	if (copy)
		*copy = *machine;
	return copy;
}
