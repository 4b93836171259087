/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/model/finding.h"

#include <assert.h>
#include <string.h>

#define FINDING_M    FINDING_MIGRATE
#define FINDING_H    FINDING_HOTPLUG
#define FINDING_MEM  FINDING_MEMORY_HOTPLUG
#define FINDING_MH   (FINDING_M | FINDING_H)
#define FINDING_HMEM (FINDING_H | FINDING_MEM)
#define FINDING_MMEM (FINDING_M | FINDING_MEM)
#define FINDING_ALL  FINDING_QUESTIONS

/* The word of a row is the name of its file in schema/findings, and its remedy is the one there. */
static const struct finding_kind finding_kinds[_FINDING_CODE_MAX] = {
	[FINDING_RAM_IN_RESERVED] = { "ram-in-reserved", FINDING_BLOCKS, FINDING_MH,
		"Start the guest with a memory map that leaves this range free (other machine "
		"type, max-ram-below-4g or less memory), or choose a host or device without it." },
	[FINDING_RAM_BEYOND_APERTURE] = { "ram-beyond-aperture", FINDING_BLOCKS, FINDING_MH,
		"Give the guest less memory or a smaller maxMemory (a large one moves RAM up on "
		"some "
		"machines), or choose a host whose IOMMU reaches further." },
	[FINDING_RAM_UNALIGNED] = { "ram-unaligned", FINDING_BLOCKS, FINDING_MH,
		"Use memory sizes that are a multiple of the larger page size, or a host whose "
		"kernel and IOMMU have smaller pages." },
	[FINDING_APERTURE_UNKNOWN] = { "aperture-unknown", FINDING_BLOCKS, FINDING_MH,
		"Collect again with the right to read the kernel log and the registers, or state "
		"the width with --assume iommu-bits=N if you know it." },
	[FINDING_REGIONS_UNKNOWN] = { "regions-unknown", FINDING_BLOCKS, FINDING_ALL,
		"Look at the group's reserved_regions file on the host: an empty one comes from a"
		" group without a real IOMMU; else collect again with the right to read it." },
	[FINDING_HOTPLUG_MEMORY_IN_RESERVED] = { "hotplug-memory-in-reserved", FINDING_BLOCKS,
		FINDING_MEM,
		"Unplug the device before adding the memory, add less, or start the guest with "
		"another maxMemory so that its hot-plug window lies elsewhere." },
	[FINDING_HOTPLUG_MEMORY_BEYOND_APERTURE] = { "hotplug-memory-beyond-aperture",
		FINDING_BLOCKS, FINDING_MEM,
		"Unplug the device before adding the memory, add less, or start the guest with a "
		"smaller maxMemory." },
	[FINDING_HOTPLUG_MEMORY_NO_ROOM] = { "hotplug-memory-no-room", FINDING_BLOCKS, FINDING_MEM,
		"Add less memory, or start the guest with a larger maxMemory." },
	[FINDING_HOTPLUG_MEMORY_UNKNOWN] = { "hotplug-memory-unknown", FINDING_BLOCKS, FINDING_MEM,
		"Describe the guest's hot-plug window as a range of kind hotplug, or state "
		"\"hotplug\":\"none\" if no memory can ever be added." },
	[FINDING_DMA_MAPPINGS_EXHAUSTED] = { "dma-mappings-exhausted", FINDING_BLOCKS, FINDING_HMEM,
		"Use a larger virtio-mem block size, or raise dma_entry_limit of vfio_iommu_type1"
		" on the host and restart the guest." },
	[FINDING_BAR_IN_RESERVED] = { "bar-in-reserved", FINDING_BLOCKS, FINDING_H,
		"Lower the guest's physical address bits so that firmware places the BAR lower, "
		"or remove the RAM-backed device (ivshmem, QXL) from the guest." },
	[FINDING_BAR_WINDOW_UNUSABLE] = { "bar-window-unusable", FINDING_DEGRADES, FINDING_H,
		"Lower the guest's physical address bits (libvirt: <maxphysaddr limit='39'/>) so "
		"that the window for 64-bit BARs lies below what the IOMMU reaches." },
	[FINDING_PEER_WINDOW_OVERLAP] = { "peer-window-overlap", FINDING_BLOCKS, FINDING_HMEM,
		"Choose a device behind a port that redirects peer traffic (ACS), or start the "
		"guest with a map that leaves this window free." },
	[FINDING_RAM_OUTSIDE_DMA_RANGES] = { "ram-outside-dma-ranges", FINDING_BLOCKS, FINDING_HMEM,
		"Choose a device behind another host bridge, or a guest map within the bridge's "
		"inbound window." },
	[FINDING_DEVICE_NEEDS_IDENTITY_MAP] = { "device-needs-identity-map", FINDING_BLOCKS,
		FINDING_MH,
		"Choose another device, or ask the vendor for firmware that does not demand a 1:1"
		" mapping (RMRR, IVMD, RMR) for this one." },
	[FINDING_IOMMUFD_ABSENT] = { "iommufd-absent", FINDING_BLOCKS, FINDING_H,
		"Load the iommufd module on the host and collect again, or attach the device "
		"through VFIO type1." },
	[FINDING_MSI_KINDS_CONFLICT] = { "msi-kinds-conflict", FINDING_BLOCKS, FINDING_H,
		"Attach the device through VFIO type1 instead of iommufd." },
	[FINDING_INTERRUPTS_NOT_ISOLATED] = { "interrupts-not-isolated", FINDING_BLOCKS, FINDING_H,
		"Turn interrupt remapping on in the firmware and on the kernel command line; if "
		"you trust the guest, allow_unsafe_interrupts=Y lets it pass." },
	[FINDING_INTERRUPTS_UNSAFE_ALLOWED] = { "interrupts-unsafe-allowed", FINDING_DEGRADES,
		FINDING_H,
		"Turn interrupt remapping on and take allow_unsafe_interrupts back, or assign "
		"devices to trusted guests only." },
	[FINDING_GROUP_SHARED] = { "group-shared", FINDING_BLOCKS, FINDING_H,
		"Attach every endpoint of the group to the same guest, move the card to a slot of"
		" its own, or bind the others to vfio-pci or pci-stub." },
	[FINDING_GROUP_NOT_VIABLE] = { "group-not-viable", FINDING_BLOCKS, FINDING_H,
		"Unbind the device that is named from its host driver, or bind it to vfio-pci or "
		"pci-stub; libvirt does so by itself for managed devices." },
	[FINDING_ACS_MISSING] = { "acs-missing", FINDING_INFORMS, FINDING_H,
		"Move the card below a port with these ACS bits, or look for a firmware setting "
		"that turns ACS on." },
	[FINDING_PEER_PATH_OPEN] = { "peer-path-open", FINDING_DEGRADES, FINDING_H,
		"Do not give devices below this port to guests that distrust each other, or turn "
		"ACS redirect on for it." },
	[FINDING_ACS_OVERRIDE] = { "acs-override", FINDING_BLOCKS, FINDING_H,
		"Remove pcie_acs_override from the kernel command line and use a slot that is "
		"truly isolated." },
	[FINDING_DEVICE_ABSENT] = { "device-absent", FINDING_BLOCKS, FINDING_ALL,
		"Choose a host that has such a device, or correct the address or identity." },
	[FINDING_DEVICE_CREATABLE] = { "device-creatable", FINDING_BLOCKS, FINDING_ALL,
		"Turn the virtual functions on (sriov_numvfs of the physical function), then ask "
		"again." },
	[FINDING_DEVICE_OF_ANOTHER_HOST] = { "device-of-another-host", FINDING_BLOCKS, FINDING_MMEM,
		"Name the host that the guest is defined on (--from), so that the same kind of "
		"device is looked for here, or describe the device by its identity." },
	[FINDING_DEVICE_IS_BRIDGE] = { "device-is-bridge", FINDING_BLOCKS, FINDING_H,
		"Name an endpoint below the bridge instead." },
	[FINDING_DEVICE_NOT_RESETTABLE] = { "device-not-resettable", FINDING_DEGRADES, FINDING_H,
		"Power-cycle the host between guests that use this device, or prefer a device "
		"with function-level reset." },
	[FINDING_DEVICE_NOT_PCI] = { "device-not-pci", FINDING_BLOCKS, FINDING_H,
		"Choose a PCI device: nothing contains the errors of a platform device." },
	[FINDING_NO_IOMMU] = { "no-iommu", FINDING_BLOCKS, FINDING_ALL,
		"Turn the IOMMU on in the firmware (VT-d, AMD-Vi, SMMU) and on the kernel command"
		" line (intel_iommu=on), then start the host again." },
	[FINDING_NO_KVM] = { "no-kvm", FINDING_BLOCKS, FINDING_M,
		"Load the KVM module and turn virtualization on in the firmware, or choose a host"
		" that has it." },
	[FINDING_ARCH_DIFFERS] = { "arch-differs", FINDING_BLOCKS, FINDING_ALL,
		"Choose a host of the guest's architecture." },
	[FINDING_HOST_IS_VIRTUAL] = { "host-is-virtual", FINDING_BLOCKS, FINDING_ALL,
		"Check the host below as well, then accept this one with --assume nested=trust." },
	[FINDING_PAGE_SIZE_DIFFERS] = { "page-size-differs", FINDING_DEGRADES, FINDING_MH,
		"Nothing needs to be done; a host kernel with the smaller page size maps devices "
		"and memory more finely." },
	[FINDING_MSIX_PAGE_SHARED] = { "msix-page-shared", FINDING_DEGRADES, FINDING_MH,
		"Use a host kernel with smaller pages, where the device's registers do not share "
		"a page with its MSI-X table." },
	[FINDING_BAR_NOT_WRITE_COMBINING] = { "bar-not-write-combining", FINDING_DEGRADES,
		FINDING_MH,
		"Upgrade the host to Linux 6.9 or newer, where arm64 guests may map device memory"
		" write-combining." },
	[FINDING_ADDRESS_BITS_TOO_FEW] = { "address-bits-too-few", FINDING_BLOCKS, FINDING_M,
		"Give the guest less memory, a smaller maxMemory or pci-hole64-size, or choose a "
		"host whose CPU has more physical address bits." },
	[FINDING_GUEST_CANNOT_START] = { "guest-cannot-start", FINDING_BLOCKS, FINDING_ALL,
		"Change what QEMU's message names: less memory or maxMemory, more physical "
		"address bits (maxphysaddr), or sizes that fit; or place the guest on a host "
		"where it starts." },
	[FINDING_MAP_UNKNOWN] = { "map-unknown", FINDING_BLOCKS, FINDING_ALL,
		"Say which host the guest is laid out for, with facts that hold its CPU's vendor "
		"and address bits, or give the map that the running guest really has." },
	[FINDING_MAP_DIFFERS_THERE] = { "map-differs-there", FINDING_BLOCKS, FINDING_M,
		"Start the guest anew on the destination, or give it a map that depends on no host "
		"(less memory or maxMemory, another machine version); where it was started "
		"decides, "
		"so name that host when you ask (--from)." },
	[FINDING_MACHINE_ASSUMED] = { "machine-assumed", FINDING_INFORMS, FINDING_ALL,
		"Give the machine with its version, as virsh dumpxml shows it once the guest is "
		"defined." },
	[FINDING_VIOMMU_WIDER_THAN_HOST] = { "viommu-wider-than-host", FINDING_BLOCKS, FINDING_MH,
		"Give the guest's IOMMU fewer address bits (libvirt: <driver aw_bits='39'/>), or "
		"choose a host whose IOMMU reaches further." },
	[FINDING_VIOMMU_CACHING_MODE_MISSING] = { "viommu-caching-mode-missing", FINDING_BLOCKS,
		FINDING_MH,
		"Give the guest's IOMMU caching mode (libvirt: <driver caching_mode='on'/>) and "
		"restart the guest, or use virtio-iommu." },
	[FINDING_VIOMMU_REGIONS_DIFFER] = { "viommu-regions-differ", FINDING_BLOCKS, FINDING_MH,
		"Choose a destination with the same reserved regions, or unplug the device before "
		"the migration and add one afterwards." },
	[FINDING_PAGE_TABLE_FORMAT_DIFFERS] = { "page-table-format-differs", FINDING_BLOCKS,
		FINDING_MH,
		"Choose a host whose IOMMU walks the same page tables, or take the sharing of "
		"page tables out of the guest." },
	[FINDING_PASID_NARROWER] = { "pasid-narrower", FINDING_BLOCKS, FINDING_MH,
		"Choose a host whose IOMMU has as many PASID bits, or give the guest fewer." },
	[FINDING_CONTEXT_TABLES_NEED_MEMORY] = { "context-tables-need-memory", FINDING_BLOCKS,
		FINDING_MH,
		"Give the guest less memory or a smaller maxMemory so that a window stays free, "
		"or choose a host that reserves less." },
	[FINDING_DEVICE_IN_USE] = { "device-in-use", FINDING_BLOCKS, FINDING_H,
		"Take the device from the guest that has it, or choose another one." },
	[FINDING_GUEST_OPAQUE] = { "guest-opaque", FINDING_BLOCKS, FINDING_ALL,
		"Take out of the guest what is named, or give the map that the running guest "
		"really has." },
	[FINDING_DEPENDS_ON_DEVICE] = { "depends-on-device", FINDING_INFORMS, FINDING_H,
		"Ask about the one device that you mean with --attach." },
	[FINDING_FACTS_STALE] = { "facts-stale", FINDING_BLOCKS, FINDING_ALL,
		"Collect again on the host, and see in its log why it has not been collected." },
	[FINDING_FACTS_INCOMPLETE] = { "facts-incomplete", FINDING_BLOCKS, FINDING_ALL,
		"Collect again as root with CAP_SYS_ADMIN and CAP_SYSLOG, with the device awake." },
	[FINDING_FACTS_NEWER] = { "facts-newer", FINDING_BLOCKS, FINDING_ALL,
		"Upgrade this iommufleet to the version that wrote the facts." },
	[FINDING_ASSUMPTION_NOT_OBSERVED] = { "assumption-not-observed", FINDING_BLOCKS,
		FINDING_ALL,
		"Boot one such host with what is assumed, collect its facts, and ask again with "
		"those." },
};

