/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_driver.h"

#include <stddef.h>
#include <string.h>

/* QEMU's "-device help" of 7.2 and 10.0, and libvirt's tests; each looked at in QEMU's hw/. */
static const char *const qemu_driver_harmless[] = {
	"AC97",
	"ES1370",
	"adlib",
	"ahci",
	"am53c974",
	"ccid-card-*",
	"cs4231a",
	"ctucan_pci",
	"cxl-downstream",
	"cxl-rp",
	"cxl-upstream",
	"dc390",
	"e1000",
	"e1000-*",
	"e1000e",
	"edu",
	"emmc",
	"floppy",
	"generic-sdhci",
	"guest-loader",
	"gus",
	"hda-*",
	"hv-syndbg",
	"hyperv-testdev",
	"i6300esb",
	"i82550",
	"i82551",
	"i82557*",
	"i82558*",
	"i82559*",
	"i82562",
	"i82801",
	"i82801b11-bridge",
	"ib700",
	"ich9-*",
	"ide-*",
	"igb",
	"igbvf",
	"intel-hda",
	"ioh3420",
	"ipmi-bmc-*",
	"ipoctal232",
	"isa-applesmc",
	"isa-debug-exit",
	"isa-debugcon",
	"isa-fdc",
	"isa-ide",
	"isa-ipmi-*",
	"isa-parallel",
	"isa-pcspk",
	"isa-serial",
	"kvaser_pci",
	"kvm-pit",
	"loader",
	"lsi53c810",
	"lsi53c895a",
	"lsi",
	"megasas",
	"megasas-gen2",
	"mioe3680_pci",
	"mptsas1068",
	"ne2k_*",
	"nec-usb-xhci",
	"nvme",
	"nvme-ns",
	"nvme-subsys",
	"pc-testdev",
	"pci-bridge",
	"pci-bridge-seat",
	"pci-ipmi-*",
	"pci-ohci",
	"pci-serial*",
	"pci-testdev",
	"pcie-pci-bridge",
	"pcie-root-port",
	"pcm3680_pci",
	"pcnet",
	"piix3-*",
	"piix4-ide",
	"piix4-usb-uhci",
	"pvpanic",
	"pvpanic-pci",
	"pvscsi",
	"pxb",
	"pxb-cxl",
	"pxb-pcie",
	"qemu-xhci",
	"ramfb",
	"rocker",
	"rtl8139",
	"sb16",
	"scsi-*",
	"sd-card",
	"sdhci-pci",
	"sga",
	"smbus-ipmi",
	"tpci200",
	"tpm-crb",
	"tpm-crb-device",
	"tpm-spapr",
	"tpm-tis",
	"tpm-tis-device",
	"tpm-tis-i2c",
	"tulip",
	"u2f-*",
	"uefi-vars-sysbus",
	"uefi-vars-x64",
	"ufs",
	"ufs-lu",
	"usb-*",
	"vhost-scsi*",
	"vhost-user-blk*",
	"vhost-user-fs*",
	"vhost-user-gpio*",
	"vhost-user-gpu*",
	"vhost-user-i2c*",
	"vhost-user-input*",
	"vhost-user-rng*",
	"vhost-user-scmi*",
	"vhost-user-scsi*",
	"vhost-user-snd*",
	"vhost-user-vsock*",
	"vhost-vsock*",
	"virtconsole",
	"virtio-9p*",
	"virtio-balloon*",
	"virtio-blk*",
	"virtio-crypto*",
	"virtio-gpu",
	"virtio-gpu-*",
	"virtio-input-*",
	"virtio-keyboard*",
	"virtio-mouse*",
	"virtio-multitouch*",
	"virtio-net*",
	"virtio-rng*",
	"virtio-scsi*",
	"virtio-serial*",
	"virtio-snd*",
	"virtio-sound*",
	"virtio-tablet*",
	"virtserialport",
	"vmbus-bridge",
	"vmcoreinfo",
	"vmgenid",
	"vmmouse",
	"vmxnet3",
	"x3130-upstream",
	"xio3130-downstream",
	NULL,
};

