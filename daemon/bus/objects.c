/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One object for each IOMMU group and each device of this host, served out of the published facts
 * without being registered one by one. Paths are made of what names the thing, never of its place
 * in a list.
 */
#include "core/codec/text.h"
#include "core/judge/answer_json.h"
#include "daemon/bus/dict.h"
#include "daemon/bus/gate.h"
#include "daemon/bus/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUS_OBJECT_PATH_BYTES 64

static enum tri bus_objects_tri(const json_t *group, const char *key)
{
	const char *word = json_string_value(json_object_get(group, key));

	for (enum tri tri = TRI_NO; word && tri <= TRI_UNKNOWN; tri++) {
		if (strcmp(word, tri_word(tri)) == 0)
			return tri;
	}
	return TRI_UNKNOWN;
}

static struct bus_group *bus_objects_find_group(const struct bus_world *world, uint64_t id)
{
	const struct facts_group *found = world->facts ? facts_find_group(world->facts, id) : NULL;

	return found ? &world->groups[found -
				      (const struct facts_group *)world->facts->groups.items]
		     : NULL;
}

static int bus_objects_judge(struct bus_world *world)
{
	_cleanup_(bus_json_decrefp) json_t *json = NULL;
	const json_t *group;
	size_t i;
	int r = answer_json_groups(world->host, &json);

	if (r < 0)
		return r;
	json_array_foreach(json_object_get(json, "groups"), i, group)
	{
		struct bus_group *known = bus_objects_find_group(
			world, (uint64_t)json_integer_value(json_object_get(group, "id")));

		if (known) {
			known->isolated = bus_objects_tri(group, "isolated");
			known->assignable = bus_objects_tri(group, "assignable");
		}
	}
	return 0;
}

int bus_world_init(struct bus_world *world, struct facts *facts, struct host *host)
{
	size_t n = facts ? facts_count(facts->groups) : 0;
	int r;

	*world = (struct bus_world){ 0 };
	if (!facts)
		return 0;
	world->groups = calloc(n + 1, sizeof(*world->groups));
	if (!world->groups)
		return -ENOMEM;
	world->facts = facts_ref(facts);
	world->host = host_ref(host);
	for (size_t i = 0; i < n; i++)
		world->groups[i] = (struct bus_group){
			.facts = (const struct facts_group *)facts->groups.items + i,
			.isolated = TRI_UNKNOWN,
			.assignable = TRI_UNKNOWN,
		};
	r = bus_objects_judge(world);
	if (r < 0)
		bus_world_done(world);
	return r;
}

void bus_world_done(struct bus_world *world)
{
	world->facts = facts_unref(world->facts);
	world->host = host_unref(world->host);
	free(world->groups);
	world->groups = NULL;
}

static void bus_objects_group_path(uint64_t id, char ret[static BUS_OBJECT_PATH_BYTES])
{
	(void)snprintf(ret, BUS_OBJECT_PATH_BYTES, BUS_GROUP_PATH "/%" PRIu64, id);
}

/* 1 and the group in @ret_found when @path is that of one. */
static int bus_objects_on_find_group(sd_bus *connection, const char *path, const char *interface,
	void *data, void **ret_found, sd_bus_error *error)
{
	const struct bus *bus = data;
	const char *id = strrchr(path, '/') + 1;
	struct bus_group *group;
	uint64_t number;

	(void)connection;
	(void)interface;
	(void)error;
	if (id - path != sizeof(BUS_GROUP_PATH) || text_parse_decimal(id, strlen(id), &number) < 0)
		return 0;
	group = bus_objects_find_group(&bus->world, number);
	if (!group)
		return 0;
	*ret_found = group;
	return 1;
}

static int bus_objects_on_find_device(sd_bus *connection, const char *path, const char *interface,
	void *data, void **ret_found, sd_bus_error *error)
{
	const struct bus *bus = data;
	_cleanup_(cleanup_freep) char *address = NULL;
	const struct facts_device *device;
	int r = sd_bus_path_decode(path, BUS_DEVICE_PATH, &address);

	(void)connection;
	(void)interface;
	(void)error;
	if (r <= 0)
		return r;
	device = bus->world.facts ? facts_find_device(bus->world.facts, address) : NULL;
	if (!device)
		return 0;
	*ret_found = (void *)device;
	return 1;
}

static void bus_objects_strv_free(char **paths)
{
	for (size_t i = 0; paths[i]; i++)
		free(paths[i]);
	free(paths);
}

static int bus_objects_on_list_groups(
	sd_bus *connection, const char *prefix, void *data, char ***ret_nodes, sd_bus_error *error)
{
	const struct bus *bus = data;
	size_t n = bus->world.facts ? facts_count(bus->world.facts->groups) : 0;
	char **paths = calloc(n + 1, sizeof(*paths));

	(void)connection;
	(void)prefix;
	(void)error;
	if (!paths)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		char path[BUS_OBJECT_PATH_BYTES];

		bus_objects_group_path(bus->world.groups[i].facts->id.value, path);
		paths[i] = strdup(path);
		if (!paths[i]) {
			bus_objects_strv_free(paths);
			return -ENOMEM;
		}
	}
	*ret_nodes = paths;
	return 0;
}

