/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A conversation with QEMU's monitor (qemu/qemu docs/interop/qmp-spec) that only asks: what to say
 * next, and what to make of each message that comes back. One command is under way at a time;
 * events and answers to others' questions are passed over. Bytes are carried by who calls.
 */
#pragma once

#include "core/codec/refusal.h"
#include "core/model/guest.h"

struct qmp_talk;

enum qmp_talk_outcome {
	QMP_TALK_DONE, /* all was answered: qmp_talk_guest() gives the guest */
	QMP_TALK_E_REFUSED,
	QMP_TALK_SAY,  /* qmp_talk_command() is to be sent */
	QMP_TALK_WAIT, /* this was not what is waited for */
};

/* Gives a conversation that waits for QEMU's greeting. -ENOMEM. The caller owns it. */
int qmp_talk_new(struct qmp_talk **ret);

/* Accepts NULL. Returns NULL. */
struct qmp_talk *qmp_talk_free(struct qmp_talk *talk);

/*
 * Reads one message, the @n bytes at @bytes (at most LIMIT_QMP_BYTES). On QMP_TALK_E_REFUSED
 * @refusal says which command was answered how, and the conversation is over. -ENOMEM.
 */
int qmp_talk_read(struct qmp_talk *talk, const char *bytes, size_t n, struct refusal *refusal);

/* The command to send, with its line end, in @ret, to be freed with free(). -ENOMEM. */
int qmp_talk_command(const struct qmp_talk *talk, char **ret, size_t *ret_n);

/* What an answer is waited for to, for people: "its greeting", "query-status". Of @talk. */
const char *qmp_talk_waits_for(const struct qmp_talk *talk);

/* True once QEMU has said anything that it has to. */
bool qmp_talk_is_greeted(const struct qmp_talk *talk);

/*
 * After QMP_TALK_DONE the guest in @ret, which the caller owns: QMP_TALK_DONE, or
 * QMP_TALK_E_REFUSED, or -ENOMEM.
 */
int qmp_talk_guest(struct qmp_talk *talk, struct guest **ret, struct refusal *refusal);
