/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where and how answers are shown: the output, its width, whether it takes colour and Unicode, and
 * whether JSON was asked for.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum display_json { DISPLAY_JSON_OFF, DISPLAY_JSON_SHORT, DISPLAY_JSON_PRETTY };

enum display_colour { DISPLAY_PLAIN, DISPLAY_GOOD, DISPLAY_BAD, DISPLAY_DOUBT, DISPLAY_STRONG };

struct display {
	FILE *out; /* borrowed */
	enum display_json json;
	bool legend; /* headings of tables and explanations of marks */
	bool colour;
	bool unicode;
	size_t width; /* columns */
	size_t rows;  /* of the terminal; 0: there is none, or it cannot move its cursor */
};

/* True if @out is a terminal that knows colours and moves its cursor. */
bool display_is_able(FILE *out);

/*
 * Finds out what @out can show. Colour and a width other than 80 need a terminal; colour also that
 * TERM is one with colours and that the variable NO_COLOR is unset or empty (no-color.org); Unicode
 * a locale in UTF-8.
 */
void display_init(struct display *display, FILE *out);

/* Prints @format in @colour, if the output takes colours. */
void display_say(const struct display *display, enum display_colour colour, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Switches to @colour until display_plain(); both do nothing where there are no colours. */
void display_start(const struct display *display, enum display_colour colour);
void display_plain(const struct display *display);

/* The colour of a word of an answer: safe and yes are good, unsafe and no are bad, else doubt. */
enum display_colour display_colour_of(const char *word);

/*
 * Prints @text, made printable, broken at spaces to the width; lines start with @indent spaces, the
 * first one only if @first_indented. -ENOMEM.
 */
int display_paragraph(
	const struct display *display, size_t indent, bool first_indented, const char *text);

/* Prints @document as display->json says: one line, or indented; keys sorted. -ENOMEM. */
int display_document(const struct display *display, const json_t *document);
