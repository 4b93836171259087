/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Configuration space: bytes of real functions, then what a broken or hostile one may hold. */
#include "daemon/collect/pci_config.h"
#include "tests/support/unit.h"

#include <string.h>

/* Sixteen bytes at an offset, as a hex dump has them; the rest of the space is zero. */
struct test_line {
	size_t offset;
	uint8_t bytes[16];
};

/* A root port with AER and ACS, all of ACS's redirection on (q35, VT-d on). */
static const struct test_line test_root_port[] = {
	{ 0x00, { 0x36, 0x1b, 0x0c, 0, 7, 5, 0x10, 0, 0, 0, 4, 6, 0, 0, 0x81, 0 } },
	{ 0x30, { 0, 0, 0, 0, 0x54 } },
	{ 0x40, { 0x0d, 0, 0, 0, 0x36, 0x1b, 0, 0, 0x11, 0x40, 0, 0x80, 0, 0, 0, 0 } },
	{ 0x50, { 0, 8, 0, 0, 0x10, 0x48, 0x42, 1, 0, 0x80, 0, 0, 0x0f } },
	{ 0x100, { 1, 0, 0x82, 0x14 } },
	{ 0x140, { 0, 0, 0, 0, 0, 0, 0, 0, 0x0d, 0, 1, 0, 0x5f, 0, 0x1d, 0 } },
};

/* A physical function of an NVMe controller: ARI, then SR-IOV with 4 of 4 VFs on; FLR. */
static const struct test_line test_nvme_pf[] = {
	{ 0x00, { 0x36, 0x1b, 0x10, 0, 7, 5, 0x10, 0, 2, 2, 8, 1 } },
	{ 0x30, { 0, 0, 0, 0, 0x40 } },
	{ 0x40, { 0x11, 0x80, 4, 0x80, 0, 0x20, 0, 0, 0, 0x30, 0, 0 } },
	{ 0x80, { 0x10, 0x60, 2, 0, 0, 0x80, 0, 0x10 } },
	{ 0x60, { 1, 0, 3, 0, 8 } },
	{ 0x100, { 0x0e, 0, 1, 0x12 } },
	{ 0x120, { 0x10, 0, 1, 0, 0, 0, 0, 0, 0x19, 0, 0, 0, 4, 0, 4, 0 } },
	{ 0x130, { 4, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0x10, 0, 0x53, 5 } },
};

/* A conventional network card without any capability. */
static const struct test_line test_e1000[] = {
	{ 0x00, { 0x86, 0x80, 0x0e, 0x10, 7, 1, 0, 0, 3, 0, 0, 2 } },
};

#define TEST_FILL(lines, to)                                                                       \
	do {                                                                                       \
		memset((to), 0, PCI_CONFIG_BYTES);                                                 \
		for (size_t i_ = 0; i_ < sizeof(lines) / sizeof(*(lines)); i_++)                   \
			memcpy((to) + (lines)[i_].offset, (lines)[i_].bytes, 16);                  \
	} while (0)

static uint8_t test_bytes[PCI_CONFIG_BYTES];

/* Decodes a copy of the exact size, so that a sanitizer sees a read past the end. */
static struct pci_config test_decode_of(struct pci_config_source source)
{
	struct pci_config config;
	uint8_t *copy = malloc(source.n ? source.n : 1);

	memcpy(copy, test_bytes, source.n);
	source.bytes = copy;
	memset(&config, 0xa5, sizeof(config));
	pci_config_decode(&source, &config);
	free(copy);
	return config;
}

static struct pci_config test_decode(size_t n, uint64_t file_size)
{
	return test_decode_of((struct pci_config_source){ .n = n, .file_size = file_size });
}

#define TEST_UNKNOWN(member, reason)                                                               \
	do {                                                                                       \
		ck_assert_int_eq((member).state, FACT_UNKNOWN);                                    \
		ck_assert_int_eq((member).why, (reason));                                          \
	} while (0)
#define TEST_NULL(member) ck_assert_int_eq((member).state, FACT_NULL)
#define TEST_VALUE(member, expected)                                                               \
	do {                                                                                       \
		ck_assert_int_eq((member).fact.state, FACT_VALUE);                                 \
		ck_assert_uint_eq((member).value, (expected));                                     \
	} while (0)

