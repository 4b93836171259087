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
 * The device at @index of facts.devices as a member, its path being @path; its inbound windows are
 * left for the caller. Lives in @arena. -ENOMEM.
 */
int project_shape_member(const struct facts *facts, size_t index, const struct isolation_path *path,
	struct arena *arena, struct class_member *ret);

/*
 * Inbound windows of the host bridge @root_bus, "0000:00", or NULL where it is not known. x86 has
 * no way to state one; elsewhere firmware that states none means no limit. Lives in @arena.
 * -ENOMEM.
 */
int project_shape_inbound(const struct facts *facts, const char *root_bus, struct arena *arena,
	struct fact_list *ret);

/* True for a bridge or port: it is never assigned and never makes a group shared. */
enum tri project_shape_is_bridge(const struct facts_device *device);
