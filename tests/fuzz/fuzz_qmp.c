/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes as they come from a monitor's socket. Whatever is said there, the conversation ends or
 * waits, every command is a line of JSON, and a guest that comes of it is one that rules can read.
 */
#include "core/codec/qmp_message.h"
#include "core/codec/qmp_talk.h"
#include "core/codec/tree.h"
#include "core/model/limits.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void fuzz_qmp_must(bool condition)
{
	if (!condition)
		abort();
}

static void fuzz_qmp_check_command(const struct qmp_talk *talk)
{
	struct refusal refusal = { "", "" };
	json_t *command;
	char *text;
	size_t n;

	fuzz_qmp_must(qmp_talk_command(talk, &text, &n) == 0);
	fuzz_qmp_must(n > 0 && strlen(text) == n && strchr(text, '\n') == text + n - 1);
	fuzz_qmp_must(tree_parse(text, n, &refusal, &command) == TREE_DONE);
	fuzz_qmp_must(json_is_string(json_object_get(command, "execute")));
	json_decref(command);
	free(text);
}

static void fuzz_qmp_check_guest(const struct guest *guest)
{
	const struct guest_range *solid = NULL;

	fuzz_qmp_must(guest->arch && guest->arch[0]);
	fuzz_qmp_must(guest->n_ranges >= 1 && guest->n_ranges <= LIMIT_GUEST_RANGES);
	fuzz_qmp_must(guest->n_devices <= LIMIT_GUEST_DEVICES);
	for (size_t i = 0; i < guest->n_devices; i++)
		fuzz_qmp_must(guest->devices[i].address && guest->devices[i].text);
	for (size_t i = 0; i < guest->n_opaque; i++)
		fuzz_qmp_must(guest->opaque[i] && guest->opaque[i][0]);
	for (size_t i = 0; i < guest->n_ranges; i++) {
		const struct guest_range *range = &guest->ranges[i];

		fuzz_qmp_must(range->region.first <= range->region.last);
		if (!guest_range_is_solid(range))
			continue;
		fuzz_qmp_must(!solid || solid->region.last < range->region.first);
		solid = range;
	}
}

static void fuzz_qmp_finish(struct qmp_talk *talk)
{
	struct refusal refusal = { "", "" };
	struct guest *guest = NULL;
	int r = qmp_talk_guest(talk, &guest, &refusal);

	if (r == QMP_TALK_DONE) {
		fuzz_qmp_check_guest(guest);
		guest_free(guest);
		return;
	}
	fuzz_qmp_must(r == QMP_TALK_E_REFUSED && refusal.where[0] && refusal.text[0]);
}

/* Reads one message; false when the conversation is over. */
static bool fuzz_qmp_read(struct qmp_talk *talk, const char *bytes, size_t n)
{
	struct refusal refusal = { "", "" };
	int r = qmp_talk_read(talk, bytes, n, &refusal);

	fuzz_qmp_must(qmp_talk_waits_for(talk)[0] != '\0');
	if (r == QMP_TALK_SAY)
		fuzz_qmp_check_command(talk);
	if (r == QMP_TALK_DONE)
		fuzz_qmp_finish(talk);
	if (r == QMP_TALK_E_REFUSED)
		fuzz_qmp_must(refusal.where[0] && refusal.text[0]);
	return r == QMP_TALK_SAY || r == QMP_TALK_WAIT;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct qmp_message message = { 0 };
	const char *text = (const char *)bytes;
	struct qmp_talk *talk;
	size_t begin = 0, at = 0, used;
	bool more = true;

	fuzz_qmp_must(qmp_talk_new(&talk) == 0);
	while (more && at < n) {
		enum qmp_message_outcome outcome =
			qmp_message_scan(&message, text + at, n - at, &used);

		fuzz_qmp_must(used > 0 && used <= n - at);
		at += used;
		more = outcome == QMP_MESSAGE_WHOLE &&
		       fuzz_qmp_read(talk, text + begin, at - begin);
		begin = at;
	}
	qmp_talk_free(talk);
	return 0;
}
