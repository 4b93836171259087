/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asking the decoder of QEMU's arguments, for the tests of its parts. */
#pragma once

#include "core/codec/qemu_cmdline.h"
#include "tests/support/unit.h"

#include <string.h>

#define TEST_QEMU_PC   "qemu-system-x86_64 -nodefaults -machine q35 "
#define TEST_QEMU_VIRT "qemu-system-aarch64 -nodefaults -machine virt -cpu max "
#define TEST_QEMU_MIB  ((uint64_t)1 << 20)
#define TEST_QEMU_GIB  ((uint64_t)1 << 30)

static inline struct machine *test_qemu_take_bytes(const char *bytes, size_t n)
{
	struct refusal refusal = { "", "" };
	struct machine *machine = NULL;
	int r = qemu_cmdline_decode(bytes, n, &machine, &refusal);

	ck_assert_msg(r == QEMU_CMDLINE_DONE, "%s: %s\n%s", refusal.where, refusal.text, bytes);
	return machine;
}

static inline struct machine *test_qemu_take(const char *text)
{
	return test_qemu_take_bytes(text, strlen(text));
}

/* As above, and everything in it is understood. */
static inline struct machine *test_qemu_clear(const char *text)
{
	struct machine *machine = test_qemu_take(text);

	ck_assert_msg(machine->n_opaque == 0, "opaque: %s\n%s", machine->opaque[0], text);
	return machine;
}

/* It is refused at the place @where, for a reason that has @word in it. */
static inline void test_qemu_refused(const char *text, const char *where, const char *word)
{
	struct refusal refusal = { "", "" };
	struct machine *machine = NULL;
	int r = qemu_cmdline_decode(text, strlen(text), &machine, &refusal);

	ck_assert_msg(r == QEMU_CMDLINE_E_REFUSED, "took %s", text);
	ck_assert_ptr_null(machine);
	ck_assert_str_eq(refusal.where, where);
	ck_assert_msg(strstr(refusal.text, word), "%s says: %s", refusal.where, refusal.text);
}

/* Just one thing is not understood, and it is called @name. */
static inline void test_qemu_opaque(const char *text, const char *name)
{
	struct machine *machine = test_qemu_take(text);

	ck_assert_msg(machine->n_opaque > 0, "nothing opaque in %s", text);
	ck_assert_str_eq(machine->opaque[0], name);
	ck_assert_uint_eq(machine->n_opaque, 1);
	machine_free(machine);
}
