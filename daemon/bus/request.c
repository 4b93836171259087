/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/request.h"

#include "core/judge/definition.h"
#include "core/model/finding.h"
#include "daemon/bus/text.h"
#include "daemon/bus/view.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

void bus_request_init(
	struct bus_request *request, const struct bus *bus, enum bus_request_call call)
{
	*request = (struct bus_request){
		.call = call, .assume = ASSUME_NOTHING, .assume_others = ASSUME_NOTHING
	};
	if (bus->world.host)
		request->assume = *host_assume(bus->world.host);
}

void bus_request_done(struct bus_request *request)
{
	request->guest = guest_free(request->guest);
	guest_text_done(&request->text);
	request->host = host_unref(request->host);
}

static int bus_request_add_range(
	struct guest *guest, size_t *capacity, const struct guest_range *range)
{
	if (guest->n_ranges == *capacity) {
		size_t n = *capacity ? *capacity * 2 : 16;
		struct guest_range *ranges = arena_array(guest->arena, n, sizeof(*ranges));

		if (!ranges)
			return -ENOMEM;
		if (guest->n_ranges > 0)
			memcpy(ranges, guest->ranges, guest->n_ranges * sizeof(*ranges));
		guest->ranges = ranges;
		*capacity = n;
	}
	guest->ranges[guest->n_ranges++] = *range;
	return 0;
}

/* One (tts) of the map. Positive when there was one. */
static int bus_request_read_range(
	struct guest *guest, size_t *capacity, sd_bus_message *message, sd_bus_error *error)
{
	struct guest_range range = { .placed = true };
	const char *kind;
	int r = sd_bus_message_read(
		message, "(tts)", &range.region.first, &range.region.last, &kind);

	if (r <= 0)
		return r;
	if (guest->n_ranges == LIMIT_GUEST_RANGES)
		return bus_error_set(error, BUS_ERROR_TOO_MUCH, "the map has more than %u ranges",
			LIMIT_GUEST_RANGES);
	if (guest_kind_parse(kind, &range.kind) < 0)
		return bus_error_set(error, BUS_ERROR_INVALID_MAP,
			"range %zu: the kind \"%.32s\" is none of ram, rom, ram-device, mmio, "
			"hotplug, bar-window, pci-hole64",
			guest->n_ranges, kind);
	if (range.region.first > range.region.last)
		return bus_error_set(error, BUS_ERROR_INVALID_MAP,
			"range %zu: 0x%" PRIx64 "-0x%" PRIx64 " ends before it begins",
			guest->n_ranges, range.region.first, range.region.last);
	r = bus_request_add_range(guest, capacity, &range);
	return r < 0 ? r : 1;
}

static bool bus_request_has(const struct guest *guest, enum guest_kind kind)
{
	for (size_t i = 0; i < guest->n_ranges; i++) {
		if (guest->ranges[i].kind == kind)
			return true;
	}
	return false;
}

int bus_request_read_map(struct bus_request *request, sd_bus_message *message, sd_bus_error *error)
{
	struct guest *guest = request->guest;
	size_t capacity = 0, at;
	int r = sd_bus_message_enter_container(message, 'a', "(tts)");

	do {
		if (r >= 0)
			r = bus_request_read_range(guest, &capacity, message, error);
	} while (r > 0);
	if (r < 0)
		return r;
	if (!bus_request_has(guest, GUEST_RAM))
		return bus_error_set(
			error, BUS_ERROR_INVALID_MAP, "the map needs a range of kind ram");
	if (guest_check(guest, &at) != GUEST_DONE)
		return bus_error_set(error, BUS_ERROR_INVALID_MAP,
			"the range 0x%" PRIx64 "-0x%" PRIx64 " (%s) overlaps another",
			guest->ranges[at].region.first, guest->ranges[at].region.last,
			guest_kind_word(guest->ranges[at].kind));
	return sd_bus_message_exit_container(message);
}

int bus_request_read_attach(
	struct bus_request *request, sd_bus_message *message, sd_bus_error *error)
{
	const char *text;
	int r = sd_bus_message_enter_container(message, 'a', "s");

