/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

#include "client/doctor.h"

#include "core/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DOCTOR_LOCAL_SAID_BYTES 512
#define DOCTOR_LOCAL_TIMEOUT_MS 60000

/* What a run of iommufleetd came to. */
struct doctor_local_run {
	int status;			    /* its exit code; -1: it did not end by itself */
	char said[DOCTOR_LOCAL_SAID_BYTES]; /* the first line of its standard error */
};

static void doctor_local_closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

static int doctor_local_spawn(char *const arguments[], int output, pid_t *ret)
{
	static char *const environment[] = { NULL };
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r != 0)
		return -r;
	r = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(
			&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
	if (r == 0)
		r = posix_spawn(ret, arguments[0], &actions, NULL, arguments, environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	return -r;
}

/* Reads to the end, or until the time is over; what does not fit is dropped. True at the end. */
static bool doctor_local_read(int fd, char text[static DOCTOR_LOCAL_SAID_BYTES])
{
	struct pollfd waited = { .fd = fd, .events = POLLIN };
	char rest[256];
	size_t n = 0;
	ssize_t got = 1;

	while (got > 0) {
		bool fits = n + 1 < DOCTOR_LOCAL_SAID_BYTES;

		if (poll(&waited, 1, DOCTOR_LOCAL_TIMEOUT_MS) <= 0)
			break;
		got = fits ? read(fd, text + n, DOCTOR_LOCAL_SAID_BYTES - 1 - n)
			   : read(fd, rest, sizeof(rest));
		if (got > 0 && fits)
			n += (size_t)got;
	}
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return got == 0;
}

static int doctor_local_run(char *const arguments[], struct doctor_local_run *ret)
{
	_cleanup_(doctor_local_closep) int from = -1;
	int pipes[2], status = 0, r;
	pid_t child;
	bool ended;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -errno;
	from = pipes[0];
	r = doctor_local_spawn(arguments, pipes[1], &child);
	(void)close(pipes[1]);
	if (r < 0)
		return r;
	ended = doctor_local_read(from, ret->said);
	if (!ended)
		(void)kill(child, SIGKILL);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	ret->status = ended && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	return 0;
}

/* Has iommufleetd look at something: "--check-config" or "--check-store". */
static int doctor_local_ask(json_t *checks, const struct arguments *options,
	const struct doctor_row *bad, const char *action)
{
	const char *program = options->daemon ? options->daemon : IOMMUFLEET_DAEMON_PATH;
	char *arguments[5] = { (char *)program, (char *)action };
	struct doctor_row row = { .check = bad->check, .state = DOCTOR_OK };
	struct doctor_local_run run = { .status = -1 };
	const char *said = run.said;
	int r;

	if (options->config) {
		arguments[2] = (char *)"--config";
		arguments[3] = (char *)options->config;
	}
	r = doctor_local_run(arguments, &run);
	if (strncmp(said, "iommufleetd: ", 13) == 0)
		said += 13;
	if (r < 0 || run.status < 0) {
		row.state = DOCTOR_UNKNOWN;
		row.remedy = "install the daemon, or say where it is with --daemon FILE";
		return doctor_add(checks, &row, "%s cannot be run: %s", program,
			r < 0 ? strerror(-r) : "it did not end by itself");
	}
	if (run.status == 0)
		return doctor_add(checks, &row, "iommufleetd %s finds nothing wrong", action);
	if (strstr(said, strerror(EACCES))) {
		row.state = DOCTOR_UNKNOWN;
		row.remedy = "ask again as root";
		return doctor_add(checks, &row, "%s", said);
	}
	return doctor_add(checks, bad, "%s", *said ? said : "iommufleetd says that it is wrong");
}

static int doctor_local_socket(json_t *checks)
{
	static const char path[] = IOMMUFLEET_RUN_DIR "/collect.socket";
	struct doctor_row row = { .check = "collector", .state = DOCTOR_OK };
	struct stat status;

	if (stat(path, &status) == 0 && S_ISSOCK(status.st_mode))
		return doctor_add(checks, &row, "%s is there", path);
	row.state = DOCTOR_WARN;
	row.remedy =
		"systemctl enable --now iommufleet-collect.socket; a daemon that is run as root "
		"needs none";
	return doctor_add(checks, &row, "%s: %s; a daemon without privilege cannot read much", path,
		strerror(errno));
}

int doctor_local_add(json_t *checks, const struct arguments *options)
{
	static const struct doctor_row config = { "config", DOCTOR_FAIL,
		"mend that line; the daemon does not start with it" };
	static const struct doctor_row store = { "store", DOCTOR_FAIL,
		"move the file away, or restore a copy; the daemon makes a new one" };
	int r = doctor_local_ask(checks, options, &config, "--check-config");

	if (r == 0)
		r = doctor_local_ask(checks, options, &store, "--check-store");
	return r < 0 ? r : doctor_local_socket(checks);
}
