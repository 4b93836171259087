/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/domain_memory.h"

#include "core/codec/domain_backing.h"
#include "core/codec/domain_value.h"

#include <inttypes.h>
#include <string.h>

#define DOMAIN_MEMORY_MIB (1ULL << 20)
#define DOMAIN_MEMORY_GIB (1ULL << 30)

/* libvirt qemuDomainGetMemorySizeAlignment, qemuDomainGetMemoryModuleSizeAlignment. */
struct domain_memory_steps {
	uint64_t ram;
	uint64_t device;
};

struct domain_memory {
	struct domain_node_reader *reader;
	struct domain_backing backing;
	struct domain_memory_steps steps;
	uint64_t devices; /* bytes of all memory devices as written: they count as <memory> */
};

static struct domain_memory_steps domain_memory_find_steps(const struct machine *machine)
{
	if (strncmp(machine->arch, "ppc64", 5) == 0)
		return (struct domain_memory_steps){ 256 * DOMAIN_MEMORY_MIB,
			256 * DOMAIN_MEMORY_MIB };
	return (struct domain_memory_steps){ DOMAIN_MEMORY_MIB, 2 * DOMAIN_MEMORY_MIB };
}

/* False for a model that is not known here. */
static bool domain_memory_model(const xmlNode *node, enum machine_memory_model *ret)
{
	static const char *const words[_MACHINE_MEMORY_MODEL_MAX] = {
		[MACHINE_MEMORY_DIMM] = "dimm",
		[MACHINE_MEMORY_NVDIMM] = "nvdimm",
		[MACHINE_MEMORY_VIRTIO_MEM] = "virtio-mem",
		[MACHINE_MEMORY_VIRTIO_PMEM] = "virtio-pmem",
		[MACHINE_MEMORY_SGX_EPC] = "sgx-epc",
	};

	for (size_t i = 0; i < _MACHINE_MEMORY_MODEL_MAX; i++) {
		if (!domain_node_says(node, "model", words[i]))
			continue;
		*ret = (enum machine_memory_model)i;
		return true;
	}
	return false;
}

/* The size in the element @name below @parent; @ret stays as it is without one. */
static int domain_memory_size(
	struct domain_node_reader *reader, const xmlNode *parent, const char *name, uint64_t *ret)
{
	const xmlNode *node;
	int r = domain_node_only(reader, parent, name, &node);

	return r == DOMAIN_NODE_DONE && node ? domain_value_read_memory(reader, node, NULL, ret)
					     : r;
}

/* A DIMM's address is its device's, a virtio device's is its target's; 0 is none. */
static int domain_memory_address(
	struct domain_node_reader *reader, const xmlNode *node, struct machine_memory *memory)
{
	static const struct domain_value_number base = { "base", 16, UINT64_MAX };
	bool on_target = memory->model == MACHINE_MEMORY_VIRTIO_MEM ||
			 memory->model == MACHINE_MEMORY_VIRTIO_PMEM;
	const xmlNode *address =
		domain_node_first(on_target ? domain_node_first(node, "target") : node, "address");
	int r;

	if (!address || (!on_target && !domain_node_says(address, "type", "dimm")))
		return DOMAIN_NODE_DONE;
	r = domain_value_read_number(reader, address, &base, &memory->address);
	memory->placed = memory->address != 0;
	return r;
}

/* What is special to a model. */
static int domain_memory_details(
	struct domain_node_reader *reader, const xmlNode *node, struct machine_memory *memory)
{
	const xmlNode *target = domain_node_first(node, "target");
	enum tri dynamic = TRI_UNKNOWN;
	int r = DOMAIN_NODE_DONE;

	if (memory->model == MACHINE_MEMORY_NVDIMM) {
		r = domain_memory_size(
			reader, domain_node_first(target, "label"), "size", &memory->label);
		if (r == DOMAIN_NODE_DONE)
			r = domain_memory_size(reader, domain_node_first(node, "source"),
				"alignsize", &memory->align);
		if (r == DOMAIN_NODE_DONE && memory->label >= memory->size)
			r = domain_node_refuse(
				reader, target, "the label is not smaller than the module");
	} else if (memory->model == MACHINE_MEMORY_VIRTIO_MEM) {
		r = domain_memory_size(reader, target, "block", &memory->block);
		if (r == DOMAIN_NODE_DONE)
			r = domain_value_read_switch(reader, target, "dynamicMemslots", &dynamic);
		memory->dynamic_memslots = dynamic == TRI_YES;
	}
	if (r == DOMAIN_NODE_DONE && memory->block & (memory->block - 1))
		r = domain_node_refuse(reader, target, "a block has a power of two of bytes");
	if (r == DOMAIN_NODE_DONE && memory->align & (memory->align - 1))
		r = domain_node_refuse(reader, node, "alignsize is no power of two");
	return r;
}

