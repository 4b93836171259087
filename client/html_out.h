/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A page as it is written, in memory. Markup is what stands in a format, whatever is inserted is
 * text and goes through html_escape_step(). Memory that runs out is remembered and told by
 * html_out_finish().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A page that is longer would not open any more. */
#define HTML_OUT_MOST (64U << 20)

struct html_out {
	char *bytes; /* to be freed with free() */
	size_t n;
	size_t capacity;
	bool failed;
};

/*
 * Adds @format, in which these are replaced: %s by a text, %.Ns by N of its bytes, %u and %d with
 * their lengths (z, l), %lx, %.4f, %c of an ASCII letter, and %% . A text of more than 4096
 * characters is cut.
 */
void html_out_print(struct html_out *out, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds @markup, a constant of the program, as it is. */
void html_out_markup(struct html_out *out, const char *markup);

/*
 * Adds @text that is a name: one of more than 56 characters is shortened, and whole, to 1000
 * characters, in the title of the element around it.
 */
void html_out_name(struct html_out *out, const char *text);

/* Adds a size for people, "64 GiB", or "≈ 508.0 GiB" where it is cut; 0 @bytes are 2^64. */
void html_out_size(struct html_out *out, uint64_t bytes);

/* 0, -ENOMEM, or -EFBIG for a page that is longer than HTML_OUT_MOST. */
int html_out_finish(const struct html_out *out);
