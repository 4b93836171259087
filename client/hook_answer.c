/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/hook_answer.h"

#include "client/field.h"
#include "core/model/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void hook_answer_add(struct hook_answer *answer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void hook_answer_add(struct hook_answer *answer, const char *format, ...)
{
	size_t used = strlen(answer->text);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(answer->text + used, sizeof(answer->text) - used, format, arguments);
	va_end(arguments);
}

void hook_answer_set(
	struct hook_answer *answer, enum hook_answer_kind kind, const char *format, ...)
{
	va_list arguments;

	*answer = (struct hook_answer){ .kind = kind };
	va_start(arguments, format);
	(void)vsnprintf(answer->text, sizeof(answer->text), format, arguments);
	va_end(arguments);
}

/* Of one question. A word that nobody promised, or none, proves nothing. */
static enum hook_answer_kind hook_answer_word(const json_t *document, unsigned question)
{
	const char *word = field_text(json_object_get(document, "answers"),
		finding_question_word((enum finding_question)question));

	if (word && strcmp(word, "safe") == 0)
		return HOOK_ANSWER_SAFE;
	return word && strcmp(word, "unsafe") == 0 ? HOOK_ANSWER_UNSAFE : HOOK_ANSWER_CANNOT_TELL;
}

/* The questions of @require with the answer @kind, bits. */
static unsigned hook_answer_those(
	const json_t *document, unsigned require, enum hook_answer_kind kind)
{
	unsigned those = 0;

	for (unsigned bit = FINDING_MIGRATE; bit & FINDING_QUESTIONS; bit <<= 1)
		if ((require & bit) && hook_answer_word(document, bit) == kind)
			those |= bit;
	return those;
}

/* Whether @finding is a reason for the answer @kind to one of @questions. */
static bool hook_answer_is_reason(
	const json_t *finding, unsigned questions, enum hook_answer_kind kind)
{
	const char *severity = field_text(finding, "severity");
	const char *answer = field_text(finding, "answer");
	const json_t *about = field_list(finding, "questions");

	if (!severity || strcmp(severity, "blocks") != 0 || !answer ||
		strcmp(answer, kind == HOOK_ANSWER_UNSAFE ? "violated" : "cannot-tell") != 0)
		return false;
	for (size_t i = 0; i < json_array_size(about); i++) {
		const char *word = json_string_value(json_array_get(about, i));

		if (word && (finding_question_parse(word) & questions))
			return true;
	}
	return false;
}

/* The first reason in full, and how many more there are. */
static void hook_answer_reasons(
	const json_t *document, unsigned questions, struct hook_answer *answer)
{
	const json_t *findings = field_list(document, "findings");
	unsigned n = 0;

	for (size_t i = 0; i < json_array_size(findings); i++) {
		const json_t *finding = json_array_get(findings, i);
		const char *text = field_text(finding, "text"),
			   *remedy = field_text(finding, "remedy"),
			   *code = field_text(finding, "code");

		if (!hook_answer_is_reason(finding, questions, answer->kind) || n++ > 0)
			continue;
		(void)snprintf(answer->code, sizeof(answer->code), "%s", code ? code : "");
		hook_answer_add(
			answer, "\n%.600s (%s)", text ? text : "no reason is given", answer->code);
		if (remedy)
			hook_answer_add(answer, "\n%.600s", remedy);
	}
	if (n > 1)
		hook_answer_add(answer, "\n%u more: \"iommufleetctl check\" lists them", n - 1);
}

void hook_answer_read(const json_t *document, unsigned require, struct hook_answer *ret)
{
	unsigned those = hook_answer_those(document, require, HOOK_ANSWER_UNSAFE);
	const char *between = "";

	*ret = (struct hook_answer){ .kind = HOOK_ANSWER_UNSAFE };
	if (!those) {
		those = hook_answer_those(document, require, HOOK_ANSWER_CANNOT_TELL);
		ret->kind = HOOK_ANSWER_CANNOT_TELL;
	}
	if (!those) {
		ret->kind = HOOK_ANSWER_SAFE;
		return;
	}
	for (unsigned bit = FINDING_MIGRATE; bit & FINDING_QUESTIONS; bit <<= 1) {
		if (!(those & bit))
			continue;
		hook_answer_add(
			ret, "%s%s", between, finding_question_word((enum finding_question)bit));
		between = ", ";
	}
	hook_answer_add(ret, ret->kind == HOOK_ANSWER_UNSAFE ? ": unsafe here"
							     : ": nothing proves it safe here");
	hook_answer_reasons(document, those, ret);
}

bool hook_answer_refuses(const struct hook_answer *answer, const struct hook_policy *policy,
	enum hook_policy_operation operation)
{
	unsigned refuse = policy->refuse;
	bool against = true;

	switch (answer->kind) {
	case HOOK_ANSWER_SAFE:
		against = false;
		break;
	case HOOK_ANSWER_CANNOT_TELL:
		against = policy->deny_cannot_tell;
		break;
	case HOOK_ANSWER_NO_DAEMON:
		against = policy->deny_daemon_missing;
		break;
	case HOOK_ANSWER_UNSAFE:
		break;
	case HOOK_ANSWER_NO_POLICY:
		/* A migration that is refused goes on at its source; nothing is lost but time. */
		refuse |= HOOK_POLICY_MIGRATE;
		break;
	}
	return against && (refuse & operation);
}
