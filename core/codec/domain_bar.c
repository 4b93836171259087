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
#define DOMAIN_BAR_QXL	      (64 * DOMAIN_BAR_MIB)
#define DOMAIN_BAR_QXL_LEAST  (8 * DOMAIN_BAR_MIB)
#define DOMAIN_BAR_QXL_FRAME  (16 * DOMAIN_BAR_MIB)
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

static int domain_bar_frame(
	struct domain_node_reader *reader, const xmlNode *model, const char *name)
{
	struct machine_bar bar = { .size = DOMAIN_BAR_VGA, .below_4g = true, .name = name };
	int r = domain_bar_memory(reader, model, "vram", &bar.size);

	if (r != DOMAIN_NODE_DONE)
		return r;
	if (bar.size < DOMAIN_BAR_MIB)
		bar.size = DOMAIN_BAR_MIB;
	if (bar.size > DOMAIN_BAR_VGA_MAX)
		bar.size = DOMAIN_BAR_VGA_MAX;
	return domain_bar_add(reader, model, &bar);
}

static int domain_bar_svga(struct domain_node_reader *reader, const xmlNode *model)
{
	static const struct machine_bar fifo = {
		.size = DOMAIN_BAR_SVGA_FIFO, .below_4g = true, .name = "vmware-svga fifo"
	};
	int r = domain_bar_frame(reader, model, "vmware-svga");

	return r == DOMAIN_NODE_DONE ? domain_bar_add(reader, model, &fifo) : r;
}

/* QEMU hw/display/qxl.c qxl_init_ramsize: the first BAR has room for two frames, and the 64-bit BAR
 * is there only when it is larger than the 32-bit one. */
static int domain_bar_qxl(struct domain_node_reader *reader, const xmlNode *model)
{
	struct machine_bar ram = { DOMAIN_BAR_QXL, true, "qxl ram" };
	struct machine_bar vram = { DOMAIN_BAR_QXL, true, "qxl vram" };
	struct machine_bar vram64 = { 0, false, "qxl vram64" };
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
	if (r == DOMAIN_NODE_DONE && vram64.size > vram.size)
		r = domain_bar_add(reader, model, &vram64);
	return r;
}

/* virtio-vga has a frame buffer of VGA's, virtio-gpu has none: which of them libvirt takes is told
 * by the architecture and by who comes first (qemu/qemu_command.c qemuDeviceVideoGetModel). */
static int domain_bar_virtio(struct domain_node_reader *reader, const xmlNode *model, bool first)
{
	static const struct machine_bar bar = {
		.size = DOMAIN_BAR_VIRTIO_VGA, .below_4g = true, .name = "virtio-vga"
	};
	const char *arch = reader->machine->arch;
	bool x86 = strcmp(arch, "x86_64") == 0 || strcmp(arch, "i686") == 0;

	if (!x86 || !(first || domain_node_says(model, "primary", "yes")))
		return DOMAIN_NODE_DONE;
	return domain_bar_add(reader, model, &bar);
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

int domain_bar_video(struct domain_node_reader *reader, const xmlNode *video, bool first)
{
	/* ramfb's memory is the guest's own; Cirrus has its behind registers, but for the ROM. */
	static const char *const without[] = { "ramfb", "none" };
	const xmlNode *model = domain_node_first(video, "model");
	const char *type = domain_node_attribute(model, "type");
	int r;

	if (!model)
		return domain_bar_frame(reader, video, "VGA");
	r = domain_bar_check_attributes(reader, model);
	if (r != DOMAIN_NODE_DONE)
		return r;
	if (!type || strcmp(type, "default") == 0 || strcmp(type, "vga") == 0)
		return domain_bar_frame(reader, model, "VGA");
	if (strcmp(type, "bochs") == 0)
		return domain_bar_frame(reader, model, "bochs-display");
	if (strcmp(type, "vmvga") == 0)
		return domain_bar_svga(reader, model);
	if (strcmp(type, "qxl") == 0)
		return domain_bar_qxl(reader, model);
	if (strcmp(type, "virtio") == 0)
		return domain_bar_virtio(reader, model, first);
	if (strcmp(type, "cirrus") == 0)
		return domain_bar_rom(reader, video);
	if (domain_node_is_one_of(type, without, DOMAIN_BAR_COUNT(without)))
		return DOMAIN_NODE_DONE;
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
	static const struct machine_bar bar = {
		.size = DOMAIN_BAR_ROM, .below_4g = true, .name = "option ROM"
	};
	const char *address = domain_node_attribute(domain_node_first(node, "address"), "type");
	const xmlNode *rom = domain_node_first(node, "rom");
	const struct machine *machine = reader->machine;

	if (domain_node_says(rom, "enabled", "no") || domain_node_says(rom, "bar", "off") ||
		(address && strcmp(address, "pci") != 0))
		return DOMAIN_NODE_DONE;
	for (size_t i = 0; i < machine->n_bars; i++)
		if (strcmp(machine->bars[i].name, bar.name) == 0)
			return DOMAIN_NODE_DONE;
	return domain_bar_add(reader, node, &bar);
}
