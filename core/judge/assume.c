/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/assume.h"

#include "core/codec/text.h"
#include "core/judge/kernel_gate.h"

#include <stdio.h>
#include <string.h>

/* Each says what is wrong with @value in @refusal, or sets its part of @assume. */
static int assume_refuse(
	struct refusal *refusal, const char *key, const char *value, const char *needed)
{
	(void)refusal_set(refusal, key, "\"%.40s\" is no such value: %s", value, needed);
	return ASSUME_E_REFUSED;
}

static int assume_add_kernel(struct assume *assume, const char *value, struct refusal *refusal)
{
	if (strlen(value) >= sizeof(assume->kernel) || !kernel_gate_version_is_valid(value))
		return assume_refuse(
			refusal, "kernel", value, "give a version such as 6.6 or 6.12.95");
	(void)snprintf(assume->kernel, sizeof(assume->kernel), "%s", value);
	return ASSUME_DONE;
}

static int assume_add_page_size(struct assume *assume, const char *value, struct refusal *refusal)
{
	uint64_t bytes;

	if (text_parse_decimal(value, strlen(value), &bytes) < 0 ||
		(bytes != 4096 && bytes != 16384 && bytes != 65536))
		return assume_refuse(
			refusal, "page-size", value, "pages have 4096, 16384 or 65536 bytes");
	assume->page_size = bytes;
	return ASSUME_DONE;
}

static int assume_add_unsafe_interrupts(
	struct assume *assume, const char *value, struct refusal *refusal)
{
	bool yes = strcmp(value, "yes") == 0;

	if (!yes && strcmp(value, "no") != 0)
		return assume_refuse(refusal, "allow-unsafe-interrupts", value, "it is yes or no");
	assume->unsafe_interrupts = yes;
	return ASSUME_DONE;
}

/* Address bits: fewer than 32 no platform of today has, and more than 64 none can. */
static int assume_add_bits(
	const char *key, const char *value, struct refusal *refusal, unsigned *ret)
{
	uint64_t bits;

	if (text_parse_decimal(value, strlen(value), &bits) < 0 || bits < 32 || bits > 64)
		return assume_refuse(refusal, key, value, "give a number of bits from 32 to 64");
	*ret = (unsigned)bits;
	return ASSUME_DONE;
}

static int assume_add_iommu_bits(struct assume *assume, const char *value, struct refusal *refusal)
{
	return assume_add_bits("iommu-bits", value, refusal, &assume->iommu_bits);
}

static int assume_add_cpu_bits(struct assume *assume, const char *value, struct refusal *refusal)
{
	return assume_add_bits("cpu-bits", value, refusal, &assume->cpu_bits);
}

static int assume_add_cpu_vendor(struct assume *assume, const char *value, struct refusal *refusal)
{
	static const char *const vendors[] = { "intel", "amd", "hygon", "zhaoxin", "arm" };

	for (size_t i = 0; i < sizeof(vendors) / sizeof(vendors[0]); i++) {
		if (strcmp(vendors[i], value) != 0)
			continue;
		(void)snprintf(assume->cpu_vendor, sizeof(assume->cpu_vendor), "%s", value);
		return ASSUME_DONE;
	}
	return assume_refuse(
		refusal, "cpu-vendor", value, "it is intel, amd, hygon, zhaoxin or arm");
}

static int assume_add_nested(struct assume *assume, const char *value, struct refusal *refusal)
{
	if (strcmp(value, "trust") != 0)
		return assume_refuse(refusal, "nested", value, "it can only be trust");
	assume->nested_trust = true;
	return ASSUME_DONE;
}

/* Each writes its part of @assume as it is spelled, or nothing where it is not set. */
static void assume_show_kernel(const struct assume *assume, char *ret, size_t n)
{
	(void)snprintf(ret, n, "%s", assume->kernel);
}

static void assume_show_page_size(const struct assume *assume, char *ret, size_t n)
{
	if (assume->page_size)
		(void)snprintf(ret, n, "%llu", (unsigned long long)assume->page_size);
}

