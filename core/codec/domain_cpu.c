/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/domain_cpu.h"

#include "core/codec/domain_value.h"

#include <string.h>

#define DOMAIN_CPU_VENDOR_LETTERS 12U
#define DOMAIN_CPU_BITS_MAX	  64U
#define DOMAIN_CPU_COUNT(table)	  (sizeof(table) / sizeof((table)[0]))

/* No model of QEMU's: which one it becomes is known once it is started. The bits are those of any
 * model without <maxphysaddr>: libvirt takes over none of the host's (conf/cpu_conf.c
 * virCPUDefStealModel). */
#define DOMAIN_CPU_HOST_MODEL "host-model"

static bool domain_cpu_is_x86(const struct machine *machine)
{
	return strcmp(machine->arch, "x86_64") == 0 || strcmp(machine->arch, "i686") == 0;
}

/* Without a model libvirt writes the board's default into every x86 definition; on Arm it leaves
 * the board its own. */
static void domain_cpu_default(struct machine *machine)
{
	if (!domain_cpu_is_x86(machine))
		return;
	machine->cpu.kind = MACHINE_CPU_NAMED;
	machine->cpu.model = strcmp(machine->arch, "i686") == 0 ? "qemu32" : "qemu64";
}

/* On Arm these two may stand where models do; to QEMU they are none. */
static enum machine_cpu_kind domain_cpu_kind(const char *model)
{
	if (strcmp(model, "host") == 0)
		return MACHINE_CPU_HOST;
	return strcmp(model, "max") == 0 ? MACHINE_CPU_MAX : MACHINE_CPU_NAMED;
}

static int domain_cpu_named(struct domain_node_reader *reader, const xmlNode *cpu)
{
	struct machine_cpu *ret = &reader->machine->cpu;
	const xmlNode *model;
	const char *vendor;
	int r = domain_node_only(reader, cpu, "model", &model);

	if (r != DOMAIN_NODE_DONE)
		return r;
	vendor = domain_node_attribute(model, "vendor_id");
	if (vendor && strlen(vendor) != DOMAIN_CPU_VENDOR_LETTERS)
		return domain_node_refuse(reader, model, "vendor_id=\"%.40s\" has not %u letters",
			vendor, DOMAIN_CPU_VENDOR_LETTERS);
	if (vendor)
		r = domain_node_keep(reader, model, vendor, &ret->vendor);
	if (r != DOMAIN_NODE_DONE || !model || !*domain_node_text(model))
		return r;
	ret->kind = domain_cpu_kind(domain_node_text(model));
	if (ret->kind != MACHINE_CPU_NAMED)
		return DOMAIN_NODE_DONE;
	return domain_node_keep(reader, model, domain_node_text(model), &ret->model);
}

/* True for what libvirt turns into the host's model at start (cpu/cpu.c virCPUUpdate). */
static bool domain_cpu_is_host_model(const xmlNode *cpu)
{
	return domain_node_says(cpu, "mode", "host-model") ||
	       domain_node_says(cpu, "match", "minimum");
}

static void domain_cpu_host_model(struct machine *machine)
{
	machine->cpu.kind = domain_cpu_is_x86(machine) ? MACHINE_CPU_NAMED : MACHINE_CPU_HOST;
	machine->cpu.model = domain_cpu_is_x86(machine) ? DOMAIN_CPU_HOST_MODEL : NULL;
}

static int domain_cpu_mode(struct domain_node_reader *reader, const xmlNode *cpu)
{
	const char *mode = domain_node_attribute(cpu, "mode");
	struct machine *machine = reader->machine;
	int r;

	/* What else stands there for these two is not given to QEMU. */
	if (mode && strcmp(mode, "host-passthrough") == 0) {
		machine->cpu.kind = MACHINE_CPU_HOST;
		return DOMAIN_NODE_DONE;
	}
	if (mode && strcmp(mode, "maximum") == 0) {
		machine->cpu.kind = MACHINE_CPU_MAX;
		return DOMAIN_NODE_DONE;
	}
	r = domain_cpu_named(reader, cpu);
	if (r != DOMAIN_NODE_DONE)
		return r;
	if (domain_cpu_is_host_model(cpu))
		domain_cpu_host_model(machine);
	else if (mode && strcmp(mode, "custom") != 0)
		return domain_node_opaque(reader, cpu, "<cpu mode='%.40s'>", mode);
	else if (machine->cpu.kind == MACHINE_CPU_DEFAULT)
		domain_cpu_default(machine);
	return DOMAIN_NODE_DONE;
}

