/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of iommufleetd. What it says of configuration overrides every file. */
#pragma once

#include "daemon/config.h"

enum options_action {
	OPTIONS_RUN,
	OPTIONS_CHECK_CONFIG,
	OPTIONS_PRINT_CONFIG,
	OPTIONS_CHECK_STORE,
	OPTIONS_INTROSPECT,
	OPTIONS_HELP,
	OPTIONS_VERSION,
};

struct options {
	enum options_action action;
	char config_path[CONFIG_TEXT_BYTES];
	bool config_given;
	char bus[CONFIG_TEXT_BYTES]; /* each of these: empty, or overrides the configuration */
	char sysroot[CONFIG_TEXT_BYTES];
	char kernel_log[CONFIG_TEXT_BYTES];
	char collector[CONFIG_TEXT_BYTES];
	char store_path[CONFIG_TEXT_BYTES];
};

enum options_outcome {
	OPTIONS_DONE,
	OPTIONS_E_USAGE, /* the refusal says what is wrong */
};

int options_parse(int argc, char **argv, struct options *ret, struct refusal *refusal);

/* Defaults, then the files that @options name, then @options, into @ret. As config_load(). */
int options_load(const struct options *options, config_doubt doubt, void *data, struct config *ret,
	struct refusal *refusal);

/* What --help prints. */
extern const char options_help[];
