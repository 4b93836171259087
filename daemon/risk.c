/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/risk.h"

#include "core/cleanup.h"
#include "core/judge/definition.h"
#include "core/judge/verdict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RISK_SLICE 4U /* guests judged in one turn */

CLEANUP_DEFINE(struct guest *, guest_free, risk_guest_freep);
CLEANUP_DEFINE(struct verdict *, verdict_free, risk_verdict_freep);

/* ---------------------------------------------------------------- one guest */

static size_t risk_count_devices(const struct guests *guests)
{
	size_t n = 0;

	for (size_t i = 0; i < guests->n; i++)
		n += guests->items[i]->n_devices;
	return n;
}

/* The devices of all guests but @asked; NULL: no memory. */
static struct verdict_in_use *risk_list_in_use(
	const struct guests *guests, const struct resident *asked, size_t *ret_n)
{
	struct verdict_in_use *in_use = calloc(risk_count_devices(guests) + 1, sizeof(*in_use));
	size_t n = 0;

	for (size_t i = 0; in_use && i < guests->n; i++) {
		const struct resident *guest = guests->items[i];

		for (size_t j = 0; guest != asked && j < guest->n_devices; j++)
			in_use[n++] = (struct verdict_in_use){ guest->devices[j], guest->name };
	}
	*ret_n = n;
	return in_use;
}

static int risk_verdict(const struct risk *risk, const struct resident *resident,
	const struct guest_text *text, struct verdict **ret)
{
	struct definition_origin origin = {
		.host = risk->host, .name = risk->host_name, .here = true
	};
	_cleanup_(risk_guest_freep) struct guest *guest = NULL;
	_cleanup_(cleanup_freep) struct verdict_in_use *in_use = NULL;
	struct verdict_question question = { 0 };
	struct refusal refusal;
	int r = definition_guest(text, risk->host, &origin, &guest);

	if (r < 0)
		return r;
	in_use = risk_list_in_use(risk->guests, resident, &question.n_in_use);
	if (!in_use)
		return -ENOMEM;
	question.guest = guest;
	question.in_use = in_use;
	return verdict_compute(risk->host, &question, ret, &refusal);
}

static int risk_decode(
	const struct risk *risk, const struct resident *resident, struct guest_text *ret)
{
	_cleanup_(cleanup_freep) char *bytes = NULL;
	struct guest_text_input input = { 0 };
	struct refusal refusal;
	int r = keep_get_guest(risk->guests->keep, resident->name, &bytes, &input.n);

	if (r < 0)
		return r;
	input.bytes = bytes;
	r = guest_format_parse(resident->format, &input.format);
	return r < 0 ? r : guest_text_decode(&input, ret, &refusal);
}

/* From best to worst, as the words are in a resident. */
static int risk_rank(const char *word)
{
	for (int i = VERDICT_SAFE; i <= VERDICT_UNSAFE; i++)
		if (strcmp(word, verdict_answer_word((enum verdict_answer)i)) == 0)
			return i;
	return VERDICT_UNKNOWN;
}

/* Takes the answers over. True: one is worse than it was. */
static bool risk_take_answers(struct resident *resident, const struct verdict *verdict)
{
	const char *answers[3] = { verdict_answer_word(verdict->migrate),
		verdict_answer_word(verdict->hotplug),
		verdict_answer_word(verdict->memory_hotplug) };
	bool worse = false;

	for (unsigned i = 0; i < 3; i++) {
		worse = worse || (resident->answers[i] &&
					 risk_rank(answers[i]) > risk_rank(resident->answers[i]));
		resident->answers[i] = answers[i];
	}
	return worse;
}

static void risk_judge(struct risk *risk, struct resident *resident)
{
	_cleanup_(guest_text_done) struct guest_text text = { 0 };
	_cleanup_(risk_verdict_freep) struct verdict *verdict = NULL;

	resident->judged = true;
	if (risk_decode(risk, resident, &text) != GUEST_TEXT_DONE ||
		risk_verdict(risk, resident, &text, &verdict) != VERDICT_DONE) {
		memset(resident->answers, 0, sizeof(resident->answers));
		return;
	}
	if (risk_take_answers(resident, verdict))
		risk->at_risk(resident, risk->data);
}

/* ---------------------------------------------------------------- all of them */

/* Judges up to @most that have not been. True: there are more. */
static bool risk_judge_some(struct risk *risk, size_t most)
{
	for (size_t i = 0; i < risk->guests->n; i++) {
		if (risk->guests->items[i]->judged)
			continue;
		if (most == 0)
			return true;
		risk_judge(risk, risk->guests->items[i]);
		most--;
	}
	return false;
}

static void risk_on_turn(void *data)
{
	struct risk *risk = data;

	if (risk->host && risk_judge_some(risk, RISK_SLICE))
		(void)turn_watch(risk->source, -1, 0, 0);
}

void risk_take_host(struct risk *risk, struct host *host)
{
	bool other = !risk->host || !host ||
		     strcmp(host_digests(risk->host).class_, host_digests(host).class_) != 0;

	/* What an answer is compared with is the one before. */
	if (other && risk->host)
		(void)risk_judge_some(risk, SIZE_MAX);
	if (host)
		(void)host_ref(host);
	host_unref(risk->host);
	risk->host = host;
	for (size_t i = 0; other && i < risk->guests->n; i++)
		risk->guests->items[i]->judged = false;
	(void)turn_watch(risk->source, -1, 0, 0);
}

int risk_open(struct risk *risk, struct turn *turn, struct host *host)
{
	int r = turn_add(turn, risk_on_turn, risk, &risk->source);

	if (r == 0)
		risk_take_host(risk, host);
	return r;
}

void risk_close(struct risk *risk)
{
	risk->host = host_unref(risk->host);
}

int risk_put_guest(struct risk *risk, const struct resident *guest, const char *text, size_t n)
{
	int r = guests_put(risk->guests, guest, text, n);

	(void)turn_watch(risk->source, -1, 0, 0);
	return r;
}
