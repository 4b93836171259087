/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/fleet.h"

#include <errno.h>
#include <string.h>

#define FLEET_CLOCK_SLACK_US (5ULL * 60 * 1000000)

const struct fleet_member *fleet_find_member(const struct fleet *fleet, const char *name)
{
	size_t first = 0, end = fleet->n_members;

	while (first < end) {
		size_t middle = first + (end - first) / 2;
		int order = strcmp(name, fleet->members[middle].name);

		if (order == 0)
			return &fleet->members[middle];
		if (order < 0)
			end = middle;
		else
			first = middle + 1;
	}
	return NULL;
}

const struct assume *fleet_assume(const struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->n_classes; i++)
		if (host_is_of_class(fleet->classes[i]))
			return host_assume(fleet->classes[i]);
	return fleet->n_classes ? host_assume(fleet->classes[0]) : NULL;
}

uint64_t fleet_oldest(const struct fleet *fleet, const size_t *members, size_t n)
{
	uint64_t oldest_us = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t one_us = fleet->members[members ? members[i] : i].collected_us;

		if (!one_us)
			return 0;
		if (!oldest_us || one_us < oldest_us)
			oldest_us = one_us;
	}
	return oldest_us;
}

bool fleet_is_stale(const struct fleet *fleet, const struct fleet_member *member)
{
	if (member->expired)
		return true;
	if (!fleet->now_us || !fleet->stale_after_us)
		return false;
	if (!member->collected_us)
		return true;
	if (member->collected_us > fleet->now_us)
		return member->collected_us - fleet->now_us > FLEET_CLOCK_SLACK_US;
	return fleet->now_us - member->collected_us > fleet->stale_after_us;
}

/* What one question needs while it is worked out. */
struct fleet_work {
	const struct fleet *fleet;
	const struct fleet_question *question;
	struct fleet_found found;
	struct layout_place *places; /* of each of found.guests */
	bool *own;		     /* each of them is of one host */
	struct refusal *refusal;
};

static bool fleet_has_label(
	const struct fleet_question *question, const struct fleet_member *member)
{
	if (!question->label)
		return true;
	for (size_t i = 0; i < member->n_labels; i++)
		if (strcmp(member->labels[i].name, question->label) == 0)
			return !question->label_value ||
			       strcmp(member->labels[i].value, question->label_value) == 0;
	return false;
}

static bool fleet_wants(const struct fleet_work *work, const struct fleet_member *member)
{
	const struct fleet_question *question = work->question;
	const char *digest;

	if (!fleet_has_label(question, member))
		return false;
	if (!question->class_digest)
		return true;
	if (member->class_index < 0)
		return false;
	digest = host_digests(work->fleet->classes[member->class_index]).class_;
	return strncmp(digest, question->class_digest, strlen(question->class_digest)) == 0;
}

/* The origin as @asked sees it: it is here where that is the host that it names. */
static struct definition_origin fleet_origin(
	const struct fleet_work *work, const struct fleet_member *asked)
{
	struct definition_origin origin = work->question->origin;

	origin.here = origin.host && origin.name && strcmp(origin.name, asked->name) == 0 &&
		      !host_is_of_class(work->fleet->classes[asked->class_index]);
	return origin;
}

static bool fleet_same_place(struct layout_place a, struct layout_place b)
{
	return a.amd == b.amd && a.cpu_bits == b.cpu_bits && a.ipa_bits == b.ipa_bits;
}

/*
 * The guest as it is on the host of @asked. Where the guest comes from elsewhere, its map depends
 * on the place alone, and a fleet has few of those.
 */
static int fleet_guest(
	struct fleet_work *work, const struct fleet_member *asked, const struct guest **ret)
{
	const struct host *host = work->fleet->classes[asked->class_index];
	struct definition_origin origin = fleet_origin(work, asked);
	struct fleet_found *found = &work->found;
	struct layout_place place = definition_place(host);
	bool own = origin.here || origin.started_here;
	int r;

	for (size_t i = 0; !own && i < found->n_guests; i++)
		if (!work->own[i] && fleet_same_place(work->places[i], place)) {
			*ret = found->guests[i];
			return 0;
		}
	r = definition_guest(work->question->guest, host, &origin, &found->guests[found->n_guests]);
	if (r < 0)
		return r;
	work->places[found->n_guests] = place;
	work->own[found->n_guests] = own;
	*ret = found->guests[found->n_guests++];
	return 0;
}

/* Judges the class of @asked, unless another member of it was before. */
static int fleet_judge(struct fleet_work *work, const struct fleet_member *asked)
{
	struct verdict_question question = work->question->question;
	size_t index = (size_t)asked->class_index;
	int r;

	if (work->found.verdicts[index])
		return FLEET_DONE;
	r = fleet_guest(work, asked, &question.guest);
	if (r < 0)
		return r;
	question.questions = work->found.questions;
	question.now_us = question.collected_us = question.stale_after_us = 0;
	r = verdict_compute(work->fleet->classes[index], &question, &work->found.verdicts[index],
		work->refusal);
	return r == VERDICT_DONE ? FLEET_DONE : r < 0 ? r : FLEET_E_REFUSED;
}

static enum verdict_answer fleet_age(enum verdict_answer answer, bool stale)
{
	return stale && answer == VERDICT_SAFE ? VERDICT_UNKNOWN : answer;
}