	if (r < 0)
		return r;
	while ((r = sd_bus_message_read(message, "s", &text)) > 0) {
		if (request->n_attach == LIMIT_TARGETS)
			return bus_error_set(error, BUS_ERROR_TOO_MUCH,
				"more than %u targets in one question", LIMIT_TARGETS);
		request->attach[request->n_attach++] = text;
	}
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

static int bus_request_bad(sd_bus_error *error, const char *name, const char *what)
{
	return bus_error_set(error, BUS_ERROR_INVALID_OPTION, "option %s: %s", name, what);
}

static int bus_request_read_attach_option(
	struct bus_request *request, sd_bus_message *message, sd_bus_error *error)
{
	return bus_request_read_attach(request, message, error);
}

static int bus_request_read_devices(
	struct bus_request *request, sd_bus_message *message, sd_bus_error *error)
{
	struct guest *guest = request->guest;
	const char *text;
	int r = sd_bus_message_enter_container(message, 'a', "s");

	if (r < 0)
		return r;
	guest->n_devices = 0;
	guest->devices = arena_array(guest->arena, LIMIT_GUEST_DEVICES, sizeof(*guest->devices));
	if (!guest->devices)
		return -ENOMEM;
	while ((r = sd_bus_message_read(message, "s", &text)) > 0) {
		if (guest->n_devices == LIMIT_GUEST_DEVICES)
			return bus_error_set(error, BUS_ERROR_TOO_MUCH,
				"a guest has at most %u devices here", LIMIT_GUEST_DEVICES);
		if (guest_device_parse(text, &guest->devices[guest->n_devices]) < 0)
			return bus_error_set(error, BUS_ERROR_INVALID_OPTION,
				"option devices: \"%.40s\" is neither an address like "
				"0000:01:00.0, nor an identity like 8086:10d3, nor a class like "
				"class:0200",
				text);
		guest->n_devices++;
	}
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

static int bus_request_read_questions(
	struct bus_request *request, sd_bus_message *message, sd_bus_error *error)
{
	const char *text;
	int r = sd_bus_message_enter_container(message, 'a', "s");

	if (r < 0)
		return r;
	while ((r = sd_bus_message_read(message, "s", &text)) > 0) {
		unsigned question = finding_question_parse(text);

		if (question == 0)
			return bus_error_set(error, BUS_ERROR_INVALID_OPTION,
				"option questions: \"%.40s\" is none of migrate, hotplug, "
				"memory_hotplug",
				text);
		request->questions |= question;
	}
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

static int bus_request_read_assume(
	struct bus_request *request, sd_bus_message *message, sd_bus_error *error)
{
	const char *key, *value;
	int r = sd_bus_message_enter_container(message, 'a', "{ss}");

	if (r < 0)
		return r;
	while ((r = sd_bus_message_read(message, "{ss}", &key, &value)) > 0) {
		struct refusal refusal;

		r = assume_add(&request->assume, key, value, &refusal);
		if (r == ASSUME_DONE)
			r = assume_add(&request->assume_others, key, value, &refusal);
		if (r < 0)
			return r;
		if (r > 0)
			return bus_error_set(error, BUS_ERROR_INVALID_OPTION,
				"option assume: %s: %s", refusal.where, refusal.text);
		request->assumed = true;
	}
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

static int bus_request_read_accelerator(
	struct bus_request *request, sd_bus_message *message, sd_bus_error *error)
{
	const char *text;
	int r = sd_bus_message_read(message, "s", &text);

	if (r < 0)
		return r;
	if (!*text)
		return bus_request_bad(error, "accelerator", "it is a name such as kvm or tcg");
	request->guest->kvm = strcmp(text, "kvm") == 0;
	return 0;
}

static int bus_request_read_vfio(
	struct bus_request *request, sd_bus_message *message, sd_bus_error *error)
{
	static const char *const words[] = { [GUEST_VFIO_UNKNOWN] = "unknown",
		[GUEST_VFIO_TYPE1] = "type1",
		[GUEST_VFIO_IOMMUFD] = "iommufd" };
	const char *text;
	int r = sd_bus_message_read(message, "s", &text);

	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]) == 0) {
			request->guest->vfio = (enum guest_vfio)i;
			return 0;
		}
	}
	return bus_request_bad(error, "vfio", "it is one of type1, iommufd, unknown");
}

