/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/layout/machine_type.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define MACHINE_TYPE_VERSION(major, minor) ((unsigned)(major) << 8 | (unsigned)(minor))
#define MACHINE_TYPE_NEWEST		   MACHINE_TYPE_VERSION(11, 1)
#define MACHINE_TYPE_DIGITS		   3

/* Upstream's versions: minors from first to last of each major. */
static const struct {
	unsigned major;
	unsigned first;
	unsigned last;
} machine_type_versions[] = {
	{ 0, 10, 15 },
	{ 1, 0, 7 },
	{ 2, 0, 12 },
	{ 3, 0, 1 },
	{ 4, 0, 2 },
	{ 5, 0, 2 },
	{ 6, 0, 2 },
	{ 7, 0, 2 },
	{ 8, 0, 2 },
	{ 9, 0, 2 },
	{ 10, 0, 2 },
	{ 11, 0, 1 },
};

/*
 * The first version that has each (QEMU hw/i386/pc.c, pc_piix.c, pc_q35.c, hw/arm/virt.c,
 * hw/core/machine.c: what the options of the version before take back).
 */
static const unsigned machine_type_since[] = {
	[MACHINE_TYPE_SPLIT_BY_GIB] = MACHINE_TYPE_VERSION(2, 0),
	[MACHINE_TYPE_BIOS_256K] = MACHINE_TYPE_VERSION(2, 0),
	[MACHINE_TYPE_DEVICE_MEMORY] = MACHINE_TYPE_VERSION(2, 1),
	[MACHINE_TYPE_ALIGNED_DIMMS] = MACHINE_TYPE_VERSION(2, 2),
	[MACHINE_TYPE_HOLE_AFTER_DEVICES] = MACHINE_TYPE_VERSION(2, 5),
	[MACHINE_TYPE_AMD_RELOCATION] = MACHINE_TYPE_VERSION(7, 1),
	[MACHINE_TYPE_CHECKED_32BIT] = MACHINE_TYPE_VERSION(8, 2),
	[MACHINE_TYPE_HIGH_ECAM] = MACHINE_TYPE_VERSION(3, 0),
	[MACHINE_TYPE_DIMMS_ON_VIRT] = MACHINE_TYPE_VERSION(4, 2),
	[MACHINE_TYPE_COMPACT_HIGH] = MACHINE_TYPE_VERSION(7, 2),
	[MACHINE_TYPE_ITS] = MACHINE_TYPE_VERSION(2, 8),
	[MACHINE_TYPE_VIRTIO_IOMMU_WIDTH] = MACHINE_TYPE_VERSION(9, 0),
	[MACHINE_TYPE_WIDE_INTEL_IOMMU] = MACHINE_TYPE_VERSION(9, 2),
};

/* How the types of a board begin; from which version on names of that form exist. */
static const struct {
	const char *prefix; /* what a version follows */
	const char *alias;  /* the board alone, or NULL */
	enum machine_type_board board;
	unsigned first;
	unsigned last;
	bool x86;
} machine_type_names[] = {
	{ "pc-i440fx-", "pc", MACHINE_TYPE_PC, MACHINE_TYPE_VERSION(1, 4), MACHINE_TYPE_NEWEST,
		true },
	{ "pc-q35-", "q35", MACHINE_TYPE_Q35, MACHINE_TYPE_VERSION(1, 4), MACHINE_TYPE_NEWEST,
		true },
	{ "pc-", NULL, MACHINE_TYPE_PC, MACHINE_TYPE_VERSION(0, 10), MACHINE_TYPE_VERSION(1, 3),
		true },
	{ "virt-", "virt", MACHINE_TYPE_VIRT, MACHINE_TYPE_VERSION(2, 6), MACHINE_TYPE_NEWEST,
		false },
};

bool machine_type_is_x86(const char *arch)
{
	return strcmp(arch, "x86_64") == 0 || strcmp(arch, "i686") == 0 ||
	       strcmp(arch, "i386") == 0;
}

