/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/project_shape.h"

#include "core/judge/aperture.h"
#include "core/judge/kernel_gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Software MSI window of the Arm drivers (MSI_IOVA_BASE, MSI_IOVA_LENGTH in drivers/iommu). */
#define PROJECT_SHAPE_SW_MSI	 ((struct region){ 0x8000000, 0x80fffff })
#define PROJECT_SHAPE_MSIX_ENTRY 16U   /* bytes, PCI 3.0 section 6.8.2 */
#define PROJECT_SHAPE_BLOCK	 4096U /* PCI 3.0: registers keep 4 KiB away from the table */

static struct region project_shape_region(const struct class_region *region)
{
	return (struct region){ region->first.value, region->last.value };
}

static bool project_shape_touch(struct region a, struct region b)
{
	return region_overlaps(a, b) || (a.last != UINT64_MAX && a.last + 1 == b.first);
}

static int project_shape_compare_regions(const void *a, const void *b)
{
	struct region x = project_shape_region(a), y = project_shape_region(b);
	int order = region_compare(&x, &y);

	return order ? order
		     : strcmp(((const struct class_region *)a)->type.value,
			       ((const struct class_region *)b)->type.value);
}

static struct class_region *project_shape_last_of(
	struct class_region *regions, size_t n, const char *type)
{
	while (n-- > 0)
		if (strcmp(regions[n].type.value, type) == 0)
			return &regions[n];
	return NULL;
}

/*
 * Lines of one word that overlap or touch become one: kernels differ in when they merge. A line
 * that is not known whole makes the list unknown.
 */
static int project_shape_regions(
	const struct facts_group *group, struct arena *arena, struct fact_list *ret)
{
	const struct facts_region *lines = group->reserved.items;
	size_t n_lines = facts_count(group->reserved), n = 0;
	struct class_region *regions, *last;

	*ret = (struct fact_list){ .fact = group->reserved.fact };
	if (!fact_is_value(group->reserved.fact))
		return 0;
	regions = arena_array(arena, n_lines, sizeof(*regions));
	if (!regions)
		return -ENOMEM;
	for (size_t i = 0; i < n_lines; i++) {
		struct class_region line = { lines[i].first, lines[i].last, lines[i].type };

		if (!fact_is_value(line.first.fact) || !fact_is_value(line.last.fact) ||
			!fact_is_value(line.type.fact)) {
			ret->fact = FACT_IGNORANT(FACT_MALFORMED);
			return 0;
		}
		last = project_shape_last_of(regions, n, line.type.value);
		if (!last || !project_shape_touch(
				     project_shape_region(last), project_shape_region(&line)))
			regions[n++] = line;
		else if (line.last.value > last->last.value)
			last->last = line.last;
	}
	if (n)
		qsort(regions, n, sizeof(*regions), project_shape_compare_regions);
	ret->n = n;
	ret->items = regions;
	return 0;
}

static bool project_shape_known_word(const char *type)
{
	return strcmp(type, "direct-relaxable") == 0 || strcmp(type, "reserved") == 0 ||
	       strcmp(type, "msi") == 0;
}

/* Whether the kernel refuses a group with a direct region, on a unit of the kind of @unit. */
static enum tri project_shape_gate(const struct facts *facts, const struct facts_iommu *unit)
{
	const struct facts_kernel *kernel = &facts->host.kernel;
	enum kernel_gate_answer any = kernel_gate_evaluate(kernel, KERNEL_GATE_DIRECT_REFUSED);
	enum kernel_gate_answer vtd = kernel_gate_evaluate(kernel, KERNEL_GATE_VTD_DIRECT_REFUSED);
	bool kind_known = unit && fact_is_value(unit->kind.fact);
	bool is_vtd = kind_known && fact_text_is(unit->kind, "intel-vtd");

	if (any == KERNEL_GATE_ON || (is_vtd && vtd == KERNEL_GATE_ON))
		return TRI_YES;
	if (any == KERNEL_GATE_UNKNOWN || !kind_known)
		return TRI_UNKNOWN;
	return is_vtd && vtd == KERNEL_GATE_UNKNOWN ? TRI_UNKNOWN : TRI_NO;
}

