/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/assignable.h"
#include "core/judge/assume_apply.h"
#include "core/judge/host_class.h"
#include "core/judge/host_make.h"
#include "core/judge/map_digest.h"

#include "core/cleanup.h"
#include "core/codec/class_json.h"
#include "core/codec/facts_json.h"
#include "core/model/limits.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

CLEANUP_DEFINE(struct host *, host_unref, host_unrefp);
CLEANUP_DEFINE(struct arena *, arena_free, host_arena_freep);

static int host_digest_facts(struct host *host)
{
	_cleanup_(cleanup_freep) char *bytes = NULL;
	size_t n;
	int r;

	/* What a newer version wrote and we cannot read is hashed as it was received. */
	if (host->observed->received[0]) {
		memcpy(host->facts_digest, host->observed->received, sizeof(host->facts_digest));
		return 0;
	}
	r = facts_json_encode(host->observed, &bytes, &n);
	return r < 0 ? r : digest_compute(bytes, n, host->facts_digest);
}

int host_make_class_digest(struct host *host)
{
	size_t n;
	int r = class_json_encode(&host->project.class_, &host->class_document, &n);

	return r < 0 ? r : digest_compute(host->class_document, n, host->class_digest);
}

int host_make_usables(struct host *host)
{
	const struct class *class_ = &host->project.class_;
	const struct class_shape *shapes = class_->shapes.items;
	size_t n = fact_is_value(class_->shapes.fact) ? class_->shapes.n : 0;

	host->usables = arena_array(host->arena, n, sizeof(*host->usables));
	if (!host->usables)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int r = usable_compute(&shapes[i], host->arena, &host->usables[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * Linux: drivers with driver_managed_dma do not own a device's DMA: vfio-pci and its variants,
 * pci-stub, and pcieport; any other that is bound makes the group not viable.
 */
static enum host_binding host_binding(const struct facts_device *device)
{
	if (fact_is_null(device->driver.fact))
		return HOST_UNBOUND;
	if (!fact_is_value(device->driver.fact))
		return HOST_BINDING_UNKNOWN;
	if (strcmp(device->driver.value, "pcieport") == 0 ||
		strcmp(device->driver.value, "pci-stub") == 0)
		return HOST_HARMLESS;
	if (fact_is_yes(device->vfio_driver))
		return HOST_VFIO;
	return fact_is_no(device->vfio_driver) ? HOST_DRIVER : HOST_BINDING_UNKNOWN;
}

int host_make_bindings(struct host *host)
{
	size_t n = facts_count(host->facts->devices);

	host->bindings = arena_array(host->arena, n, sizeof(*host->bindings));
	if (!host->bindings)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		host->bindings[i] = host_binding(host_view_device(host, i));
	return 0;
}

/* What can be assigned at all is the same for every guest, so it is worked out here, once. */
int host_make_assignable(struct host *host)
{
	_cleanup_(host_arena_freep) struct arena *scratch = NULL;
	size_t n = facts_count(host->facts->devices);
	int r = arena_new(LIMIT_ARENA_BYTES, &scratch);

	if (r < 0)
		return r;
	host->assignable_now = arena_array(host->arena, n, sizeof(enum tri));
	host->assignable_after_rebind = arena_array(host->arena, n, sizeof(enum tri));
	if (!host->assignable_now || !host->assignable_after_rebind)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct report report = { .arena = scratch };
		struct assignable assignable;

		r = assignable_device(host, i, &report, &assignable);
		if (r < 0)
			return r;
		host->assignable_now[i] = assignable.now;
		host->assignable_after_rebind[i] = assignable.after_rebind;
	}
	return 0;
}

int host_new(struct facts *facts, const struct assume *assume, struct host **ret)
{
	_cleanup_(host_unrefp) struct host *host = calloc(1, sizeof(*host));
	int r;

	if (!host)
		return -ENOMEM;
	host->references = 1;
	host->assume = assume ? *assume : ASSUME_NOTHING;
	host->observed = facts_ref(facts);
	r = arena_new(LIMIT_ARENA_BYTES, &host->arena);
	if (r == 0)
		r = assume_apply(&host->assume, facts, &host->facts);
	if (r == 0)
		r = project_compute(host->facts, &host->assume, host->arena, &host->project);
	if (r == 0)
		r = host_make_usables(host);
	if (r == 0)
		r = host_make_bindings(host);
	if (r == 0)
		r = host_make_assignable(host);
	if (r == 0)
		r = host_digest_facts(host);
	if (r == 0)
		r = host_make_class_digest(host);
	if (r == 0)
		r = map_digest_compute(&host->project.class_, host->usables, host->map_digest);
	if (r < 0)
		return r;
	*ret = cleanup_take(host);
	return 0;
}

int host_new_of_class(const char *bytes, size_t n, const struct assume *assume, struct host **ret,
	struct refusal *refusal)
{
	_cleanup_(host_unrefp) struct host *host = calloc(1, sizeof(*host));
	int r;

	if (!host)
		return -ENOMEM;
	host->references = 1;
	host->of_class = true;
	host->assume = assume ? *assume : ASSUME_NOTHING;
	r = arena_new(LIMIT_ARENA_BYTES, &host->arena);
	if (r == 0)
		r = facts_new(&host->facts);
	if (r < 0)
		return r;
	host->observed = facts_ref(host->facts);
	r = host_class_fill(host, bytes, n, refusal);
	if (r != HOST_CLASS_DONE)
		return r;
	*ret = cleanup_take(host);
	return HOST_CLASS_DONE;
}

struct host *host_ref(struct host *host)
{
	assert(host->references > 0);

	host->references++;
	return host;
}

struct host *host_unref(struct host *host)
{
	if (!host)
		return NULL;
	assert(host->references > 0);
	if (--host->references > 0)
		return NULL;
	facts_unref(host->facts);
	facts_unref(host->observed);
	arena_free(host->arena);
	free(host->class_document);
	free(host);
	return NULL;
}

bool host_is_of_class(const struct host *host)
{
	return host->of_class;
}

const struct facts *host_facts(const struct host *host)
{
	return host->facts;
}

const struct assume *host_assume(const struct host *host)
{
	return &host->assume;
}

struct host_digests host_digests(const struct host *host)
{
	return (struct host_digests){
		.facts = host->facts_digest,
		.class_ = host->class_digest,
		.map = host->map_digest,
	};
}

const char *host_class_document(const struct host *host)
{
	return host->class_document;
}

int host_encode_class(const struct host *host, uint32_t projection, char **ret, size_t *ret_n)
{
	return class_json_encode_as(&host->project.class_, projection, ret, ret_n);
}
