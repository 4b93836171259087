/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

#include "daemon/collector.h"

#include "core/cleanup.h"
#include "core/model/limits.h"
#include "daemon/collect/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define COLLECTOR_FIRST_BYTES	65536
#define COLLECTOR_MESSAGE_BYTES 512
#define COLLECTOR_ARGUMENTS	8
#define COLLECTOR_READS		64 /* in one pump: others have their turn */
#define COLLECTOR_ANSWER_BYTES	(WIRE_HEAD_BYTES + WIRE_MESSAGE_BYTES) /* beside the document */

_Static_assert(COLLECTOR_MESSAGE_BYTES >= WIRE_MESSAGE_BYTES, "messages of an answer have room");

struct collector {
	char path[1024]; /* of the program, or of the socket */
	bool remote;	 /* systemd has it run: document_fd is the socket */
	bool answered;	 /* and all of its answer came */
	pid_t pid;	 /* 0: reaped */
	int status;
	int document_fd;
	int message_fd;
	char *document;
	size_t n, capacity;
	char message[COLLECTOR_MESSAGE_BYTES]; /* not yet handed on */
	size_t n_message;
	char line[COLLECTOR_MESSAGE_BYTES];
	unsigned n_lines;
	char killed[96]; /* why; empty: it was not */
};

static void collector_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

struct collector *collector_free(struct collector *collector)
{
	if (!collector)
		return NULL;
	if (collector->pid > 0) {
		(void)kill(-collector->pid, SIGKILL);
		while (waitpid(collector->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	collector_close(&collector->document_fd);
	collector_close(&collector->message_fd);
	free(collector->document);
	free(collector);
	return NULL;
}

CLEANUP_DEFINE(struct collector *, collector_free, collector_freep);

/* The signals that the daemon blocks or catches mean their usual to the child. */
static int collector_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, all;
	int r;

	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	r = posix_spawnattr_setsigmask(attributes, &none);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(attributes, &all);
	if (r == 0)
		r = posix_spawnattr_setpgroup(attributes, 0);
	if (r == 0)
		r = posix_spawnattr_setflags(attributes,
			POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
	return r;
}

static int collector_spawn(
	struct collector *collector, char *const *arguments, int document_fd, int message_fd)
{
	static char *const environment[] = { NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int r = posix_spawn_file_actions_init(&actions);

	if (r != 0)
		return -r;
	r = posix_spawnattr_init(&attributes);
	if (r != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return -r;
	}
	r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, document_fd, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, message_fd, STDERR_FILENO);
	if (r == 0)
		r = collector_attributes(&attributes);
	if (r == 0)
		r = posix_spawn(&collector->pid, collector->path, &actions, &attributes, arguments,
			environment);
	if (r != 0)
		collector->pid = 0;
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return -r;
}

static int collector_run(struct collector *collector, char *const *arguments)
{
	int document[2] = { -1, -1 }, message[2] = { -1, -1 };
	int r = 0;

	if (pipe2(document, O_CLOEXEC) < 0 || pipe2(message, O_CLOEXEC) < 0)
		r = -errno;
	collector->document_fd = document[0];
	collector->message_fd = message[0];
	/* Only our ends: the child writes and waits as programs do. */
	if (r == 0 && (fcntl(document[0], F_SETFL, O_NONBLOCK) < 0 ||
			      fcntl(message[0], F_SETFL, O_NONBLOCK) < 0))
		r = -errno;
	if (r == 0)
		r = collector_spawn(collector, arguments, document[1], message[1]);
	collector_close(&document[1]);
	collector_close(&message[1]);
	return r;
}

/* Puts the request into the empty socket, where there is room for it. */
static int collector_ask(int fd, bool wake)
{
	struct wire_request request = { .wake = wake };
	uint8_t bytes[WIRE_REQUEST_BYTES];
	ssize_t n;

	wire_encode_request(&request, bytes);
	n = send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL);
	return n == (ssize_t)sizeof(bytes) ? 0 : n < 0 ? -errno : -EIO;
}

/* Connecting to a local socket takes no time: it is done, refused, or too many wait already. */
static int collector_connect(struct collector *collector, bool wake)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	if (strlen(collector->path) >= sizeof(name.sun_path))
		return -ENAMETOOLONG;
	(void)snprintf(name.sun_path, sizeof(name.sun_path), "%s", collector->path);
	collector->remote = true;
	collector->document_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (collector->document_fd < 0)
		return -errno;
	if (connect(collector->document_fd, (struct sockaddr *)&name, sizeof(name)) == 0)
		return collector_ask(collector->document_fd, wake);
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
	case ECONNREFUSED:
	case EACCES:
	case EPERM:
		return COLLECTOR_E_ABSENT;
	default:
		return -errno;
	}
}

