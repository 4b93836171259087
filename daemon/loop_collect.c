/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop's part that has the collector run and takes what it brings. */
#include "daemon/loop_view.h"

#include "core/cleanup.h"
#include "daemon/turn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <systemd/sd-id128.h>
#include <time.h>
#include <unistd.h>

#define LOOP_RETRY_US (UINT64_C(60) * 1000000) /* after a failed collection */
#define LOOP_JITTER   10		       /* an interval is up to a 10th longer */
#define LOOP_GAP_US   (UINT64_C(5) * 1000000)  /* between two collections of this host */
#define LOOP_DOUBLED  2			       /* times at most, while they fail */

static uint64_t loop_collect_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void loop_collect_wait(struct loop *loop, uint64_t delay_us)
{
	if (turn_watch(loop->interval, -1, 0, delay_us) < 0)
		loop_fail(loop, -EIO, "the timer of the next collection cannot be set");
}

static void loop_collect_set_interval(struct loop *loop, uint64_t delay_us)
{
	uint64_t jitter = 0;

	/* Many hosts are started at once; they need not stay in step. */
	if (getrandom(&jitter, sizeof(jitter), GRND_NONBLOCK) != sizeof(jitter))
		jitter = 0;
	loop_collect_wait(loop, delay_us + jitter % (delay_us / LOOP_JITTER + 1));
}

/*
 * How long the next collection has to wait. Each costs a process and wakes devices, and whoever may
 * ask for one may ask for many; a captured host costs nobody anything.
 */
static uint64_t loop_collect_delay_us(const struct loop *loop)
{
	uint64_t gap_us = LOOP_GAP_US
			  << (loop->failures < LOOP_DOUBLED ? loop->failures : LOOP_DOUBLED);
	uint64_t passed_us = turn_now_us() - loop->ended_us;

	if (loop->ended_us == 0 || *loop->config->collect_sysroot || passed_us >= gap_us)
		return 0;
	return gap_us - passed_us;
}

/* The boot of this host, as the facts name it; empty when they are of a captured one. */
static void loop_collect_boot(const struct loop *loop, char ret[static SD_ID128_UUID_STRING_MAX])
{
	sd_id128_t boot;

	ret[0] = '\0';
	if (!*loop->config->collect_sysroot && sd_id128_get_boot(&boot) >= 0)
		(void)sd_id128_to_uuid_string(boot, ret);
}

/* The first collection of a boot wakes sleeping devices, as lspci does; later ones let them sleep.
 */
static bool loop_collect_must_wake(const struct loop *loop)
{
	char boot[SD_ID128_UUID_STRING_MAX];

	loop_collect_boot(loop, boot);
	return !loop->state.woken || (*boot && strcmp(boot, state_boot(&loop->state)) != 0);
}

/* Root reads this host itself; who is not asks systemd to have it read. */
static bool loop_collect_has_socket(const struct config *config)
{
	return *config->collect_socket && !*config->collect_sysroot &&
	       !*config->collect_kernel_log && geteuid() != 0;
}

static int loop_collect_run_child(struct loop *loop, struct collector_options *options)
{
	options->socket = "";
	if (geteuid() != 0 && !*options->sysroot)
		loop->advice = "iommufleet-collect runs without privilege, so that much stays "
			       "unknown: systemctl enable --now iommufleet-collect.socket, or run "
			       "iommufleetd as root";
	return collector_start(options, &loop->collector);
}

/* Sets the trouble unless it starts. */
static int loop_collect_run(struct loop *loop, bool wake)
{
	struct collector_options options = { .path = loop->config->collect_collector,
		.socket = loop->config->collect_socket,
		.sysroot = loop->config->collect_sysroot,
		.kernel_log = loop->config->collect_kernel_log,
		.wake = wake };
	bool remote = loop_collect_has_socket(loop->config);
	const char *where = remote ? options.socket : options.path;
	int r = COLLECTOR_E_ABSENT;

	loop->advice = NULL;
	if (remote)
		r = collector_start(&options, &loop->collector);
	if (remote && r == COLLECTOR_E_ABSENT && loop->reached) {
		/* What was read with privilege is not to be replaced by less. */
		(void)refusal_set(&loop->trouble, where,
			"nobody answers at the collector's socket any more: systemctl start "
			"iommufleet-collect.socket");
		return -ECONNREFUSED;
	}
	loop->reached = loop->reached || r == COLLECTOR_DONE;
	if (r == COLLECTOR_E_ABSENT) {
		where = options.path;
		r = loop_collect_run_child(loop, &options);
	}
	if (r < 0)
		(void)refusal_set(&loop->trouble, where, "cannot be started: %s", strerror(-r));
	return r;
}

static int loop_collect_start(struct loop *loop, bool wake)
{
	int r;

	loop_live_covered(loop);
	loop->started_us = turn_now_us();
	r = loop_collect_run(loop, wake);
	if (r == 0)
		r = turn_watch(loop->deadline, -1, 0, loop->config->collect_timeout_us);
	if (r < 0) {
		loop->collector = collector_free(loop->collector);
		loop->collection = "failed";
		loop->metrics.not_collected++;
		loop->ended_us = turn_now_us();
		loop->failures++;
		loop->ended = true;
		log_say(loop->log, LOG_ERR, LOG_COLLECTION_FAILED, "%s: %s", loop->trouble.where,
			loop->trouble.text);
		loop_collect_set_interval(loop, LOOP_RETRY_US);
	} else {
		loop->collection = "running";
		loop->waking = wake;
		turn_silence(loop->interval);
	}
	loop->again = LOOP_ENOUGH;
	loop->changed = true;
	return r;
}

