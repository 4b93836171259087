/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_display.h"

#include "core/codec/qemu_driver.h"
#include "core/codec/qemu_rom.h"

#include <errno.h>
#include <string.h>

#define QEMU_DISPLAY_COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define QEMU_DISPLAY_MIB	  (1ULL << 20)
#define QEMU_DISPLAY_QXL_ROM	  8192ULL

/* One RAM-backed BAR: of a size that a property may give, in bytes or in MiB. */
struct qemu_display_bar {
	const char *driver;
	const char *property; /* or NULL: the size is fixed */
	char unit;	      /* of the property */
	uint64_t size;	      /* without it, bytes */
	uint64_t least, most; /* what QEMU makes of less or more; 0: no such bound */
};

/* QEMU hw/display, properties and realize functions of each; BAR sizes seen in "info pci". */
static const struct qemu_display_bar qemu_display_bars[] = {
	{ "VGA", "vgamem_mb", 'M', 16 * QEMU_DISPLAY_MIB, QEMU_DISPLAY_MIB,
		512 * QEMU_DISPLAY_MIB },
	{ "secondary-vga", "vgamem_mb", 'M', 16 * QEMU_DISPLAY_MIB, QEMU_DISPLAY_MIB,
		512 * QEMU_DISPLAY_MIB },
	{ "bochs-display", "vgamem", 'B', 16 * QEMU_DISPLAY_MIB, 4 * QEMU_DISPLAY_MIB, 0 },
	/* Its memory is a part of the BAR. */
	{ "cirrus-vga", NULL, 'B', 32 * QEMU_DISPLAY_MIB, 0, 0 },
	{ "vmware-svga", "vgamem_mb", 'M', 16 * QEMU_DISPLAY_MIB, QEMU_DISPLAY_MIB,
		512 * QEMU_DISPLAY_MIB },
	{ "vmware-svga", NULL, 'B', 64 << 10, 0, 0 },
	{ "virtio-vga", NULL, 'B', 8 * QEMU_DISPLAY_MIB, 0, 0 },
	{ "virtio-vga-gl", NULL, 'B', 8 * QEMU_DISPLAY_MIB, 0, 0 },
	{ "virtio-vga-rutabaga", NULL, 'B', 8 * QEMU_DISPLAY_MIB, 0, 0 },
	{ "vhost-user-vga", NULL, 'B', 8 * QEMU_DISPLAY_MIB, 0, 0 },
	{ "acpi-erst", "record_size", 'B', 8 << 10, 0, 0 },
};

static const char *const qemu_display_others[] = { "qxl", "qxl-vga", NULL };

/* Those that have VGA's memory below 1 MiB: pci_register_vga(), vga_init(), cirrus_init_common().
 */
static const char *const qemu_display_vgas[] = { "VGA", "cirrus-vga", "qxl-vga", "vhost-user-vga",
	"virtio-vga", "virtio-vga-gl", "virtio-vga-rutabaga", "vmware-svga", NULL };

/* Properties of these drivers that leave their BARs alone. */
static const char *const qemu_display_harmless[] = { "blob", "cmdlog", "debug", "edid",
	"global-vmstate", "guestdebug", "max_hostmem", "max_outputs", "memdev", "mmio",
	"qemu-extended-regs", "ram_size", "ram_size_mb", "record_size", "refresh_rate", "revision",
	"stats", "surfaces", "vgamem", "vgamem_mb", "virgl", "vram64_size_mb", "vram_size",
	"vram_size_mb", "xmax", "xres", "ymax", "yres", "big-endian-framebuffer", "hostmem",
	"outputs*", "chardev", "x-*", NULL };

/* What -vga calls them; QEMU takes what the word begins with. */
static const struct {
	const char *word, *driver;
} qemu_display_words[] = {
	{ "none", NULL },
	{ "std", "VGA" },
	{ "cirrus", "cirrus-vga" },
	{ "vmware", "vmware-svga" },
	{ "virtio", "virtio-vga" },
	{ "qxl", "qxl-vga" },
};

int qemu_display_take_vga(struct qemu_reader *reader, const char *text)
{
	reader->vga = text;
	return QEMU_READER_DONE;
}

