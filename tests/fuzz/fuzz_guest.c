/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever the decoder takes is a guest as every rule relies on: sorted, bounded, without overlap.
 */
#include "core/codec/guest_json.h"
#include "core/model/limits.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void fuzz_guest_must(bool condition)
{
	if (!condition)
		abort();
}

static void fuzz_guest_check_ranges(const struct guest *guest)
{
	bool has_ram = false;

	fuzz_guest_must(guest->n_ranges >= 1 && guest->n_ranges <= LIMIT_GUEST_RANGES);
	for (size_t i = 0; i < guest->n_ranges; i++) {
		const struct guest_range *range = &guest->ranges[i];

		has_ram = has_ram || range->kind == GUEST_RAM;
		fuzz_guest_must(range->region.first <= range->region.last);
		fuzz_guest_must(i == 0 || guest->ranges[i - 1].region.first <= range->region.first);
		fuzz_guest_must(range->kind == GUEST_HOTPLUG || range->block == 0);
		fuzz_guest_must((range->block & (range->block - 1)) == 0);
		fuzz_guest_must(range->placed || range->kind == GUEST_RAM_DEVICE);
		fuzz_guest_must(!guest->hotplug_none || range->kind != GUEST_HOTPLUG);
		for (size_t j = 0; guest_range_is_solid(range) && j < i && i < 64; j++)
			fuzz_guest_must(!guest_range_is_solid(&guest->ranges[j]) ||
					!region_overlaps(guest->ranges[j].region, range->region));
	}
	fuzz_guest_must(has_ram);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct refusal refusal = { "", "" };
	struct guest *guest = NULL;
	int r = guest_json_decode((const char *)bytes, n, &guest, &refusal);

	if (r != GUEST_JSON_DONE) {
		fuzz_guest_must(r == GUEST_JSON_E_REFUSED && !guest);
		fuzz_guest_must(refusal.where[0] && refusal.text[0]);
		return 0;
	}
	fuzz_guest_must(guest->arch && guest->arch[0]);
	fuzz_guest_must(guest->n_devices <= LIMIT_GUEST_DEVICES);
	for (size_t i = 0; i < guest->n_devices; i++)
		fuzz_guest_must(guest->devices[i].text && guest->devices[i].text[0]);
	for (size_t i = 0; i < guest->n_opaque; i++)
		fuzz_guest_must(guest->opaque[i] && guest->opaque[i][0]);
	fuzz_guest_check_ranges(guest);
	guest_free(guest);
	return 0;
}
