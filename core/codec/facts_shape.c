/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/facts_shape.h"
#include "core/model/facts.h"

#define FACTS_SHAPE_BITS 64U /* no address and no width has more */

static const struct shape_field facts_shape_kernel_fields[] = {
	SHAPE_STRING(facts_kernel, release),
	SHAPE_STRING(facts_kernel, version),
	SHAPE_STRING(facts_kernel, flavour),
};
static const struct shape facts_shape_kernel =
	SHAPE_OF(facts_kernel, "kernel", facts_shape_kernel_fields);

static const struct shape_field facts_shape_host_fields[] = {
	SHAPE_STRING(facts_host, arch),
	SHAPE_INNER(facts_host, kernel, facts_shape_kernel),
	SHAPE_STRING(facts_host, boot_id),
	SHAPE_NUMBER(facts_host, page_size, SHAPE_INTEGER),
	SHAPE_STRING(facts_host, cpu_vendor),
	SHAPE_NUMBER(facts_host, cpu_bits, SHAPE_INTEGER, .limit = FACTS_SHAPE_BITS),
	SHAPE_NUMBER(facts_host, va_bits, SHAPE_INTEGER, .limit = FACTS_SHAPE_BITS),
	SHAPE_NAMED_NUMBER(facts_host, is_virtual, "virtual", SHAPE_BOOLEAN),
	SHAPE_STRINGS(facts_host, words, LIMIT_WORDS),
};
static const struct shape facts_shape_host = SHAPE_OF(facts_host, "host", facts_shape_host_fields);

static const char *const facts_shape_kinds[] = {
	"intel-vtd",
	"amd-vi",
	"arm-smmu-v3",
	"arm-smmu",
	"virtio-iommu",
	"other",
	NULL,
};
static const char *const facts_shape_formats[] = { "vtd-s1", "smmuv3", "amd-v2", NULL };

static const struct shape_field facts_shape_iommu_fields[] = {
	SHAPE_STRING(facts_iommu, name, .flags = SHAPE_KEY),
	SHAPE_ONE_OF(facts_iommu, kind, facts_shape_kinds),
	SHAPE_STRING(facts_iommu, version),
	SHAPE_NUMBER(facts_iommu, cap, SHAPE_HEX),
	SHAPE_NUMBER(facts_iommu, ecap, SHAPE_HEX),
	SHAPE_NUMBER(facts_iommu, efr, SHAPE_HEX),
	SHAPE_NUMBER(facts_iommu, efr2, SHAPE_HEX),
	SHAPE_NUMBER(facts_iommu, ivrs_efr, SHAPE_HEX),
	SHAPE_NUMBER(facts_iommu, smmu_features, SHAPE_HEX),
	SHAPE_NUMBER(facts_iommu, smmu_ias, SHAPE_INTEGER, .limit = FACTS_SHAPE_BITS),
	SHAPE_NUMBER(facts_iommu, input_bits, SHAPE_INTEGER, .limit = FACTS_SHAPE_BITS),
	SHAPE_NUMBER(facts_iommu, page_sizes, SHAPE_HEX),
	SHAPE_NUMBER(facts_iommu, first_stage, SHAPE_BOOLEAN),
	SHAPE_NUMBER(facts_iommu, second_stage, SHAPE_BOOLEAN),
	SHAPE_NUMBER(facts_iommu, scalable_mode, SHAPE_BOOLEAN),
	SHAPE_NUMBER(facts_iommu, caching_mode, SHAPE_BOOLEAN),
	SHAPE_NUMBER(facts_iommu, nesting, SHAPE_BOOLEAN),
	SHAPE_NUMBER(facts_iommu, pasid_bits, SHAPE_INTEGER, .limit = FACTS_SHAPE_BITS),
	SHAPE_NUMBER(facts_iommu, page_requests, SHAPE_BOOLEAN),
	SHAPE_NUMBER(facts_iommu, ats, SHAPE_BOOLEAN),
	SHAPE_NUMBER(facts_iommu, interrupt_remapping, SHAPE_BOOLEAN),
	SHAPE_STRINGS(facts_iommu, formats, LIMIT_WORDS, .words = facts_shape_formats),
};
static const struct shape facts_shape_iommu =
	SHAPE_OF(facts_iommu, "iommu", facts_shape_iommu_fields);

