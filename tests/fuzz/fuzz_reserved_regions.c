/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reserved regions: what is taken is a list of ranges, the right way round. */
#include "core/arena.h"
#include "core/model/limits.h"
#include "daemon/collect/reserved_regions.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void fuzz_reserved_regions_must(bool condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fact_list list = { 0 };
	struct arena *arena;

	fuzz_reserved_regions_must(arena_new(1 << 20, &arena) == 0);
	fuzz_reserved_regions_must(
		reserved_regions_parse(arena, (const char *)bytes, n, &list) == 0);
	const struct facts_region *regions = list.items;
	fuzz_reserved_regions_must(
		list.fact.state != FACT_MISSING && list.n <= LIMIT_GROUP_REGIONS);
	fuzz_reserved_regions_must(list.fact.state != FACT_VALUE || list.n > 0);
	for (size_t i = 0; i < facts_count(list); i++) {
		fuzz_reserved_regions_must(regions[i].first.value <= regions[i].last.value);
		fuzz_reserved_regions_must(*regions[i].type.value != '\0');
		fuzz_reserved_regions_must(strlen(regions[i].type.value) <= LIMIT_TEXT);
	}
	arena_free(arena);
	return 0;
}
