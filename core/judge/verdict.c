/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A question becomes subjects: the devices that are named, else all that could be assigned, and the
 * devices that the guest has. Each is judged by the rules about devices, the host once by the rules
 * about hosts. Subjects that are alike to every rule are judged once.
 */
#include "core/judge/evaluate.h"
#include "core/judge/subject.h"

#include "core/codec/text.h"
#include "core/model/limits.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct verdict_row { /* a subject and its answer */
	struct subject subject;
	unsigned asked;
	struct evaluation evaluation;
};

struct verdict_work {
	struct rule_context context; /* what all subjects have in common */
	struct report report;
	struct arena *arena;
	struct evaluation host;	  /* by the rules about the host */
	struct evaluation absent; /* by what was asked for and is not there */
	size_t n_rows;
	size_t capacity;
	struct verdict_row *rows;
	bool *attached; /* for each of facts.devices */
	struct refusal *refusal;
};

const char *verdict_answer_word(enum verdict_answer answer)
{
	static const char *const words[] = { "safe", "unknown", "unsafe" };

	return words[answer];
}

static bool verdict_asks(const struct verdict_work *work, unsigned questions)
{
	return work->context.question->questions & questions;
}

static int verdict_add_row(struct verdict_work *work, const struct subject *subject, unsigned asked)
{
	if (work->n_rows == work->capacity) {
		size_t capacity = work->capacity ? work->capacity * 2 : 16;
		struct verdict_row *rows = arena_array(work->arena, capacity, sizeof(*rows));

		if (!rows)
			return -ENOMEM;
		if (work->n_rows)
			memcpy(rows, work->rows, work->n_rows * sizeof(*rows));
		work->rows = rows;
		work->capacity = capacity;
	}
	work->rows[work->n_rows++] = (struct verdict_row){
		.subject = *subject,
		.asked = asked & work->context.question->questions,
	};
	return 0;
}

static int verdict_add_device(struct verdict_work *work, size_t index, unsigned asked)
{
	struct subject subject;
	int r = subject_of_device(work->context.host, index, work->arena, &subject);

	if (r < 0)
		return r;
	work->attached[index] = true;
	return verdict_add_row(work, &subject, asked);
}

/* What was asked for is not on this host, or not known in @group, which may be NULL. */
static int verdict_add_absent(struct verdict_work *work, const struct guest_device *wanted,
	const struct facts_group *group, unsigned asked)
{
	struct subject subject = {
		.target = wanted->text,
		.identity = wanted->address || wanted->vendor < 0 ? NULL : wanted->text,
		.device = -1,
		.group = -1,
	};
	struct rule_context context = work->context;
	size_t from = work->report.n;
	struct evaluation absent = { 0 };
	static const struct class_member stranger;
	int r;

	context.asked = asked & context.question->questions;
	if (!context.asked)
		return 0;
	r = verdict_add_row(work, &subject, asked);
	if (r < 0)
		return r;
	context.member = &stranger;
	if (group)
		subject_absent_in(&context, group);
	else
		subject_absent(&context, wanted);
	evaluate_findings(&work->report, from, &absent);
	work->rows[work->n_rows - 1].evaluation = absent;
	work->absent = evaluate_worst(work->absent, absent);
	return 0;
}

static int verdict_attach_group(
	struct verdict_work *work, uint64_t id, const char *text, unsigned asked)
{
	const struct host *host = work->context.host;
	const struct facts_group *group = facts_find_group(host->facts, id);
	size_t before = work->n_rows,
	       n = group && fact_is_value(group->devices.fact) ? group->devices.n : 0;
	struct guest_device nobody = { .vendor = -1, .text = text };

	if (!group) {
		refusal_set(work->refusal, text, "this host has no IOMMU group of that number");
		return VERDICT_E_REFUSED;
	}
	for (unsigned bridges = 0; bridges < 2 && work->n_rows == before; bridges++)
		for (size_t i = 0; i < n; i++) {
			const struct facts_device *device =
				facts_find_device(host->facts, group->devices.items[i]);
			int r = 0;

			if (device && fact_is_yes(device->header_type) == (bridges > 0))
				r = verdict_add_device(work, host_view_index(host, device), asked);
			if (r < 0)
				return r;
		}
	/* Nothing that is known is in it: then nothing can be said of what may be. */
	return work->n_rows == before ? verdict_add_absent(work, &nobody, group, asked)
				      : VERDICT_DONE;
}

