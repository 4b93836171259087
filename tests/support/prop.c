/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/support/prop.h"

#include "core/codec/facts_json.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <string.h>

const char *const prop_hosts[] = {
	"x86-vfio",	    /* VT-d of 39 bits, a switch without ACS, a conventional bus */
	"x86-vfio-amdvi",   /* AMD-Vi, 6.1 */
	"x86-vfio-ivmd",    /* AMD-Vi with direct regions */
	"x86-amdvi-7.2",    /* AMD-Vi whose reach is of the IVRS table */
	"x86-vtd-rmrr-7.2", /* VT-d with direct regions */
	"x86-sriov-igb",    /* virtual functions */
	"arm64-vfio",	    /* SMMUv3 and ITS */
	"x86-none",	    /* no IOMMU at all */
	NULL,
};

struct prop_run prop_run;

void prop_begin(int argc, char **argv, unsigned iterations)
{
	prop_run.seed = unit_seed(argc, argv);
	prop_run.iterations = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : iterations;
}

uint64_t prop_state(size_t host, unsigned i)
{
	uint64_t state = prop_run.seed + host * 0x1000000 + i;

	return unit_random(&state);
}

json_t *prop_load(const char *name)
{
	const char *top = getenv("top_srcdir");
	json_error_t error;
	char path[512];
	json_t *json;

	(void)snprintf(
		path, sizeof(path), "%s/tests/golden/%s/facts.expected", top ? top : ".", name);
	json = json_load_file(path, 0, &error);
	ck_assert_msg(json != NULL, "%s: %s", path, error.text);
	return json;
}

/* ------------------------------------------------------------------ facts */

static bool prop_is_name(const char *path, const char *key)
{
	static const char *const names[] = { "schema", "minor", "id", "address", "name", "index" };

	(void)path;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], key) == 0)
			return true;
	return false;
}

/* Walks all facts below @json in order; takes the one at *@n, counting down. */
static bool prop_walk(json_t *json, const char *path, size_t *n, struct prop_fact *ret)
{
	char below[160];
	const char *key;
	json_t *value;
	size_t i;

	json_array_foreach(json, i, value)
	{
		(void)snprintf(below, sizeof(below), "%.120s/%zu", path, i);
		if (prop_walk(value, below, n, ret))
			return true;
	}
	json_object_foreach(json, key, value)
	{
		if (prop_is_name(path, key))
			continue;
		(void)snprintf(below, sizeof(below), "%.120s/%.30s", path, key);
		if ((*n)-- == 0) {
			*ret = (struct prop_fact){ .object = json, .key = key };
			(void)snprintf(ret->path, sizeof(ret->path), "%s", below);
			return true;
		}
		if (!json_object_get(value, "unknown") && prop_walk(value, below, n, ret))
			return true;
	}
	return false;
}

void prop_pick(json_t *facts, uint64_t *state, struct prop_fact *ret)
{
	size_t left = SIZE_MAX, n;

	(void)prop_walk(facts, "", &left, ret);
	n = (size_t)(unit_random(state) % (SIZE_MAX - left));
	ck_assert(prop_walk(facts, "", &n, ret));
}

void prop_forget(const struct prop_fact *fact, uint64_t *state)
{
	uint64_t why = unit_random(state) % (FACT_NOT_COLLECTED + 1);

	if (why == FACT_NOT_COLLECTED)
		json_object_del(fact->object, fact->key);
	else
		json_object_set_new(fact->object, fact->key,
			json_pack("{s:s}", "unknown", fact_why_word((enum fact_why)why)));
}

static json_t *prop_other_hex(const char *hex, uint64_t *state)
{
	uint64_t value = strtoull(hex, NULL, 16), n = unit_random(state);

	switch (n % 3) {
	case 0:
		value ^= 1ULL << (n >> 8) % 8;
		break;
	case 1:
		value ^= 1ULL << (n >> 8) % 16;
		break;
	default:
		value = (value & ~0xfffULL) + 0x1000 * ((n >> 8) % 16);
		break;
	}
	return json_sprintf("0x%llx", (unsigned long long)value);
}

