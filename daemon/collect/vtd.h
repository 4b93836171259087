/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Intel VT-d: registers CAP and ECAP, decoded as in the VT-d specification 4.1 section 11.4. Pure.
 */
#pragma once

#include "core/model/facts.h"

/* 1: sm_on is the last such word of intel_iommu=; 0: sm_off; unknown: neither is there. */
struct fact_number vtd_scalable_word(const struct fact_texts *words);

/*
 * Sets what follows from unit->cap and unit->ecap, which are set. @scalable: whether the kernel
 * wants scalable mode, where the unit has it.
 */
void vtd_decode(struct fact_number scalable, struct facts_iommu *unit);
