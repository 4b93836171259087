/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/collect/kernel_log.h"

#include <string.h>

/* Passes over the marks that dmesg puts before a message: "<6>", "[    0.000000] ", "[   T1] ". */
static void kernel_log_skip_marks(struct scan *line)
{
	struct scan at = *line;
	uint64_t priority;

	if (scan_literal(&at, "<") && scan_decimal(&at, &priority) && scan_literal(&at, ">"))
		*line = at;
	for (int i = 0; i < 2; i++) {
		at = *line;
		if (!scan_literal(&at, "[") || !scan_past(&at, "] "))
			return;
		*line = at;
	}
}

static bool kernel_log_next(struct scan *text, struct scan *ret)
{
	if (!scan_line(text, ret))
		return false;
	kernel_log_skip_marks(ret);
	return true;
}

/* What follows @prefix in the last message that begins with it. */
static bool kernel_log_last(const struct kernel_log *log, const char *prefix, struct scan *ret)
{
	struct scan text = scan_of(log->text, log->n);
	struct scan line;
	bool found = false;

	while (kernel_log_next(&text, &line)) {
		if (!scan_literal(&line, prefix))
			continue;
		*ret = scan_trim(line);
		found = true;
	}
	return found;
}

static bool kernel_log_has(const struct kernel_log *log, const char *prefix)
{
	struct scan rest;

	return kernel_log_last(log, prefix, &rest);
}

static struct fact kernel_log_not_found(const struct kernel_log *log)
{
	return fact_is_value(log->fact) ? FACT_IGNORANT(FACT_NOT_EXPOSED) : log->fact;
}

struct kernel_log kernel_log_of(const char *text, size_t n)
{
	struct kernel_log log = { .fact = FACT_KNOWN, .text = text, .n = n };
	struct scan scan = scan_of(text, n);
	struct scan line;

	if (kernel_log_next(&scan, &line))
		log.complete = scan_literal(&line, "Linux version ") ||
			       scan_literal(&line, "Booting Linux on ");
	return log;
}

struct kernel_log kernel_log_none(enum fact_why why)
{
	return (struct kernel_log){ .fact = FACT_IGNORANT(why), .text = "" };
}

/* The number before @unit in "…@name N@unit…", or -1. */
static int kernel_log_bits(struct scan rest, const char *name, const char *unit)
{
	uint64_t bits;

	if (!scan_past(&rest, name) || !scan_decimal(&rest, &bits) || !scan_literal(&rest, unit))
		return -1;
	return bits >= 1 && bits <= 64 ? (int)bits : -1;
}

static struct kernel_log_smmu kernel_log_smmu_unknown(const struct kernel_log *log)
{
	struct fact_number unknown = { .fact = kernel_log_not_found(log) };

	return (struct kernel_log_smmu){ unknown, unknown, unknown, unknown, unknown };
}

/* "ias 44-bit, oas 44-bit (features 0x00008305)"; kernels since about 6.17 leave the ias out. */
static bool kernel_log_smmu_v3_line(struct scan rest, struct kernel_log_smmu *smmu)
{
	struct scan features = rest;
	uint64_t value;

	if (!scan_past(&features, "(features ") || !scan_hex(&features, &value) ||
		!scan_literal(&features, ")"))
		return false;
	smmu->features = fact_number(value);
	if (scan_literal(&rest, "ias ")) {
		uint64_t bits;
		if (scan_decimal(&rest, &bits) && bits >= 1 && bits <= 64)
			smmu->ias = fact_number(bits);
	}
	return true;
}

struct kernel_log_smmu kernel_log_smmu_v3(const struct kernel_log *log, const char *device)
{
	struct kernel_log_smmu smmu = kernel_log_smmu_unknown(log);
	struct scan text = scan_of(log->text, log->n);
	struct scan line;

	while (kernel_log_next(&text, &line)) {
		if (!scan_literal(&line, "arm-smmu-v3 ") || !scan_literal(&line, device) ||
			!scan_literal(&line, ": "))
			continue;
		struct kernel_log_smmu later = kernel_log_smmu_unknown(log);
		if (kernel_log_smmu_v3_line(line, &later))
			smmu = later;
	}
	return smmu;
}

static void kernel_log_smmu_v2_line(struct scan line, struct kernel_log_smmu *smmu)
{
	struct scan rest = scan_trim(line);
	uint64_t value;
	int bits;

	if (scan_literal(&rest, "probing hardware configuration")) {
		smmu->stage_1_bits = fact_number_null(); /* what follows says what it has */
		smmu->stage_2 = fact_number(0);
		return;
	}
	if (scan_literal(&rest, "Supported page sizes: ") && scan_hex(&rest, &value))
		smmu->page_sizes = fact_number(value);
	bits = kernel_log_bits(rest, "Stage-1: ", "-bit VA");
	if (bits > 0)
		smmu->stage_1_bits = fact_number((uint64_t)bits);
	bits = kernel_log_bits(rest, "Stage-2: ", "-bit IPA");
	if (bits > 0) {
		smmu->ias = fact_number((uint64_t)bits);
		smmu->stage_2 = fact_number(1);
	}
}

struct kernel_log_smmu kernel_log_smmu_v2(const struct kernel_log *log, const char *device)
{
	struct kernel_log_smmu smmu = kernel_log_smmu_unknown(log);
	struct scan text = scan_of(log->text, log->n);
	struct scan line;

