/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ACS path: who can be reached on the way up without the IOMMU seeing it. */
#include "core/judge/isolation.h"
#include "core/model/limits.h"
#include "tests/support/ask.h"
#include "tests/support/unit.h"

#include <string.h>

/* A device with a BAR (a bridge: a window) of a MiB of its own, at 0xb0000000 + @slot MiB. */
struct test_device {
	const char *address, *parent, *port_type,
		*acs; /* as in JSON; parent and acs may be "null" */
	bool multifunction;
	unsigned group, slot;
};

struct test_tree {
	json_t *json;
	struct facts *facts;
	struct arena *arena;
	struct isolation *isolation;
};

static void test_tree_done(struct test_tree *tree)
{
	arena_free(tree->arena);
	facts_unref(tree->facts);
	json_decref(tree->json);
}

static json_t *test_device_json(const struct test_device *device)
{
	unsigned first = 0xb0000000U + (device->slot << 20);
	bool bridge = strstr(device->port_type, "port") || strstr(device->port_type, "pcie-to") ||
		      strstr(device->port_type, "conventional-bridge");
	bool pcie = !strstr(device->port_type, "conventional");
	char text[1024];

	(void)snprintf(text, sizeof(text),
		"{'address':'%s','bus':'pci','vendor':'0x1af4','device':'0x1','parent':%s,"
		"'port_type':%s%s%s,'acs':%s,'multifunction':%s,'group':%u,'header_type':%d,"
		"'physfn':null,'bars':[%s'index':0,'first':'0x%x','last':'0x%x','flags':'0x200'%s],"
		"'windows':%s}",
		device->address, device->parent, pcie ? "'" : "", pcie ? device->port_type : "null",
		pcie ? "'" : "", device->acs, device->multifunction ? "true" : "false",
		device->group, bridge, "{", first, first + 0xfffff, "}", bridge ? "[]" : "null");
	return ask_json(text);
}

/* Facts of nothing but @devices, up to one without an address. */
static void test_tree_begin(struct test_tree *tree, const struct test_device *devices)
{
	json_t *list = json_array();

	tree->json = ask_json("{'schema':'iommufleet-facts-1','minor':0}");
	for (; devices->address; devices++)
		json_array_append_new(list, test_device_json(devices));
	json_object_set_new(tree->json, "devices", list);
	tree->arena = NULL;
	tree->facts = NULL;
}

static struct isolation_path test_path(struct test_tree *tree, const char *address)
{
	const struct facts_device *device;
	struct isolation_path path;

	arena_free(tree->arena);
	facts_unref(tree->facts);
	tree->facts = ask_decode(tree->json);
	device = facts_find_device(tree->facts, address);
	ck_assert(device != NULL);
	ck_assert_int_eq(arena_new(LIMIT_ARENA_BYTES, &tree->arena), 0);
	ck_assert_int_eq(isolation_new(tree->facts, tree->arena, &tree->isolation), 0);
	ck_assert_int_eq(
		isolation_compute(tree->isolation,
			(size_t)(device - (const struct facts_device *)tree->facts->devices.items),
			&path),
		0);
	return path;
}

#define TREE(name, devices)                                                                        \
	_cleanup_(test_tree_done) struct test_tree name;                                           \
	test_tree_begin(&(name), devices)

/* Whether the BAR in @slot is among @set. */
static bool test_has(struct region_set set, unsigned slot)
{
	uint64_t first = 0xb0000000U + (slot << 20);

	return region_set_covers(&set, (struct region){ first, first + 0xfffff }) != NULL;
}

#define ACS_ON	  "{'capability':'0x1f','control':'0x1d'}"
#define ACS_OFF	  "{'capability':'0x1f','control':'0x0'}"
#define ACS_NO_RR "{'capability':'0x1f','control':'0x19'}"
#define ACS_NO_UF "{'capability':'0x1f','control':'0xd'}"
#define ACS_SV	  "{'capability':'0x1','control':'0x1'}"

