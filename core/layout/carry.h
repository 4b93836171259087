/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a guest has from its definition without being laid out. */
#pragma once

#include "core/layout/plan.h"

/* Copies it all into the guest of @plan; nothing of the machine is borrowed. */
void carry_over(struct plan *plan);