static int collector_run_child(struct collector *collector, const struct collector_options *options)
{
	char *arguments[COLLECTOR_ARGUMENTS] = { NULL };
	char wake[16];
	size_t n = 0;

	(void)snprintf(wake, sizeof(wake), "--wake=%s", options->wake ? "yes" : "no");
	arguments[n++] = collector->path;
	arguments[n++] = wake;
	if (*options->sysroot) {
		arguments[n++] = (char *)"--sysroot";
		arguments[n++] = (char *)options->sysroot;
	}
	if (*options->kernel_log) {
		arguments[n++] = (char *)"--kernel-log";
		arguments[n++] = (char *)options->kernel_log;
	}
	return collector_run(collector, arguments);
}

int collector_start(const struct collector_options *options, struct collector **ret)
{
	_cleanup_(collector_freep) struct collector *collector = calloc(1, sizeof(*collector));
	const char *path = *options->socket ? options->socket : options->path;
	int r;

	if (!collector)
		return -ENOMEM;
	collector->document_fd = collector->message_fd = -1;
	if (strlen(path) >= sizeof(collector->path))
		return -ENAMETOOLONG;
	(void)snprintf(collector->path, sizeof(collector->path), "%s", path);
	r = *options->socket ? collector_connect(collector, options->wake)
			     : collector_run_child(collector, options);
	if (r != 0)
		return r;
	*ret = cleanup_take(collector);
	return COLLECTOR_DONE;
}

int collector_document_fd(const struct collector *collector)
{
	return collector->document_fd;
}

int collector_message_fd(const struct collector *collector)
{
	return collector->message_fd;
}

static size_t collector_most(const struct collector *collector)
{
	return LIMIT_FACTS_BYTES + (collector->remote ? COLLECTOR_ANSWER_BYTES : 0);
}

static int collector_grow(struct collector *collector)
{
	size_t capacity = collector->capacity ? collector->capacity * 2 : COLLECTOR_FIRST_BYTES;
	char *document;

	if (capacity > collector_most(collector) + 1)
		capacity = collector_most(collector) + 1;
	document = realloc(collector->document, capacity + 1);
	if (!document)
		return -ENOMEM;
	collector->document = document;
	collector->capacity = capacity;
	return 0;
}

/* An answer that came over the socket, taken apart, if it is whole. */
static void collector_unwrap(struct collector *collector)
{
	struct wire_head head;

	if (collector->n < WIRE_HEAD_BYTES ||
		wire_decode_head((const uint8_t *)collector->document, &head) != WIRE_DONE ||
		collector->n != (size_t)WIRE_HEAD_BYTES + head.n_message + head.n_document)
		return;
	collector->answered = true;
	collector->status = head.failed ? W_EXITCODE(EXIT_FAILURE, 0) : 0;
	collector->n_message = head.n_message;
	memcpy(collector->message, collector->document + WIRE_HEAD_BYTES, head.n_message);
	collector->n = head.n_document;
	memmove(collector->document, collector->document + WIRE_HEAD_BYTES + head.n_message,
		head.n_document);
}

static void collector_on_end(struct collector *collector)
{
	collector_close(&collector->document_fd);
	if (collector->remote)
		collector_unwrap(collector);
}

