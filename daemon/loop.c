/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/loop.h"

#include "core/cleanup.h"
#include "daemon/bus/bus.h"
#include "daemon/doctor.h"
#include "daemon/keep_fleet.h"
#include "daemon/loop_view.h"
#include "daemon/turn.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void loop_fail(struct loop *loop, int error, const char *what)
{
	log_say(loop->log, LOG_ERR, LOG_FAULT, "%s: %s", what, strerror(-error));
	loop->error = error;
	loop->stop = true;
}

struct assume loop_assume(const struct loop *loop)
{
	struct assume assume = ASSUME_NOTHING;

	assume.nested_trust = loop->config->judge_nested_trust;
	(void)snprintf(assume.flavour, sizeof(assume.flavour), "%.31s",
		loop->config->judge_kernel_flavour);
	return assume;
}

/* ------------------------------------------------------ what the bus asks */

static int loop_on_dump(void *data, char **ret, size_t *ret_n)
{
	const struct loop *loop = data;

	return state_dump(&loop->state, ret, ret_n);
}

static int loop_on_history(void *data, const char *host, json_t **ret)
{
	struct loop *loop = data;

	return keep_history(&loop->keep, host, loop->config->store_history_rows, ret);
}

static int loop_on_put_guest(void *data, const struct resident *guest, const char *text, size_t n)
{
	struct loop *loop = data;

	return risk_put_guest(&loop->risk, guest, text, n);
}

static int loop_on_drop_guest(void *data, const char *name)
{
	struct loop *loop = data;

	return guests_drop(&loop->guests, name);
}

static size_t loop_on_guests(void *data, struct resident *const **ret)
{
	const struct loop *loop = data;

	*ret = loop->guests.items;
	return loop->guests.n;
}

static void loop_on_risk(const struct resident *guest, void *data)
{
	struct loop *loop = data;
	int r = bus_tell_risk(loop->bus, guest);

	loop->metrics.at_risk++;
	log_about(loop->log, LOG_FIELD_GUEST, guest->name);
	log_say(loop->log, LOG_WARNING, LOG_GUEST_AT_RISK,
		"the guest %s fits this host less than before: migrate %s, hotplug %s, "
		"memory_hotplug %s",
		guest->name, guest->answers[0], guest->answers[1], guest->answers[2]);
	if (r < 0)
		log_say(loop->log, LOG_WARNING, LOG_BUS_TROUBLE,
			"that a guest is at risk could not be announced: %s", strerror(-r));
}

static int loop_on_doctor(void *data, json_t **ret)
{
	return doctor_document(data, ret);
}

static const char *loop_on_get_level(void *data)
{
	const struct loop *loop = data;

	return log_level_word(log_level(loop->log));
}

static int loop_on_set_level(void *data, const char *word)
{
	struct loop *loop = data;
	int level, r = log_level_parse(word, &level);

	if (r == 0)
		log_set_level(loop->log, level);
	return r;
}

static const char *loop_on_get_target(void *data)
{
	const struct loop *loop = data;

	return log_target_word(log_target(loop->log));
}

static int loop_on_set_target(void *data, const char *word)
{
	struct loop *loop = data;
	enum log_target target;
	int r = log_target_parse(word, &target);

	if (r == 0)
		log_set_target(loop->log, target);
	return r;
}

/* ---------------------------------------------------------------- a turn */

static void loop_prepare(void *data)
{
	struct loop *loop = data;
	int fd = -1, r;
	short events = 0;
	uint64_t delay_us = TURN_NEVER;

	r = bus_prepare(loop->bus, &fd, &events, &delay_us);
	if (r == 0)
		r = turn_watch(loop->bus_source, fd, events, delay_us);
	if (r < 0)
		loop_fail(loop, r, "the bus is gone");
	turn_silence(loop->document_source);
	turn_silence(loop->message_source);
	if (!loop->collector)
		return;
	if (collector_document_fd(loop->collector) >= 0)
		(void)turn_watch(loop->document_source, collector_document_fd(loop->collector),
			POLLIN, TURN_NEVER);
	if (collector_message_fd(loop->collector) >= 0)
		(void)turn_watch(loop->message_source, collector_message_fd(loop->collector),
			POLLIN, TURN_NEVER);
}

