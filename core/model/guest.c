/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/model/guest.h"

#include "core/model/limits.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Hexadecimal digits of a PCI domain: VMD and Hyper-V have more than the usual four. */
#define GUEST_DOMAIN_DIGITS_MIN 4
#define GUEST_DOMAIN_DIGITS_MAX 8

static const char *const guest_kind_words[_GUEST_KIND_MAX] = {
	[GUEST_RAM] = "ram",
	[GUEST_ROM] = "rom",
	[GUEST_RAM_DEVICE] = "ram-device",
	[GUEST_MMIO] = "mmio",
	[GUEST_HOTPLUG] = "hotplug",
	[GUEST_BAR_WINDOW] = "bar-window",
	[GUEST_PCI_HOLE64] = "pci-hole64",
};

int guest_new(struct guest **ret)
{
	struct arena *arena;
	struct guest *guest;
	int r;

	r = arena_new(LIMIT_ARENA_BYTES, &arena);
	if (r < 0)
		return r;
	guest = arena_alloc(arena, sizeof(*guest));
	if (!guest) {
		arena_free(arena);
		return -ENOMEM;
	}
	guest->arena = arena;
	guest->kvm = true;
	guest->viommu.caching_mode = TRI_UNKNOWN;
	guest->viommu.intremap = TRI_UNKNOWN;
	guest->viommu.shares_tables = TRI_UNKNOWN;
	*ret = guest;
	return 0;
}

struct guest *guest_free(struct guest *guest)
{
	if (guest)
		arena_free(guest->arena);
	return NULL;
}

const char *guest_kind_word(enum guest_kind kind)
{
	assert(kind < _GUEST_KIND_MAX);

	return guest_kind_words[kind];
}

int guest_kind_parse(const char *word, enum guest_kind *ret)
{
	for (unsigned i = 0; i < _GUEST_KIND_MAX; i++) {
		if (strcmp(guest_kind_words[i], word) != 0)
			continue;
		*ret = (enum guest_kind)i;
		return 0;
	}
	return -EINVAL;
}

bool guest_kind_is_mapped(enum guest_kind kind)
{
	return kind == GUEST_RAM || kind == GUEST_ROM || kind == GUEST_RAM_DEVICE;
}

/* The value of the hexadecimal digit @c of either case, or -1. */
static int guest_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Reads exactly four hexadecimal digits at *@text and moves past them. */
static int guest_parse_word16(const char **text, int32_t *ret)
{
	int32_t value = 0;

	for (unsigned i = 0; i < 4; i++) {
		int digit = guest_digit((*text)[i]);

		if (digit < 0)
			return -EINVAL;
		value = value * 16 + digit;
	}
	*text += 4;
	*ret = value;
	return 0;
}

static bool guest_is_lower_hex(char c)
{
	return guest_digit(c) >= 0 && !(c >= 'A' && c <= 'F');
}

/* True for "0000:01:00.0", spelled as the kernel does, because it is compared with what it says. */
static bool guest_is_address(const char *text)
{
	size_t domain = 0;

	while (domain <= GUEST_DOMAIN_DIGITS_MAX && guest_is_lower_hex(text[domain]))
		domain++;
	if (domain < GUEST_DOMAIN_DIGITS_MIN || domain > GUEST_DOMAIN_DIGITS_MAX)
		return false;
	text += domain;
	return text[0] == ':' && guest_is_lower_hex(text[1]) && guest_is_lower_hex(text[2]) &&
	       text[3] == ':' && (text[4] == '0' || text[4] == '1') &&
	       guest_is_lower_hex(text[5]) && text[6] == '.' && text[7] >= '0' && text[7] <= '7' &&
	       text[8] == '\0';
}

/* Reads "8086:10d3" or "8086:10d3:8086:a01f". */
static int guest_parse_identity(const char *text, struct guest_device *device)
{
	int32_t *const parts[] = { &device->vendor, &device->device, &device->subsystem_vendor,
		&device->subsystem_device };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (guest_parse_word16(&text, parts[i]) < 0)
			return -EINVAL;
		if (*text == '\0')
			return i == 1 || i == 3 ? 0 : -EINVAL;
		if (*text++ != ':')
			return -EINVAL;
	}
	return -EINVAL;
}

int guest_device_parse(const char *text, struct guest_device *ret)
{
	static const char class_prefix[] = "class:";
	struct guest_device device = {
		.vendor = -1,
		.device = -1,
		.subsystem_vendor = -1,
		.subsystem_device = -1,
		.class_code = -1,
		.text = text,
	};

	if (strncmp(text, class_prefix, sizeof(class_prefix) - 1) == 0) {
		const char *digits = text + sizeof(class_prefix) - 1;

		if (guest_parse_word16(&digits, &device.class_code) < 0 || *digits != '\0')
			return -EINVAL;
	} else if (guest_is_address(text)) {
		device.address = text;
	} else if (guest_parse_identity(text, &device) < 0) {
		return -EINVAL;
	}
	*ret = device;
	return 0;
}

/* By place first; what stands in the same place is put in an order that does not depend on input.
 */
static int guest_compare_ranges(const void *a, const void *b)
{
	const struct guest_range *x = a;
	const struct guest_range *y = b;
	int order = region_compare(&x->region, &y->region);

	if (order != 0)
		return order;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return strcmp(x->name ? x->name : "", y->name ? y->name : "");
}

bool guest_range_is_solid(const struct guest_range *range)
{
	return guest_kind_is_mapped(range->kind) &&
	       (range->kind != GUEST_RAM_DEVICE || range->placed);
}

int guest_check(struct guest *guest, size_t *ret_index)
{
	const struct guest_range *solid = NULL; /* the solid range that reaches highest so far */

	if (guest->n_ranges > 0)
		qsort(guest->ranges, guest->n_ranges, sizeof(*guest->ranges), guest_compare_ranges);

	for (size_t i = 0; i < guest->n_ranges; i++) {
		const struct guest_range *range = &guest->ranges[i];

		if (range->region.first > range->region.last) {
			*ret_index = i;
			return GUEST_E_REVERSED;
		}
		if (!guest_range_is_solid(range))
			continue;
		if (solid && range->region.first <= solid->region.last) {
			*ret_index = i;
			return GUEST_E_OVERLAP;
		}
		solid = range;
	}
	return GUEST_DONE;
}