bool qemu_display_is_known(const char *driver)
{
	for (size_t i = 0; i < QEMU_DISPLAY_COUNT(qemu_display_bars); i++)
		if (strcmp(driver, qemu_display_bars[i].driver) == 0)
			return true;
	return qemu_driver_is_among(driver, qemu_display_others);
}

static uint64_t qemu_display_round(uint64_t size)
{
	uint64_t power = 1;

	while (power < size)
		power *= 2;
	return power;
}

static int qemu_display_add_bar(
	struct qemu_reader *reader, const struct qemu_opts *device, uint64_t size, bool below_4g)
{
	struct machine_bar bar = {
		.size = qemu_display_round(size),
		.below_4g = below_4g,
		.name = qemu_reader_text(reader, qemu_opts_find(device, "driver")),
	};

	if (!bar.name)
		return -ENOMEM;
	return qemu_reader_added(reader, device, machine_add_bar(reader->machine, &bar));
}

static int qemu_display_add_table(
	struct qemu_reader *reader, const struct qemu_opts *device, const char *driver)
{
	for (size_t i = 0; i < QEMU_DISPLAY_COUNT(qemu_display_bars); i++) {
		const struct qemu_display_bar *bar = &qemu_display_bars[i];
		uint64_t size = bar->size;
		int r = QEMU_READER_DONE;

		if (strcmp(driver, bar->driver) != 0)
			continue;
		if (bar->property)
			r = qemu_opts_size(&reader->place, device, bar->property, bar->unit, &size);
		size = size < bar->least ? bar->least : size;
		size = bar->most && size > bar->most ? bar->most : size;
		if (r == QEMU_READER_DONE)
			r = qemu_display_add_bar(reader, device, size, true);
		if (r != QEMU_READER_DONE)
			return r;
	}
	return QEMU_READER_DONE;
}

/* A size that is given in bytes or, which wins, in MiB; -1 there is "not given". */
static int qemu_display_read_qxl(struct qemu_reader *reader, const struct qemu_opts *device,
	const char *const names[2], uint64_t *size)
{
	const char *mib = qemu_opts_find(device, names[1]);
	int r = QEMU_READER_DONE;

	if (names[0])
		r = qemu_opts_size(&reader->place, device, names[0], 'B', size);
	if (r == QEMU_READER_DONE && mib && strcmp(mib, "-1") != 0 &&
		strcmp(mib, "4294967295") != 0)
		r = qemu_opts_size(&reader->place, device, names[1], 'M', size);
	return r;
}

/* QEMU hw/display/qxl.c qxl_init_ramsize(), qxl_rom_size(): the 64-bit BAR is there only where it
 * is larger than the one of 32 bits. */
static int qemu_display_add_qxl(struct qemu_reader *reader, const struct qemu_opts *device)
{
	static const char *const of_ram[] = { "ram_size", "ram_size_mb" };
	static const char *const of_vram32[] = { "vram_size", "vram_size_mb" };
	static const char *const of_vram64[] = { NULL, "vram64_size_mb" };
	static const char *const of_screen[] = { NULL, "vgamem_mb" };
	uint64_t screen = 16 * QEMU_DISPLAY_MIB;
	uint64_t ram = 64 * QEMU_DISPLAY_MIB;
	uint64_t vram32 = 64 * QEMU_DISPLAY_MIB;
	uint64_t vram64 = 0;
	int r = qemu_display_read_qxl(reader, device, of_screen, &screen);

	if (r == QEMU_READER_DONE)
		r = qemu_display_read_qxl(reader, device, of_ram, &ram);
	if (r == QEMU_READER_DONE)
		r = qemu_display_read_qxl(reader, device, of_vram32, &vram32);
	if (r == QEMU_READER_DONE)
		r = qemu_display_read_qxl(reader, device, of_vram64, &vram64);
	if (r != QEMU_READER_DONE)
		return r;
	screen = screen < 8 * QEMU_DISPLAY_MIB ? 8 * QEMU_DISPLAY_MIB : screen;
	screen = screen > 256 * QEMU_DISPLAY_MIB ? 256 * QEMU_DISPLAY_MIB : screen;
	ram = ram < 2 * screen ? 2 * screen : ram;
	vram32 = vram32 < 4096 ? 4096 : vram32;
	r = qemu_display_add_bar(reader, device, ram, true);
	if (r == QEMU_READER_DONE)
		r = qemu_display_add_bar(reader, device, vram32, true);
	if (r == QEMU_READER_DONE)
		r = qemu_display_add_bar(reader, device, QEMU_DISPLAY_QXL_ROM, true);
	if (r == QEMU_READER_DONE && qemu_display_round(vram64) > qemu_display_round(vram32))
		r = qemu_display_add_bar(reader, device, vram64, false);
	return r;
}

