/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Laws about many hosts, over all captured ones: what is said of a host among others is what is
 * said of it alone; a common range is one that every host's own verdict takes; and a comparison
 * misses nothing that changes an answer.
 */
#include "core/judge/answer_fleet.h"
#include "core/judge/answer_json.h"
#include "core/judge/host_view.h"
#include "core/judge/subject.h"
#include "core/model/limits.h"
#include "tests/support/prop.h"
#include "tests/support/unit.h"

#include <dirent.h>
#include <inttypes.h>
#include <string.h>

#define TEST_HOSTS 128U

/* The captured hosts, sorted by name. */
static struct test_host {
	char name[64];
	json_t *facts;
	struct host *host;
} test_hosts[TEST_HOSTS];
static size_t test_n;

static int test_compare(const void *a, const void *b)
{
	return strcmp(((const struct test_host *)a)->name, ((const struct test_host *)b)->name);
}

static void test_load(void)
{
	const char *top = getenv("top_srcdir");
	struct dirent *entry;
	char path[512];
	DIR *folder;

	(void)snprintf(path, sizeof(path), "%s/tests/golden", top ? top : ".");
	folder = opendir(path);
	ck_assert_msg(folder != NULL, "%s", path);
	while ((entry = readdir(folder)) && test_n < TEST_HOSTS) {
		FILE *file;

		(void)snprintf(path, sizeof(path), "%s/tests/golden/%.100s/facts.expected",
			top ? top : ".", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		(void)fclose(file);
		(void)snprintf(test_hosts[test_n].name, sizeof(test_hosts[0].name), "%.60s",
			entry->d_name);
		test_hosts[test_n].facts = prop_load(entry->d_name);
		test_hosts[test_n].host = prop_host(test_hosts[test_n].facts, NULL);
		test_n++;
	}
	(void)closedir(folder);
	qsort(test_hosts, test_n, sizeof(test_hosts[0]), test_compare);
	ck_assert_uint_gt(test_n, 20);
}

/* A fleet of some of the hosts, whose classes stand in a random order. */
struct test_fleet {
	struct fleet fleet;
	size_t at[TEST_HOSTS]; /* of each member, in test_hosts */
	struct fleet_member members[TEST_HOSTS];
	const struct host *classes[TEST_HOSTS];
};

static void test_gather(struct test_fleet *ret, uint64_t *state, unsigned one_of)
{
	size_t order[TEST_HOSTS], n = 0;

	for (size_t i = 0; i < test_n; i++)
		if (unit_random(state) % one_of == 0)
			ret->at[n++] = i;
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	for (size_t i = n; i > 1; i--) {
		size_t j = unit_random(state) % i, kept = order[i - 1];

		order[i - 1] = order[j];
		order[j] = kept;
	}
	for (size_t i = 0; i < n; i++) {
		ret->members[i] = (struct fleet_member){
			.name = test_hosts[ret->at[i]].name,
			.class_index = (int32_t)order[i],
		};
		ret->classes[order[i]] = test_hosts[ret->at[i]].host;
	}
	ret->fleet = (struct fleet){
		.n_classes = n, .classes = ret->classes, .n_members = n, .members = ret->members
	};
}

/* A kind of device that one of the hosts has. */
static const char *test_kind(uint64_t *state, char ret[32])
{
	const json_t *facts = test_hosts[unit_random(state) % test_n].facts;
	const json_t *devices = json_object_get(facts, "devices");
	const json_t *device =
		json_array_get(devices, unit_random(state) % (json_array_size(devices) + 1));
	const char *vendor = json_string_value(json_object_get(device, "vendor"));
	const char *id = json_string_value(json_object_get(device, "device"));

	if (!vendor || !id)
		return "class:0200";
	(void)snprintf(ret, 32, "%04lx:%04lx", strtoul(vendor, NULL, 16), strtoul(id, NULL, 16));
	return ret;
}

static void test_same_answers(const struct fleet_found *found, const struct test_fleet *fleet,
	const struct verdict_question *question, const char *text)
{
	bool seen[TEST_HOSTS] = { false };
	enum verdict_answer before = VERDICT_SAFE;
	const char *name = "";

	ck_assert_uint_eq(found->n, fleet->fleet.n_members);
	for (size_t i = 0; i < found->n; i++) {
		const struct fleet_answer *answer = &found->answers[i];
		const struct test_host *host = &test_hosts[fleet->at[answer->member]];
		enum verdict_answer worst = fleet_answer_worst(found, i);
		struct refusal refusal;
		struct verdict *own;

		ck_assert(!seen[answer->member]);
		seen[answer->member] = true;
		ck_assert_msg(worst > before || (worst == before && strcmp(host->name, name) > 0),
			"%s is not in its place, seed %" PRIu64, host->name, prop_run.seed);
		before = worst;
		name = host->name;
		ck_assert_int_eq(
			verdict_compute(host->host, question, &own, &refusal), VERDICT_DONE);
		ck_assert_msg(answer->migrate == own->migrate && answer->hotplug == own->hotplug &&
				      answer->memory_hotplug == own->memory_hotplug,
			"%s, seed %" PRIu64 ": %s", host->name, prop_run.seed, text);
		ck_assert_int_eq((int)worst, (int)verdict_worst(own));
		verdict_free(own);
	}
}

START_TEST(fleet_find__each_host__as_it_is_told_alone)
{
	for (unsigned i = 0; i < prop_run.iterations; i++) {
		uint64_t state = prop_state(0, i);
		const json_t *facts = test_hosts[unit_random(&state) % test_n].facts;
		struct guest *guest = prop_guest(facts, &state);
		struct guest_text text = { .guest = guest };
		char kind[32];
		const char *attach[] = { test_kind(&state, kind) };
		struct fleet_question question = {
			.guest = &text,
			.question = { .n_attach = unit_random(&state) % 2, .attach = attach },
		};
		struct fleet_found found;
		struct test_fleet fleet;
		struct refusal refusal;

		test_gather(&fleet, &state, 1);
		ck_assert_int_eq(fleet_find(&fleet.fleet, &question, &found, &refusal), FLEET_DONE);
		question.question.guest = guest;
		test_same_answers(&found, &fleet, &question.question, prop_guest_text(guest));
		fleet_found_done(&found);
		guest_free(guest);
	}
}
END_TEST

/* A guest that has nothing but RAM at @region. */
static struct guest *test_ram(const struct host *host, struct region region)
{
	struct guest *guest;

	ck_assert_int_eq(guest_new(&guest), 0);
	guest->arch = host->project.class_.arch.value;
	guest->hotplug_none = true;
	guest->n_ranges = 1;
	guest->ranges = arena_array(guest->arena, 1, sizeof(*guest->ranges));
	guest->ranges[0] =
		(struct guest_range){ .region = region, .kind = GUEST_RAM, .placed = true };
	return guest;
}

static bool test_is_of_memory(enum finding_code code)
{
	return code == FINDING_RAM_IN_RESERVED || code == FINDING_RAM_BEYOND_APERTURE ||
	       code == FINDING_APERTURE_UNKNOWN || code == FINDING_REGIONS_UNKNOWN ||
	       code == FINDING_PEER_WINDOW_OVERLAP || code == FINDING_RAM_OUTSIDE_DMA_RANGES;
}

static bool test_has_devices(const struct host *host)
{
	for (size_t i = 0; i < facts_count(host->facts->devices); i++)
		if (subject_is_candidate(host, i) && host->assignable_after_rebind[i] != TRI_NO)
			return true;
	return false;
}

/* True when the host's own verdict has nothing against RAM at @region, whichever device comes. */
static bool test_takes(const struct host *host, struct region region)
{
	struct guest *guest = test_ram(host, region);
	struct verdict_question question = { .guest = guest, .questions = FINDING_HOTPLUG };
	struct refusal refusal;
	struct verdict *verdict;
	bool takes = true;

	ck_assert_int_eq(verdict_compute(host, &question, &verdict, &refusal), VERDICT_DONE);
	for (size_t i = 0; i < verdict->n_findings; i++)
		takes = takes && !test_is_of_memory(verdict->findings[i].code);
	verdict_free(verdict);
	guest_free(guest);
	return takes;
}

/* Memory of a random guest, which lies where some host of the fleet may have something. */
static struct region test_guessed(const struct test_fleet *fleet, uint64_t *state)
{
	size_t at = fleet->at[unit_random(state) % fleet->fleet.n_members];
	struct guest *guest = prop_guest(test_hosts[at].facts, state);
	struct region region = guest->ranges[0].region;

	guest_free(guest);
	return region;
}

/* Some pages, often at one end of a hole; or what a guest may have. */
static struct region test_region(
	const struct fleet_baseline *baseline, const struct test_fleet *fleet, uint64_t *state)
{
	uint64_t pages = unit_random(state) % 64 + 1, at = unit_random(state) >> 16;
	const struct fleet_baseline_cause *cause;

	if (fleet->fleet.n_members && unit_random(state) % 2)
		return test_guessed(fleet, state);
	if (baseline->n_causes && unit_random(state) % 8) {
		cause = &baseline->causes[unit_random(state) % baseline->n_causes];
		at = unit_random(state) % 2 ? cause->region.first : cause->region.last;
		at += (unit_random(state) % 3) << 12;
	}
	at &= ~0xfffULL;
	if (unit_random(state) % 2)
		at -= pages << 12;
	if (at > UINT64_MAX - (pages << 12))
		at = UINT64_MAX - (pages << 12) + 1;
	return (struct region){ at, at + ((pages << 12) - 1) };
}

START_TEST(fleet_baseline__random_range__usable_where_every_host_takes_it)
{
	unsigned in = 0, out = 0;

	for (unsigned i = 0; i < 4 * prop_run.iterations; i++) {
		uint64_t state = prop_state(1, i);
		size_t all[TEST_HOSTS], n_able = 0;
		struct fleet_baseline baseline;
		struct test_fleet fleet;

		test_gather(&fleet, &state, 2 + (unsigned)(unit_random(&state) % 12));
		for (size_t j = 0; j < fleet.fleet.n_members; j++)
			all[j] = j;
		ck_assert_int_eq(
			fleet_baseline_compute(&fleet.fleet, all, fleet.fleet.n_members, &baseline),
			0);
		for (size_t j = 0; j < fleet.fleet.n_members; j++)
			n_able += test_has_devices(test_hosts[fleet.at[j]].host);
		ck_assert_uint_eq(baseline.n_hosts, fleet.fleet.n_members);
		if (!baseline.unknown.n)
			ck_assert_uint_eq(baseline.unable.n, baseline.n_hosts - n_able);
		for (unsigned k = 0; k < 8; k++) {
			struct region region = test_region(&baseline, &fleet, &state);
			bool usable = region_set_covers(&baseline.usable, region) != NULL;
			bool taken = n_able > 0;

			for (size_t j = 0; j < fleet.fleet.n_members; j++)
				taken = taken &&
					(!test_has_devices(test_hosts[fleet.at[j]].host) ||
						test_takes(test_hosts[fleet.at[j]].host, region));
			ck_assert_msg(usable == taken || (!usable && baseline.unknown.n),
				"seed %" PRIu64 ", try %u: %" PRIx64 "-%" PRIx64 ": %d %d",
				prop_run.seed, i, region.first, region.last, usable, taken);
			in += usable;
			out += !usable;
		}
		arena_free(baseline.arena);
	}
	ck_assert_uint_gt(in, 0);
	ck_assert_uint_gt(out, 0);
}
END_TEST

/* The questions that the comparison says can have other answers, as bits. */
static unsigned test_compared(
	const struct host *a, const struct host *b, size_t *ret_n, char **ret_text)
{
	struct answer_json_named left = { .name = "a", .host = a };
	struct answer_json_named right = { .name = "b", .host = b };
	const json_t *differences, *questions;
	unsigned bits = 0;
	json_t *document;

	ck_assert_int_eq(answer_json_compare(&left, &right, &document), 0);
	differences = json_object_get(document, "differences");
	*ret_n = json_array_size(differences);
	for (size_t i = 0; i < *ret_n; i++) {
		questions = json_object_get(json_array_get(differences, i), "questions");
		for (size_t j = 0; j < json_array_size(questions); j++)
			bits |= finding_question_parse(
				json_string_value(json_array_get(questions, j)));
	}
	*ret_text = json_dumps(differences, JSON_COMPACT);
	ck_assert(json_is_true(json_object_get(document, "same_class")) ==
		  (strcmp(host_digests(a).class_, host_digests(b).class_) == 0));
	json_decref(document);
	return bits;
}

static struct host *test_afar(const struct host *host)
{
	struct assume trust = ASSUME_NOTHING;
	struct refusal refusal = { "", "" };
	struct host *afar;

	trust.nested_trust = true;
	ck_assert_msg(
		host_new_of_class(host_class_document(host), strlen(host_class_document(host)),
			&trust, &afar, &refusal) == HOST_CLASS_DONE,
		"%s: %s", refusal.where, refusal.text);
	return afar;
}

/* A question that no difference is said to concern has the same answer from both classes. */
static void test_covers(
	const json_t *facts, const struct host *a, const struct host *b, uint64_t *state)
{
	struct guest *guest = prop_guest(facts, state);
	char kind[32], *differences;
	const char *attach[] = { test_kind(state, kind) };
	struct verdict_question question = {
		.guest = guest, .n_attach = unit_random(state) % 2, .attach = attach
	};
	struct verdict *x, *y;
	struct refusal refusal;
	size_t n;
	unsigned bits = test_compared(a, b, &n, &differences);

	ck_assert_msg((n == 0) == (strcmp(host_digests(a).class_, host_digests(b).class_) == 0),
		"seed %" PRIu64 ": %s", prop_run.seed, differences);
	ck_assert_int_eq(verdict_compute(a, &question, &x, &refusal), VERDICT_DONE);
	ck_assert_int_eq(verdict_compute(b, &question, &y, &refusal), VERDICT_DONE);
	for (unsigned bit = FINDING_MIGRATE; bit <= FINDING_MEMORY_HOTPLUG; bit <<= 1)
		ck_assert_msg(bits & bit || verdict_answer(x, bit) == verdict_answer(y, bit),
			"seed %" PRIu64 ", %s, %s, for %s: %s", prop_run.seed,
			finding_question_word((enum finding_question)bit),
			question.n_attach ? attach[0] : "all", prop_guest_text(guest), differences);
	verdict_free(x);
	verdict_free(y);
	free(differences);
	guest_free(guest);
}

START_TEST(compare__any_two__misses_no_other_answer)
{
	for (unsigned i = 0; i < prop_run.iterations; i++) {
		uint64_t state = prop_state(2, i);
		const struct test_host *one = &test_hosts[unit_random(&state) % test_n];
		json_t *changed = json_deep_copy(one->facts);
		struct host *host, *a = test_afar(one->host), *b;
		struct prop_fact fact;

		prop_pick(changed, &state, &fact);
		if (unit_random(&state) % 2)
			prop_forget(&fact, &state);
		else
			prop_change(&fact, &state);
		host = prop_try_host(changed);
		if (host) {
			b = test_afar(host);
			for (unsigned j = 0; j < 4; j++)
				test_covers(one->facts, a, b, &state);
			host_unref(b);
			host_unref(host);
		}
		b = test_afar(test_hosts[unit_random(&state) % test_n].host);
		test_covers(one->facts, a, b, &state);
		host_unref(a);
		host_unref(b);
		json_decref(changed);
	}
}
END_TEST

/* Hosts of one class, each known by its class only, answer alike; their order says nothing. */
START_TEST(classes__equal__answers_equal)
{
	unsigned alike = 0;

	for (size_t i = 0; i < test_n; i++)
		for (size_t j = i + 1; j < test_n; j++) {
			struct host *a, *b;

			if (strcmp(host_digests(test_hosts[i].host).class_,
				    host_digests(test_hosts[j].host).class_) != 0)
				continue;
			a = test_afar(test_hosts[i].host);
			b = test_afar(test_hosts[j].host);
			for (unsigned k = 0; k < prop_run.iterations / 4; k++) {
				uint64_t state = prop_state(3 + i * test_n + j, k);

				test_covers(test_hosts[i].facts, a, b, &state);
			}
			alike++;
			host_unref(a);
			host_unref(b);
		}
	ck_assert_uint_gt(alike, 2);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("fleet_laws");
	TCase *cases = tcase_create("fleet_laws");

	prop_begin(argc, argv, 60);
	tcase_set_timeout(cases, 600);
	tcase_add_checked_fixture(cases, test_load, NULL);
	tcase_add_test(cases, fleet_find__each_host__as_it_is_told_alone);
	tcase_add_test(cases, fleet_baseline__random_range__usable_where_every_host_takes_it);
	tcase_add_test(cases, compare__any_two__misses_no_other_answer);
	tcase_add_test(cases, classes__equal__answers_equal);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