/* Best is the device with the best answers to what is asked, else to what @asked it is for. */
static int verdict_wants(
	struct verdict_work *work, const struct guest_device *wanted, unsigned asked)
{
	struct rule_context context = work->context;
	const struct facts_device *named =
		wanted->address ? facts_find_device(context.host->facts, wanted->address) : NULL;
	ptrdiff_t index;

	if (named)
		return verdict_add_device(work, host_view_index(context.host, named), asked);
	context.asked = asked & context.question->questions;
	if (!context.asked)
		context.asked = asked;
	index = subject_pick(&context, wanted, work->attached);
	if (index < 0)
		return verdict_add_absent(work, wanted, NULL, asked);
	return verdict_add_device(work, (size_t)index, asked);
}

static int verdict_attach(struct verdict_work *work, const char *text)
{
	unsigned asked = FINDING_HOTPLUG | FINDING_MEMORY_HOTPLUG;
	struct guest_device wanted;
	uint64_t group;
	char *copy = arena_text(work->arena, text, strlen(text));

	if (!copy)
		return -ENOMEM;
	if (text_parse_decimal(text, strlen(text), &group) == 0)
		return verdict_attach_group(work, group, text, asked);
	if (guest_device_parse(copy, &wanted) < 0) {
		/* platform devices have names of their own */
		const struct facts_device *device =
			facts_find_device(work->context.host->facts, copy);

		if (device)
			return verdict_add_device(
				work, host_view_index(work->context.host, device), asked);
		refusal_set(work->refusal, copy,
			"not a device address, an identity like 8086:10d3, a class or a group "
			"number of this host");
		return VERDICT_E_REFUSED;
	}
	if (wanted.address && fact_is_value(work->context.host->facts->devices.fact) &&
		!facts_find_device(work->context.host->facts, wanted.address)) {
		refusal_set(work->refusal, copy,
			"this host has no device of that address; `devices` lists them");
		return VERDICT_E_REFUSED;
	}
	return verdict_wants(work, &wanted, asked);
}

/* A device that the guest has at another host's address could be anything here. */
static int verdict_foreign(
	struct verdict_work *work, const struct guest_device *device, unsigned asked)
{
	struct rule_context context = work->context;
	size_t from = work->report.n;
	struct finding *finding;

	context.asked = asked & context.question->questions;
	if (!context.asked)
		return 0;
	finding = rule_report(
		&context, FINDING_DEVICE_OF_ANOTHER_HOST, FINDING_CANNOT_TELL, FACT_KNOWN);
	if (device->host && *device->host)
		report_say(&work->report, finding,
			"the guest's device %s is an address on host %s: what kind of device it "
			"is is not known here",
			device->text, device->host);
	else
		report_say(&work->report, finding,
			"the guest's device %s is an address on the host that it is defined on, "
			"and nobody said which that is",
			device->text);
	evaluate_findings(&work->report, from, &work->absent);
	return 0;
}

static int verdict_guest_devices(struct verdict_work *work)
{
	const struct guest *guest = work->context.guest;
	/* They stay attached, whatever comes beside them. */
	unsigned asked = FINDING_MIGRATE | FINDING_MEMORY_HOTPLUG;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < guest->n_devices; i++) {
		const struct guest_device *device = &guest->devices[i];

		r = device->address && (device->host || work->context.host->of_class)
			    ? verdict_foreign(work, device, asked)
			    : verdict_wants(work, device, asked);
	}
	return r;
}

static bool verdict_is_in_use(const struct verdict_work *work, size_t index)
{
	const struct verdict_question *question = work->context.question;
	const struct facts_device *devices = work->context.host->facts->devices.items;

	for (size_t i = 0; i < question->n_in_use; i++)
		if (fact_text_is(devices[index].address, question->in_use[i].address))
			return true;
	return false;
}

