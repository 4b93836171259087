/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/domain_platform.h"

#include "core/codec/domain_value.h"

#include <string.h>

#define DOMAIN_PLATFORM_COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define DOMAIN_PLATFORM_CPUS_MAX     (1U << 20)
#define DOMAIN_PLATFORM_QEMU_NS	     "http://libvirt.org/schemas/domain/qemu/1.0"

/* What runs the guest, from the type of <domain>. */
static int domain_platform_accelerator(struct domain_node_reader *reader, const xmlNode *domain)
{
	const char *type = domain_node_attribute(domain, "type");

	if (!type)
		return domain_node_refuse(reader, domain, "it needs the attribute type");
	reader->machine->kvm = strcmp(type, "kvm") == 0;
	reader->machine->running = domain_node_attribute(domain, "id") != NULL;
	if (strcmp(type, "qemu") == 0 || strcmp(type, "kvm") == 0)
		return DOMAIN_NODE_DONE;
	return domain_node_opaque(reader, domain, "<domain type='%.40s'>", type);
}

/* The text of the one element @name; @ret stays as it is without one, or without text. */
static int domain_platform_text(struct domain_node_reader *reader, const xmlNode *parent,
	const char *name, const char **ret)
{
	const xmlNode *node;
	int r = domain_node_only(reader, parent, name, &node);

	if (r != DOMAIN_NODE_DONE || !node || !*domain_node_text(node))
		return r;
	return domain_node_keep(reader, node, domain_node_text(node), ret);
}

/* A UUID may be written without dashes and in upper case (libvirt util/viruuid.c virUUIDParse). */
static int domain_platform_uuid(struct domain_node_reader *reader, const xmlNode *domain)
{
	static const size_t dashes[] = { 8, 13, 18, 23 };
	char uuid[37] = "";
	size_t n = 0, dash = 0;
	const xmlNode *node;
	int r = domain_node_only(reader, domain, "uuid", &node);

	if (r != DOMAIN_NODE_DONE || !node)
		return r;
	for (const char *c = domain_node_text(node); *c; c++) {
		char lower = (char)(*c >= 'A' && *c <= 'F' ? *c - 'A' + 'a' : *c);

		if (*c == '-' || *c == ' ' || *c == '\n' || *c == '\t')
			continue;
		if (!strchr("0123456789abcdef", lower) || n >= sizeof(uuid) - 1)
			return domain_node_refuse(reader, node, "it is no UUID");
		uuid[n++] = lower;
		if (dash < DOMAIN_PLATFORM_COUNT(dashes) && n == dashes[dash]) {
			uuid[n++] = '-';
			dash++;
		}
	}
	if (n != sizeof(uuid) - 1)
		return domain_node_refuse(reader, node, "it is no UUID");
	return domain_node_keep(reader, node, uuid, &reader->machine->uuid);
}

static int domain_platform_cpus(struct domain_node_reader *reader, const xmlNode *domain)
{
	static const struct domain_value_number number = { NULL, 10, DOMAIN_PLATFORM_CPUS_MAX };
	uint64_t cpus = 1; /* libvirt's own for a definition that says nothing */
	const xmlNode *node;
	int r = domain_node_only(reader, domain, "vcpu", &node);

	if (r == DOMAIN_NODE_DONE && node)
		r = domain_value_read_number(reader, node, &number, &cpus);
	reader->machine->cpus = (unsigned)cpus;
	return r;
}

