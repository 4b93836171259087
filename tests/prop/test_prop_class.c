/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The class is exactly what the static part of the verdict reads: equal classes, equal static
 * answers; equal maps, every guest map fits both or neither; and its document says all of it.
 */
#include "core/codec/class_json.h"
#include "core/judge/evaluate.h"
#include "core/judge/host_view.h"
#include "core/judge/subject.h"
#include "core/model/limits.h"
#include "tests/support/ask.h"
#include "tests/support/prop.h"
#include "tests/support/unit.h"

#include <inttypes.h>
#include <string.h>

#define TEST_TEXTS 4096

/* What is said of each device, as a sorted set of lines: no address, number or driver in it. */
struct test_said {
	size_t n;
	char *lines[TEST_TEXTS];
};

static int test_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void test_said_done(struct test_said *said)
{
	for (size_t i = 0; i < said->n; i++)
		free(said->lines[i]);
}

static void test_said_sort(struct test_said *said)
{
	size_t n = 0;

	qsort(said->lines, said->n, sizeof(said->lines[0]), test_compare);
	for (size_t i = 0; i < said->n; i++) {
		if (n && strcmp(said->lines[n - 1], said->lines[i]) == 0)
			free(said->lines[i]);
		else
			said->lines[n++] = said->lines[i];
	}
	said->n = n;
}

/* What depends on bindings, on the number of functions that exist, or only informs of age. */
static bool test_is_live(enum finding_code code)
{
	return code == FINDING_GROUP_NOT_VIABLE || code == FINDING_GROUP_SHARED ||
	       code == FINDING_DEVICE_CREATABLE || code == FINDING_FACTS_INCOMPLETE;
}

static bool test_is_map(enum finding_code code)
{
	return code == FINDING_RAM_IN_RESERVED || code == FINDING_RAM_BEYOND_APERTURE ||
	       code == FINDING_APERTURE_UNKNOWN || code == FINDING_REGIONS_UNKNOWN ||
	       code == FINDING_RAM_UNALIGNED || code == FINDING_PEER_WINDOW_OVERLAP ||
	       code == FINDING_RAM_OUTSIDE_DMA_RANGES;
}

static size_t test_print(const struct finding *finding, char *ret, size_t n)
{
	int length = snprintf(ret, n, "%s/%s/%s/%u", finding_kind(finding->code)->word,
		finding_answer_word(finding->answer), finding_severity_word(finding->severity),
		finding->questions);

	if (finding->guest)
		length += snprintf(ret + length, n - (size_t)length, "/%" PRIx64 "-%" PRIx64,
			finding->guest->first, finding->guest->last);
	if (finding->region)
		length += snprintf(ret + length, n - (size_t)length, "@%" PRIx64 "-%" PRIx64,
			finding->region->first, finding->region->last);
	return (size_t)length + (size_t)snprintf(ret + length, n - (size_t)length, " ");
}

