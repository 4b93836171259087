/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where the daemon says what it does: the journal, or lines on stderr with the priority in front as
 * sd-daemon(3) reads them. A message has an id that stays the same over versions, so that it can be
 * found by "journalctl MESSAGE_ID=". Only main.c and loop.c log; everything below them returns what
 * went wrong and lets them say it once.
 */
#pragma once

#include <syslog.h>

struct log;

enum log_target {
	LOG_TARGET_AUTO, /* the journal when stderr leads there anyway, else stderr */
	LOG_TARGET_JOURNAL,
	LOG_TARGET_CONSOLE, /* stderr */
	_LOG_TARGET_MAX,
};

enum log_id {
	LOG_STARTED,
	LOG_STOPPED,
	LOG_COLLECTED,
	LOG_COLLECTION_FAILED,
	LOG_COLLECTOR_SAYS,
	LOG_LIVE_TROUBLE,
	LOG_HOST_CHANGED,
	LOG_STORE_TROUBLE,
	LOG_BUS_TROUBLE,
	LOG_CONFIG_REFUSED,
	LOG_CONFIG_DOUBTFUL,
	LOG_FLEET_TROUBLE,
	LOG_FLEET_TRUST,
	LOG_PEER_TROUBLE,
	LOG_GUEST_AT_RISK,
	LOG_EXPORT_TROUBLE,
	LOG_FAULT,
	_LOG_ID_MAX,
};

/* Gives a log of level info and target auto. -ENOMEM. The caller owns it. */
int log_new(struct log **ret);

struct log *log_free(struct log *log); /* accepts NULL, returns NULL */

/* Messages of a greater number than @priority, one of LOG_ERR to LOG_DEBUG, are dropped. */
void log_set_level(struct log *log, int priority);
int log_level(const struct log *log);

void log_set_target(struct log *log, enum log_target target);

/* Where messages really go: journal or console. */
enum log_target log_target(const struct log *log);

/* What a message is about, in a field of the journal of its own. */
enum log_field {
	LOG_FIELD_CLASS, /* IOMMUFLEET_CLASS: the digest of a class */
	LOG_FIELD_GUEST, /* IOMMUFLEET_GUEST: the name of a guest */
	LOG_FIELD_PEER,	 /* IOMMUFLEET_PEER: a host of the fleet, or where it was looked for */
	_LOG_FIELD_MAX,
};

/* The next message is about @value, of which as many bytes are copied as a name can have. */
void log_about(struct log *log, enum log_field field, const char *value);

/* Says one message. Bytes that are not printable become '?'. errno is left as it was. */
void log_say(struct log *log, int priority, enum log_id id, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Words of levels (emerg to debug) and targets (auto, journal, console). NULL, -EINVAL: none such.
 */
const char *log_level_word(int priority);
int log_level_parse(const char *word, int *ret);
const char *log_target_word(enum log_target target);
int log_target_parse(const char *word, enum log_target *ret);
