/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "client/pager.h"

#include "client/escape.h"
#include "client/variable.h"
#include "core/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGER_WORDS 16U /* of a variable */
#define PAGER_TEXT  256U

/* Ends at the end of what fits, passes colours on, leaves the screen as it was, ends at ^C. */
#define PAGER_LESS "LESS=FRSXMK"

/*
 * True for who has the rights of another for this program alone, as with sudo: a pager that starts
 * a shell would give all of them away.
 */
static bool pager_is_borrowed(void)
{
	static const char *const names[] = { "SUDO_UID", "PKEXEC_UID", "DOAS_USER" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (variable_find(names[i]))
			return true;
	return getauxval(AT_SECURE) != 0;
}

/* What the variables name: NULL: none of them is there; empty: no pager. */
static const char *pager_wanted(void)
{
	const char *wanted = variable_find("IOMMUFLEET_PAGER");

	if (pager_is_borrowed())
		return NULL;
	if (!wanted)
		wanted = variable_find("PAGER");
	return wanted && strcmp(wanted, "cat") == 0 ? "" : wanted;
}

int pager_open(struct pager *pager, struct display *display)
{
	const char *wanted = pager_wanted();

	*pager = (struct pager){ 0 };
	if (display->rows == 0 || (wanted && !*wanted))
		return 0;
	pager->stream = open_memstream(&pager->text, &pager->n);
	if (!pager->stream)
		return -ENOMEM;
	pager->out = display->out;
	display->out = pager->stream;
	return 0;
}

/* The columns of the @n bytes at @line, colours left out. */
static size_t pager_columns(const char *line, size_t n)
{
	size_t columns = 0;

	while (n > 0) {
		const char *colour = memchr(line, '\033', n), *end;
		size_t plain = colour ? (size_t)(colour - line) : n;

		columns += escape_columns(line, plain);
		line += plain;
		n -= plain;
		end = memchr(line, 'm', n);
		if (!end)
			break;
		n -= (size_t)(end + 1 - line);
		line = end + 1;
	}
	return columns;
}

/* True if the text and the line of a prompt below it fill more than the terminal. */
static bool pager_is_long(const struct pager *pager, const struct display *display)
{
	const char *line = pager->text, *end = pager->text + pager->n;
	size_t rows = 1;

	while (line < end && rows <= display->rows) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t n = (size_t)((stop ? stop : end) - line);
		size_t columns = pager_columns(line, n);

		rows += columns > 0 ? (columns - 1) / display->width + 1 : 1;
		line += n + 1;
	}
	return rows > display->rows;
}

/* The environment with what less is to know, which a user's own LESS comes before. */
static char **pager_environment(const struct display *display)
{
	static char less[] = PAGER_LESS, charset[] = "LESSCHARSET=utf-8", secure[] = "LESSSECURE=1";
	bool borrowed = pager_is_borrowed();
	size_t n_given = 0, n = 0;
	char **made;

	while (environ && environ[n_given])
		n_given++;
	made = calloc(n_given + 4, sizeof(*made));
	if (!made)
		return NULL;
	if (!variable_find("LESS"))
		made[n++] = less;
	if (display->unicode && !variable_find("LESSCHARSET"))
		made[n++] = charset;
	if (borrowed)
		made[n++] = secure;
	for (size_t i = 0; i < n_given; i++)
		if (!borrowed || strncmp(environ[i], secure, strcspn(secure, "1")) != 0)
			made[n++] = environ[i];
	return made;
}

/* Starts @arguments, which read @input. Its process id, or 0: it cannot be started. */
static pid_t pager_spawn(char *const *arguments, char *const *environment, int input)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t usual;
	pid_t pid = 0;
	int r = posix_spawn_file_actions_init(&actions);

	if (r != 0)
		return 0;
	r = posix_spawnattr_init(&attributes);
	if (r != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return 0;
	}
	(void)sigemptyset(&usual);
	(void)sigaddset(&usual, SIGPIPE);
	(void)sigaddset(&usual, SIGINT);
	(void)sigaddset(&usual, SIGQUIT);
	r = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(&attributes, &usual);
	if (r == 0)
		r = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	if (r == 0)
		r = posix_spawnp(&pid, arguments[0], &actions, &attributes, arguments, environment);
	(void)posix_spawnattr_destroy(&attributes);
	(void)posix_spawn_file_actions_destroy(&actions);
	return r == 0 ? pid : 0;
}

/* Starts what a variable says: words with blanks between, no shell. */
static pid_t pager_spawn_wanted(const char *wanted, char *const *environment, int input)
{
	char *arguments[PAGER_WORDS + 1] = { NULL }, text[PAGER_TEXT];
	size_t n = 0;

	if (strlen(wanted) >= sizeof(text))
		return 0;
	memcpy(text, wanted, strlen(wanted) + 1);
	for (char *at = text + strspn(text, " \t"); *at; at += strspn(at, " \t")) {
		if (n == PAGER_WORDS)
			return 0;
		arguments[n++] = at;
		at += strcspn(at, " \t");
		if (*at)
			*at++ = '\0';
	}
	return n > 0 ? pager_spawn(arguments, environment, input) : 0;
}

/* The first pager that there is. With another's rights only one that can be held to showing. */
static pid_t pager_spawn_any(char *const *environment, int input)
{
	const char *wanted = pager_wanted();
	pid_t pid = wanted ? pager_spawn_wanted(wanted, environment, input) : 0;

	if (!pid)
		pid = pager_spawn_wanted("less", environment, input);
	if (!pid && !pager_is_borrowed())
		pid = pager_spawn_wanted("more", environment, input);
	return pid;
}

/* Until all is written or nobody reads any more. */
static void pager_write(const struct pager *pager, int fd)
{
	size_t done = 0;

	while (done < pager->n) {
		ssize_t wrote = write(fd, pager->text + done, pager->n - done);

		if (wrote < 0 && errno != EINTR)
			return;
		done += wrote > 0 ? (size_t)wrote : 0;
	}
}

/* The signals that are the pager's while it has the terminal. */
static void pager_ignore(void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };

	(void)sigaction(SIGPIPE, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGQUIT, &action, NULL);
}

/* False if there is no pager. */
static bool pager_run(const struct pager *pager, const struct display *display)
{
	_cleanup_(cleanup_freep) char **environment = pager_environment(display);
	int ends[2];
	pid_t pid;

	if (!environment || pipe2(ends, O_CLOEXEC) < 0)
		return false;
	pager_ignore(SIG_IGN);
	pid = pager_spawn_any(environment, ends[0]);
	close(ends[0]);
	if (pid)
		pager_write(pager, ends[1]);
	close(ends[1]);
	while (pid && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	pager_ignore(SIG_DFL);
	return pid != 0;
}

int pager_close(struct pager *pager, struct display *display)
{
	int r = 0;

	if (!pager->out)
		return 0;
	display->out = pager->out;
	if (fclose(pager->stream) != 0)
		r = -ENOMEM;
	else if (!pager_is_long(pager, display) || !pager_run(pager, display))
		fwrite(pager->text, 1, pager->n, pager->out);
	free(pager->text);
	*pager = (struct pager){ 0 };
	return r;
}
