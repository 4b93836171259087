/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/reply.h"

#include "core/judge/answer_json.h"
#include "daemon/bus/entry.h"

#include <errno.h>

static const unsigned bus_reply_questions[] = { FINDING_MIGRATE, FINDING_HOTPLUG,
	FINDING_MEMORY_HOTPLUG };
#define BUS_REPLY_N_QUESTIONS 3

static int bus_reply_text(sd_bus_message *reply, const char *key, const char *value)
{
	return value ? sd_bus_message_append(reply, "{sv}", key, "s", value) : 0;
}

static int bus_reply_number(sd_bus_message *reply, const char *key, uint64_t value)
{
	return sd_bus_message_append(reply, "{sv}", key, "t", value);
}

static int bus_reply_answers(const struct verdict *verdict, sd_bus_message *reply)
{
	int r = sd_bus_message_open_container(reply, 'a', "{ss}");

	for (size_t i = 0; r >= 0 && i < BUS_REPLY_N_QUESTIONS; i++) {
		unsigned question = bus_reply_questions[i];

		if (verdict->questions & question)
			r = sd_bus_message_append(reply, "{ss}",
				finding_question_word((enum finding_question)question),
				verdict_answer_word(verdict_answer(verdict, question)));
	}
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int bus_reply_target(const struct verdict_target *target, sd_bus_message *reply)
{
	int r = sd_bus_message_open_container(reply, 'a', "{sv}");

	if (r >= 0)
		r = bus_reply_text(reply, "target", target->target);
	if (r >= 0)
		r = bus_reply_text(reply, "identity", target->identity);
	if (r >= 0 && target->group >= 0)
		r = bus_reply_number(reply, "group", (uint64_t)target->group);
	if (r >= 0)
		r = bus_reply_text(reply, "hotplug", verdict_answer_word(target->hotplug));
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int bus_reply_targets(const struct verdict *verdict, sd_bus_message *reply)
{
	int r = sd_bus_message_open_container(reply, 'a', "a{sv}");

	for (size_t i = 0; r >= 0 && i < verdict->n_targets; i++)
		r = bus_reply_target(&verdict->targets[i], reply);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int bus_reply_region(sd_bus_message *reply, const char *key, const struct region *region,
	const char *kind_key, const char *kind)
{
	int r;

	if (!region)
		return 0;
	r = bus_entry_open(reply, key, "a{sv}");
	if (r >= 0)
		r = bus_reply_number(reply, "first", region->first);
	if (r >= 0)
		r = bus_reply_number(reply, "last", region->last);
	if (r >= 0)
		r = bus_reply_text(reply, kind_key, kind);
	return r < 0 ? r : bus_entry_close(reply);
}

static int bus_reply_finding_questions(const struct finding *finding, sd_bus_message *reply)
{
	int r = bus_entry_open(reply, "questions", "as");

	for (size_t i = 0; r >= 0 && i < BUS_REPLY_N_QUESTIONS; i++) {
		unsigned question = bus_reply_questions[i];

		if (finding->questions & question)
			r = sd_bus_message_append_basic(
				reply, 's', finding_question_word((enum finding_question)question));
	}
	return r < 0 ? r : bus_entry_close(reply);
}

static int bus_reply_finding_facts(const struct finding *finding, sd_bus_message *reply)
{
	size_t n = sizeof(finding->facts) / sizeof(finding->facts[0]);
	int r = bus_entry_open(reply, "facts", "as");

	for (size_t i = 0; r >= 0 && i < n && finding->facts[i]; i++)
		r = sd_bus_message_append_basic(reply, 's', finding->facts[i]);
	return r < 0 ? r : bus_entry_close(reply);
}

static int bus_reply_finding(const struct finding *finding, sd_bus_message *reply)
{
	const struct finding_kind *kind = finding_kind(finding->code);
	int r = sd_bus_message_open_container(reply, 'a', "{sv}");

	if (r >= 0)
		r = bus_reply_text(reply, "code", kind->word);
	if (r >= 0)
		r = bus_reply_text(reply, "severity", finding_severity_word(finding->severity));
	if (r >= 0)
		r = bus_reply_text(reply, "answer", finding_answer_word(finding->answer));
	if (r >= 0)
		r = bus_reply_finding_questions(finding, reply);
	if (r >= 0)
		r = bus_reply_region(reply, "guest", finding->guest, "kind", finding->guest_kind);
	if (r >= 0)
		r = bus_reply_region(
			reply, "region", finding->region, "type", finding->region_type);
	if (r >= 0 && finding->group >= 0)
		r = bus_reply_number(reply, "group", (uint64_t)finding->group);
	if (r >= 0)
		r = bus_reply_text(reply, "device", finding->device);
	if (r >= 0)
		r = bus_reply_finding_facts(finding, reply);
	if (r >= 0)
		r = bus_reply_text(reply, "text", finding->text);
	if (r >= 0)
		r = bus_reply_text(reply, "remedy", kind->remedy);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int bus_reply_findings(const struct verdict *verdict, sd_bus_message *reply)
{
	int r = sd_bus_message_open_container(reply, 'a', "a{sv}");

	for (size_t i = 0; r >= 0 && i < verdict->n_findings; i++)
		r = bus_reply_finding(&verdict->findings[i], reply);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

struct bus_reply_assumed {
	sd_bus_message *reply;
	int r;
};

static void bus_reply_on_assumed(const char *key, const char *value, void *data)
{
	struct bus_reply_assumed *assumed = data;

	if (assumed->r >= 0)
		assumed->r = sd_bus_message_append(assumed->reply, "{ss}", key, value);
}

static int bus_reply_assume(const struct host *host, sd_bus_message *reply)
{
	struct bus_reply_assumed assumed = { .reply = reply,
		.r = bus_entry_open(reply, "assumed", "a{ss}") };

	assume_each(host_assume(host), bus_reply_on_assumed, &assumed);
	return assumed.r < 0 ? assumed.r : bus_entry_close(reply);
}

static int bus_reply_digests(const struct host *host, sd_bus_message *reply)
{
	struct host_digests digests = host_digests(host);
	int r = bus_entry_open(reply, "digests", "a{ss}");

	/* Of another host the facts are not known. */
	if (r >= 0 && *digests.facts)
		r = sd_bus_message_append(reply, "{ss}", "facts", digests.facts);
	if (r >= 0)
		r = sd_bus_message_append(
			reply, "{ss}{ss}", "class", digests.class_, "map", digests.map);
	return r < 0 ? r : bus_entry_close(reply);
}

static int bus_reply_info(
	const struct bus_subject *subject, const struct verdict *verdict, sd_bus_message *reply)
{
	int r = sd_bus_message_open_container(reply, 'a', "{sv}");

	if (r >= 0)
		r = bus_reply_text(reply, "schema", ANSWER_JSON_SCHEMA);
	if (r >= 0)
		r = bus_reply_text(reply, "host", subject->name);
	if (r >= 0)
		r = bus_reply_number(reply, "rules", ANSWER_JSON_RULES);
	if (r >= 0)
		r = bus_reply_digests(verdict->host, reply);
	if (r >= 0 && verdict->collected_us)
		r = bus_reply_number(reply, "collected_at", verdict->collected_us);
	if (r >= 0)
		r = bus_reply_assume(verdict->host, reply);
	/* This host's bindings and drivers are looked at; of another host they are not known. */
	if (r >= 0)
		r = bus_reply_text(reply, "live_state", subject->own ? "checked" : "not-checked");
	if (r >= 0 && !subject->own)
		r = sd_bus_message_append(reply, "{sv}", "live-state-not-checked", "b", 1);
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

int bus_reply_verdict(
	const struct bus_subject *subject, const struct verdict *verdict, sd_bus_message *message)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *reply = NULL;
	int r = sd_bus_message_new_method_return(message, &reply);

	if (r >= 0)
		r = bus_reply_answers(verdict, reply);
	if (r >= 0)
		r = bus_reply_targets(verdict, reply);
	if (r >= 0)
		r = bus_reply_findings(verdict, reply);
	if (r >= 0)
		r = bus_reply_info(subject, verdict, reply);
	return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}
