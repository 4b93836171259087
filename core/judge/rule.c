/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/rule.h"

#include <inttypes.h>

const struct rule rule_table[] = {
	{ FINDING_ARCH_DIFFERS, RULE_HOST, rule_host_arch },
	{ FINDING_NO_KVM, RULE_HOST, rule_host_kvm },
	{ FINDING_ADDRESS_BITS_TOO_FEW, RULE_HOST, rule_host_bits },
	{ FINDING_HOST_IS_VIRTUAL, RULE_HOST, rule_host_virtual },
	{ FINDING_PAGE_SIZE_DIFFERS, RULE_HOST, rule_host_page_size },
	{ FINDING_GUEST_CANNOT_START, RULE_HOST, rule_definition_starts },
	{ FINDING_MAP_UNKNOWN, RULE_HOST, rule_definition_known },
	{ FINDING_MAP_DIFFERS_THERE, RULE_HOST, rule_definition_same_there },
	{ FINDING_MACHINE_ASSUMED, RULE_HOST, rule_definition_assumed },
	{ FINDING_GUEST_OPAQUE, RULE_HOST, rule_host_opaque },
	{ FINDING_FACTS_NEWER, RULE_HOST, rule_host_newer },
	{ FINDING_FACTS_STALE, RULE_HOST, rule_host_stale },
	{ FINDING_ASSUMPTION_NOT_OBSERVED, RULE_HOST, rule_host_assumption },
	{ FINDING_HOTPLUG_MEMORY_UNKNOWN, RULE_HOST, rule_hotplug_unknown },
	{ FINDING_HOTPLUG_MEMORY_NO_ROOM, RULE_HOST, rule_hotplug_room },
	{ FINDING_DMA_MAPPINGS_EXHAUSTED, RULE_HOST, rule_hotplug_mappings },
	{ FINDING_NO_IOMMU, RULE_DEVICE, rule_device_no_group },
	{ FINDING_DEVICE_IS_BRIDGE, RULE_DEVICE, rule_device_bridge },
	{ FINDING_DEVICE_NOT_PCI, RULE_DEVICE, rule_device_not_pci },
	{ FINDING_DEVICE_NEEDS_IDENTITY_MAP, RULE_DEVICE, rule_device_identity_map },
	{ FINDING_MSI_KINDS_CONFLICT, RULE_DEVICE, rule_device_msi_kinds },
	{ FINDING_IOMMUFD_ABSENT, RULE_DEVICE, rule_device_iommufd },
	{ FINDING_INTERRUPTS_NOT_ISOLATED, RULE_DEVICE, rule_device_interrupts },
	{ FINDING_INTERRUPTS_UNSAFE_ALLOWED, RULE_DEVICE, rule_device_interrupts_unsafe },
	{ FINDING_GROUP_SHARED, RULE_DEVICE, rule_group_shared },
	{ FINDING_GROUP_NOT_VIABLE, RULE_DEVICE, rule_group_viable },
	{ FINDING_REGIONS_UNKNOWN, RULE_DEVICE, rule_memory_regions_unknown },
	{ FINDING_RAM_IN_RESERVED, RULE_DEVICE, rule_memory_reserved },
	{ FINDING_RAM_BEYOND_APERTURE, RULE_DEVICE, rule_memory_aperture },
	{ FINDING_APERTURE_UNKNOWN, RULE_DEVICE, rule_memory_aperture_unknown },
	{ FINDING_RAM_UNALIGNED, RULE_DEVICE, rule_memory_unaligned },
	{ FINDING_BAR_IN_RESERVED, RULE_DEVICE, rule_bar_placed },
	{ FINDING_BAR_WINDOW_UNUSABLE, RULE_DEVICE, rule_bar_window_usable },
	{ FINDING_PEER_WINDOW_OVERLAP, RULE_DEVICE, rule_bar_peers },
	{ FINDING_RAM_OUTSIDE_DMA_RANGES, RULE_DEVICE, rule_bar_inbound },
	{ FINDING_HOTPLUG_MEMORY_IN_RESERVED, RULE_DEVICE, rule_hotplug_reserved },
	{ FINDING_HOTPLUG_MEMORY_BEYOND_APERTURE, RULE_DEVICE, rule_hotplug_aperture },
	{ FINDING_VIOMMU_WIDER_THAN_HOST, RULE_DEVICE, rule_viommu_wider },
	{ FINDING_VIOMMU_CACHING_MODE_MISSING, RULE_DEVICE, rule_viommu_caching },
	{ FINDING_VIOMMU_REGIONS_DIFFER, RULE_DEVICE, rule_viommu_regions },
	{ FINDING_PAGE_TABLE_FORMAT_DIFFERS, RULE_DEVICE, rule_viommu_format_differs },
	{ FINDING_PASID_NARROWER, RULE_DEVICE, rule_viommu_pasid },
	{ FINDING_CONTEXT_TABLES_NEED_MEMORY, RULE_DEVICE, rule_viommu_context_tables },
	{ FINDING_DEVICE_IN_USE, RULE_DEVICE, rule_device_in_use },
	{ FINDING_ACS_OVERRIDE, RULE_DEVICE, rule_group_override },
	{ FINDING_ACS_MISSING, RULE_DEVICE, rule_group_acs_missing },
	{ FINDING_PEER_PATH_OPEN, RULE_DEVICE, rule_group_path_open },
	{ FINDING_DEVICE_NOT_RESETTABLE, RULE_DEVICE, rule_device_reset },
	{ FINDING_MSIX_PAGE_SHARED, RULE_DEVICE, rule_device_msix },
	{ FINDING_BAR_NOT_WRITE_COMBINING, RULE_DEVICE, rule_device_write_combining },
};
const size_t rule_table_n = sizeof(rule_table) / sizeof(rule_table[0]);

unsigned rule_questions(const struct rule_context *context, enum finding_code code)
{
	unsigned questions = finding_kind(code)->questions;

	if (context->member && questions & FINDING_HOTPLUG)
		questions |= FINDING_MIGRATE;
	return questions & context->asked;
}

struct finding *rule_report(const struct rule_context *context, enum finding_code code,
	enum finding_answer answer, struct fact reason)
{
	unsigned questions = rule_questions(context, code);
	struct finding *finding = report_add(context->report, code, answer, questions);

	finding->group = context->group;
	finding->device = context->device ? context->device->address.value : NULL;
	if (answer == FINDING_CANNOT_TELL && finding->severity == FINDING_BLOCKS)
		report_ignorance(context->report, questions, reason);
	return finding;
}

struct finding *rule_report_for(const struct rule_context *context, enum finding_code code,
	enum finding_answer answer, struct fact reason, unsigned questions)
{
	struct rule_context narrow = *context;

	narrow.asked &= questions;
	return rule_report(&narrow, code, answer, reason);
}

const char *rule_name(const struct rule_context *context)
{
	const char *name = NULL;

	if (context->device)
		return context->device->address.value;
	if (context->group >= 0)
		name = arena_printf(context->report->arena, "group %" PRId64, context->group);
	else if (context->member && fact_is_value(context->member->vendor.fact))
		name = arena_printf(context->report->arena, "%04" PRIx64 ":%04" PRIx64,
			context->member->vendor.value, context->member->device.value);
	return name ? name : "the device";
}
