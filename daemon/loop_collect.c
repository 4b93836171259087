/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The loop's part that has the collector run and takes what it brings. */
#include "daemon/loop_view.h"

#include "core/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <systemd/sd-id128.h>
#include <time.h>

#define LOOP_RETRY_US (UINT64_C(60) * 1000000) /* after a failed collection */
#define LOOP_JITTER   10		       /* an interval is up to a 10th longer */

static uint64_t loop_collect_now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void loop_collect_set_interval(struct loop *loop, uint64_t delay_us)
{
	uint64_t jitter = 0;

	/* Many hosts are started at once; they need not stay in step. */
	if (getrandom(&jitter, sizeof(jitter), GRND_NONBLOCK) != sizeof(jitter))
		jitter = 0;
	delay_us += jitter % (delay_us / LOOP_JITTER + 1);
	if (turn_watch(loop->interval, -1, 0, delay_us) < 0)
		loop_fail(loop, -EIO, "the timer of the next collection cannot be set");
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
bool loop_collect_must_wake(const struct loop *loop)
{
	char boot[SD_ID128_UUID_STRING_MAX];

	loop_collect_boot(loop, boot);
	return !loop->state.woken || (*boot && strcmp(boot, state_boot(&loop->state)) != 0);
}

int loop_collect_start(struct loop *loop, bool wake)
{
	struct collector_options options = { .path = loop->config->collect_collector,
		.sysroot = loop->config->collect_sysroot,
		.kernel_log = loop->config->collect_kernel_log,
		.wake = wake };
	int r;

	loop_live_covered(loop);
	loop->started_us = turn_now_us();
	r = collector_start(&options, &loop->collector);
	if (r == 0)
		r = turn_watch(loop->deadline, -1, 0, loop->config->collect_timeout_us);
	if (r < 0) {
		loop->collector = collector_free(loop->collector);
		loop->collection = "failed";
		loop->metrics.not_collected++;
		(void)refusal_set(
			&loop->trouble, options.path, "cannot be started: %s", strerror(-r));
		log_say(loop->log, LOG_ERR, LOG_COLLECTION_FAILED, "%s: %s", loop->trouble.where,
			loop->trouble.text);
		loop_collect_set_interval(loop, LOOP_RETRY_US);
	} else {
		loop->collection = "running";
		loop->waking = wake;
		loop->again = LOOP_ENOUGH;
		turn_silence(loop->interval);
	}
	loop->changed = true;
	return r;
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
	if (strcmp(class_digest, digests.class_) != 0)
		log_say(loop->log, LOG_NOTICE, LOG_HOST_CHANGED, "this host's class is now %s",
			digests.class_);
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
	if (loop->again != LOOP_ENOUGH) {
		(void)loop_collect_start(
			loop, loop->again == LOOP_AGAIN_WAKING || loop_collect_must_wake(loop));
		loop->ended = loop->collector == NULL;
		return;
	}
	loop->ended = true;
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

	if (!loop->collector)
		(void)loop_collect_start(loop, loop_collect_must_wake(loop));
}

int loop_collect_on_refresh(void *data)
{
	struct loop *loop = data;

	if (!loop->collector)
		return loop_collect_start(loop, true);
	if (!loop->waking)
		loop->again = LOOP_AGAIN_WAKING;
	return 0;
}
