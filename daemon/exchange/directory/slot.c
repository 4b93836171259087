/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The classes that members name: each once, in a slot that stays its own while one names it. */
#include "daemon/exchange/directory/view.h"

#include "core/model/class.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

static int directory_slot_compare(const void *a, const void *b)
{
	const struct directory_slot *one = a, *other = b;

	if (one->class_.projection != other->class_.projection)
		return one->class_.projection < other->class_.projection ? -1 : 1;
	return memcmp(&one->class_.digest, &other->class_.digest, sizeof(one->class_.digest));
}

struct directory_slot *directory_slot_find(const struct directory *directory, uint32_t projection,
	const struct directory_digest *digest)
{
	struct directory_slot key = { .class_ = { .projection = projection, .digest = *digest } };
	struct directory_slot *const *found = tfind(&key, &directory->tree, directory_slot_compare);

	return found ? *found : NULL;
}

/* A number that is free, and room in the array for it. -ENOMEM. */
static int directory_slot_number(struct directory *directory, size_t *ret)
{
	size_t n = directory->slots_allocated ? 2 * directory->slots_allocated : 64;
	struct directory_slot **grown;

	while (directory->free_slot < directory->n_slots && directory->slots[directory->free_slot])
		directory->free_slot++;
	*ret = directory->free_slot;
	if (directory->free_slot < directory->slots_allocated)
		return 0;
	grown = reallocarray(directory->slots, n, sizeof(struct directory_slot *));
	if (!grown)
		return -ENOMEM;
	directory->slots = grown;
	directory->slots_allocated = n;
	return 0;
}

int directory_slot_take(struct directory *directory, uint32_t projection,
	const struct directory_digest *digest, int32_t *ret)
{
	struct directory_slot *slot = directory_slot_find(directory, projection, digest);
	size_t number;

	if (!slot) {
		if (directory_slot_number(directory, &number) < 0)
			return -ENOMEM;
		slot = calloc(1, sizeof(*slot));
		if (!slot)
			return -ENOMEM;
		slot->class_.projection = projection;
		slot->class_.digest = *digest;
		slot->number = (int32_t)number;
		if (!tsearch(slot, &directory->tree, directory_slot_compare)) {
			free(slot);
			return -ENOMEM;
		}
		directory->slots[number] = slot;
		if (number >= directory->n_slots)
			directory->n_slots = number + 1;
	}
	slot->class_.n_members++;
	*ret = slot->number;
	return 0;
}

void directory_slot_release(struct directory *directory, int32_t number)
{
	struct directory_slot *slot = directory->slots[number];

	if (--slot->class_.n_members > 0)
		return;
	(void)tdelete(slot, &directory->tree, directory_slot_compare);
	directory->slots[number] = NULL;
	if ((size_t)number < directory->free_slot)
		directory->free_slot = (size_t)number;
	while (directory->n_slots > 0 && !directory->slots[directory->n_slots - 1])
		directory->n_slots--;
	if (directory->free_slot > directory->n_slots)
		directory->free_slot = directory->n_slots;
	free(slot);
}

unsigned directory_slot_best(const uint32_t *projections, unsigned n)
{
	unsigned best = n;

	for (unsigned i = 0; i < n; i++)
		if (projections[i] + 1 >= CLASS_PROJECTION && projections[i] <= CLASS_PROJECTION &&
			(best == n || projections[i] > projections[best]))
			best = i;
	return best;
}
