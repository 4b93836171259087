/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/collect/reserved_regions.h"

#include "core/model/limits.h"
#include "daemon/collect/scan.h"

#include <errno.h>

/* The kernel writes one page at most and drops what does not fit; a line may take 48 bytes. */
#define RESERVED_REGIONS_CUT_BYTES (4096U - 48U)

struct reserved_regions_line {
	uint64_t first;
	uint64_t last;
	struct scan type;
};

static bool reserved_regions_parse_line(struct scan line, struct reserved_regions_line *ret)
{
	struct scan rest;

	scan_blanks(&line);
	if (!scan_hex(&line, &ret->first) || !scan_left(&line) || *line.p != ' ')
		return false;
	scan_blanks(&line);
	if (!scan_hex(&line, &ret->last) || !scan_left(&line) || *line.p != ' ')
		return false;
	if (!scan_word(&line, &ret->type) || scan_word(&line, &rest))
		return false;
	return ret->first <= ret->last && scan_left(&ret->type) <= LIMIT_TEXT &&
	       scan_is_printable(&ret->type);
}

static size_t reserved_regions_count(const char *text, size_t n)
{
	struct scan scan = scan_of(text, n);
	struct scan line;
	size_t lines = 0;

	while (scan_line(&scan, &line))
		lines++;
	return lines;
}

int reserved_regions_parse(struct arena *arena, const char *text, size_t n, struct fact_list *ret)
{
	struct scan scan = scan_of(text, n);
	struct scan text_line;
	struct reserved_regions_line line;
	size_t lines = reserved_regions_count(text, n);
	size_t i = 0;

	if (n == 0 || n >= RESERVED_REGIONS_CUT_BYTES || lines > LIMIT_GROUP_REGIONS) {
		*ret = (struct fact_list){ .fact = FACT_IGNORANT(
						   n ? FACT_OVER_LIMIT : FACT_NOT_EXPOSED) };
		return 0;
	}
	struct facts_region *regions = arena_array(arena, lines, sizeof(*regions));
	if (!regions)
		return -ENOMEM;
	while (scan_line(&scan, &text_line)) {
		if (!reserved_regions_parse_line(text_line, &line)) {
			*ret = (struct fact_list){ .fact = FACT_IGNORANT(FACT_MALFORMED) };
			return 0;
		}
		const char *type = arena_text(arena, line.type.p, scan_left(&line.type));
		if (!type)
			return -ENOMEM;
		regions[i++] = (struct facts_region){
			.first = fact_number(line.first),
			.last = fact_number(line.last),
			.type = fact_text(type),
		};
	}
	*ret = (struct fact_list){ .fact = FACT_KNOWN, .n = i, .items = regions };
	return 0;
}
