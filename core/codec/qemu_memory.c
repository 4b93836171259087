/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_memory.h"

#include "core/codec/qemu_backend.h"
#include "core/codec/qemu_text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define QEMU_MEMORY_MIB	      (1ULL << 20)
#define QEMU_MEMORY_DEFAULT   (128 * QEMU_MEMORY_MIB) /* hw/core/machine.c default_ram_size */
#define QEMU_MEMORY_ALIGN     8192		      /* hw/core/machine.c machine_set_mem */
#define QEMU_MEMORY_BLOCK     (2 * QEMU_MEMORY_MIB)
#define QEMU_MEMORY_SLOTS_MAX 256 /* ACPI_MAX_RAM_SLOTS */

int qemu_memory_take(struct qemu_reader *reader, const char *text)
{
	struct qemu_opts opts;
	int r = qemu_reader_parse(reader, text, "size", &opts);

	for (size_t i = 0; r == QEMU_READER_DONE && i < opts.n; i++) {
		const char *key = opts.items[i].key;

		if (strcmp(key, "size") != 0 && strcmp(key, "slots") != 0 &&
			strcmp(key, "maxmem") != 0)
			r = qemu_reader_refuse(reader, "has no %.40s", key);
	}
	return r == QEMU_READER_DONE ? qemu_opts_merge(&reader->place, &reader->memory, &opts) : r;
}

int qemu_memory_take_path(struct qemu_reader *reader, const char *text)
{
	reader->mem_path = text;
	return QEMU_READER_DONE;
}

int qemu_memory_take_node(struct qemu_reader *reader, const char *text)
{
	return qemu_reader_append(reader, &reader->nodes, text, "type");
}

static int qemu_memory_use(
	struct qemu_reader *reader, const struct qemu_opts *user, const char *key, uint64_t *ret)
{
	struct qemu_backend backend;
	int r = qemu_backend_read(reader, user, key, &backend);

	if (r != QEMU_READER_DONE)
		return r;
	reader->machine->backing = backend.backing;
	reader->machine->page_bytes = backend.page_bytes;
	*ret = backend.size;
	return QEMU_READER_DONE;
}

/* -m, and below it what -machine memory.size= and its like say; no size is that of the backend. */
static int qemu_memory_read_size(struct qemu_reader *reader)
{
	const struct qemu_opts *board = &reader->board;
	struct machine *machine = reader->machine;
	uint64_t own = 0;
	uint64_t backend = 0;
	int r = qemu_opts_size(&reader->place, board, "memory.size", 'B', &machine->ram);

	if (r == QEMU_READER_DONE)
		r = qemu_opts_size(&reader->place, &reader->memory, "size", 'M', &own);
	if (r == QEMU_READER_DONE && qemu_opts_find(board, "memory-backend"))
		r = qemu_memory_use(reader, board, "memory-backend", &backend);
	if (r != QEMU_READER_DONE)
		return r;
	machine->ram = own ? own : machine->ram;
	if (machine->ram == 0)
		machine->ram = backend ? backend : QEMU_MEMORY_DEFAULT;
	machine->ram = (machine->ram + QEMU_MEMORY_ALIGN - 1) & ~(uint64_t)(QEMU_MEMORY_ALIGN - 1);
	if (backend && backend != machine->ram)
		return qemu_opts_refuse(&reader->place, board,
			"memory-backend has %" PRIu64 " bytes, but -m says %" PRIu64
			": QEMU refuses that",
			backend, machine->ram);
	return QEMU_READER_DONE;
}

