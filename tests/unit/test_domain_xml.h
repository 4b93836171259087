/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all tests of libvirt's domain XML need: a domain put together from its parts. */
#pragma once

#include "core/codec/domain_xml.h"
#include "tests/support/unit.h"

#include <string.h>

#define TEST_DOMAIN_XML_QEMU "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"

/* The parts of a domain; NULL stands for the usual. */
struct test_domain_xml {
	const char *attributes; /* of <domain> */
	const char *os;		/* a whole element */
	const char *memory;	/* everything about memory but devices */
	const char *cpu;	/* a whole element */
	const char *devices;	/* what is below <devices> */
	const char *rest;	/* of <domain> */
};

static inline const char *test_domain_xml_text(const struct test_domain_xml *parts)
{
	static char text[65536];

	(void)snprintf(text, sizeof(text),
		"<domain %s>\n<name>g</name>\n%s\n%s\n%s\n<devices>\n%s\n</devices>\n%s\n</domain>",
		parts->attributes ? parts->attributes : "type='kvm'",
		parts->os ? parts->os
			  : "<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>",
		parts->memory ? parts->memory : "<memory unit='GiB'>4</memory>",
		parts->cpu ? parts->cpu : "", parts->devices ? parts->devices : "",
		parts->rest ? parts->rest : "");
	return text;
}

static inline struct machine *test_domain_xml_take_text(const char *text)
{
	struct refusal refusal = { "", "" };
	struct machine *machine = NULL;
	int r = domain_xml_decode(text, strlen(text), &machine, &refusal);

	ck_assert_msg(r == DOMAIN_XML_DONE, "%s: %s", refusal.where, refusal.text);
	return machine;
}

static inline struct machine *test_domain_xml_take(const struct test_domain_xml *parts)
{
	return test_domain_xml_take_text(test_domain_xml_text(parts));
}

static inline struct machine *test_domain_xml_take_devices(const char *devices)
{
	return test_domain_xml_take(&(struct test_domain_xml){ .devices = devices });
}

/* The text is refused at a place that is @where, for a reason that has @word in it. */
static inline void test_domain_xml_refused_text(
	const char *text, size_t n, const char *where, const char *word)
{
	struct refusal refusal = { "", "" };
	struct machine *machine = NULL;
	int r = domain_xml_decode(text, n, &machine, &refusal);

	ck_assert_msg(r == DOMAIN_XML_E_REFUSED, "gave %d for %.400s", r, text);
	ck_assert_ptr_null(machine);
	ck_assert_str_eq(refusal.where, where);
	ck_assert_msg(strstr(refusal.text, word), "%s says: %s", refusal.where, refusal.text);
}

static inline void test_domain_xml_refused(
	const struct test_domain_xml *parts, const char *where, const char *word)
{
	const char *text = test_domain_xml_text(parts);

	test_domain_xml_refused_text(text, strlen(text), where, word);
}

/* Exactly one thing is not modelled, and it is called @name. */
static inline void test_domain_xml_opaque(const struct test_domain_xml *parts, const char *name)
{
	struct machine *machine = test_domain_xml_take(parts);

	ck_assert_msg(machine->n_opaque == 1, "%zu things are opaque in %s", machine->n_opaque,
		test_domain_xml_text(parts));
	ck_assert_str_eq(machine->opaque[0], name);
	machine_free(machine);
}

static inline void test_domain_xml_opaque_device(const char *device, const char *name)
{
	test_domain_xml_opaque(&(struct test_domain_xml){ .devices = device }, name);
}
