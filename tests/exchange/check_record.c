/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Says what the exchange says of records.
 *
 *   check_record FLEET CA LISTS|- NOW_US FILE...     word and reason, a line for each file
 *   check_record make CERTIFICATE KEY NOW_US         a record of that host, signed
 */
#include "daemon/exchange/signed_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t check_record_read(const char *path, char *bytes, size_t n)
{
	FILE *file = fopen(path, "rb");
	size_t got;

	if (!file) {
		perror(path);
		exit(1);
	}
	got = fread(bytes, 1, n, file);
	(void)fclose(file);
	return got;
}

static void check_record_file(struct trust *trust, const char *path, uint64_t now_us)
{
	static char bytes[1 << 16];
	struct signed_record_input input = { bytes, check_record_read(path, bytes, sizeof(bytes)),
		now_us };
	struct signed_record record;
	struct refusal refusal = { "", "" };
	int r = signed_record_verify(trust, &input, &record, &refusal);

	if (r < 0) {
		printf("fault %s\n", strerror(-r));
	} else if (r != SIGNED_RECORD_DONE) {
		printf("%s %s: %s\n", signed_record_word((enum signed_record_outcome)r),
			refusal.where, refusal.text);
	} else {
		printf("%s %s %s %" PRIu64 " %s\n", record.stale ? "stale" : "accepted",
			record.record.fleet, record.record.host, record.record.sequence,
			record.digest);
		signed_record_done(&record);
	}
}

static int check_record_make(char **argv)
{
	static const struct record_class classes[] = {
		{ 1, "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc" },
		{ 2, "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd" },
	};
	static const struct record_label labels[] = { { "rack", "r\"12\\" }, { "zone", "" } };
	static const char *const endpoints[] = { "https://[fd00::1]:7443" };
	struct record record = {
		.host_id = "0123456789abcdef0123456789abcdef",
		.collection = RECORD_COLLECTION_PARTIAL,
		.facts = classes[0].digest,
		.map = classes[1].digest,
		.classes = classes,
		.n_classes = 2,
		.labels = labels,
		.n_labels = 2,
		.endpoints = endpoints,
		.n_endpoints = 1,
		.software = "0.4",
		.rules = 1,
		.projection = 2,
	};
	struct record_time_stamp stamp = { .validity_us = RECORD_TIME_VALIDITY_US };
	struct signed_record_bytes made;
	struct refusal refusal = { "", "" };
	struct identity *identity;

	if (identity_load(argv[0], argv[1], &identity, &refusal) != IDENTITY_DONE) {
		printf("%s: %s\n", refusal.where, refusal.text);
		return 1;
	}
	record.fleet = identity_get_name(identity)->fleet;
	record.host = identity_get_name(identity)->host;
	stamp.now_us = strtoull(argv[2], NULL, 10);
	stamp.certificates = identity_get_span(identity);
	if (record_time_stamp(&record, &stamp) != RECORD_TIME_STAMP_DONE ||
		signed_record_make(identity, &record, &made, &refusal) != SIGNED_RECORD_DONE) {
		printf("%s: %s\n", refusal.where, refusal.text);
		return 1;
	}
	(void)fwrite(made.bytes, 1, made.n, stdout);
	free(made.bytes);
	identity_unref(identity);
	return 0;
}

int main(int argc, char **argv)
{
	struct trust_settings settings;
	struct refusal refusal = { "", "" };
	struct trust *trust;

	if (argc == 5 && strcmp(argv[1], "make") == 0)
		return check_record_make(argv + 2);
	if (argc < 5)
		return 2;
	settings = (struct trust_settings){ argv[1], argv[2],
		strcmp(argv[3], "-") == 0 ? NULL : argv[3] };
	if (trust_load(&settings, &trust, &refusal) != TRUST_DONE) {
		printf("trust %s: %s\n", refusal.where, refusal.text);
		return 1;
	}
	printf("trust %s\n", trust_get_digest(trust));
	for (int i = 5; i < argc; i++)
		check_record_file(trust, argv[i], strtoull(argv[4], NULL, 10));
	trust_unref(trust);
	return 0;
}
