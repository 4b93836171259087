/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A class document, as any member of the fleet may send one: what the decoder takes has one form,
 * in both projections, and every question to a host of that class ends in bounds.
 */
#include "core/codec/class_json.h"
#include "core/codec/guest_json.h"
#include "core/judge/answer_json.h"
#include "core/model/class.h"
#include "core/model/limits.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#define FUZZ_CLASS_ARENA ((size_t)64 << 20)

static const char fuzz_class_guest[] =
	"{\"arch\":\"x86_64\",\"accelerator\":\"kvm\",\"map\":["
	"{\"first\":\"0x0\",\"last\":\"0x7fffffff\",\"kind\":\"ram\"},"
	"{\"first\":\"0x100000000\",\"last\":\"0x17fffffff\",\"kind\":\"ram\"},"
	"{\"first\":\"0x180000000\",\"last\":\"0x8ffffffff\",\"kind\":\"hotplug\"}],"
	"\"devices\":[\"8086:10d3\",\"class:0200\"]}";

static void fuzz_class_must(bool condition)
{
	if (!condition)
		abort();
}

/* Reads @bytes and writes them again in @projection (0: their own); NULL: they are refused. */
static char *fuzz_class_again(const char *bytes, size_t n, uint32_t projection, size_t *ret_n)
{
	struct refusal refusal = { "", "" };
	struct class class_ = { 0 };
	struct arena *arena;
	char *written = NULL;
	int r;

	fuzz_class_must(arena_new(FUZZ_CLASS_ARENA, &arena) == 0);
	r = class_json_decode(bytes, n, arena, &class_, &refusal);
	fuzz_class_must(r == CLASS_JSON_DONE || r == CLASS_JSON_E_REFUSED);
	fuzz_class_must(r == CLASS_JSON_DONE || refusal.text[0]);
	if (r == CLASS_JSON_DONE && projection <= class_.projection)
		fuzz_class_must(
			class_json_encode_as(&class_, projection ? projection : class_.projection,
				&written, ret_n) == 0);
	arena_free(arena);
	return written;
}

/* What is written is read, and written like that again. */
static void fuzz_class_settles(const char *bytes, size_t n, uint32_t projection)
{
	size_t n_first = 0, n_second = 0;
	char *first = fuzz_class_again(bytes, n, projection, &n_first), *second;

	if (!first)
		return;
	second = fuzz_class_again(first, n_first, 0, &n_second);
	fuzz_class_must(second && n_first == n_second && memcmp(first, second, n_first) == 0);
	free(first);
	free(second);
}

static void fuzz_class_ask(const struct host *host, const struct guest *guest, const char *target)
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
	fuzz_class_must(r == VERDICT_DONE);
	fuzz_class_must(answer_json_check(verdict, "host", &json) == 0);
	json_decref(json);
	verdict_free(verdict);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const char *text = (const char *)bytes;
	struct refusal refusal = { "", "" };
	struct guest *guest;
	struct host *host;
	int r;

	if (n > LIMIT_CLASS_BYTES)
		return 0;
	fuzz_class_settles(text, n, 0);
	fuzz_class_settles(text, n, CLASS_PROJECTION - 1);
	r = host_new_of_class(text, n, NULL, &host, &refusal);
	if (r != HOST_CLASS_DONE) {
		fuzz_class_must(r == HOST_CLASS_E_REFUSED && refusal.text[0]);
		return 0;
	}
	fuzz_class_must(host_is_of_class(host) && strlen(host_digests(host).class_) == 64);
	fuzz_class_must(guest_json_decode(fuzz_class_guest, sizeof(fuzz_class_guest) - 1, &guest,
				&refusal) == GUEST_JSON_DONE);
	fuzz_class_ask(host, guest, NULL);
	fuzz_class_ask(host, guest, "8086:10d3");
	fuzz_class_ask(host, guest, "0000:01:00.0");
	guest_free(guest);
	host_unref(host);
	return 0;
}