static void loop_on_bus(void *data)
{
	struct loop *loop = data;
	int r = bus_process(loop->bus);

	if (r < 0)
		loop_fail(loop, r, "the bus is gone");
}

static void loop_check_name(struct loop *loop)
{
	int r = loop->named ? 1 : bus_has_name(loop->bus);

	if (r < 0) {
		loop_fail(loop, r,
			r == -EEXIST ? "the name " BUS_NAME " on the bus is taken"
				     : "the bus refuses the name " BUS_NAME);
	} else if (r > 0 && !loop->named) {
		loop->named = true;
		log_say(loop->log, LOG_INFO, LOG_STARTED, "answering as " BUS_NAME);
	}
	/* A host that is not known yet can be asked about once it was read, or could not be. */
	if (loop->named && (loop->state.host || loop->ended_us != 0))
		supervisor_ready(&loop->supervisor);
}

static void loop_say_status(struct loop *loop)
{
	const char *trouble = *loop->trouble.text ? loop->trouble.text : loop->advice;
	char status[SUPERVISOR_STATUS_BYTES] = "Nothing is known of this host yet";
	char fleet[48] = "";

	if (strcmp(loop->config->exchange_mode, "none") != 0)
		(void)snprintf(fleet, sizeof(fleet), "; fleet: %zu hosts",
			directory_count(loop->membership.directory));

	if (loop->state.host)
		(void)snprintf(status, sizeof(status),
			"Answering for %s: %zu groups, class %.12s%s%s%s",
			membership_name(&loop->membership), facts_count(loop->state.facts->groups),
			host_digests(loop->state.host).class_, fleet, trouble ? "; " : "",
			trouble ? trouble : "");
	else if (trouble)
		(void)snprintf(
			status, sizeof(status), "Nothing is known of this host: %s", trouble);
	supervisor_status(&loop->supervisor, status);
}

static void loop_publish(struct loop *loop)
{
	struct bus_state state = {
		.collection = loop->collection,
		.trouble = !*loop->trouble.text && loop->advice ? loop->advice : loop->trouble.text,
		.store = loop->keep.kept ? "file" : "memory",
		.fleet = membership_word(&loop->membership),
		.fleet_trouble = loop->fleet_trouble.text,
		.collected_us = loop->state.collected_us,
		.stale_after_us = loop->config->judge_stale_after_us,
	};
	int r = bus_publish(loop->bus, loop->state.facts, loop->state.host, &state);

	loop->fleet = state.fleet;
	loop_say_status(loop);
	if (r < 0)
		log_say(loop->log, LOG_WARNING, LOG_BUS_TROUBLE,
			"not all changes could be announced: %s", strerror(-r));
}

/* Commit first, then announce, then answer those who wait for it. */
static void loop_after_turn(struct loop *loop)
{
	char trouble[sizeof(loop->trouble.where) + sizeof(loop->trouble.text) + 2];
	bool collected;

	loop_collect_check(loop);
	loop_check_name(loop);
	collected = loop->collected;
	if (collected) {
		keep_save(&loop->keep, &loop->state);
		membership_take_host(&loop->membership);
		risk_take_host(&loop->risk, loop->state.host);
	}
	keep_fleet_commit(&loop->keep);
	loop_fleet_announce(loop);
	peering_follow(&loop->peering);
	meeting_follow(&loop->meeting);
	if (fleet_trouble_follow(&loop->fleet_trouble) || loop->changed ||
		loop->fleet != membership_word(&loop->membership)) {
		loop_publish(loop);
		loop_export_follow(loop);
	}
	loop->changed = loop->collected = false;
	if (loop->ended) {
		(void)snprintf(trouble, sizeof(trouble), "%s: %s", loop->trouble.where,
			loop->trouble.text);
		bus_refreshed(loop->bus, *loop->trouble.text ? trouble : NULL);
		loop->ended = false;
	}
	if (collected)
		(void)malloc_trim(0);
}

/* ---------------------------------------------------------------- signals */

static void loop_on_stop(void *data)
{
	struct loop *loop = data;

	loop->stop = true;
}

static void loop_doubt(const char *where, const char *text, void *data)
{
	log_say(data, LOG_WARNING, LOG_CONFIG_DOUBTFUL, "%s: %s", where, text);
}