static bool machine_type_is_arm(const char *arch)
{
	return strcmp(arch, "aarch64") == 0 || strncmp(arch, "armv", 4) == 0 ||
	       strcmp(arch, "arm") == 0;
}

/* Reads a number of a few digits at *@text and moves past it; false when there is none. */
static bool machine_type_number(const char **text, unsigned *ret)
{
	unsigned value = 0, digits = 0;

	for (; **text >= '0' && **text <= '9' && digits < MACHINE_TYPE_DIGITS; ++*text, digits++)
		value = value * 10 + (unsigned)(**text - '0');
	*ret = value;
	return digits > 0;
}

static bool machine_type_is_released(unsigned major, unsigned minor)
{
	for (size_t i = 0; i < sizeof(machine_type_versions) / sizeof(machine_type_versions[0]);
		i++)
		if (machine_type_versions[i].major == major)
			return machine_type_versions[i].first <= minor &&
			       minor <= machine_type_versions[i].last;
	return false;
}

/*
 * Reads "7.2". "4.0.1" is 4.0 with another interrupt controller. Proxmox adds "+pve0", which its
 * QEMU takes off before it looks the type up.
 */
static bool machine_type_version(const char *text, unsigned *ret)
{
	unsigned major, minor, rest;

	if (!machine_type_number(&text, &major) || *text++ != '.' ||
		!machine_type_number(&text, &minor) || !machine_type_is_released(major, minor))
		return false;
	*ret = MACHINE_TYPE_VERSION(major, minor);
	if (*ret == MACHINE_TYPE_VERSION(4, 0) && strncmp(text, ".1", 2) == 0)
		text += 2;
	if (strncmp(text, "+pve", 4) == 0) {
		text += 4;
		if (!machine_type_number(&text, &rest))
			return false;
	}
	return *text == '\0';
}

static void machine_type_take(struct machine_type *type, const char *prefix, const char *version)
{
	size_t n = strcspn(version, "+");

	(void)snprintf(type->name, sizeof(type->name), "%s%.*s", prefix, (int)n, version);
}

/* Sees whether @name is of the form that stands at @i. */
static bool machine_type_match(size_t i, const char *name, struct machine_type *ret)
{
	const char *prefix = machine_type_names[i].prefix, *alias = machine_type_names[i].alias;
	unsigned version;
	char newest[8];

	if (alias && strcmp(name, alias) == 0) {
		(void)snprintf(newest, sizeof(newest), "%u.%u", MACHINE_TYPE_NEWEST >> 8,
			MACHINE_TYPE_NEWEST & 255);
		*ret = (struct machine_type){ machine_type_names[i].board, MACHINE_TYPE_NEWEST,
			true, "" };
		machine_type_take(ret, prefix, newest);
		return true;
	}
	if (strncmp(name, prefix, strlen(prefix)) != 0 ||
		!machine_type_version(name + strlen(prefix), &version) ||
		version < machine_type_names[i].first || version > machine_type_names[i].last)
		return false;
	*ret = (struct machine_type){ machine_type_names[i].board, version, false, "" };
	machine_type_take(ret, prefix, name + strlen(prefix));
	return true;
}

void machine_type_parse(const char *arch, const char *name, struct machine_type *ret)
{
	bool x86 = machine_type_is_x86(arch);

	*ret = (struct machine_type){ .board = MACHINE_TYPE_OTHER };
	if (!x86 && !machine_type_is_arm(arch))
		return;
	if (!name && x86)
		name = "pc"; /* QEMU's default; Arm has none */
	if (!name)
		return;
	if (x86 && strcmp(name, "microvm") == 0) {
		*ret = (struct machine_type){ MACHINE_TYPE_MICROVM, MACHINE_TYPE_NEWEST, false,
			"microvm" };
		return;
	}
	for (size_t i = 0; i < sizeof(machine_type_names) / sizeof(machine_type_names[0]); i++)
		if (machine_type_names[i].x86 == x86 && machine_type_match(i, name, ret))
			return;
}

bool machine_type_has(const struct machine_type *type, enum machine_type_gate gate)
{
	return type->version >= machine_type_since[gate];
}