void prop_change(const struct prop_fact *fact, uint64_t *state)
{
	json_t *old = json_object_get(fact->object, fact->key), *new = NULL;
	const char *text = json_string_value(old);

	if (unit_random(state) % 4 == 0)
		new = json_null();
	else if (json_is_boolean(old))
		new = json_boolean(!json_is_true(old));
	else if (json_is_integer(old))
		new = json_integer((json_int_t)(unit_random(state) % 64));
	else if (text && strncmp(text, "0x", 2) == 0)
		new = prop_other_hex(text, state);
	else if (json_is_array(old) && json_array_size(old))
		json_array_remove(old, unit_random(state) % json_array_size(old));
	if (new)
		json_object_set_new(fact->object, fact->key, new);
}

/* ------------------------------------------------------------------ guests */

/* A random address that the document has somewhere, or a power of two. */
static uint64_t prop_point(const json_t *facts, uint64_t *state)
{
	static const unsigned bits[] = { 0, 27, 32, 38, 39, 40, 47, 48, 57 };
	uint64_t random = unit_random(state);
	const json_t *groups = json_object_get(facts, "groups"), *lines;
	const json_t *devices = json_object_get(facts, "devices"), *list;

	switch (random % 3) {
	case 0:
		random = unit_random(state) % (sizeof(bits) / sizeof(bits[0]));
		return random ? 1ULL << bits[random] : 0;
	case 1:
		if (!json_array_size(groups))
			return 0x40000000;
		lines = json_object_get(
			json_array_get(groups, (random >> 8) % json_array_size(groups)),
			"reserved");
		if (!json_array_size(lines))
			return 0x100000000;
		lines = json_array_get(lines, (random >> 32) % json_array_size(lines));
		return strtoull(json_string_value(json_object_get(
					lines, random >> 16 & 1 ? "first" : "last")),
			NULL, 16);
	default:
		list = json_array_get(devices, (random >> 8) % json_array_size(devices));
		list = json_object_get(list, random >> 16 & 1 ? "bars" : "windows");
		if (!json_array_size(list))
			return 0x80000000;
		list = json_array_get(list, (random >> 32) % json_array_size(list));
		return strtoull(json_string_value(json_object_get(list, "first")), NULL, 16);
	}
}

static struct guest_range prop_range(const json_t *facts, uint64_t *state, bool ram)
{
	static const enum guest_kind kinds[] = { GUEST_RAM, GUEST_RAM, GUEST_ROM, GUEST_RAM_DEVICE,
		GUEST_HOTPLUG, GUEST_HOTPLUG, GUEST_BAR_WINDOW, GUEST_MMIO };
	static const unsigned aligns[] = { 12, 16, 21, 21, 30 };
	uint64_t random = unit_random(state);
	uint64_t align = 1ULL << aligns[random % 5];
	uint64_t first = prop_point(facts, state) + (random >> 8) % 3 * align;
	uint64_t bytes = ((random >> 16) % 64 + 1) * align;
	struct guest_range range = { .kind = kinds[(random >> 32) % 8], .placed = true };

	first -= first % align;
	if ((random >> 40) % 4 == 0 && first >= bytes)
		first -= bytes; /* just below */
	if (first > UINT64_MAX - bytes)
		first = UINT64_MAX - bytes + 1;
	range.region = (struct region){ first, first + (bytes - 1) };
	if (ram)
		range.kind = GUEST_RAM;
	if (range.kind == GUEST_RAM_DEVICE)
		range.placed = (random >> 48) % 2;
	if (range.kind == GUEST_HOTPLUG && (random >> 48) % 4 == 0)
		range.block = 1ULL << 21;
	return range;
}