/* A line of all that is said statically of the device at @address. */
static char *test_line(const struct host *host, const struct guest *guest, const char *address)
{
	struct verdict_question question = {
		.guest = guest,
		.n_attach = 1,
		.attach = (const char *[]){ address },
	};
	struct refusal refusal;
	struct verdict *verdict;
	struct test_said said = { 0 };
	char text[16384];
	size_t n = 0;

	ck_assert_int_eq(verdict_compute(host, &question, &verdict, &refusal), VERDICT_DONE);
	for (size_t i = 0; i < verdict->n_findings; i++) {
		if (test_is_live(verdict->findings[i].code))
			continue;
		test_print(&verdict->findings[i], text, sizeof(text));
		said.lines[said.n++] = strdup(text);
	}
	verdict_free(verdict);
	test_said_sort(&said);
	text[0] = '\0';
	for (size_t i = 0; i < said.n && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", said.lines[i]);
	test_said_done(&said);
	return strdup(text);
}

static void test_static(const struct host *host, const struct guest *guest, struct test_said *ret)
{
	for (size_t i = 0; i < facts_count(host->facts->devices); i++)
		ret->lines[ret->n++] =
			test_line(host, guest, host_view_device(host, i)->address.value);
	test_said_sort(ret);
}

/* Fails with a description unless both say the same. */
static void test_same(
	const struct test_said *a, const struct test_said *b, const char *where, const char *what)
{
	for (size_t i = 0; i < a->n || i < b->n; i++) {
		const char *x = i < a->n ? a->lines[i] : "nothing";
		const char *y = i < b->n ? b->lines[i] : "nothing";

		ck_assert_msg(strcmp(x, y) == 0, "%s, seed %" PRIu64 ", %s:\n%s\nagainst\n%s",
			where, prop_run.seed, what, x, y);
	}
}

/* The guest without devices: those it has would be looked for by live state. */
static struct guest *test_guest(const json_t *facts, uint64_t *state)
{
	struct guest *guest = prop_guest(facts, state);

	guest->n_devices = 0;
	return guest;
}

static void test_compare_static(
	const struct host *a, const struct host *b, const struct guest *guest, const char *what)
{
	struct test_said x = { 0 }, y = { 0 };

	test_static(a, guest, &x);
	test_static(b, guest, &y);
	test_same(&x, &y, what, prop_guest_text(guest));
	test_said_done(&x);
	test_said_done(&y);
}

START_TEST(class__changed_fact__equal_class_means_equal_static_answers)
{
	json_t *facts = prop_load(prop_hosts[_i]);
	struct host *host = prop_host(facts, NULL);
	unsigned n_equal = 0;

	for (unsigned i = 0; i < prop_run.iterations; i++) {
		uint64_t state = prop_state((size_t)_i, i);
		json_t *changed = json_deep_copy(facts);
		struct guest *guest = test_guest(facts, &state);
		struct host *other;
		struct prop_fact fact;

		prop_pick(changed, &state, &fact);
		if (unit_random(&state) % 2)
			prop_forget(&fact, &state);
		else
			prop_change(&fact, &state);
		other = prop_try_host(changed);
		if (other && strcmp(host_digests(host).class_, host_digests(other).class_) == 0) {
			n_equal++;
			test_compare_static(host, other, guest, fact.path);
		}
		host_unref(other);
		guest_free(guest);
		json_decref(changed);
	}
	ck_assert_uint_gt(n_equal, 0);
	host_unref(host);
	json_decref(facts);
}
END_TEST

/* Renumbers groups; moves every bus but the root one; binds anew; turns VFs off. */
static void test_renumber(json_t *facts, uint64_t *state)
{
	json_t *groups = json_object_get(facts, "groups"), *devices, *value;
	unsigned n = (unsigned)json_array_size(groups), step = (unsigned)unit_random(state) % 50;
	size_t i;

	devices = json_object_get(facts, "devices");
	json_array_foreach(groups, i, value) json_object_set_new(value, "id",
		json_integer((json_integer_value(json_object_get(value, "id")) + step) % (n + 60)));
	json_array_foreach(devices, i, value)
	{
		json_t *group = json_object_get(value, "group");

		if (json_is_integer(group))
			json_object_set_new(value, "group",
				json_integer((json_integer_value(group) + step) % (n + 60)));
	}
}

/* "0000:01:00.0" becomes "0001:01:00.0" wherever it stands. */
static void test_move(json_t *json)
{
	const char *key, *text;
	json_t *value;
	char moved[256];
	size_t i;

	json_array_foreach(json, i, value)
	{
		text = json_string_value(value);
		if (text && strncmp(text, "0000:", 5) == 0) {
			(void)snprintf(moved, sizeof(moved), "00ab:%s", text + 5);
			json_array_set_new(json, i, json_string(moved));
		} else {
			test_move(value);
		}
	}
	json_object_foreach(json, key, value)
	{
		text = json_string_value(value);
		if (text && strncmp(text, "0000:", 5) == 0) {
			(void)snprintf(moved, sizeof(moved), "00ab:%s", text + 5);
			json_object_set_new(json, key, json_string(moved));
		} else {
			test_move(value);
		}
	}
}

static void test_rebind(json_t *facts, uint64_t *state)
{
	json_t *devices = json_object_get(facts, "devices"), *device;
	static const char *const drivers[] = { "vfio-pci", "e1000e", "pci-stub", "nvme" };
	size_t i;

	json_array_foreach(devices, i, device)
	{
		uint64_t random = unit_random(state) % 5;

		json_object_set_new(
			device, "driver", random == 4 ? json_null() : json_string(drivers[random]));
		json_object_set_new(device, "vfio_driver", json_boolean(random == 0));
		json_object_set_new(device, "numa_node", json_integer((json_int_t)random));
	}
	json_object_set_new(json_object_get(facts, "host"), "boot_id", json_string("another"));
}

START_TEST(class__numbers_and_drivers_changed__same_class_map_and_static_answers)
{
	json_t *facts = prop_load(prop_hosts[_i]);
	struct host *host = prop_host(facts, NULL);

	for (unsigned i = 0; i < prop_run.iterations / 10; i++) {
		uint64_t state = prop_state((size_t)_i, i);
		json_t *changed = json_deep_copy(facts);
		struct guest *guest = test_guest(facts, &state);
		struct host *other;

		test_renumber(changed, &state);
		test_move(changed);
		test_rebind(changed, &state);
		other = prop_host(changed, NULL);
		ck_assert_str_eq(host_class_document(host), host_class_document(other));
		ck_assert_str_eq(host_digests(host).class_, host_digests(other).class_);
		ck_assert_str_eq(host_digests(host).map, host_digests(other).map);
		ck_assert_str_ne(host_digests(host).facts, host_digests(other).facts);
		test_compare_static(host, other, guest, prop_hosts[_i]);
		host_unref(other);
		guest_free(guest);
		json_decref(changed);
	}
	host_unref(host);
	json_decref(facts);
}
END_TEST

/* Refused groups, bridges and platform devices are no part of the map digest. */
static bool test_counts(const struct host *host, size_t device)
{
	struct project_place place = host->project.places[device];
	const struct class_shape *shape = host_view_shape(host, place.shape);
	const struct class_member *member;

	if (!shape)
		return false;
	member = (const struct class_member *)shape->members.items + place.member;
	return !fact_is_yes(shape->direct_refused) && !fact_is_yes(member->bridge) &&
	       !fact_text_is(member->bus, "platform");
}

/* Whether the map of @guest fits each kind of device that can be given at all. */
static void test_fits(const struct host *host, const struct guest *guest, struct test_said *ret)
{
	for (size_t i = 0; i < facts_count(host->facts->devices); i++) {
		struct verdict_question question = {
			.guest = guest,
			.questions = FINDING_HOTPLUG,
			.n_attach = 1,
			.attach = (const char *[]){ host_view_device(host, i)->address.value },
		};
		enum verdict_answer worst = VERDICT_SAFE;
		struct refusal refusal;
		struct verdict *verdict;

		ck_assert_int_eq(
			verdict_compute(host, &question, &verdict, &refusal), VERDICT_DONE);
		for (size_t j = 0; j < verdict->n_findings; j++) {
			const struct finding *finding = &verdict->findings[j];
			enum verdict_answer answer = finding->answer == FINDING_VIOLATED
							     ? VERDICT_UNSAFE
							     : VERDICT_UNKNOWN;

			if (test_is_map(finding->code) && answer > worst)
				worst = answer;
		}
		if (test_counts(host, i))
			ret->lines[ret->n++] = strdup(verdict_answer_word(worst));
		verdict_free(verdict);
	}
	test_said_sort(ret);
}

START_TEST(map__changed_fact__equal_map_means_every_guest_fits_both_or_neither)
{
	json_t *facts = prop_load(prop_hosts[_i]);
	struct host *host = prop_host(facts, NULL);
	unsigned n_equal = 0;

	for (unsigned i = 0; i < prop_run.iterations; i++) {
		uint64_t state = prop_state((size_t)_i, i);
		json_t *changed = json_deep_copy(facts);
		struct guest *guest = test_guest(facts, &state);
		struct test_said x = { 0 }, y = { 0 };
		struct host *other;
		struct prop_fact fact;

		prop_pick(changed, &state, &fact);
		if (unit_random(&state) % 2)
			prop_forget(&fact, &state);
		else
			prop_change(&fact, &state);
		other = prop_try_host(changed);
		if (other && strcmp(host_digests(host).map, host_digests(other).map) == 0) {
			n_equal++;
			test_fits(host, guest, &x);
			test_fits(other, guest, &y);
			test_same(&x, &y, fact.path, prop_guest_text(guest));
		}
		test_said_done(&x);
		test_said_done(&y);
		host_unref(other);
		guest_free(guest);
		json_decref(changed);
	}
	ck_assert_uint_gt(n_equal, 0);
	host_unref(host);
	json_decref(facts);
}
END_TEST

/* What the rules about a device say of a member of a class: of @device, or of its kind alone. */
static char *test_rules(struct rule_context context, const struct class_shape *shape,
	const struct class_member *member, const struct subject *subject)
{
	struct report report = { 0 };
	struct evaluation evaluation = { 0 };
	struct test_said said = { 0 };
	struct usable usable;
	char text[16384] = "";
	size_t n = 0;

	ck_assert_int_eq(arena_new(LIMIT_ARENA_BYTES, &report.arena), 0);
	ck_assert_int_eq(usable_compute(shape, report.arena, &usable), 0);
	context.report = &report;
	context.shape = shape;
	context.member = member;
	context.usable = &usable;
	if (subject)
		subject_enter(subject, &context);
	evaluate_rules(&context, RULE_DEVICE, &evaluation);
	for (size_t i = 0; i < report.n; i++) {
		if (test_is_live(report.items[i].code))
			continue;
		test_print(&report.items[i], text, sizeof(text));
		said.lines[said.n++] = strdup(text);
	}
	arena_free(report.arena);
	test_said_sort(&said);
	text[0] = '\0';
	for (size_t i = 0; i < said.n && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", said.lines[i]);
	test_said_done(&said);
	return strdup(text);
}

/* Every device of @host, from its facts and from @class_ alone, which came from its document. */
static void test_alone(const struct host *host, const struct class *class_,
	const struct guest *guest, const char *where)
{
	struct verdict_question question = { .guest = guest, .questions = FINDING_QUESTIONS };
	struct rule_context context = { .host = host,
		.guest = guest,
		.question = &question,
		.asked = FINDING_QUESTIONS,
		.group = -1 };

	for (size_t i = 0; i < facts_count(host->facts->devices); i++) {
		struct project_place place = host->project.places[i];
		const struct class_shape *there = host_view_shape(host, place.shape), *here;
		struct subject subject = { .device = (ptrdiff_t)i, .group = -1 };
		char *facts, *alone;

		if (!there)
			continue;
		here = (const struct class_shape *)class_->shapes.items + place.shape;
		subject.group = (int64_t)((
			const struct facts_group *)host->facts->groups.items)[place.group]
					.id.value;
		context.class_ = &host->project.class_;
		facts = test_rules(context, there,
			(const struct class_member *)there->members.items + place.member, &subject);
		context.class_ = class_;
		alone = test_rules(context, here,
			(const struct class_member *)here->members.items + place.member, NULL);
		ck_assert_msg(strcmp(facts, alone) == 0,
			"%s, seed %" PRIu64 ", %s; %s:\n%s\nagainst\n%s", where, prop_run.seed,
			host_view_device(host, i)->address.value, prop_guest_text(guest), facts,
			alone);
		free(facts);
		free(alone);
	}
}

START_TEST(class__own_document__says_all_that_is_static)
{
	json_t *facts = prop_load(prop_hosts[_i]);

	for (unsigned i = 0; i < prop_run.iterations / 4; i++) {
		uint64_t state = prop_state((size_t)_i, i);
		json_t *changed = json_deep_copy(facts);
		struct guest *guest = test_guest(facts, &state);
		struct refusal refusal = { "", "" };
		struct prop_fact fact;
		struct class class_;
		struct host *host;
		struct arena *arena;
		char *again;
		size_t n;

		prop_pick(changed, &state, &fact);
		prop_forget(&fact, &state);
		host = prop_host(changed, NULL);
		ck_assert_int_eq(arena_new(LIMIT_ARENA_BYTES, &arena), 0);
		ck_assert_msg(class_json_decode(host_class_document(host),
				      strlen(host_class_document(host)), arena, &class_,
				      &refusal) == CLASS_JSON_DONE,
			"%s: %s: %s", fact.path, refusal.where, refusal.text);
		ck_assert_int_eq(class_json_encode(&class_, &again, &n), 0);
		ck_assert_str_eq(again, host_class_document(host));
		test_alone(host, &class_, guest, fact.path);
		free(again);
		arena_free(arena);
		host_unref(host);
		guest_free(guest);
		json_decref(changed);
	}
	json_decref(facts);
}
END_TEST

static bool test_lone(const struct host *host)
{
	for (size_t i = 0; i < facts_count(host_facts(host)->devices); i++) {
		int32_t shape = host->project.places[i].shape;

		if (shape < 0 || host_view_shape(host, shape)->members.n != 1)
			return false;
	}
	return true;
}

/*
 * What another member of the fleet says of a host of which it has the class only: never better than
 * what the host says of itself, and the same where no device has a mate.
 */
START_TEST(class__asked_from_afar__never_better)
{
	json_t *facts = prop_load(prop_hosts[_i]);

	for (unsigned i = 0; i < prop_run.iterations / 4; i++) {
		uint64_t state = prop_state((size_t)_i, i);
		json_t *changed = json_deep_copy(facts);
		struct guest *guest = test_guest(facts, &state);
		struct verdict_question question = { .guest = guest };
		struct assume assume = ASSUME_NOTHING;
		struct refusal refusal = { "", "" };
		struct host *host, *afar;
		struct verdict *own, *other;
		struct prop_fact fact;

		assume.nested_trust = true;
		prop_pick(changed, &state, &fact);
		prop_forget(&fact, &state);
		host = prop_host(changed, &assume);
		ck_assert_msg(host_new_of_class(host_class_document(host),
				      strlen(host_class_document(host)), &assume, &afar,
				      &refusal) == HOST_CLASS_DONE,
			"%s: %s: %s", fact.path, refusal.where, refusal.text);
		ck_assert(host_is_of_class(afar) && !host_is_of_class(host));
		ck_assert_str_eq(host_digests(afar).class_, host_digests(host).class_);
		ck_assert_str_eq(host_digests(afar).map, host_digests(host).map);
		ck_assert_int_eq(verdict_compute(host, &question, &own, &refusal), VERDICT_DONE);
		ck_assert_int_eq(verdict_compute(afar, &question, &other, &refusal), VERDICT_DONE);
		for (unsigned bit = FINDING_MIGRATE; bit <= FINDING_MEMORY_HOTPLUG; bit <<= 1) {
			enum verdict_answer near = verdict_answer(own, bit),
					    far = verdict_answer(other, bit);

			ck_assert_msg(far != VERDICT_SAFE || near == VERDICT_SAFE, "%s: %s",
				fact.path, prop_guest_text(guest));
			if (test_lone(host))
				ck_assert_msg(far == near, "%s: %s: %d %d", fact.path,
					prop_guest_text(guest), (int)far, (int)near);
		}
		verdict_free(own);
		verdict_free(other);
		host_unref(afar);
		host_unref(host);
		guest_free(guest);
		json_decref(changed);
	}
	json_decref(facts);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("prop_class");
	TCase *cases = tcase_create("prop_class");
	int n = 0;

	prop_begin(argc, argv, 60);
	while (prop_hosts[n])
		n++;
	tcase_set_timeout(cases, 600);
	tcase_add_loop_test(
		cases, class__changed_fact__equal_class_means_equal_static_answers, 0, n);
	tcase_add_loop_test(
		cases, class__numbers_and_drivers_changed__same_class_map_and_static_answers, 0, n);
	tcase_add_loop_test(
		cases, map__changed_fact__equal_map_means_every_guest_fits_both_or_neither, 0, n);
	tcase_add_loop_test(cases, class__own_document__says_all_that_is_static, 0, n);
	tcase_add_loop_test(cases, class__asked_from_afar__never_better, 0, n);
	suite_add_tcase(suite, cases);
	return unit_run(suite);
}
