/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A facts document that lies, judged: whatever the decoder takes, projection, verdict and all that
 * is shown of it end, stay in bounds, and keep the rule of combination.
 */
#include "core/codec/facts_json.h"
#include "core/codec/guest_json.h"
#include "core/judge/answer_json.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static const char fuzz_judge_guest[] =
	"{\"arch\":\"x86_64\",\"accelerator\":\"tcg\",\"map\":["
	"{\"first\":\"0x0\",\"last\":\"0x7fffffff\",\"kind\":\"ram\"},"
	"{\"first\":\"0x100000000\",\"last\":\"0x17fffffff\",\"kind\":\"ram\"},"
	"{\"first\":\"0x180000000\",\"last\":\"0x8ffffffff\",\"kind\":\"hotplug\"}],"
	"\"devices\":[\"8086:10d3\",\"class:0200\"]}";

static void fuzz_judge_must(bool condition)
{
	if (!condition)
		abort();
}

/* The answer to @question is the worst that a blocking finding says of it. */
static void fuzz_judge_combination(const struct verdict *verdict, unsigned question)
{
	enum verdict_answer worst = VERDICT_SAFE;

	for (size_t i = 0; i < verdict->n_findings; i++) {
		const struct finding *finding = &verdict->findings[i];

		if (finding->severity != FINDING_BLOCKS || !(finding->questions & question))
			continue;
		if (finding->answer == FINDING_VIOLATED)
			worst = VERDICT_UNSAFE;
		else if (worst == VERDICT_SAFE)
			worst = VERDICT_UNKNOWN;
	}
	fuzz_judge_must(verdict_answer(verdict, question) == worst);
}

static void fuzz_judge_ask(const struct host *host, const struct guest *guest, const char *target)
{
	const char *attach[] = { target };
	struct verdict_question question = {
		.guest = guest, .n_attach = target ? 1 : 0, .attach = attach
	};
	struct refusal refusal;
	struct verdict *verdict;
	json_t *json;
	int r = verdict_compute(host, &question, &verdict, &refusal);

	if (r == VERDICT_E_REFUSED)
		return;
	fuzz_judge_must(r == VERDICT_DONE);
	for (unsigned bit = FINDING_MIGRATE; bit <= FINDING_MEMORY_HOTPLUG; bit <<= 1)
		fuzz_judge_combination(verdict, bit);
	fuzz_judge_must(answer_json_check(verdict, "host", &json) == 0);
	json_decref(json);
	verdict_free(verdict);
}

static void fuzz_judge_show(const struct host *host)
{
	static int (*const views[])(const struct host *, json_t **) = { answer_json_groups,
		answer_json_devices, answer_json_digests };
	const struct facts *facts = host_facts(host);
	const struct facts_device *devices = facts->devices.items;
	struct refusal refusal;
	json_t *json;

	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
		fuzz_judge_must(views[i](host, &json) == 0);
		json_decref(json);
	}
	fuzz_judge_must(answer_json_status(host, "host", &json) == 0);
	json_decref(json);
	for (size_t i = 0; i < facts_count(facts->devices) && i < 4; i++) {
		if (answer_json_usable(host, devices[i].address.value, &json, &refusal) == 0)
			json_decref(json);
		if (answer_json_explain(host, devices[i].address.value, &json, &refusal) == 0)
			json_decref(json);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct refusal refusal;
	struct guest *guest;
	struct facts *facts;
	struct host *host;

	if (facts_json_decode((const char *)bytes, n, &facts, &refusal) != FACTS_JSON_DONE)
		return 0;
	fuzz_judge_must(guest_json_decode(fuzz_judge_guest, sizeof(fuzz_judge_guest) - 1, &guest,
				&refusal) == GUEST_JSON_DONE);
	fuzz_judge_must(host_new(facts, NULL, &host) == 0);
	fuzz_judge_ask(host, guest, NULL);
	fuzz_judge_ask(host, guest, "0000:01:00.0");
	fuzz_judge_ask(host, guest, "9");
	fuzz_judge_show(host);
	host_unref(host);
	facts_unref(facts);
	guest_free(guest);
	return 0;
}