static int bus_objects_on_list_devices(
	sd_bus *connection, const char *prefix, void *data, char ***ret_nodes, sd_bus_error *error)
{
	const struct bus *bus = data;
	const struct facts *facts = bus->world.facts;
	size_t n = facts ? facts_count(facts->devices) : 0;
	char **paths = calloc(n + 1, sizeof(*paths));

	(void)connection;
	(void)prefix;
	(void)error;
	if (!paths)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const struct facts_device *device =
			(const struct facts_device *)facts->devices.items + i;
		int r = sd_bus_path_encode(BUS_DEVICE_PATH, device->address.value, &paths[i]);

		if (r < 0) {
			bus_objects_strv_free(paths);
			return r;
		}
	}
	*ret_nodes = paths;
	return 0;
}

static int bus_objects_get_group(sd_bus *connection, const char *path, const char *interface,
	const char *property, sd_bus_message *reply, void *data, sd_bus_error *error)
{
	const struct bus_group *group = data;

	(void)connection;
	(void)path;
	(void)interface;
	(void)error;
	if (strcmp(property, "Id") == 0)
		return sd_bus_message_append_basic(reply, 't', &group->facts->id.value);
	if (strcmp(property, "Facts") == 0)
		return bus_dict_append(reply, bus_dict_shape("groups"), group->facts);
	if (strcmp(property, "Unknown") == 0)
		return bus_dict_append_unknown(reply, bus_dict_shape("groups"), group->facts);
	return sd_bus_message_append_basic(reply, 's',
		tri_word(strcmp(property, "Isolated") == 0 ? group->isolated : group->assignable));
}

const sd_bus_vtable bus_group_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Id", "t", bus_objects_get_group, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY(
		"Facts", "a{sv}", bus_objects_get_group, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY(
		"Unknown", "a{ss}", bus_objects_get_group, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY(
		"Isolated", "s", bus_objects_get_group, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY(
		"Assignable", "s", bus_objects_get_group, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_VTABLE_END,
};

static int bus_objects_get_device(sd_bus *connection, const char *path, const char *interface,
	const char *property, sd_bus_message *reply, void *data, sd_bus_error *error)
{
	const struct facts_device *device = data;
	char group[BUS_OBJECT_PATH_BYTES] = "/";

	(void)connection;
	(void)path;
	(void)interface;
	(void)error;
	if (strcmp(property, "Address") == 0)
		return sd_bus_message_append_basic(reply, 's', device->address.value);
	if (strcmp(property, "Facts") == 0)
		return bus_dict_append(reply, bus_dict_shape("devices"), device);
	if (strcmp(property, "Unknown") == 0)
		return bus_dict_append_unknown(reply, bus_dict_shape("devices"), device);
	if (fact_is_value(device->group.fact))
		bus_objects_group_path(device->group.value, group);
	return sd_bus_message_append_basic(reply, 'o', group);
}

const sd_bus_vtable bus_device_vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("Address", "s", bus_objects_get_device, 0, SD_BUS_VTABLE_PROPERTY_CONST),
	SD_BUS_PROPERTY(
		"Group", "o", bus_objects_get_device, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY(
		"Facts", "a{sv}", bus_objects_get_device, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_PROPERTY(
		"Unknown", "a{ss}", bus_objects_get_device, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
	SD_BUS_VTABLE_END,
};

int bus_objects_add(struct bus *bus, sd_bus *connection)
{
	int r = sd_bus_add_object_vtable(
		connection, NULL, BUS_PATH, BUS_MANAGER, bus_manager_vtable, bus);

	if (r >= 0)
		r = sd_bus_add_object_manager(connection, NULL, BUS_PATH);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(connection, NULL, BUS_GROUP_PATH, BUS_GROUP,
			bus_group_vtable, bus_objects_on_find_group, bus);
	if (r >= 0)
		r = sd_bus_add_node_enumerator(
			connection, NULL, BUS_GROUP_PATH, bus_objects_on_list_groups, bus);
	if (r >= 0)
		r = sd_bus_add_fallback_vtable(connection, NULL, BUS_DEVICE_PATH, BUS_DEVICE,
			bus_device_vtable, bus_objects_on_find_device, bus);
	if (r >= 0)
		r = sd_bus_add_node_enumerator(
			connection, NULL, BUS_DEVICE_PATH, bus_objects_on_list_devices, bus);
	if (r >= 0)
		r = sd_bus_add_object_vtable(connection, NULL, "/org/freedesktop/LogControl1",
			"org.freedesktop.LogControl1", bus_log_control_vtable, bus);
	if (r >= 0)
		r = sd_bus_add_filter(connection, NULL, bus_log_control_on_message, bus);
	/* The last one is the first that is called. */
	if (r >= 0)
		r = sd_bus_add_filter(connection, NULL, bus_gate_on_message, bus);
	return r;
}
