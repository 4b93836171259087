/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/qmp.h"

#include "core/cleanup.h"
#include "core/codec/qmp_message.h"
#include "core/codec/qmp_talk.h"
#include "core/model/limits.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define QMP_READ_BYTES	65536U
#define QMP_TOTAL_BYTES ((size_t)32 << 20) /* of all that QEMU says, events and all */
/* libvirt's virDomainDefGetShortName() cuts the name of a domain after so many letters. */
#define QMP_SHORT_NAME 20U
#define QMP_HINT_BYTES 256U

struct qmp {
	const char *path;
	struct trouble *trouble;
	int fd;
	uint64_t deadline_us;
	struct qmp_talk *talk;
	struct qmp_message message; /* that has begun to come */
	char *bytes;		    /* LIMIT_QMP_BYTES and as much as is read at once */
	size_t n;
	size_t begin;	/* of the message that is not read yet */
	size_t scanned; /* up to here it was looked at */
	size_t total;	/* that came since the beginning */
};

static void qmp_done(struct qmp *qmp)
{
	if (qmp->fd >= 0)
		close(qmp->fd);
	qmp_talk_free(qmp->talk);
	free(qmp->bytes);
}

static uint64_t qmp_now_us(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* The domain whose monitor of libvirt's @path is: .../domain-3-NAME/monitor.sock; or any. */
static void qmp_domain(const char *path, char *ret, size_t n_max)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-";
	static const char prefix[] = "/domain-";
	const char *end = strrchr(path, '/'), *begin = strstr(path, prefix), *name;
	size_t n_id, n;

	(void)snprintf(ret, n_max, "DOMAIN");
	if (!begin || strcmp(end, "/monitor.sock") != 0)
		return;
	begin += sizeof(prefix) - 1;
	n_id = strspn(begin, "0123456789");
	name = begin + n_id + 1;
	if (n_id == 0 || n_id > 10 || begin[n_id] != '-' || name >= end)
		return;
	n = (size_t)(end - name);
	/* What may be cut, or a shell may read otherwise: virsh takes the number as well. */
	if (n >= QMP_SHORT_NAME || strspn(name, letters) < n || name[0] == '-')
		(void)snprintf(ret, n_max, "%.*s", (int)n_id, begin);
	else
		(void)snprintf(ret, n_max, "%.*s", (int)n, name);
}

/* How to come to the map of a guest whose monitor is libvirt's. */
static void qmp_hint(const struct qmp *qmp, char ret[QMP_HINT_BYTES])
{
	char domain[2 * QMP_SHORT_NAME];

	qmp_domain(qmp->path, domain, sizeof(domain));
	(void)snprintf(ret, QMP_HINT_BYTES,
		"if libvirt runs this guest, ask through it: virsh qemu-monitor-command --hmp %s "
		"'info mtree -f' | iommufleetctl check --mtree -",
		domain);
}

static int qmp_refuse_connect(const struct qmp *qmp, int error)
{
	char hint[QMP_HINT_BYTES];

	if (error == ENOENT)
		return trouble_set(qmp->trouble,
			"cannot connect to %s: there is no such socket; is the guest running?",
			qmp->path);
	qmp_hint(qmp, hint);
	if (error == EAGAIN)
		return trouble_set(qmp->trouble,
			"cannot connect to %s: others wait there already, and a monitor serves one "
			"at a time; %s",
			qmp->path, hint);
	return trouble_set(
		qmp->trouble, "cannot connect to %s: %s; %s", qmp->path, strerror(error), hint);
}