static void prop_guest_ranges(struct guest *guest, const json_t *facts, uint64_t *state)
{
	size_t n = unit_random(state) % 4 + 1, at;

	guest->ranges = arena_array(guest->arena, n, sizeof(*guest->ranges));
	for (size_t i = 0; i < n; i++) {
		guest->ranges[guest->n_ranges++] = prop_range(facts, state, i == 0);
		if (guest_check(guest, &at) == GUEST_E_OVERLAP) {
			memmove(&guest->ranges[at], &guest->ranges[at + 1],
				(guest->n_ranges - at - 1) * sizeof(*guest->ranges));
			guest->n_ranges--;
		}
	}
	guest->hotplug_none = true;
	for (size_t i = 0; i < guest->n_ranges; i++)
		if (guest->ranges[i].kind == GUEST_HOTPLUG)
			guest->hotplug_none = false;
}

/* A random device of the host as an address or as an identity, in @arena. */
static const char *prop_device(
	const json_t *facts, struct arena *arena, uint64_t *state, bool identity)
{
	const json_t *devices = json_object_get(facts, "devices");
	const json_t *device =
		json_array_get(devices, unit_random(state) % json_array_size(devices));
	const char *vendor = json_string_value(json_object_get(device, "vendor"));
	const char *id = json_string_value(json_object_get(device, "device"));

	if (!identity || !vendor || !id)
		return json_string_value(json_object_get(device, "address"));
	return arena_printf(arena, "%04lx:%04lx", strtoul(vendor, NULL, 16), strtoul(id, NULL, 16));
}

/* One of four guests has an IOMMU of its own, and relies on what such guests rely on. */
static void prop_guest_viommu(struct guest *guest, uint64_t *state)
{
	static const unsigned widths[] = { 0, 39, 48, 64 };
	uint64_t random = unit_random(state);
	struct viommu *viommu = &guest->viommu;

	if (random % 4)
		return;
	viommu->model = (enum viommu_model)((random >> 8) % _VIOMMU_MODEL_MAX);
	viommu->aw_bits = widths[(random >> 16) % 4];
	viommu->caching_mode = (enum tri)((random >> 24) % 3);
	viommu->shares_tables = (enum tri)((random >> 32) % 3);
	viommu->regions_known = (random >> 40) % 2;
	if (viommu->regions_known) {
		viommu->regions = arena_array(guest->arena, 1, sizeof(*viommu->regions));
		viommu->regions[0] = (struct region){ 0xfee00000, 0xfeefffff };
		viommu->n_regions = 1;
	}
	guest->needs_pasid_bits = (random >> 48) % 2 ? 20 : 0;
	guest->needs_nested_format = (random >> 49) % 2 ? "vtd-s1" : NULL;
}

/* What can still be added is known of every other guest with a window for it. */
static void prop_guest_memory(struct guest *guest, uint64_t *state)
{
	uint64_t random = unit_random(state);

	guest->memory = (struct guest_memory){
		.known = !guest->hotplug_none && random % 2,
		.room = ((random >> 8) % 65) << 30,
		.slots = (random >> 16) % 3,
		.align = 2ULL << 20,
	};
}

struct guest *prop_guest(const json_t *facts, uint64_t *state)
{
	uint64_t random = unit_random(state);
	struct guest *guest;

	ck_assert_int_eq(guest_new(&guest), 0);
	guest->arch = json_string_value(json_object_get(json_object_get(facts, "host"), "arch"));
	if (!guest->arch)
		guest->arch = "x86_64";
	guest->arch = arena_text(guest->arena, guest->arch, strlen(guest->arch));
	guest->kvm = random % 4 == 0;
	guest->vfio = (enum guest_vfio)((random >> 8) % 3);
	guest->needs_write_combining_bar = (random >> 16) % 2;
	guest->min_granule = (random >> 24) % 8 ? 0 : 1ULL << 16;
	prop_guest_ranges(guest, facts, state);
	prop_guest_viommu(guest, state);
	prop_guest_memory(guest, state);
	if ((random >> 32) % 4 == 0) {
		const char *text = prop_device(facts, guest->arena, state, (random >> 40) % 2);

		text = arena_text(guest->arena, text, strlen(text));
		guest->devices = arena_array(guest->arena, 1, sizeof(*guest->devices));
		guest->n_devices = guest_device_parse(text, guest->devices) == 0;
	}
	return guest;
}

