/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/class_json.h"
#include "core/judge/host.h"
#include "core/model/limits.h"
#include "tests/support/ask.h"
#include "tests/support/fill.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

static int test_decode(const char *text, struct class *ret, struct refusal *refusal)
{
	return class_json_decode(text, strlen(text), ret->arena, ret, refusal);
}

START_TEST(decode__own_document__all_of_it)
{
	static const enum ask_base bases[] = { ASK_INTEL, ASK_AMD, ASK_ARM };

	for (size_t i = 0; i < 3; i++) {
		struct refusal refusal = { "", "" };
		struct class class_;
		const char *document;
		char *again;
		size_t n;
		ASK(ask, bases[i]);

		document = host_class_document(ask_judge_host(&ask));
		ck_assert_int_eq(arena_new(LIMIT_ARENA_BYTES, &class_.arena), 0);
		ck_assert_msg(test_decode(document, &class_, &refusal) == CLASS_JSON_DONE, "%s: %s",
			refusal.where, refusal.text);
		ck_assert(fact_text_is(class_.arch, i == 2 ? "aarch64" : "x86_64"));
		ck_assert_uint_eq(class_.shapes.n, 3); /* the ports' groups are alike */
		ck_assert_int_eq(class_json_encode(&class_, &again, &n), 0);
		ck_assert_uint_eq(n, strlen(again));
		ck_assert_str_eq(again, document);
		free(again);
		arena_free(class_.arena);
	}
}
END_TEST

/* Whoever reads a class goes by its ranges: half of one must not pass for none. */
START_TEST(decode__range_that_is_not_whole__refused)
{
	static const char *const ranges[] = {
		"\"regions\":[{\"first\":\"0x1\",\"last\":\"0x2\"}]",
		"\"regions\":[{\"first\":\"0x1\",\"last\":\"0x2\",\"type\":null}]",
		"\"regions\":[{\"type\":\"msi\",\"first\":\"0x1\",\"last\":{\"unknown\":\"x\"}}]",
		"\"regions\":[{\"last\":\"0x2\",\"type\":\"msi\"}]",
		"\"members\":[{\"peers\":[{\"first\":\"0x1\"}]}]",
		"\"members\":[{\"peers_doubtful\":[{}]}]",
		"\"members\":[{\"inbound\":[{\"last\":\"0x1\"}]}]",
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		struct refusal refusal = { "", "" };
		struct class class_ = { 0 };
		char text[256];

		(void)snprintf(text, sizeof(text),
			"{\"schema\":\"iommufleet-class-2\",\"minor\":0,\"shapes\":[{%s}]}",
			ranges[i]);
		ck_assert_int_eq(arena_new(LIMIT_ARENA_BYTES, &class_.arena), 0);
		ck_assert_int_eq(test_decode(text, &class_, &refusal), CLASS_JSON_E_REFUSED);
		ck_assert_msg(
			strncmp(refusal.where, "shapes/0/", 9) == 0, "%s: %s", text, refusal.where);
		arena_free(class_.arena);
	}
}
END_TEST

START_TEST(decode__other_projection__refused)
{
	static const char *const documents[] = {
		"{\"schema\":\"iommufleet-class-3\",\"minor\":0}",
		"{\"schema\":\"iommufleet-facts-1\",\"minor\":0}",
		"{\"schema\":\"iommufleet-class-2\",\"minor\":0,\"quantum\":true}",
		"{\"schema\":\"iommufleet-class-2\",\"minor\":0,\"shapes\":7}",
		"[]",
		"",
	};

	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		struct refusal refusal = { "", "" };
		struct class class_ = { 0 };

		ck_assert_int_eq(arena_new(LIMIT_ARENA_BYTES, &class_.arena), 0);
		ck_assert_int_eq(
			test_decode(documents[i], &class_, &refusal), CLASS_JSON_E_REFUSED);
		ck_assert_str_ne(refusal.text, "");
		arena_free(class_.arena);
	}
}
END_TEST

START_TEST(decode__arena_is_full__enomem)
{
	struct refusal refusal = { "", "" };
	struct class class_ = { 0 };
	const char *document;
	ASK(ask, ASK_INTEL);

	document = host_class_document(ask_judge_host(&ask));
	ck_assert_int_eq(arena_new(64, &class_.arena), 0);
	ck_assert_int_eq(test_decode(document, &class_, &refusal), -ENOMEM);
	arena_free(class_.arena);
}
END_TEST

START_TEST(members__random__come_back_as_they_went)
{
	for (uint64_t i = 0; i < 50; i++) {
		struct fill fill = { .mode = i ? FILL_RANDOM : FILL_VALUES, .state = i };
		struct class_shape shape = { 0 }, back = { 0 };
		struct refusal refusal = { "", "" };
		struct shape_reader reader = { .refusal = &refusal };
		json_t *json;

		ck_assert_int_eq(arena_new(LIMIT_ARENA_BYTES, &fill.arena), 0);
		reader.arena = fill.arena;
		fill_object(&fill, &class_json_shape, &shape);
		ck_assert_int_eq(shape_encode_object(&class_json_shape, &shape, &json), 0);
		ck_assert_msg(
			shape_decode_object(&reader, json, &class_json_shape, &back) == SHAPE_DONE,
			"%s", refusal.text);
		ck_assert_ptr_null(fill_difference(&class_json_shape, &shape, &back));
		json_decref(json);
		arena_free(fill.arena);
	}
}
END_TEST

static Suite *test_class_json_suite(void)
{
	Suite *suite = suite_create("class_json");
	TCase *cases = tcase_create("class_json");

	tcase_add_test(cases, decode__own_document__all_of_it);
	tcase_add_test(cases, decode__other_projection__refused);
	tcase_add_test(cases, decode__range_that_is_not_whole__refused);
	tcase_add_test(cases, decode__arena_is_full__enomem);
	tcase_add_test(cases, members__random__come_back_as_they_went);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	return unit_run(test_class_json_suite());
}
