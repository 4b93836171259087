/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE

#include "daemon/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKER_RESULT_MAX 100 /* of run(); more says that it gave none */

/* ---------------------------------------------------------------- in the copy */

/* Sockets, the database and the loop are the daemon's alone. */
static void worker_keep_only(int a, int b)
{
	int low = a < b ? a : b, high = a < b ? b : a;

	if (low > 3)
		(void)close_range(3, (unsigned)low - 1, 0);
	if (high > low + 1)
		(void)close_range((unsigned)low + 1, (unsigned)high - 1, 0);
	(void)close_range((unsigned)high + 1, ~0U, 0);
}

static void worker_run(const struct worker_task *task, int alive)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
	sigset_t none;
	int result;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)signal(signals[i], SIG_DFL);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	worker_keep_only(task->fd, alive);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	result = task->run(task->what, task->fd);
	_exit(result >= 0 && result <= WORKER_RESULT_MAX ? result : WORKER_RESULT_MAX + 1);
}

/* ---------------------------------------------------------------- in the loop */

/* Takes what is left of the copy; what it gave, or negative errno. */
static int worker_reap(struct worker *worker)
{
	int status = 0;

	while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
		;
	(void)close(worker->alive);
	turn_silence(worker->source);
	worker->pid = 0;
	if (worker->late)
		return -ETIMEDOUT;
	if (!WIFEXITED(status) || WEXITSTATUS(status) > WORKER_RESULT_MAX)
		return -EIO;
	return WEXITSTATUS(status);
}

static void worker_watch(struct worker *worker)
{
	uint64_t now_us = turn_now_us();

	(void)turn_watch(worker->source, worker->alive, POLLIN,
		worker->until_us > now_us ? worker->until_us - now_us : 0);
}

/* It has ended, or its time is over. */
static void worker_on_source(void *data)
{
	struct worker *worker = data;
	char byte;

	if (worker->pid == 0)
		return;
	if (read(worker->alive, &byte, 1) < 0) {
		worker->late = worker->late || turn_now_us() >= worker->until_us;
		if (worker->late)
			(void)kill(worker->pid, SIGKILL);
		else
			worker_watch(worker);
		if (!worker->late)
			return;
	}
	worker->ended(worker_reap(worker), worker->data);
}

int workers_open(struct workers *workers, struct turn *turn)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < WORKER_MAX; i++)
		r = turn_add(turn, worker_on_source, &workers->items[i], &workers->items[i].source);
	return r;
}

static void worker_kill(struct worker *worker)
{
	(void)kill(worker->pid, SIGKILL);
	(void)worker_reap(worker);
}

void workers_close(struct workers *workers)
{
	for (size_t i = 0; i < WORKER_MAX; i++)
		if (workers->items[i].pid > 0)
			worker_kill(&workers->items[i]);
}

void workers_end(struct workers *workers, const void *data)
{
	for (size_t i = 0; i < WORKER_MAX; i++)
		if (workers->items[i].pid > 0 && workers->items[i].data == data)
			worker_kill(&workers->items[i]);
}

/* No signal is handled between the fork and the copy's own ways with signals. */
static int worker_fork(const struct worker_task *task, int alive, pid_t *ret)
{
	sigset_t all, before;
	pid_t pid;
	int r = 0;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		worker_run(task, alive);
	if (pid < 0)
		r = -errno;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	*ret = pid;
	return r;
}

static int worker_begin(struct worker *worker, const struct worker_task *task)
{
	int ends[2], r;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	r = worker_fork(task, ends[1], &worker->pid);
	(void)close(ends[1]);
	if (r < 0) {
		(void)close(ends[0]);
		worker->pid = 0;
		return r;
	}
	worker->alive = ends[0];
	worker->late = false;
	worker->until_us = turn_now_us() + WORKER_TIMEOUT_US;
	worker->ended = task->ended;
	worker->data = task->data;
	worker_watch(worker);
	return 0;
}

int workers_begin(struct workers *workers, const struct worker_task *task)
{
	for (size_t i = 0; i < WORKER_MAX; i++)
		if (workers->items[i].pid == 0)
			return worker_begin(&workers->items[i], task);
	return -EBUSY;
}