/* Nothing is named: everything that can be assigned at all, else everything, to say why not. */
static int verdict_candidates(struct verdict_work *work)
{
	const struct host *host = work->context.host;
	unsigned asked = FINDING_HOTPLUG;
	size_t n = facts_count(host->facts->devices), before = work->n_rows;
	bool *kept = work->attached;
	int r = 0;

	if (!work->context.guest->n_devices)
		asked |= FINDING_MEMORY_HOTPLUG;
	work->attached = arena_array(work->arena, n, sizeof(bool));
	if (!work->attached)
		return -ENOMEM;
	for (unsigned all = 0; r == 0 && all < 2 && work->n_rows == before; all++)
		for (size_t i = 0; r == 0 && i < n; i++)
			if (!kept[i] && subject_is_candidate(host, i) &&
				(all || (host->assignable_after_rebind[i] != TRI_NO &&
						!verdict_is_in_use(work, i))))
				r = verdict_add_device(work, i, asked);
	work->attached = kept; /* of candidates, one at a time is given */
	return r;
}

/* No device can be given to a guest here: there are no groups, or only bridges in them. */
static void verdict_nothing(struct verdict_work *work)
{
	static const struct guest_device any = {
		.vendor = -1,
		.device = -1,
		.subsystem_vendor = -1,
		.subsystem_device = -1,
		.class_code = -1,
		.text = "that can be given to a guest",
	};
	struct rule_context context = work->context;
	size_t from = work->report.n;

	context.asked = context.question->questions &
			(context.guest->n_devices ? FINDING_HOTPLUG
						  : FINDING_HOTPLUG | FINDING_MEMORY_HOTPLUG);
	if (rule_questions(&context, FINDING_NO_IOMMU) &&
		(fact_is_no(context.class_->grouped) ||
			fact_is_ignorance(context.class_->grouped.fact)))
		rule_device_no_group(&context);
	else if (context.asked)
		subject_absent(&context, &any);
	evaluate_findings(&work->report, from, &work->absent);
}

/* Two subjects are alike when no rule can tell them apart: then one speaks for both. */
static bool verdict_alike(
	const struct host *host, const struct verdict_row *a, const struct verdict_row *b)
{
	struct project_place x, y;

	if (a->subject.device < 0 || b->subject.device < 0 || a->asked != b->asked)
		return false;
	x = host->project.places[a->subject.device];
	y = host->project.places[b->subject.device];
	return x.shape >= 0 && x.shape == y.shape && x.member == y.member &&
	       host->bindings[a->subject.device] == host->bindings[b->subject.device] &&
	       host->assignable_after_rebind[a->subject.device] ==
		       host->assignable_after_rebind[b->subject.device] &&
	       host_view_shape(host, x.shape)->members.n == 1;
}

static void verdict_judge_rows(struct verdict_work *work, size_t from, const bool *attached)
{
	for (size_t i = from; i < work->n_rows; i++) {
		struct verdict_row *row = &work->rows[i];
		struct rule_context context = work->context;
		size_t j = from;

		if (row->subject.device < 0)
			continue;
		while (j < i && !verdict_alike(context.host, row, &work->rows[j]))
			j++;
		if (j < i) {
			row->evaluation = work->rows[j].evaluation;
			continue;
		}
		context.asked = row->asked;
		context.attached = attached;
		subject_enter(&row->subject, &context);
		evaluate_rules(&context, RULE_DEVICE, &row->evaluation);
	}
}

/* What could not be read is said once, where a blocking rule needed it. */
static void verdict_incomplete(struct verdict_work *work)
{
	struct finding *finding;

	if (!work->report.unreadable)
		return;
	finding = report_add(&work->report, FINDING_FACTS_INCOMPLETE, FINDING_CANNOT_TELL,
		work->report.unreadable);
	report_say(&work->report, finding,
		"facts that an answer needs could not be read: the collector lacked the right "
		"to");
}

static int verdict_targets(struct verdict_work *work, struct verdict *verdict)
{
	bool differ = false;

	verdict->targets = arena_array(work->arena, work->n_rows, sizeof(*verdict->targets));
	if (!verdict->targets)
		return -ENOMEM;
	for (size_t i = 0; i < work->n_rows; i++) {
		const struct verdict_row *row = &work->rows[i];
		struct evaluation both = evaluate_worst(row->evaluation, work->host);

		if (!(row->asked & FINDING_HOTPLUG))
			continue;
		verdict->targets[verdict->n_targets++] = (struct verdict_target){
			.target = row->subject.target,
			.identity = row->subject.identity,
			.group = row->subject.group,
			.hotplug = evaluate_answer(both.hotplug),
		};
		differ = differ || verdict->targets[verdict->n_targets - 1].hotplug !=
					   verdict->targets[0].hotplug;
	}
	if (differ)
		report_say(&work->report,
			report_add(&work->report, FINDING_DEPENDS_ON_DEVICE, FINDING_VIOLATED,
				FINDING_HOTPLUG),
			"the answer differs from device to device: see the targets");
	return 0;
}

