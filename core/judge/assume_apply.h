/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A host's facts as they would be if the assumptions were true. What is policy (nested) and what
 * the aperture takes directly (iommu-bits) is not a fact and changes nothing here.
 */
#pragma once

#include "core/judge/assume.h"
#include "core/model/facts.h"

/*
 * A new snapshot in @ret: @observed, which stays as it is, with @assume applied. The caller owns
 * it. -ENOMEM.
 */
int assume_apply(const struct assume *assume, struct facts *observed, struct facts **ret);
