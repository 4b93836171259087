/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/layout/bar_window.h"

#include "core/layout/x86_fixed.h"

#include <string.h>

#define BAR_WINDOW_TRUSTED 41U /* a width that firmware takes for true whoever says it */
#define BAR_WINDOW_40	   40U /* true of AMD's CPUs; else QEMU's word for "not said" */
#define BAR_WINDOW_PAGES   40U /* OVMF goes no higher without pages of 1 GiB, */
#define BAR_WINDOW_LEVELS  46U /* nor than this with four levels of page tables */
#define BAR_WINDOW_SEABIOS 44U /* SeaBIOS goes no higher unless RAM does, */
#define BAR_WINDOW_HUGE	   (UINT64_C(1) << 40)	/* being larger than this above 4 GiB */
#define BAR_WINDOW_CLASSIC (UINT64_C(32) << 30) /* OVMF's window where it trusts no width */
/* SeaBIOS keeps PCI configuration space, 256 MiB, below its window on q35. */
#define BAR_WINDOW_Q35_LOW UINT64_C(0xc0000000)

/* True when firmware believes the width (SeaBIOS src/fw/paravirt.c physbits() has the same rule).
 */
static bool bar_window_is_trusted(const struct vcpu *cpu)
{
	if (cpu->bits >= BAR_WINDOW_TRUSTED)
		return true;
	return cpu->amd ? cpu->bits == BAR_WINDOW_40 : cpu->bits == 36 || cpu->bits == 39;
}

/* The window of OVMF that it has without trust: after all memory, aligned to itself. */
static struct region bar_window_classic(const struct bar_window_x86 *window)
{
	uint64_t first = plan_up(window->hole64_first, BAR_WINDOW_CLASSIC);

	return (struct region){ first, first + (BAR_WINDOW_CLASSIC - 1) };
}

/* The bits that OVMF uses, or 0 when that depends on what is not known here. */
static unsigned bar_window_ovmf_bits(const struct vcpu *cpu)
{
	unsigned bits = cpu->bits > BAR_WINDOW_LEVELS ? BAR_WINDOW_LEVELS : cpu->bits;

	/* A feature that the model lacks may have been added. */
	return bits > BAR_WINDOW_PAGES && !cpu->pages_1g ? 0 : bits;
}

/*
 * The top eighth of the address space, moved below what is reserved, when memory leaves it free;
 * else the classic one. False when it is not certain.
 */
static bool bar_window_ovmf(const struct bar_window_x86 *window, struct region *ret)
{
	unsigned bits = bar_window_ovmf_bits(window->cpu);
	uint64_t space = plan_space(bits), size = space >> 3, first = space - size;
	struct region classic = bar_window_classic(window);

	if (!bits || (window->cpu->bits > BAR_WINDOW_LEVELS && window->high_ram >= BAR_WINDOW_HUGE))
		return false;
	*ret = classic;
	if (!bar_window_is_trusted(window->cpu) || size <= BAR_WINDOW_CLASSIC ||
		classic.first + size >= space)
		return true;
	*ret = (struct region){ first, space - 1 };
	if (window->cpu->amd && region_overlaps(*ret, window->reserved)) {
		first = (window->reserved.first - size) & ~(size - 1);
		*ret = (struct region){ first, first + (size - 1) };
	}
	return true;
}

/* The end of the address space that SeaBIOS fills from; 0 where it trusts no width. */
static uint64_t bar_window_seabios_top(const struct bar_window_x86 *window)
{
	if (!bar_window_is_trusted(window->cpu))
		return 0;
	if (window->cpu->bits > BAR_WINDOW_SEABIOS && window->high_ram < BAR_WINDOW_HUGE)
		return plan_space(BAR_WINDOW_SEABIOS);
	return plan_space(window->cpu->bits);
}

/* Where SeaBIOS puts BARs below 4 GiB. */
static struct region bar_window_low(const struct bar_window_x86 *window)
{
	uint64_t first = window->low_end;