static int qemu_memory_read_most(struct qemu_reader *reader)
{
	const struct qemu_opts_place *place = &reader->place;
	const struct qemu_opts *memory = &reader->memory;
	struct machine *machine = reader->machine;
	uint64_t slots = 0;
	int r = qemu_opts_size(place, &reader->board, "memory.max-size", 'B', &machine->maxmem);

	if (r == QEMU_READER_DONE)
		r = qemu_opts_number(place, &reader->board, "memory.slots", &slots);
	if (r == QEMU_READER_DONE)
		r = qemu_opts_size(place, memory, "maxmem", 'B', &machine->maxmem);
	if (r == QEMU_READER_DONE)
		r = qemu_opts_number(place, memory, "slots", &slots);
	if (r != QEMU_READER_DONE)
		return r;
	memory = memory->n ? memory : &reader->board;
	if (slots > QEMU_MEMORY_SLOTS_MAX)
		return qemu_opts_refuse(
			place, memory, "slots is more than %d", QEMU_MEMORY_SLOTS_MAX);
	if (machine->maxmem && machine->maxmem < machine->ram)
		return qemu_opts_refuse(place, memory,
			"maxmem is %" PRIu64 " bytes, less than the %" PRIu64 " at start",
			machine->maxmem, machine->ram);
	if (slots > 0 && (!machine->maxmem || machine->maxmem == machine->ram))
		return qemu_opts_refuse(place, memory, "has slots, but maxmem leaves no room");
	machine->slots = (unsigned)slots;
	if (machine->maxmem == machine->ram)
		machine->maxmem = 0;
	return QEMU_READER_DONE;
}

/* QEMU hw/core/numa.c: nodes that have memory have all of it. Older ones divide it up. */
static int qemu_memory_read_nodes(struct qemu_reader *reader)
{
	const struct qemu_opts *last = NULL;
	uint64_t sum = 0;

	for (size_t i = 0; i < reader->nodes.n; i++) {
		const struct qemu_opts *node = &reader->nodes.items[i];
		const char *type = qemu_opts_find(node, "type");
		uint64_t size = 0;
		int r;

		if (!type || strcmp(type, "node") != 0)
			continue;
		r = qemu_opts_size(&reader->place, node, "mem", 'M', &size);
		if (r == QEMU_READER_DONE && qemu_opts_find(node, "memdev"))
			r = qemu_memory_use(reader, node, "memdev", &size);
		if (r != QEMU_READER_DONE)
			return r;
		sum = size > UINT64_MAX - sum ? UINT64_MAX : sum + size;
		last = node;
	}
	if (sum != 0 && sum != reader->machine->ram)
		return qemu_opts_refuse(&reader->place, last,
			"the nodes have %" PRIu64 " bytes together, but -m says %" PRIu64
			": QEMU refuses that",
			sum, reader->machine->ram);
	return QEMU_READER_DONE;
}

/* SGX EPC sections, in the order of their numbers. */
static int qemu_memory_read_sgx(struct qemu_reader *reader)
{
	const struct qemu_opts *board = &reader->board;

	for (size_t i = 0; i < board->n; i++) {
		const char *key = arena_printf(reader->place.arena, "sgx-epc.%zu.memdev", i);
		struct machine_memory memory = { .model = MACHINE_MEMORY_SGX_EPC };
		struct qemu_backend backend;
		int r;

		if (!key)
			return -ENOMEM;
		if (!qemu_opts_find(board, key))
			return QEMU_READER_DONE;
		r = qemu_backend_read(reader, board, key, &backend);
		if (r != QEMU_READER_DONE)
			return r;
		memory.size = backend.size;
		memory.name = qemu_reader_text(reader, qemu_opts_find(board, key));
		if (!memory.name)
			return -ENOMEM;
		r = qemu_reader_added(reader, board, machine_add_memory(reader->machine, &memory));
		if (r != QEMU_READER_DONE)
			return r;
	}
	return QEMU_READER_DONE;
}

int qemu_memory_finish(struct qemu_reader *reader)
{
	struct qemu_backend backend = { 0 };
	int r;

	if (reader->mem_path) {
		qemu_backend_read_path(reader->mem_path, &backend);
		reader->machine->backing = backend.backing;
		reader->machine->page_bytes = backend.page_bytes;
	}
	r = qemu_memory_read_size(reader);
	if (r == QEMU_READER_DONE)
		r = qemu_memory_read_most(reader);
	if (r == QEMU_READER_DONE)
		r = qemu_memory_read_nodes(reader);
	return r == QEMU_READER_DONE ? qemu_memory_read_sgx(reader) : r;
}

/* --- devices --- */

