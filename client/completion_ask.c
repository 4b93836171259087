/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/completion_ask.h"

#include "client/field.h"
#include "client/fleet_ask.h"
#include "client/names.h"
#include "client/source.h"
#include "core/cleanup.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define COMPLETION_ASK_US     300000 /* that a person waits */
#define COMPLETION_ASK_DIGITS 12

CLEANUP_DEFINE(json_t *, json_decref, completion_ask_decrefp);
CLEANUP_DEFINE(struct source *, source_close, completion_ask_source_closep);
CLEANUP_DEFINE(struct names *, names_free, completion_ask_names_freep);

static void completion_ask_on_alarm(int number)
{
	(void)number;
	_exit(0);
}

/* Whatever hangs, a file or a daemon: the program ends when its time is over. */
static void completion_ask_limit(const struct completion_offer *offer)
{
	struct sigaction action = { .sa_handler = completion_ask_on_alarm };
	struct itimerval timer = { .it_value.tv_usec = COMPLETION_ASK_US };

	(void)fflush(offer->out);
	(void)sigaction(SIGALRM, &action, NULL);
	(void)setitimer(ITIMER_REAL, &timer, NULL);
}

/* Whom to ask, or NULL. */
static struct source *completion_ask_open(const struct arguments *options)
{
	struct trouble trouble = { 0 };
	struct source *source = NULL;

	return source_open(options, &trouble, &source) == 0 ? source : NULL;
}

/* A new reference to the report of @kind, or NULL. @source may be NULL. */
static json_t *completion_ask_report(struct source *source, const char *kind)
{
	struct trouble trouble = { 0 };
	json_t *document = NULL;

	return source && source_report(source, kind, "", &trouble, &document) == 0 ? document
										   : NULL;
}

/* "Intel Corporation 82574L Gigabit Network Connection" */
static const char *completion_ask_name(
	struct names *names, const json_t *device, char *buffer, size_t n)
{
	uint64_t vendor, id;

	if (!field_number(device, "vendor", &vendor) || !field_number(device, "device", &id) ||
		vendor > UINT16_MAX || id > UINT16_MAX)
		return NULL;
	return names_find(names, (uint16_t)vendor, (uint16_t)id, buffer, n);
}

static void completion_ask_addresses(
	const json_t *devices, struct names *names, const struct completion_offer *offer)
{
	static const char domain[] = "0000:";
	const char *typed = offer->word + offer->n_before;
	bool abbreviates = strncmp(typed, domain, strlen(typed)) != 0 &&
			   strncmp(typed, domain, strlen(domain)) != 0;

	for (size_t i = 0; i < json_array_size(devices); i++) {
		const json_t *device = json_array_get(devices, i);
		const char *address = field_text(device, "address");
		char buffer[256];

		if (!address)
			continue;
		/* 01:00.0 is taken for 0000:01:00.0, so who began like that may go on. */
		if (abbreviates && strncmp(address, domain, strlen(domain)) == 0)
			address += strlen(domain);
		completion_offer_text(
			offer, address, completion_ask_name(names, device, buffer, sizeof(buffer)));
	}
}

/* "group of 0000:02:00.0 and 1 more" */
static void completion_ask_groups(const json_t *groups, const struct completion_offer *offer)
{
	for (size_t i = 0; i < json_array_size(groups); i++) {
		const json_t *group = json_array_get(groups, i);
		const json_t *devices = field_list(group, "devices");
		const char *first = json_string_value(json_array_get(devices, 0));
		char id[FIELD_BYTES], help[FIELD_BYTES];

		if (json_array_size(devices) > 1)
			snprintf(help, sizeof(help), "group of %.200s and %zu more",
				first ? first : "-", json_array_size(devices) - 1);
		else
			snprintf(help, sizeof(help), "group of %.200s", first ? first : "-");
		completion_offer_text(offer, field_format(group, "id", id), help);
	}
}

