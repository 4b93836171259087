/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the daemon finds of this host: what it reads, what it keeps, its configuration and clock. */
#include "daemon/doctor.h"

#include "core/cleanup.h"
#include "core/codec/facts_shape.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <unistd.h>

#define DOCTOR_HOST_CLOCK_US (UINT64_C(5) * 60 * 1000000) /* that clocks may be apart */

/* ------------------------------------------------------------- collecting */

void doctor_host_collection(struct doctor *doctor)
{
	const struct loop *loop = doctor->loop;
	const struct state *state = &loop->state;
	uint64_t age_us =
		doctor->now_us > state->collected_us ? doctor->now_us - state->collected_us : 0;
	char span[DOCTOR_SPAN_BYTES];

	if (*loop->trouble.text)
		doctor_say(doctor, DOCTOR_FAIL,
			"see the log (journalctl -u iommufleetd), mend it, and collect again with "
			"\"systemctl reload iommufleetd\", or wait for the next try",
			"the last collection failed: %s: %s", loop->trouble.where,
			loop->trouble.text);
	else if (!state->facts)
		doctor_say(doctor, DOCTOR_UNKNOWN, "ask again in a moment",
			"the first collection has not ended yet");
	else if (age_us > loop->config->judge_stale_after_us)
		doctor_say(doctor, DOCTOR_FAIL, "see the log (journalctl -u iommufleetd)",
			"what is known of this host was collected %s ago: too old to answer from",
			doctor_span(age_us, span));
	else
		doctor_say(doctor, DOCTOR_OK, NULL, "collected %s ago: %zu groups, %zu devices",
			doctor_span(age_us, span), facts_count(state->facts->groups),
			facts_count(state->facts->devices));
}

struct doctor_host_unread {
	uint64_t counts[_FACT_WHY_MAX];
	char first[96]; /* that was not readable */
};

static void doctor_host_count_object(
	struct doctor_host_unread *unread, const struct shape *shape, const void *object);

static void doctor_host_count_field(struct doctor_host_unread *unread, const struct shape *shape,
	const struct shape_field *field, const void *place)
{
	const struct fact *fact = place;
	const struct fact_list *list = place;

	if (fact->state == FACT_UNKNOWN) {
		unread->counts[fact->why]++;
		if (fact->why == FACT_NOT_READABLE && !*unread->first)
			(void)snprintf(unread->first, sizeof(unread->first), "%s of a %s",
				field->name, shape->name);
	}
	if (fact->state != FACT_VALUE)
		return;
	if (field->kind == SHAPE_OBJECT)
		doctor_host_count_object(unread, field->child, place);
	for (size_t i = 0; field->kind == SHAPE_LIST && i < list->n; i++)
		doctor_host_count_object(
			unread, field->child, (const char *)list->items + i * field->child->size);
}

static void doctor_host_count_object(
	struct doctor_host_unread *unread, const struct shape *shape, const void *object)
{
	for (size_t i = 0; i < shape->n_fields; i++)
		doctor_host_count_field(unread, shape, &shape->fields[i],
			(const char *)object + shape->fields[i].offset);
}

void doctor_host_privilege(struct doctor *doctor)
{
	const struct facts *facts = doctor->loop->state.facts;
	struct doctor_host_unread unread = { .counts = { 0 } };

	if (!facts) {
		doctor_say(doctor, DOCTOR_UNKNOWN, "ask again once a collection has ended",
			"nothing has been read yet");
		return;
	}
	doctor_host_count_object(&unread, &facts_shape, facts);
	if (unread.counts[FACT_NOT_READABLE] > 0)
		doctor_say(doctor, DOCTOR_WARN,
			"let the collector read as root: \"systemctl enable --now "
			"iommufleet-collect.socket\", or, without systemd, run iommufleetd as root",
			"%" PRIu64 " facts could not be read for lack of permission, the first of "
			"them %s; answers that need them are \"cannot tell\"",
			unread.counts[FACT_NOT_READABLE], unread.first);
	else if (unread.counts[FACT_ASLEEP] > 0)
		doctor_say(doctor, DOCTOR_OK, NULL,
			"all that was tried could be read; %" PRIu64 " facts are of devices that "
			"sleep, which the method Refresh on the bus would wake",
			unread.counts[FACT_ASLEEP]);
	else
		doctor_say(doctor, DOCTOR_OK, NULL, "all that was tried could be read");
}

void doctor_host_collector(struct doctor *doctor)
{
	const struct loop *loop = doctor->loop;
	const struct config *config = loop->config;

	if (loop->advice)
		doctor_say(doctor, DOCTOR_WARN,
			"systemctl enable --now iommufleet-collect.socket, or run iommufleetd as "
			"root",
			"nobody answers at %s, and the daemon has no privilege of its own: %s runs "
			"without",
			config->collect_socket, config->collect_collector);
	else if (loop->reached)
		doctor_say(doctor, DOCTOR_OK, NULL, "systemd has it run, at %s",
			config->collect_socket);
	else if (access(config->collect_collector, X_OK) < 0)
		doctor_say(doctor, DOCTOR_FAIL,
			"install it, or name it in [collect] collector and reload the daemon",
			"%s cannot be run: %s", config->collect_collector, strerror(errno));
	else
		doctor_say(doctor, DOCTOR_OK, NULL, "the daemon runs %s itself",
			config->collect_collector);
}