static struct fact_number project_shape_direct(
	const struct facts *facts, const struct facts_iommu *unit, const struct fact_list *regions)
{
	const struct class_region *region = regions->items;
	enum tri direct = TRI_NO;

	if (!fact_is_value(regions->fact))
		return (struct fact_number){ .fact = regions->fact };
	for (size_t i = 0; i < regions->n; i++) {
		if (strcmp(region[i].type.value, "direct") == 0)
			return tri_number(project_shape_gate(facts, unit));
		if (!project_shape_known_word(region[i].type.value))
			direct = TRI_UNKNOWN;
	}
	return tri_number(direct);
}

/*
 * Linux iommufd: a device with a hardware and a software MSI window is refused. The kernel lists
 * the two apart even where they touch, so its own lines are looked at and not the merged ones.
 */
static struct fact_number project_shape_msi(
	const struct facts_group *group, const struct fact_list *regions)
{
	const struct facts_region *lines = group->reserved.items;
	size_t n = 0;
	bool software = false;

	if (!fact_is_value(regions->fact))
		return (struct fact_number){ .fact = regions->fact };
	for (size_t i = 0; i < group->reserved.n; i++) {
		struct region range = { lines[i].first.value, lines[i].last.value };

		if (strcmp(lines[i].type.value, "msi") != 0)
			continue;
		n++;
		if (region_compare(&range, &PROJECT_SHAPE_SW_MSI) == 0)
			software = true;
	}
	return fact_number(software && n > 1);
}

/* The unit of the device of that name; two units in one group are both obeyed. */
static struct aperture project_shape_aperture(const struct facts *facts,
	const struct facts_group *group, const struct assume *assume,
	const struct facts_iommu **ret_unit)
{
	const struct facts_iommu *unit = NULL, *first = NULL;
	struct aperture met = { 0 };
	size_t n = fact_is_value(group->devices.fact) ? group->devices.n : 0;

	for (size_t i = 0; i < n; i++) {
		const struct facts_device *device =
			facts_find_device(facts, group->devices.items[i]);

		unit = device && fact_is_value(device->iommu.fact)
			       ? facts_find_iommu(facts, device->iommu.value)
			       : NULL;
		if (i > 0 && unit == first)
			continue;
		if (i == 0) {
			first = unit;
			met = aperture_compute(facts, unit, assume);
		} else {
			met = aperture_meet(met, aperture_compute(facts, unit, assume));
		}
	}
	*ret_unit = first;
	return n ? met : aperture_compute(facts, NULL, assume);
}

/* What the unit of the group can share with a guest. Of two units, nobody says what both can. */
static void project_shape_tables(const struct facts *facts, const struct facts_group *group,
	const struct facts_iommu *unit, struct class_shape *shape)
{
	size_t n = fact_is_value(group->devices.fact) ? group->devices.n : 0;
	bool one = unit != NULL;

	for (size_t i = 0; one && i < n; i++) {
		const struct facts_device *device =
			facts_find_device(facts, group->devices.items[i]);

		one = device && fact_text_is(device->iommu, unit->name.value);
	}
	shape->formats.fact = FACT_IGNORANT(FACT_NOT_EXPOSED);
	shape->pasid_bits = fact_number_unknown(FACT_NOT_EXPOSED);
	if (!one)
		return;
	shape->formats = unit->formats;
	shape->pasid_bits = unit->pasid_bits;
}

int project_shape_group(const struct facts *facts, const struct facts_group *group,
	const struct assume *assume, struct arena *arena, struct class_shape *ret)
{
	const struct facts_iommu *unit;
	struct aperture aperture = project_shape_aperture(facts, group, assume, &unit);
	struct class_shape shape = {
		.aperture = aperture.floor_known ? fact_number(aperture.floor_last)
						 : fact_number_unknown(FACT_NOT_EXPOSED),
		.aperture_at_most = fact_number(aperture.ceiling_last),
		.min_page = aperture_min_page(unit),
	};
	int r = project_shape_regions(group, arena, &shape.regions);

	if (r < 0)
		return r;
	if (!aperture.floor_known && aperture.why == FACT_NOT_COLLECTED)
		shape.aperture = (struct fact_number){ 0 };
	else if (!aperture.floor_known)
		shape.aperture = fact_number_unknown(aperture.why);
	if (aperture.known_by)
		shape.aperture_known_by = fact_text(aperture.known_by);
	else if (aperture.why != FACT_NOT_COLLECTED)
		shape.aperture_known_by = fact_text_unknown(aperture.why);
	project_shape_tables(facts, group, unit, &shape);
	shape.direct_refused = project_shape_direct(facts, unit, &shape.regions);
	shape.msi_conflict = project_shape_msi(group, &shape.regions);
	*ret = shape;
	return 0;
}