static int domain_platform_board(struct domain_node_reader *reader, const xmlNode *os)
{
	struct machine *machine = reader->machine;
	const char *arch, *board;
	const xmlNode *type;
	int r = domain_node_only(reader, os, "type", &type);

	if (r != DOMAIN_NODE_DONE)
		return r;
	arch = domain_node_attribute(type, "arch");
	board = domain_node_attribute(type, "machine");
	if (!arch || !*arch)
		return domain_node_refuse(reader, type ? type : os,
			"it needs <type> with the attribute arch, such as x86_64");
	r = domain_node_keep(reader, type, arch, &machine->arch);
	if (r == DOMAIN_NODE_DONE && board && *board)
		r = domain_node_keep(reader, type, board, &machine->type);
	if (r == DOMAIN_NODE_DONE && strcmp(domain_node_text(type), "hvm") != 0)
		r = domain_node_opaque(
			reader, type, "<type> '%.40s' of a guest", domain_node_text(type));
	return r;
}

static int domain_platform_firmware(struct domain_node_reader *reader, const xmlNode *os)
{
	const char *firmware = domain_node_attribute(os, "firmware");
	const char *type;
	const xmlNode *loader;
	int r = domain_node_only(reader, os, "loader", &loader);

	if (r != DOMAIN_NODE_DONE)
		return r;
	type = domain_node_attribute(loader, "type");
	if (type && strcmp(type, "pflash") == 0)
		reader->machine->firmware = MACHINE_FIRMWARE_PFLASH;
	else if (type && strcmp(type, "rom") == 0)
		reader->machine->firmware = MACHINE_FIRMWARE_BIOS;
	else if (type)
		r = domain_node_opaque(reader, loader, "<loader type='%.40s'>", type);
	else if (loader && *domain_node_text(loader) && !firmware)
		reader->machine->firmware = MACHINE_FIRMWARE_BIOS;
	else if (firmware)
		reader->machine->firmware = MACHINE_FIRMWARE_UNKNOWN;
	return r;
}

static int domain_platform_os(struct domain_node_reader *reader, const xmlNode *domain)
{
	static const char *const known[] = { "acpi", "bios", "boot", "bootmenu", "cmdline", "dtb",
		"firmware", "initrd", "kernel", "loader", "nvram", "shim", "smbios", "type" };
	const xmlNode *os;
	int r = domain_node_only(reader, domain, "os", &os);

	if (r != DOMAIN_NODE_DONE)
		return r;
	if (!os)
		return domain_node_refuse(reader, domain, "it needs the element <os>");
	r = domain_platform_board(reader, os);
	if (r == DOMAIN_NODE_DONE)
		r = domain_platform_firmware(reader, os);
	for (const xmlNode *node = domain_node_first(os, NULL); node && r == DOMAIN_NODE_DONE;
		node = domain_node_next(node, NULL)) {
		const char *name = (const char *)node->name;

		if (!domain_node_is_one_of(name, known, DOMAIN_PLATFORM_COUNT(known)))
			r = domain_node_opaque(reader, node, "<os> with <%.40s>", name);
	}
	return r;
}

static int domain_platform_gic(struct domain_node_reader *reader, const xmlNode *gic)
{
	const char *version = domain_node_attribute(gic, "version");

	return version ? domain_node_keep(reader, gic, version, &reader->machine->gic)
		       : DOMAIN_NODE_DONE;
}

/* libvirt qemu/qemu_command.c qemuAppendDomainFeaturesMachineParam */
static int domain_platform_ioapic(struct domain_node_reader *reader, const xmlNode *ioapic)
{
	if (domain_node_says(ioapic, "driver", "qemu"))
		reader->machine->split_irqchip = TRI_YES;
	else if (domain_node_says(ioapic, "driver", "kvm"))
		reader->machine->split_irqchip = TRI_NO;
	else
		return domain_node_refuse(reader, ioapic, "the driver is neither kvm nor qemu");
	return DOMAIN_NODE_DONE;
}

