/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/remote_hint.h"

#include <stddef.h>
#include <string.h>

#define REMOTE_HINT_DOCTOR "\"iommufleetctl doctor\" tells what to do"

static const struct remote_hint {
	const char *name;
	const char *text;
} remote_hints[] = {
	{ "org.iommufleet1.Error.NoSuchHost", "\"iommufleetctl hosts\" lists those that it knows" },
	{ "org.iommufleet1.Error.NoSuchTarget",
		"\"iommufleetctl devices\" and \"iommufleetctl groups\" list what there is" },
	{ "org.iommufleet1.Error.NoSuchGuest",
		"\"iommufleetctl guests\" lists those that it knows" },
	{ "org.iommufleet1.Error.NoFacts",
		"ask again in a minute; if it stays so, \"iommufleetctl doctor\" says why" },
	{ "org.iommufleet1.Error.NoHistory", "its database cannot be used: " REMOTE_HINT_DOCTOR },
	{ "org.iommufleet1.Error.CollectionFailed", REMOTE_HINT_DOCTOR },
	{ "org.freedesktop.DBus.Error.AccessDenied", "run this as root" },
};

const char *remote_hint_find(const char *name)
{
	for (size_t i = 0; i < sizeof(remote_hints) / sizeof(remote_hints[0]); i++)
		if (strcmp(remote_hints[i].name, name) == 0)
			return remote_hints[i].text;
	return NULL;
}
