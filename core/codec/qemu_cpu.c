/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_cpu.h"

#include "core/codec/qemu_text.h"

#include <errno.h>
#include <string.h>

#define QEMU_CPU_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Of these the reach of the address lines follows from pae and pse36 (target/i386/cpu.c). */
static const char *const qemu_cpu_32_bit[] = { "486", "athlon", "coreduo", "kvm32", "n270",
	"pentium", "pentium2", "pentium3", "qemu32" };

/*
 * The parts stand between commas; a comma cannot be quoted. The model's is the first key; "+x" and
 * "-x" count after all "x=..." and are kept as keys of their own, of which "-x" has the last word.
 */
int qemu_cpu_take(struct qemu_reader *reader, const char *text)
{
	struct qemu_opts parsed;
	int r = qemu_reader_parse(reader, text, "model", &parsed);

	if (r != QEMU_READER_DONE)
		return r;
	for (size_t i = 0; i < parsed.n; i++) {
		char *key = arena_text(
			reader->place.arena, parsed.items[i].key, strlen(parsed.items[i].key));

		if (!key)
			return -ENOMEM;
		parsed.items[i].key = key;
		for (; *key; key++)
			*key = *key == '_' ? '-' : *key;
	}
	reader->cpu = parsed;
	return QEMU_READER_DONE;
}

static int qemu_cpu_read_flag(struct qemu_reader *reader, const char *key, enum tri *ret)
{
	char plus[32] = "+";
	char minus[32] = "-";
	bool flag = false;
	int r;

	(void)strncat(plus, key, sizeof(plus) - 2);
	(void)strncat(minus, key, sizeof(minus) - 2);
	if (qemu_opts_find(&reader->cpu, minus)) {
		*ret = TRI_NO;
		return QEMU_READER_DONE;
	}
	if (qemu_opts_find(&reader->cpu, plus)) {
		*ret = TRI_YES;
		return QEMU_READER_DONE;
	}
	if (!qemu_opts_find(&reader->cpu, key))
		return QEMU_READER_DONE;
	r = qemu_opts_bool(&reader->place, &reader->cpu, key, &flag);
	if (r == QEMU_READER_DONE)
		*ret = flag ? TRI_YES : TRI_NO;
	return r;
}

static int qemu_cpu_read_bits(struct qemu_reader *reader, const char *key, unsigned *ret)
{
	uint64_t bits = 0;
	int r = qemu_opts_number(&reader->place, &reader->cpu, key, &bits);

	if (r != QEMU_READER_DONE)
		return r;
	if (bits > 64)
		return qemu_opts_refuse(&reader->place, &reader->cpu, "%s=%llu is more than 64",
			key, (unsigned long long)bits);
	*ret = (unsigned)bits;
	return QEMU_READER_DONE;
}

/* A model has a name, and may have a version: "qemu32-v1". */
static bool qemu_cpu_is_32_bit(const char *model)
{
	for (size_t i = 0; i < QEMU_CPU_COUNT(qemu_cpu_32_bit); i++) {
		size_t n = strlen(qemu_cpu_32_bit[i]);

		if (strncmp(model, qemu_cpu_32_bit[i], n) == 0 &&
			(!model[n] || strncmp(model + n, "-v", 2) == 0))
			return true;
	}
	return false;
}

static int qemu_cpu_read_model(struct qemu_reader *reader)
{
	struct machine_cpu *cpu = &reader->machine->cpu;
	const char *model = qemu_opts_find(&reader->cpu, "model");

	if (!model || !model[0])
		return qemu_opts_refuse(&reader->place, &reader->cpu, "names no model");
	cpu->kind = MACHINE_CPU_NAMED;
	if (strcmp(model, "host") == 0)
		cpu->kind = MACHINE_CPU_HOST;
	else if (strcmp(model, "max") == 0)
		cpu->kind = MACHINE_CPU_MAX;
	else
		cpu->model = qemu_reader_text(reader, model);
	return cpu->kind == MACHINE_CPU_NAMED && !cpu->model ? -ENOMEM : QEMU_READER_DONE;
}

/* What changes how far the CPU's addresses reach and is not part of its description. */
static int qemu_cpu_read_opaque(struct qemu_reader *reader)
{
	const struct machine_cpu *cpu = &reader->machine->cpu;
	bool narrow = cpu->lm == TRI_NO || (cpu->model && qemu_cpu_is_32_bit(cpu->model));

	for (size_t i = 0; i < reader->cpu.n; i++) {
		const char *key = reader->cpu.items[i].key;
		const char *value = reader->cpu.items[i].value;
		const char *name = key + (key[0] == '+' || key[0] == '-');
		int r = QEMU_READER_DONE;

		if ((strcmp(name, "pae") == 0 || strcmp(name, "pse36") == 0) && narrow)
			r = qemu_reader_opaque(reader, "-cpu %s of a 32-bit model", key);
		else if (strcmp(name, "guest-phys-bits") == 0)
			r = qemu_reader_opaque(reader, "-cpu %s=%.40s", key, value);
		else if (strcmp(name, "pdpe1gb") == 0 &&
			 (key[0] == '-' || (key[0] != '+' && strcmp(value, "on") != 0)))
			r = qemu_reader_opaque(
				reader, "-cpu %s: firmware's windows follow from it", key);
		else if (strcmp(name, "aarch64") == 0 && strcmp(value, "off") == 0)
			r = qemu_reader_opaque(reader, "-cpu aarch64=off");
		if (r != QEMU_READER_DONE)
			return r;
	}
	return QEMU_READER_DONE;
}

int qemu_cpu_finish(struct qemu_reader *reader)
{
	struct machine_cpu *cpu = &reader->machine->cpu;
	const char *vendor = qemu_opts_find(&reader->cpu, "vendor");
	int r;

	if (reader->cpu.n == 0)
		return QEMU_READER_DONE;
	r = qemu_cpu_read_model(reader);
	if (r == QEMU_READER_DONE)
		r = qemu_cpu_read_bits(reader, "phys-bits", &cpu->bits);
	if (r == QEMU_READER_DONE)
		r = qemu_cpu_read_bits(reader, "host-phys-bits-limit", &cpu->bits_limit);
	if (r == QEMU_READER_DONE)
		r = qemu_cpu_read_flag(reader, "host-phys-bits", &cpu->host_bits);
	if (r == QEMU_READER_DONE)
		r = qemu_cpu_read_flag(reader, "lm", &cpu->lm);
	if (r != QEMU_READER_DONE)
		return r;
	if (vendor) {
		cpu->vendor = qemu_reader_text(reader, vendor);
		if (!cpu->vendor)
			return -ENOMEM;
	}
	return qemu_cpu_read_opaque(reader);
}

bool qemu_cpu_property_matters(const char *key)
{
	static const char *const names[] = { "aarch64", "guest-phys-bits", "host-phys-bits",
		"host-phys-bits-limit", "lm", "pae", "pdpe1gb", "phys-bits", "pse36", "vendor" };

	for (size_t i = 0; i < QEMU_CPU_COUNT(names); i++)
		if (strcmp(key, names[i]) == 0)
			return true;
	return false;
}
