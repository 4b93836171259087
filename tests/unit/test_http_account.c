/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/http/account.h"
#include "tests/support/unit.h"

#include <errno.h>
#include <string.h>

#define TEST_ACCOUNT_S UINT64_C(1000000)

static struct http_account *test_account_get(
	struct http_accounts *accounts, const char *name, uint64_t now_us)
{
	struct http_account *account;

	ck_assert_int_eq(http_accounts_get(accounts, name, now_us, &account), 0);
	ck_assert_str_eq(account->name, name);
	return account;
}

START_TEST(take_requests__all_of_a_minute__come_back_with_time)
{
	struct http_accounts *accounts;
	struct http_account *account, *other;
	uint64_t now_us = 1000 * TEST_ACCOUNT_S;

	ck_assert_int_eq(http_accounts_new(&accounts), 0);
	account = test_account_get(accounts, "a", now_us);
	for (unsigned i = 0; i < 60; i++)
		ck_assert(http_account_take_requests(account, now_us, 1, 60));
	ck_assert(!http_account_take_requests(account, now_us, 1, 60));
	/* What one has spent is no matter of another's. */
	other = test_account_get(accounts, "b", now_us);
	ck_assert(http_account_take_requests(other, now_us, 60, 60));
	ck_assert(!http_account_take_requests(account, now_us + TEST_ACCOUNT_S - 1, 1, 60));
	now_us += 5 * TEST_ACCOUNT_S;
	ck_assert(http_account_take_requests(account, now_us, 5, 60));
	ck_assert(!http_account_take_requests(account, now_us, 1, 60));
	/* However long one was away, it has what a minute gives, and no more. */
	now_us += 86400 * TEST_ACCOUNT_S;
	ck_assert(http_account_take_requests(account, now_us, 60, 60));
	ck_assert(!http_account_take_requests(account, now_us, 1, 60));
	http_accounts_free(accounts);
}
END_TEST

START_TEST(take_line__more_than_are_told__counted_and_told_later)
{
	struct http_accounts *accounts;
	struct http_account *account;
	uint64_t unsaid = 99;

	ck_assert_int_eq(http_accounts_new(&accounts), 0);
	account = test_account_get(accounts, "a", 0);
	for (unsigned i = 0; i < 5; i++) {
		ck_assert(http_account_take_line(account, 0, &unsaid));
		ck_assert_uint_eq(unsaid, 0);
	}
	for (unsigned i = 0; i < 1000; i++)
		ck_assert(!http_account_take_line(account, 0, &unsaid));
	ck_assert(http_account_take_line(account, 60 * TEST_ACCOUNT_S, &unsaid));
	ck_assert_uint_eq(unsaid, 1000);
	http_accounts_free(accounts);
}
END_TEST

START_TEST(get__more_than_there_may_be__who_is_connected_stays)
{
	struct http_accounts *accounts;
	struct http_account *first, *account;
	char name[32];

	ck_assert_int_eq(http_accounts_new(&accounts), 0);
	first = test_account_get(accounts, "first", 0);
	first->n_connections = 1;
	for (unsigned i = 1; i < 2 * HTTP_ACCOUNTS; i++) {
		(void)snprintf(name, sizeof(name), "host-%u", i);
		(void)test_account_get(accounts, name, i);
	}
	ck_assert_ptr_eq(test_account_get(accounts, "first", 9999999), first);
	/* The one that was not used for longest went. */
	(void)snprintf(name, sizeof(name), "host-%u", 2 * HTTP_ACCOUNTS - 1);
	account = test_account_get(accounts, name, 9999999);
	account->unsaid = 7;
	(void)test_account_get(accounts, "one-more", 9999999);
	ck_assert_uint_eq(test_account_get(accounts, name, 9999999)->unsaid, 7);
	http_accounts_free(accounts);
}
END_TEST

START_TEST(get__all_are_connected__no_more)
{
	struct http_accounts *accounts;
	struct http_account *account;
	char name[32];

	ck_assert_int_eq(http_accounts_new(&accounts), 0);
	for (unsigned i = 0; i < HTTP_ACCOUNTS; i++) {
		(void)snprintf(name, sizeof(name), "host-%u", i);
		test_account_get(accounts, name, i)->n_connections = 1;
	}
	ck_assert_int_eq(http_accounts_get(accounts, "more", 0, &account), -ENOSPC);
	http_accounts_free(accounts);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("http_account");
	TCase *tcase = tcase_create("http_account");

	tcase_add_test(tcase, take_requests__all_of_a_minute__come_back_with_time);
	tcase_add_test(tcase, take_line__more_than_are_told__counted_and_told_later);
	tcase_add_test(tcase, get__more_than_there_may_be__who_is_connected_stays);
	tcase_add_test(tcase, get__all_are_connected__no_more);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