static void loop_apply(struct loop *loop)
{
	struct assume assume = loop_assume(loop);
	int r = state_assume(&loop->state, &assume);

	log_set_level(loop->log, loop->config->log_level);
	log_set_target(loop->log, loop->config->log_target);
	if (r < 0)
		log_say(loop->log, LOG_WARNING, LOG_FAULT, "still judging as before: %s",
			strerror(-r));
	keep_open(&loop->keep, loop->config);
	loop_live_apply(loop);
	membership_reload(&loop->membership);
	peering_apply(&loop->peering, loop->config);
	membership_take_host(&loop->membership);
	risk_take_host(&loop->risk, loop->state.host);
	loop->changed = true;
}

/* A configuration that is wrong anywhere is refused as a whole; the one before stays. */
static int loop_load(struct loop *loop, struct refusal *refusal)
{
	_cleanup_(cleanup_freep) struct config *config = malloc(sizeof(*config));
	char keys[CONFIG_KEYS_BYTES];
	int r = config ? options_load(loop->options, loop_doubt, loop->log, config, refusal)
		       : -ENOMEM;

	if (r < 0)
		(void)refusal_set(refusal, "configuration", "%s", strerror(-r));
	if (r != 0) {
		log_say(loop->log, LOG_ERR, LOG_CONFIG_REFUSED,
			"%s: %s; the configuration stays as it was", refusal->where, refusal->text);
		return r;
	}
	config_keep_running(config, loop->config, keys);
	if (*keys)
		log_say(loop->log, LOG_WARNING, LOG_CONFIG_DOUBTFUL,
			"takes effect after a restart, until which the old value stays: %s", keys);
	*loop->config = *config;
	loop_apply(loop);
	return 0;
}

static int loop_reload(void *data, struct refusal *refusal)
{
	struct loop *loop = data;
	int r;

	supervisor_reloading(&loop->supervisor);
	r = loop_load(loop, refusal);
	(void)loop_collect_ask(loop, false);
	supervisor_reloaded(&loop->supervisor);
	return r;
}

static void loop_on_reload(void *data)
{
	struct refusal refusal;

	(void)loop_reload(data, &refusal);
}

/* ------------------------------------------------------------------ start */

static int loop_add_sources(struct loop *loop)
{
	static const struct {
		int number;
		turn_callback callback;
	} signals[] = { { SIGTERM, loop_on_stop }, { SIGINT, loop_on_stop },
		{ SIGHUP, loop_on_reload }, { SIGCHLD, loop_collect_on_child } };
	int r = turn_new(&loop->turn);

	if (r == 0)
		r = turn_add(loop->turn, loop_on_bus, loop, &loop->bus_source);
	if (r == 0)
		r = turn_add(loop->turn, loop_collect_on_pipe, loop, &loop->document_source);
	if (r == 0)
		r = turn_add(loop->turn, loop_collect_on_pipe, loop, &loop->message_source);
	if (r == 0)
		r = turn_add(loop->turn, loop_collect_on_deadline, loop, &loop->deadline);
	if (r == 0)
		r = turn_add(loop->turn, loop_collect_on_interval, loop, &loop->interval);
	if (r == 0)
		r = turn_add(loop->turn, loop_live_on_event, loop, &loop->live.source);
	for (size_t i = 0; r == 0 && i < sizeof(signals) / sizeof(signals[0]); i++)
		r = turn_add_signal(loop->turn, signals[i].number, signals[i].callback, loop);
	if (r == 0)
		r = supervisor_open(&loop->supervisor, loop->turn);
	if (r == 0)
		turn_add_prepare(loop->turn, loop_prepare, loop);
	return r;
}

static int loop_open_bus(struct loop *loop)
{
	struct bus_options options = {
		.address = loop->config->bus_address,
		.host = membership_name(&loop->membership),
		.machine = loop->host_name,
		.backend = { .data = loop,
			.refresh = loop_collect_on_refresh,
			.reload = loop_reload,
			.dump = loop_on_dump,
			.history = loop_on_history,
			.fleet = loop_fleet_backend(loop),
			.put_guest = loop_on_put_guest,
			.drop_guest = loop_on_drop_guest,
			.guests = loop_on_guests,
			.answered = loop_export_on_answered,
			.metrics = loop_export_on_metrics,
			.doctor = loop_on_doctor,
			.get_log_level = loop_on_get_level,
			.set_log_level = loop_on_set_level,
			.get_log_target = loop_on_get_target,
			.set_log_target = loop_on_set_target },
	};

	return bus_open(&options, &loop->bus);
}

