/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
#include "client/variable.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

const char *variable_find(const char *name)
{
	size_t n = strlen(name);

	for (char **variable = environ; variable && *variable; variable++)
		if (strncmp(*variable, name, n) == 0 && (*variable)[n] == '=')
			return *variable + n + 1;
	return NULL;
}

bool variable_is_set(const char *name)
{
	const char *value = variable_find(name);

	return value && *value;
}