	while (kernel_log_next(&text, &line))
		if (scan_literal(&line, "arm-smmu ") && scan_literal(&line, device) &&
			scan_literal(&line, ": "))
			kernel_log_smmu_v2_line(line, &smmu);
	return smmu;
}

struct kernel_log_virtio_iommu kernel_log_virtio_iommu(
	const struct kernel_log *log, const char *device)
{
	struct fact_number unknown = { .fact = kernel_log_not_found(log) };
	struct kernel_log_virtio_iommu unit = { unknown, unknown };
	struct scan text = scan_of(log->text, log->n);
	struct scan line;
	uint64_t value;

	while (kernel_log_next(&text, &line)) {
		if (!scan_literal(&line, "virtio_iommu ") || !scan_literal(&line, device) ||
			!scan_literal(&line, ": "))
			continue;
		int bits = kernel_log_bits(line, "input address: ", " bits");
		if (bits > 0)
			unit.input_bits = fact_number((uint64_t)bits);
		if (scan_literal(&line, "page mask: ") && scan_hex(&line, &value) && value)
			unit.page_sizes = fact_number(value);
	}
	return unit;
}

struct fact_number kernel_log_its(const struct kernel_log *log)
{
	if (kernel_log_has(log, "ITS [mem ") || kernel_log_has(log, "ITS@"))
		return fact_number(1);
	if (fact_is_value(log->fact) && log->complete)
		return fact_number(0);
	return (struct fact_number){ .fact = kernel_log_not_found(log) };
}

struct fact_number kernel_log_interrupt_remapping(const struct kernel_log *log)
{
	if (kernel_log_has(log, "DMAR-IR: Enabled IRQ remapping in ") ||
		kernel_log_has(log, "AMD-Vi: Interrupt remapping enabled"))
		return fact_number(1);
	return (struct fact_number){ .fact = kernel_log_not_found(log) };
}

struct fact_text kernel_log_invalidation(const struct kernel_log *log)
{
	struct scan mode;

	/* Drivers that meet an emulated unit turn batching off after the policy was printed. */
	if (kernel_log_has(log, "AMD-Vi: Using strict mode due to virtualization") ||
		kernel_log_has(log, "DMAR: IOMMU batching disallowed due to virtualization"))
		return fact_text("strict");
	if (kernel_log_last(log, "iommu: DMA domain TLB invalidation policy: ", &mode)) {
		if (scan_literal(&mode, "strict mode"))
			return fact_text("strict");
		if (scan_literal(&mode, "lazy mode"))
			return fact_text("lazy");
	}
	return (struct fact_text){ .fact = kernel_log_not_found(log) };
}

struct fact_number kernel_log_page_size(const struct kernel_log *log)
{
	struct scan text = scan_of(log->text, log->n);
	struct scan line;
	uint64_t order;
	uint64_t bytes;

	while (kernel_log_next(&text, &line)) {
		if (!scan_past(&line, "hash table entries: ") || !scan_past(&line, "(order: ") ||
			!scan_decimal(&line, &order) || !scan_literal(&line, ", ") ||
			!scan_decimal(&line, &bytes) || !scan_literal(&line, " bytes") ||
			order > 32)
			continue;
		bytes >>= order;
		/* Tables of odd entries are rounded up to pages: only what Linux has is taken. */
		if (bytes == 4096 || bytes == 16384 || bytes == 65536)
			return fact_number(bytes);
	}
	return (struct fact_number){ .fact = kernel_log_not_found(log) };
}

static struct fact_number kernel_log_kvm_line(struct scan line)
{
	static const char *const up[] = {
		"VHE mode initialized",
		"Hyp mode initialized",
		"Hyp nVHE mode initialized",
		"Protected hVHE mode initialized",
		"Protected nVHE mode initialized",
		"hVHE mode initialized",
		"nVHE mode initialized",
	};

	if (!scan_literal(&line, "kvm [") || !scan_past(&line, "]: "))
		return (struct fact_number){ .fact.state = FACT_MISSING };
	for (size_t i = 0; i < sizeof(up) / sizeof(*up); i++)
		if (scan_literal(&line, up[i]))
			return fact_number(1);
	if (scan_literal(&line, "HYP mode not available"))
		return fact_number(0);
	return (struct fact_number){ .fact.state = FACT_MISSING };
}

struct fact_number kernel_log_kvm(const struct kernel_log *log)
{
	struct fact_number kvm = { .fact = kernel_log_not_found(log) };
	struct scan text = scan_of(log->text, log->n);
	struct scan line;

	while (kernel_log_next(&text, &line)) {
		struct fact_number here = kernel_log_kvm_line(line);
		if (fact_is_value(here.fact))
			kvm = here;
	}
	return kvm;
}

struct fact_number kernel_log_scalable_mode(const struct kernel_log *log)
{
	if (kernel_log_has(log, "DMAR: VT-d Scalable Mode not enabled"))
		return fact_number(0);
	return (struct fact_number){ .fact = kernel_log_not_found(log) };
}

struct scan kernel_log_dmi(const struct kernel_log *log)
{
	struct scan text = scan_of(log->text, log->n);
	struct scan line;

	while (kernel_log_next(&text, &line)) {
		/* "DMI: SMBIOS 2.8 present.", "DMI: Memory slots populated: 1/1", and between them
		 * "DMI: MAKER MODEL, BIOS …". */
		struct scan bios = line;
		if (scan_literal(&line, "DMI: ") && scan_past(&bios, ", BIOS "))
			return (struct scan){ line.p, bios.p };
	}
	return (struct scan){ log->text, log->text };
}
