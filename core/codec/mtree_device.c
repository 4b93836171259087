/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/mtree_device.h"

#include "core/codec/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MTREE_DEVICE_NAME_BYTES	  100
#define MTREE_DEVICE_COUNT(table) (sizeof(table) / sizeof((table)[0]))

static bool mtree_device_begins(struct mtree_line_name name, const char *text)
{
	size_t n = strlen(text);

	return name.n >= n && memcmp(name.bytes, text, n) == 0;
}

static bool mtree_device_same(struct mtree_line_name a, struct mtree_line_name b)
{
	return a.n == b.n && memcmp(a.bytes, b.bytes, a.n) == 0;
}

void mtree_device_note_view(struct mtree_device_reader *reader, const struct mtree_line *line)
{
	uint64_t number;

	if (text_parse_decimal(line->name.bytes, line->name.n, &number) < 0 ||
		number != reader->n_views)
		reader->cut = true;
	reader->n_views++;
}

/* The IOMMU whose address spaces, or registers, are named like that. */
static enum viommu_model mtree_device_model(struct mtree_line_name name)
{
	static const struct {
		const char *begin;
		enum viommu_model model;
	} names[] = {
		/* hw/i386: intel_iommu.c, amd_iommu.c */
		{ "vtd-", VIOMMU_INTEL },
		{ "intel_iommu", VIOMMU_INTEL },
		{ "amd_iommu", VIOMMU_AMD },
		{ "amdvi", VIOMMU_AMD },
		{ "AMDVI-PCI", VIOMMU_AMD },
		/* hw/arm: smmuv3.c, smmuv3-accel.c */
		{ "smmuv3-", VIOMMU_SMMUV3 },
		{ "arm-smmuv3", VIOMMU_SMMUV3 },
		{ "virtio-iommu", VIOMMU_VIRTIO }, /* hw/virtio: virtio-iommu.c, -pci.c */
		{ "riscv-iommu", VIOMMU_OTHER },
	};

	for (size_t i = 0; i < MTREE_DEVICE_COUNT(names); i++)
		if (mtree_device_begins(name, names[i].begin))
			return names[i].model;
	return VIOMMU_NONE;
}

static void mtree_device_note_model(struct mtree_device_reader *reader, struct mtree_line_name name)
{
	enum viommu_model model = mtree_device_model(name);

	if (model == VIOMMU_NONE)
		return;
	if (reader->model != VIOMMU_NONE && reader->model != model)
		reader->several = true;
	reader->model = model;
	if (mtree_device_begins(name, "smmuv3-accel"))
		reader->accelerated = true;
}

void mtree_device_note_space(struct mtree_device_reader *reader, const struct mtree_line *line,
	enum mtree_device_source source)
{
	/* hw/vfio/igd.c: that bridge is QEMU's own, beside the device that it is there for. */
	static const char own[] = "vfio-pci-igd-lpc-bridge";

	mtree_device_note_model(reader, line->name);
	if (mtree_line_is(line->name, "I/O"))
		reader->has_io = true;
	/* hw/pci/pci.c do_pci_register_device() */
	if (mtree_device_begins(line->name, "vfio-pci") && !mtree_line_is(line->name, own)) {
		reader->n_spaces[source]++;
		reader->space = line->name;
	} else if (mtree_device_begins(line->name, "vhost-vdpa") ||
		   (mtree_device_begins(line->name, "vfio-") && !mtree_line_is(line->name, own))) {
		reader->foreign = line->name;
	}
}

/* What stands before " BAR 0" and " base BAR 0" (hw/vfio/pci.c); false when neither is there. */
static bool mtree_device_of_bar(struct mtree_line_name name, struct mtree_line_name *ret)
{
	static const char *const marks[] = { " base BAR ", " BAR " };

	for (size_t i = 0; i < MTREE_DEVICE_COUNT(marks); i++) {
		size_t n = strlen(marks[i]);

		for (size_t at = 0; at + n < name.n; at++) {
			if (memcmp(name.bytes + at, marks[i], n) != 0)
				continue;
			*ret = (struct mtree_line_name){ name.bytes, at };
			return true;
		}
	}
	return false;
}

static bool mtree_device_parse(struct mtree_line_name name, struct guest_device *ret)
{
	char text[32];

	if (name.n >= sizeof(text))
		return false;
	memcpy(text, name.bytes, name.n);
	text[name.n] = '\0';
	return guest_device_parse(text, ret) == 0 && ret->address;
}

static void mtree_device_note_address(
	struct mtree_device_reader *reader, struct mtree_line_name address)
{
	for (size_t i = 0; i < reader->n_addresses; i++)
		if (mtree_device_same(reader->addresses[i], address))
			return;
	if (reader->n_addresses < LIMIT_GUEST_DEVICES)
		reader->addresses[reader->n_addresses++] = address;
	else
		reader->cut = true;
}

