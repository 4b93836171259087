/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A keeper for directories that keeps in memory, and fails when it is told to. */
#pragma once

#include "daemon/exchange/directory.h"

#define FAKE_KEEPER_MAX 16

struct fake_keeper_row {
	char key[LIMIT_HOST_NAME + 1];
	bool forgotten;
	char verified_under[DIGEST_LENGTH + 1];
	char summary[2 * LIMIT_RECORD_BYTES];
	size_t n_summary;
	char *bytes;
	size_t n;
};

struct fake_keeper {
	int fault; /* that the next put gives; 0: none */
	unsigned n_puts;
	size_t n_hosts, n_classes;
	struct fake_keeper_row hosts[FAKE_KEEPER_MAX], classes[FAKE_KEEPER_MAX];
};

struct directory_keeper fake_keeper_callbacks(struct fake_keeper *keeper);
struct fake_keeper_row *fake_keeper_find(struct fake_keeper *keeper, const char *host);
/* Loads all that is kept into @directory. */
void fake_keeper_load(struct fake_keeper *keeper, struct directory *directory);
void fake_keeper_done(struct fake_keeper *keeper);
