/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Two hosts, by their class documents. All that is in a class can change an answer, and nothing
 * else can but what is live, so each difference is said together with whom it matters for.
 */
#include "core/judge/answer.h"
#include "core/judge/answer_json.h"

#include "core/cleanup.h"
#include "core/codec/text.h"
#include "core/codec/tree.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

CLEANUP_DEFINE(json_t *, json_decref, answer_json_compare_decrefp);

/* For whom a member of the class document matters, and to which questions. */
struct answer_json_compare_row {
	const char *key;
	unsigned questions;
	const char *whom;
};

static const struct answer_json_compare_row answer_json_compare_host[] = {
	{ "schema", FINDING_QUESTIONS, "every guest: versions of the class are never the same" },
	{ "arch", FINDING_QUESTIONS, "every guest that uses KVM" },
	{ "page_size", FINDING_MIGRATE | FINDING_HOTPLUG,
		"guests with devices, if memory or BARs are not aligned to the larger page" },
	{ "cpu_bits", FINDING_QUESTIONS,
		"guests whose map goes past the fewer bits, or is laid out by them" },
	{ "cpu_amd", FINDING_QUESTIONS,
		"definitions that come near 1 TiB: QEMU moves their memory up on AMD only" },
	{ "virtual", FINDING_QUESTIONS,
		"guests with devices: limits below a virtual host are "
		"invisible" },
	{ "kvm", FINDING_MIGRATE, "guests that use KVM" },
	{ "interrupts_isolated", FINDING_QUESTIONS, "guests with devices" },
	{ "type1_unsafe", FINDING_QUESTIONS,
		"guests with devices, where interrupts are not isolated" },
	{ "iommufd_unsafe", FINDING_MIGRATE | FINDING_HOTPLUG,
		"guests with devices through iommufd, where interrupts are not isolated" },
	{ "iommufd", FINDING_MIGRATE | FINDING_HOTPLUG, "guests with devices through iommufd" },
	{ "dma_entry_limit", FINDING_HOTPLUG | FINDING_MEMORY_HOTPLUG,
		"guests with very many ranges or with virtio-mem" },
	{ "bar_write_combining", FINDING_HOTPLUG, "guests that need write-combining BARs" },
	{ "acs_override", FINDING_QUESTIONS, "guests with devices behind ports without ACS" },
	{ "unread", FINDING_QUESTIONS, "every guest: a newer version wrote what is not read here" },
	{ "grouped", FINDING_QUESTIONS, "guests with devices" },
	{ "devices_known", FINDING_QUESTIONS, "guests with devices" },
	{ "ungrouped", FINDING_QUESTIONS, "guests that want one of these devices" },
};

static const struct answer_json_compare_row answer_json_compare_groups_known = { "shapes",
	FINDING_QUESTIONS, "guests with devices: one of the two does not tell its groups" };

static const struct answer_json_compare_row answer_json_compare_member[] = {
	{ "bus", FINDING_QUESTIONS, "guests that want this device" },
	{ "vendor", FINDING_QUESTIONS, "guests that want this device" },
	{ "device", FINDING_QUESTIONS, "guests that want this device" },
	{ "subsystem_vendor", FINDING_QUESTIONS, "guests that want this device by its subsystem" },
	{ "subsystem_device", FINDING_QUESTIONS, "guests that want this device by its subsystem" },
	{ "class", FINDING_QUESTIONS, "guests that want a device by its class" },
	{ "no_group", FINDING_QUESTIONS, "guests that want this device" },
	{ "bridge", FINDING_QUESTIONS, "guests that want a device of this group" },
	{ "resettable", 0,
		"nobody's answer: what a guest leaves in it stays, if nothing resets it" },
	{ "msix_page_shared", 0, "nobody's answer: accesses beside the MSI-X table become slower" },
	{ "vf_device", FINDING_QUESTIONS, "guests that want a virtual function of it" },
	{ "path_isolated", FINDING_QUESTIONS,
		"guests with this device, where its group relies on an ACS override" },
	{ "path_hole", 0, "nobody's answer: which port spoils isolation" },
	{ "hole_in_group", 0, "nobody's answer: what made the group coarse" },
	{ "peers", FINDING_QUESTIONS,
		"guests with this device and memory in one of these windows" },
	{ "peers_doubtful", FINDING_QUESTIONS,
		"guests with this device and memory in one of these windows" },
	{ "peers_complete", FINDING_QUESTIONS, "every guest with this device" },
	{ "inbound", FINDING_QUESTIONS, "guests with this device and memory outside a window" },
};