START_TEST(decode__root_port__acs_and_port_type)
{
	TEST_FILL(test_root_port, test_bytes);
	struct pci_config config = test_decode(4096, 4096);

	TEST_VALUE(config.header_type, 1);
	TEST_VALUE(config.multifunction, 1);
	ck_assert_str_eq(config.port_type.value, "root-port");
	TEST_VALUE(config.acs.capability, 0x5f);
	TEST_VALUE(config.acs.control, 0x1d);
	TEST_VALUE(config.flr, 0);
	TEST_NULL(config.ats.fact);
	TEST_NULL(config.sriov.fact);
	TEST_VALUE(config.msix.vectors, 1);
	TEST_VALUE(config.msix.pba_offset, 0x800);
}
END_TEST

START_TEST(decode__physical_function__sriov_msix_flr)
{
	TEST_FILL(test_nvme_pf, test_bytes);
	struct pci_config config = test_decode(4096, 4096);

	TEST_VALUE(config.sriov.total_vfs, 4);
	TEST_VALUE(config.sriov.num_vfs, 4);
	TEST_VALUE(config.sriov.vf_device, 0x10);
	TEST_VALUE(config.msix.vectors, 5);
	TEST_VALUE(config.msix.table_bar, 0);
	TEST_VALUE(config.msix.table_offset, 0x2000);
	TEST_VALUE(config.msix.pba_offset, 0x3000);
	TEST_VALUE(config.flr, 1);
	ck_assert_str_eq(config.port_type.value, "endpoint");
	TEST_NULL(config.acs.fact);
}
END_TEST

START_TEST(decode__virtual_function__ids_of_all_ones_are_no_silence)
{
	TEST_FILL(test_nvme_pf, test_bytes);
	memset(test_bytes, 0xff, 4);
	struct pci_config config = test_decode_of(
		(struct pci_config_source){ .n = 4096, .file_size = 4096, .is_vf = true });

	TEST_VALUE(config.header_type, 0);
	TEST_VALUE(config.msix.vectors, 5);
}
END_TEST

START_TEST(decode__conventional__express_facts_do_not_exist)
{
	TEST_FILL(test_e1000, test_bytes);
	struct pci_config config = test_decode(256, 256);

	TEST_VALUE(config.header_type, 0);
	TEST_NULL(config.port_type.fact);
	TEST_NULL(config.acs.fact);
	TEST_NULL(config.pasid.fact);
	TEST_NULL(config.sriov.fact);
	TEST_VALUE(config.flr, 0);
}
END_TEST

START_TEST(decode__64_bytes_without_privilege__rest_is_not_readable)
{
	TEST_FILL(test_root_port, test_bytes);
	for (uint64_t size = 64; size <= 4096; size += 4032) {
		struct pci_config config = test_decode(64, size);

		TEST_VALUE(config.header_type, 1);
		TEST_UNKNOWN(config.port_type.fact, FACT_NOT_READABLE);
		TEST_UNKNOWN(config.acs.fact, FACT_NOT_READABLE);
		TEST_UNKNOWN(config.ats.fact, FACT_NOT_READABLE);
		TEST_UNKNOWN(config.flr.fact, FACT_NOT_READABLE);
		TEST_UNKNOWN(config.msix.fact, FACT_NOT_READABLE);
	}
}
END_TEST

START_TEST(decode__express_without_extended_space__not_exposed)
{
	TEST_FILL(test_root_port, test_bytes);
	struct pci_config config = test_decode(256, 256);

	ck_assert_str_eq(config.port_type.value, "root-port");
	TEST_UNKNOWN(config.acs.fact, FACT_NOT_EXPOSED);
	TEST_UNKNOWN(config.sriov.fact, FACT_NOT_EXPOSED);
}
END_TEST

START_TEST(decode__extended_space_of_all_ones__not_exposed)
{
	TEST_FILL(test_root_port, test_bytes);
	memset(test_bytes + 256, 0xff, 4096 - 256);
	struct pci_config config = test_decode(4096, 4096);

	TEST_UNKNOWN(config.acs.fact, FACT_NOT_EXPOSED);
}
END_TEST

START_TEST(decode__silent_device__vanished)
{
	memset(test_bytes, 0xff, sizeof(test_bytes));
	struct pci_config config = test_decode(4096, 4096);

	TEST_UNKNOWN(config.header_type.fact, FACT_VANISHED);
	TEST_UNKNOWN(config.acs.fact, FACT_VANISHED);
	config = test_decode_of(
		(struct pci_config_source){ .n = 4096, .file_size = 4096, .is_vf = true });
	TEST_UNKNOWN(config.acs.fact, FACT_VANISHED);
}
END_TEST

