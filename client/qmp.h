/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A running QEMU asked through a monitor socket of its own (-qmp unix:PATH,server=on,wait=off).
 * Nothing that is sent changes the guest. A QEMU that hangs, ends, or says what no monitor says
 * costs an error and never more than QMP_TIMEOUT_US.
 */
#pragma once

#include "client/trouble.h"
#include "core/model/guest.h"

#define QMP_TIMEOUT_US 5000000ULL /* for all of it, from connecting to the last answer */

/*
 * The guest of the QEMU that listens at @path, in @ret, which the caller owns. Its devices are at
 * addresses of this host. TROUBLE_E_SAID, -ENOMEM.
 */
int qmp_read_guest(const char *path, struct trouble *trouble, struct guest **ret);
