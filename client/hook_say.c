/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/hook_say.h"

#include "core/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/* Without it sd-journal adds the place in the source, which says nothing to who runs a host. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define HOOK_SAY_BYTES (HOOK_ANSWER_BYTES + 1024)
#define HOOK_SAY_NAME  256

static const char *const hook_say_ids[] = {
	[HOOK_ANSWER_UNSAFE] = "6b0f9c1d2e3a4857b6c5d4e3f2a10b9c",
	[HOOK_ANSWER_CANNOT_TELL] = "a7c6b5d4e3f24019a8b7c6d5e4f3021d",
	[HOOK_ANSWER_NO_DAEMON] = "0e1d2c3b4a59487697a8b9cadbecfd0e",
	[HOOK_ANSWER_NO_POLICY] = "d1c2b3a4958647f8a9bacbdcedfe0f1a",
};
#define HOOK_SAY_UNTOLD "5f4e3d2c1b0a4998877665544332211f"

/* Names and what the daemon says may hold anything; a terminal and a log get text and lines. */
static void hook_say_clean(char *text)
{
	for (char *c = text; *c; c++)
		if (((unsigned char)*c < ' ' && *c != '\n') || *c == 0x7f)
			*c = '?';
}

static void hook_say_line(const struct hook_call *call, char line[static HOOK_SAY_NAME])
{
	char host[65] = "";

	(void)gethostname(host, sizeof(host) - 1);
	(void)snprintf(line, HOOK_SAY_NAME, "guest %.100s, %.20s on %s", call->guest,
		call->operation, *host ? host : "this host");
}

static void hook_say_error(const char *text)
{
	size_t n = strlen(text);

	/* One write: libvirt may log several hooks at once. Nobody may be reading any more. */
	if (write(STDERR_FILENO, text, n) < 0)
		return;
}

void hook_say_answer(const struct hook_call *call, const struct hook_answer *answer, bool refused)
{
	char text[HOOK_SAY_BYTES], line[HOOK_SAY_NAME];

	hook_say_line(call, line);
	(void)snprintf(text, sizeof(text) - 1, "iommufleet %s: %s: %s",
		refused ? "refuses" : "warns", line, answer->text);
	hook_say_clean(text);
	(void)sd_journal_send("MESSAGE=%s", text, "MESSAGE_ID=%s", hook_say_ids[answer->kind],
		"PRIORITY=%i", refused ? LOG_ERR : LOG_WARNING, "IOMMUFLEET_GUEST=%s", call->guest,
		"IOMMUFLEET_OPERATION=%s", call->operation, "IOMMUFLEET_FINDING=%s", answer->code,
		NULL);
	text[strlen(text) + 1] = '\0';
	text[strlen(text)] = '\n';
	hook_say_error(text);
}

void hook_say_untold(const struct hook_call *call, const char *why)
{
	char line[HOOK_SAY_NAME], text[HOOK_SAY_BYTES];

	hook_say_line(call, line);
	(void)snprintf(text, sizeof(text), "iommufleetd does not know of it: %s: %s", line, why);
	hook_say_clean(text);
	(void)sd_journal_send("MESSAGE=%s", text, "MESSAGE_ID=" HOOK_SAY_UNTOLD, "PRIORITY=%i",
		LOG_NOTICE, "IOMMUFLEET_GUEST=%s", call->guest, "IOMMUFLEET_OPERATION=%s",
		call->operation, NULL);
}