/* Two root ports with an endpoint each; @acs is that of the first. */
static void test_ports(const char *acs, struct test_device ret[5])
{
	const struct test_device tree[] = {
		{ "0000:00:01.0", "null", "root-port", acs, false, 1, 0 },
		{ "0000:00:02.0", "null", "root-port", ACS_ON, false, 2, 1 },
		{ "0000:01:00.0", "'0000:00:01.0'", "endpoint", "null", false, 3, 2 },
		{ "0000:02:00.0", "'0000:00:02.0'", "endpoint", "null", false, 4, 3 },
		{ 0 },
	};

	memcpy(ret, tree, sizeof(tree));
}

START_TEST(compute__root_port_with_acs__isolated)
{
	static const char *const acs[] = { ACS_ON, ACS_SV,
		"{'capability':'0x7f','control':'0x7d'}" };

	for (size_t i = 0; i < 3; i++) {
		struct test_device devices[5];
		struct isolation_path path;

		test_ports(acs[i], devices);
		TREE(tree, devices);
		path = test_path(&tree, "0000:01:00.0");
		ck_assert_int_eq(path.isolated, TRI_YES);
		ck_assert_ptr_null(path.hole);
		ck_assert_uint_eq(path.peers.n + path.doubtful.n, 0);
		ck_assert(path.complete);
	}
}
END_TEST

START_TEST(compute__root_port_without_redirect__root_bus_is_reached)
{
	static const struct {
		const char *acs;
		unsigned missing;
		bool reached;
	} rows[] = {
		{ "null", 0, true }, { ACS_OFF, 0x1d, true }, { ACS_NO_RR, 0x4, true },
		{ ACS_NO_UF, 0x10, false }, /* open, yet its requests go up */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct test_device devices[5];
		struct isolation_path path;

		test_ports(rows[i].acs, devices);
		TREE(tree, devices);
		path = test_path(&tree, "0000:01:00.0");
		ck_assert_int_eq(path.isolated, TRI_NO);
		ck_assert_str_eq(path.hole->address.value, "0000:00:01.0");
		ck_assert_int_eq(path.hole_certain, TRI_YES);
		ck_assert_uint_eq(path.missing, rows[i].missing);
		ck_assert_int_eq(test_has(path.peers, 1), rows[i].reached);
		ck_assert(path.complete);
		/* The other one's path does not lead through this port. */
		ck_assert_int_eq(test_path(&tree, "0000:02:00.0").isolated, TRI_YES);
	}
}
END_TEST

START_TEST(compute__acs_not_known__perhaps)
{
	static const char *const acs[] = { "{'unknown':'not-readable'}",
		"{'capability':'0x1f','control':{'unknown':'asleep'}}", "{'control':'0x1d'}" };

	for (size_t i = 0; i < 3; i++) {
		struct test_device devices[5];
		struct isolation_path path;

		test_ports(acs[i], devices);
		TREE(tree, devices);
		path = test_path(&tree, "0000:01:00.0");
		ck_assert_int_eq(path.isolated, TRI_UNKNOWN);
		ck_assert_int_eq(path.hole_certain, TRI_UNKNOWN);
		ck_assert_uint_eq(path.peers.n, 0);
		ck_assert(test_has(path.doubtful, 1));
	}
}
END_TEST

/* A switch: two downstream ports below one upstream port, each with an endpoint. */
static void test_switch(const char *acs, struct test_device ret[8])
{
	const struct test_device tree[] = {
		{ "0000:00:01.0", "null", "root-port", ACS_ON, false, 1, 0 },
		{ "0000:00:02.0", "null", "root-port", ACS_ON, false, 2, 1 },
		{ "0000:01:00.0", "'0000:00:01.0'", "upstream-port", "null", false, 3, 2 },
		{ "0000:02:00.0", "'0000:01:00.0'", "downstream-port", acs, false, 4, 3 },
		{ "0000:02:01.0", "'0000:01:00.0'", "downstream-port", acs, false, 5, 4 },
		{ "0000:03:00.0", "'0000:02:00.0'", "endpoint", "null", false, 6, 5 },
		{ "0000:04:00.0", "'0000:02:01.0'", "endpoint", "null", false, 7, 6 },
		{ 0 },
	};

	memcpy(ret, tree, sizeof(tree));
}

