/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/guest_json.h"
#include "core/judge/answer.h"
#include "core/judge/answer_json.h"
#include "core/judge/headroom.h"

#include <errno.h>

/* The windows of one side, or {"unknown":...}: nothing is said to be free that may not be. */
static void answer_json_map_side(
	struct answer *answer, const char *key, const struct headroom_side *side)
{
	json_t *array;

	if (!side->known) {
		answer_ignorance(answer, key, FACT_IGNORANT(FACT_NOT_EXPOSED));
		return;
	}
	array = json_array();
	for (size_t i = 0; i < side->n; i++) {
		struct answer window = answer_region(side->windows[i], NULL, NULL);

		answer_hex(&window, "bytes", side->windows[i].last - side->windows[i].first + 1);
		array = answer_append_answer(array, &window);
	}
	answer_set(answer, key, array);
}

int answer_json_map(
	const struct guest *guest, const struct host *const *hosts, size_t n, json_t **ret)
{
	struct answer answer = { 0 }, inner;
	struct headroom headroom;
	int r = headroom_compute(guest, hosts, n, &headroom);

	if (r == 0)
		r = guest_json_tree(guest, &answer.json);
	if (r < 0)
		return r;
	if (n > 0) {
		inner = answer_start();
		if (headroom.bits)
			answer_integer(&inner, "address_bits", headroom.bits);
		answer_json_map_side(&inner, "below_4g", &headroom.below_4g);
		answer_json_map_side(&inner, "above_4g", &headroom.above_4g);
		answer_set_answer(&answer, "headroom", &inner);
	}
	return answer_finish(&answer, ret);
}

static void answer_json_map_assumption(const char *key, const char *value, void *data)
{
	answer_text(data, key, value);
}

int answer_json_map_laid_out_for(json_t *map, const char *host_name, const struct host *host)
{
	struct answer place = answer_start(), assumed = answer_start();
	json_t *json;
	int r;

	assume_each(host_assume(host), answer_json_map_assumption, &assumed);
	answer_text(&place, "host", host_name);
	answer_set_answer(&place, "assumed", &assumed);
	r = answer_finish(&place, &json);
	if (r < 0)
		return r;
	return json_object_set_new(map, "laid_out_for", json) < 0 ? -ENOMEM : 0;
}
