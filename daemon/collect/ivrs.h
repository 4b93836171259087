/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The ACPI table IVRS, as AMD's "I/O Virtualization Technology Specification" 3.0x section 5.2 has
 * it: only what bounds AMD-Vi's reach.
 */
#pragma once

#include "core/model/fact.h"

/*
 * The copy of the extended feature register in the first IVHD block of type 11h or 40h of the @n
 * bytes at @bytes. Null when the table has no such block; unknown: malformed when it is cut short
 * or its blocks make no sense.
 */
struct fact_number ivrs_efr(const uint8_t *bytes, size_t n);