static const char *const finding_severity_words[] = {
	[FINDING_BLOCKS] = "blocks",
	[FINDING_DEGRADES] = "degrades",
	[FINDING_INFORMS] = "informs",
};

static const char *const finding_answer_words[] = {
	[FINDING_HOLDS] = "holds",
	[FINDING_VIOLATED] = "violated",
	[FINDING_CANNOT_TELL] = "cannot-tell",
};

static const struct {
	enum finding_question question;
	const char *word;
} finding_questions[] = {
	{ FINDING_MIGRATE, "migrate" },
	{ FINDING_HOTPLUG, "hotplug" },
	{ FINDING_MEMORY_HOTPLUG, "memory_hotplug" },
};
#define FINDING_N_QUESTIONS (sizeof(finding_questions) / sizeof(finding_questions[0]))

const struct finding_kind *finding_kind(enum finding_code code)
{
	assert(code < _FINDING_CODE_MAX);

	return &finding_kinds[code];
}

const char *finding_severity_word(enum finding_severity severity)
{
	assert(severity <= FINDING_INFORMS);

	return finding_severity_words[severity];
}

const char *finding_answer_word(enum finding_answer answer)
{
	assert(answer <= FINDING_CANNOT_TELL);

	return finding_answer_words[answer];
}

const char *finding_question_word(enum finding_question question)
{
	size_t i = 0;

	while (i < FINDING_N_QUESTIONS && finding_questions[i].question != question)
		i++;
	assert(i < FINDING_N_QUESTIONS);
	return finding_questions[i].word;
}

unsigned finding_question_parse(const char *word)
{
	for (size_t i = 0; i < FINDING_N_QUESTIONS; i++) {
		if (strcmp(finding_questions[i].word, word) == 0)
			return finding_questions[i].question;
	}
	return 0;
}