static void assume_show_unsafe_interrupts(const struct assume *assume, char *ret, size_t n)
{
	if (assume->unsafe_interrupts >= 0)
		(void)snprintf(ret, n, "%s", assume->unsafe_interrupts ? "yes" : "no");
}

static void assume_show_iommu_bits(const struct assume *assume, char *ret, size_t n)
{
	if (assume->iommu_bits)
		(void)snprintf(ret, n, "%u", assume->iommu_bits);
}

static void assume_show_cpu_bits(const struct assume *assume, char *ret, size_t n)
{
	if (assume->cpu_bits)
		(void)snprintf(ret, n, "%u", assume->cpu_bits);
}

static void assume_show_cpu_vendor(const struct assume *assume, char *ret, size_t n)
{
	(void)snprintf(ret, n, "%s", assume->cpu_vendor);
}

static void assume_show_nested(const struct assume *assume, char *ret, size_t n)
{
	if (assume->nested_trust)
		(void)snprintf(ret, n, "trust");
}

/* In the order in which they are shown. A kernel's flavour is of the configuration: no key sets it.
 */
static const struct {
	const char *key;
	int (*add)(struct assume *assume, const char *value, struct refusal *refusal);
	void (*show)(const struct assume *assume, char *ret, size_t n);
} assume_keys[] = {
	{ "kernel", assume_add_kernel, assume_show_kernel },
	{ "page-size", assume_add_page_size, assume_show_page_size },
	{ "allow-unsafe-interrupts", assume_add_unsafe_interrupts, assume_show_unsafe_interrupts },
	{ "iommu-bits", assume_add_iommu_bits, assume_show_iommu_bits },
	{ "cpu-bits", assume_add_cpu_bits, assume_show_cpu_bits },
	{ "cpu-vendor", assume_add_cpu_vendor, assume_show_cpu_vendor },
	{ "nested", assume_add_nested, assume_show_nested },
};
#define ASSUME_N_KEYS (sizeof(assume_keys) / sizeof(assume_keys[0]))

int assume_add(struct assume *assume, const char *key, const char *value, struct refusal *refusal)
{
	for (size_t i = 0; i < ASSUME_N_KEYS; i++) {
		if (strcmp(assume_keys[i].key, key) == 0)
			return assume_keys[i].add(assume, value, refusal);
	}
	(void)refusal_set(refusal, "assume",
		"\"%.40s\" cannot be assumed; these can: kernel, page-size, "
		"allow-unsafe-interrupts, iommu-bits, cpu-bits, cpu-vendor, nested",
		key);
	return ASSUME_E_REFUSED;
}

int assume_add_pair(struct assume *assume, const char *pair, struct refusal *refusal)
{
	const char *sign = strchr(pair, '=');
	char key[40];

	if (!sign || sign == pair) {
		(void)refusal_set(refusal, "assume",
			"\"%.40s\" is no assumption: give KEY=VALUE, such as kernel=6.6", pair);
		return ASSUME_E_REFUSED;
	}
	(void)snprintf(key, sizeof(key), "%.*s", (int)(sign - pair), pair);
	return assume_add(assume, key, sign + 1, refusal);
}

void assume_each(const struct assume *assume,
	void (*each)(const char *key, const char *value, void *data), void *data)
{
	for (size_t i = 0; i < ASSUME_N_KEYS; i++) {
		char value[sizeof(assume->kernel)] = "";

		assume_keys[i].show(assume, value, sizeof(value));
		if (value[0] != '\0')
			each(assume_keys[i].key, value, data);
	}
	if (assume->flavour[0] != '\0')
		each("kernel-flavour", assume->flavour, data);
}

static void assume_note(const char *key, const char *value, void *data)
{
	(void)key;
	(void)value;
	*(bool *)data = true;
}

bool assume_is_nothing(const struct assume *assume)
{
	bool something = false;

	assume_each(assume, assume_note, &something);
	return !something;
}
