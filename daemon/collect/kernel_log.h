/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel's log of this boot says of things that are in no file: reaches of SMMUs and of
 * virtio-iommu, policies, how KVM came up. Pure: a log is text, one message a line, with or without
 * the marks of dmesg ("[    0.000000] ", "<6>"). A message counts only where it begins a line, so
 * that a name inside another message is never taken for one. Where a message comes twice (a driver
 * was loaded again) the last one counts. What is not found is unknown, not absent: logs wrap.
 */
#pragma once

#include "core/model/fact.h"
#include "daemon/collect/scan.h"

struct kernel_log {
	struct fact fact; /* a value, or why there is no log */
	const char *text; /* borrowed */
	size_t n;
	bool complete; /* begins with the first message of the boot */
};

struct kernel_log_smmu {
	struct fact_number features;	 /* SMMUv3 */
	struct fact_number ias;		 /* input address bits of stage 2 */
	struct fact_number stage_1_bits; /* SMMUv2: virtual address bits; null: no stage 1 */
	struct fact_number stage_2;	 /* SMMUv2: has stage 2 */
	struct fact_number page_sizes;	 /* SMMUv2: bit map, bytes */
};

struct kernel_log_virtio_iommu {
	struct fact_number input_bits;
	struct fact_number page_sizes; /* bit map, bytes */
};

/* A log of the @n bytes at @text, which must outlive it. */
struct kernel_log kernel_log_of(const char *text, size_t n);

/* No log, because of @why. */
struct kernel_log kernel_log_none(enum fact_why why);

/* Of the SMMUv3 whose device is @device ("arm-smmu-v3.0.auto"): arm_smmu_device_hw_probe(). */
struct kernel_log_smmu kernel_log_smmu_v3(const struct kernel_log *log, const char *device);

/* Of the SMMUv2 whose device is @device: arm_smmu_device_cfg_probe(). */
struct kernel_log_smmu kernel_log_smmu_v2(const struct kernel_log *log, const char *device);

/* Of virtio device @device ("virtio0"): viommu_probe(). */
struct kernel_log_virtio_iommu kernel_log_virtio_iommu(
	const struct kernel_log *log, const char *device);

/* 1: an interrupt translation service was found; 0: a complete log has none. */
struct fact_number kernel_log_its(const struct kernel_log *log);

/* 1: x86 interrupt remapping was turned on; unknown otherwise. */
struct fact_number kernel_log_interrupt_remapping(const struct kernel_log *log);

/* "strict" or "lazy": what iommu_subsys_init() or the driver chose. */
struct fact_text kernel_log_invalidation(const struct kernel_log *log);

/* Bytes, from a hash table's "(order: N, M bytes". */
struct fact_number kernel_log_page_size(const struct kernel_log *log);

/* Arm: 1: KVM came up, 0: it could not. */
struct fact_number kernel_log_kvm(const struct kernel_log *log);

/* 0: VT-d said that scalable mode is not enabled; unknown otherwise. */
struct fact_number kernel_log_scalable_mode(const struct kernel_log *log);

/* The maker and model of the "DMI:" line, empty when there is none. */
struct scan kernel_log_dmi(const struct kernel_log *log);
