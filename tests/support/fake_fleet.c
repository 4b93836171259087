/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/support/fake_fleet.h"

#include "tests/support/unit.h"

#include <string.h>
#include <unistd.h>

const char *fake_fleet_path(const char *name)
{
	static char paths[4][512];
	static unsigned next;
	char *path = paths[next++ % 4];
	const char *top = getenv("srcdir");

	(void)snprintf(
		path, sizeof(paths[0]), "%s/tests/exchange/vectors/%s", top ? top : ".", name);
	return path;
}

/* The keys are in the tree, where everybody can read them: a copy of one that only we can. */
struct identity *fake_fleet_identity(const char *certificate, const char *key)
{
	char path[] = "/tmp/fake_fleet.XXXXXX", bytes[4096];
	FILE *file = fopen(fake_fleet_path(key), "rb");
	struct refusal refusal = { "", "" };
	struct identity *identity = NULL;
	int fd = mkstemp(path), r;
	size_t n;

	ck_assert(file != NULL && fd >= 0);
	n = fread(bytes, 1, sizeof(bytes), file);
	ck_assert_int_eq(write(fd, bytes, n), (ssize_t)n);
	(void)fclose(file);
	(void)close(fd);
	r = identity_load(fake_fleet_path(certificate), path, &identity, &refusal);
	(void)unlink(path);
	ck_assert_msg(r == IDENTITY_DONE, "%s: %s", refusal.where, refusal.text);
	return identity;
}

struct trust *fake_fleet_trust(const char *ca, const char *lists)
{
	struct trust_settings settings = { "lab", fake_fleet_path(ca),
		lists ? fake_fleet_path(lists) : NULL };
	struct refusal refusal = { "", "" };
	struct trust *trust = NULL;
	int r = trust_load(&settings, &trust, &refusal);

	ck_assert_msg(r == TRUST_DONE, "%s: %s", refusal.where, refusal.text);
	return trust;
}

struct signed_record_bytes fake_fleet_sign(const struct fake_fleet_record *what)
{
	static const char digest[] =
		"00000000000000000000000000000000000000000000000000000000000000aa";
	const struct identity_name *name = identity_get_name(what->identity);
	uint64_t now_us = what->now_us ? what->now_us : FAKE_FLEET_NOW;
	struct record_class class_ = { what->projection ? what->projection : 2,
		what->class_digest };
	struct record_label label = { "zone", what->zone ? what->zone : "north" };
	static const char *const endpoints[] = { "https://a.example:7443", "https://b.example" };
	struct record record = { .fleet = name->fleet,
		.host = name->host,
		.host_id = "0123456789abcdef0123456789abcdef",
		.sequence = what->sequence ? what->sequence : now_us,
		.issued_us = now_us,
		.valid_until_us = now_us + 12 * FAKE_FLEET_HOUR,
		.collected_us = now_us - 1000000,
		.facts = digest,
		.map = digest,
		.n_classes = what->class_digest ? 1 : 0,
		.classes = &class_,
		.n_labels = 1,
		.labels = &label,
		.n_endpoints = 2,
		.endpoints = endpoints,
		.collection = RECORD_COLLECTION_OK,
		.software = "0.5",
		.rules = 1,
		.projection = class_.projection };
	struct refusal refusal = { "", "" };
	struct signed_record_bytes made;
	int r;

	if (!what->class_digest) {
		record.facts = record.map = NULL;
		record.collected_us = 0;
		record.collection = RECORD_COLLECTION_NEVER;
	}
	r = signed_record_make(what->identity, &record, &made, &refusal);
	ck_assert_msg(r == SIGNED_RECORD_DONE, "%s: %s", refusal.where, refusal.text);
	return made;
}
