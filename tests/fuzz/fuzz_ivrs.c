/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ACPI table IVRS: no read outside of it, no endless walk. */
#include "daemon/collect/ivrs.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct fact_number efr = ivrs_efr(bytes, n);

	if (efr.fact.state == FACT_MISSING)
		abort();
	return 0;
}
