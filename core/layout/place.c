/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/layout/place.h"

#include "core/cleanup.h"
#include "core/layout/arm_virt.h"
#include "core/layout/carry.h"
#include "core/layout/microvm.h"
#include "core/layout/vcpu.h"
#include "core/layout/viommu_refuse.h"
#include "core/layout/x86.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

CLEANUP_DEFINE(struct guest *, guest_free, place_guest_freep);

/* CPUs that run KVM guests have no fewer physical address bits, and no more. */
#define PLACE_BITS_LEAST 36U
#define PLACE_BITS_FLOOR 32U

enum place_doubt {
	PLACE_AMD = 1,
	PLACE_BITS = 2,
	PLACE_BUILD = 4,
	_PLACE_DOUBTS = 8,
};

/* What is known of the place, and in what it is in doubt. */
struct place_view {
	struct plan_case at;
	unsigned doubts;
	unsigned least;	 /* bits that there may be */
	const char *amd; /* clauses that say what is in doubt */
	const char *bits;
};

static const char place_build_clause[] =
	"whether QEMU itself is 8.2 or newer decides how far addresses are taken to go";

static bool place_is_width(unsigned bits)
{
	return bits >= PLACE_BITS_FLOOR && bits <= PLAN_BITS_MOST;
}

static void place_view_x86(const struct machine *machine, const struct machine_type *type,
	const struct layout_place *place, struct place_view *view)
{
	struct vcpu_needs needs = vcpu_x86_needs(machine);

	view->amd = needs.model
			    ? "whether the CPU model is one of AMD's decides where memory above "
			      "4 GiB begins"
			    : "whether the host's CPU is AMD's decides where memory above 4 GiB "
			      "begins";
	view->bits = "how many address bits the host's CPU has decides what the guest can have";
	view->least = PLACE_BITS_LEAST;
	if (needs.amd && (needs.model || place->amd == TRI_UNKNOWN))
		view->doubts |= PLACE_AMD;
	view->at.amd = !needs.model && place->amd == TRI_YES;
	if (needs.bits && !place_is_width(place->cpu_bits))
		view->doubts |= PLACE_BITS;
	else if (needs.bits)
		view->at.bits = place->cpu_bits;
	/* A machine type of a version is had by that QEMU and newer ones. */
	if (!machine_type_has(type, MACHINE_TYPE_CHECKED_32BIT) &&
		(machine->cxl || !vcpu_x86(machine, &view->at).long_mode))
		view->doubts |= PLACE_BUILD;
}

static void place_view_arm(
	const struct machine *machine, const struct layout_place *place, struct place_view *view)
{
	unsigned bits = machine->kvm ? place->ipa_bits : vcpu_arm_bits(machine);

	view->bits = machine->kvm
			     ? "how many address bits the host's KVM gives a guest decides "
			       "what the guest can have"
			     : "how many address bits the CPU model has decides what the guest "
			       "can have";
	view->least = machine->kvm ? PLACE_BITS_LEAST : PLACE_BITS_FLOOR;
	if (place_is_width(bits))
		view->at.bits = bits;
	else
		view->doubts |= PLACE_BITS;
}

/* The case that @turned is in: each bit turns one thing that is in doubt the other way. */
static struct plan_case place_case(const struct place_view *view, unsigned turned)
{
	struct plan_case at = view->at;

	if (view->doubts & PLACE_AMD) {
		at.amd = turned & PLACE_AMD;
		at.amd_guessed = true;
	}
	if (view->doubts & PLACE_BITS) {
		at.bits = turned & PLACE_BITS ? view->least : PLAN_BITS_MOST;
		at.bits_guessed = true;
	}
	at.old_build = turned & PLACE_BUILD;
	return at;
}

/* hw/cxl/cxl-host.c cxl_fixed_memory_window_config(): as options are read, with cxl=off too. */
static void place_check_cxl(struct plan *plan)
{
	const struct machine *machine = plan->machine;

	for (size_t i = 0; i < machine->n_cxl_windows; i++) {
		if (machine->cxl_windows[i] % PLAN_CXL)
			plan_refuse(plan,
				"a CXL fixed memory window of 0x%" PRIx64
				" bytes is no multiple of 256 MiB",
				machine->cxl_windows[i]);
	}
}

