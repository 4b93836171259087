/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/domain_bar.h"

#include "core/codec/domain_value.h"

#include <string.h>

#define DOMAIN_BAR_KIB		1024ULL
#define DOMAIN_BAR_MIB		(1024 * DOMAIN_BAR_KIB)
#define DOMAIN_BAR_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* libvirt conf/domain_conf.c virDomainVideoDefaultRAM, and what QEMU has without being told. */
#define DOMAIN_BAR_VGA	      (16 * DOMAIN_BAR_MIB)
#define DOMAIN_BAR_VGA_MAX    (512 * DOMAIN_BAR_MIB)
#define DOMAIN_BAR_BOCHS_MIN  (4 * DOMAIN_BAR_MIB)
#define DOMAIN_BAR_CIRRUS     (32 * DOMAIN_BAR_MIB)
#define DOMAIN_BAR_QXL	      (64 * DOMAIN_BAR_MIB)
#define DOMAIN_BAR_QXL_LEAST  (8 * DOMAIN_BAR_MIB)
#define DOMAIN_BAR_QXL_FRAME  (16 * DOMAIN_BAR_MIB)
#define DOMAIN_BAR_QXL_ROM    (8 * DOMAIN_BAR_KIB)
#define DOMAIN_BAR_VIRTIO_VGA (8 * DOMAIN_BAR_MIB)
#define DOMAIN_BAR_SVGA_FIFO  (64 * DOMAIN_BAR_KIB)
#define DOMAIN_BAR_ERST	      (8 * DOMAIN_BAR_KIB)
#define DOMAIN_BAR_ROM	      (256 * DOMAIN_BAR_KIB)
#define DOMAIN_BAR_SHMEM      (4 * DOMAIN_BAR_MIB)

static int domain_bar_add(
	struct domain_node_reader *reader, const xmlNode *node, const struct machine_bar *bar)
{
	return domain_node_added(reader, node, machine_add_bar(reader->machine, bar));
}

static uint64_t domain_bar_power(uint64_t size)
{
	uint64_t power = 1;

	while (power < size)
		power <<= 1;
	return power;
}

/* The attribute @name in KiB, as bytes rounded up to a power of two; @ret stays without it. */
static int domain_bar_memory(
	struct domain_node_reader *reader, const xmlNode *model, const char *name, uint64_t *ret)
{
	const struct domain_value_number number = { name, 10, UINT32_MAX };
	uint64_t kib = 0;
	int r = domain_value_read_number(reader, model, &number, &kib);

	if (r == DOMAIN_NODE_DONE && kib > 0)
		*ret = domain_bar_power(kib * DOMAIN_BAR_KIB);
	return r;
}

/* QEMU takes no less and no more for a frame buffer: a most of 0 is no bound. */
static int domain_bar_frame(struct domain_node_reader *reader, const xmlNode *model,
	const char *name, uint64_t least, uint64_t most)
{
	struct machine_bar bar = { .size = DOMAIN_BAR_VGA, .below_4g = true, .name = name };
	int r = domain_bar_memory(reader, model, "vram", &bar.size);

	if (r != DOMAIN_NODE_DONE)
		return r;
	if (bar.size < least)
		bar.size = least;
	if (most && bar.size > most)
		bar.size = most;
	return domain_bar_add(reader, model, &bar);
}

static int domain_bar_vga(struct domain_node_reader *reader, const xmlNode *model)
{
	return domain_bar_frame(reader, model, "VGA", DOMAIN_BAR_MIB, DOMAIN_BAR_VGA_MAX);
}

static int domain_bar_bochs(struct domain_node_reader *reader, const xmlNode *model)
{
	return domain_bar_frame(reader, model, "bochs-display", DOMAIN_BAR_BOCHS_MIN, 0);
}

static int domain_bar_svga(struct domain_node_reader *reader, const xmlNode *model)
{
	static const struct machine_bar fifo = {
		.size = DOMAIN_BAR_SVGA_FIFO, .below_4g = true, .name = "vmware-svga fifo"
	};
	int r = domain_bar_frame(reader, model, "vmware-svga", DOMAIN_BAR_MIB, DOMAIN_BAR_VGA_MAX);

	return r == DOMAIN_NODE_DONE ? domain_bar_add(reader, model, &fifo) : r;
}

/* QEMU hw/display/cirrus_vga.c: registers and 4 MiB of RAM are in one BAR, which is as large as its
 * two halves whatever vram= says. */