static const struct answer_json_compare_row answer_json_compare_group[] = {
	{ "regions", FINDING_QUESTIONS,
		"guests with memory in a region that only one of them has" },
	{ "aperture", FINDING_QUESTIONS, "guests with memory past the nearer end" },
	{ "aperture_known_by", 0, "nobody: how the end is known" },
	{ "min_page", FINDING_MIGRATE | FINDING_HOTPLUG,
		"guests whose memory is not aligned to the larger page" },
	{ "direct_refused", FINDING_QUESTIONS, "every guest with such a device" },
	{ "msi_conflict", FINDING_MIGRATE | FINDING_HOTPLUG, "guests through iommufd" },
	{ "formats", FINDING_MIGRATE | FINDING_HOTPLUG,
		"guests that share their page tables with the host" },
	{ "pasid_bits", FINDING_MIGRATE | FINDING_HOTPLUG, "guests that rely on PASIDs" },
};

static const struct answer_json_compare_row answer_json_compare_ceiling = { "aperture_at_most",
	FINDING_QUESTIONS, "guests with memory past the nearer end" };

/* Two objects that are compared. */
struct answer_json_compare_pair {
	const json_t *a, *b;
};

#define ANSWER_JSON_COMPARE_KIND	40U  /* bytes of one identity */
#define ANSWER_JSON_COMPARE_KINDS	256U /* of those of a group */
#define ANSWER_JSON_COMPARE_ROWS(table) (sizeof(table) / sizeof((table)[0]))

static json_t *answer_json_compare_questions(unsigned questions)
{
	json_t *array = json_array();

	for (unsigned bit = FINDING_MIGRATE; bit & FINDING_QUESTIONS; bit <<= 1)
		if (questions & bit)
			array = answer_append(array,
				json_string(finding_question_word((enum finding_question)bit)));
	return array;
}

/* Appends one difference; a value that is not there is left out. */
static json_t *answer_json_compare_add(json_t *array, const char *what, const json_t *a,
	const json_t *b, const struct answer_json_compare_row *row)
{
	struct answer difference = answer_start();

	answer_text(&difference, "what", what);
	if (a)
		answer_set(&difference, "a", json_incref((json_t *)a));
	if (b)
		answer_set(&difference, "b", json_incref((json_t *)b));
	answer_set(&difference, "questions", answer_json_compare_questions(row->questions));
	answer_text(&difference, "for", row->whom);
	return answer_append_answer(array, &difference);
}

static bool answer_json_compare_equal(const json_t *a, const json_t *b)
{
	return a == b || (a && b && json_equal(a, b));
}

/* "8086:10d3", or what there is instead of an identity. */
static void answer_json_compare_kind(const json_t *member, char text[ANSWER_JSON_COMPARE_KIND])
{
	const char *vendor = json_string_value(json_object_get(member, "vendor"));
	const char *device = json_string_value(json_object_get(member, "device"));
	const char *bus = json_string_value(json_object_get(member, "bus"));
	uint64_t ids[2];

	if (vendor && device && text_parse_hex(vendor, strlen(vendor), &ids[0]) == 0 &&
		text_parse_hex(device, strlen(device), &ids[1]) == 0)
		(void)snprintf(
			text, ANSWER_JSON_COMPARE_KIND, "%04" PRIx64 ":%04" PRIx64, ids[0], ids[1]);
	else
		(void)snprintf(
			text, ANSWER_JSON_COMPARE_KIND, "a %.20s device", bus ? bus : "unknown");
}

/* "8086:10d3 8086:10d3": which kinds of devices a group has, as many as fit. */
static void answer_json_compare_kinds(const json_t *shape, char *text, size_t n)
{
	const json_t *members = json_object_get(shape, "members");
	char kind[ANSWER_JSON_COMPARE_KIND];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < json_array_size(members); i++) {
		answer_json_compare_kind(json_array_get(members, i), kind);
		if (used + strlen(kind) + sizeof(" ...") > n) {
			(void)snprintf(text + used, n - used, " ...");
			return;
		}
		used += (size_t)snprintf(text + used, n - used, "%s%s", i ? " " : "", kind);
	}
}

