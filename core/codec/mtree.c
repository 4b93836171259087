/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/mtree.h"

#include "core/codec/mtree_device.h"
#include "core/codec/mtree_line.h"
#include "core/codec/text.h"
#include "core/model/limits.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Pages of a guest: registers on one page, or on pages side by side, are one range to us. */
#define MTREE_PAGE_BYTES 4096U

#define MTREE_TYPE_BYTES 64U /* of the name of a type */

#define MTREE_COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum mtree_place {
	MTREE_OUTSIDE,
	MTREE_VIEW_HEAD, /* the address spaces that a view belongs to */
	MTREE_VIEW_BODY,
	MTREE_DISPATCH,	 /* behind the ranges of a view */
	MTREE_TREE_HEAD, /* the address spaces that a tree belongs to */
	MTREE_TREE_BODY,
	MTREE_DEVICES, /* "info memory-devices" */
};

/* What the names of regions say of the architecture. */
struct mtree_told {
	const char *arch; /* or NULL */
	bool mixed;	  /* they are of two */
};

struct mtree_reader {
	struct guest *guest;
	struct refusal *refusal;
	struct mtree_told by_device;
	struct mtree_told
		by_ram; /* a person may have chosen that name: only where no other tells */
	enum mtree_place place;
	bool memory; /* the view or the tree belongs to the address space "memory" */
	bool has_view, has_tree, has_ram;
	bool named_others; /* the last range says in its name that it is more than one */
	bool tree_strange; /* a line of it was not understood, or its end is missing */
	bool virtio_mem;   /* it is about such a device */
	uint64_t block;	   /* the smallest of a virtio-mem device; 0: there is none */
	uint64_t next;	   /* the first address that the next range of the view may have */
	bool past_end;	   /* none: the last one went up to the end */
	unsigned n_tree;   /* ranges of the tree */
	struct mtree_device_reader devices;
};

static int mtree_refuse(
	struct mtree_reader *reader, const struct mtree_line *line, const char *text)
{
	char where[32];

	(void)snprintf(where, sizeof(where), "line %zu", line->number);
	return refusal_set(reader->refusal, where, "%s", text);
}

/* The architecture of a board whose regions are named like that, or NULL. */
static const char *mtree_arch_of(struct mtree_line_name name)
{
	static const struct {
		const char *name, *arch;
	} regions[] = {
		/* hw/i386: pc.c, x86.c, microvm.c; hw/intc: ioapic_common.c, apic_common.c */
		{ "pc.ram", "x86_64" },
		{ "pc.bios", "x86_64" },
		{ "pc.rom", "x86_64" },
		{ "isa-bios", "x86_64" },
		{ "microvm.ram", "x86_64" },
		{ "ioapic", "x86_64" },
		{ "kvm-ioapic", "x86_64" },
		{ "apic-msi", "x86_64" },
		{ "kvm-apic-msi", "x86_64" },
		/* hw/arm: virt.c, sbsa-ref.c; hw/intc: arm_gic_common.c, arm_gicv3_common.c */
		{ "mach-virt.ram", "aarch64" },
		{ "virt.flash0", "aarch64" },
		{ "sbsa-ref.ram", "aarch64" },
		{ "gic_dist", "aarch64" },
		{ "gicv3_dist", "aarch64" },
		{ "gicv3_redist_region[0]", "aarch64" },
		{ "pl011", "aarch64" },
	};

	for (size_t i = 0; i < MTREE_COUNT(regions); i++)
		if (mtree_line_is(name, regions[i].name))
			return regions[i].arch;
	return NULL;
}

static void mtree_note_arch(struct mtree_reader *reader, const struct mtree_line *line)
{
	struct mtree_told *told =
		line->type == MTREE_LINE_TYPE_RAM ? &reader->by_ram : &reader->by_device;
	const char *arch = mtree_arch_of(line->name);

	if (arch && told->arch && strcmp(arch, told->arch) != 0)
		told->mixed = true;
	if (arch)
		told->arch = arch;
}