static int domain_cpu_bits(struct domain_node_reader *reader, const xmlNode *cpu)
{
	static const struct domain_value_number bits = { "bits", 10, DOMAIN_CPU_BITS_MAX };
	static const struct domain_value_number limit = { "limit", 10, DOMAIN_CPU_BITS_MAX };
	struct machine_cpu *ret = &reader->machine->cpu;
	uint64_t n_bits = 0, n_limit = 0;
	const xmlNode *node;
	int r = domain_node_only(reader, cpu, "maxphysaddr", &node);

	if (r != DOMAIN_NODE_DONE || !node)
		return r;
	r = domain_value_read_number(reader, node, &bits, &n_bits);
	if (r == DOMAIN_NODE_DONE)
		r = domain_value_read_number(reader, node, &limit, &n_limit);
	if (r != DOMAIN_NODE_DONE)
		return r;
	/* qemu/qemu_command.c qemuBuildCpuCommandLine */
	if (domain_node_says(node, "mode", "passthrough")) {
		ret->host_bits = TRI_YES;
		ret->bits_limit = (unsigned)n_limit;
	} else if (!domain_node_says(node, "mode", "emulate")) {
		return domain_node_refuse(
			reader, node, "the mode is neither passthrough nor emulate");
	} else if (n_bits > 0) {
		ret->bits = (unsigned)n_bits;
	} else {
		ret->host_bits = TRI_NO;
	}
	return DOMAIN_NODE_DONE;
}

/* Set or cleared by hand; a policy of optional leaves it to the host. */
static enum tri domain_cpu_policy(const xmlNode *feature)
{
	const char *policy = domain_node_attribute(feature, "policy");

	if (!policy || strcmp(policy, "require") == 0 || strcmp(policy, "force") == 0)
		return TRI_YES;
	if (strcmp(policy, "disable") == 0 || strcmp(policy, "forbid") == 0)
		return TRI_NO;
	return TRI_UNKNOWN;
}

static bool domain_cpu_is_32bit(const struct machine_cpu *cpu)
{
	static const char *const models[] = { "486", "athlon", "coreduo", "kvm32", "n270",
		"pentium", "pentium2", "pentium3", "qemu32" };

	if (cpu->lm != TRI_UNKNOWN || cpu->kind != MACHINE_CPU_NAMED)
		return cpu->lm == TRI_NO;
	for (size_t i = 0; i < DOMAIN_CPU_COUNT(models); i++) {
		size_t n = strlen(models[i]);

		if (strncmp(cpu->model, models[i], n) == 0 &&
			(!cpu->model[n] || cpu->model[n] == '-'))
			return true;
	}
	return false;
}

static int domain_cpu_features(struct domain_node_reader *reader, const xmlNode *cpu)
{
	/* Without long mode these two decide how wide addresses are. */
	static const char *const widening[] = { "pae", "pse36" };
	struct machine_cpu *ret = &reader->machine->cpu;
	const xmlNode *widened = NULL, *pages = NULL;

	for (const xmlNode *node = domain_node_first(cpu, "feature"); node;
		node = domain_node_next(node, "feature")) {
		const char *name = domain_node_attribute(node, "name");

		if (!name || !*name)
			return domain_node_refuse(reader, node, "it needs the attribute name");
		if (strcmp(name, "lm") == 0)
			ret->lm = domain_cpu_policy(node);
		if (domain_node_is_one_of(name, widening, DOMAIN_CPU_COUNT(widening)))
			widened = node;
		if (strcmp(name, "pdpe1gb") == 0)
			pages = domain_cpu_policy(node) == TRI_NO ? node : NULL;
	}
	if (pages && domain_cpu_is_x86(reader->machine))
		return domain_node_opaque(reader, pages,
			"<feature name='pdpe1gb'> taken away: firmware's windows follow from it");
	if (!widened || !domain_cpu_is_x86(reader->machine) || !domain_cpu_is_32bit(ret))
		return DOMAIN_NODE_DONE;
	return domain_node_opaque(reader, widened, "<feature name='%s'> of a 32-bit CPU",
		domain_node_attribute(widened, "name"));
}

int domain_cpu_read(struct domain_node_reader *reader, const xmlNode *domain)
{
	const xmlNode *cpu;
	int r = domain_node_only(reader, domain, "cpu", &cpu);

	if (r != DOMAIN_NODE_DONE)
		return r;
	if (!cpu) {
		domain_cpu_default(reader->machine);
		return DOMAIN_NODE_DONE;
	}
	r = domain_cpu_mode(reader, cpu);
	if (r == DOMAIN_NODE_DONE)
		r = domain_cpu_bits(reader, cpu);
	if (r == DOMAIN_NODE_DONE)
		r = domain_cpu_features(reader, cpu);
	return r;
}