static const struct shape_field facts_shape_type1_fields[] = {
	SHAPE_NUMBER(facts_type1, allow_unsafe_interrupts, SHAPE_BOOLEAN),
	SHAPE_NUMBER(facts_type1, dma_entry_limit, SHAPE_INTEGER),
};
static const struct shape facts_shape_type1 =
	SHAPE_OF(facts_type1, "type1", facts_shape_type1_fields);

static const struct shape_field facts_shape_iommufd_fields[] = {
	SHAPE_NUMBER(facts_iommufd, allow_unsafe_interrupts, SHAPE_BOOLEAN),
};
static const struct shape facts_shape_iommufd =
	SHAPE_OF(facts_iommufd, "iommufd", facts_shape_iommufd_fields);

static const char *const facts_shape_known_by[] = { "proc-interrupts", "device-tree", "kernel-log",
	NULL };
static const struct shape_field facts_shape_interrupts_fields[] = {
	SHAPE_NUMBER(facts_interrupts, isolated, SHAPE_BOOLEAN),
	SHAPE_ONE_OF(facts_interrupts, known_by, facts_shape_known_by),
};
static const struct shape facts_shape_interrupts =
	SHAPE_OF(facts_interrupts, "interrupts", facts_shape_interrupts_fields);

static const char *const facts_shape_invalidations[] = { "strict", "lazy", NULL };
static const struct shape_field facts_shape_vfio_fields[] = {
	SHAPE_INNER(facts_vfio, type1, facts_shape_type1),
	SHAPE_INNER(facts_vfio, iommufd, facts_shape_iommufd),
	SHAPE_INNER(facts_vfio, interrupts, facts_shape_interrupts),
	SHAPE_ONE_OF(facts_vfio, invalidation, facts_shape_invalidations),
};
static const struct shape facts_shape_vfio = SHAPE_OF(facts_vfio, "vfio", facts_shape_vfio_fields);

static const struct shape_field facts_shape_kvm_fields[] = {
	SHAPE_NUMBER(facts_kvm, present, SHAPE_BOOLEAN),
	SHAPE_NUMBER(facts_kvm, ipa_bits, SHAPE_INTEGER, .limit = FACTS_SHAPE_BITS),
	SHAPE_NUMBER(facts_kvm, cacheable_device_memory, SHAPE_BOOLEAN),
};
static const struct shape facts_shape_kvm = SHAPE_OF(facts_kvm, "kvm", facts_shape_kvm_fields);

/* The type is a text: the rules have an answer for a word that no kernel that we know writes. */
static const struct shape_field facts_shape_region_fields[] = {
	SHAPE_NUMBER(facts_region, first, SHAPE_HEX, .flags = SHAPE_FIRST),
	SHAPE_NUMBER(facts_region, last, SHAPE_HEX),
	SHAPE_STRING(facts_region, type),
};
static const struct shape facts_shape_region =
	SHAPE_OF(facts_region, "region", facts_shape_region_fields);

static const struct shape_field facts_shape_group_fields[] = {
	SHAPE_NUMBER(facts_group, id, SHAPE_INTEGER, .flags = SHAPE_KEY, .limit = UINT32_MAX),
	SHAPE_STRING(facts_group, type),
	SHAPE_ITEMS(facts_group, reserved, facts_shape_region, LIMIT_GROUP_REGIONS),
	SHAPE_STRINGS(facts_group, devices, LIMIT_GROUP_DEVICES),
};
static const struct shape facts_shape_group =
	SHAPE_OF(facts_group, "group", facts_shape_group_fields);

static const struct shape_field facts_shape_acs_fields[] = {
	SHAPE_NUMBER(facts_acs, capability, SHAPE_HEX, .limit = UINT16_MAX),
	SHAPE_NUMBER(facts_acs, control, SHAPE_HEX, .limit = UINT16_MAX),
};
static const struct shape facts_shape_acs = SHAPE_OF(facts_acs, "acs", facts_shape_acs_fields);

