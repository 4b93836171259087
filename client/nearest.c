/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/nearest.h"

#include <string.h>

#define NEAREST_BYTES 32U /* of the longest word that is looked at */
#define NEAREST_SLIPS 2U
#define NEAREST_BEGUN 3U /* letters that say what somebody began to type */

static unsigned nearest_least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Letters left out, put in, replaced, or swapped with the next: how many lead from @a to @b. */
static unsigned nearest_slips(const char *a, size_t n_a, const char *b, size_t n_b)
{
	unsigned rows[3][NEAREST_BYTES + 1];

	for (size_t k = 0; k <= n_b; k++)
		rows[0][k] = (unsigned)k;
	for (size_t i = 1; i <= n_a; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i - 1) % 3];

		row[0] = (unsigned)i;
		for (size_t k = 1; k <= n_b; k++) {
			row[k] = above[k - 1] + (a[i - 1] != b[k - 1]);
			row[k] = nearest_least(row[k], nearest_least(above[k], row[k - 1]) + 1);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				row[k] = nearest_least(row[k], rows[(i - 2) % 3][k - 2] + 1);
		}
	}
	return rows[n_a % 3][n_b];
}

void nearest_see(struct nearest *nearest, const char *word)
{
	size_t n = strlen(word);
	unsigned slips;

	if (n > NEAREST_BYTES || nearest->n > NEAREST_BYTES || nearest->n == 0)
		return;
	slips = nearest_slips(nearest->typed, nearest->n, word, n);
	if (nearest->n >= NEAREST_BEGUN && strncmp(word, nearest->typed, nearest->n) == 0)
		slips = 1;
	/* Of a short word two slips leave nothing. */
	if (slips > NEAREST_SLIPS || slips * 2 >= nearest->n)
		return;
	if (nearest->word && nearest->slips <= slips)
		return;
	nearest->word = word;
	nearest->slips = slips;
}