START_TEST(decode__every_length__cut_is_never_absent)
{
	TEST_FILL(test_root_port, test_bytes);
	for (size_t n = 0; n <= 4096; n++) {
		struct pci_config config = test_decode(n, 4096);

		/* The ACS capability ends at 0x150. */
		if (n >= 0x150)
			TEST_VALUE(config.acs.control, 0x1d);
		else
			ck_assert_msg(config.acs.fact.state == FACT_UNKNOWN, "%zu bytes", n);
		/* Nothing but the end of a list proves that something is not in it. */
		if (n < 0x14c)
			ck_assert_msg(config.sriov.fact.state == FACT_UNKNOWN, "%zu bytes", n);
		else
			TEST_NULL(config.sriov.fact);
		if (n < 64)
			TEST_UNKNOWN(config.header_type.fact, FACT_MALFORMED);
	}
}
END_TEST

START_TEST(decode__loop_of_capabilities__ends_and_keeps_what_it_found)
{
	TEST_FILL(test_nvme_pf, test_bytes);
	test_bytes[0x61] = 0x40; /* back to the first */
	struct pci_config config = test_decode(4096, 4096);

	TEST_VALUE(config.msix.vectors, 5);
	TEST_VALUE(config.flr, 1);
	test_bytes[0x41] = 0x40; /* to itself: Express is out of reach */
	config = test_decode(4096, 4096);
	TEST_VALUE(config.msix.vectors, 5);
	TEST_UNKNOWN(config.port_type.fact, FACT_MALFORMED);
	TEST_UNKNOWN(config.acs.fact, FACT_MALFORMED);
	TEST_UNKNOWN(config.flr.fact, FACT_MALFORMED);
}
END_TEST

START_TEST(decode__loop_of_extended_capabilities__what_was_not_found_is_unknown)
{
	TEST_FILL(test_root_port, test_bytes);
	test_bytes[0x14a] = 1; /* version 1, next 0x100 */
	test_bytes[0x14b] = 0x10;
	struct pci_config config = test_decode(4096, 4096);

	TEST_VALUE(config.acs.capability, 0x5f);
	TEST_UNKNOWN(config.ats.fact, FACT_MALFORMED);
}
END_TEST

START_TEST(decode__pointer_into_the_header__malformed)
{
	TEST_FILL(test_root_port, test_bytes);
	test_bytes[0x34] = 0x10;
	struct pci_config config = test_decode(4096, 4096);
	TEST_UNKNOWN(config.port_type.fact, FACT_MALFORMED);
	TEST_UNKNOWN(config.acs.fact, FACT_MALFORMED);

	TEST_FILL(test_root_port, test_bytes);
	test_bytes[0x102] = 2; /* next 0x080: below the extended space */
	test_bytes[0x103] = 8;
	config = test_decode(4096, 4096);
	TEST_UNKNOWN(config.acs.fact, FACT_MALFORMED);
}
END_TEST

START_TEST(decode__capability_at_the_very_end__not_read_past_it)
{
	TEST_FILL(test_root_port, test_bytes);
	test_bytes[0x102] = 0xc2; /* next 0xffc: a header without a body */
	test_bytes[0x103] = 0xff;
	test_bytes[0xffc] = 0x0d;
	test_bytes[0xffe] = 1;
	struct pci_config config = test_decode(4096, 4096);

	TEST_UNKNOWN(config.acs.fact, FACT_MALFORMED);
	TEST_NULL(config.ats.fact);
}
END_TEST

START_TEST(decode__header_type_of_nothing__malformed)
{
	TEST_FILL(test_e1000, test_bytes);
	test_bytes[0x0e] = 0x33;
	struct pci_config config = test_decode(256, 256);

	TEST_UNKNOWN(config.header_type.fact, FACT_MALFORMED);
	TEST_UNKNOWN(config.acs.fact, FACT_MALFORMED);
}
END_TEST

START_TEST(decode__intel_100_series_root_port__control_is_the_second_dword)
{
	TEST_FILL(test_root_port, test_bytes);
	memcpy(test_bytes + 0x14c, "\x0f\x00\x00\x00\x0f\x00\x00\x00", 8);
	struct pci_config config = test_decode_of((struct pci_config_source){
		.n = 4096, .file_size = 4096, .vendor = 0x8086, .device = 0xa110 });
	TEST_VALUE(config.acs.capability, 0xf);
	TEST_VALUE(config.acs.control, 0xf);
	/* The neighbour of the range has the standard layout. */
	config = test_decode_of((struct pci_config_source){
		.n = 4096, .file_size = 4096, .vendor = 0x8086, .device = 0xa120 });
	TEST_VALUE(config.acs.control, 0);
}
END_TEST