static void place_lay_board(struct plan *plan)
{
	switch (plan->type->board) {
	case MACHINE_TYPE_PC:
	case MACHINE_TYPE_Q35:
		x86_lay(plan);
		break;
	case MACHINE_TYPE_MICROVM:
		microvm_lay(plan);
		break;
	case MACHINE_TYPE_VIRT:
		arm_virt_lay(plan);
		break;
	case MACHINE_TYPE_OTHER:
		plan->guest->hotplug_none = false;
		plan_opaque(plan, GUEST_OPAQUE_MACHINE "%s",
			plan->machine->type ? plan->machine->type : "none is named");
		break;
	}
	if (plan->type->board != MACHINE_TYPE_OTHER)
		place_check_cxl(plan);
}

static int place_lay_case(const struct machine *machine, const struct machine_type *type,
	const struct plan_case *at, struct guest **ret)
{
	_cleanup_(place_guest_freep) struct guest *guest = NULL;
	struct plan plan = { .machine = machine, .type = type, .at = *at };
	size_t index;
	int r = guest_new(&guest);

	if (r < 0)
		return r;
	plan.guest = guest;
	carry_over(&plan);
	place_lay_board(&plan);
	/* Devices come after memory: what memory was refused for is what QEMU says. */
	viommu_refuse(&plan);
	if (plan.fault)
		return plan.fault;
	r = guest_check(guest, &index);
	assert(r == GUEST_DONE);
	*ret = cleanup_take(guest);
	return 0;
}

/* True when the same machine is the same in both cases: it starts or not, with the same map. */
static bool place_is_same(const struct guest *a, const struct guest *b)
{
	const struct guest_range *mine, *theirs;

	return !a->refused == !b->refused && a->n_opaque == b->n_opaque &&
	       layout_same(a, b, &mine, &theirs);
}

/* Which doubts matter: those of which turning one alone changes the outcome. */
static unsigned place_matters(struct guest *const *cases, unsigned doubts)
{
	unsigned matters = 0;

	for (unsigned turned = 0; turned < _PLACE_DOUBTS; turned++)
		for (unsigned bit = 1; bit < _PLACE_DOUBTS; bit <<= 1)
			if (doubts & bit && !(turned & bit) && !(turned & ~doubts) &&
				!place_is_same(cases[turned], cases[turned | bit]))
				matters |= bit;
	return matters;
}

static int place_say(struct guest *guest, const struct place_view *view, unsigned matters)
{
	const char *clauses[] = { matters & PLACE_AMD ? view->amd : NULL,
		matters & PLACE_BITS ? view->bits : NULL,
		matters & PLACE_BUILD ? place_build_clause : NULL };

	for (size_t i = 0; i < sizeof(clauses) / sizeof(clauses[0]); i++) {
		if (!clauses[i])
			continue;
		guest->open = guest->open ? arena_printf(guest->arena, "%s, and %s", guest->open,
						    clauses[i])
					  : clauses[i];
		if (!guest->open)
			return -ENOMEM;
	}
	return 0;
}

static void place_drop(struct guest **cases)
{
	for (unsigned i = 0; i < _PLACE_DOUBTS; i++)
		cases[i] = guest_free(cases[i]);
}

/* Lays out every case that @view leaves open. */
static int place_lay_cases(const struct machine *machine, const struct machine_type *type,
	const struct place_view *view, struct guest **cases)
{
	int r = 0;

	for (unsigned turned = 0; r == 0 && turned < _PLACE_DOUBTS; turned++) {
		struct plan_case at = place_case(view, turned);

		if (!(turned & ~view->doubts))
			r = place_lay_case(machine, type, &at, &cases[turned]);
	}
	return r;
}

int place_lay_out(const struct machine *machine, const struct machine_type *type,
	const struct layout_place *place, struct guest **ret)
{
	struct place_view view = { 0 };
	struct guest *cases[_PLACE_DOUBTS] = { NULL };
	int r;

	if (type->board == MACHINE_TYPE_VIRT)
		place_view_arm(machine, place, &view);
	else if (type->board != MACHINE_TYPE_OTHER)
		place_view_x86(machine, type, place, &view);
	r = place_lay_cases(machine, type, &view, cases);
	/* The first case is the one in which QEMU refuses least: no relocation, and the most bits.
	 */
	if (r == 0)
		r = place_say(cases[0], &view, place_matters(cases, view.doubts));
	if (r == 0 && place->amd == TRI_YES)
		cases[0]->cpu_vendor = "amd";
	if (r == 0)
		*ret = cleanup_take(cases[0]);
	place_drop(cases);
	return r;
}