static int bus_request_read_memory(
	struct bus_request *request, sd_bus_message *message, sd_bus_error *error)
{
	int r = sd_bus_message_read(message, "t", &request->attach_memory);

	if (r >= 0 && request->attach_memory == 0)
		return bus_request_bad(error, "attach-memory", "it is a number of bytes, not 0");
	return r;
}

static int bus_request_read_no_memory(
	struct bus_request *request, sd_bus_message *message, sd_bus_error *error)
{
	const char *text;
	int r = sd_bus_message_read(message, "s", &text);

	if (r < 0)
		return r;
	if (strcmp(text, "none") != 0)
		return bus_request_bad(
			error, "hotplug-memory", "it is the word none or a number of bytes");
	if (bus_request_has(request->guest, GUEST_HOTPLUG))
		return bus_request_bad(error, "hotplug-memory",
			"it says none, but the map has a range of kind hotplug");
	request->guest->hotplug_none = true;
	return 0;
}

static int bus_request_read_word(
	const char *name, const char **ret, sd_bus_message *message, sd_bus_error *error)
{
	int r = sd_bus_message_read(message, "s", ret);

	if (r >= 0 && (!**ret || strlen(*ret) > LIMIT_TEXT))
		return bus_error_set(error, BUS_ERROR_INVALID_OPTION,
			"option %s: it is a text of 1 to %u bytes", name, LIMIT_TEXT);
	return r;
}

static int bus_request_read_from(
	struct bus_request *request, sd_bus_message *message, sd_bus_error *error)
{
	return bus_request_read_word("from", &request->from, message, error);
}

static int bus_request_read_arch(
	struct bus_request *request, sd_bus_message *message, sd_bus_error *error)
{
	return bus_request_read_word("arch", &request->arch, message, error);
}

static int bus_request_read_started(
	struct bus_request *request, sd_bus_message *message, sd_bus_error *error)
{
	int here, r = sd_bus_message_read(message, "b", &here);

	(void)error;
	if (r >= 0)
		request->started_here = here;
	return r;
}

static int bus_request_read_label(
	struct bus_request *request, sd_bus_message *message, sd_bus_error *error)
{
	return bus_request_read_word("label", &request->label, message, error);
}

static int bus_request_read_class(
	struct bus_request *request, sd_bus_message *message, sd_bus_error *error)
{
	const char *digest;
	int r = bus_request_read_word("class", &digest, message, error);

	if (r < 0)
		return r;
	if (strlen(digest) > DIGEST_LENGTH || strspn(digest, "0123456789abcdef") != strlen(digest))
		return bus_request_bad(error, "class",
			"it is the beginning of a class digest, in lower-case hexadecimal");
	request->class_digest = digest;
	return 0;
}

struct bus_request_option {
	const char *name;
	const char *signature;
	unsigned calls; /* bits of enum bus_request_call */
	int (*read)(struct bus_request *request, sd_bus_message *message, sd_bus_error *error);
};

/* A name may stand here once for each type that it takes. */
static const struct bus_request_option bus_request_options[] = {
	{ "attach", "as", BUS_REQUEST_GUEST | BUS_REQUEST_FLEET, bus_request_read_attach_option },
	{ "devices", "as", BUS_REQUEST_MAP, bus_request_read_devices },
	{ "questions", "as", BUS_REQUEST_MAP | BUS_REQUEST_GUEST | BUS_REQUEST_FLEET,
		bus_request_read_questions },
	{ "assume", "a{ss}", ~(unsigned)BUS_REQUEST_PLAIN, bus_request_read_assume },
	{ "from", "s", BUS_REQUEST_GUEST | BUS_REQUEST_LAYOUT | BUS_REQUEST_FLEET,
		bus_request_read_from },
	{ "arch", "s", BUS_REQUEST_GUEST | BUS_REQUEST_LAYOUT | BUS_REQUEST_FLEET,
		bus_request_read_arch },
	{ "started-here", "b", BUS_REQUEST_GUEST | BUS_REQUEST_FLEET, bus_request_read_started },
	{ "accelerator", "s", BUS_REQUEST_MAP, bus_request_read_accelerator },
	{ "vfio", "s", BUS_REQUEST_MAP, bus_request_read_vfio },
	{ "attach-memory", "t", BUS_REQUEST_MAP | BUS_REQUEST_GUEST | BUS_REQUEST_FLEET,
		bus_request_read_memory },
	{ "hotplug-memory", "t", BUS_REQUEST_MAP, bus_request_read_memory },
	{ "hotplug-memory", "s", BUS_REQUEST_MAP, bus_request_read_no_memory },
	{ "label", "s", BUS_REQUEST_FLEET, bus_request_read_label },
	{ "class", "s", BUS_REQUEST_FLEET, bus_request_read_class },
};