/* The index of a group of @shapes that has the kinds @kinds and is not @taken, or -1. */
static ptrdiff_t answer_json_compare_mate(
	const json_t *shapes, const char *kinds, const bool *taken)
{
	char text[ANSWER_JSON_COMPARE_KINDS];

	for (size_t i = 0; i < json_array_size(shapes); i++) {
		if (taken[i])
			continue;
		answer_json_compare_kinds(json_array_get(shapes, i), text, sizeof(text));
		if (strcmp(text, kinds) == 0)
			return (ptrdiff_t)i;
	}
	return -1;
}

/* Appends what differs of the @n members of @rows between @a and @b, which people know as @name. */
static json_t *answer_json_compare_rows(json_t *array, const char *name,
	const struct answer_json_compare_pair *pair, const struct answer_json_compare_row *rows,
	size_t n)
{
	char what[ANSWER_JSON_COMPARE_KINDS + 64];

	for (size_t i = 0; i < n; i++) {
		const json_t *x = json_object_get(pair->a, rows[i].key);
		const json_t *y = json_object_get(pair->b, rows[i].key);

		if (answer_json_compare_equal(x, y))
			continue;
		(void)snprintf(
			what, sizeof(what), "%s%s%s", name, name[0] ? ": " : "", rows[i].key);
		array = answer_json_compare_add(array, what, x, y, &rows[i]);
	}
	return array;
}

/* Devices one by one where both groups have as many, else the two lists. */
static json_t *answer_json_compare_members(
	json_t *array, const char *kinds, const struct answer_json_compare_pair *pair)
{
	static const struct answer_json_compare_row whole = { "members", FINDING_QUESTIONS,
		"guests that want one of these devices, or have one beside them" };
	const json_t *a = json_object_get(pair->a, "members");
	const json_t *b = json_object_get(pair->b, "members");
	char name[ANSWER_JSON_COMPARE_KINDS + 64], kind[ANSWER_JSON_COMPARE_KIND];

	if (json_array_size(a) != json_array_size(b) || !json_is_array(a) || !json_is_array(b))
		return answer_json_compare_rows(array, kinds, pair, &whole, 1);
	for (size_t i = 0; i < json_array_size(a); i++) {
		struct answer_json_compare_pair members = { json_array_get(a, i),
			json_array_get(b, i) };

		answer_json_compare_kind(members.a, kind);
		(void)snprintf(name, sizeof(name), "%s of %s", kind, kinds);
		array = answer_json_compare_rows(array, name, &members, answer_json_compare_member,
			ANSWER_JSON_COMPARE_ROWS(answer_json_compare_member));
	}
	return array;
}

/* Nothing is between what is surely reached there and what is surely not. */
static bool answer_json_compare_one_end(const json_t *shape)
{
	return answer_json_compare_equal(
		json_object_get(shape, "aperture"), json_object_get(shape, "aperture_at_most"));
}

/* Where two groups of the same devices differ. */
static json_t *answer_json_compare_groups(
	json_t *array, const char *kinds, const json_t *a, const json_t *b)
{
	struct answer_json_compare_pair pair = { a, b };
	char name[ANSWER_JSON_COMPARE_KINDS + 16];

	(void)snprintf(name, sizeof(name), "group of %s", kinds);
	array = answer_json_compare_rows(array, name, &pair, answer_json_compare_group,
		ANSWER_JSON_COMPARE_ROWS(answer_json_compare_group));
	/* One end is one difference. */
	if (!answer_json_compare_one_end(a) || !answer_json_compare_one_end(b))
		array = answer_json_compare_rows(
			array, name, &pair, &answer_json_compare_ceiling, 1);
	return answer_json_compare_members(array, name, &pair);
}

/* Marks the groups of both that are equal. */
static void answer_json_compare_match(const json_t *a, const json_t *b, bool *in_a, bool *in_b)
{
	for (size_t i = 0; i < json_array_size(a); i++)
		for (size_t j = 0; !in_a[i] && j < json_array_size(b); j++)
			if (!in_b[j] && json_equal(json_array_get(a, i), json_array_get(b, j)))
				in_a[i] = in_b[j] = true;
}

