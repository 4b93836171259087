/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Without it sd-journal adds the place in the source, which says nothing to who runs a daemon. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define LOG_LINE_BYTES	2048
#define LOG_ABOUT_BYTES 320 /* of a field, with its name */

struct log {
	int level;
	enum log_target target;
	char about[LOG_ABOUT_BYTES]; /* a field for the next message; empty: none */
};

static const char *const log_fields[_LOG_FIELD_MAX] = {
	[LOG_FIELD_CLASS] = "IOMMUFLEET_CLASS",
	[LOG_FIELD_GUEST] = "IOMMUFLEET_GUEST",
	[LOG_FIELD_PEER] = "IOMMUFLEET_PEER",
};

static const char *const log_levels[] = { "emerg", "alert", "crit", "err", "warning", "notice",
	"info", "debug" };
static const char *const log_targets[_LOG_TARGET_MAX] = { "auto", "journal", "console" };

static const char *const log_ids[_LOG_ID_MAX] = {
	[LOG_STARTED] = "3d2f5b0a4e7c4c0e9a5b8f1d6c2e7a10",
	[LOG_STOPPED] = "a91c6e2f7d384b1fb0c45e8a2d7f3b21",
	[LOG_COLLECTED] = "5e8b0d3c9f2a4716a8d1c7e4b3f60932",
	[LOG_COLLECTION_FAILED] = "c07f4a1be6d24f38b95a2e1d8c7b6043",
	[LOG_COLLECTOR_SAYS] = "18d6e3f2a5c94b7e8f0b1a2c3d4e5f54",
	[LOG_LIVE_TROUBLE] = "b8ddbf3185de4dacb41da3fb634174f4",
	[LOG_HOST_CHANGED] = "f2b9c8d7e6a5443c9b8a7d6e5f4c3b65",
	[LOG_STORE_TROUBLE] = "7a6b5c4d3e2f41a09b8c7d6e5f4a3b76",
	[LOG_BUS_TROUBLE] = "e1d2c3b4a5964788b9aabbc2d3e4f587",
	[LOG_CONFIG_REFUSED] = "92a7b6c5d4e3442f8a1b0c9d8e7f6a98",
	[LOG_CONFIG_DOUBTFUL] = "4c3d2e1f0a9b48c7b6d5e4f3a2b1c0a9",
	[LOG_FLEET_TROUBLE] = "61f3a0c84d5e4b7d9a2c7e1b8f0d35c6",
	[LOG_FLEET_TRUST] = "b74e29d1c06f4a358e5d90a7b3c1f268",
	[LOG_PEER_TROUBLE] = "6f1e0d9c8b7a46f5a4b3c2d1e0f9a8cb",
	[LOG_GUEST_AT_RISK] = "0e5d7c92a1f84b36b8d4f6e03c2a9175",
	[LOG_EXPORT_TROUBLE] = "2f9ad7c81e6b4d05b3f47a90c6e8d1b2",
	[LOG_FAULT] = "d8e7f6a5b4c3422d9e0f1a2b3c4d5eba",
};

int log_new(struct log **ret)
{
	struct log *log = calloc(1, sizeof(*log));

	if (!log)
		return -ENOMEM;
	log->level = LOG_INFO;
	*ret = log;
	return 0;
}

struct log *log_free(struct log *log)
{
	free(log);
	return NULL;
}

void log_set_level(struct log *log, int priority)
{
	log->level = priority;
}

int log_level(const struct log *log)
{
	return log->level;
}

void log_set_target(struct log *log, enum log_target target)
{
	log->target = target;
}

/* systemd connects a service's stderr to this socket of the journal. */
static int log_stderr_is_journal(void)
{
	static const char prefix[] = "/run/systemd/journal/";
	struct sockaddr_un peer = { .sun_family = AF_UNSPEC };
	socklen_t n = sizeof(peer);

	return getpeername(STDERR_FILENO, (struct sockaddr *)&peer, &n) == 0 &&
	       peer.sun_family == AF_UNIX &&
	       strncmp(peer.sun_path, prefix, sizeof(prefix) - 1) == 0;
}

enum log_target log_target(const struct log *log)
{
	if (log->target == LOG_TARGET_AUTO)
		return log_stderr_is_journal() ? LOG_TARGET_JOURNAL : LOG_TARGET_CONSOLE;
	return log->target;
}

static void log_write_console(int priority, const char *text)
{
	/* A person at a terminal has no use for the number. */
	if (isatty(STDERR_FILENO))
		(void)dprintf(STDERR_FILENO, "iommufleetd: %s\n", text);
	else
		(void)dprintf(STDERR_FILENO, "<%d>%s\n", priority, text);
}

static void log_clean(char *text)
{
	for (char *c = text; *c; c++) {
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
}

void log_about(struct log *log, enum log_field field, const char *value)
{
	(void)snprintf(log->about, sizeof(log->about), "%s=%.256s", log_fields[field], value);
	log_clean(log->about);
}

/* False where the journal did not take it. */
static bool log_write_journal(const struct log *log, int priority, enum log_id id, const char *text)
{
	return sd_journal_send("MESSAGE=%s", text, "PRIORITY=%i", priority, "MESSAGE_ID=%s",
		       log_ids[id], "SYSLOG_IDENTIFIER=iommufleetd", *log->about ? "%s" : NULL,
		       log->about, NULL) >= 0;
}

void log_say(struct log *log, int priority, enum log_id id, const char *format, ...)
{
	char text[LOG_LINE_BYTES];
	int saved = errno;
	va_list args;

	if (priority <= log->level) {
		va_start(args, format);
		(void)vsnprintf(text, sizeof(text), format, args);
		va_end(args);
		log_clean(text);
		if (log_target(log) != LOG_TARGET_JOURNAL ||
			!log_write_journal(log, priority, id, text))
			log_write_console(priority, text);
	}
	log->about[0] = '\0';
	errno = saved;
}

const char *log_level_word(int priority)
{
	return priority >= LOG_EMERG && priority <= LOG_DEBUG ? log_levels[priority] : NULL;
}

int log_level_parse(const char *word, int *ret)
{
	for (int i = LOG_EMERG; i <= LOG_DEBUG; i++) {
		if (strcmp(word, log_levels[i]) == 0) {
			*ret = i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *log_target_word(enum log_target target)
{
	return log_targets[target];
}

int log_target_parse(const char *word, enum log_target *ret)
{
	for (unsigned i = 0; i < _LOG_TARGET_MAX; i++) {
		if (strcmp(word, log_targets[i]) == 0) {
			*ret = (enum log_target)i;
			return 0;
		}
	}
	return -EINVAL;
}