static void loop_done(struct loop *loop)
{
	loop_export_close(loop);
	loop->collector = collector_free(loop->collector);
	loop_live_done(loop);
	loop->bus = bus_close(loop->bus);
	workers_close(&loop->workers);
	risk_close(&loop->risk);
	guests_done(&loop->guests);
	peering_close(&loop->peering);
	meeting_close(&loop->meeting);
	membership_close(&loop->membership);
	keep_done(&loop->keep);
	state_done(&loop->state);
	loop->turn = turn_free(loop->turn);
	free(loop->config);
}

static int loop_start(struct loop *loop)
{
	struct assume assume = loop_assume(loop);
	int r = loop_add_sources(loop);

	if (r < 0) {
		loop_fail(loop, r, "the event loop cannot be made");
		return r;
	}
	/* A reader that is gone and a file that may not grow are errors of one write, not the end.
	 */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	keep_open(&loop->keep, loop->config);
	keep_load(&loop->keep, &assume, &loop->state);
	loop->guests.keep = &loop->keep;
	guests_load(&loop->guests);
	loop->membership.log = loop->log;
	loop->membership.keep = &loop->keep;
	loop->membership.source =
		(struct membership_source){ &loop->state, loop->config, &loop->trouble };
	r = membership_open(&loop->membership, loop->turn, loop->host_name);
	if (r == 0)
		r = loop_fleet_watch(loop);
	if (r == 0)
		r = workers_open(&loop->workers, loop->turn);
	loop->risk = (struct risk){ .guests = &loop->guests,
		.host_name = loop->host_name,
		.at_risk = loop_on_risk,
		.data = loop };
	loop->peering = (struct peering){ .log = loop->log, .membership = &loop->membership };
	if (r == 0)
		r = peering_open(&loop->peering, loop->turn, loop->config);
	loop->meeting = (struct meeting){ .log = loop->log, .membership = &loop->membership };
	if (r == 0)
		r = meeting_open(&loop->meeting, loop->turn, loop->config);
	loop->fleet_trouble = (struct fleet_trouble){
		.log = loop->log, .membership = &loop->membership, .meeting = &loop->meeting
	};
	if (r == 0)
		r = fleet_trouble_open(&loop->fleet_trouble, loop->turn);
	if (r == 0)
		r = risk_open(&loop->risk, loop->turn, loop->state.host);
	if (r < 0) {
		loop_fail(loop, r, "the fleet cannot be loaded");
		return r;
	}
	loop_export_open(loop);
	r = loop_open_bus(loop);
	if (r < 0) {
		loop_fail(loop, r, loop->config->bus_address);
		return r;
	}
	/* All is there before the name is. */
	loop_publish(loop);
	/* First: nothing may change unseen between them. */
	loop_live_apply(loop);
	(void)loop_collect_ask(loop, false);
	return 0;
}

int loop_run(const struct options *options, const struct config *config, struct log *log)
{
	_cleanup_(loop_done) struct loop loop = {
		.options = options,
		.log = log,
		.collection = "none",
		.config = malloc(sizeof(*config)),
	};
	int r;

	if (!loop.config)
		return -ENOMEM;
	*loop.config = *config;
	if (gethostname(loop.host_name, sizeof(loop.host_name) - 1) < 0)
		(void)snprintf(loop.host_name, sizeof(loop.host_name), "localhost");
	loop.keep = (struct keep){ .log = log, .host = loop.host_name };
	r = loop_start(&loop);
	while (r == 0 && !loop.stop) {
		r = turn_once(loop.turn);
		if (r < 0)
			loop_fail(&loop, r, "the event loop failed");
		else if (!loop.stop)
			loop_after_turn(&loop);
	}
	supervisor_stopping();
	if (loop.error == 0)
		log_say(log, LOG_INFO, LOG_STOPPED, "stopped");
	return loop.error;
}