/* True for memory of an emulated device, which firmware or the guest places, not the machine. */
static bool mtree_is_device_memory(const struct mtree_line *line)
{
	/* hw/display: vga.c, qxl.c, bochs-display.c, vmware_vga.c, virtio-gpu; hw/misc/ivshmem.c.
	 * A back end that somebody named stands for itself, so an ivshmem-plain's is RAM to us. */
	static const char *const names[] = { "vga.vram", "qxl.vgavram", "qxl.vram",
		"bochs-display-vram", "vmsvga.fifo", "ivshmem.bar2" };

	for (size_t i = 0; i < MTREE_COUNT(names); i++)
		if (mtree_line_is(line->name, names[i]))
			return true;
	return line->device;
}

static enum guest_kind mtree_kind(const struct mtree_line *line)
{
	switch (line->type) {
	case MTREE_LINE_TYPE_RAM:
	case MTREE_LINE_TYPE_STRANGE:
		return mtree_is_device_memory(line) ? GUEST_RAM_DEVICE : GUEST_RAM;
	case MTREE_LINE_TYPE_ROM:
		return GUEST_ROM;
	case MTREE_LINE_TYPE_RAMD:
		/* hw/vfio/listener.c: when it cannot be mapped there is no peer-to-peer access. */
		return GUEST_BAR_WINDOW;
	case MTREE_LINE_TYPE_IO:
	case MTREE_LINE_TYPE_CONTAINER:
	case MTREE_LINE_TYPE_ROMD: /* memory_region_is_ram() is false: VFIO does not map it */
		return GUEST_MMIO;
	}
	assert(false);
}

static int mtree_add(
	struct mtree_reader *reader, const struct mtree_line *line, enum guest_kind kind)
{
	struct guest *guest = reader->guest;
	struct guest_range *range;
	char *name;

	if (guest->n_ranges == LIMIT_GUEST_RANGES)
		return mtree_refuse(reader, line, "the map has more ranges than are read");
	name = arena_text(guest->arena, line->name.bytes, line->name.n);
	if (!name)
		return -ENOMEM;
	range = &guest->ranges[guest->n_ranges++];
	*range = (struct guest_range){
		.region = line->region, .kind = kind, .placed = true, .name = name
	};
	return 0;
}

/* Registers close behind others that end where nothing else begins: they become one range. */
static bool mtree_extends(const struct guest *guest, const struct mtree_line *line)
{
	const struct guest_range *last =
		guest->n_ranges > 0 ? &guest->ranges[guest->n_ranges - 1] : NULL;

	return last && last->kind == GUEST_MMIO &&
	       line->region.first - last->region.last <= MTREE_PAGE_BYTES;
}

static int mtree_extend(struct mtree_reader *reader, const struct mtree_line *line)
{
	struct guest *guest = reader->guest;
	struct guest_range *last = &guest->ranges[guest->n_ranges - 1];

	last->region.last = line->region.last;
	if (reader->named_others || mtree_line_is(line->name, last->name))
		return MTREE_DONE;
	reader->named_others = true;
	last->name = arena_printf(guest->arena, "%.200s and others", last->name);
	return last->name ? MTREE_DONE : -ENOMEM;
}

static int mtree_read_range(struct mtree_reader *reader, const struct mtree_line *line)
{
	enum guest_kind kind = mtree_kind(line);
	int r;

	if (reader->past_end || line->region.first < reader->next)
		return mtree_refuse(reader, line, "begins before the range above it ends");
	reader->past_end = line->region.last == UINT64_MAX;
	reader->next = line->region.last + 1;
	if (line->name.n > LIMIT_TEXT || line->type_name.n > MTREE_TYPE_BYTES ||
		!text_is_printable(line->type_name.bytes, line->type_name.n) ||
		!text_is_printable(line->name.bytes, line->name.n))
		return mtree_refuse(reader, line, "has a name that no region has");
	mtree_note_arch(reader, line);
	mtree_device_note_range(&reader->devices, line);
	if (line->type == MTREE_LINE_TYPE_STRANGE) {
		if (reader->guest->n_opaque == LIMIT_WORDS)
			return mtree_refuse(
				reader, line, "too many regions of types that are not known");
		r = mtree_device_add_opaque(reader->guest, "region of type \"%.*s\" at 0x%" PRIx64,
			(int)line->type_name.n, line->type_name.bytes, line->region.first);
		if (r < 0)
			return r;
	}
	reader->has_ram = reader->has_ram || kind == GUEST_RAM;
	if (kind == GUEST_MMIO && mtree_extends(reader->guest, line))
		return mtree_extend(reader, line);
	reader->named_others = false;
	return mtree_add(reader, line, kind);
}