START_TEST(compute__switch__siblings_reached_only_without_acs)
{
	struct test_device devices[8];
	struct isolation_path path;

	test_switch("null", devices);
	{
		TREE(tree, devices);
		path = test_path(&tree, "0000:03:00.0");
		ck_assert_int_eq(path.isolated, TRI_NO);
		ck_assert_str_eq(path.hole->address.value, "0000:02:00.0");
		ck_assert(test_has(path.peers, 4));  /* the sibling's port and what it routes */
		ck_assert(!test_has(path.peers, 1)); /* the root ports redirect */
	}
	test_switch(ACS_ON, devices);
	{
		TREE(tree, devices);
		ck_assert_int_eq(test_path(&tree, "0000:03:00.0").isolated, TRI_YES);
	}
}
END_TEST

/* All in one group: nobody outside it is reached, and the windows are reached all the same. */
START_TEST(compute__switch_in_one_group__isolated_with_peers)
{
	struct test_device devices[8];
	struct isolation_path path;

	test_switch("null", devices);
	for (size_t i = 2; devices[i].address; i++)
		devices[i].group = 3;
	TREE(tree, devices);
	path = test_path(&tree, "0000:03:00.0");
	ck_assert_int_eq(path.isolated, TRI_YES);
	ck_assert(path.hole != NULL);
	ck_assert(test_has(path.peers, 4));
}
END_TEST

