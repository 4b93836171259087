/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/kernel_gate.h"

#include "core/codec/text.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#define KERNEL_GATE_COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct kernel_gate_series {
	unsigned major;
	unsigned minor;
};

struct kernel_gate_version {
	struct kernel_gate_series series;
	unsigned patch; /* 0 in "6.12" */
};

/*
 * What is known of each gate: off in every release up to one series, on in every release from
 * another one. Between the two nobody looked, so the answer there is unknown.
 */
static const struct {
	struct kernel_gate_series off_through;
	struct kernel_gate_series on_since;
} kernel_gates[_KERNEL_GATE_MAX] = {
	[KERNEL_GATE_VTD_DIRECT_REFUSED] = { { 3, 16 }, { 3, 17 } },
	[KERNEL_GATE_DIRECT_REFUSED] = { { 6, 5 }, { 6, 6 } },
	/* ed56de8a9e90 and 621838c718a8, merged for 6.13 */
	[KERNEL_GATE_VTD_FIRST_STAGE_FIRST] = { { 6, 12 }, { 6, 13 } },
	/* 025d1371cc8c, merged for 6.17; before it the driver said all 64 bits; 6.16.y is unread */
	[KERNEL_GATE_AMD_HATS_BOUNDS] = { { 6, 15 }, { 6, 17 } },
	[KERNEL_GATE_BAR_WRITE_COMBINING] = { { 6, 8 }, { 6, 9 } },
};

static const char *const kernel_gate_numbered_flavours[] = {
	"plain",
	"debian",
	"ubuntu",
	"fedora",
	"arch",
};

enum kernel_gate_platform { KERNEL_GATE_X86, KERNEL_GATE_ARM, KERNEL_GATE_OTHER };

/* Series from which on groups or reserved regions are listed in another way. */
static const struct {
	enum kernel_gate_platform platform;
	struct kernel_gate_series since;
} kernel_gate_steps[] = {
	/* RMRRs of USB and graphics become direct-relaxable, IVMD exclusion ranges direct */
	{ KERNEL_GATE_X86, { 5, 3 } },
	/* IORT RMR nodes, then device-tree iommu-addresses become regions */
	{ KERNEL_GATE_ARM, { 6, 0 } },
	{ KERNEL_GATE_ARM, { 6, 3 } },
};

/*
 * Up to here the code that makes groups and regions was read; of newer series only single changes
 * are known, such as 6.16, where the HyperTransport line goes away if EFR2 has HTRangeIgnore
 * (94a9921e2c25), and 7.0, where ACS is enabled later on device-tree hosts (c41e2fb67e26).
 */
static const struct kernel_gate_series kernel_gate_read_through = { 6, 12 };

/* The kinds of unit whose drivers were read. */
static const char *const kernel_gate_read_kinds[] = {
	"intel-vtd",
	"amd-vi",
	"arm-smmu-v3",
	"arm-smmu",
	"virtio-iommu",
};

/*
 * Releases that list groups or regions unlike those before and after them. 4.17 listed the windows
 * of host bridges as reserved (273df9635385, taken back by cd2c9fcf5c66). A backport of "PCI:
 * Enable ACS after configuring IOMMU for OF platforms" merged groups in the stable series of early
 * 2026 until it was reverted in 6.12.83, 6.6.135, 6.1.169, 5.15.203 and 5.10.253; where its first
 * release is not known for sure (6.1, 5.15), the row begins early.
 */
static const struct {
	struct kernel_gate_series series;
	unsigned first_patch;
	unsigned last_patch;
} kernel_gate_windows[] = {
	{ { 4, 17 }, 0, UINT_MAX },
	{ { 5, 10 }, 252, 252 },
	{ { 5, 15 }, 195, 202 },
	{ { 6, 1 }, 160, 168 },
	{ { 6, 6 }, 128, 134 },
	{ { 6, 12 }, 75, 82 },
};

/* Series that took the same backport at a patch level that is not known. */
static const struct kernel_gate_series kernel_gate_restless[] = { { 6, 18 }, { 6, 19 } };

static bool kernel_gate_has_word(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[i], word) == 0)
			return true;
	}
	return false;
}

static int kernel_gate_compare(struct kernel_gate_series a, struct kernel_gate_series b)
{
	if (a.major != b.major)
		return a.major < b.major ? -1 : 1;
	if (a.minor != b.minor)
		return a.minor < b.minor ? -1 : 1;
	return 0;
}

/* Reads "6.6" or "6.12.95" and nothing else. */
static bool kernel_gate_parse(const char *text, struct kernel_gate_version *ret)
{
	unsigned parts[3] = { 0 };
	size_t n = 0;

	for (;;) {
		size_t length = strcspn(text, ".");
		uint64_t value;

		if (n == 3 || text_parse_decimal(text, length, &value) < 0 || value > USHRT_MAX)
			return false;
		parts[n++] = (unsigned)value;
		if (text[length] == '\0')
			break;
		text += length + 1;
	}
	if (n < 2)
		return false;
	*ret = (struct kernel_gate_version){
		.series = { parts[0], parts[1] },
		.patch = parts[2],
	};
	return true;
}

