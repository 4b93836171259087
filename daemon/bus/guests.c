/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RegisterGuest and UnregisterGuest: who runs here, told by who starts and stops guests. */
#include "core/model/limits.h"
#include "core/model/resident.h"
#include "daemon/bus/request.h"
#include "daemon/bus/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int bus_guests_read_name(sd_bus_message *message, const char **ret, sd_bus_error *error)
{
	int r = sd_bus_message_read(message, "s", ret);

	if (r >= 0 && (!**ret || strlen(*ret) > LIMIT_TEXT))
		return bus_error_set(error, BUS_ERROR_INVALID_GUEST,
			"the name of a guest is a text of 1 to %u bytes", LIMIT_TEXT);
	return r;
}

/* (s name, s format, s guest, a{sv} options). On 0 the caller hands @ret to bus_text_done(). */
static int bus_guests_read(
	sd_bus_message *message, const char **ret_name, struct bus_text *ret, sd_bus_error *error)
{
	struct bus_request request = { .call = BUS_REQUEST_PLAIN };
	int r = bus_guests_read_name(message, ret_name, error);

	if (r >= 0)
		r = bus_text_read(message, ret, error);
	return r < 0 ? r : bus_request_read_options(&request, message, error);
}

static int bus_guests_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The addresses of this host's devices that @text names, sorted, each once. */
static size_t bus_guests_devices(const struct bus *bus, const struct guest_text *text,
	const char *ret[static LIMIT_GUEST_DEVICES])
{
	const struct guest_device *devices =
		text->machine ? text->machine->devices : text->guest->devices;
	size_t n = text->machine ? text->machine->n_devices : text->guest->n_devices;
	size_t found = 0, kept = 0;

	for (size_t i = 0; i < n && found < LIMIT_GUEST_DEVICES; i++)
		if (devices[i].address &&
			(!devices[i].host || strcmp(devices[i].host, bus->host_name) == 0))
			ret[found++] = devices[i].address;
	qsort(ret, found, sizeof(*ret), bus_guests_order);
	for (size_t i = 0; i < found; i++)
		if (kept == 0 || strcmp(ret[kept - 1], ret[i]) != 0)
			ret[kept++] = ret[i];
	return kept;
}

static int bus_guests_put(struct bus *bus, const char *name, const struct bus_text *text,
	sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(guest_text_done) struct guest_text decoded = { 0 };
	const char *devices[LIMIT_GUEST_DEVICES];
	struct resident guest = { .name = name, .uuid = "", .devices = devices };
	int r = bus_text_decode(text, NULL, &decoded, error);

	if (r < 0)
		return r;
	if (decoded.machine && decoded.machine->uuid)
		guest.uuid = decoded.machine->uuid;
	guest.format = guest_format_word(text->format);
	guest.n_devices = bus_guests_devices(bus, &decoded, devices);
	r = bus->backend.put_guest(bus->backend.data, &guest, text->bytes, text->n);
	if (r == -E2BIG)
		return bus_error_set(
			error, BUS_ERROR_TOO_MUCH, "no more guests than there are can be kept");
	return r < 0 ? r : sd_bus_reply_method_return(message, NULL);
}

static int bus_guests_register(struct bus *bus, sd_bus_message *message, sd_bus_error *error)
{
	_cleanup_(bus_text_done) struct bus_text text = { 0 };
	const char *name;
	int r = sd_bus_message_rewind(message, 1);

	if (r >= 0)
		r = bus_guests_read(message, &name, &text, error);
	return r < 0 ? r : bus_guests_put(bus, name, &text, message, error);
}

int bus_register_guest(sd_bus_message *message, void *data, sd_bus_error *error)
{
	_cleanup_(bus_text_done) struct bus_text text = { 0 };
	const char *name;
	int r = bus_guests_read(message, &name, &text, error);

	/* It is decoded only for who may do this. */
	return r < 0 ? r : bus_authorise(data, message, bus_guests_register, error);
}

static int bus_guests_unregister(struct bus *bus, sd_bus_message *message, sd_bus_error *error)
{
	const char *name;
	int r = sd_bus_message_rewind(message, 1);

	if (r >= 0)
		r = sd_bus_message_read(message, "s", &name);
	if (r < 0)
		return r;
	r = bus->backend.drop_guest(bus->backend.data, name);
	if (r == -ENOENT)
		return bus_error_set(error, BUS_ERROR_NO_SUCH_GUEST, NULL);
	return r < 0 ? r : sd_bus_reply_method_return(message, NULL);
}

