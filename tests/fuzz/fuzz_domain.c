/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever the decoder takes is a machine as the layout relies on: bounded, with sizes that add up.
 */
#define _GNU_SOURCE
#include "core/codec/domain_xml.h"
#include "core/model/limits.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#define FUZZ_DOMAIN_ARENA (1U << 20)

static void fuzz_domain_must(bool condition)
{
	if (!condition)
		abort();
}

static bool fuzz_domain_is_power(uint64_t value)
{
	return (value & (value - 1)) == 0;
}

static void fuzz_domain_check_text(const char *text)
{
	fuzz_domain_must(text && strlen(text) <= LIMIT_TEXT);
}

static void fuzz_domain_check_memory(const struct machine *machine)
{
	fuzz_domain_must(machine->ram > 0 && machine->ram % (1 << 20) == 0);
	fuzz_domain_must(machine->maxmem % (1 << 20) == 0);
	fuzz_domain_must(machine->n_memories <= LIMIT_GUEST_RANGES);
	for (size_t i = 0; i < machine->n_memories; i++) {
		const struct machine_memory *memory = &machine->memories[i];

		fuzz_domain_must(memory->model < _MACHINE_MEMORY_MODEL_MAX);
		fuzz_domain_must(memory->size > memory->label);
		fuzz_domain_must(fuzz_domain_is_power(memory->align));
		fuzz_domain_must(fuzz_domain_is_power(memory->block));
		fuzz_domain_must(fuzz_domain_is_power(memory->page_bytes));
		fuzz_domain_must(memory->backing == MACHINE_BACKING_HUGE || !memory->page_bytes);
		fuzz_domain_must(memory->placed || !memory->address);
	}
}

static void fuzz_domain_check_devices(const struct machine *machine)
{
	fuzz_domain_must(machine->n_bars <= LIMIT_GUEST_RANGES);
	for (size_t i = 0; i < machine->n_bars; i++) {
		fuzz_domain_check_text(machine->bars[i].name);
		fuzz_domain_must(
			machine->bars[i].size > 0 && fuzz_domain_is_power(machine->bars[i].size));
	}
	fuzz_domain_must(machine->n_devices <= LIMIT_GUEST_DEVICES);
	for (size_t i = 0; i < machine->n_devices; i++) {
		struct guest_device device;

		fuzz_domain_must(guest_device_parse(machine->devices[i].text, &device) == 0);
		fuzz_domain_must(device.address != NULL);
	}
	fuzz_domain_must(machine->n_opaque <= LIMIT_WORDS);
	for (size_t i = 0; i < machine->n_opaque; i++) {
		fuzz_domain_check_text(machine->opaque[i]);
		fuzz_domain_must(machine->opaque[i][0]);
		for (const char *c = machine->opaque[i]; *c; c++)
			fuzz_domain_must(*c >= ' ' && *c <= '~');
	}
}

static void fuzz_domain_check(const struct machine *machine)
{
	fuzz_domain_must(machine->arch && machine->arch[0]);
	fuzz_domain_check_text(machine->arch);
	fuzz_domain_must(!machine->uuid || strlen(machine->uuid) == 36);
	fuzz_domain_must((machine->cpu.kind == MACHINE_CPU_NAMED) == (machine->cpu.model != NULL));
	fuzz_domain_must(machine->cpu.bits <= 64 && machine->cpu.bits_limit <= 64);
	fuzz_domain_must(machine->viommu.model < _VIOMMU_MODEL_MAX);
	fuzz_domain_must(machine->viommu.model == VIOMMU_NONE || machine->viommu.name);
	fuzz_domain_must(machine->pci_hole64_given || !machine->pci_hole64);
	fuzz_domain_check_memory(machine);
	fuzz_domain_check_devices(machine);
}

/* A document without a policy has none, and one that no decoder takes is said why. */
static void fuzz_domain_check_policy(const char *bytes, size_t n)
{
	struct domain_xml_policy policy;
	struct refusal refusal = { "", "" };
	struct arena *arena;
	int r;

	if (arena_new(FUZZ_DOMAIN_ARENA, &arena) < 0)
		return;
	r = domain_xml_policy(bytes, n, arena, &policy, &refusal);
	fuzz_domain_must(r >= DOMAIN_XML_DONE && r <= DOMAIN_XML_E_POLICY);
	fuzz_domain_must(r == DOMAIN_XML_DONE || (refusal.where[0] && refusal.text[0]));
	if (r == DOMAIN_XML_DONE && !memmem(bytes, n, "iommufleet.org", 14))
		fuzz_domain_must(!policy.require && !policy.refuse && !policy.cannot_tell &&
				 !policy.daemon_missing);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct refusal refusal = { "", "" };
	struct machine *machine = NULL;
	int r = domain_xml_decode((const char *)bytes, n, &machine, &refusal);

	fuzz_domain_check_policy((const char *)bytes, n);
	if (r != DOMAIN_XML_DONE) {
		fuzz_domain_must(r == DOMAIN_XML_E_REFUSED && !machine);
		fuzz_domain_must(refusal.where[0] && refusal.text[0]);
		return 0;
	}
	fuzz_domain_check(machine);
	machine_free(machine);
	return 0;
}