static int domain_platform_feature(struct domain_node_reader *reader, const xmlNode *node)
{
	/* How much of RAM smm hides as TSEG, firmware says; until then it is RAM. */
	static const char *const harmless[] = { "aia", "apic", "async-teardown", "capabilities",
		"ccf-assist", "cfpc", "hap", "htm", "hyperv", "ibs", "kvm", "msrs", "nested-hv",
		"pae", "pmu", "privnet", "ps2", "pvspinlock", "ras", "sbbc", "smm", "tcg",
		"viridian", "vmcoreinfo", "vmport" };
	const char *name = (const char *)node->name;

	if (strcmp(name, "acpi") == 0)
		reader->machine->acpi = true;
	else if (strcmp(name, "gic") == 0)
		return domain_platform_gic(reader, node);
	else if (strcmp(name, "ioapic") == 0)
		return domain_platform_ioapic(reader, node);
	else if (!domain_node_is_one_of(name, harmless, DOMAIN_PLATFORM_COUNT(harmless)))
		return domain_node_opaque(reader, node, "<features> with <%.40s>", name);
	return DOMAIN_NODE_DONE;
}

static int domain_platform_features(struct domain_node_reader *reader, const xmlNode *domain)
{
	const xmlNode *features;
	int r = domain_node_only(reader, domain, "features", &features);

	reader->machine->acpi = false;
	for (const xmlNode *node = domain_node_first(features, NULL); node && r == DOMAIN_NODE_DONE;
		node = domain_node_next(node, NULL))
		r = domain_platform_feature(reader, node);
	return r;
}

int domain_platform_read(struct domain_node_reader *reader, const xmlNode *domain)
{
	int r = domain_platform_accelerator(reader, domain);

	if (r == DOMAIN_NODE_DONE)
		r = domain_platform_text(reader, domain, "name", &reader->machine->name);
	if (r == DOMAIN_NODE_DONE)
		r = domain_platform_uuid(reader, domain);
	if (r == DOMAIN_NODE_DONE)
		r = domain_platform_cpus(reader, domain);
	if (r == DOMAIN_NODE_DONE)
		r = domain_platform_os(reader, domain);
	if (r == DOMAIN_NODE_DONE)
		r = domain_platform_features(reader, domain);
	return r;
}

/* QEMU's own namespace: what is below it reaches QEMU as it is written. */
static int domain_platform_read_qemu(struct domain_node_reader *reader, const xmlNode *node)
{
	const char *name = (const char *)node->name;
	const xmlNode *child = node->children;

	while (child && child->type != XML_ELEMENT_NODE)
		child = child->next;
	if (!child || strcmp(name, "deprecation") == 0)
		return DOMAIN_NODE_DONE;
	return domain_node_opaque(reader, node, "<qemu:%.40s>", name);
}

/* Other namespaces are not QEMU's, and libvirt reads nothing of them for it. */
int domain_platform_read_rest(struct domain_node_reader *reader, const xmlNode *domain)
{
	static const char *const known[] = { "blkiotune", "bootloader", "bootloader_args", "clock",
		"cpu", "cputune", "currentMemory", "defaultiothread", "description", "devices",
		"features", "genid", "hwuuid", "idmap", "iommufd", "iothreadids", "iothreads",
		"keywrap", "maxMemory", "memory", "memoryBacking", "memtune", "metadata", "name",
		"numatune", "on_crash", "on_lockfailure", "on_poweroff", "on_reboot", "os", "perf",
		"pm", "resource", "seclabel", "sysinfo", "throttlegroups", "title", "uuid", "vcpu",
		"vcpus" };
	int r = DOMAIN_NODE_DONE;

	for (const xmlNode *node = domain->children; node && r == DOMAIN_NODE_DONE;
		node = node->next) {
		const char *name = (const char *)node->name;

		if (node->type == XML_ELEMENT_NODE && node->ns &&
			strcmp((const char *)node->ns->href, DOMAIN_PLATFORM_QEMU_NS) == 0)
			r = domain_platform_read_qemu(reader, node);
		else if (domain_node_is(node, NULL) &&
			 !domain_node_is_one_of(name, known, DOMAIN_PLATFORM_COUNT(known)))
			r = domain_node_opaque(reader, node, "<%.40s>", name);
	}
	return r;
}