int bus_unregister_guest(sd_bus_message *message, void *data, sd_bus_error *error)
{
	struct bus_request request = { .call = BUS_REQUEST_PLAIN };
	const char *name;
	int r = bus_guests_read_name(message, &name, error);

	if (r >= 0)
		r = bus_request_read_options(&request, message, error);
	return r < 0 ? r : bus_authorise(data, message, bus_guests_unregister, error);
}

static bool bus_guests_is(const struct resident *guest, const struct guest_text *asked)
{
	const struct machine *machine = asked->machine;

	if (!machine)
		return false;
	if (machine->uuid && *guest->uuid)
		return strcmp(machine->uuid, guest->uuid) == 0;
	return machine->name && strcmp(machine->name, guest->name) == 0;
}

int bus_guests_in_use(const struct bus *bus, const struct guest_text *asked,
	struct verdict_in_use **ret, size_t *ret_n)
{
	const struct facts *facts = bus->world.facts;
	const struct facts_device *devices = facts->devices.items;
	size_t n_devices = facts_count(facts->devices), n_guests, n = 0;
	struct resident *const *guests;
	struct verdict_in_use *in_use = calloc(n_devices + 1, sizeof(*in_use));

	if (!in_use)
		return -ENOMEM;
	n_guests = bus->backend.guests(bus->backend.data, &guests);
	/* By device first, so that the list is no longer than that of the devices. */
	for (size_t i = 0; i < n_guests; i++)
		for (size_t j = 0; !bus_guests_is(guests[i], asked) && j < guests[i]->n_devices;
			j++) {
			const struct facts_device *device =
				facts_find_device(facts, guests[i]->devices[j]);

			if (device)
				in_use[device - devices] = (struct verdict_in_use){
					.address = guests[i]->devices[j],
					.guest = guests[i]->name,
				};
		}
	for (size_t i = 0; i < n_devices; i++)
		if (in_use[i].address)
			in_use[n++] = in_use[i];
	*ret = in_use;
	*ret_n = n;
	return 0;
}

const char *const bus_guests_questions[3] = { "migrate", "hotplug", "memory_hotplug" };

static int bus_guests_append(sd_bus_message *signal, const struct resident *guest)
{
	int r = sd_bus_message_append(signal, "ss", guest->name, guest->uuid);

	if (r >= 0)
		r = sd_bus_message_open_container(signal, 'a', "{ss}");
	for (unsigned i = 0; r >= 0 && i < 3; i++)
		r = sd_bus_message_append(
			signal, "{ss}", bus_guests_questions[i], guest->answers[i]);
	return r < 0 ? r : sd_bus_message_close_container(signal);
}

int bus_tell_risk(struct bus *bus, const struct resident *guest)
{
	_cleanup_(bus_message_unrefp) sd_bus_message *signal = NULL;
	int r = sd_bus_message_new_signal(
		bus->connection, &signal, BUS_PATH, BUS_MANAGER, "GuestAtRisk");

	if (r >= 0)
		r = bus_guests_append(signal, guest);
	return r < 0 ? r : sd_bus_send(bus->connection, signal, NULL);
}

static int bus_guests_set_answers(json_t *row, const struct resident *guest)
{
	json_t *answers = json_object();
	int r = answers ? 0 : -1;

	for (unsigned i = 0; r == 0 && i < 3; i++)
		r = json_object_set_new(
			answers, bus_guests_questions[i], json_string(guest->answers[i]));
	if (r == 0)
		r = json_object_set(row, "answers", answers);
	json_decref(answers);
	return r;
}

static json_t *bus_guests_row(const struct resident *guest)
{
	json_t *devices = json_array();
	json_t *row;

	for (size_t i = 0; devices && i < guest->n_devices; i++)
		if (json_array_append_new(devices, json_string(guest->devices[i])) < 0) {
			json_decref(devices);
			return NULL;
		}
	row = json_pack("{s:s, s:s, s:o, s:I}", "name", guest->name, "format", guest->format,
		"devices", devices, "since", (json_int_t)guest->since_us);
	if (row &&
		((*guest->uuid && json_object_set_new(row, "uuid", json_string(guest->uuid)) < 0) ||
			(guest->answers[0] && bus_guests_set_answers(row, guest) < 0))) {
		json_decref(row);
		return NULL;
	}
	return row;
}

int bus_guests_document(const struct bus *bus, json_t **ret)
{
	struct resident *const *guests;
	size_t n = bus->backend.guests(bus->backend.data, &guests);
	json_t *list = json_array();

	for (size_t i = 0; list && i < n; i++)
		if (json_array_append_new(list, bus_guests_row(guests[i])) < 0) {
			json_decref(list);
			return -ENOMEM;
		}
	*ret = json_pack("{s:s, s:s, s:o}", "schema", "iommufleet-guests-1", "host", bus->host_name,
		"guests", list);
	return *ret ? 0 : -ENOMEM;
}
