/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_rom.h"

#include "core/codec/qemu_driver.h"

#include <string.h>

#define QEMU_ROM_NAME  "option ROM"
#define QEMU_ROM_BYTES (256ULL << 10) /* the largest that QEMU comes with */

/* Drivers with a ROM of their own: "romfile" in QEMU's hw/, a sixth BAR in "info pci". */
static const char *const qemu_rom_drivers[] = { "VGA", "ati-vga", "bochs-display", "cirrus-vga",
	"e1000", "e1000-*", "e1000e", "i8255*", "i82562", "i82801", "ne2k_pci", "pcnet", "qxl-vga",
	"rtl8139", "vhost-user-vga", "virtio-net", "virtio-net-pci*", "virtio-vga*", "vmware-svga",
	"vmxnet3", NULL };

static int qemu_rom_add_bar(struct qemu_reader *reader, const struct qemu_opts *device)
{
	static const struct machine_bar bar = {
		.size = QEMU_ROM_BYTES,
		.below_4g = true,
		.name = QEMU_ROM_NAME,
	};
	const struct machine *machine = reader->machine;

	for (size_t i = 0; i < machine->n_bars; i++)
		if (strcmp(machine->bars[i].name, QEMU_ROM_NAME) == 0)
			return QEMU_READER_DONE;
	return qemu_reader_added(reader, device, machine_add_bar(reader->machine, &bar));
}

int qemu_rom_add(struct qemu_reader *reader, const struct qemu_opts *device)
{
	const char *driver = qemu_opts_find(device, "driver");
	const char *file = qemu_opts_find(device, "romfile");
	const char *bar = qemu_opts_find(device, "rombar");

	if ((bar && strcmp(bar, "0") == 0) || (file && !file[0]))
		return QEMU_READER_DONE;
	if (!file && !qemu_driver_is_among(driver, qemu_rom_drivers))
		return QEMU_READER_DONE;
	return qemu_rom_add_bar(reader, device);
}

int qemu_rom_add_default(struct qemu_reader *reader)
{
	struct qemu_opts none = { .option = "-nic" };
	const char *type = reader->machine->type;

	/* A board without PCI of its own. */
	if (type && strcmp(type, "microvm") == 0)
		return QEMU_READER_DONE;
	if (reader->has_nic || (!reader->nodefaults && !reader->has_network))
		return qemu_rom_add_bar(reader, &none);
	return QEMU_READER_DONE;
}
