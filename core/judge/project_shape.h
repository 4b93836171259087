/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of a projection that read one group or one device only. */
#pragma once

#include "core/judge/assume.h"
#include "core/judge/isolation.h"
#include "core/model/class.h"
#include "core/model/facts.h"

/*
 * Regions, reach and gates of @group in @ret; its members are left for the caller. Lives in @arena.
 * -ENOMEM.
 */
int project_shape_group(const struct facts *facts, const struct facts_group *group,
	const struct assume *assume, struct arena *arena, struct class_shape *ret);

/*
 * The device at @index of facts.devices as a member, its path being @path; @root_bus is "0000:00"
 * of the host bridge that it is below. Lives in @arena. -ENOMEM.
 */
int project_shape_member(const struct facts *facts, size_t index, const struct isolation_path *path,
	const char *root_bus, struct arena *arena, struct class_member *ret);

/* True for a bridge or port: it is never assigned and never makes a group shared. */
enum tri project_shape_is_bridge(const struct facts_device *device);