enum tri project_shape_is_bridge(const struct facts_device *device)
{
	if (fact_is_null(device->header_type.fact))
		return TRI_NO; /* not PCI */
	if (!fact_is_value(device->header_type.fact))
		return TRI_UNKNOWN;
	return device->header_type.value == 1 ? TRI_YES : TRI_NO;
}

/* What of the host page(s) around @part (bytes in the BAR) is neither the table's nor the PBA's. */
static bool project_shape_page_has_more(
	struct region table, struct region pba, uint64_t bar_bytes, uint64_t page)
{
	struct region pages = { table.first / page * page, table.last / page * page + page - 1 };

	for (uint64_t at = pages.first; at <= pages.last && at < bar_bytes;
		at += PROJECT_SHAPE_BLOCK) {
		struct region block = { at, at + PROJECT_SHAPE_BLOCK - 1 };

		if (!region_overlaps(block, table) && !region_overlaps(block, pba))
			return true;
	}
	return false;
}

/*
 * QEMU leaves the host pages of an MSI-X table out of what it maps, with all that is in them (QEMU
 * hw/vfio/pci.c vfio_pci_fixup_msix_region). With pages of 4 KiB nothing else can be in them.
 */
static struct fact_number project_shape_msix(
	const struct facts_device *device, struct fact_number page)
{
	const struct facts_msix *msix = &device->msix;
	const struct facts_bar *bars = device->bars.items;
	struct region table, pba = { UINT64_MAX, UINT64_MAX };

	if (fact_is_null(msix->fact))
		return fact_number(0);
	if (!fact_is_value(page.fact))
		return (struct fact_number){ .fact = page.fact };
	if (page.value <= PROJECT_SHAPE_BLOCK)
		return fact_number(0);
	if (!fact_is_value(msix->fact) || !fact_is_value(msix->vectors.fact) ||
		!fact_is_value(msix->table_bar.fact) || !fact_is_value(msix->table_offset.fact))
		return fact_number_unknown(FACT_NOT_READABLE);
	if (msix->table_offset.value > UINT32_MAX || !msix->vectors.value ||
		msix->vectors.value > 2048)
		return fact_number_unknown(FACT_MALFORMED);
	table.first = msix->table_offset.value;
	table.last = table.first + msix->vectors.value * PROJECT_SHAPE_MSIX_ENTRY - 1;
	if (fact_is_value(msix->pba_offset.fact) && fact_is_value(msix->pba_bar.fact) &&
		msix->pba_bar.value == msix->table_bar.value)
		pba = (struct region){ msix->pba_offset.value,
			msix->pba_offset.value + (msix->vectors.value + 7) / 8 - 1 };
	for (size_t i = 0; i < facts_count(device->bars); i++)
		if (bars[i].index.value == msix->table_bar.value &&
			fact_is_value(bars[i].first.fact) && fact_is_value(bars[i].last.fact))
			return fact_number(project_shape_page_has_more(table, pba,
				bars[i].last.value - bars[i].first.value + 1, page.value));
	return fact_number_unknown(FACT_NOT_EXPOSED);
}

static int project_shape_windows(
	const struct region_set *set, struct arena *arena, struct fact_list *ret)
{
	struct class_window *windows = arena_array(arena, set->n, sizeof(*windows));

	if (!windows)
		return -ENOMEM;
	for (size_t i = 0; i < set->n; i++)
		windows[i] = (struct class_window){ fact_number(set->items[i].first),
			fact_number(set->items[i].last) };
	*ret = (struct fact_list){ .fact = FACT_KNOWN, .n = set->n, .items = windows };
	return 0;
}

