/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/layout/vcpu.h"

#include <string.h>

#define VCPU_BITS_NAMED 40U /* of a model that says nothing of it */
#define VCPU_BITS_PSE36 36U
#define VCPU_BITS_32	32U
#define VCPU_BITS_LEAST 32U /* that phys-bits= takes */

enum vcpu_model_flag {
	VCPU_AMD = 1,
	VCPU_LONG_MODE = 2,
	VCPU_PAE = 4,
	VCPU_PSE36 = 8,
	VCPU_PAGES_1G = 16,
	VCPU_PREFIX = 32, /* and every model whose name goes on with a dash */
};

/*
 * What QEMU's own models are (query-cpu-model-expansion of 7.2, 10.0 and 11.1, which agree). Those
 * that are not here are 64-bit ones, and with QEMU's emulation of a vendor that is not known.
 */
static const struct vcpu_model {
	const char *name;
	unsigned flags;
} vcpu_models[] = {
	{ "base", 0 },
	{ "486", 0 },
	{ "pentium", 0 },
	{ "pentium2", VCPU_PAE | VCPU_PSE36 },
	{ "pentium3", VCPU_PAE | VCPU_PSE36 },
	{ "coreduo", VCPU_PAE },
	{ "n270", VCPU_PAE },
	{ "qemu32", VCPU_PAE },
	{ "kvm32", VCPU_PAE | VCPU_PSE36 },
	{ "athlon", VCPU_PAE | VCPU_PSE36 | VCPU_AMD },
	{ "qemu64", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_AMD },
	{ "phenom", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_AMD | VCPU_PAGES_1G },
	{ "Opteron_G1", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_AMD },
	{ "Opteron_G2", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_AMD },
	{ "Opteron_G3", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_AMD },
	{ "Opteron_G4", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_AMD | VCPU_PAGES_1G },
	{ "Opteron_G5", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_AMD | VCPU_PAGES_1G },
	{ "EPYC", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_AMD | VCPU_PAGES_1G | VCPU_PREFIX },
	{ "Dhyana", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PAGES_1G },
	{ "YongFeng", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PAGES_1G },
	{ "kvm64", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 },
	{ "core2duo", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 },
	{ "Conroe", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 },
	{ "Penryn", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 },
	{ "Nehalem", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PREFIX },
	{ "Westmere", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PREFIX },
	{ "SandyBridge", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PREFIX },
	{ "IvyBridge", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PREFIX },
	{ "Haswell", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PREFIX },
	{ "Broadwell", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PREFIX },
	{ "Skylake-Client", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PREFIX },
	{ "Skylake-Server", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PAGES_1G | VCPU_PREFIX },
	{ "Cascadelake-Server",
		VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PAGES_1G | VCPU_PREFIX },
	{ "Cooperlake", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PAGES_1G },
	{ "Icelake-Server", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PAGES_1G | VCPU_PREFIX },
	{ "SapphireRapids", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PAGES_1G },
	{ "GraniteRapids", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PAGES_1G },
	{ "DiamondRapids", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PAGES_1G },
	{ "SierraForest", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PAGES_1G },
	{ "ClearwaterForest", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PAGES_1G },
	{ "Denverton", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PAGES_1G },
	{ "Snowridge", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PAGES_1G },
	{ "KnightsMill", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_PAGES_1G },
};

/* "max" with QEMU's own emulation; under KVM, and "host", what the host has. */
static const struct vcpu_model vcpu_model_max = { "max",
	VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 | VCPU_AMD | VCPU_PAGES_1G };
static const struct vcpu_model vcpu_model_unknown = { "", VCPU_LONG_MODE | VCPU_PAE | VCPU_PSE36 };

