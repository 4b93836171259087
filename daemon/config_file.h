/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Configuration files as pairs: an INI file and its drop-in folder, read in full and in order, with
 * the place of each pair. What the pairs mean is config.h's.
 */
#pragma once

#include "core/codec/refusal.h"

#include <stdbool.h>

#define CONFIG_FILE_BYTES   65536 /* of one file */
#define CONFIG_FILE_DROPINS 64
#define CONFIG_FILE_LINE    190 /* bytes; inih cuts at 200 without a word */

struct config_file_pair {
	const char *where; /* "/etc/iommufleet/iommufleetd.conf:7" */
	const char *section;
	const char *key;
	const char *value;
};

/* Takes one pair. 0, or 1 with @refusal set, or negative errno; either ends the reading. */
typedef int (*config_file_on_pair)(
	const struct config_file_pair *pair, struct refusal *refusal, void *data);

/*
 * Reads @path, then each regular file of PATH.d whose name ends in .conf, by name. A missing @path
 * is nothing wrong unless @must_exist. 0; 1 with @refusal set; -ENOMEM.
 */
int config_file_read(const char *path, bool must_exist, config_file_on_pair on_pair, void *data,
	struct refusal *refusal);
