/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a collection was whole. Pure. */
#pragma once

#include "core/model/facts.h"

/*
 * True when something could not be read that could have been: for want of a privilege, or of time.
 * What this kernel does not show, and devices that were left asleep, are no such gaps.
 */
bool gaps_any(const struct facts *facts);
