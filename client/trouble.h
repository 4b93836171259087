/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What went wrong, in one line for the person at the terminal: what, where, and what to do. Every
 * part of the client that can refuse returns TROUBLE_E_SAID with one of these set; main prints it.
 */
#pragma once

#include <stdbool.h>

enum trouble_outcome {
	TROUBLE_NONE,
	TROUBLE_E_SAID,
};

struct trouble {
	bool usage; /* the command line itself is wrong: exit code 2, not 1 */
	char text[768];
};

/* Sets the text of something that failed; longer text is cut. Returns TROUBLE_E_SAID. */
int trouble_set(struct trouble *trouble, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* As trouble_set() for a command line that is wrong. */
int trouble_usage(struct trouble *trouble, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