static int qmp_connect(struct qmp *qmp)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct stat status;

	if (strlen(qmp->path) >= sizeof(address.sun_path))
		return trouble_set(qmp->trouble,
			"cannot connect to %.200s: the path of a socket has at most %zu bytes",
			qmp->path, sizeof(address.sun_path) - 1);
	if (stat(qmp->path, &status) < 0)
		return qmp_refuse_connect(qmp, errno);
	if (!S_ISSOCK(status.st_mode))
		return trouble_set(qmp->trouble,
			"cannot connect to %s: it is no socket; name the one of QEMU's option -qmp",
			qmp->path);
	memcpy(address.sun_path, qmp->path, strlen(qmp->path) + 1);
	qmp->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (qmp->fd < 0)
		return qmp_refuse_connect(qmp, errno);
	if (connect(qmp->fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return qmp_refuse_connect(qmp, errno);
	return 0;
}

static int qmp_refuse_late(const struct qmp *qmp)
{
	char hint[QMP_HINT_BYTES];

	if (qmp_talk_is_greeted(qmp->talk))
		return trouble_set(qmp->trouble,
			"the QEMU at %s did not answer %s within %llu seconds in all", qmp->path,
			qmp_talk_waits_for(qmp->talk), QMP_TIMEOUT_US / 1000000);
	qmp_hint(qmp, hint);
	return trouble_set(qmp->trouble,
		"nothing came from %s within %llu seconds: a monitor serves one at a time, and "
		"another may hold it; %s",
		qmp->path, QMP_TIMEOUT_US / 1000000, hint);
}

static int qmp_refuse_closed(const struct qmp *qmp, int error)
{
	return trouble_set(qmp->trouble, "the QEMU at %s ended or closed the connection at %s%s%s",
		qmp->path, qmp_talk_waits_for(qmp->talk), error ? ": " : "",
		error ? strerror(error) : "");
}

/* Waits for @events until the time is over. */
static int qmp_wait(const struct qmp *qmp, short events)
{
	struct pollfd one = { .fd = qmp->fd, .events = events };

	for (;;) {
		uint64_t now = qmp_now_us();
		int r;

		if (now >= qmp->deadline_us)
			return qmp_refuse_late(qmp);
		r = poll(&one, 1, (int)((qmp->deadline_us - now) / 1000) + 1);
		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return qmp_refuse_closed(qmp, errno);
	}
}

static int qmp_send(const struct qmp *qmp)
{
	_cleanup_(cleanup_freep) char *command = NULL;
	size_t n, at = 0;
	int r = qmp_talk_command(qmp->talk, &command, &n);

	if (r < 0)
		return r;
	while (at < n) {
		ssize_t sent;

		r = qmp_wait(qmp, POLLOUT);
		if (r != 0)
			return r;
		sent = send(qmp->fd, command + at, n - at, MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return qmp_refuse_closed(qmp, errno);
		at += sent > 0 ? (size_t)sent : 0;
	}
	return 0;
}

static int qmp_receive(struct qmp *qmp)
{
	ssize_t got;
	int r = qmp_wait(qmp, POLLIN);

	if (r != 0)
		return r;
	got = recv(qmp->fd, qmp->bytes + qmp->n, QMP_READ_BYTES, 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got <= 0)
		return qmp_refuse_closed(qmp, got < 0 ? errno : 0);
	qmp->n += (size_t)got;
	qmp->total += (size_t)got;
	if (qmp->total > QMP_TOTAL_BYTES)
		return trouble_set(qmp->trouble,
			"what comes from %s does not end: it is more than %zu bytes, and still no "
			"answer to %s",
			qmp->path, QMP_TOTAL_BYTES, qmp_talk_waits_for(qmp->talk));
	return 0;
}

static int qmp_refuse_message(const struct qmp *qmp, const struct refusal *refusal)
{
	if (!qmp_talk_is_greeted(qmp->talk))
		return trouble_set(qmp->trouble,
			"what comes from %s is no greeting of QEMU's monitor; name the socket of "
			"its option -qmp",
			qmp->path);
	return trouble_set(
		qmp->trouble, "the QEMU at %s: %s: %s", qmp->path, refusal->where, refusal->text);
}

/* Looks for the end of the message that begins at qmp->begin; not there yet: *@ret is false. */
static int qmp_scan(struct qmp *qmp, bool *ret)
{
	struct refusal strange = { "message", "what begins there is no JSON object" };
	enum qmp_message_outcome outcome;
	size_t used;

	outcome = qmp_message_scan(
		&qmp->message, qmp->bytes + qmp->scanned, qmp->n - qmp->scanned, &used);
	if (outcome == QMP_MESSAGE_E_STRANGE)
		return qmp_refuse_message(qmp, &strange);
	qmp->scanned += used;
	if (qmp->message.depth == 0 && outcome == QMP_MESSAGE_MORE)
		qmp->begin = qmp->scanned; /* nothing but white space */
	if (qmp->scanned - qmp->begin > LIMIT_QMP_BYTES)
		return trouble_set(qmp->trouble,
			"the QEMU at %s answers %s with more than %u bytes, the most that is read",
			qmp->path, qmp_talk_waits_for(qmp->talk), LIMIT_QMP_BYTES);
	*ret = outcome == QMP_MESSAGE_WHOLE;
	return 0;
}

static int qmp_read_message(struct qmp *qmp, enum qmp_talk_outcome *ret)
{
	struct refusal refusal = { "", "" };
	int r = qmp_talk_read(
		qmp->talk, qmp->bytes + qmp->begin, qmp->scanned - qmp->begin, &refusal);

	if (r < 0)
		return r;
	if (r == QMP_TALK_E_REFUSED)
		return qmp_refuse_message(qmp, &refusal);
	qmp->begin = qmp->scanned;
	*ret = (enum qmp_talk_outcome)r;
	return r == QMP_TALK_SAY ? qmp_send(qmp) : 0;
}

/* Reads every message that is whole; QMP_TALK_DONE ends the conversation. */
static int qmp_read(struct qmp *qmp, enum qmp_talk_outcome *ret)
{
	bool whole;
	int r = 0;

	while (r == 0 && *ret != QMP_TALK_DONE && qmp->scanned < qmp->n) {
		r = qmp_scan(qmp, &whole);
		if (r == 0 && whole)
			r = qmp_read_message(qmp, ret);
	}
	if (r != 0)
		return r;
	memmove(qmp->bytes, qmp->bytes + qmp->begin, qmp->n - qmp->begin);
	qmp->n -= qmp->begin;
	qmp->scanned -= qmp->begin;
	qmp->begin = 0;
	return 0;
}

int qmp_read_guest(const char *path, struct trouble *trouble, struct guest **ret)
{
	_cleanup_(qmp_done) struct qmp qmp = { .path = path, .trouble = trouble, .fd = -1 };
	enum qmp_talk_outcome outcome = QMP_TALK_WAIT;
	struct refusal refusal = { "", "" };
	int r;

	qmp.deadline_us = qmp_now_us() + QMP_TIMEOUT_US;
	qmp.bytes = malloc((size_t)LIMIT_QMP_BYTES + 2 * QMP_READ_BYTES);
	if (!qmp.bytes)
		return -ENOMEM;
	r = qmp_talk_new(&qmp.talk);
	if (r < 0)
		return r;
	r = qmp_connect(&qmp);
	while (r == 0 && outcome != QMP_TALK_DONE) {
		r = qmp_receive(&qmp);
		if (r == 0)
			r = qmp_read(&qmp, &outcome);
	}
	if (r != 0)
		return r;
	r = qmp_talk_guest(qmp.talk, ret, &refusal);
	return r == QMP_TALK_E_REFUSED ? qmp_refuse_message(&qmp, &refusal) : r;
}
