/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/collect/amdvi.h"

#include <string.h>

/* Every power of two from 4 KiB, as AMD_IOMMU_PGSIZES in Linux has it: tables of version 1. */
#define AMDVI_PAGE_SIZES 0xffffff7ffffff000ULL

enum {
	AMDVI_CAP_IOTLB = 24,
	AMDVI_EFR_PPR = 1,
	AMDVI_EFR_GT = 4,
	AMDVI_EFR_PASMAX = 32, /* five bits, less one */
};

enum amdvi_order { AMDVI_EFR_FIRST, AMDVI_EFR_SECOND, AMDVI_UNDECIDED };

static enum amdvi_order amdvi_order_of_values(uint64_t first, uint64_t second)
{
	if (first == second)
		return AMDVI_EFR_FIRST;
	if (!first || !second)
		return first ? AMDVI_EFR_FIRST : AMDVI_EFR_SECOND;
	if (!(first >> 32) != !(second >> 32))
		return first >> 32 ? AMDVI_EFR_FIRST : AMDVI_EFR_SECOND;
	return AMDVI_UNDECIDED;
}

/* Between 6.7 and 6.11 the order changed; where is not known to us. */
static enum amdvi_order amdvi_order_of_version(const struct facts_kernel *kernel)
{
	static const char *const followers[] = { "plain", "debian", "ubuntu", "fedora", "arch" };
	uint64_t major;
	uint64_t minor;
	bool follows = false;

	for (size_t i = 0; i < sizeof(followers) / sizeof(*followers); i++)
		follows = follows || fact_text_is(kernel->flavour, followers[i]);
	if (!follows || !fact_is_value(kernel->version.fact))
		return AMDVI_UNDECIDED;
	struct scan text = scan_of(kernel->version.value, strlen(kernel->version.value));
	if (!scan_decimal(&text, &major) || !scan_literal(&text, ".") ||
		!scan_decimal(&text, &minor))
		return AMDVI_UNDECIDED;
	if (major > 6 || (major == 6 && minor >= 12))
		return AMDVI_EFR_FIRST;
	if (major < 6 || minor <= 6)
		return AMDVI_EFR_SECOND;
	return AMDVI_UNDECIDED;
}

static struct amdvi_features amdvi_unknown(enum fact_why why)
{
	return (struct amdvi_features){ fact_number_unknown(why), fact_number_unknown(why) };
}

struct amdvi_features amdvi_parse_features(struct scan text, const struct facts_kernel *kernel)
{
	uint64_t first;
	uint64_t second;

	text = scan_trim(text);
	if (!scan_hex(&text, &first))
		return amdvi_unknown(FACT_MALFORMED);
	if (!scan_left(&text))
		return (struct amdvi_features){ fact_number(first),
			fact_number_unknown(FACT_NOT_EXPOSED) };
	if (!scan_literal(&text, ":") || !scan_hex(&text, &second) || scan_left(&text))
		return amdvi_unknown(FACT_MALFORMED);
	enum amdvi_order order = amdvi_order_of_values(first, second);
	if (order == AMDVI_UNDECIDED)
		order = amdvi_order_of_version(kernel);
	if (order == AMDVI_UNDECIDED)
		return amdvi_unknown(FACT_NOT_EXPOSED);
	if (order == AMDVI_EFR_FIRST)
		return (struct amdvi_features){ fact_number(first), fact_number(second) };
	return (struct amdvi_features){ fact_number(second), fact_number(first) };
}

void amdvi_decode(struct facts_iommu *unit)
{
	static const char *formats[] = { "amd-v2" };
	struct fact_number silent = { .fact = unit->efr.fact };
	bool guest_tables = unit->efr.value >> AMDVI_EFR_GT & 1;

	unit->input_bits =
		fact_number_null(); /* a driver's rule, not a register's: see the judge */
	unit->page_sizes = fact_number(AMDVI_PAGE_SIZES);
	unit->second_stage = fact_number(1);
	unit->interrupt_remapping = fact_number(1); /* part of the architecture */
	unit->ats = fact_is_value(unit->cap.fact)
			    ? fact_number(unit->cap.value >> AMDVI_CAP_IOTLB & 1)
			    : (struct fact_number){ .fact = unit->cap.fact };
	unit->scalable_mode = unit->caching_mode = fact_number_null();
	if (!fact_is_value(unit->efr.fact)) {
		unit->first_stage = unit->nesting = silent;
		unit->pasid_bits = unit->page_requests = silent;
		unit->formats.fact = silent.fact;
		return;
	}
	unit->first_stage = unit->nesting = fact_number(guest_tables);
	unit->pasid_bits =
		fact_number(guest_tables ? (unit->efr.value >> AMDVI_EFR_PASMAX & 0x1f) + 1 : 0);
	unit->page_requests = fact_number(unit->efr.value >> AMDVI_EFR_PPR & 1);
	unit->formats = (struct fact_texts){
		.fact = FACT_KNOWN,
		.n = guest_tables,
		.items = guest_tables ? formats : NULL,
	};
}