static int domain_bar_cirrus(struct domain_node_reader *reader, const xmlNode *model)
{
	static const struct machine_bar bar = {
		.size = DOMAIN_BAR_CIRRUS, .below_4g = true, .name = "cirrus-vga"
	};

	return domain_bar_add(reader, model, &bar);
}

/* QEMU hw/display/qxl.c qxl_init_ramsize: the first BAR has room for two frames, and the 64-bit BAR
 * is there only when it is larger than the 32-bit one. */
static int domain_bar_qxl(struct domain_node_reader *reader, const xmlNode *model)
{
	struct machine_bar ram = { DOMAIN_BAR_QXL, true, "qxl ram" };
	struct machine_bar vram = { DOMAIN_BAR_QXL, true, "qxl vram" };
	struct machine_bar vram64 = { 0, false, "qxl vram64" };
	static const struct machine_bar rom = { DOMAIN_BAR_QXL_ROM, true, "qxl rom" };
	uint64_t frame = DOMAIN_BAR_QXL_FRAME;
	int r = domain_bar_memory(reader, model, "ram", &ram.size);

	if (r == DOMAIN_NODE_DONE)
		r = domain_bar_memory(reader, model, "vgamem", &frame);
	if (r == DOMAIN_NODE_DONE)
		r = domain_bar_memory(reader, model, "vram", &vram.size);
	if (r == DOMAIN_NODE_DONE)
		r = domain_bar_memory(reader, model, "vram64", &vram64.size);
	if (r != DOMAIN_NODE_DONE)
		return r;
	if (frame > DOMAIN_BAR_VGA_MAX / 2)
		frame = DOMAIN_BAR_VGA_MAX / 2;
	if (frame < DOMAIN_BAR_QXL_LEAST)
		frame = DOMAIN_BAR_QXL_LEAST;
	if (ram.size < 2 * frame)
		ram.size = 2 * frame;
	r = domain_bar_add(reader, model, &ram);
	if (r == DOMAIN_NODE_DONE)
		r = domain_bar_add(reader, model, &vram);
	if (r == DOMAIN_NODE_DONE)
		r = domain_bar_add(reader, model, &rom);
	if (r == DOMAIN_NODE_DONE && vram64.size > vram.size)
		r = domain_bar_add(reader, model, &vram64);
	return r;
}

static bool domain_bar_is_x86(const struct machine *machine)
{
	return strcmp(machine->arch, "x86_64") == 0 || strcmp(machine->arch, "i686") == 0;
}

static int domain_bar_virtio(struct domain_node_reader *reader, const xmlNode *model)
{
	static const struct machine_bar bar = {
		.size = DOMAIN_BAR_VIRTIO_VGA, .below_4g = true, .name = "virtio-vga"
	};

	return domain_bar_add(reader, model, &bar);
}

/* virtio-vga has a frame buffer of VGA's and a ROM, virtio-gpu has neither: which of them libvirt
 * takes is told by the architecture, and by which display is the primary one
 * (qemu/qemu_command.c qemuDeviceVideoGetModel). */
static bool domain_bar_is_gpu(const struct machine *machine, const char *type, bool primary)
{
	return strcmp(type, "virtio") == 0 && !(primary && domain_bar_is_x86(machine));
}

/* Attributes that are read here, or say nothing of memory. */
static int domain_bar_check_attributes(struct domain_node_reader *reader, const xmlNode *model)
{
	static const char *const known[] = { "type", "ram", "vram", "vram64", "vgamem", "heads",
		"primary", "blob" };
	int r = DOMAIN_NODE_DONE;

	for (const xmlAttr *attr = model->properties; attr && r == DOMAIN_NODE_DONE;
		attr = attr->next) {
		const char *name = (const char *)attr->name;

		if (!attr->ns && !domain_node_is_one_of(name, known, DOMAIN_BAR_COUNT(known)))
			r = domain_node_opaque(reader, model, "<video> with <model %.40s=>", name);
	}
	return r;
}

/* The ROM that stands for those of all devices. */
static int domain_bar_add_rom(struct domain_node_reader *reader, const xmlNode *node)
{
	static const struct machine_bar bar = {
		.size = DOMAIN_BAR_ROM, .below_4g = true, .name = "option ROM"
	};
	const struct machine *machine = reader->machine;

	for (size_t i = 0; i < machine->n_bars; i++)
		if (strcmp(machine->bars[i].name, bar.name) == 0)
			return DOMAIN_NODE_DONE;
	return domain_bar_add(reader, node, &bar);
}

