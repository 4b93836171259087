/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What changed between two published snapshots, as the signals of ObjectManager and Properties. */
#include "daemon/bus/dict.h"
#include "daemon/bus/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BUS_ANNOUNCE_PATH_BYTES 64
#define BUS_ANNOUNCE_PROPERTIES 5

struct bus_announce {
	char *names[BUS_ANNOUNCE_PROPERTIES + 1]; /* of properties that changed */
	size_t n;
};

static void bus_announce_add(struct bus_announce *announce, bool changed, const char *name)
{
	if (changed)
		announce->names[announce->n++] = (char *)name;
}

static void bus_announce_facts(
	struct bus_announce *announce, const struct shape *shape, const void *old, const void *now)
{
	bus_announce_add(announce, !bus_dict_equal(shape, old, now), "Facts");
	bus_announce_add(announce, !bus_dict_equal_unknown(shape, old, now), "Unknown");
}

static int bus_announce_send(
	struct bus *bus, const char *path, const char *interface, struct bus_announce *announce)
{
	if (announce->n == 0)
		return 0;
	return sd_bus_emit_properties_changed_strv(
		bus->connection, path, interface, announce->names);
}

static const struct bus_group *bus_announce_find(const struct bus_world *world, uint64_t id)
{
	const struct facts_group *found = world->facts ? facts_find_group(world->facts, id) : NULL;

	return found ? &world->groups[found -
				      (const struct facts_group *)world->facts->groups.items]
		     : NULL;
}

static const struct facts_device *bus_announce_device(const struct bus_world *world, size_t i)
{
	return (const struct facts_device *)world->facts->devices.items + i;
}

static size_t bus_announce_n_groups(const struct bus_world *world)
{
	return world->facts ? facts_count(world->facts->groups) : 0;
}

static size_t bus_announce_n_devices(const struct bus_world *world)
{
	return world->facts ? facts_count(world->facts->devices) : 0;
}

static void bus_announce_group_path(uint64_t id, char ret[static BUS_ANNOUNCE_PATH_BYTES])
{
	(void)snprintf(ret, BUS_ANNOUNCE_PATH_BYTES, BUS_GROUP_PATH "/%" PRIu64, id);
}

int bus_objects_announce_gone(struct bus *bus, const struct bus_world *next)
{
	const struct bus_world *now = &bus->world;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < bus_announce_n_groups(now); i++) {
		uint64_t id = now->groups[i].facts->id.value;
		char path[BUS_ANNOUNCE_PATH_BYTES];

		if (bus_announce_find(next, id))
			continue;
		bus_announce_group_path(id, path);
		r = sd_bus_emit_object_removed(bus->connection, path);
	}
	for (size_t i = 0; r >= 0 && i < bus_announce_n_devices(now); i++) {
		const char *address = bus_announce_device(now, i)->address.value;
		_cleanup_(cleanup_freep) char *path = NULL;

		if (next->facts && facts_find_device(next->facts, address))
			continue;
		r = sd_bus_path_encode(BUS_DEVICE_PATH, address, &path);
		if (r >= 0)
			r = sd_bus_emit_object_removed(bus->connection, path);
	}
	return r;
}

static int bus_announce_group(
	struct bus *bus, const struct bus_group *group, const struct bus_world *old)
{
	const struct bus_group *before = bus_announce_find(old, group->facts->id.value);
	struct bus_announce announce = { .n = 0 };
	char path[BUS_ANNOUNCE_PATH_BYTES];

	bus_announce_group_path(group->facts->id.value, path);
	if (!before)
		return sd_bus_emit_object_added(bus->connection, path);
	bus_announce_facts(&announce, bus_dict_shape("groups"), before->facts, group->facts);
	bus_announce_add(&announce, before->isolated != group->isolated, "Isolated");
	bus_announce_add(&announce, before->assignable != group->assignable, "Assignable");
	return bus_announce_send(bus, path, BUS_GROUP, &announce);
}

static bool bus_announce_same_group(const struct facts_device *a, const struct facts_device *b)
{
	return fact_is_value(a->group.fact) == fact_is_value(b->group.fact) &&
	       (!fact_is_value(a->group.fact) || a->group.value == b->group.value);
}

static int bus_announce_one_device(
	struct bus *bus, const struct facts_device *device, const struct bus_world *old)
{
	const struct facts_device *before =
		old->facts ? facts_find_device(old->facts, device->address.value) : NULL;
	struct bus_announce announce = { .n = 0 };
	_cleanup_(cleanup_freep) char *path = NULL;
	int r = sd_bus_path_encode(BUS_DEVICE_PATH, device->address.value, &path);

	if (r < 0)
		return r;
	if (!before)
		return sd_bus_emit_object_added(bus->connection, path);
	bus_announce_facts(&announce, bus_dict_shape("devices"), before, device);
	bus_announce_add(&announce, !bus_announce_same_group(before, device), "Group");
	return bus_announce_send(bus, path, BUS_DEVICE, &announce);
}

int bus_objects_announce(struct bus *bus, const struct bus_world *old)
{
	const struct bus_world *now = &bus->world;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < bus_announce_n_groups(now); i++)
		r = bus_announce_group(bus, &now->groups[i], old);
	for (size_t i = 0; r >= 0 && i < bus_announce_n_devices(now); i++)
		r = bus_announce_one_device(bus, bus_announce_device(now, i), old);
	return r;
}
