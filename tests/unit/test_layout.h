/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine to describe and the guest that it becomes, for the tests of core/layout. */
#pragma once

#include "core/layout/layout.h"
#include "tests/support/unit.h"

#include <inttypes.h>
#include <string.h>

#define TEST_LAYOUT_GIB	 (UINT64_C(1) << 30)
#define TEST_LAYOUT_MIB	 (UINT64_C(1) << 20)
#define TEST_LAYOUT_TEXT 65536U
#define TEST_LAYOUT_HOST(is_amd, bits)                                                             \
	((struct layout_place){ .amd = (is_amd) ? TRI_YES : TRI_NO, .cpu_bits = (bits) })

static struct machine *test_layout_machine;
static struct guest *test_layout_guest;
static char test_layout_text[TEST_LAYOUT_TEXT];

/* A machine of QEMU's own emulation, whose CPU can reach 46 bits. */
static inline void test_layout_setup(void)
{
	ck_assert_int_eq(machine_new(&test_layout_machine), 0);
	test_layout_machine->arch = "x86_64";
	test_layout_machine->kvm = false;
	test_layout_machine->cpu.kind = MACHINE_CPU_NAMED;
	test_layout_machine->cpu.model = "Skylake-Server";
	test_layout_machine->cpu.bits = 46;
}

static inline void test_layout_teardown(void)
{
	test_layout_guest = guest_free(test_layout_guest);
	test_layout_machine = machine_free(test_layout_machine);
}

static inline void test_layout_is(const char *type, uint64_t ram)
{
	test_layout_machine->type = type;
	test_layout_machine->ram = ram;
}

/* Under KVM, a CPU that is the host's. */
static inline void test_layout_kvm_host(void)
{
	test_layout_machine->kvm = true;
	test_layout_machine->cpu.kind = MACHINE_CPU_HOST;
	test_layout_machine->cpu.model = NULL;
	test_layout_machine->cpu.bits = 0;
}

static inline const struct guest *test_layout_at(struct layout_place place)
{
	size_t index;

	test_layout_guest = guest_free(test_layout_guest);
	ck_assert_int_eq(layout_guest(test_layout_machine, &place, &test_layout_guest), 0);
	ck_assert_int_eq(guest_check(test_layout_guest, &index), GUEST_DONE);
	return test_layout_guest;
}

static inline const struct guest *test_layout(void)
{
	return test_layout_at(LAYOUT_ANYWHERE);
}

/* The ranges of @kind from @from on: "first-last first-last", hexadecimal. */
static inline const char *test_layout_ranges(enum guest_kind kind, uint64_t from)
{
	size_t n = 0;

	test_layout_text[0] = '\0';
	for (size_t i = 0; i < test_layout_guest->n_ranges; i++) {
		const struct guest_range *range = &test_layout_guest->ranges[i];

		if (range->kind == kind && range->region.first >= from)
			n += (size_t)snprintf(test_layout_text + n, sizeof(test_layout_text) - n,
				"%s%" PRIx64 "-%" PRIx64, n ? " " : "", range->region.first,
				range->region.last);
	}
	return test_layout_text;
}

/* RAM without the first MiB, which is the same for all. */
static inline const char *test_layout_ram(void)
{
	return test_layout_ranges(GUEST_RAM, TEST_LAYOUT_MIB);
}

/* A memory device of anonymous memory without an address. */
static inline struct machine_memory *test_layout_add(enum machine_memory_model model, uint64_t size)
{
	struct machine_memory memory = { .model = model, .size = size };

	ck_assert_int_eq(machine_add_memory(test_layout_machine, &memory), 0);
	return &test_layout_machine->memories[test_layout_machine->n_memories - 1];
}

/* QEMU would start it, and nothing about it is open or unknown. */
static inline void test_layout_assert_plain(void)
{
	ck_assert_ptr_null(test_layout_guest->refused);
	ck_assert_ptr_null(test_layout_guest->open);
	ck_assert_uint_eq(test_layout_guest->n_opaque, 0);
}

/* QEMU would not start it, and says @part of it. */
static inline void test_layout_assert_refused(const char *part)
{
	ck_assert_ptr_nonnull(test_layout_guest->refused);
	ck_assert_msg(strstr(test_layout_guest->refused, part), "%s", test_layout_guest->refused);
}

/* The first range of that name, or NULL. */
static inline const struct guest_range *test_layout_find(const char *name)
{
	for (size_t i = 0; i < test_layout_guest->n_ranges; i++)
		if (test_layout_guest->ranges[i].name &&
			strcmp(test_layout_guest->ranges[i].name, name) == 0)
			return &test_layout_guest->ranges[i];
	return NULL;
}
