/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/judge/planner_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PLANNER_TEXT_SIZE 32U

struct planner_text {
	struct arena *arena;
	const struct machine *from;
	const struct machine *to;
	const char *words; /* parts of a sentence */
	const char *xml;   /* lines */
	const char *option;
	int fault;
};

/* Appends to *@list, after @between unless it is the first. */
static void planner_text_add(struct planner_text *text, const char **list, const char *between,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

static void planner_text_add(
	struct planner_text *text, const char **list, const char *between, const char *format, ...)
{
	char part[512];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(part, sizeof(part), format, arguments);
	va_end(arguments);
	*list = arena_printf(text->arena, "%s%s%s", *list ? *list : "", *list ? between : "", part);
	if (!*list)
		text->fault = -ENOMEM;
}

/* "64 GiB", in @ret. */
static const char *planner_text_size(uint64_t bytes, char ret[PLANNER_TEXT_SIZE])
{
	static const char *const units[] = { "KiB", "MiB", "GiB" };
	unsigned unit = 0;

	for (bytes >>= 10; unit < 2 && bytes && bytes % 1024 == 0; unit++)
		bytes >>= 10;
	(void)snprintf(ret, PLANNER_TEXT_SIZE, "%" PRIu64 " %s", bytes, units[unit]);
	return ret;
}

static void planner_text_version(struct planner_text *text)
{
	const struct machine *to = text->to;

	if (text->from->type == to->type)
		return;
	planner_text_add(text, &text->words, ", ", "use the machine %s", to->type);
	planner_text_add(text, &text->xml, "\n", "<type arch='%s' machine='%s'>hvm</type>",
		to->arch, to->type);
	planner_text_add(text, &text->option, " ", "-machine %s", to->type);
}

static void planner_text_address(struct planner_text *text)
{
	const struct machine_cpu *from = &text->from->cpu, *to = &text->to->cpu;

	if (from->bits_limit != to->bits_limit) {
		planner_text_add(text, &text->words, ", ",
			"limit the CPU's physical address bits to %u", to->bits_limit);
		planner_text_add(text, &text->xml, "\n",
			"<maxphysaddr mode='passthrough' limit='%u'/>", to->bits_limit);
		planner_text_add(text, &text->option, " ",
			"-cpu ...,host-phys-bits=on,host-phys-bits-limit=%u", to->bits_limit);
	} else if (from->bits != to->bits) {
		planner_text_add(text, &text->words, ", ", "give the CPU %u physical address bits",
			to->bits);
		planner_text_add(text, &text->xml, "\n", "<maxphysaddr mode='emulate' bits='%u'/>",
			to->bits);
		planner_text_add(text, &text->option, " ", "-cpu ...,phys-bits=%u", to->bits);
	}
}

static void planner_text_low_ram(struct planner_text *text)
{
	char size[PLANNER_TEXT_SIZE];

	if (text->from->max_ram_below_4g == text->to->max_ram_below_4g)
		return;
	planner_text_add(text, &text->words, ", ", "end RAM below 4 GiB at %s",
		planner_text_size(text->to->max_ram_below_4g, size));
	planner_text_add(text, &text->option, " ", "-machine ...,max-ram-below-4g=%" PRIu64 "M",
		text->to->max_ram_below_4g >> 20);
}

/* What can be added. */
static void planner_text_maxmem(struct planner_text *text)
{
	const struct machine *from = text->from, *to = text->to;
	char size[PLANNER_TEXT_SIZE], slots[PLANNER_TEXT_SIZE] = "";

	if (from->maxmem == to->maxmem && from->slots == to->slots)
		return;
	if (!to->maxmem) {
		planner_text_add(text, &text->words, ", ", "leave out maxMemory");
		return;
	}
	planner_text_size(to->maxmem, size);
	if (from->maxmem == to->maxmem)
		planner_text_add(text, &text->words, ", ", "give maxMemory %u slot%s", to->slots,
			to->slots == 1 ? "" : "s");
	else if (from->slots == to->slots)
		planner_text_add(text, &text->words, ", ", "%s maxMemory to %s",
			from->maxmem > to->maxmem ? "lower" : "raise", size);
	else
		planner_text_add(text, &text->words, ", ", "set maxMemory to %s with %u slot%s",
			size, to->slots, to->slots == 1 ? "" : "s");
	if (to->slots)
		(void)snprintf(slots, sizeof(slots), " slots='%u'", to->slots);
	planner_text_add(text, &text->xml, "\n", "<maxMemory%s unit='KiB'>%" PRIu64 "</maxMemory>",
		slots, to->maxmem >> 10);
}

static void planner_text_memory_option(struct planner_text *text)
{
	const struct machine *from = text->from, *to = text->to;

	if (from->maxmem == to->maxmem && from->slots == to->slots && from->ram == to->ram)
		return;
	if (to->maxmem)
		planner_text_add(text, &text->option, " ",
			"-m size=%" PRIu64 "k,slots=%u,maxmem=%" PRIu64 "k", to->ram >> 10,
			to->slots, to->maxmem >> 10);
	else
		planner_text_add(text, &text->option, " ", "-m size=%" PRIu64 "k", to->ram >> 10);
}

/* What QEMU has for memory of the kind that the guest has. */
static void planner_text_backend(
	struct planner_text *text, unsigned i, const struct machine_memory *memory)
{
	switch (memory->backing) {
	case MACHINE_BACKING_ANONYMOUS:
		planner_text_add(text, &text->option, " ",
			"-object memory-backend-ram,id=planned%u,size=%" PRIu64 "k", i,
			memory->size >> 10);
		break;
	case MACHINE_BACKING_FILE:
		planner_text_add(text, &text->option, " ",
			"-object memory-backend-memfd,share=on,id=planned%u,size=%" PRIu64 "k", i,
			memory->size >> 10);
		break;
	case MACHINE_BACKING_HUGE:
		planner_text_add(text, &text->option, " ",
			"-object memory-backend-memfd,share=on,hugetlb=on,hugetlbsize=%" PRIu64
			"k,id=planned%u,size=%" PRIu64 "k",
			memory->page_bytes >> 10, i, memory->size >> 10);
		break;
	}
	planner_text_add(text, &text->option, " ",
		"-device pc-dimm,memdev=planned%u,addr=0x%" PRIx64, i, memory->address);
}

/*
 * RAM at boot is the sum of the cells, which libvirt wants to be there where memory is added;
 * <memory> counts the DIMMs too, and stays as it is.
 */
static void planner_text_boot_ram(struct planner_text *text)
{
	const struct machine *from = text->from, *to = text->to;
	char size[PLANNER_TEXT_SIZE];

	if (from->ram == to->ram)
		return;
	planner_text_add(text, &text->words, ", ",
		"boot with %s of RAM (in all NUMA cells together)",
		planner_text_size(to->ram, size));
	planner_text_add(text, &text->xml, "\n",
		"<numa><cell id='0' cpus='0-%u' memory='%" PRIu64 "' unit='KiB'/></numa>",
		to->cpus ? to->cpus - 1 : 0, to->ram >> 10);
	for (size_t i = from->n_memories; i < to->n_memories; i++) {
		const struct machine_memory *memory = &to->memories[i];

		planner_text_add(text, &text->words, ", ", "add %s as a DIMM at 0x%" PRIx64,
			planner_text_size(memory->size, size), memory->address);
		planner_text_add(text, &text->xml, "\n",
			"<memory model='dimm'><target><size unit='KiB'>%" PRIu64
			"</size><node>0</node></target><address type='dimm' slot='%zu' "
			"base='0x%" PRIx64 "'/></memory>",
			memory->size >> 10, i, memory->address);
		planner_text_backend(text, (unsigned)(i - from->n_memories), memory);
	}
}

int planner_text_say(
	struct arena *arena, const struct machine *from, struct planner_suggestion *ret)
{
	struct planner_text text = { .arena = arena, .from = from, .to = ret->machine };
	char *words;

	if (ret->changes == PLANNER_RESTART) {
		ret->text = "Start it anew, on any of the hosts";
		return 0;
	}
	planner_text_version(&text);
	planner_text_address(&text);
	planner_text_low_ram(&text);
	planner_text_memory_option(&text);
	planner_text_boot_ram(&text);
	planner_text_maxmem(&text);
	if (text.fault < 0 || !text.words)
		return -ENOMEM;
	words = arena_text(arena, text.words, strlen(text.words));
	if (!words)
		return -ENOMEM;
	if (words[0] >= 'a' && words[0] <= 'z')
		words[0] = (char)(words[0] - 'a' + 'A');
	ret->text = words;
	ret->xml = text.xml;
	ret->option = text.option;
	return 0;
}