static const struct shape_field facts_shape_ats_fields[] = {
	SHAPE_NUMBER(facts_ats, enabled, SHAPE_BOOLEAN),
};
static const struct shape facts_shape_ats = SHAPE_OF(facts_ats, "ats", facts_shape_ats_fields);

static const struct shape_field facts_shape_pri_fields[] = {
	SHAPE_NUMBER(facts_pri, enabled, SHAPE_BOOLEAN),
};
static const struct shape facts_shape_pri = SHAPE_OF(facts_pri, "pri", facts_shape_pri_fields);

static const struct shape_field facts_shape_pasid_fields[] = {
	SHAPE_NUMBER(facts_pasid, bits, SHAPE_INTEGER, .limit = FACTS_SHAPE_BITS),
	SHAPE_NUMBER(facts_pasid, enabled, SHAPE_BOOLEAN),
};
static const struct shape facts_shape_pasid =
	SHAPE_OF(facts_pasid, "pasid", facts_shape_pasid_fields);

static const struct shape_field facts_shape_sriov_fields[] = {
	SHAPE_NUMBER(facts_sriov, total_vfs, SHAPE_INTEGER, .limit = UINT16_MAX),
	SHAPE_NUMBER(facts_sriov, num_vfs, SHAPE_INTEGER, .limit = UINT16_MAX),
	SHAPE_NUMBER(facts_sriov, vf_device, SHAPE_HEX, .limit = UINT16_MAX),
};
static const struct shape facts_shape_sriov =
	SHAPE_OF(facts_sriov, "sriov", facts_shape_sriov_fields);

static const struct shape_field facts_shape_msix_fields[] = {
	SHAPE_NUMBER(facts_msix, vectors, SHAPE_INTEGER, .limit = UINT16_MAX),
	SHAPE_NUMBER(facts_msix, table_bar, SHAPE_INTEGER, .limit = UINT8_MAX),
	SHAPE_NUMBER(facts_msix, table_offset, SHAPE_HEX, .limit = UINT32_MAX),
	SHAPE_NUMBER(facts_msix, pba_bar, SHAPE_INTEGER, .limit = UINT8_MAX),
	SHAPE_NUMBER(facts_msix, pba_offset, SHAPE_HEX, .limit = UINT32_MAX),
};
static const struct shape facts_shape_msix = SHAPE_OF(facts_msix, "msix", facts_shape_msix_fields);

static const struct shape_field facts_shape_bar_fields[] = {
	SHAPE_NUMBER(facts_bar, index, SHAPE_INTEGER, .flags = SHAPE_KEY, .limit = UINT8_MAX),
	SHAPE_NUMBER(facts_bar, first, SHAPE_HEX, .flags = SHAPE_FIRST),
	SHAPE_NUMBER(facts_bar, last, SHAPE_HEX),
	SHAPE_NUMBER(facts_bar, flags, SHAPE_HEX),
};
static const struct shape facts_shape_bar = SHAPE_OF(facts_bar, "bar", facts_shape_bar_fields);

static const struct shape_field facts_shape_window_fields[] = {
	SHAPE_NUMBER(facts_window, first, SHAPE_HEX, .flags = SHAPE_FIRST),
	SHAPE_NUMBER(facts_window, last, SHAPE_HEX),
};
static const struct shape facts_shape_window =
	SHAPE_OF(facts_window, "window", facts_shape_window_fields);

static const char *const facts_shape_buses[] = { "pci", "platform", "other", NULL };
static const char *const facts_shape_port_types[] = {
	"endpoint",
	"legacy-endpoint",
	"root-port",
	"upstream-port",
	"downstream-port",
	"pcie-to-pci-bridge",
	"pci-to-pcie-bridge",
	"integrated-endpoint",
	"event-collector",
	NULL,
};

