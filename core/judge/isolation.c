/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Devices that share a link (the secondary side of one bridge, or one root bus) are contiguous in
 * "order", so that the windows of all of them are gathered once a link. A request that a port does
 * not redirect upwards can be taken by anything on the port's own link.
 */
#include "core/judge/isolation.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ISOLATION_RESOURCE_MEM 0x200U /* include/linux/ioport.h IORESOURCE_MEM */
#define ISOLATION_DEPTH_MAX    64U    /* bridges between a device and the root */
#define ISOLATION_INTEL	       0x8086U

struct isolation_place {
	int64_t link; /* index of the bridge above; ~index of the first device of a root bus */
	size_t device;
};

struct isolation_link {
	size_t begin, end; /* in order */
	bool gathered;
	bool complete; /* every BAR and window on it is known */
	struct region_set windows;
};

struct isolation {
	const struct facts *facts;
	const struct facts_device *devices;
	size_t n;
	struct arena *arena;
	ptrdiff_t *parents; /* -1: none; -2: not known */
	bool lost;	    /* of some device it is not known what link it is on: it may be any */
	struct isolation_place *order;
	size_t *link_of; /* device index -> index in links */
	size_t n_links;
	struct isolation_link *links;
};

#define ISOLATION_NO_PARENT ((ptrdiff_t)-1)
#define ISOLATION_LOST	    ((ptrdiff_t)-2)

static bool isolation_is_pci(const struct facts_device *device)
{
	return fact_text_is(device->bus, "pci");
}

static size_t isolation_index(const struct isolation *isolation, const struct facts_device *device)
{
	return (size_t)(device - isolation->devices);
}

static ptrdiff_t isolation_find_parent(const struct isolation *isolation, size_t index)
{
	const struct facts_device *device = &isolation->devices[index], *parent;

	if (!isolation_is_pci(device) || fact_is_null(device->parent.fact))
		return ISOLATION_NO_PARENT;
	if (!fact_is_value(device->parent.fact))
		return ISOLATION_LOST;
	parent = facts_find_device(isolation->facts, device->parent.value);
	return parent ? (ptrdiff_t)isolation_index(isolation, parent) : ISOLATION_LOST;
}

/* Length of "0000:03:" in "0000:03:00.0": what devices of one bus have in common. */
static size_t isolation_bus_length(const char *address)
{
	const char *colon = strrchr(address, ':');

	return colon ? (size_t)(colon - address) + 1 : strlen(address);
}

static bool isolation_same_bus(const struct facts_device *a, const struct facts_device *b)
{
	size_t n = isolation_bus_length(a->address.value);

	return isolation_is_pci(b) && n == isolation_bus_length(b->address.value) &&
	       strncmp(a->address.value, b->address.value, n) == 0;
}

static bool isolation_same_slot(const struct facts_device *a, const struct facts_device *b)
{
	const char *dot = strrchr(a->address.value, '.');

	return dot && strncmp(a->address.value, b->address.value,
			      (size_t)(dot - a->address.value) + 1) == 0;
}

/* Devices are sorted by address, so the first of a root bus is found by going back. */
static int64_t isolation_link_key(const struct isolation *isolation, size_t index)
{
	const struct facts_device *devices = isolation->devices;
	size_t first = index;

	if (isolation->parents[index] >= 0)
		return isolation->parents[index];
	if (!isolation_is_pci(&devices[index]))
		return ~(int64_t)index;
	for (size_t i = index; i-- > 0 && isolation_same_bus(&devices[index], &devices[i]);)
		if (isolation->parents[i] < 0)
			first = i;
	return ~(int64_t)first;
}

static int isolation_compare(const void *a, const void *b)
{
	const struct isolation_place *x = a, *y = b;

	if (x->link != y->link)
		return x->link < y->link ? -1 : 1;
	return x->device < y->device ? -1 : x->device > y->device;
}

static void isolation_make_links(struct isolation *isolation)
{
	struct isolation_link *link = NULL;

	for (size_t i = 0; i < isolation->n; i++) {
		if (!link || isolation->order[i].link != isolation->order[link->begin].link) {
			link = &isolation->links[isolation->n_links++];
			link->begin = i;
		}
		link->end = i + 1;
		isolation->link_of[isolation->order[i].device] = isolation->n_links - 1;
	}
}