static int collector_read_document(struct collector *collector)
{
	for (unsigned i = 0; i < COLLECTOR_READS && collector->document_fd >= 0; i++) {
		ssize_t got;

		if (collector->n == collector->capacity && collector_grow(collector) < 0)
			return -ENOMEM;
		got = read(collector->document_fd, collector->document + collector->n,
			collector->capacity - collector->n);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (got <= 0) {
			collector_on_end(collector);
			return 0;
		}
		collector->n += (size_t)got;
		if (collector->n > collector_most(collector)) {
			collector_kill(collector, "its document is larger than 8 MiB");
			collector_close(&collector->document_fd);
		}
	}
	return 0;
}

static void collector_read_message(struct collector *collector)
{
	ssize_t got;

	/* A line longer than the buffer is handed on in pieces. */
	if (collector->message_fd < 0 || collector->n_message == sizeof(collector->message))
		return;
	got = read(collector->message_fd, collector->message + collector->n_message,
		sizeof(collector->message) - collector->n_message);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0)
		collector_close(&collector->message_fd);
	else
		collector->n_message += (size_t)got;
}

int collector_pump(struct collector *collector)
{
	collector_read_message(collector);
	return collector_read_document(collector);
}

const char *collector_next_line(struct collector *collector)
{
	const char *end = memchr(collector->message, '\n', collector->n_message);
	size_t n = end ? (size_t)(end - collector->message) : collector->n_message;
	size_t used = end ? n + 1 : n;

	if (!end && collector->message_fd >= 0 && n < sizeof(collector->message))
		return NULL; /* the rest of the line is still to come */
	if (used == 0)
		return NULL;
	if (n >= sizeof(collector->line))
		n = sizeof(collector->line) - 1;
	memcpy(collector->line, collector->message, n);
	collector->line[n] = '\0';
	collector->n_message -= used;
	memmove(collector->message, collector->message + used, collector->n_message);
	if (collector->n_lines++ < COLLECTOR_LINES)
		return collector->line;
	return collector->n_lines == COLLECTOR_LINES + 1 ? "(more follows and is left out)" : "";
}

void collector_reap(struct collector *collector)
{
	if (collector->pid > 0 && waitpid(collector->pid, &collector->status, WNOHANG) > 0) {
		/* What it left behind holds our pipes open. */
		(void)kill(-collector->pid, SIGKILL);
		collector->pid = 0;
	}
}

void collector_kill(struct collector *collector, const char *why)
{
	if (!*collector->killed)
		(void)snprintf(collector->killed, sizeof(collector->killed), "%s", why);
	if (collector->pid > 0)
		(void)kill(-collector->pid, SIGKILL);
	/* Then it is read to its end: who watches the descriptor still knows it. */
	if (collector->remote && collector->document_fd >= 0)
		(void)shutdown(collector->document_fd, SHUT_RDWR);
}

bool collector_is_finished(const struct collector *collector)
{
	return collector->pid == 0 && collector->document_fd < 0 && collector->message_fd < 0;
}

int collector_result(
	struct collector *collector, char **ret, size_t *ret_n, struct refusal *refusal)
{
	if (*collector->killed)
		return refusal_set(refusal, collector->path, "was stopped: %s", collector->killed);
	if (collector->remote && !collector->answered)
		return refusal_set(refusal, collector->path,
			"no whole answer came; see journalctl -u 'iommufleet-collect@*'");
	if (WIFSIGNALED(collector->status))
		return refusal_set(refusal, collector->path, "was ended by signal %d",
			WTERMSIG(collector->status));
	if (WEXITSTATUS(collector->status) != 0)
		return refusal_set(refusal, collector->path, "failed with status %d; see the log",
			WEXITSTATUS(collector->status));
	if (collector->n == 0)
		return refusal_set(refusal, collector->path, "wrote nothing");
	collector->document[collector->n] = '\0';
	*ret = cleanup_take(collector->document);
	*ret_n = collector->n;
	return COLLECTOR_DONE;
}
