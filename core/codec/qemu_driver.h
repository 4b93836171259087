/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which of QEMU's device drivers, objects and properties are known to move no guest memory: they
 * neither take part in the layout nor have RAM behind a BAR nor map guest RAM through the host's
 * IOMMU. What is in none of these tables has to be taken for one that does.
 */
#pragma once

#include <stdbool.h>

/* A driver of -device. */
bool qemu_driver_is_harmless(const char *driver);

/* A driver of -global that no -device names: parts of boards, parent types of devices. */
bool qemu_driver_is_harmless_part(const char *driver);

/* A type of -object; memory-backend-* is harmless by itself. */
bool qemu_driver_is_harmless_object(const char *type);

/* A property that any device may have, such as id, bus and bootindex. */
bool qemu_driver_property_is_common(const char *key);

/* A property by which an otherwise harmless device gets memory of its own: memdev, hostmem. */
bool qemu_driver_property_is_memory(const char *key);

/* A display that stands in for the one a board would have (QEMU system/vl.c default_list). */
bool qemu_driver_is_display(const char *driver);

/* A file for -readconfig that is known by its name to hold harmless devices only. */
bool qemu_driver_is_harmless_config(const char *path);

/* True when @name is one of the @names, of which one that ends in "*" stands for all that start so;
 * NULL is the last. */
bool qemu_driver_is_among(const char *name, const char *const *names);