int domain_bar_default_video(struct domain_node_reader *reader, const xmlNode *node)
{
	/* Cirrus or VGA, by version and by what QEMU has: this is the larger. Elsewhere libvirt
	 * takes virtio-gpu. */
	static const struct machine_bar bar = {
		.size = DOMAIN_BAR_CIRRUS, .below_4g = true, .name = "default display"
	};
	int r;

	if (!domain_bar_is_x86(reader->machine))
		return DOMAIN_NODE_DONE;
	r = domain_bar_add(reader, node, &bar);
	return r == DOMAIN_NODE_DONE ? domain_bar_add_rom(reader, node) : r;
}

int domain_bar_video(struct domain_node_reader *reader, const xmlNode *video, bool primary)
{
	static const struct {
		const char *type;
		int (*read)(struct domain_node_reader *reader, const xmlNode *model);
		bool vga; /* the primary one has VGA's memory below 1 MiB */
	} types[] = {
		{ "bochs", domain_bar_bochs, false },
		{ "cirrus", domain_bar_cirrus, true },
		{ "none", NULL, false },
		{ "qxl", domain_bar_qxl, true },
		{ "ramfb", NULL, false }, /* its memory is the guest's own */
		{ "vga", domain_bar_vga, true },
		{ "virtio", domain_bar_virtio, true },
		{ "vmvga", domain_bar_svga, true },
	};
	const xmlNode *model = domain_node_first(video, "model");
	const char *type = domain_node_attribute(model, "type");
	int r;

	r = model ? domain_bar_check_attributes(reader, model) : DOMAIN_NODE_DONE;
	if (r != DOMAIN_NODE_DONE)
		return r;
	if (!type || strcmp(type, "default") == 0) {
		reader->machine->vga = true;
		return domain_bar_default_video(reader, video);
	}
	for (size_t i = 0; i < DOMAIN_BAR_COUNT(types); i++) {
		if (strcmp(types[i].type, type) != 0)
			continue;
		if (!types[i].read || domain_bar_is_gpu(reader->machine, type, primary))
			return DOMAIN_NODE_DONE;
		reader->machine->vga = reader->machine->vga || (types[i].vga && primary);
		r = types[i].read(reader, model);
		return r == DOMAIN_NODE_DONE && primary ? domain_bar_add_rom(reader, video) : r;
	}
	return domain_node_opaque(reader, video, "<video> of type '%.40s'", type);
}

int domain_bar_shmem(struct domain_node_reader *reader, const xmlNode *shmem)
{
	const char *type = domain_node_attribute(domain_node_first(shmem, "model"), "type");
	struct machine_bar bar = { .size = DOMAIN_BAR_SHMEM, .name = "ivshmem-plain" };
	const xmlNode *size;
	int r = domain_node_only(reader, shmem, "size", &size);

	if (r == DOMAIN_NODE_DONE && size)
		r = domain_value_read_size(reader, size, NULL, 1, &bar.size);
	if (r != DOMAIN_NODE_DONE)
		return r;
	/* How much there is, ivshmem-doorbell is told by its server. */
	if (domain_node_first(shmem, "server") || (type && strcmp(type, "ivshmem-doorbell") == 0))
		return domain_node_opaque(reader, shmem, "<shmem> of a server");
	if (type && strcmp(type, "ivshmem") != 0 && strcmp(type, "ivshmem-plain") != 0)
		return domain_node_opaque(reader, shmem, "<shmem> of type '%.40s'", type);
	if (bar.size == 0)
		return domain_node_refuse(reader, shmem, "the size is 0");
	bar.size = domain_bar_power(bar.size);
	return domain_bar_add(reader, shmem, &bar);
}

int domain_bar_pstore(struct domain_node_reader *reader, const xmlNode *pstore)
{
	static const struct machine_bar bar = {
		.size = DOMAIN_BAR_ERST, .below_4g = true, .name = "acpi-erst"
	};

	if (!domain_node_says(pstore, "backend", "acpi-erst"))
		return domain_node_opaque(reader, pstore, "<pstore>");
	return domain_bar_add(reader, pstore, &bar);
}

int domain_bar_rom(struct domain_node_reader *reader, const xmlNode *node)
{
	const char *address = domain_node_attribute(domain_node_first(node, "address"), "type");
	const xmlNode *rom = domain_node_first(node, "rom");

	if (domain_node_says(rom, "enabled", "no") || domain_node_says(rom, "bar", "off") ||
		(address && strcmp(address, "pci") != 0))
		return DOMAIN_NODE_DONE;
	return domain_bar_add_rom(reader, node);
}
