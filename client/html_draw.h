/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Address spaces drawn to scale: lanes below each other, each with ranges of addresses. As the
 * ranges that matter are some kilobytes as well as terabytes long, the same lanes are drawn several
 * times, from address 0 up to different powers of two: each drawing is linear.
 */
#pragma once

#include "client/html_out.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTML_DRAW_LANES 24U

struct html_draw_range {
	uint64_t first;
	uint64_t last;
	const char *class_; /* how it is drawn: a class of html_style.c */
	const char *what;   /* for people; both outlive the drawing */
};

struct html_draw_lane {
	char label[192];
	size_t n;
	size_t room;
	struct html_draw_range *ranges; /* later ones cover earlier ones */
};

struct html_draw {
	size_t n;
	struct html_draw_lane lanes[HTML_DRAW_LANES];
	bool failed; /* memory ran out */
};

/* A new lane, to be given its label and ranges; NULL: there are HTML_DRAW_LANES already. */
struct html_draw_lane *html_draw_lane(struct html_draw *draw);

void html_draw_add(
	struct html_draw *draw, struct html_draw_lane *lane, struct html_draw_range range);

/* Writes the drawings of the host @index of the page. */
void html_draw_write(struct html_out *out, const struct html_draw *draw, size_t index);

void html_draw_done(struct html_draw *draw);

/* The patterns that all drawings of a page share. */
void html_draw_patterns(struct html_out *out);

/* One sample of @class_, for a legend. */
void html_draw_sample(struct html_out *out, const char *class_);