enum kernel_gate_answer kernel_gate_evaluate(
	const struct facts_kernel *kernel, enum kernel_gate gate)
{
	struct kernel_gate_version version;

	assert(gate < _KERNEL_GATE_MAX);

	if (!fact_is_value(kernel->fact) || !fact_is_value(kernel->flavour.fact) ||
		!kernel_gate_flavour_follows_number(kernel->flavour.value))
		return KERNEL_GATE_UNKNOWN;
	if (!fact_is_value(kernel->version.fact) ||
		!kernel_gate_parse(kernel->version.value, &version))
		return KERNEL_GATE_UNKNOWN;

	if (kernel_gate_compare(version.series, kernel_gates[gate].off_through) <= 0)
		return KERNEL_GATE_OFF;
	if (kernel_gate_compare(version.series, kernel_gates[gate].on_since) >= 0)
		return KERNEL_GATE_ON;
	return KERNEL_GATE_UNKNOWN;
}

static enum kernel_gate_platform kernel_gate_platform(const char *arch)
{
	if (strcmp(arch, "x86_64") == 0 || strcmp(arch, "i686") == 0)
		return KERNEL_GATE_X86;
	if (strcmp(arch, "aarch64") == 0)
		return KERNEL_GATE_ARM;
	return KERNEL_GATE_OTHER;
}

/*
 * The row of the windows that @version is in. A series without a patch level is in none: its
 * ordinary releases are meant.
 */
static size_t kernel_gate_window(const struct kernel_gate_version *version)
{
	for (size_t i = 0; i < KERNEL_GATE_COUNT(kernel_gate_windows); i++) {
		if (kernel_gate_compare(version->series, kernel_gate_windows[i].series) != 0)
			continue;
		if (version->patch >= kernel_gate_windows[i].first_patch &&
			version->patch <= kernel_gate_windows[i].last_patch)
			return i;
	}
	return KERNEL_GATE_COUNT(kernel_gate_windows);
}

/* @series is one whose patch levels cannot be told apart from each other. */
static bool kernel_gate_is_restless(struct kernel_gate_series series)
{
	for (size_t i = 0; i < KERNEL_GATE_COUNT(kernel_gate_restless); i++) {
		if (kernel_gate_compare(series, kernel_gate_restless[i]) == 0)
			return true;
	}
	return false;
}

/* True when all of what happened to units of @kind up to series @high is known. */
static bool kernel_gate_is_read(
	struct kernel_gate_series high, enum kernel_gate_platform platform, const char *kind)
{
	if (platform == KERNEL_GATE_OTHER ||
		kernel_gate_compare(high, kernel_gate_read_through) > 0)
		return false;
	return kernel_gate_has_word(
		kernel_gate_read_kinds, KERNEL_GATE_COUNT(kernel_gate_read_kinds), kind);
}

/* True when a step lies between the two series, of which @low is the lower one. */
static bool kernel_gate_steps_between(struct kernel_gate_series low, struct kernel_gate_series high,
	enum kernel_gate_platform platform)
{
	for (size_t i = 0; i < KERNEL_GATE_COUNT(kernel_gate_steps); i++) {
		if (kernel_gate_steps[i].platform == platform &&
			kernel_gate_compare(low, kernel_gate_steps[i].since) < 0 &&
			kernel_gate_compare(high, kernel_gate_steps[i].since) >= 0)
			return true;
	}
	return false;
}

bool kernel_gate_observation_differs(
	const char *from, const char *to, const char *arch, const char *kind, bool follows_number)
{
	enum kernel_gate_platform platform = kernel_gate_platform(arch);
	struct kernel_gate_version a, b;
	struct kernel_gate_series low, high;

	if (!follows_number || !kernel_gate_parse(from, &a) || !kernel_gate_parse(to, &b))
		return true;
	if (kernel_gate_window(&a) != kernel_gate_window(&b))
		return true;
	if (kernel_gate_compare(a.series, b.series) == 0)
		return a.patch != b.patch && kernel_gate_is_restless(a.series);

	low = kernel_gate_compare(a.series, b.series) < 0 ? a.series : b.series;
	high = kernel_gate_compare(a.series, b.series) < 0 ? b.series : a.series;
	return !kernel_gate_is_read(high, platform, kind) ||
	       kernel_gate_steps_between(low, high, platform);
}

bool kernel_gate_flavour_follows_number(const char *flavour)
{
	return kernel_gate_has_word(kernel_gate_numbered_flavours,
		KERNEL_GATE_COUNT(kernel_gate_numbered_flavours), flavour);
}

bool kernel_gate_version_is_valid(const char *text)
{
	struct kernel_gate_version version;

	return kernel_gate_parse(text, &version);
}