void mtree_device_note_range(struct mtree_device_reader *reader, const struct mtree_line *line)
{
	/* RAM of a device of the host that shows in a device of QEMU's: hw/tpm/tpm_ppi.c,
	 * hw/virtio/vhost-user.c */
	static const char *const own[] = { "tpm-ppi", "vhost-user/" };
	struct mtree_line_name device;
	struct guest_device parsed;

	if (line->type == MTREE_LINE_TYPE_IO)
		mtree_device_note_model(reader, line->name);
	if (mtree_device_of_bar(line->name, &device) && mtree_device_parse(device, &parsed)) {
		mtree_device_note_address(reader, device);
		return;
	}
	if (line->type != MTREE_LINE_TYPE_RAMD)
		return;
	for (size_t i = 0; i < MTREE_DEVICE_COUNT(own); i++)
		if (mtree_device_begins(line->name, own[i]))
			return;
	if (!mtree_device_of_bar(line->name, &device)) {
		reader->foreign = line->name;
	} else if (!mtree_device_same(reader->unnamed, device)) {
		reader->n_unnamed++;
		reader->unnamed = device;
	}
}

int mtree_device_add_opaque(struct guest *guest, const char *format, ...)
{
	char buffer[LIMIT_TEXT + 1];
	const char *text;
	va_list list;

	if (guest->n_opaque == LIMIT_WORDS)
		return 0;
	va_start(list, format);
	(void)vsnprintf(buffer, sizeof(buffer), format, list);
	va_end(list);
	if (!guest->opaque)
		guest->opaque = arena_array(guest->arena, LIMIT_WORDS, sizeof(*guest->opaque));
	text = arena_text(guest->arena, buffer, strlen(buffer));
	if (!guest->opaque || !text)
		return -ENOMEM;
	guest->opaque[guest->n_opaque++] = text;
	return 0;
}

static int mtree_device_name(struct guest *guest, const char *what, struct mtree_line_name name)
{
	int n = name.n < MTREE_DEVICE_NAME_BYTES ? (int)name.n : MTREE_DEVICE_NAME_BYTES;

	if (!text_is_printable(name.bytes, name.n))
		return mtree_device_add_opaque(guest, "%s", what);
	return mtree_device_add_opaque(guest, "%s (\"%.*s\")", what, n, name.bytes);
}

static int mtree_device_finish_addresses(
	const struct mtree_device_reader *reader, struct guest *guest)
{
	guest->devices = arena_array(guest->arena, reader->n_addresses, sizeof(*guest->devices));
	if (!guest->devices)
		return -ENOMEM;
	for (size_t i = 0; i < reader->n_addresses; i++) {
		struct mtree_line_name name = reader->addresses[i];
		char *text = arena_text(guest->arena, name.bytes, name.n);

		if (!text || guest_device_parse(text, &guest->devices[i]) < 0)
			return -ENOMEM;
	}
	guest->n_devices = reader->n_addresses;
	return 0;
}

/* Devices of which the text shows that they are there, and not which they are. */
static int mtree_device_finish_rest(const struct mtree_device_reader *reader, struct guest *guest)
{
	size_t known = reader->n_addresses + reader->n_unnamed;
	size_t n = reader->n_spaces[MTREE_DEVICE_VIEWS];
	int r = 0;

	if (n < reader->n_spaces[MTREE_DEVICE_TREES])
		n = reader->n_spaces[MTREE_DEVICE_TREES];
	if (reader->n_unnamed)
		r = mtree_device_name(
			guest, "an assigned device without an address", reader->unnamed);
	if (r == 0 && n > known)
		r = mtree_device_name(guest, "an assigned device of which no BAR shows the address",
			reader->space);
	if (r == 0 && reader->foreign.bytes)
		r = mtree_device_name(guest, "a device of the host", reader->foreign);
	if (r == 0 && (reader->cut || !reader->has_io))
		r = mtree_device_add_opaque(
			guest, "address spaces that the text does not show, perhaps of devices");
	return r;
}

int mtree_device_finish(const struct mtree_device_reader *reader, struct guest *guest)
{
	int r = mtree_device_finish_addresses(reader, guest);

	if (r == 0)
		r = mtree_device_finish_rest(reader, guest);
	if (r < 0)
		return r;
	guest->viommu.model = reader->several ? VIOMMU_OTHER : reader->model;
	if (reader->accelerated)
		guest->viommu.shares_tables = TRI_YES;
	if (guest->viommu.model == VIOMMU_OTHER)
		guest->viommu.name = reader->several ? "several" : "riscv-iommu";
	return 0;
}