void doctor_host_uevents(struct doctor *doctor)
{
	const struct loop *loop = doctor->loop;

	if (loop->live.error != 0)
		doctor_say(doctor, DOCTOR_WARN,
			"allow the daemon netlink sockets (AF_NETLINK in RestrictAddressFamilies=) "
			"and the host's network namespace, and reload it",
			"the kernel's events of devices cannot be heard: %s; what comes or goes is "
			"seen at the next collection only",
			strerror(-loop->live.error));
	else if (loop->live.uevents)
		doctor_say(doctor, DOCTOR_OK, NULL, "changes of devices are followed");
	else
		doctor_say(doctor, DOCTOR_OK, NULL,
			"changes of devices are not followed, as [collect] %s has it",
			*loop->config->collect_sysroot ? "sysroot" : "uevents");
}

/* ------------------------------------------------------------- keeping */

void doctor_host_store(struct doctor *doctor)
{
	const struct loop *loop = doctor->loop;
	struct refusal refusal = { "", "" };
	char span[DOCTOR_SPAN_BYTES];
	uint64_t checked_us = 0;
	int r;

	if (!loop->keep.store || !loop->keep.kept) {
		doctor_say(doctor, DOCTOR_FAIL,
			"the log says why (journalctl -u iommufleetd); mend it and reload the "
			"daemon",
			"%s does not take what is known: the daemon answers from memory, and a "
			"restart forgets",
			loop->config->store_path);
		return;
	}
	r = keep_check(&doctor->loop->keep, turn_now_us(), &checked_us, &refusal);
	if (r < 0)
		doctor_say(doctor, DOCTOR_UNKNOWN, "ask again later", "%s cannot be checked: %s",
			loop->config->store_path, strerror(-r));
	else if (r == KEEP_CHECK_E_BROKEN)
		doctor_say(doctor, DOCTOR_FAIL,
			"stop the daemon, move the file away or restore a copy, and start it again",
			"%s: %s", refusal.where, refusal.text);
	else if (r == KEEP_CHECK_E_LARGE)
		doctor_say(doctor, DOCTOR_UNKNOWN,
			"to check it, stop the daemon for a moment: \"systemctl stop iommufleetd; "
			"iommufleetd --check-store; systemctl start iommufleetd\"",
			"%s was sound when it was opened, %s ago, and is too large to be checked "
			"between answers",
			loop->config->store_path, doctor_span(turn_now_us() - checked_us, span));
	else
		doctor_say(doctor, DOCTOR_OK, NULL, "%s is sound, as of %s ago",
			loop->config->store_path, doctor_span(turn_now_us() - checked_us, span));
}

/* ------------------------------------------------------------- configuration, clock */

struct doctor_host_doubt {
	unsigned n;
	char first[256];
};

static void doctor_host_on_doubt(const char *where, const char *text, void *data)
{
	struct doctor_host_doubt *doubt = data;

	if (doubt->n++ == 0)
		(void)snprintf(doubt->first, sizeof(doubt->first), "%s: %s", where, text);
}

void doctor_host_config(struct doctor *doctor)
{
	const struct loop *loop = doctor->loop;
	_cleanup_(cleanup_freep) struct config *config = malloc(sizeof(*config));
	struct doctor_host_doubt doubt = { .n = 0 };
	struct refusal refusal = { "", "" };
	char keys[CONFIG_KEYS_BYTES];
	int r = config ? options_load(loop->options, doctor_host_on_doubt, &doubt, config, &refusal)
		       : -ENOMEM;

	if (r < 0)
		(void)refusal_set(&refusal, loop->options->config_path, "%s", strerror(-r));
	if (r != 0) {
		doctor_say(doctor, DOCTOR_FAIL,
			"mend that line and reload the daemon; until then it goes on with what it "
			"read before",
			"%s: %s", refusal.where, refusal.text);
		return;
	}
	config_keep_running(config, loop->config, keys);
	if (*keys)
		doctor_say(doctor, DOCTOR_WARN, "restart the daemon: systemctl restart iommufleetd",
			"the files say something else than the daemon was started with: %s", keys);
	else if (doubt.n > 0)
		doctor_say(doctor, DOCTOR_WARN,
			"mend its name, or take it out: iommufleetd.conf(5) lists the keys", "%s",
			doubt.first);
	else
		doctor_say(doctor, DOCTOR_OK, NULL, "the configuration files are right");
}

void doctor_host_clock(struct doctor *doctor)
{
	const struct loop *loop = doctor->loop;
	struct timex timex = { .modes = 0 };
	char span[DOCTOR_SPAN_BYTES];

	if (loop->state.collected_us > doctor->now_us + DOCTOR_HOST_CLOCK_US)
		doctor_say(doctor, DOCTOR_FAIL, "set the clock; \"timedatectl\" shows it",
			"the clock is %s behind what was collected before: one of the two times is "
			"wrong",
			doctor_span(loop->state.collected_us - doctor->now_us, span));
	else if (loop->membership.publishing == PUBLISHER_E_CLOCK)
		doctor_say(doctor, DOCTOR_FAIL, "set the clock; \"timedatectl\" shows it",
			"the clock cannot be right: %s", loop->membership.trouble.text);
	else if (adjtimex(&timex) >= 0 && (timex.status & STA_UNSYNC) &&
		 strcmp(loop->config->exchange_mode, "none") != 0)
		doctor_say(doctor, DOCTOR_WARN,
			"have it set by NTP: \"timedatectl set-ntp true\", or chrony",
			"the kernel says that nothing keeps the clock right; hosts of a fleet must "
			"agree on the time to 5 minutes");
	else
		doctor_say(doctor, DOCTOR_OK, NULL, "the clock is plausible");
}
