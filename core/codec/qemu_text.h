/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sizes, numbers and booleans in the spellings that QEMU takes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More than any CPU addresses: a size above it is a mistake, and sums below it cannot wrap. */
#define QEMU_TEXT_SIZE_MAX (1ULL << 52)

/*
 * A size in bytes with a suffix of B, K, M, G, T, P, in either case; @unit is the one that counts
 * without (QEMU util/cutils.c do_strtosz: also hexadecimal, also "1.5G"). -EINVAL, or -ERANGE past
 * QEMU_TEXT_SIZE_MAX.
 */
int qemu_text_size(const char *text, char unit, uint64_t *ret);

/* A decimal or hexadecimal number. -EINVAL. */
int qemu_text_number(const char *text, uint64_t *ret);

/* on, yes, true, y; off, no, false, n (QEMU qapi/qapi-util.c qapi_bool_parse). -EINVAL. */
int qemu_text_bool(const char *text, bool *ret);

/*
 * An address of a PCI device as QEMU's host= takes it, "0000:01:00.0" or "1:0.0", up to the end or
 * one of @ends: in @ret in the spelling of sysfs. -EINVAL.
 */
#define QEMU_TEXT_ADDRESS_BYTES 24
int qemu_text_address(const char *text, const char *ends, char ret[QEMU_TEXT_ADDRESS_BYTES]);