/* A view begins, or one more address space that it belongs to is named. */
static int mtree_read_view_head(struct mtree_reader *reader, const struct mtree_line *line)
{
	if (line->kind == MTREE_LINE_VIEW || reader->place != MTREE_VIEW_HEAD)
		reader->memory = false;
	reader->place = MTREE_VIEW_HEAD;
	if (line->kind != MTREE_LINE_SPACE || !mtree_line_is(line->name, "memory"))
		return MTREE_DONE;
	if (reader->has_view && !reader->memory)
		return mtree_refuse(reader, line,
			"the view of the address space \"memory\" is there twice; give the text of "
			"one guest, asked once");
	reader->memory = true;
	reader->has_view = true;
	return MTREE_DONE;
}

static int mtree_read_tree_head(struct mtree_reader *reader, const struct mtree_line *line)
{
	if (line->kind == MTREE_LINE_REGION || reader->place != MTREE_TREE_HEAD)
		reader->memory = false;
	reader->place = MTREE_TREE_HEAD;
	if (line->kind != MTREE_LINE_TREE || !mtree_line_is(line->name, "memory"))
		return MTREE_DONE;
	if (reader->has_tree)
		return mtree_refuse(reader, line,
			"the tree of the address space \"memory\" is there twice; give the text of "
			"one guest, asked once");
	reader->memory = true;
	reader->has_tree = true;
	return MTREE_DONE;
}

/* A line of the tree: of it only where memory and BARs may come is not in the view already. */
static int mtree_read_tree(struct mtree_reader *reader, const struct mtree_line *line)
{
	if (line->kind != MTREE_LINE_RANGE) {
		reader->tree_strange = true;
		return MTREE_DONE;
	}
	reader->n_tree++;
	if (line->disabled)
		return MTREE_DONE;
	/* hw/arm/virt.c create_pcie() */
	if (line->alias && mtree_line_is(line->name, "pcie-mmio-high"))
		return mtree_add(reader, line, GUEST_PCI_HOLE64);
	/* hw/core/machine.c, hw/i386/pc.c, hw/arm/virt.c: there when maxmem exceeds RAM */
	if ((line->type == MTREE_LINE_TYPE_IO || line->type == MTREE_LINE_TYPE_CONTAINER) &&
		mtree_line_is(line->name, "device-memory"))
		return mtree_add(reader, line, GUEST_HOTPLUG);
	return MTREE_DONE;
}

static int mtree_read_devices(struct mtree_reader *reader, const struct mtree_line *line)
{
	if (line->kind == MTREE_LINE_DEVICE)
		reader->virtio_mem = mtree_line_is(line->name, "virtio-mem");
	reader->place = MTREE_DEVICES;
	if (line->kind != MTREE_LINE_BLOCK || !reader->virtio_mem)
		return MTREE_DONE;
	if (line->value == 0 || (line->value & (line->value - 1)) != 0)
		return mtree_refuse(reader, line, "the block size is no power of two");
	if (reader->block == 0 || line->value < reader->block)
		reader->block = line->value;
	return MTREE_DONE;
}

/* A range that stands in no view: harmless, unless a view was torn in two. */
static int mtree_read_outside(struct mtree_reader *reader, const struct mtree_line *line)
{
	if (line->kind == MTREE_LINE_RANGE && reader->has_view)
		return mtree_refuse(reader, line,
			"is a range outside of a flat view: the text was changed; give what QEMU "
			"printed");
	return MTREE_DONE;
}

