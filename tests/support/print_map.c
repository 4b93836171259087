/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Prints the guest that a text describes as one line of JSON, for tests that know the truth from
 * elsewhere:
 *
 *   print_map FORMAT [AMD [BITS [IPA [ARCH]]]] < TEXT
 *
 * FORMAT is domain, cmdline or mtree; the place where it is laid out is AMD (yes, no, unknown), the
 * CPU's physical bits and the reach of an Arm host's guests, 0 for not known.
 */
#include "core/codec/domain_xml.h"
#include "core/codec/mtree.h"
#include "core/codec/qemu_cmdline.h"
#include "core/layout/layout.h"
#include "core/model/limits.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_map_end(json_t *json)
{
	if (!json || json_dumpf(json, stdout, JSON_COMPACT | JSON_SORT_KEYS) < 0)
		abort();
	putchar('\n');
	json_decref(json);
}

static json_t *print_map_ranges(const struct guest *guest)
{
	json_t *json = json_array();

	for (size_t i = 0; i < guest->n_ranges; i++) {
		const struct guest_range *range = &guest->ranges[i];

		/* Numbers are signed in JSON here, addresses are not. */
		json_array_append_new(json,
			json_pack("{s:o,s:o,s:s,s:s?,s:b}", "first",
				json_sprintf("%#llx", (unsigned long long)range->region.first),
				"last",
				json_sprintf("%#llx", (unsigned long long)range->region.last),
				"kind", guest_kind_word(range->kind), "name", range->name, "placed",
				range->placed));
	}
	return json;
}

static json_t *print_map_texts(const char *const *texts, size_t n)
{
	json_t *json = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(json, json_string(texts[i]));
	return json;
}

static json_t *print_map_devices(const struct guest *guest)
{
	json_t *json = json_array();

	for (size_t i = 0; i < guest->n_devices; i++)
		json_array_append_new(json, json_string(guest->devices[i].text));
	return json;
}

static json_t *print_map_memory(const struct guest *guest)
{
	if (!guest->memory.known)
		return json_null();
	return json_pack("{s:I,s:i,s:I}", "room", (json_int_t)guest->memory.room, "slots",
		(int)guest->memory.slots, "align", (json_int_t)guest->memory.align);
}

static json_t *print_map_guest(const struct guest *guest)
{
	return json_pack("{s:s?,s:b,s:s?,s:b,s:s?,s:s?,s:b,s:i,s:o,s:o,s:o,s:o}", "arch",
		guest->arch, "kvm", guest->kvm, "machine", guest->machine, "machine_assumed",
		guest->machine_assumed, "refused", guest->refused, "open", guest->open,
		"hotplug_none", guest->hotplug_none, "address_bits", (int)guest->address_bits,
		"memory", print_map_memory(guest), "devices", print_map_devices(guest), "opaque",
		print_map_texts(guest->opaque, guest->n_opaque), "map", print_map_ranges(guest));
}

static unsigned print_map_number(int argc, char **argv, int i)
{
	unsigned number = 0;

	if (i < argc && sscanf(argv[i], "%5u", &number) != 1)
		abort();
	return number;
}

static struct layout_place print_map_place(int argc, char **argv)
{
	struct layout_place place = LAYOUT_ANYWHERE;

	if (argc > 2 && strcmp(argv[2], "yes") == 0)
		place.amd = TRI_YES;
	else if (argc > 2 && strcmp(argv[2], "no") == 0)
		place.amd = TRI_NO;
	place.cpu_bits = print_map_number(argc, argv, 3);
	place.ipa_bits = print_map_number(argc, argv, 4);
	return place;
}

int main(int argc, char **argv)
{
	char *bytes = malloc(LIMIT_MTREE_BYTES);
	size_t n = bytes ? fread(bytes, 1, LIMIT_MTREE_BYTES, stdin) : 0;
	struct layout_place place = print_map_place(argc, argv);
	struct refusal refusal = { "", "" };
	struct machine *machine = NULL;
	struct guest *guest = NULL;
	int r = -1;

	if (argc > 1 && strcmp(argv[1], "mtree") == 0)
		r = mtree_decode(bytes, n, argc > 5 ? argv[5] : NULL, &guest, &refusal);
	else if (argc > 1 && strcmp(argv[1], "domain") == 0)
		r = domain_xml_decode(bytes, n, &machine, &refusal);
	else if (argc > 1 && strcmp(argv[1], "cmdline") == 0)
		r = qemu_cmdline_decode(bytes, n, &machine, &refusal);
	free(bytes);
	if (r < 0 || (machine && layout_guest(machine, &place, &guest) < 0)) {
		fprintf(stderr, "usage: print_map FORMAT [AMD [BITS [IPA [ARCH]]]] < TEXT\n");
		return 2;
	}
	if (!guest)
		print_map_end(json_pack(
			"{s:{s:s,s:s}}", "error", "where", refusal.where, "text", refusal.text));
	else
		print_map_end(print_map_guest(guest));
	machine_free(machine);
	guest_free(guest);
	return 0;
}