	if (window->q35 && first < BAR_WINDOW_Q35_LOW)
		first = BAR_WINDOW_Q35_LOW;
	else if (!window->q35 && first <= UINT64_C(0x80000000))
		first = UINT64_C(0x80000000);
	else if (!window->q35 && first <= UINT64_C(0xc0000000))
		first = UINT64_C(0xc0000000);
	return (struct region){ first, X86_FIXED_IOAPIC - 1 };
}

/* With RAM above 4 GiB, steps of an eighth of the space from its end; else BARs stay low. */
static struct region bar_window_seabios(const struct bar_window_x86 *window)
{
	uint64_t top = bar_window_seabios_top(window), size = top >> 3, first;
	struct region high = { window->hole64_first,
		window->hole64_first + window->hole64_size - 1 };

	if (!window->high_ram || !window->cpu->long_mode)
		return bar_window_low(window);
	if (!top)
		return high;
	first = top - size;
	if (first < window->hole64_first)
		first = window->hole64_first;
	else if (window->cpu->amd &&
		 region_overlaps((struct region){ first, top - 1 }, window->reserved)) {
		top = first;
		first -= size;
	}
	return first < top ? (struct region){ first, top - 1 } : high;
}

void bar_window_add_bars(struct plan *plan, const struct region *windows, size_t n)
{
	const struct machine *machine = plan->machine;
	struct guest_range range = { .kind = GUEST_RAM_DEVICE };

	for (size_t i = 0; i < machine->n_bars; i++)
		for (size_t j = 0; j < n; j++) {
			const struct machine_bar *bar = &machine->bars[i];

			if (bar->below_4g && windows[j].first >= PLAN_4G)
				continue;
			range.region = windows[j];
			range.name = bar->name;
			plan_add_range(plan, &range);
		}
}

/* Every window in which a BAR of RAM may come to be, of any release of the firmware. */
static void bar_window_bars(struct plan *plan, const struct bar_window_x86 *window)
{
	unsigned bits = plan->at.bits_guessed ? PLAN_BITS_MOST : window->cpu->bits;
	struct region windows[2] = { { window->low_end, X86_FIXED_IOAPIC - 1 },
		{ window->hole64_first, plan_space(bits) - 1 } };
	size_t n = windows[1].first <= windows[1].last ? 2 : 1;

	if (windows[0].first < PLAN_MIB)
		windows[0].first = PLAN_MIB;
	if (windows[0].first > windows[0].last)
		bar_window_add_bars(plan, windows + 1, n - 1);
	else
		bar_window_add_bars(plan, windows, n);
}

/* Where firmware puts 64-bit BARs, in @ret; false when that is not certain. */
static bool bar_window_find(
	const struct plan *plan, const struct bar_window_x86 *window, struct region *ret)
{
	switch (plan->machine->firmware) {
	case MACHINE_FIRMWARE_DEFAULT:
		*ret = bar_window_seabios(window);
		return ret->first <= ret->last;
	case MACHINE_FIRMWARE_PFLASH:
		return bar_window_ovmf(window, ret);
	case MACHINE_FIRMWARE_BIOS:
	case MACHINE_FIRMWARE_UNKNOWN:
		break;
	}
	return false;
}

/* As bar_window_find(), and the same for CPUs of either vendor where that is not known. */
static bool bar_window_is_certain(
	const struct plan *plan, const struct bar_window_x86 *window, struct region *ret)
{
	struct bar_window_x86 turned = *window;
	struct vcpu other = *window->cpu;
	struct region region;

	if (plan->at.bits_guessed || !bar_window_find(plan, window, ret))
		return false;
	if (!plan->at.amd_guessed)
		return true;
	other.amd = !other.amd;
	turned.cpu = &other;
	return bar_window_find(plan, &turned, &region) && region_compare(&region, ret) == 0;
}

void bar_window_x86(struct plan *plan, const struct bar_window_x86 *window)
{
	struct region region;

	if (window->cpu->long_mode)
		plan_add(plan, window->hole64_first, window->hole64_size, GUEST_PCI_HOLE64,
			"pci-hole64");
	if (bar_window_is_certain(plan, window, &region))
		plan_add(plan, region.first, region.last - region.first + 1, GUEST_BAR_WINDOW,
			"bar-window");
	bar_window_bars(plan, window);
}
