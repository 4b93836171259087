/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's log: whatever it holds, what is told of it is within its range. */
#include "daemon/collect/kernel_log.h"
#include "daemon/collect/kernel_log_source.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

static void fuzz_kernel_log_bits(struct fact_number bits)
{
	if (bits.fact.state == FACT_MISSING ||
		(bits.fact.state == FACT_VALUE && (bits.value < 1 || bits.value > 64)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct kernel_log log = kernel_log_of((const char *)bytes, n);
	struct scan message;
	uint64_t sequence;

	fuzz_kernel_log_bits(kernel_log_smmu_v3(&log, "9050000.smmuv3").ias);
	fuzz_kernel_log_bits(kernel_log_smmu_v2(&log, "12c00000.iommu").stage_1_bits);
	fuzz_kernel_log_bits(kernel_log_virtio_iommu(&log, "virtio0").input_bits);
	uint64_t page = kernel_log_page_size(&log).value;
	if (page && page != 4096 && page != 16384 && page != 65536)
		abort();
	(void)kernel_log_its(&log);
	(void)kernel_log_interrupt_remapping(&log);
	(void)kernel_log_invalidation(&log);
	(void)kernel_log_kvm(&log);
	(void)kernel_log_scalable_mode(&log);
	(void)kernel_log_dmi(&log);
	(void)kernel_log_source_record(scan_of((const char *)bytes, n), &sequence, &message);
	return 0;
}
