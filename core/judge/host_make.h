/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The steps in which a host is worked out once its class and its devices are there. */
#pragma once

#include "core/judge/host_view.h"

/* Each fills its part of @host. -ENOMEM. */
int host_make_usables(struct host *host);
int host_make_bindings(struct host *host);
int host_make_assignable(struct host *host);
int host_make_class_digest(struct host *host);
