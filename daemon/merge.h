/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What cannot change within a boot, once read, is kept for that boot: the configuration space of a
 * device that sleeps now, and the registers, ACPI and kernel-log facts of an IOMMU, whose log lines
 * wrap away after weeks. Nothing that is known now is ever replaced.
 */
#pragma once

#include "core/model/facts.h"

/*
 * Fills what @now does not know from @before, if both are of the same boot and of versions that we
 * read in full. @now must not be shared yet. -ENOMEM.
 */
int merge_keep(struct facts *now, const struct facts *before);
