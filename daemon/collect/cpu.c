/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "daemon/collect/cpu.h"

#include <string.h>

/* The value of "key : value" for @key in the first processor; an empty text is none. */
static bool cpu_value(struct scan text, const char *key, struct scan *ret)
{
	struct scan line;

	while (scan_line(&text, &line)) {
		if (!scan_literal(&line, key))
			continue;
		scan_blanks(&line);
		if (!scan_literal(&line, ":"))
			continue;
		*ret = scan_trim(line);
		return true;
	}
	return false;
}

static bool cpu_has_word(struct scan text, const char *wanted)
{
	struct scan word;

	while (scan_word(&text, &word))
		if (scan_is(&word, wanted))
			return true;
	return false;
}

static struct fact_text cpu_vendor_x86(struct scan vendor)
{
	static const struct {
		const char *id;
		const char *name;
	} vendors[] = {
		{ "GenuineIntel", "intel" },
		{ "AuthenticAMD", "amd" },
		{ "HygonGenuine", "hygon" },
		{ "CentaurHauls", "zhaoxin" },
		{ "Shanghai", "zhaoxin" },
	};

	for (size_t i = 0; i < sizeof(vendors) / sizeof(*vendors); i++)
		if (scan_is(&vendor, vendors[i].id))
			return fact_text(vendors[i].name);
	return fact_text_unknown(FACT_MALFORMED);
}

/* "40 bits physical, 48 bits virtual" */
static struct fact_number cpu_bits_x86(struct scan text)
{
	struct scan sizes;
	uint64_t bits;

	if (!cpu_value(text, "address sizes", &sizes))
		return fact_number_unknown(FACT_NOT_EXPOSED);
	if (!scan_decimal(&sizes, &bits) || !scan_literal(&sizes, " bits physical") || bits < 32 ||
		bits > 64)
		return fact_number_unknown(FACT_MALFORMED);
	return fact_number(bits);
}

static void cpu_parse_x86(struct scan text, struct scan flags, struct cpu *cpu)
{
	cpu->arch = cpu_has_word(flags, "lm") ? "x86_64" : "i686";
	cpu->bits = cpu_bits_x86(text);
	cpu->hypervisor = fact_number(cpu_has_word(flags, "hypervisor"));
}

/* The architecture of a /proc/cpuinfo that is not x86's or Arm's. */
static const char *cpu_other_arch(struct scan text)
{
	struct scan value;

	if (cpu_value(text, "isa", &value))
		return scan_literal(&value, "rv64") ? "riscv64" : NULL;
	if (cpu_value(text, "vendor_id", &value) && scan_literal(&value, "IBM/S390"))
		return "s390x";
	if (cpu_value(text, "cpu", &value) && scan_literal(&value, "POWER"))
		return "ppc64le";
	if (cpu_value(text, "system type", &value) && scan_past(&value, "loongson"))
		return "loongarch64";
	return NULL;
}

struct cpu cpu_parse(struct scan text, struct scan *ret_vendor)
{
	struct fact_number silent = fact_number_unknown(FACT_NOT_EXPOSED);
	struct cpu cpu = { .vendor.fact = silent.fact, .bits = silent, .hypervisor = silent };
	struct scan vendor;
	struct scan value;

	*ret_vendor = scan_of("", 0);
	if (cpu_value(text, "flags", &value) && cpu_value(text, "vendor_id", &vendor)) {
		cpu_parse_x86(text, value, &cpu);
		cpu.vendor = cpu_vendor_x86(vendor);
		if (!fact_is_value(cpu.vendor.fact))
			*ret_vendor = vendor;
		return cpu;
	}
	if (cpu_value(text, "CPU implementer", &value)) {
		bool v8 = cpu_value(text, "CPU architecture", &value) &&
			  (scan_literal(&value, "8") || scan_literal(&value, "AArch64"));
		cpu.arch = v8 ? "aarch64" : "armv7l";
		cpu.vendor = fact_text("arm");
		return cpu;
	}
	cpu.arch = cpu_other_arch(text);
	return cpu;
}
