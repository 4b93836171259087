/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Memory runs out at every single allocation of a conversation with QEMU's monitor, of reading its
 * map, and of making the guest: the answer is -ENOMEM each time, and nothing leaks.
 */
#include "core/codec/qmp_message.h"
#include "core/codec/qmp_talk.h"
#include "tests/fault/alloc.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

#define TEST_ALLOC_BYTES (256U << 10)

/* What a real QEMU said, with the ids of our own questions. */
static char *test_alloc_load(void)
{
	const char *top = getenv("top_srcdir");
	char *bytes = malloc(TEST_ALLOC_BYTES), path[512];
	FILE *file;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/qmp/vfio.txt", top ? top : ".");
	file = fopen(path, "r");
	ck_assert_msg(bytes && file, "%s", path);
	n = fread(bytes, 1, TEST_ALLOC_BYTES - 1, file);
	bytes[n] = '\0';
	(void)fclose(file);
	return bytes;
}

static int test_alloc_say(const struct qmp_talk *talk)
{
	char *command;
	size_t n;
	int r = qmp_talk_command(talk, &command, &n);

	if (r < 0)
		return r;
	free(command);
	return QMP_TALK_SAY;
}

/* The whole conversation: 0, or what went wrong. */
static int test_alloc_talk(const char *bytes, struct refusal *refusal, struct guest **ret)
{
	struct qmp_message message = { 0 };
	struct qmp_talk *talk;
	size_t n;
	int r = qmp_talk_new(&talk);

	if (r < 0)
		return r;
	r = QMP_TALK_WAIT;
	for (; (r == QMP_TALK_WAIT || r == QMP_TALK_SAY) && *bytes; bytes += n) {
		if (qmp_message_scan(&message, bytes, strlen(bytes), &n) != QMP_MESSAGE_WHOLE)
			break;
		r = qmp_talk_read(talk, bytes, n, refusal);
		if (r == QMP_TALK_SAY)
			r = test_alloc_say(talk);
	}
	if (r == QMP_TALK_DONE)
		r = qmp_talk_guest(talk, ret, refusal);
	qmp_talk_free(talk);
	return r;
}

START_TEST(talk__nth_allocation_fails__enomem_and_no_leak)
{
	char *bytes = test_alloc_load();
	int r = -ENOMEM;

	for (unsigned long i = 1; r != QMP_TALK_DONE; i++) {
		struct refusal refusal = { "", "" };
		struct guest *guest = NULL;

		alloc_on(i, _i);
		r = test_alloc_talk(bytes, &refusal, &guest);
		alloc_off();
		ck_assert_msg(r == alloc_expected(), "%lu: %d, %s: %s", i, r, refusal.where,
			refusal.text);
		ck_assert((guest != NULL) == (r == QMP_TALK_DONE));

		alloc_on(0, false);
		guest_free(guest);
		alloc_off();
		ck_assert_msg(alloc_live() == 0, "%lu: %ld leaked", i, alloc_live());
		ck_assert_uint_lt(i, 100000);
	}
	free(bytes);
}
END_TEST

static Suite *test_alloc_suite(void)
{
	Suite *suite = suite_create("alloc_qmp");
	TCase *cases = tcase_create("talk");

	tcase_set_timeout(cases, 60);
	tcase_add_loop_test(cases, talk__nth_allocation_fails__enomem_and_no_leak, 0, 2);
	suite_add_tcase(suite, cases);
	return suite;
}

int main(void)
{
	alloc_begin();
	return unit_run(test_alloc_suite());
}