/* A line inside the view or the tree of the address space "memory", where each has to be known. */
static int mtree_read_inside(struct mtree_reader *reader, const struct mtree_line *line)
{
	if (reader->place == MTREE_OUTSIDE || reader->place == MTREE_DEVICES)
		return mtree_read_outside(reader, line);
	if (!reader->memory || reader->place == MTREE_DISPATCH)
		return MTREE_DONE;
	if (reader->place == MTREE_TREE_HEAD || reader->place == MTREE_TREE_BODY) {
		reader->place = MTREE_TREE_BODY;
		return mtree_read_tree(reader, line);
	}
	if (line->kind == MTREE_LINE_NOTHING)
		return mtree_refuse(reader, line,
			"the address space \"memory\" has nothing in it: QEMU was still starting");
	if (line->kind != MTREE_LINE_RANGE)
		return mtree_refuse(reader, line,
			"is no line of a flat view: the text was cut or changed; give what QEMU "
			"printed");
	reader->place = MTREE_VIEW_BODY;
	return mtree_read_range(reader, line);
}

static int mtree_read_line(struct mtree_reader *reader, const struct mtree_line *line)
{
	switch (line->kind) {
	case MTREE_LINE_VIEW:
		mtree_device_note_view(&reader->devices, line);
		return mtree_read_view_head(reader, line);
	case MTREE_LINE_SPACE:
		mtree_device_note_space(&reader->devices, line, MTREE_DEVICE_VIEWS);
		return mtree_read_view_head(reader, line);
	case MTREE_LINE_TREE:
		mtree_device_note_space(&reader->devices, line, MTREE_DEVICE_TREES);
		return mtree_read_tree_head(reader, line);
	case MTREE_LINE_REGION:
		return mtree_read_tree_head(reader, line);
	case MTREE_LINE_DEVICE:
	case MTREE_LINE_BLOCK:
		return mtree_read_devices(reader, line);
	case MTREE_LINE_ROOT:
		if (reader->place == MTREE_VIEW_HEAD)
			reader->place = MTREE_VIEW_BODY;
		return MTREE_DONE;
	case MTREE_LINE_DISPATCH:
		if (reader->place == MTREE_VIEW_BODY)
			reader->place = MTREE_DISPATCH;
		return MTREE_DONE;
	case MTREE_LINE_EMPTY:
		reader->place = MTREE_OUTSIDE;
		return MTREE_DONE;
	case MTREE_LINE_RANGE:
	case MTREE_LINE_NOTHING:
	case MTREE_LINE_STRANGE:
		return mtree_read_inside(reader, line);
	}
	assert(false);
}

/* Boards for other architectures may have regions of the same names. */
static bool mtree_arch_differs(const struct mtree_told *told, const char *arch)
{
	return told->arch && strcmp(arch, told->arch) != 0 &&
	       (strcmp(arch, "x86_64") == 0 || strcmp(arch, "aarch64") == 0);
}

/* Sets the architecture that was asked for, by the kernel's name, or the one that was told. */
static int mtree_set_arch(struct mtree_reader *reader, const char *arch)
{
	const struct mtree_told *told =
		reader->by_device.arch ? &reader->by_device : &reader->by_ram;

	if (arch && strcmp(arch, "arm64") == 0)
		arch = "aarch64";
	if (arch && strcmp(arch, "amd64") == 0)
		arch = "x86_64";
	if (told->mixed)
		return refusal_set(reader->refusal, "text",
			"the names of the regions are those of an x86 board and of an Arm one");
	if (!arch && !told->arch)
		return refusal_set(reader->refusal, "text",
			"no region tells the architecture of the guest: give it, with "
			"--arch=x86_64 or --arch=aarch64");
	if (arch &&
		(!arch[0] || strlen(arch) > LIMIT_TEXT || !text_is_printable(arch, strlen(arch))))
		return refusal_set(reader->refusal, "arch", "is no name of an architecture");
	if (arch && mtree_arch_differs(told, arch))
		return refusal_set(reader->refusal, "text",
			"the names of the regions are those of a guest on %s, not on %.32s",
			told->arch, arch);
	if (!arch)
		arch = told->arch;
	reader->guest->arch = arena_text(reader->guest->arena, arch, strlen(arch));
	return reader->guest->arch ? MTREE_DONE : -ENOMEM;
}