/* Bits that "-cpu MODEL" has on Arm where QEMU emulates it (hw/arm/virt.c takes these models). */
static const struct {
	const char *name;
	unsigned bits;
	bool is_32bit;
} vcpu_arm_models[] = {
	{ "cortex-a7", 40, true },
	{ "cortex-a15", 40, true },
	{ "cortex-a35", 40, false },
	{ "cortex-a53", 40, false },
	{ "cortex-a55", 40, false },
	{ "cortex-a57", 44, false },
	{ "cortex-a72", 44, false },
	{ "cortex-a76", 40, false },
	{ "cortex-a710", 40, false },
	{ "a64fx", 40, false },
	{ "neoverse-n1", 48, false },
	{ "neoverse-n2", 48, false },
	{ "neoverse-v1", 48, false },
	{ "max", 52, false },
};

#define VCPU_ARM_DEFAULT "cortex-a15" /* of the board "virt" */

/* True for @name, for a version of it ("EPYC-v4"), and with VCPU_PREFIX for its variants. */
static bool vcpu_model_is(const struct vcpu_model *model, const char *name)
{
	size_t n = strlen(model->name);

	if (strncmp(name, model->name, n) != 0)
		return false;
	if (name[n] == '\0')
		return true;
	return name[n] == '-' &&
	       (model->flags & VCPU_PREFIX ||
		       (name[n + 1] == 'v' && name[n + 2] >= '0' && name[n + 2] <= '9'));
}

static const struct vcpu_model *vcpu_model_find(const char *name)
{
	for (size_t i = 0; i < sizeof(vcpu_models) / sizeof(vcpu_models[0]); i++)
		if (vcpu_model_is(&vcpu_models[i], name))
			return &vcpu_models[i];
	return NULL;
}

/* True when QEMU takes CPU and its bits from the host. */
static bool vcpu_is_host(const struct machine *machine)
{
	return machine->kvm &&
	       (machine->cpu.kind == MACHINE_CPU_HOST || machine->cpu.kind == MACHINE_CPU_MAX);
}

/* The model, or NULL for one whose name says nothing. */
static const struct vcpu_model *vcpu_model_of(const struct machine *machine)
{
	bool is_64bit = strcmp(machine->arch, "x86_64") == 0;

	switch (machine->cpu.kind) {
	case MACHINE_CPU_DEFAULT:
		return vcpu_model_find(is_64bit ? "qemu64" : "qemu32");
	case MACHINE_CPU_NAMED:
		return vcpu_model_find(machine->cpu.model);
	case MACHINE_CPU_HOST:
	case MACHINE_CPU_MAX:
		return &vcpu_model_max;
	}
	return NULL;
}

/* True when the bits are the host's: asked for, or of a CPU that is the host's. */
static bool vcpu_has_host_bits(const struct machine *machine)
{
	if (!machine->kvm || machine->cpu.host_bits == TRI_NO)
		return false;
	return vcpu_is_host(machine) || machine->cpu.host_bits == TRI_YES;
}

static bool vcpu_has_long_mode(const struct machine *machine, const struct vcpu_model *model)
{
	/* The 32-bit QEMU has no CPU with long mode. */
	if (strcmp(machine->arch, "x86_64") != 0)
		return false;
	if (machine->cpu.lm != TRI_UNKNOWN)
		return machine->cpu.lm == TRI_YES;
	return model->flags & VCPU_LONG_MODE;
}

static unsigned vcpu_bits(const struct machine *machine, const struct plan_case *at)
{
	unsigned limit = machine->cpu.bits_limit, bits = machine->cpu.bits;

	if (vcpu_has_host_bits(machine))
		return limit && limit < at->bits ? limit : at->bits;
	if (!bits)
		return VCPU_BITS_NAMED;
	return bits < VCPU_BITS_LEAST || bits > PLAN_BITS_MOST ? PLAN_BITS_MOST : bits;
}

/* A 32-bit CPU shows 36 bits or 32; before 8.2, QEMU did not count PAE. */
static unsigned vcpu_bits_32bit(const struct vcpu_model *model, const struct plan_case *at)
{
	if (model->flags & VCPU_PSE36 || (!at->old_build && model->flags & VCPU_PAE))
		return VCPU_BITS_PSE36;
	return VCPU_BITS_32;
}

