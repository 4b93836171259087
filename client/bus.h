/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Answers from iommufleetd over D-Bus: the Manager's methods ReportFile, CheckGuest and DumpFacts. What
 * comes back is not trusted more than a file is: it is bounded and parsed with the same guard.
 */
#pragma once

#include "client/file.h"
#include "client/options.h"
#include "client/trouble.h"

#include <jansson.h>

struct bus;

/* Connects to options->bus, the system's when NULL. TROUBLE_E_SAID, -ENOMEM. */
int bus_open(const struct options *options, struct trouble *trouble, struct bus **ret);

struct bus *bus_close(struct bus *bus);

/* As the functions of client/source.h. */
int bus_report(struct bus *bus, const char *kind, const char *target, struct trouble *trouble,
	json_t **ret);
int bus_check(struct bus *bus, const struct file_text *map, struct trouble *trouble, json_t **ret);
int bus_facts(struct bus *bus, struct trouble *trouble, struct file_text *ret);
