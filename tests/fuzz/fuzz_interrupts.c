/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* /proc/interrupts: an answer is a yes, a no or a reason, and says how it is known. */
#include "daemon/collect/interrupts.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const char *const archs[] = { "x86_64", "aarch64", "riscv64", NULL };
	struct interrupts_seen seen = interrupts_parse((const char *)bytes, n);

	for (size_t i = 0; i < sizeof(archs) / sizeof(*archs); i++) {
		struct interrupts_evidence evidence = { .arch = archs[i] };
		struct facts_interrupts fact = interrupts_judge(&seen, &evidence);
		if (fact.isolated.fact.state != fact.known_by.fact.state ||
			fact.isolated.fact.state == FACT_MISSING)
			abort();
	}
	return 0;
}