static int verdict_finish(struct verdict_work *work, struct verdict *verdict)
{
	struct evaluation all = evaluate_worst(work->host, work->absent);
	int r;

	for (size_t i = 0; i < work->n_rows; i++)
		all = evaluate_worst(all, work->rows[i].evaluation);
	verdict_incomplete(work);
	r = verdict_targets(work, verdict);
	if (r < 0 || work->report.error < 0)
		return r < 0 ? r : work->report.error;
	if (!work->context.question->n_attach)
		report_fold(&work->report);
	report_sort(&work->report);
	verdict->migrate = evaluate_answer(all.migrate);
	verdict->hotplug = evaluate_answer(all.hotplug);
	verdict->memory_hotplug = evaluate_answer(all.memory_hotplug);
	verdict->findings = work->report.items;
	verdict->n_findings = work->report.n;
	return VERDICT_DONE;
}

static int verdict_subjects(struct verdict_work *work)
{
	const struct verdict_question *question = work->context.question;
	size_t named;
	int r = VERDICT_DONE;

	subject_reserve(work->context.host, question, work->attached);
	r = verdict_guest_devices(work);
	for (size_t i = 0; r == VERDICT_DONE && i < question->n_attach; i++)
		r = verdict_attach(work, question->attach[i]);
	if (r != VERDICT_DONE)
		return r;
	named = work->n_rows;
	if (!question->n_attach && verdict_asks(work, FINDING_HOTPLUG | FINDING_MEMORY_HOTPLUG))
		r = verdict_candidates(work);
	if (r < 0)
		return r;
	if (!question->n_attach && work->n_rows == named &&
		verdict_asks(work, FINDING_HOTPLUG | FINDING_MEMORY_HOTPLUG))
		verdict_nothing(work);
	verdict_judge_rows(work, 0, work->attached);
	return VERDICT_DONE;
}

int verdict_compute(const struct host *host, const struct verdict_question *question,
	struct verdict **ret, struct refusal *refusal)
{
	struct verdict_question asked = *question;
	struct verdict_work work = { .refusal = refusal };
	struct verdict *verdict;
	struct arena *arena;
	int r = arena_new(LIMIT_ARENA_BYTES, &arena);

	if (r < 0)
		return r;
	if (!asked.questions)
		asked.questions = FINDING_QUESTIONS;
	work.arena = work.report.arena = arena;
	work.context = (struct rule_context){
		.host = host,
		.class_ = &host->project.class_,
		.guest = question->guest,
		.question = &asked,
		.asked = asked.questions,
		.report = &work.report,
		.group = -1,
	};
	work.attached = arena_array(arena, facts_count(host->facts->devices), sizeof(bool));
	verdict = arena_alloc(arena, sizeof(*verdict));
	r = work.attached && verdict ? 0 : -ENOMEM;
	if (r == 0) {
		*verdict = (struct verdict){
			.arena = arena,
			.host = host,
			.questions = asked.questions,
			.collected_us = question->collected_us,
		};
		evaluate_rules(&work.context, RULE_HOST, &work.host);
		r = verdict_subjects(&work);
	}
	if (r == VERDICT_DONE)
		r = verdict_finish(&work, verdict);
	if (r != VERDICT_DONE) {
		arena_free(arena);
		return r;
	}
	*ret = verdict;
	return VERDICT_DONE;
}

struct verdict *verdict_free(struct verdict *verdict)
{
	if (verdict)
		arena_free(verdict->arena);
	return NULL;
}

enum verdict_answer verdict_answer(const struct verdict *verdict, unsigned question)
{
	assert(verdict->questions & question);

	if (question == FINDING_MIGRATE)
		return verdict->migrate;
	return question == FINDING_HOTPLUG ? verdict->hotplug : verdict->memory_hotplug;
}

enum verdict_answer verdict_worst(const struct verdict *verdict)
{
	enum verdict_answer worst = VERDICT_SAFE;

	for (unsigned bit = FINDING_MIGRATE; bit <= FINDING_MEMORY_HOTPLUG; bit <<= 1)
		if (verdict->questions & bit && verdict_answer(verdict, bit) > worst)
			worst = verdict_answer(verdict, bit);
	return worst;
}