/*
 * Where a device without an address comes to lie follows from its alignment, which the host decides
 * for pages of a size that is not written, and for a DAX device. Multiples of 1 GiB lie and fit
 * alike with pages of 2 MiB and of 1 GiB.
 */
static int domain_memory_check_alignment(struct domain_node_reader *reader, const xmlNode *node,
	const struct machine_memory *memory, bool of_host)
{
	const char *path =
		domain_node_text(domain_node_first(domain_node_first(node, "source"), "path"));
	bool dax = path && strncmp(path, "/dev/dax", 8) == 0 && memory->align == 0;

	if (memory->placed || (!of_host && !dax) || memory->size % DOMAIN_MEMORY_GIB == 0)
		return DOMAIN_NODE_DONE;
	return domain_node_opaque(reader, node, "<memory> aligned by %s of its host",
		dax ? "a DAX device" : "the huge pages");
}

static uint64_t domain_memory_round_device(
	const struct domain_memory *context, const struct machine_memory *memory)
{
	uint64_t step = context->steps.device;

	/* It is there, and what is plugged in later is rounded less (qemu/qemu_domain.c
	 * qemuDomainMemoryDeviceAlignSize). */
	if (context->reader->machine->running && memory->placed)
		return memory->size;
	/* libvirt qemuDomainNVDimmAlignSizePseries: the guest's part is rounded down. */
	if (memory->model == MACHINE_MEMORY_NVDIMM && step > 2 * DOMAIN_MEMORY_MIB)
		return ((memory->size - memory->label) & ~(step - 1)) + memory->label;
	return domain_value_round_up(memory->size, step);
}

/* Its size, which counts as <memory> whatever it is a device of. */
static int domain_memory_device_size(
	struct domain_memory *context, const xmlNode *node, uint64_t *ret)
{
	struct domain_node_reader *reader = context->reader;
	uint64_t size = 0;
	const xmlNode *target;
	int r = domain_node_only(reader, node, "target", &target);

	if (r == DOMAIN_NODE_DONE)
		r = domain_memory_size(reader, target, "size", &size);
	if (r != DOMAIN_NODE_DONE)
		return r;
	if (size == 0)
		return domain_node_refuse(
			reader, node, "it needs <target> with a <size> that is not 0");
	if (context->devices > INT64_MAX - size)
		return domain_node_refuse(reader, node, "there is too much memory");
	context->devices += size;
	*ret = size;
	return DOMAIN_NODE_DONE;
}

/* The rest of a device whose model and size are known. */
static int domain_memory_fill(
	struct domain_memory *context, const xmlNode *node, struct machine_memory *memory)
{
	struct domain_node_reader *reader = context->reader;
	const xmlNode *alias = domain_node_first(node, "alias");
	const char *name = domain_node_attribute(alias, "name");
	struct domain_backing_kind kind;
	int r = domain_memory_details(reader, node, memory);

	if (r == DOMAIN_NODE_DONE)
		r = domain_memory_address(reader, node, memory);
	if (r == DOMAIN_NODE_DONE)
		r = domain_backing_of(reader, &context->backing, node, memory->model, &kind);
	if (r == DOMAIN_NODE_DONE && name)
		r = domain_node_keep(reader, alias, name, &memory->name);
	if (r != DOMAIN_NODE_DONE)
		return r;
	memory->backing = kind.backing;
	memory->page_bytes = kind.page_bytes;
	memory->size = domain_memory_round_device(context, memory);
	return domain_memory_check_alignment(reader, node, memory, kind.of_host);
}

static int domain_memory_device(struct domain_memory *context, const xmlNode *node)
{
	struct domain_node_reader *reader = context->reader;
	const char *model = domain_node_attribute(node, "model");
	struct machine_memory memory = { 0 };
	int r = domain_memory_device_size(context, node, &memory.size);

	if (r != DOMAIN_NODE_DONE)
		return r;
	if (!domain_memory_model(node, &memory.model))
		return domain_node_opaque(
			reader, node, "<memory model='%.40s'>", model ? model : "");
	r = domain_memory_fill(context, node, &memory);
	if (r != DOMAIN_NODE_DONE)
		return r;
	return domain_node_added(reader, node, machine_add_memory(reader->machine, &memory));
}