int isolation_new(const struct facts *facts, struct arena *arena, struct isolation **ret)
{
	struct isolation *isolation = arena_alloc(arena, sizeof(*isolation));
	size_t n = facts_count(facts->devices);

	if (!isolation)
		return -ENOMEM;
	*isolation = (struct isolation){
		.facts = facts,
		.devices = facts->devices.items,
		.n = n,
		.arena = arena,
		.parents = arena_array(arena, n, sizeof(ptrdiff_t)),
		.order = arena_array(arena, n, sizeof(struct isolation_place)),
		.link_of = arena_array(arena, n, sizeof(size_t)),
		.links = arena_array(arena, n, sizeof(struct isolation_link)),
	};
	if (!isolation->parents || !isolation->order || !isolation->link_of || !isolation->links)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		isolation->parents[i] = isolation_find_parent(isolation, i);
		if (isolation->parents[i] == ISOLATION_LOST ||
			fact_is_ignorance(isolation->devices[i].bus.fact))
			isolation->lost = true;
	}
	for (size_t i = 0; i < n; i++)
		isolation->order[i] = (struct isolation_place){
			.link = isolation_link_key(isolation, i),
			.device = i,
		};
	if (n)
		qsort(isolation->order, n, sizeof(isolation->order[0]), isolation_compare);
	isolation_make_links(isolation);
	*ret = isolation;
	return 0;
}

ptrdiff_t isolation_parent(const struct isolation *isolation, size_t index)
{
	return isolation->parents[index] >= 0 ? isolation->parents[index] : -1;
}

/* pci_acs_flags_enabled: a bit that the capability does not have counts as enforced. */
static enum tri isolation_acs_flags(
	const struct facts_device *device, unsigned required, unsigned *ret_missing)
{
	unsigned missing;

	*ret_missing = 0;
	if (fact_is_null(device->acs.fact))
		return TRI_NO;
	if (!fact_is_value(device->acs.fact) || !fact_is_value(device->acs.capability.fact) ||
		!fact_is_value(device->acs.control.fact))
		return TRI_UNKNOWN;
	missing = required & (unsigned)device->acs.capability.value &
		  ~(unsigned)device->acs.control.value;
	*ret_missing = missing;
	return missing ? TRI_NO : TRI_YES;
}

/* Virtual functions are never multifunction to the kernel (drivers/pci/iov.c). */
static enum tri isolation_multifunction(const struct facts_device *device)
{
	if (fact_is_value(device->physfn.fact))
		return TRI_NO;
	return tri_of(device->multifunction);
}

enum tri isolation_acs_enabled(
	const struct facts_device *device, unsigned required, unsigned *ret_missing)
{
	const char *type = device->port_type.value;
	enum tri multifunction = isolation_multifunction(device);

	*ret_missing = 0;
	if (fact_is_null(device->port_type.fact))
		return TRI_NO; /* not PCI Express */
	if (!fact_is_value(device->port_type.fact))
		return TRI_UNKNOWN;
	if (strcmp(type, "root-port") == 0 || strcmp(type, "downstream-port") == 0)
		return isolation_acs_flags(device, required, ret_missing);
	if (strcmp(type, "pcie-to-pci-bridge") == 0 || strcmp(type, "pci-to-pcie-bridge") == 0 ||
		strcmp(type, "event-collector") == 0)
		return TRI_NO;
	if (multifunction == TRI_NO)
		return TRI_YES;
	/* drivers/pci/quirks.c pci_quirk_rciep_acs: Intel's integrated endpoints are isolated. */
	if (strcmp(type, "integrated-endpoint") == 0 && fact_is_value(device->vendor.fact) &&
		device->vendor.value == ISOLATION_INTEL)
		return TRI_YES;
	if (isolation_acs_flags(device, required, ret_missing) == TRI_YES)
		return TRI_YES;
	return multifunction == TRI_UNKNOWN ? TRI_UNKNOWN
					    : isolation_acs_flags(device, required, ret_missing);
}

static size_t isolation_count_regions(const struct facts_device *device)
{
	return facts_count(device->bars) + facts_count(device->windows);
}

/* What @device answers to, at most isolation_count_regions() ranges; *complete falls, never rises.
 */