START_TEST(decode__ats_pri_pasid__bits)
{
	TEST_FILL(test_nvme_pf, test_bytes);
	memcpy(test_bytes + 0x100, "\x0f\x00\x01\x11\x20\x00\x00\x80", 8); /* ATS on */
	memcpy(test_bytes + 0x110, "\x13\x00\x01\x12\x01\x00\x00\x00", 8); /* PRI on */
	memcpy(test_bytes + 0x120, "\x1b\x00\x01\x00\x06\x14\x00\x00", 8); /* PASID: 20 bits, off */
	struct pci_config config = test_decode(4096, 4096);

	TEST_VALUE(config.ats.enabled, 1);
	TEST_VALUE(config.pri.enabled, 1);
	TEST_VALUE(config.pasid.bits, 20);
	TEST_VALUE(config.pasid.enabled, 0);
}
END_TEST

START_TEST(decode__advanced_features__flr_of_a_conventional_function)
{
	TEST_FILL(test_e1000, test_bytes);
	test_bytes[6] = 0x10;
	test_bytes[0x34] = 0x50;
	memcpy(test_bytes + 0x50, "\x13\x00\x06\x03", 4);
	TEST_VALUE(test_decode(256, 256).flr, 1);
	test_bytes[0x53] = 2; /* FLR without transactions pending: the kernel does not use it */
	TEST_VALUE(test_decode(256, 256).flr, 0);
}
END_TEST

static uint64_t test_seed;

START_TEST(decode__random_bytes__every_fact_is_set)
{
	uint64_t state = test_seed;

	for (int turn = 0; turn < 3000; turn++) {
		TEST_FILL(test_root_port, test_bytes);
		for (int i = 0; i < 40; i++)
			test_bytes[unit_random(&state) % (turn % 2 ? 4096 : 0x160)] =
				(uint8_t)unit_random(&state);
		struct pci_config config = test_decode(64 + unit_random(&state) % 4033, 4096);
		ck_assert_int_ne(config.header_type.fact.state, FACT_MISSING);
		ck_assert_int_ne(config.acs.fact.state, FACT_MISSING);
		ck_assert_int_ne(config.flr.fact.state, FACT_MISSING);
		ck_assert_int_le(config.acs.fact.state, FACT_VALUE);
		ck_assert_int_le(config.msix.fact.state, FACT_VALUE);
		if (config.acs.fact.state == FACT_VALUE)
			ck_assert_uint_le(config.acs.control.value, UINT16_MAX);
	}
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("pci_config");
	TCase *tcase = tcase_create("decode");

	test_seed = unit_seed(argc, argv);
	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, decode__root_port__acs_and_port_type);
	tcase_add_test(tcase, decode__physical_function__sriov_msix_flr);
	tcase_add_test(tcase, decode__virtual_function__ids_of_all_ones_are_no_silence);
	tcase_add_test(tcase, decode__conventional__express_facts_do_not_exist);
	tcase_add_test(tcase, decode__64_bytes_without_privilege__rest_is_not_readable);
	tcase_add_test(tcase, decode__express_without_extended_space__not_exposed);
	tcase_add_test(tcase, decode__extended_space_of_all_ones__not_exposed);
	tcase_add_test(tcase, decode__silent_device__vanished);
	tcase_add_test(tcase, decode__every_length__cut_is_never_absent);
	tcase_add_test(tcase, decode__loop_of_capabilities__ends_and_keeps_what_it_found);
	tcase_add_test(tcase, decode__loop_of_extended_capabilities__what_was_not_found_is_unknown);
	tcase_add_test(tcase, decode__pointer_into_the_header__malformed);
	tcase_add_test(tcase, decode__capability_at_the_very_end__not_read_past_it);
	tcase_add_test(tcase, decode__header_type_of_nothing__malformed);
	tcase_add_test(tcase, decode__intel_100_series_root_port__control_is_the_second_dword);
	tcase_add_test(tcase, decode__ats_pri_pasid__bits);
	tcase_add_test(tcase, decode__advanced_features__flr_of_a_conventional_function);
	tcase_add_test(tcase, decode__random_bytes__every_fact_is_set);
	return unit_run(suite);
}
