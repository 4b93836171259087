/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/exchange/node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void node_must(bool condition, const char *what)
{
	if (!condition) {
		printf("fault %s\n", what);
		exit(1);
	}
}

void node_load(char **argv, struct identity **identity, struct trust **trust)
{
	struct trust_settings settings = { "lab", argv[2],
		strcmp(argv[3], "-") == 0 ? NULL : argv[3] };
	struct refusal refusal = { "", "" };
	struct identity *own = NULL;
	struct trust *trusted = NULL;

	if (identity_load(argv[0], argv[1], &own, &refusal) != IDENTITY_DONE ||
		trust_load(&settings, &trusted, &refusal) != TRUST_DONE) {
		fprintf(stderr, "%s: %s\n", refusal.where, refusal.text);
		node_must(false, "files");
	}
	identity_unref(*identity);
	trust_unref(*trust);
	*identity = own;
	*trust = trusted;
}

void node_sign(struct directory *directory, const struct identity *identity, struct record *record,
	const struct node_time *when)
{
	struct directory_member own;
	bool held = directory_find(directory, record->host, &own);
	struct record_time_stamp stamp = { .now_us = when->now_us,
		.last_sequence = held ? own.version.sequence : 0,
		.validity_us = when->validity_us,
		.certificates = identity_get_span(identity) };
	struct refusal refusal = { "", "" };
	struct signed_record_input input;
	struct signed_record_bytes made;
	struct directory_result result;

	node_must(record_time_stamp(record, &stamp) == RECORD_TIME_STAMP_DONE, "record_time_stamp");
	record->collected_us = record->issued_us;
	node_must(signed_record_make(identity, record, &made, &refusal) == SIGNED_RECORD_DONE,
		refusal.text);
	input = (struct signed_record_input){ made.bytes, made.n, stamp.now_us };
	node_must(directory_offer(directory, &input, &result) == DIRECTORY_TAKEN, result.word);
	free(made.bytes);
}
