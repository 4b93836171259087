/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever the decoder takes is a guest as every rule relies on: sorted, bounded, without overlap.
 */
#include "core/codec/mtree.h"
#include "core/model/limits.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

static void fuzz_mtree_must(bool condition)
{
	if (!condition)
		abort();
}

static void fuzz_mtree_check(const struct guest *guest)
{
	const struct guest_range *solid = NULL;
	bool has_ram = false;

	fuzz_mtree_must(guest->n_ranges >= 1 && guest->n_ranges <= LIMIT_GUEST_RANGES);
	for (size_t i = 0; i < guest->n_ranges; i++) {
		const struct guest_range *range = &guest->ranges[i];

		has_ram = has_ram || range->kind == GUEST_RAM;
		fuzz_mtree_must(range->placed && range->name);
		fuzz_mtree_must(range->region.first <= range->region.last);
		fuzz_mtree_must(i == 0 || guest->ranges[i - 1].region.first <= range->region.first);
		fuzz_mtree_must(range->kind == GUEST_HOTPLUG || range->block == 0);
		fuzz_mtree_must((range->block & (range->block - 1)) == 0);
		fuzz_mtree_must(!guest->hotplug_none || range->kind != GUEST_HOTPLUG);
		if (!guest_range_is_solid(range))
			continue;
		fuzz_mtree_must(!solid || solid->region.last < range->region.first);
		solid = range;
	}
	fuzz_mtree_must(has_ram);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct refusal refusal = { "", "" };
	struct guest *guest = NULL;
	int r = mtree_decode((const char *)bytes, n, NULL, &guest, &refusal);

	if (r != MTREE_DONE) {
		fuzz_mtree_must(r == MTREE_E_REFUSED && !guest);
		fuzz_mtree_must(refusal.where[0] && refusal.text[0]);
		return 0;
	}
	fuzz_mtree_must(guest->arch && guest->arch[0]);
	fuzz_mtree_must(guest->n_opaque <= LIMIT_WORDS);
	fuzz_mtree_check(guest);
	guest_free(guest);
	return 0;
}