/* What has to be true of the text as a whole. */
static int mtree_check(struct mtree_reader *reader)
{
	bool in_view = reader->place == MTREE_VIEW_HEAD || reader->place == MTREE_VIEW_BODY;
	bool in_tree = reader->place == MTREE_TREE_HEAD || reader->place == MTREE_TREE_BODY;

	if (!reader->has_view)
		return refusal_set(reader->refusal, "text",
			"has no flat view of the address space \"memory\": give what QEMU prints "
			"for "
			"\"info mtree -f\"");
	if (reader->memory && in_view)
		return refusal_set(reader->refusal, "text",
			"ends inside the flat view of \"memory\", without the empty line that QEMU "
			"puts at its end: it is cut; give all of it");
	if (!reader->has_ram)
		return refusal_set(
			reader->refusal, "text", "the flat view of \"memory\" has no RAM in it");
	if (reader->memory && in_tree)
		reader->tree_strange = true;
	reader->devices.cut = reader->devices.cut || in_view;
	return MTREE_DONE;
}

/* Where memory can be added, once all is read. */
static void mtree_finish_hotplug(struct mtree_reader *reader)
{
	struct guest *guest = reader->guest;
	bool window = false;

	for (size_t i = 0; i < guest->n_ranges; i++) {
		if (guest->ranges[i].kind != GUEST_HOTPLUG)
			continue;
		guest->ranges[i].block = reader->block;
		window = true;
	}
	/* hw/mem/memory-device.c: without that region no device of memory can be added. The root of
	 * the tree alone proves nothing. */
	guest->hotplug_none = !window && reader->n_tree > 1 && !reader->tree_strange;
}

/* Reads all lines into the guest of @reader. */
static int mtree_read(struct mtree_reader *reader, const char *bytes, size_t n, const char *arch)
{
	struct mtree_line_reader lines = { .bytes = bytes, .n = n };
	struct guest *guest = reader->guest;
	struct mtree_line line;
	size_t at;
	int r;

	guest->ranges = arena_array(guest->arena, LIMIT_GUEST_RANGES, sizeof(*guest->ranges));
	if (!guest->ranges)
		return -ENOMEM;
	while (mtree_line_next(&lines, &line)) {
		r = mtree_read_line(reader, &line);
		if (r != MTREE_DONE)
			return r;
	}
	r = mtree_check(reader);
	if (r == MTREE_DONE)
		r = mtree_set_arch(reader, arch);
	if (r != MTREE_DONE)
		return r;
	mtree_finish_hotplug(reader);
	r = guest_check(guest, &at);
	assert(r == GUEST_DONE); /* a view is in order, and windows overlap nothing */
	return MTREE_DONE;
}

/* Decodes the map and, unless @map_only, what of the devices shows. */
static int mtree_decode_text(
	struct mtree_reader *reader, const char *bytes, size_t n, const char *arch, bool map_only)
{
	int r;

	if (n > LIMIT_MTREE_BYTES)
		return refusal_set(reader->refusal, "text",
			"is larger than %u bytes, the most that is read", LIMIT_MTREE_BYTES);
	r = guest_new(&reader->guest);
	if (r < 0)
		return r;
	r = mtree_read(reader, bytes, n, arch);
	if (r == MTREE_DONE && !map_only)
		r = mtree_device_finish(&reader->devices, reader->guest);
	if (r != MTREE_DONE)
		reader->guest = guest_free(reader->guest);
	return r;
}

int mtree_decode(
	const char *bytes, size_t n, const char *arch, struct guest **ret, struct refusal *refusal)
{
	struct mtree_reader reader = { .refusal = refusal };
	int r = mtree_decode_text(&reader, bytes, n, arch, false);

	if (r == MTREE_DONE)
		*ret = reader.guest;
	return r;
}

int mtree_decode_map(
	const char *bytes, size_t n, const char *arch, struct guest **ret, struct refusal *refusal)
{
	struct mtree_reader reader = { .refusal = refusal };
	int r = mtree_decode_text(&reader, bytes, n, arch, true);

	if (r == MTREE_DONE)
		*ret = reader.guest;
	return r;
}