static int bus_request_read_option(
	struct bus_request *request, const char *name, sd_bus_message *message, sd_bus_error *error)
{
	const struct bus_request_option *wanted = NULL;
	const char *signature;
	char type;
	int r = sd_bus_message_peek_type(message, &type, &signature);

	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(bus_request_options) / sizeof(bus_request_options[0]); i++) {
		const struct bus_request_option *option = &bus_request_options[i];

		if (strcmp(option->name, name) != 0 || !(option->calls & request->call))
			continue;
		wanted = option;
		if (strcmp(option->signature, signature) == 0)
			break;
	}
	if (!wanted)
		return bus_error_set(error, BUS_ERROR_UNKNOWN_OPTION, "no option %.64s here", name);
	if (strcmp(wanted->signature, signature) != 0)
		return bus_error_set(error, BUS_ERROR_INVALID_OPTION,
			"option %s: its type is %s, not %.32s", name, wanted->signature, signature);
	r = sd_bus_message_enter_container(message, 'v', wanted->signature);
	if (r >= 0)
		r = wanted->read(request, message, error);
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

int bus_request_read_options(
	struct bus_request *request, sd_bus_message *message, sd_bus_error *error)
{
	int r = sd_bus_message_enter_container(message, 'a', "{sv}");

	while (r >= 0) {
		const char *name;

		r = sd_bus_message_enter_container(message, 'e', "sv");
		if (r <= 0)
			break;
		r = sd_bus_message_read(message, "s", &name);
		if (r >= 0)
			r = bus_request_read_option(request, name, message, error);
		if (r >= 0)
			r = sd_bus_message_exit_container(message);
	}
	return r < 0 ? r : sd_bus_message_exit_container(message);
}

int bus_request_decode(
	struct bus_request *request, const struct bus_text *text, sd_bus_error *error)
{
	if (request->arch && text->format != GUEST_FORMAT_MTREE)
		return bus_request_bad(error, "arch", "only the format qemu-mtree does not say it");
	return bus_text_decode(text, request->arch, &request->text, error);
}

/* The guest of @text as it is, or would be, on the host that is asked. */
static int bus_request_lay_out(struct bus_request *request, const struct bus *bus,
	const struct bus_text *text, sd_bus_error *error)
{
	struct definition_origin origin;
	int r = bus_subject_origin(bus, request, &origin, error);

	if (r < 0)
		return r;
	if (request->subject.own && (!request->from || origin.here)) {
		/*
		 * Without a word about it the addresses are this host's own; where the guest was
		 * started is another matter, which counts only where its map depends on the host.
		 */
		origin.host = request->from ? request->host : NULL;
		origin.name = bus->host_name;
		origin.here = true;
	} else {
		/* What is at an address of a host of which only the class is known nobody knows. */
		origin.here = false;
	}
	r = bus_request_decode(request, text, error);
	if (r < 0)
		return r;
	return definition_guest(&request->text, request->host, &origin, &request->guest);
}

int bus_request_read_guest(struct bus_request *request, const struct bus *bus,
	sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(bus_text_done) struct bus_text text = { 0 };
	const char *host;
	int r = sd_bus_message_read(message, "s", &host);

	if (r >= 0)
		r = bus_subject_find(bus, host, &request->subject, error);
	if (r >= 0)
		r = bus_text_read(message, &text, error);
	if (r >= 0)
		r = bus_request_read_options(request, message, error);
	if (r >= 0)
		r = bus_subject_assume(bus, request, &request->host);
	return r < 0 ? r : bus_request_lay_out(request, bus, &text, error);
}
