/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The inside of a host, for the rules: what host_new() worked out. Nothing outside judge reads it.
 */
#pragma once

#include "core/codec/digest.h"
#include "core/judge/host.h"
#include "core/judge/project.h"
#include "core/judge/usable.h"
#include "core/model/tri.h"

/* What a driver does to VFIO: it owns the device's DMA, or it is VFIO's, or there is none. */
enum host_binding { HOST_UNBOUND, HOST_VFIO, HOST_HARMLESS, HOST_DRIVER, HOST_BINDING_UNKNOWN };

struct host {
	unsigned references;
	bool of_class; /* only its class is known: its devices have no addresses */
	struct arena *arena;
	struct facts *facts;	/* assumptions applied */
	struct facts *observed; /* as they came */
	struct assume assume;
	struct project project;
	struct usable *usables;	     /* for each shape of the class */
	enum host_binding *bindings; /* for each of facts.devices */
	enum tri *assignable_now;    /* for each of facts.devices */
	enum tri *assignable_after_rebind;
	char *class_document; /* malloc'ed */
	char facts_digest[DIGEST_LENGTH + 1];
	char class_digest[DIGEST_LENGTH + 1];
	char map_digest[DIGEST_LENGTH + 1];
};

static inline const struct facts_device *host_view_device(const struct host *host, size_t index)
{
	return (const struct facts_device *)host->facts->devices.items + index;
}

static inline size_t host_view_index(const struct host *host, const struct facts_device *device)
{
	return (size_t)(device - (const struct facts_device *)host->facts->devices.items);
}

/* The shape at @index of the class, or NULL for -1. */
static inline const struct class_shape *host_view_shape(const struct host *host, int32_t index)
{
	return index < 0 ? NULL
			 : (const struct class_shape *)host->project.class_.shapes.items + index;
}