static const char *const qemu_driver_harmless_parts[] = {
	"ICH9-*",
	"PIIX*",
	"apic*",
	"arm-gic*",
	"cfi.pflash01",
	"fw_cfg*",
	"hpet",
	"i8042",
	"ide-device",
	"ioapic",
	"isa-*",
	"kvm-apic*",
	"kvm-ioapic",
	"kvm-pit*",
	"kvmclock",
	"kvmvapic",
	"mc146818rtc",
	"migration",
	"nvme-*",
	"pci-device",
	"pcie-root-port-base",
	"pcie-slot",
	"pcspk",
	"port92",
	"scsi-device",
	"scsi-disk*",
	"virtio-device",
	"virtio-mmio",
	"virtio-pci",
	"vmport",
	NULL,
};

static const char *const qemu_driver_harmless_objects[] = {
	"acpi-generic-initiator",
	"acpi-generic-port",
	"authz-*",
	"can-bus",
	"can-host-*",
	"colo-compare",
	"cryptodev-*",
	"dbus-vmstate",
	"filter-*",
	"input-*",
	"iommufd",
	"iothread",
	"main-loop",
	"pr-manager-helper",
	"qtest",
	"rng-*",
	"secret",
	"secret_keyring",
	"thread-context",
	"throttle-group",
	"tls-*",
	NULL,
};

/* QEMU hw/core/qdev-properties*.c, hw/pci/pci.c, hw/virtio/virtio-pci.c. */
static const char *const qemu_driver_common[] = {
	"acpi-index",
	"addr",
	"aer",
	"any_layout",
	"ats",
	"bootindex",
	"bus",
	"busnr",
	"disable-legacy",
	"disable-modern",
	"driver",
	"event_idx",
	"failover_pair_id",
	"id",
	"indirect_desc",
	"iommu_platform",
	"ioeventfd",
	"migrate-extra",
	"modern-pio-notify",
	"multifunction",
	"node",
	"notify_on_empty",
	"packed",
	"page-per-vq",
	"queue_reset",
	"rombar",
	"romfile",
	"romsize",
	"use-disabled-flag",
	"use-started",
	"vectors",
	"virtio-pci-bus-master-bug-migration",
	"x-pcie-*",
	NULL,
};

static const char *const qemu_driver_memory[] = {
	"cache-size",
	"hostmem",
	"lsa",
	"memdev",
	"persistent-memdev",
	"pmrdev",
	"volatile-dc-memdev",
	"volatile-memdev",
	NULL,
};

static const char *const qemu_driver_displays[] = {
	"VGA",
	"ati-vga",
	"cirrus-vga",
	"isa-cirrus-vga",
	"isa-vga",
	"qxl-vga",
	"vhost-user-vga",
	"virtio-vga",
	"virtio-vga-gl",
	"virtio-vga-rutabaga",
	"vmware-svga",
	NULL,
};

/* Proxmox gives every q35 guest one of these: USB controllers, sound, PCI ports and bridges. */
static const char *const qemu_driver_harmless_configs[] = {
	"/usr/share/qemu-server/pve-q35-4.0.cfg",
	"/usr/share/qemu-server/pve-q35.cfg",
	"/usr/share/qemu-server/pve-usb.cfg",
	NULL,
};

static bool qemu_driver_matches(const char *name, const char *form)
{
	for (; *form && *form != '*'; form++, name++)
		if (*form != *name)
			return false;
	return *form == '*' || !*name;
}

bool qemu_driver_is_among(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (qemu_driver_matches(name, *names))
			return true;
	return false;
}

bool qemu_driver_is_harmless(const char *driver)
{
	size_t n = strlen(driver);

	/* A CPU that is there from the start. */
	if (n > strlen("-cpu") && strcmp(driver + n - strlen("-cpu"), "-cpu") == 0)
		return true;
	return qemu_driver_is_among(driver, qemu_driver_harmless);
}

bool qemu_driver_is_harmless_part(const char *driver)
{
	return qemu_driver_is_among(driver, qemu_driver_harmless_parts);
}

bool qemu_driver_is_harmless_object(const char *type)
{
	return qemu_driver_is_among(type, qemu_driver_harmless_objects);
}

bool qemu_driver_property_is_common(const char *key)
{
	return qemu_driver_is_among(key, qemu_driver_common);
}

bool qemu_driver_property_is_memory(const char *key)
{
	return qemu_driver_is_among(key, qemu_driver_memory);
}

bool qemu_driver_is_display(const char *driver)
{
	return qemu_driver_is_among(driver, qemu_driver_displays);
}

bool qemu_driver_is_harmless_config(const char *path)
{
	return qemu_driver_is_among(path, qemu_driver_harmless_configs);
}