struct vcpu vcpu_x86(const struct machine *machine, const struct plan_case *at)
{
	const struct vcpu_model *model = vcpu_model_of(machine);
	bool unknown = !model;
	struct vcpu cpu;

	if (unknown)
		model = &vcpu_model_unknown;
	cpu.long_mode = vcpu_has_long_mode(machine, model);
	cpu.bits = cpu.long_mode ? vcpu_bits(machine, at) : vcpu_bits_32bit(model, at);
	/* Every CPU that is wide enough for it to matter has pages of 1 GiB. */
	cpu.pages_1g = model->flags & VCPU_PAGES_1G;
	if (machine->cpu.vendor)
		cpu.amd = strcmp(machine->cpu.vendor, "AuthenticAMD") == 0;
	else if (machine->kvm || unknown)
		cpu.amd = at->amd;
	else
		cpu.amd = model->flags & VCPU_AMD;
	return cpu;
}

struct vcpu_needs vcpu_x86_needs(const struct machine *machine)
{
	const struct vcpu_model *model = vcpu_model_of(machine);
	bool unknown = !model;

	return (struct vcpu_needs){
		.amd = !machine->cpu.vendor && (machine->kvm || unknown),
		.bits = vcpu_has_host_bits(machine) &&
			vcpu_has_long_mode(machine, model ? model : &vcpu_model_unknown),
		.model = !machine->kvm && unknown,
	};
}

void vcpu_x86_refuse(struct plan *plan)
{
	const struct machine_cpu *cpu = &plan->machine->cpu;
	bool long_mode = vcpu_x86(plan->machine, &plan->at).long_mode;

	if (cpu->kind == MACHINE_CPU_HOST && !plan->machine->kvm)
		plan_refuse(plan, "the CPU model host needs KVM");
	if (!cpu->bits)
		return;
	if (!long_mode)
		plan_refuse(plan, "phys-bits=%u cannot be given to a 32-bit CPU", cpu->bits);
	else if (vcpu_has_host_bits(plan->machine))
		return; /* they win */
	else if (cpu->bits < VCPU_BITS_LEAST || cpu->bits > PLAN_BITS_MOST)
		plan_refuse(plan, "phys-bits should be between %u and %u (but is %u)",
			VCPU_BITS_LEAST, PLAN_BITS_MOST, cpu->bits);
}

static const char *vcpu_arm_name(const struct machine *machine)
{
	switch (machine->cpu.kind) {
	case MACHINE_CPU_DEFAULT:
		return VCPU_ARM_DEFAULT;
	case MACHINE_CPU_NAMED:
		return machine->cpu.model;
	case MACHINE_CPU_HOST:
		return "host";
	case MACHINE_CPU_MAX:
		return "max";
	}
	return "";
}

unsigned vcpu_arm_bits(const struct machine *machine)
{
	const char *name = vcpu_arm_name(machine);

	/* The 32-bit QEMU gives "max" 32 bits or 40, by build. */
	if (strcmp(machine->arch, "aarch64") != 0 && machine->cpu.kind == MACHINE_CPU_MAX)
		return 0;
	for (size_t i = 0;
		!machine->kvm && i < sizeof(vcpu_arm_models) / sizeof(vcpu_arm_models[0]); i++)
		if (strcmp(vcpu_arm_models[i].name, name) == 0)
			return vcpu_arm_models[i].bits;
	return 0;
}

bool vcpu_arm_is_32bit(const struct machine *machine)
{
	const char *name = vcpu_arm_name(machine);

	if (strcmp(machine->arch, "aarch64") != 0)
		return true;
	for (size_t i = 0; i < sizeof(vcpu_arm_models) / sizeof(vcpu_arm_models[0]); i++)
		if (strcmp(vcpu_arm_models[i].name, name) == 0)
			return vcpu_arm_models[i].is_32bit;
	return false;
}
