/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/guest_json.h"
#include "core/judge/answer.h"
#include "core/judge/answer_json.h"
#include "core/judge/headroom.h"

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