int loop_collect_ask(struct loop *loop, bool wake)
{
	uint64_t delay_us = loop_collect_delay_us(loop);

	if (!loop->collector && delay_us == 0)
		return loop_collect_start(loop,
			wake || loop->again == LOOP_AGAIN_WAKING || loop_collect_must_wake(loop));
	if (wake)
		loop->again = LOOP_AGAIN_WAKING;
	else if (loop->again == LOOP_ENOUGH)
		loop->again = LOOP_AGAIN;
	if (!loop->collector)
		loop_collect_wait(loop, delay_us);
	return 0;
}

static void loop_collect_take(struct loop *loop, const char *bytes, size_t n)
{
	struct assume assume = loop_assume(loop);
	struct state_document document = { .bytes = bytes,
		.n = n,
		.collected_us = loop_collect_now_us(),
		.woken = loop->waking || !loop_collect_must_wake(loop),
		.assume = &assume };
	char class_digest[65] = "";
	struct host_digests digests;
	int r;

	if (loop->state.host)
		(void)snprintf(class_digest, sizeof(class_digest), "%s",
			host_digests(loop->state.host).class_);
	r = state_take(&loop->state, &document, &loop->trouble);
	if (r < 0)
		(void)refusal_set(
			&loop->trouble, "", "the facts cannot be taken: %s", strerror(-r));
	if (r != 0)
		return;
	loop->trouble = (struct refusal){ 0 };
	loop->collected = true;
	digests = host_digests(loop->state.host);
	log_say(loop->log, LOG_DEBUG, LOG_COLLECTED, "collected: facts %s, class %s, map %s",
		digests.facts, digests.class_, digests.map);
	loop->news.own = *class_digest && strcmp(class_digest, digests.class_) != 0;
	if (strcmp(class_digest, digests.class_) != 0) {
		log_about(loop->log, LOG_FIELD_CLASS, digests.class_);
		log_say(loop->log, LOG_NOTICE, LOG_HOST_CHANGED, "this host's class is now %s",
			digests.class_);
	}
}

/* The collector has ended: its document becomes what is known, or what is known stays. */
static void loop_collect_finish(struct loop *loop)
{
	_cleanup_(cleanup_freep) char *bytes = NULL;
	size_t n;

	if (collector_result(loop->collector, &bytes, &n, &loop->trouble) == COLLECTOR_DONE)
		loop_collect_take(loop, bytes, n);
	loop->collector = collector_free(loop->collector);
	turn_silence(loop->deadline);
	loop->changed = true;
	loop->collection = loop->collected ? "done" : "failed";
	loop->metrics.collected += loop->collected;
	loop->metrics.not_collected += !loop->collected;
	if (!loop->collected)
		log_say(loop->log, LOG_ERR, LOG_COLLECTION_FAILED, "%s: %s", loop->trouble.where,
			loop->trouble.text);
	loop->ended_us = turn_now_us();
	loop->failures = loop->collected ? 0 : loop->failures + 1;
	/* Who asked for another one waits for that; it may start here, or after a while. */
	loop->ended = loop->again == LOOP_ENOUGH;
	if (!loop->ended)
		(void)loop_collect_ask(loop, false);
	else
		loop_collect_set_interval(
			loop, loop->collected || loop->config->collect_interval_us < LOOP_RETRY_US
				      ? loop->config->collect_interval_us
				      : LOOP_RETRY_US);
}

void loop_collect_check(struct loop *loop)
{
	const char *line;

	if (!loop->collector)
		return;
	while ((line = collector_next_line(loop->collector))) {
		if (*line)
			log_say(loop->log, LOG_WARNING, LOG_COLLECTOR_SAYS, "%s", line);
	}
	if (collector_is_finished(loop->collector))
		loop_collect_finish(loop);
}

void loop_collect_on_pipe(void *data)
{
	struct loop *loop = data;

	if (loop->collector && collector_pump(loop->collector) < 0)
		collector_kill(loop->collector, "memory is short");
}

void loop_collect_on_child(void *data)
{
	struct loop *loop = data;

	if (loop->collector)
		collector_reap(loop->collector);
}

void loop_collect_on_deadline(void *data)
{
	struct loop *loop = data;

	if (loop->collector)
		collector_kill(loop->collector, "it took longer than [collect] timeout");
}

void loop_collect_on_interval(void *data)
{
	struct loop *loop = data;

	(void)loop_collect_ask(loop, false);
}

/* One that runs and wakes will do. If it cannot be started, that ends the wait with the reason. */
int loop_collect_on_refresh(void *data)
{
	struct loop *loop = data;

	if (!loop->collector || !loop->waking)
		(void)loop_collect_ask(loop, true);
	return 0;
}