void completion_ask_targets(const struct arguments *options, const struct completion_offer *offer)
{
	_cleanup_(completion_ask_source_closep) struct source *source = NULL;
	_cleanup_(completion_ask_decrefp) json_t *devices = NULL, *groups = NULL;
	_cleanup_(completion_ask_names_freep) struct names *names = NULL;

	completion_ask_limit(offer);
	source = completion_ask_open(options);
	devices = completion_ask_report(source, "devices");
	if (names_new(NULL, &names) < 0)
		return;
	completion_ask_addresses(field_list(devices, "devices"), names, offer);
	(void)fflush(offer->out);
	groups = completion_ask_report(source, "groups");
	completion_ask_groups(field_list(groups, "groups"), offer);
}

void completion_ask_kinds(const struct arguments *options, const struct completion_offer *offer)
{
	_cleanup_(completion_ask_source_closep) struct source *source = NULL;
	_cleanup_(completion_ask_decrefp) json_t *document = NULL;
	_cleanup_(completion_ask_names_freep) struct names *names = NULL;
	const json_t *devices;

	completion_ask_limit(offer);
	source = completion_ask_open(options);
	document = completion_ask_report(source, "devices");
	if (names_new(NULL, &names) < 0)
		return;
	devices = field_list(document, "devices");
	for (size_t i = 0; i < json_array_size(devices); i++) {
		const json_t *device = json_array_get(devices, i);
		char kind[FIELD_BYTES], buffer[256];
		uint64_t vendor, id;

		if (!field_number(device, "vendor", &vendor) ||
			!field_number(device, "device", &id))
			continue;
		snprintf(kind, sizeof(kind), "%04" PRIx64 ":%04" PRIx64, vendor, id);
		completion_offer_text(
			offer, kind, completion_ask_name(names, device, buffer, sizeof(buffer)));
	}
}

/* A new reference to what the verb hosts lists, or NULL. */
static json_t *completion_ask_fleet(const struct arguments *options)
{
	struct trouble trouble = { 0 };
	json_t *document = NULL;

	return fleet_ask_hosts(options, NULL, &trouble, &document) == 0 ? document : NULL;
}

void completion_ask_hosts(const struct arguments *options, const struct completion_offer *offer)
{
	_cleanup_(completion_ask_decrefp) json_t *document = NULL;
	const json_t *hosts;

	completion_ask_limit(offer);
	document = completion_ask_fleet(options);
	hosts = field_list(document, "hosts");
	for (size_t i = 0; i < json_array_size(hosts); i++) {
		const json_t *host = json_array_get(hosts, i);
		const char *name = field_text(host, "host");
		char text[FIELD_BYTES], help[FIELD_BYTES];

		snprintf(help, sizeof(help), "class %.*s", COMPLETION_ASK_DIGITS,
			field_format(host, "class", text));
		if (name)
			completion_offer_text(offer, name, help);
	}
}

void completion_ask_classes(const struct arguments *options, const struct completion_offer *offer)
{
	_cleanup_(completion_ask_decrefp) json_t *document = NULL;
	const json_t *hosts;

	completion_ask_limit(offer);
	document = completion_ask_fleet(options);
	hosts = field_list(document, "hosts");
	for (size_t i = 0; i < json_array_size(hosts); i++) {
		const json_t *host = json_array_get(hosts, i);
		const char *digest = field_text(host, "class");
		char start[COMPLETION_ASK_DIGITS + 1], text[FIELD_BYTES], help[FIELD_BYTES];

		if (!digest)
			continue;
		snprintf(start, sizeof(start), "%s", digest);
		snprintf(help, sizeof(help), "of %.300s", field_format(host, "host", text));
		completion_offer_text(offer, start, help);
	}
}

void completion_ask_guests(const struct arguments *options, const struct completion_offer *offer)
{
	_cleanup_(completion_ask_source_closep) struct source *source = NULL;
	_cleanup_(completion_ask_decrefp) json_t *document = NULL;
	const json_t *guests;

	completion_ask_limit(offer);
	source = completion_ask_open(options);
	document = completion_ask_report(source, "guests");
	guests = field_list(document, "guests");
	for (size_t i = 0; i < json_array_size(guests); i++) {
		const char *name = field_text(json_array_get(guests, i), "name");

		if (name)
			completion_offer_text(offer, name, NULL);
	}
}