const char *prop_guest_text(const struct guest *guest)
{
	static char text[1024];
	size_t n = (size_t)snprintf(text, sizeof(text), "%s%s, viommu %s",
		guest->kvm ? "kvm" : "tcg", guest->n_devices ? ", with a device" : "",
		viommu_model_word(guest->viommu.model));

	for (size_t i = 0; i < guest->n_ranges && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, ", %s 0x%llx-0x%llx",
			guest_kind_word(guest->ranges[i].kind),
			(unsigned long long)guest->ranges[i].region.first,
			(unsigned long long)guest->ranges[i].region.last);
	return text;
}

/* ------------------------------------------------------------------ questions */

void prop_ask(
	const json_t *facts, const struct guest *guest, uint64_t *state, struct prop_question *ret)
{
	static const char *const kernels[] = { "", "", "", "6.1", "6.6", "7.2" };
	uint64_t random = unit_random(state);

	*ret = (struct prop_question){ .assume = ASSUME_NOTHING };
	ret->question.guest = guest;
	ret->question.attach = ret->attach;
	ret->question.n_attach = random % 3;
	ret->assume.nested_trust = true;
	(void)snprintf(
		ret->assume.kernel, sizeof(ret->assume.kernel), "%s", kernels[(random >> 8) % 6]);
	if ((random >> 16) % 8 == 0)
		ret->assume.iommu_bits = 39 + (unsigned)(random >> 24) % 10;
	if ((random >> 32) % 4 == 0)
		ret->question.attach_memory = ((random >> 40) % 64 + 1) << 24;
	for (size_t i = 0; i < ret->question.n_attach; i++) {
		/* One identity at most: of two, the one may take what only the other could have. */
		bool identity = i == 0 && (random >> 48) % 3 == 0;

		ret->by_identity = ret->by_identity || identity;
		ret->attach[i] = prop_device(facts, guest->arena, state, identity);
	}
	ret->by_identity = ret->by_identity || (guest->n_devices && !guest->devices[0].address);
	if (guest->n_devices && !guest->devices[0].address)
		ret->question.n_attach = 0;
	(void)snprintf(ret->text, sizeof(ret->text), "attach %s %s, memory 0x%llx, kernel \"%s\"",
		ret->question.n_attach ? ret->attach[0] : "-",
		ret->question.n_attach > 1 ? ret->attach[1] : "-",
		(unsigned long long)ret->question.attach_memory, ret->assume.kernel);
}

struct host *prop_host(const json_t *facts, const struct assume *assume)
{
	struct assume trust = ASSUME_NOTHING;
	struct facts *decoded = ask_decode(facts);
	struct host *host;

	trust.nested_trust = true;
	ck_assert_int_eq(host_new(decoded, assume ? assume : &trust, &host), 0);
	facts_unref(decoded);
	return host;
}

struct host *prop_try_host(const json_t *facts)
{
	char *bytes = json_dumps(facts, JSON_COMPACT);
	struct refusal refusal;
	struct facts *decoded;
	int r = facts_json_decode(bytes, strlen(bytes), &decoded, &refusal);

	free(bytes);
	if (r == FACTS_JSON_E_REFUSED)
		return NULL;
	ck_assert_int_eq(r, FACTS_JSON_DONE);
	facts_unref(decoded);
	return prop_host(facts, NULL);
}

struct verdict *prop_judge(
	const json_t *facts, const struct prop_question *question, struct host **ret_host)
{
	struct refusal refusal = { "", "" };
	struct verdict *verdict = NULL;
	int r;

	*ret_host = prop_host(facts, &question->assume);
	r = verdict_compute(*ret_host, &question->question, &verdict, &refusal);
	ck_assert_msg(r == VERDICT_DONE || r == VERDICT_E_REFUSED, "%d", r);
	if (r == VERDICT_DONE)
		ask_check_combination(verdict);
	return verdict;
}