static int domain_memory_devices(struct domain_memory *context, const xmlNode *domain)
{
	const xmlNode *devices;
	int r = domain_node_only(context->reader, domain, "devices", &devices);

	for (const xmlNode *node = domain_node_first(devices, "memory");
		node && r == DOMAIN_NODE_DONE; node = domain_node_next(node, "memory"))
		r = domain_memory_device(context, node);
	return r;
}

/* RAM is what the cells say, whatever <memory> says. */
static int domain_memory_cells(struct domain_memory *context, const xmlNode *cells, uint64_t *ret)
{
	uint64_t total = 0;

	for (const xmlNode *cell = domain_node_first(cells, "cell"); cell;
		cell = domain_node_next(cell, "cell")) {
		uint64_t bytes;
		int r = domain_value_read_memory(context->reader, cell, "memory", &bytes);

		if (r != DOMAIN_NODE_DONE)
			return r;
		total += domain_value_round_up(bytes, context->steps.ram);
		if (total > INT64_MAX)
			return domain_node_refuse(
				context->reader, cell, "there is too much memory");
	}
	*ret = total;
	return DOMAIN_NODE_DONE;
}

/* RAM is <memory> less all memory devices. */
static int domain_memory_total(struct domain_memory *context, const xmlNode *domain, uint64_t *ret)
{
	struct domain_node_reader *reader = context->reader;
	const xmlNode *node;
	uint64_t total;
	int r = domain_node_only(reader, domain, "memory", &node);

	if (r != DOMAIN_NODE_DONE)
		return r;
	if (!node)
		return domain_node_refuse(reader, domain, "it needs the element <memory>");
	r = domain_value_read_memory(reader, node, NULL, &total);
	if (r != DOMAIN_NODE_DONE)
		return r;
	if (total <= context->devices)
		return domain_node_refuse(reader, node,
			"the memory devices alone are %" PRIu64 " KiB: no RAM is left",
			context->devices >> 10);
	*ret = domain_value_round_up(total - context->devices, context->steps.ram);
	return DOMAIN_NODE_DONE;
}

static int domain_memory_most(struct domain_memory *context, const xmlNode *domain)
{
	static const struct domain_value_number slots = { "slots", 10, UINT32_MAX };
	struct machine *machine = context->reader->machine;
	uint64_t n_slots = 0;
	const xmlNode *node;
	int r = domain_node_only(context->reader, domain, "maxMemory", &node);

	if (r != DOMAIN_NODE_DONE || !node)
		return r;
	r = domain_value_read_memory(context->reader, node, NULL, &machine->maxmem);
	if (r == DOMAIN_NODE_DONE)
		r = domain_value_read_number(context->reader, node, &slots, &n_slots);
	machine->maxmem = domain_value_round_up(machine->maxmem, context->steps.ram);
	machine->slots = (unsigned)n_slots;
	return r;
}

int domain_memory_read(struct domain_node_reader *reader, const xmlNode *domain)
{
	struct domain_memory context = {
		.reader = reader,
		.steps = domain_memory_find_steps(reader->machine),
	};
	struct domain_backing_kind general;
	uint64_t ram = 0;
	int r = domain_backing_find(reader, domain, &context.backing);

	if (r == DOMAIN_NODE_DONE)
		r = domain_backing_general(reader, &context.backing, &general);
	if (r != DOMAIN_NODE_DONE)
		return r;
	reader->machine->backing = general.backing;
	reader->machine->page_bytes = general.page_bytes;
	r = domain_memory_devices(&context, domain);
	if (r == DOMAIN_NODE_DONE)
		r = domain_memory_most(&context, domain);
	if (r == DOMAIN_NODE_DONE)
		r = domain_node_first(context.backing.cells, "cell")
			    ? domain_memory_cells(&context, context.backing.cells, &ram)
			    : domain_memory_total(&context, domain, &ram);
	if (r != DOMAIN_NODE_DONE)
		return r;
	if (ram == 0)
		return domain_node_refuse(reader, domain, "it has no RAM");
	reader->machine->ram = ram;
	return DOMAIN_NODE_DONE;
}