START_TEST(compute__sibling_not_known__not_complete)
{
	static const struct {
		const char *path, *json;
	} rows[] = {
		{ "devices/0000:02:01.0/windows", "{'unknown':'not-readable'}" },
		{ "devices/0000:02:01.0/windows", "[{'first':'0x0'}]" },
		{ "devices/0000:02:01.0/bars", NULL },
		{ "devices/0000:02:01.0/bars/0/flags", NULL },
		{ "devices/0000:02:01.0/bars/0/last", "{'unknown':'malformed'}" },
		{ "devices/0000:02:01.0/parent", "{'unknown':'vanished'}" },
		{ "devices/0000:02:01.0/bus", NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct test_device devices[8];
		struct isolation_path path;

		test_switch("null", devices);
		TREE(tree, devices);
		ck_assert(test_path(&tree, "0000:03:00.0").complete);
		ask_set(tree.json, rows[i].path, rows[i].json);
		path = test_path(&tree, "0000:03:00.0");
		ck_assert_msg(!path.complete, "%s", rows[i].path);
		ck_assert_int_ne(path.isolated, TRI_YES);
	}
}
END_TEST

START_TEST(compute__io_ports__are_no_memory)
{
	struct test_device devices[8];

	test_switch("null", devices);
	TREE(tree, devices);
	ask_set(tree.json, "devices/0000:02:01.0/bars/0/flags", "'0x101'");
	ck_assert(!test_has(test_path(&tree, "0000:03:00.0").peers, 4));
	ask_set(tree.json, "devices/0000:02:01.0/windows",
		"[{'first':'0xb0400000','last':'0xb04fffff'}]");
	ck_assert(test_has(test_path(&tree, "0000:03:00.0").peers, 4));
}
END_TEST

/* A bus behind a bridge to conventional PCI is shared by all that is on it. */
START_TEST(compute__conventional_bus__everyone_hears_everyone)
{
	struct test_device devices[] = {
		{ "0000:00:01.0", "null", "root-port", ACS_ON, false, 1, 0 },
		{ "0000:01:00.0", "'0000:00:01.0'", "pcie-to-pci-bridge", "null", false, 2, 1 },
		{ "0000:02:01.0", "'0000:01:00.0'", "conventional", "null", false, 2, 2 },
		{ "0000:02:02.0", "'0000:01:00.0'", "conventional", "null", false, 2, 3 },
		{ 0 },
	};
	struct isolation_path path;

	{
		TREE(tree, devices);
		path = test_path(&tree, "0000:02:01.0");
		ck_assert_int_eq(path.isolated, TRI_YES); /* one group */
		ck_assert(test_has(path.peers, 3));
		ask_set(tree.json, "devices/0000:01:00.0/port_type", "null");
		ck_assert(test_has(test_path(&tree, "0000:02:01.0").peers, 3));
		ask_set(tree.json, "devices/0000:01:00.0/port_type", NULL);
		path = test_path(&tree, "0000:02:01.0");
		ck_assert(!test_has(path.peers, 3) && test_has(path.doubtful, 3));
	}
	devices[3].group = 3;
	{
		TREE(tree, devices);
		ck_assert_int_eq(test_path(&tree, "0000:02:01.0").isolated, TRI_NO);
	}
}
END_TEST

/* Functions of one endpoint: inside it they reach each other unless ACS says otherwise. */
START_TEST(compute__multifunction_endpoint__by_its_own_acs)
{
	static const struct {
		const char *first, *second;
		enum tri isolated;
	} rows[] = {
		{ "null", "null", TRI_NO },
		{ ACS_OFF, "null", TRI_NO },
		{ ACS_ON, "null", TRI_YES },
		{ "null", ACS_ON, TRI_YES }, /* the other one does not let it in */
		{ "{'unknown':'asleep'}", "null", TRI_UNKNOWN },
		{ "null", "{'unknown':'asleep'}", TRI_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct test_device devices[] = {
			{ "0000:00:01.0", "null", "root-port", ACS_ON, false, 1, 0 },
			{ "0000:01:00.0", "'0000:00:01.0'", "endpoint", rows[i].first, true, 2, 1 },
			{ "0000:01:00.1", "'0000:00:01.0'", "endpoint", rows[i].second, true, 3,
				2 },
			{ 0 },
		};
		struct isolation_path path;

		TREE(tree, devices);
		path = test_path(&tree, "0000:01:00.0");
		ck_assert_msg(path.isolated == rows[i].isolated, "row %zu: %s", i,
			tri_word(path.isolated));
		ck_assert_int_eq(test_has(path.peers, 2), rows[i].isolated == TRI_NO);
		ck_assert_int_eq(test_has(path.doubtful, 2), rows[i].isolated == TRI_UNKNOWN);
	}
}
END_TEST

START_TEST(compute__multifunction_with_a_lost_device__perhaps)
{
	const struct test_device devices[] = {
		{ "0000:00:01.0", "null", "root-port", ACS_ON, false, 1, 0 },
		{ "0000:01:00.0", "'0000:00:01.0'", "endpoint", "null", true, 2, 1 },
		{ "0000:01:00.1", "{'unknown':'vanished'}", "endpoint", "null", true, 3, 2 },
		{ 0 },
	};
	struct isolation_path path;

	TREE(tree, devices);
	path = test_path(&tree, "0000:01:00.0");
	ck_assert_int_eq(path.isolated, TRI_UNKNOWN);
	ck_assert(!path.complete);
}
END_TEST

START_TEST(acs_enabled__each_port_type__as_the_kernel_has_it)
{
	static const struct {
		const char *type;
		bool multifunction;
		const char *acs;
		enum tri enabled;
	} rows[] = {
		{ "root-port", false, ACS_ON, TRI_YES },
		{ "root-port", false, "null", TRI_NO },
		{ "downstream-port", false, ACS_OFF, TRI_NO },
		{ "upstream-port", false, "null", TRI_YES },
		{ "upstream-port", true, "null", TRI_NO },
		{ "upstream-port", true, ACS_ON, TRI_YES },
		{ "endpoint", false, "null", TRI_YES },
		{ "legacy-endpoint", true, ACS_OFF, TRI_NO },
		{ "integrated-endpoint", true, "null", TRI_NO },
		{ "pcie-to-pci-bridge", false, ACS_ON, TRI_NO },
		{ "pci-to-pcie-bridge", false, ACS_ON, TRI_NO },
		{ "event-collector", false, ACS_ON, TRI_NO },
		{ "conventional", false, "null", TRI_NO },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct test_device devices[] = {
			{ "0000:00:01.0", "null", rows[i].type, rows[i].acs, rows[i].multifunction,
				1, 0 },
			{ 0 },
		};
		unsigned missing = 77;

		TREE(tree, devices);
		(void)test_path(&tree, "0000:00:01.0");
		ck_assert_msg(isolation_acs_enabled(tree.facts->devices.items,
				      ISOLATION_ACS_REQUIRED, &missing) == rows[i].enabled,
			"row %zu", i);
		ck_assert_uint_lt(missing, 77);
	}
}
END_TEST

START_TEST(acs_enabled__exceptions__intel_and_virtual_functions)
{
	struct facts_device device = {
		.vendor = fact_number(0x8086),
		.port_type = fact_text("integrated-endpoint"),
		.multifunction = fact_number(1),
		.acs = { .fact = FACT_ABSENT },
		.physfn = fact_text_null(),
	};
	unsigned missing;

	ck_assert_int_eq(isolation_acs_enabled(&device, 0x1d, &missing), TRI_YES);
	device.vendor = fact_number(0x1022);
	ck_assert_int_eq(isolation_acs_enabled(&device, 0x1d, &missing), TRI_NO);
	device.port_type = fact_text("endpoint");
	device.vendor = fact_number(0x8086);
	ck_assert_int_eq(isolation_acs_enabled(&device, 0x1d, &missing), TRI_NO);
	device.physfn = fact_text("0000:01:00.0");
	ck_assert_int_eq(isolation_acs_enabled(&device, 0x1d, &missing), TRI_YES);
	device.physfn = fact_text_null();
	device.multifunction = fact_number_unknown(FACT_ASLEEP);
	ck_assert_int_eq(isolation_acs_enabled(&device, 0x1d, &missing), TRI_UNKNOWN);
	device.acs = (struct facts_acs){ FACT_KNOWN, fact_number(0x1d), fact_number(0x1d) };
	ck_assert_int_eq(isolation_acs_enabled(&device, 0x1d, &missing), TRI_YES);
	device.port_type = fact_text_unknown(FACT_ASLEEP);
	ck_assert_int_eq(isolation_acs_enabled(&device, 0x1d, &missing), TRI_UNKNOWN);
}
END_TEST

START_TEST(compute__parent_missing__not_known)
{
	struct test_device devices[5];
	struct isolation_path path;

	test_ports(ACS_ON, devices);
	devices[2].parent = "'0000:00:1f.0'"; /* of which nothing is known */
	TREE(tree, devices);
	path = test_path(&tree, "0000:01:00.0");
	ck_assert_int_eq(path.isolated, TRI_UNKNOWN);
	ck_assert(!path.complete);
	ask_set(tree.json, "devices/0000:01:00.0/parent", NULL);
	ck_assert_int_eq(test_path(&tree, "0000:01:00.0").isolated, TRI_UNKNOWN);
	ask_set(tree.json, "devices/0000:01:00.0/bus", NULL);
	path = test_path(&tree, "0000:01:00.0");
	ck_assert_int_eq(path.isolated, TRI_UNKNOWN);
	ck_assert(!path.complete);
}
END_TEST

/* A document that lies must not keep us busy. */
START_TEST(compute__parents_in_a_circle__ends_and_is_not_known)
{
	const struct test_device devices[] = {
		{ "0000:01:00.0", "'0000:02:00.0'", "downstream-port", ACS_ON, false, 1, 0 },
		{ "0000:02:00.0", "'0000:01:00.0'", "downstream-port", "null", false, 2, 1 },
		{ "0000:03:00.0", "'0000:03:00.0'", "endpoint", "null", false, 3, 2 },
		{ "0000:04:00.0", "'0000:02:00.0'", "endpoint", "null", false, 4, 3 },
		{ 0 },
	};
	struct isolation_path path;

	TREE(tree, devices);
	path = test_path(&tree, "0000:04:00.0");
	ck_assert_int_eq(path.isolated, TRI_NO);
	ck_assert(!path.complete);
	path = test_path(&tree, "0000:03:00.0");
	ck_assert_int_eq(path.isolated, TRI_UNKNOWN);
	ck_assert(!path.complete);
}
END_TEST

START_TEST(compute__platform_device__has_no_path)
{
	struct test_device devices[5];
	struct isolation_path path;

	test_ports("null", devices);
	TREE(tree, devices);
	ask_set(tree.json, "devices/0000:01:00.0/bus", "'platform'");
	path = test_path(&tree, "0000:01:00.0");
	ck_assert_int_eq(path.isolated, TRI_YES);
	ck_assert(path.complete);
	ck_assert_int_eq(isolation_parent(tree.isolation, 0), -1);
}
END_TEST

START_TEST(parent__as_the_document_says)
{
	struct test_device devices[5];

	test_ports(ACS_ON, devices);
	TREE(tree, devices);
	(void)test_path(&tree, "0000:01:00.0");
	ck_assert_int_eq(isolation_parent(tree.isolation, 0), -1);
	ck_assert_int_eq(isolation_parent(tree.isolation, 2), 0);
	ck_assert_int_eq(isolation_parent(tree.isolation, 3), 1);
}
END_TEST

START_TEST(new__no_devices__nothing_to_do)
{
	struct test_device devices[] = { { 0 } };
	struct isolation *isolation;

	TREE(tree, devices);
	tree.facts = ask_decode(tree.json);
	ck_assert_int_eq(arena_new(LIMIT_ARENA_BYTES, &tree.arena), 0);
	ck_assert_int_eq(isolation_new(tree.facts, tree.arena, &isolation), 0);
}
END_TEST

static Suite *test_isolation_suite(void)
{
	Suite *suite = suite_create("isolation");
	TCase *cases = tcase_create("isolation");

	tcase_add_test(cases, compute__root_port_with_acs__isolated);
	tcase_add_test(cases, compute__root_port_without_redirect__root_bus_is_reached);
	tcase_add_test(cases, compute__acs_not_known__perhaps);
	tcase_add_test(cases, compute__switch__siblings_reached_only_without_acs);
	tcase_add_test(cases, compute__switch_in_one_group__isolated_with_peers);
	tcase_add_test(cases, compute__sibling_not_known__not_complete);
	tcase_add_test(cases, compute__io_ports__are_no_memory);
	tcase_add_test(cases, compute__conventional_bus__everyone_hears_everyone);
	tcase_add_test(cases, compute__multifunction_endpoint__by_its_own_acs);
	tcase_add_test(cases, compute__multifunction_with_a_lost_device__perhaps);
	tcase_add_test(cases, acs_enabled__each_port_type__as_the_kernel_has_it);
	tcase_add_test(cases, acs_enabled__exceptions__intel_and_virtual_functions);
	tcase_add_test(cases, compute__parent_missing__not_known);
	tcase_add_test(cases, compute__parents_in_a_circle__ends_and_is_not_known);
	tcase_add_test(cases, compute__platform_device__has_no_path);
	tcase_add_test(cases, parent__as_the_document_says);
	tcase_add_test(cases, new__no_devices__nothing_to_do);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_isolation_suite());
}