static int qemu_display_check(
	struct qemu_reader *reader, const struct qemu_opts *device, const char *driver)
{
	for (size_t i = 0; i < device->n; i++) {
		const char *key = device->items[i].key;
		int r;

		if (qemu_driver_property_is_common(key) ||
			qemu_driver_is_among(key, qemu_display_harmless))
			continue;
		r = qemu_reader_opaque(reader, "-device %s: %s", driver, key);
		if (r != QEMU_READER_DONE)
			return r;
	}
	return QEMU_READER_DONE;
}

int qemu_display_add(struct qemu_reader *reader, const struct qemu_opts *device)
{
	const char *driver = qemu_opts_find(device, "driver");
	uint64_t hostmem = 0;
	int r = qemu_display_check(reader, device, driver);

	if (qemu_driver_is_among(driver, qemu_display_vgas))
		reader->machine->vga = true;
	if (r == QEMU_READER_DONE && qemu_driver_is_among(driver, qemu_display_others))
		return qemu_display_add_qxl(reader, device);
	if (r == QEMU_READER_DONE)
		r = qemu_display_add_table(reader, device, driver);
	if (r == QEMU_READER_DONE)
		r = qemu_opts_size(&reader->place, device, "hostmem", 'B', &hostmem);
	return r == QEMU_READER_DONE && hostmem
		       ? qemu_display_add_bar(reader, device, hostmem, false)
		       : r;
}

/* --- the board's own --- */

/* QEMU system/vl.c: a display among the devices, or a -global for one, takes the place of it. */
static bool qemu_display_is_replaced(const struct qemu_reader *reader)
{
	const struct qemu_reader_list *const lists[] = { &reader->devices, &reader->globals };

	for (size_t i = 0; i < QEMU_DISPLAY_COUNT(lists); i++)
		for (size_t j = 0; j < lists[i]->n; j++) {
			const char *driver = qemu_opts_find(&lists[i]->items[j], "driver");

			if (driver && qemu_driver_is_display(driver))
				return true;
		}
	return false;
}

/* Boards that have a PCI display of their own: those of a PC. */
static bool qemu_display_is_pc(const struct machine *machine)
{
	const char *type = machine->type;

	if (strcmp(machine->arch, "x86_64") != 0 && strcmp(machine->arch, "i686") != 0)
		return false;
	return !type || strncmp(type, "pc", 2) == 0 || strncmp(type, "q35", 3) == 0;
}

static int qemu_display_add_word(struct qemu_reader *reader, const char *word)
{
	for (size_t i = 0; i < QEMU_DISPLAY_COUNT(qemu_display_words); i++) {
		const char *driver = qemu_display_words[i].driver;
		struct qemu_opt opt = { "driver", driver };
		struct qemu_opts device = {
			.option = "-vga", .argument = reader->argument, .n = 1, .items = &opt
		};
		struct qemu_opts resolved;
		int r;

		if (strncmp(word, qemu_display_words[i].word, strlen(qemu_display_words[i].word)))
			continue;
		if (!driver)
			return QEMU_READER_DONE;
		r = qemu_reader_resolve(reader, &device, &resolved);
		if (r == QEMU_READER_DONE)
			r = qemu_display_add(reader, &resolved);
		return r == QEMU_READER_DONE ? qemu_rom_add(reader, &resolved) : r;
	}
	return qemu_reader_opaque(reader, "-vga %.60s", word);
}

int qemu_display_add_default(struct qemu_reader *reader)
{
	int r;

	if (!qemu_display_is_pc(reader->machine))
		return QEMU_READER_DONE;
	if (reader->vga)
		return qemu_display_add_word(reader, reader->vga);
	if (reader->nodefaults || qemu_display_is_replaced(reader))
		return QEMU_READER_DONE;
	r = qemu_display_add_word(reader, "std");
	/* A BAR that is not there asks too much of a host. RAM that is said to be none may not:
	 * what adds -nodefaults when it starts QEMU does not always show it. */
	reader->machine->vga = false;
	return r;
}
