/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Devices of the host that are given to the guest. */
#pragma once

#include "core/codec/qemu_reader.h"

/* True for a driver that qemu_vfio_add() knows. */
bool qemu_vfio_is_known(const char *driver);

/* Adds a -device, whose properties are resolved. Outcomes of enum qemu_reader_outcome, -ENOMEM. */
int qemu_vfio_add(struct qemu_reader *reader, const struct qemu_opts *device);

/*
 * Adds the device at @address, up to the end or a slash, by which a disk is reached: QEMU drives
 * it through VFIO's first back end. @user is what names it. Same outcomes.
 */
int qemu_vfio_add_nvme(
	struct qemu_reader *reader, const struct qemu_opts *user, const char *address);

/* Which back end the devices are given by. */
void qemu_vfio_finish(struct qemu_reader *reader);
