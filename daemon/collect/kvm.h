/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* KVM: whether it is there, and on Arm what it is able to. Asking changes nothing. */
#pragma once

#include "daemon/collect/context.h"

/* Fills facts->kvm. Needs host and the log. */
void kvm_collect(struct collect_context *context);
