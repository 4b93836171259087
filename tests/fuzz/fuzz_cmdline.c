/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whatever the decoder takes is a machine as the layout relies on: bounded, sizes that cannot wrap.
 */
#include "core/codec/qemu_cmdline.h"
#include "core/codec/qemu_text.h"
#include "core/codec/text.h"
#include "core/model/limits.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void fuzz_cmdline_must(bool condition)
{
	if (!condition)
		abort();
}

static void fuzz_cmdline_check_text(const char *text)
{
	fuzz_cmdline_must(text && strlen(text) <= LIMIT_TEXT);
	fuzz_cmdline_must(text_is_printable(text, strlen(text)));
}

static void fuzz_cmdline_check_memory(const struct machine_memory *memory)
{
	fuzz_cmdline_must(memory->model < _MACHINE_MEMORY_MODEL_MAX);
	fuzz_cmdline_must(memory->size > 0 && memory->size <= QEMU_TEXT_SIZE_MAX);
	fuzz_cmdline_must(memory->label < memory->size);
	fuzz_cmdline_must((memory->align & (memory->align - 1)) == 0);
	fuzz_cmdline_must((memory->block & (memory->block - 1)) == 0);
	fuzz_cmdline_must(memory->placed == (memory->address != 0));
	fuzz_cmdline_must((memory->backing == MACHINE_BACKING_HUGE) == (memory->page_bytes != 0));
	fuzz_cmdline_must((memory->page_bytes & (memory->page_bytes - 1)) == 0);
	fuzz_cmdline_check_text(memory->name);
}

static void fuzz_cmdline_check_lists(const struct machine *machine)
{
	fuzz_cmdline_must(machine->n_memories <= LIMIT_GUEST_RANGES);
	for (size_t i = 0; i < machine->n_memories; i++)
		fuzz_cmdline_check_memory(&machine->memories[i]);
	fuzz_cmdline_must(machine->n_bars <= LIMIT_GUEST_RANGES);
	for (size_t i = 0; i < machine->n_bars; i++) {
		uint64_t size = machine->bars[i].size;

		fuzz_cmdline_must(size > 0 && (size & (size - 1)) == 0);
		fuzz_cmdline_check_text(machine->bars[i].name);
	}
	fuzz_cmdline_must(machine->n_devices <= LIMIT_GUEST_DEVICES);
	for (size_t i = 0; i < machine->n_devices; i++)
		fuzz_cmdline_check_text(machine->devices[i].address);
	fuzz_cmdline_must(machine->n_opaque <= LIMIT_WORDS);
	for (size_t i = 0; i < machine->n_opaque; i++)
		fuzz_cmdline_check_text(machine->opaque[i]);
	for (size_t i = 0; i < machine->n_cxl_windows; i++)
		fuzz_cmdline_must(machine->cxl_windows[i] <= QEMU_TEXT_SIZE_MAX);
}

static void fuzz_cmdline_check(const struct machine *machine)
{
	fuzz_cmdline_must(machine->arch && machine->arch[0]);
	fuzz_cmdline_must(machine->ram > 0 && machine->ram <= QEMU_TEXT_SIZE_MAX);
	fuzz_cmdline_must(machine->maxmem == 0 || machine->maxmem > machine->ram);
	fuzz_cmdline_must(machine->maxmem <= QEMU_TEXT_SIZE_MAX);
	fuzz_cmdline_must(machine->slots == 0 || machine->maxmem > 0);
	fuzz_cmdline_must(machine->max_ram_below_4g <= QEMU_TEXT_SIZE_MAX);
	fuzz_cmdline_must(machine->pci_hole64 <= QEMU_TEXT_SIZE_MAX);
	fuzz_cmdline_must((machine->backing == MACHINE_BACKING_HUGE) == (machine->page_bytes != 0));
	fuzz_cmdline_must(machine->cpu.bits <= 64 && machine->cpu.bits_limit <= 64);
	fuzz_cmdline_must((machine->cpu.kind == MACHINE_CPU_NAMED) == (machine->cpu.model != NULL));
	fuzz_cmdline_must(machine->viommu.model < _VIOMMU_MODEL_MAX);
	fuzz_cmdline_must(machine->viommu.model != VIOMMU_OTHER || machine->viommu.name);
	if (machine->name)
		fuzz_cmdline_check_text(machine->name);
	if (machine->type)
		fuzz_cmdline_check_text(machine->type);
	fuzz_cmdline_check_lists(machine);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct refusal refusal = { "", "" };
	struct machine *machine = NULL;
	int r = qemu_cmdline_decode((const char *)bytes, n, &machine, &refusal);

	if (r != QEMU_CMDLINE_DONE) {
		fuzz_cmdline_must(r == QEMU_CMDLINE_E_REFUSED && !machine);
		fuzz_cmdline_must(refusal.where[0] && refusal.text[0]);
		return 0;
	}
	fuzz_cmdline_check(machine);
	machine_free(machine);
	return 0;
}