static int fleet_add(struct fleet_work *work, size_t member)
{
	const struct fleet_member *asked = &work->fleet->members[member];
	struct fleet_answer *answer = &work->found.answers[work->found.n];
	const struct verdict *verdict;
	int r;

	*answer = (struct fleet_answer){
		.member = (uint32_t)member,
		.stale = fleet_is_stale(work->fleet, asked),
		.migrate = VERDICT_UNKNOWN,
		.hotplug = VERDICT_UNKNOWN,
		.memory_hotplug = VERDICT_UNKNOWN,
	};
	work->found.n++;
	if (asked->class_index < 0 || !work->found.questions)
		return FLEET_DONE;
	r = fleet_judge(work, asked);
	if (r != FLEET_DONE)
		return r;
	verdict = work->found.verdicts[asked->class_index];
	answer->migrate = fleet_age(verdict->migrate, answer->stale);
	answer->hotplug = fleet_age(verdict->hotplug, answer->stale);
	answer->memory_hotplug = fleet_age(verdict->memory_hotplug, answer->stale);
	return FLEET_DONE;
}

enum verdict_answer fleet_answer_worst(const struct fleet_found *found, size_t index)
{
	const struct fleet_answer *answer = &found->answers[index];
	enum verdict_answer worst = VERDICT_SAFE;

	if (found->questions & FINDING_MIGRATE)
		worst = answer->migrate;
	if (found->questions & FINDING_HOTPLUG && answer->hotplug > worst)
		worst = answer->hotplug;
	if (found->questions & FINDING_MEMORY_HOTPLUG && answer->memory_hotplug > worst)
		worst = answer->memory_hotplug;
	return worst;
}

/* Best first without a sort: members are in order already, and there are three answers. */
static int fleet_order(struct fleet_work *work)
{
	struct fleet_found *found = &work->found;
	struct fleet_answer *ordered = arena_array(found->arena, found->n, sizeof(*ordered));
	size_t at[VERDICT_UNSAFE + 2] = { 0 };

	if (!ordered)
		return -ENOMEM;
	for (size_t i = 0; i < found->n; i++)
		at[fleet_answer_worst(found, i) + 1]++;
	for (size_t i = 1; i < sizeof(at) / sizeof(at[0]); i++)
		at[i] += at[i - 1];
	for (size_t i = 0; i < found->n; i++)
		ordered[at[fleet_answer_worst(found, i)]++] = found->answers[i];
	found->answers = ordered;
	return 0;
}

static int fleet_prepare(struct fleet_work *work)
{
	struct fleet_found *found = &work->found;
	const struct fleet *fleet = work->fleet;
	int r = arena_new(SIZE_MAX, &found->arena);

	if (r < 0)
		return r;
	if (work->question->guest)
		found->questions = work->question->question.questions
					   ? work->question->question.questions
					   : FINDING_QUESTIONS;
	found->n_classes = fleet->n_classes;
	found->answers = arena_array(found->arena, fleet->n_members, sizeof(*found->answers));
	found->verdicts = arena_array(found->arena, fleet->n_classes, sizeof(*found->verdicts));
	found->guests = arena_array(found->arena, fleet->n_classes, sizeof(*found->guests));
	work->places = arena_array(found->arena, fleet->n_classes, sizeof(*work->places));
	work->own = arena_array(found->arena, fleet->n_classes, sizeof(*work->own));
	return found->answers && found->verdicts && found->guests && work->places && work->own
		       ? 0
		       : -ENOMEM;
}

/* What is at an address, or in a group, of one host says nothing of another. */
static int fleet_check_targets(const struct fleet_work *work)
{
	const struct verdict_question *question = &work->question->question;
	struct guest_device wanted;

	for (size_t i = 0; i < question->n_attach; i++)
		if (guest_device_parse(question->attach[i], &wanted) < 0 || wanted.address) {
			refusal_set(work->refusal, question->attach[i],
				"hosts differ in addresses and groups: name a kind of device, such "
				"as 8086:10d3 or class:0200");
			return FLEET_E_REFUSED;
		}
	return FLEET_DONE;
}

int fleet_find(const struct fleet *fleet, const struct fleet_question *question,
	struct fleet_found *ret, struct refusal *refusal)
{
	struct fleet_work work = { .fleet = fleet, .question = question, .refusal = refusal };
	int r = fleet_prepare(&work);

	if (r == FLEET_DONE)
		r = fleet_check_targets(&work);
	for (size_t i = 0; r == FLEET_DONE && i < fleet->n_members; i++)
		if (fleet_wants(&work, &fleet->members[i]))
			r = fleet_add(&work, i);
	if (r == FLEET_DONE)
		r = fleet_order(&work);
	if (r != FLEET_DONE) {
		fleet_found_done(&work.found);
		return r;
	}
	*ret = work.found;
	return FLEET_DONE;
}

void fleet_found_done(struct fleet_found *found)
{
	for (size_t i = 0; found->verdicts && i < found->n_classes; i++)
		verdict_free(found->verdicts[i]);
	for (size_t i = 0; i < found->n_guests; i++)
		guest_free(found->guests[i]);
	found->arena = arena_free(found->arena);
	*found = (struct fleet_found){ 0 };
}
