/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/collect/ivrs.h"

#include <string.h>

enum {
	IVRS_LENGTH = 4,       /* u32 of the ACPI header */
	IVRS_BLOCKS = 48,      /* ACPI header, IVinfo, 8 reserved bytes */
	IVRS_BLOCK_HEADER = 4, /* type, flags, u16 length */
	IVRS_BLOCK_EFR = 24,
	IVRS_TYPE_11 = 0x11,
	IVRS_TYPE_40 = 0x40,
};

/* @n bytes at @bytes, least significant first. */
static uint64_t ivrs_number(const uint8_t *bytes, size_t n)
{
	uint64_t value = 0;

	while (n--)
		value = value << 8 | bytes[n];
	return value;
}

struct fact_number ivrs_efr(const uint8_t *bytes, size_t n)
{
	if (n < IVRS_BLOCKS || memcmp(bytes, "IVRS", 4) != 0)
		return fact_number_unknown(FACT_MALFORMED);
	size_t end = ivrs_number(bytes + IVRS_LENGTH, 4);
	if (end < IVRS_BLOCKS || end > n)
		return fact_number_unknown(FACT_MALFORMED);
	for (size_t at = IVRS_BLOCKS; at < end;) {
		if (end - at < IVRS_BLOCK_HEADER)
			return fact_number_unknown(FACT_MALFORMED);
		size_t length = ivrs_number(bytes + at + 2, 2);
		if (length < IVRS_BLOCK_HEADER || length > end - at)
			return fact_number_unknown(FACT_MALFORMED);
		if (bytes[at] == IVRS_TYPE_11 || bytes[at] == IVRS_TYPE_40)
			return length < IVRS_BLOCK_EFR + 8
				       ? fact_number_unknown(FACT_MALFORMED)
				       : fact_number(ivrs_number(bytes + at + IVRS_BLOCK_EFR, 8));
		at += length;
	}
	return fact_number_null();
}