static size_t isolation_list_regions(
	const struct facts_device *device, struct region *ret, bool *complete)
{
	const struct facts_bar *bar = device->bars.items;
	const struct facts_window *window = device->windows.items;
	size_t n = 0;

	if (fact_is_ignorance(device->bars.fact) || fact_is_ignorance(device->windows.fact))
		*complete = false;
	for (size_t i = 0; i < facts_count(device->bars); i++) {
		if (!fact_is_value(bar[i].flags.fact) || !fact_is_value(bar[i].first.fact) ||
			!fact_is_value(bar[i].last.fact))
			*complete = false;
		else if (bar[i].flags.value & ISOLATION_RESOURCE_MEM)
			ret[n++] = (struct region){ bar[i].first.value, bar[i].last.value };
	}
	for (size_t i = 0; i < facts_count(device->windows); i++) {
		if (!fact_is_value(window[i].first.fact) || !fact_is_value(window[i].last.fact))
			*complete = false;
		else
			ret[n++] = (struct region){ window[i].first.value, window[i].last.value };
	}
	return n;
}

/* All that the devices of @link answer to. */
static int isolation_gather(struct isolation *isolation, struct isolation_link *link)
{
	struct region *regions;
	size_t n = 0;

	if (link->gathered)
		return 0;
	link->complete = !isolation->lost;
	for (size_t i = link->begin; i < link->end; i++)
		n += isolation_count_regions(&isolation->devices[isolation->order[i].device]);
	regions = arena_array(isolation->arena, n, sizeof(*regions));
	if (!regions)
		return -ENOMEM;
	n = 0;
	for (size_t i = link->begin; i < link->end; i++)
		n += isolation_list_regions(&isolation->devices[isolation->order[i].device],
			regions + n, &link->complete);
	link->gathered = true;
	return region_set_from(isolation->arena, regions, n, &link->windows);
}

static int isolation_merge(
	struct isolation *isolation, struct region_set *set, const struct region_set *more)
{
	struct region *both;

	if (!set->n) {
		*set = *more;
		return 0;
	}
	both = arena_array(isolation->arena, set->n + more->n, sizeof(*both));
	if (!both)
		return -ENOMEM;
	memcpy(both, set->items, set->n * sizeof(*both));
	if (more->n)
		memcpy(both + set->n, more->items, more->n * sizeof(*both));
	return region_set_from(isolation->arena, both, set->n + more->n, set);
}

static bool isolation_outside(const struct facts_device *device, const struct facts_device *other)
{
	return !fact_is_value(device->group.fact) || !fact_is_value(other->group.fact) ||
	       device->group.value != other->group.value;
}

static void isolation_worsen(struct isolation_path *path, enum tri certain)
{
	path->isolated = tri_and(path->isolated, certain == TRI_NO ? TRI_NO : TRI_UNKNOWN);
}

/*
 * The devices of the link of the one at @at can be reached: for sure when @redirects is TRI_NO,
 * perhaps when it is TRI_UNKNOWN.
 */
static int isolation_reach(
	struct isolation *isolation, size_t at, enum tri redirects, struct isolation_path *path)
{
	struct isolation_link *link = &isolation->links[isolation->link_of[at]];
	int r = isolation_gather(isolation, link);

	if (r < 0)
		return r;
	path->complete = path->complete && link->complete;
	return isolation_merge(
		isolation, redirects == TRI_NO ? &path->peers : &path->doubtful, &link->windows);
}

/* Whoever of another group is on the link of the one at @at is reached: as sure as @certain. */
static void isolation_meet(struct isolation *isolation, const struct facts_device *device,
	size_t at, enum tri certain, struct isolation_path *path)
{
	const struct isolation_link *link = &isolation->links[isolation->link_of[at]];

	for (size_t i = link->begin; i < link->end; i++)
		if (isolation_outside(device, &isolation->devices[isolation->order[i].device]))
			isolation_worsen(path, certain);
	if (isolation->lost)
		isolation_worsen(path, TRI_UNKNOWN);
}

static int isolation_slot_mate(struct isolation *isolation, const struct facts_device *other,
	enum tri redirects, struct isolation_path *path)
{
	struct region *regions =
		arena_array(isolation->arena, isolation_count_regions(other), sizeof(*regions));
	struct region_set set;
	int r;

	if (!regions)
		return -ENOMEM;
	r = region_set_from(isolation->arena, regions,
		isolation_list_regions(other, regions, &path->complete), &set);
	return r < 0 ? r
		     : isolation_merge(isolation,
			       redirects == TRI_NO ? &path->peers : &path->doubtful, &set);
}