/* Groups that only one of the two has. */
static json_t *answer_json_compare_rest(
	json_t *array, const json_t *shapes, const bool *taken, bool is_a)
{
	static const struct answer_json_compare_row row = { "shapes", FINDING_QUESTIONS,
		"guests that have or want one of these devices" };
	char kinds[ANSWER_JSON_COMPARE_KINDS], what[ANSWER_JSON_COMPARE_KINDS + 16];

	for (size_t i = 0; i < json_array_size(shapes); i++) {
		const json_t *shape = json_array_get(shapes, i);

		if (taken[i])
			continue;
		answer_json_compare_kinds(shape, kinds, sizeof(kinds));
		(void)snprintf(what, sizeof(what), "group of %s", kinds);
		array = answer_json_compare_add(
			array, what, is_a ? shape : NULL, is_a ? NULL : shape, &row);
	}
	return array;
}

static json_t *answer_json_compare_shapes(json_t *array, const json_t *a, const json_t *b)
{
	bool *in_a = calloc(json_array_size(a) + 1, sizeof(*in_a));
	bool *in_b = calloc(json_array_size(b) + 1, sizeof(*in_b));
	char kinds[ANSWER_JSON_COMPARE_KINDS];

	if (!in_a || !in_b) {
		json_decref(array);
		array = NULL;
	} else {
		answer_json_compare_match(a, b, in_a, in_b);
		for (size_t i = 0; i < json_array_size(a); i++) {
			const json_t *shape = json_array_get(a, i);
			ptrdiff_t mate;

			if (in_a[i])
				continue;
			answer_json_compare_kinds(shape, kinds, sizeof(kinds));
			mate = answer_json_compare_mate(b, kinds, in_b);
			if (mate < 0)
				continue;
			in_a[i] = in_b[mate] = true;
			array = answer_json_compare_groups(
				array, kinds, shape, json_array_get(b, (size_t)mate));
		}
		array = answer_json_compare_rest(array, a, in_a, true);
		array = answer_json_compare_rest(array, b, in_b, false);
	}
	free(in_a);
	free(in_b);
	return array;
}

static struct answer answer_json_compare_side(const struct answer_json_named *side)
{
	struct answer answer = answer_start();

	answer_text(&answer, "host", side->name);
	answer_text(&answer, "class", host_digests(side->host).class_);
	answer_text(&answer, "map", host_digests(side->host).map);
	answer_collected(&answer, side->collected_us);
	answer_set(&answer, "stale", json_boolean(side->stale));
	return answer;
}

/* The differences of the two class documents. */
static int answer_json_compare_documents(const struct host *a, const struct host *b, json_t **ret)
{
	_cleanup_(answer_json_compare_decrefp) json_t *x = NULL;
	_cleanup_(answer_json_compare_decrefp) json_t *y = NULL;
	const char *text_a = host_class_document(a), *text_b = host_class_document(b);
	struct answer_json_compare_pair pair;
	const json_t *p, *q;
	struct refusal refusal;
	json_t *array;
	int r = tree_parse(text_a, strlen(text_a), &refusal, &x);

	if (r == TREE_DONE)
		r = tree_parse(text_b, strlen(text_b), &refusal, &y);
	/* These are documents that we wrote ourselves. */
	assert(r <= 0);
	if (r < 0)
		return r;
	pair = (struct answer_json_compare_pair){ x, y };
	array = answer_json_compare_rows(json_array(), "", &pair, answer_json_compare_host,
		ANSWER_JSON_COMPARE_ROWS(answer_json_compare_host));
	p = json_object_get(x, "shapes");
	q = json_object_get(y, "shapes");
	array = json_is_array(p) && json_is_array(q)
			? answer_json_compare_shapes(array, p, q)
			: answer_json_compare_rows(
				  array, "", &pair, &answer_json_compare_groups_known, 1);
	*ret = array;
	return array ? 0 : -ENOMEM;
}

int answer_json_compare(
	const struct answer_json_named *a, const struct answer_json_named *b, json_t **ret)
{
	struct answer answer = answer_start(), side;
	json_t *differences = NULL;
	int r = answer_json_compare_documents(a->host, b->host, &differences);

	answer_text(&answer, "schema", "iommufleet-compare-1");
	side = answer_json_compare_side(a);
	answer_set_answer(&answer, "a", &side);
	side = answer_json_compare_side(b);
	answer_set_answer(&answer, "b", &side);
	answer_set(&answer, "same_class",
		json_boolean(
			strcmp(host_digests(a->host).class_, host_digests(b->host).class_) == 0));
	answer_set(&answer, "same_map",
		json_boolean(strcmp(host_digests(a->host).map, host_digests(b->host).map) == 0));
	answer_set(&answer, "differences", differences);
	if (r < 0)
		answer.error = r;
	return answer_finish(&answer, ret);
}