int project_shape_inbound(
	const struct facts *facts, const char *root_bus, struct arena *arena, struct fact_list *ret)
{
	const struct facts_bridge_window *windows = facts->windows.items;
	size_t n = 0, n_all = facts_count(facts->windows);
	struct region *regions;
	struct region_set set;
	int r;

	*ret = (struct fact_list){ .fact = FACT_ABSENT };
	if (fact_text_is(facts->host.arch, "x86_64") || !root_bus)
		return 0;
	if (fact_is_ignorance(facts->windows.fact)) {
		ret->fact = facts->windows.fact;
		return 0;
	}
	regions = arena_array(arena, n_all, sizeof(*regions));
	if (!regions)
		return -ENOMEM;
	for (size_t i = 0; i < n_all; i++) {
		if ((fact_is_value(windows[i].direction.fact) &&
			    !fact_text_is(windows[i].direction, "inbound")) ||
			(fact_is_value(windows[i].bus.fact) &&
				!fact_text_is(windows[i].bus, root_bus)))
			continue;
		if (!fact_is_value(windows[i].direction.fact) ||
			!fact_is_value(windows[i].bus.fact) ||
			!fact_is_value(windows[i].first.fact) ||
			!fact_is_value(windows[i].last.fact)) {
			ret->fact = FACT_IGNORANT(FACT_MALFORMED);
			return 0;
		}
		regions[n++] = (struct region){ windows[i].first.value, windows[i].last.value };
	}
	if (!n)
		return 0;
	r = region_set_from(arena, regions, n, &set);
	return r < 0 ? r : project_shape_windows(&set, arena, ret);
}

static struct fact_number project_shape_resettable(const struct fact_texts *methods)
{
	if (fact_is_ignorance(methods->fact))
		return (struct fact_number){ .fact = methods->fact };
	return fact_number(fact_is_value(methods->fact) && methods->n > 0);
}

/* "downstream-port: no ACS", "root-port: RR CR missing". */
static int project_shape_hole(
	const struct isolation_path *path, struct arena *arena, struct fact_text *ret)
{
	static const struct {
		unsigned bit;
		const char *name;
	} bits[] = {
		{ ISOLATION_ACS_SV, " SV" },
		{ ISOLATION_ACS_RR, " RR" },
		{ ISOLATION_ACS_CR, " CR" },
		{ ISOLATION_ACS_UF, " UF" },
	};
	const char *names[] = { "", "", "", "" }, *type;

	*ret = fact_text_null();
	if (!path->hole)
		return 0;
	if (path->hole_certain != TRI_YES) {
		*ret = fact_text_unknown(FACT_NOT_READABLE);
		return 0;
	}
	type = fact_is_value(path->hole->port_type.fact) ? path->hole->port_type.value
							 : "conventional bridge";
	for (size_t i = 0; i < 4; i++)
		if (path->missing & bits[i].bit)
			names[i] = bits[i].name;
	ret->value = path->missing ? arena_printf(arena, "%s:%s%s%s%s missing", type, names[0],
					     names[1], names[2], names[3])
				   : arena_printf(arena, "%s: no ACS", type);
	ret->fact = FACT_KNOWN;
	return ret->value ? 0 : -ENOMEM;
}

static void project_shape_identity(const struct facts_device *device, struct class_member *member)
{
	*member = (struct class_member){
		.bus = device->bus,
		.vendor = device->vendor,
		.device = device->device,
		.subsystem_vendor = device->subsystem_vendor,
		.subsystem_device = device->subsystem_device,
		.class_code = device->class_code,
		.no_group = fact_is_ignorance(device->group.fact)
				    ? (struct fact_number){ .fact = device->group.fact }
				    : fact_number(fact_is_null(device->group.fact)),
		.bridge = tri_number(project_shape_is_bridge(device)),
		.vf_device = { .fact = device->sriov.fact },
	};
	if (fact_is_value(device->sriov.fact))
		member->vf_device = device->sriov.vf_device;
}

int project_shape_member(const struct facts *facts, size_t index, const struct isolation_path *path,
	struct arena *arena, struct class_member *ret)
{
	const struct facts_device *device =
		(const struct facts_device *)facts->devices.items + index;
	struct class_member member;
	int r;

	project_shape_identity(device, &member);
	if (!fact_is_yes(member.bridge)) {
		member.resettable = project_shape_resettable(&device->reset_methods);
		member.msix_page_shared = project_shape_msix(device, facts->host.page_size);
		member.path_isolated = tri_number(path->isolated);
		member.hole_in_group =
			fact_number(path->hole && fact_is_value(path->hole->group.fact) &&
				    fact_is_value(device->group.fact) &&
				    path->hole->group.value == device->group.value);
		member.peers_complete = fact_number(path->complete);
		r = project_shape_hole(path, arena, &member.path_hole);
		if (r == 0)
			r = project_shape_windows(&path->peers, arena, &member.peers);
		if (r == 0)
			r = project_shape_windows(&path->doubtful, arena, &member.peers_doubtful);
		if (r < 0)
			return r;
	}
	*ret = member;
	return 0;
}