/* The other functions of a multifunction device talk to each other inside it. */
static int isolation_slot(struct isolation *isolation, size_t index, struct isolation_path *path)
{
	const struct facts_device *device = &isolation->devices[index], *other;
	const struct isolation_link *link = &isolation->links[isolation->link_of[index]];
	unsigned missing;
	enum tri own = isolation_acs_enabled(device, ISOLATION_ACS_REQUIRED, &missing), theirs;
	int r;

	if (isolation_multifunction(device) == TRI_NO || own == TRI_YES)
		return 0;
	if (isolation->lost) {
		isolation_worsen(path, TRI_UNKNOWN);
		path->complete = false;
	}
	for (size_t i = link->begin; i < link->end; i++) {
		other = &isolation->devices[isolation->order[i].device];
		theirs = isolation_acs_enabled(other, ISOLATION_ACS_REQUIRED, &missing);
		if (other == device || !isolation_same_slot(device, other) || theirs == TRI_YES)
			continue;
		theirs = own == TRI_NO && theirs == TRI_NO ? TRI_NO : TRI_UNKNOWN;
		if (isolation_outside(device, other))
			isolation_worsen(path, theirs);
		r = isolation_slot_mate(isolation, other, theirs, path);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A conventional bus is shared: whoever is addressed answers, whatever any port is set to. */
static enum tri isolation_bus_is_switched(const struct facts_device *bridge)
{
	if (fact_is_null(bridge->port_type.fact) ||
		fact_text_is(bridge->port_type, "pcie-to-pci-bridge"))
		return TRI_NO;
	return fact_is_value(bridge->port_type.fact) ? TRI_YES : TRI_UNKNOWN;
}

static int isolation_bus(struct isolation *isolation, size_t index, struct isolation_path *path)
{
	const struct facts_device *device = &isolation->devices[index];
	ptrdiff_t parent = isolation->parents[index];
	enum tri switched;

	if (parent < 0)
		return 0;
	switched = isolation_bus_is_switched(&isolation->devices[parent]);
	if (switched == TRI_YES)
		return 0;
	isolation_meet(isolation, device, index, switched, path);
	return isolation_reach(isolation, index, switched, path);
}

/* One bridge on the way up: what it does not redirect can be taken by its own link. */
static int isolation_port(struct isolation *isolation, const struct facts_device *device, size_t at,
	struct isolation_path *path)
{
	const struct facts_device *port = &isolation->devices[at];
	unsigned missing, unused;
	enum tri enabled = isolation_acs_enabled(port, ISOLATION_ACS_REQUIRED, &missing);
	enum tri redirects = isolation_acs_enabled(port, ISOLATION_ACS_RR, &unused);

	if (enabled == TRI_YES)
		return 0;
	if (!path->hole) {
		path->hole = port;
		path->hole_certain = enabled == TRI_NO ? TRI_YES : TRI_UNKNOWN;
		path->missing = missing;
	}
	isolation_meet(isolation, device, at, enabled, path);
	return redirects == TRI_YES ? 0 : isolation_reach(isolation, at, redirects, path);
}

static int isolation_climb(struct isolation *isolation, size_t index, struct isolation_path *path)
{
	ptrdiff_t at = isolation->parents[index];

	for (unsigned depth = 0; at >= 0; depth++, at = isolation->parents[at]) {
		int r;

		if (depth == ISOLATION_DEPTH_MAX) {
			at = ISOLATION_LOST; /* only a document that lies has such a tree */
			break;
		}
		r = isolation_port(isolation, &isolation->devices[index], (size_t)at, path);
		if (r < 0)
			return r;
	}
	if (at == ISOLATION_LOST) {
		path->isolated = tri_and(path->isolated, TRI_UNKNOWN);
		path->complete = false;
	}
	return 0;
}

int isolation_compute(struct isolation *isolation, size_t index, struct isolation_path *ret)
{
	struct isolation_path path = { .isolated = TRI_YES, .complete = true };
	int r;

	if (isolation_is_pci(&isolation->devices[index])) {
		r = isolation_slot(isolation, index, &path);
		if (r == 0)
			r = isolation_bus(isolation, index, &path);
		if (r == 0)
			r = isolation_climb(isolation, index, &path);
		if (r < 0)
			return r;
	} else if (fact_is_ignorance(isolation->devices[index].bus.fact)) {
		path = (struct isolation_path){ .isolated = TRI_UNKNOWN };
	}
	*ret = path;
	return 0;
}
