/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/model/machine.h"

#include "core/model/limits.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int machine_new(struct machine **ret)
{
	struct arena *arena;
	struct machine *machine;
	int r = arena_new(LIMIT_ARENA_BYTES, &arena);

	if (r < 0)
		return r;
	machine = arena_alloc(arena, sizeof(*machine));
	if (!machine) {
		arena_free(arena);
		return -ENOMEM;
	}
	*machine = (struct machine){
		.arena = arena,
		.kvm = true,
		.acpi = true,
		.cpu = { .host_bits = TRI_UNKNOWN, .lm = TRI_UNKNOWN },
		.its = TRI_UNKNOWN,
		.highmem = TRI_UNKNOWN,
		.highmem_redists = TRI_UNKNOWN,
		.highmem_ecam = TRI_UNKNOWN,
		.highmem_mmio = TRI_UNKNOWN,
		.compact_highmem = TRI_UNKNOWN,
		.split_irqchip = TRI_UNKNOWN,
		.eim = TRI_UNKNOWN,
		.viommu = { .caching_mode = TRI_UNKNOWN,
			.intremap = TRI_UNKNOWN,
			.shares_tables = TRI_UNKNOWN },
	};
	*ret = machine;
	return 0;
}

struct machine *machine_free(struct machine *machine)
{
	if (machine)
		arena_free(machine->arena);
	return NULL;
}

/* An array that grows: it is full at powers of two. */
struct machine_array {
	void *items;
	size_t n;
	size_t size; /* bytes of an item */
	size_t most;
};

/* Makes room for one more item; the items are in @array then. -ENOMEM, -E2BIG. */
static int machine_grow(struct machine *machine, struct machine_array *array)
{
	void *grown;

	if (array->n >= array->most)
		return -E2BIG;
	if (array->n & (array->n - 1))
		return 0;
	grown = arena_array(machine->arena, array->n ? array->n * 2 : 1, array->size);
	if (!grown)
		return -ENOMEM;
	if (array->n)
		memcpy(grown, array->items, array->n * array->size);
	array->items = grown;
	return 0;
}

int machine_add_memory(struct machine *machine, const struct machine_memory *memory)
{
	struct machine_array array = { machine->memories, machine->n_memories, sizeof(*memory),
		LIMIT_GUEST_RANGES };
	int r = machine_grow(machine, &array);

	if (r < 0)
		return r;
	machine->memories = array.items;
	machine->memories[machine->n_memories++] = *memory;
	return 0;
}

int machine_add_bar(struct machine *machine, const struct machine_bar *bar)
{
	struct machine_array array = { machine->bars, machine->n_bars, sizeof(*bar),
		LIMIT_GUEST_RANGES };
	int r = machine_grow(machine, &array);

	if (r < 0)
		return r;
	machine->bars = array.items;
	machine->bars[machine->n_bars++] = *bar;
	return 0;
}

int machine_add_device(struct machine *machine, const struct guest_device *device)
{
	struct machine_array array = { machine->devices, machine->n_devices, sizeof(*device),
		LIMIT_GUEST_DEVICES };
	int r = machine_grow(machine, &array);

	if (r < 0)
		return r;
	machine->devices = array.items;
	machine->devices[machine->n_devices++] = *device;
	return 0;
}

int machine_add_opaque(struct machine *machine, const char *format, ...)
{
	char text[LIMIT_TEXT + 1];
	struct machine_array array = { machine->opaque, machine->n_opaque, sizeof(*machine->opaque),
		LIMIT_WORDS };
	va_list list;
	char *copy;
	int r;

	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	copy = arena_text(machine->arena, text, strlen(text));
	if (!copy)
		return -ENOMEM;
	r = machine_grow(machine, &array);
	if (r < 0)
		return r;
	machine->opaque = array.items;
	machine->opaque[machine->n_opaque++] = copy;
	return 0;
}