static int qemu_memory_read_device(
	struct qemu_reader *reader, const struct qemu_opts *device, struct machine_memory *memory)
{
	const struct qemu_opts_place *place = &reader->place;
	bool is_virtio = memory->model == MACHINE_MEMORY_VIRTIO_MEM ||
			 memory->model == MACHINE_MEMORY_VIRTIO_PMEM;
	const char *address = is_virtio ? "memaddr" : "addr";
	const char *id = qemu_opts_find(device, "id");
	int r = qemu_opts_number(place, device, address, &memory->address);

	if (r == QEMU_READER_DONE && memory->model == MACHINE_MEMORY_NVDIMM)
		r = qemu_opts_size(place, device, "label-size", 'B', &memory->label);
	if (r == QEMU_READER_DONE && memory->model == MACHINE_MEMORY_VIRTIO_MEM)
		r = qemu_opts_size(place, device, "block-size", 'B', &memory->block);
	if (r == QEMU_READER_DONE && memory->model == MACHINE_MEMORY_VIRTIO_MEM)
		r = qemu_opts_bool(place, device, "dynamic-memslots", &memory->dynamic_memslots);
	if (r != QEMU_READER_DONE)
		return r;
	if (memory->block & (memory->block - 1))
		return qemu_opts_refuse(place, device, "block-size is no power of two");
	if (memory->label >= memory->size)
		return qemu_opts_refuse(place, device, "label-size leaves nothing of the memory");
	/* 0 is what QEMU takes for "anywhere". */
	memory->placed = memory->address != 0;
	memory->name = qemu_reader_text(reader, id ? id : qemu_opts_find(device, "driver"));
	return memory->name ? QEMU_READER_DONE : -ENOMEM;
}

/*
 * Where the size of its pages is left open, the place of @memory is too, unless it is given or all
 * before it end at a multiple of the largest.
 */
static bool qemu_memory_depends_on_pages(const struct machine *machine,
	const struct machine_memory *memory, uint64_t page_bytes_most)
{
	if (page_bytes_most == 0 || memory->model == MACHINE_MEMORY_SGX_EPC)
		return false;
	if (memory->label)
		return true;
	/* virtio-mem's default block is a page, and at least a transparent huge one. */
	if (memory->model == MACHINE_MEMORY_VIRTIO_MEM && memory->block == 0 &&
		page_bytes_most > QEMU_MEMORY_BLOCK)
		return true;
	for (size_t i = 0; i < machine->n_memories && !memory->placed; i++) {
		const struct machine_memory *before = &machine->memories[i];
		uint64_t size = before->placed ? before->address | before->size : before->size;

		if (before->model != MACHINE_MEMORY_SGX_EPC &&
			(before->label || (size & (page_bytes_most - 1))))
			return true;
	}
	return false;
}

int qemu_memory_add(
	struct qemu_reader *reader, const struct qemu_opts *device, enum machine_memory_model model)
{
	struct machine_memory memory = { .model = model };
	struct qemu_backend backend;
	int r = qemu_backend_read(reader, device, "memdev", &backend);

	if (r != QEMU_READER_DONE)
		return r;
	/* Huge pages are memory, and what an NVDIMM holds is to stay. */
	if (model == MACHINE_MEMORY_NVDIMM && backend.backing == MACHINE_BACKING_FILE)
		backend.page_bytes_most = 0;
	memory.size = backend.size;
	memory.align = backend.align;
	memory.backing = backend.backing;
	memory.page_bytes = backend.page_bytes;
	r = qemu_memory_read_device(reader, device, &memory);
	if (r == QEMU_READER_DONE &&
		qemu_memory_depends_on_pages(reader->machine, &memory, backend.page_bytes_most))
		r = qemu_reader_opaque(reader,
			"-device %s: the size of its pages is not said, and its place depends on "
			"it",
			memory.name);
	if (r != QEMU_READER_DONE)
		return r;
	return qemu_reader_added(reader, device, machine_add_memory(reader->machine, &memory));
}

int qemu_memory_backend_size(
	struct qemu_reader *reader, const struct qemu_opts *device, const char *key, uint64_t *ret)
{
	struct qemu_backend backend;
	int r = qemu_backend_read(reader, device, key, &backend);

	if (r == QEMU_READER_DONE)
		*ret = backend.size;
	return r;
}
