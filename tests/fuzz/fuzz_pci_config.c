/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Configuration space: every fact is set, within its range, and fewer bytes never tell more. */
#include "daemon/collect/pci_config.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void fuzz_pci_config_must(bool condition)
{
	if (!condition)
		abort();
}

static void fuzz_pci_config_check(struct fact fact)
{
	fuzz_pci_config_must(fact.state == FACT_NULL || fact.state == FACT_VALUE ||
			     (fact.state == FACT_UNKNOWN && fact.why < FACT_NOT_COLLECTED));
}

static void fuzz_pci_config_decode(const uint8_t *bytes, size_t n, struct pci_config *ret)
{
	struct pci_config_source source = {
		.bytes = bytes,
		.n = n,
		.file_size = PCI_CONFIG_BYTES,
		.vendor = 0x8086,
		.device = 0xa110,
	};

	memset(ret, 0, sizeof(*ret));
	pci_config_decode(&source, ret);
	fuzz_pci_config_check(ret->header_type.fact);
	fuzz_pci_config_check(ret->port_type.fact);
	fuzz_pci_config_check(ret->acs.fact);
	fuzz_pci_config_check(ret->ats.fact);
	fuzz_pci_config_check(ret->pri.fact);
	fuzz_pci_config_check(ret->pasid.fact);
	fuzz_pci_config_check(ret->sriov.fact);
	fuzz_pci_config_check(ret->flr.fact);
	fuzz_pci_config_check(ret->msix.fact);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct pci_config whole;
	struct pci_config cut;
	uint8_t *half = malloc(n / 2 + 1);

	fuzz_pci_config_must(half != NULL);
	memcpy(half, bytes, n / 2);
	fuzz_pci_config_decode(bytes, n, &whole);
	fuzz_pci_config_decode(half, n / 2, &cut);
	free(half);
	/* A capability that is there is not told absent by who sees less. */
	fuzz_pci_config_must(
		!(whole.acs.fact.state == FACT_VALUE && cut.acs.fact.state == FACT_NULL));
	fuzz_pci_config_must(
		!(whole.sriov.fact.state == FACT_VALUE && cut.sriov.fact.state == FACT_NULL));
	return 0;
}
