/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/help.h"

#include "client/display.h"
#include "client/arguments.h"

#define HELP_COLUMNS	    80
#define HELP_OPTION_COLUMNS 24

static void help_print_options(unsigned bits, FILE *out)
{
	fputs("\nOptions:\n", out);
	for (size_t i = 0; i < arguments_table_n; i++) {
		const struct arguments_row *row = &arguments_table[i];
		int used;

		if (!(row->bit & bits))
			continue;
		used = fprintf(out, "  --%s%s%s", row->name, row->value ? "=" : "",
			row->value ? row->value : "");
		fprintf(out, "%*s %s\n",
			used < HELP_OPTION_COLUMNS ? HELP_OPTION_COLUMNS - used : 0, "", row->help);
	}
}

static void help_print_verb(const struct verb *verb, FILE *out)
{
	fprintf(out, "iommufleetctl [OPTIONS] %s%s%s\n\n", verb->name,
		verb->arguments[0] ? " " : "", verb->arguments);
	(void)display_paragraph(
		&(struct display){ .out = out, .width = HELP_COLUMNS }, 0, false, verb->more);
	help_print_options(verb->options, out);
	fputs("\nMore in iommufleetctl(1).\n", out);
}

void help_print(const struct verb *verb, FILE *out)
{
	if (verb) {
		help_print_verb(verb, out);
		return;
	}
	fputs("iommufleetctl [OPTIONS] VERB [ARGUMENTS]\n\n"
	      "Says what this host's IOMMU allows, and whether a guest's memory map fits it.\n\n"
	      "Verbs:\n",
		out);
	for (size_t i = 0; i < verb_table_n; i++) {
		int used = fprintf(out, "  %s%s%s", verb_table[i].name,
			verb_table[i].arguments[0] ? " " : "", verb_table[i].arguments);

		fprintf(out, "%*s %s\n",
			used < HELP_OPTION_COLUMNS ? HELP_OPTION_COLUMNS - used : 0, "",
			verb_table[i].help);
	}
	help_print_options(~0U, out);
	fputs("\nEnds with 0: safe or done, 1: failed, 2: usage, 3: unsafe, 4: cannot tell.\n"
	      "\"iommufleetctl VERB --help\" tells more of a verb, iommufleetctl(1) of all.\n",
		out);
}