static const struct shape_field facts_shape_device_fields[] = {
	SHAPE_STRING(facts_device, address, .flags = SHAPE_KEY),
	SHAPE_ONE_OF(facts_device, bus, facts_shape_buses),
	SHAPE_NUMBER(facts_device, vendor, SHAPE_HEX, .limit = UINT16_MAX),
	SHAPE_NUMBER(facts_device, device, SHAPE_HEX, .limit = UINT16_MAX),
	SHAPE_NUMBER(facts_device, subsystem_vendor, SHAPE_HEX, .limit = UINT16_MAX),
	SHAPE_NUMBER(facts_device, subsystem_device, SHAPE_HEX, .limit = UINT16_MAX),
	SHAPE_NAMED_NUMBER(facts_device, class_code, "class", SHAPE_HEX, .limit = 0xffffff),
	SHAPE_NUMBER(facts_device, revision, SHAPE_HEX, .limit = UINT8_MAX),
	SHAPE_STRING(facts_device, driver),
	SHAPE_NUMBER(facts_device, vfio_driver, SHAPE_BOOLEAN),
	SHAPE_NUMBER(facts_device, group, SHAPE_INTEGER, .limit = UINT32_MAX),
	SHAPE_STRING(facts_device, iommu),
	SHAPE_NUMBER(facts_device, numa_node, SHAPE_INTEGER, .limit = INT32_MAX),
	SHAPE_STRING(facts_device, parent),
	SHAPE_NUMBER(facts_device, header_type, SHAPE_INTEGER, .limit = INT8_MAX),
	SHAPE_NUMBER(facts_device, multifunction, SHAPE_BOOLEAN),
	SHAPE_ONE_OF(facts_device, port_type, facts_shape_port_types),
	SHAPE_INNER(facts_device, acs, facts_shape_acs),
	SHAPE_INNER(facts_device, ats, facts_shape_ats),
	SHAPE_INNER(facts_device, pri, facts_shape_pri),
	SHAPE_INNER(facts_device, pasid, facts_shape_pasid),
	SHAPE_INNER(facts_device, sriov, facts_shape_sriov),
	SHAPE_STRING(facts_device, physfn),
	SHAPE_NUMBER(facts_device, flr, SHAPE_BOOLEAN),
	SHAPE_STRINGS(facts_device, reset_methods, LIMIT_WORDS),
	SHAPE_INNER(facts_device, msix, facts_shape_msix),
	SHAPE_ITEMS(facts_device, bars, facts_shape_bar, LIMIT_WINDOWS),
	SHAPE_ITEMS(facts_device, windows, facts_shape_window, LIMIT_WINDOWS),
};
static const struct shape facts_shape_device =
	SHAPE_OF(facts_device, "device", facts_shape_device_fields);

static const char *const facts_shape_directions[] = { "outbound", "inbound", NULL };
static const struct shape_field facts_shape_bridge_window_fields[] = {
	SHAPE_STRING(facts_bridge_window, bus),
	SHAPE_ONE_OF(facts_bridge_window, direction, facts_shape_directions),
	SHAPE_NUMBER(facts_bridge_window, first, SHAPE_HEX, .flags = SHAPE_FIRST),
	SHAPE_NUMBER(facts_bridge_window, last, SHAPE_HEX),
};
static const struct shape facts_shape_bridge_window =
	SHAPE_OF(facts_bridge_window, "bridge-window", facts_shape_bridge_window_fields);

static const struct shape_field facts_shape_fields[] = {
	SHAPE_INNER(facts, host, facts_shape_host),
	SHAPE_ITEMS(facts, iommus, facts_shape_iommu, LIMIT_IOMMUS),
	SHAPE_INNER(facts, vfio, facts_shape_vfio),
	SHAPE_INNER(facts, kvm, facts_shape_kvm),
	SHAPE_ITEMS(facts, groups, facts_shape_group, LIMIT_GROUPS),
	SHAPE_ITEMS(facts, devices, facts_shape_device, LIMIT_DEVICES),
	SHAPE_ITEMS(facts, windows, facts_shape_bridge_window, LIMIT_WINDOWS),
};
const struct shape facts_shape = SHAPE_OF(facts, "facts document", facts_shape_fields);
