/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/command.h"

#include "client/completion.h"
#include "client/display.h"
#include "client/escape.h"
#include "client/help.h"
#include "client/arguments.h"
#include "client/nearest.h"
#include "client/pager.h"
#include "client/trouble.h"
#include "client/verb.h"
#include "core/cleanup.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

static int command_find(
	const struct arguments *options, const struct verb **ret, struct trouble *trouble)
{
	const struct verb *verb;
	struct nearest nearest;

	if (options->n_words == 0)
		return trouble_usage(trouble, "no verb; \"iommufleetctl --help\" lists them");
	verb = verb_find(options->words[0]);
	if (verb) {
		*ret = verb;
		return 0;
	}
	nearest = (struct nearest){ .typed = options->words[0], .n = strlen(options->words[0]) };
	for (size_t i = 0; i < verb_table_n; i++)
		nearest_see(&nearest, verb_table[i].name);
	return trouble_usage(trouble, "%s: no such verb; %s%s%s\"iommufleetctl --help\" lists them",
		options->words[0], nearest.word ? "did you mean " : "",
		nearest.word ? nearest.word : "", nearest.word ? "? " : "");
}

static int command_open_display(
	const struct arguments *options, struct display *display, struct pager *pager)
{
	*pager = (struct pager){ 0 };
	display_init(display, stdout);
	display->json = options->json;
	display->legend = !(options->given & ARGUMENTS_NO_LEGEND);
	return options->given & ARGUMENTS_NO_PAGER ? 0 : pager_open(pager, display);
}

static int command_help(const struct arguments *options, const struct verb *verb)
{
	struct display display;
	struct pager pager;
	int r = command_open_display(options, &display, &pager);

	if (r < 0)
		return r;
	help_print(verb, display.out);
	return pager_close(&pager, &display);
}

static int command_run_verb(
	const struct arguments *options, const struct verb *verb, struct trouble *trouble, int *ret)
{
	struct display display;
	struct verb_call call = {
		.options = options,
		.display = &display,
		.n_arguments = options->n_words - 1,
		.arguments = options->words + 1,
		.trouble = trouble,
	};
	enum verb_exit code = VERB_FAILED;
	struct pager pager;
	int r, closed;

	r = arguments_check(options, verb->name, verb->options, trouble);
	if (r != 0)
		return r;
	if (call.n_arguments < verb->min_arguments)
		return trouble_usage(trouble, "%s needs %s; \"iommufleetctl %s --help\" tells more",
			verb->name, verb->arguments, verb->name);
	if (call.n_arguments > verb->max_arguments)
		return trouble_usage(trouble,
			"%s: one argument too many for %s; \"iommufleetctl %s --help\" tells more",
			call.arguments[verb->max_arguments], verb->name, verb->name);
	r = command_open_display(options, &display, &pager);
	if (r < 0)
		return r;
	r = verb->run(&call, &code);
	closed = pager_close(&pager, &display);
	*ret = code;
	return r != 0 ? r : closed;
}

static int command_run_options(const struct arguments *options, struct trouble *trouble, int *ret)
{
	const struct verb *verb = NULL;
	int r;

	*ret = VERB_DONE;
	if (options->given & ARGUMENTS_VERSION) {
		puts("iommufleetctl " IOMMUFLEET_VERSION);
		return 0;
	}
	if (options->n_words > 0 || !(options->given & ARGUMENTS_HELP)) {
		r = command_find(options, &verb, trouble);
		if (r != 0)
			return r;
	}
	if (options->given & ARGUMENTS_HELP)
		return command_help(options, verb);
	return command_run_verb(options, verb, trouble, ret);
}

/* One line on the standard error, fit for a terminal. */
static void command_say(const char *text)
{
	_cleanup_(cleanup_freep) char *clean = NULL;
	size_t columns;

	if (escape_format(text, &clean, &columns) < 0)
		fputs("iommufleetctl: out of memory\n", stderr);
	else
		fprintf(stderr, "iommufleetctl: %s\n", clean);
}

int command_run(int argc, char *const argv[])
{
	_cleanup_(arguments_done) struct arguments options = { 0 };
	struct trouble trouble = { 0 };
	int r, code = VERB_FAILED;

	setlocale(LC_CTYPE, "");
	if (argc > 1 && strcmp(argv[1], COMPLETION_ASKED) == 0) {
		completion_run((size_t)argc - 2, (const char *const *)argv + 2, stdout);
		return VERB_DONE;
	}
	r = arguments_parse(argc, argv, &options, &trouble);
	if (r == 0)
		r = command_run_options(&options, &trouble, &code);
	if (r != 0) {
		if (r < 0)
			trouble_set(&trouble, "%s", strerror(-r));
		command_say(trouble.text);
		return trouble.usage ? VERB_USAGE : VERB_FAILED;
	}
	/* A full disk must not look like an answer. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		trouble_set(&trouble, "cannot write the output: %s", strerror(errno));
		command_say(trouble.text);
		return VERB_FAILED;
	}
	return code;
}
