/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/config.h"
#include "daemon/config_words.h"
#include "tests/support/unit.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char path[128];
static char doubts[512];
static struct config config;
static struct refusal refusal;

static void write_file(const char *name, const char *text)
{
	char full[256];
	FILE *file;

	(void)snprintf(full, sizeof(full), "%s/%s", folder, name);
	file = fopen(full, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void set_up(void)
{
	char dropins[256];

	(void)snprintf(folder, sizeof(folder), "/tmp/test-config-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/c.conf", folder);
	(void)snprintf(dropins, sizeof(dropins), "%s.d", path);
	ck_assert_int_eq(mkdir(dropins, 0700), 0);
	doubts[0] = '\0';
	config_init(&config);
}

static void tear_down(void)
{
	static const char *const names[] = { "c.conf", "c.conf.d/10.conf", "c.conf.d/20.conf",
		"c.conf.d/30.txt" };
	char full[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(full, sizeof(full), "%s/%s", folder, names[i]);
		(void)unlink(full);
	}
	(void)snprintf(full, sizeof(full), "%s.d", path);
	ck_assert_int_eq(rmdir(full), 0);
	ck_assert_int_eq(rmdir(folder), 0);
}

static void doubt(const char *where, const char *text, void *data)
{
	(void)data;
	(void)snprintf(doubts, sizeof(doubts), "%s: %s", strrchr(where, '/') + 1, text);
}

static int load(void)
{
	refusal = (struct refusal){ 0 };
	return config_load(&config,
		&(struct config_source){ .path = path, .must_exist = true, .doubt = doubt },
		&refusal);
}

START_TEST(config_init__nothing_set__documented_defaults)
{
	ck_assert_uint_eq(config.collect_interval_us, UINT64_C(15) * 60 * 1000000);
	ck_assert_uint_eq(config.collect_timeout_us, UINT64_C(15) * 1000000);
	ck_assert_uint_eq(config.store_max_bytes, 64 << 20);
	ck_assert_uint_eq(config.store_facts_per_host, 10);
	ck_assert_uint_eq(config.store_history_days, 180);
	ck_assert_uint_eq(config.store_history_rows, 1000);
	ck_assert_uint_eq(config.judge_stale_after_us, UINT64_C(24) * 3600 * 1000000);
	ck_assert(!config.judge_nested_trust);
	ck_assert_str_eq(config.bus_address, "system");
	ck_assert_int_eq(config.log_level, LOG_INFO);
}
END_TEST

START_TEST(config_load__dropins__by_name_the_last_wins)
{
	write_file("c.conf", "[collect]\ninterval=1h\n[log]\nlevel=err\n");
	write_file("c.conf.d/20.conf", "[collect]\ninterval = 3h ; that long\n");
	write_file("c.conf.d/10.conf", "# first\n[collect]\ninterval=2h\ntimeout=7s\n");
	write_file("c.conf.d/30.txt", "[collect]\ninterval=4h\n");
	ck_assert_int_eq(load(), CONFIG_DONE);
	ck_assert_uint_eq(config.collect_interval_us, UINT64_C(3) * 3600 * 1000000);
	ck_assert_uint_eq(config.collect_timeout_us, 7000000);
	ck_assert_int_eq(config.log_level, LOG_ERR);
	ck_assert_str_eq(doubts, "");
}
END_TEST

START_TEST(config_load__unknown_key__is_reported_with_its_line_and_no_error)
{
	write_file("c.conf", "[log]\nlevel=err\n\n[colours]\nsky=blue\n");
	ck_assert_int_eq(load(), CONFIG_DONE);
	ck_assert_str_eq(doubts, "c.conf:5: no key sky in section [colours]");
	ck_assert_int_eq(config.log_level, LOG_ERR);
}
END_TEST

static const struct {
	const char *text, *where, *says;
} wrong[] = {
	{ "[collect]\ninterval=soon\n", ":2", "interval=soon" },
	{ "[collect]\ninterval=5s\n", ":2", "from 10s to 30d" },
	{ "[collect]\ninterval=99999999999999999999d\n", ":2", "interval" },
	{ "[collect]\ninterval=9999999999999d\n", ":2", "out of bounds" },
	{ "[collect]\ninterval=60\n", ":2", "not a time" },
	{ "[collect]\ninterval=-1h\n", ":2", "not a time" },
	{ "[collect]\nsysroot=here\n", ":2", "absolute" },
	{ "[store]\nmax-bytes=64MB\n", ":2", "not a size" },
	{ "[store]\nmax-bytes=1K\n", ":2", "from 1M to 1T" },
	{ "[store]\nfacts-per-host=0\n", ":2", "from 1 to 1000" },
	{ "[store]\nfacts-per-host=010\n", ":2", "facts-per-host" },
	{ "\n\n[judge]\nnested=yes\n", ":4", "neither trust nor no" },
	{ "[etcd]\nobserver=true\n", ":2", "neither yes nor no" },
	{ "[etcd]\nprefix=iommufleet/\n", ":2", "between slashes" },
	{ "[etcd]\nprefix=/a//b/\n", ":2", "between slashes" },
	{ "[etcd]\nprefix=/\n", ":2", "between slashes" },
	{ "[etcd]\nendpoints=http://a:2379\n", ":2", "https://NAME:PORT" },
	{ "[etcd]\nendpoints=https://a https://b/v3\n", ":2", "https://NAME:PORT" },
	{ "[etcd]\npassword-file=secret\n", ":2", "not an absolute path" },
	{ "[log]\nlevel=loud\n", ":2", "none of" },
	{ "[log]\ntarget=paper\n", ":2", "none of" },
	{ "[log]\nlevel\n", ":2", "key=value" },
	{ "[log\nlevel=err\n", ":1", "key=value" },
	{ "[judge]\nkernel-flavour=\001\n", ":2", "printable" },
};

START_TEST(config_load__wrong_value__refuses_all_and_names_the_line)
{
	struct config before;

	write_file("c.conf", "[log]\nlevel=debug\n");
	write_file("c.conf.d/10.conf", wrong[_i].text);
	before = config;
	ck_assert_int_eq(load(), CONFIG_E_REFUSED);
	ck_assert_msg(strstr(refusal.where, "10.conf") && strstr(refusal.where, wrong[_i].where),
		"%s", refusal.where);
	ck_assert_msg(strstr(refusal.text, wrong[_i].says), "%s", refusal.text);
	ck_assert_mem_eq(&before, &config, sizeof(config));
}
END_TEST

START_TEST(config_load__line_that_would_be_cut__refused)
{
	char text[400];

	(void)snprintf(text, sizeof(text), "[collect]\nsysroot=/%0250d\n", 0);
	write_file("c.conf", text);
	ck_assert_int_eq(load(), CONFIG_E_REFUSED);
	ck_assert_ptr_nonnull(strstr(refusal.where, ":2"));
	ck_assert_ptr_nonnull(strstr(refusal.text, "longer than"));
}
END_TEST

START_TEST(config_load__no_file__wrong_only_if_it_was_named)
{
	struct config_source source = { .path = path };

	ck_assert_int_eq(config_load(&config, &source, &refusal), CONFIG_DONE);
	ck_assert_int_eq(load(), CONFIG_E_REFUSED);
	ck_assert_str_eq(refusal.where, path);
}
END_TEST

START_TEST(config_print__read_again__the_same)
{
	struct config again;
	char name[256];
	FILE *file;

	write_file("c.conf", "[collect]\ninterval=90s\nsysroot=/srv/host\n[store]\nmax-bytes=3G\n"
			     "[judge]\nnested=trust\nkernel-flavour=el\n[etcd]\nobserver=yes\n"
			     "endpoints=https://a:2379 https://[::1]:2379\n[log]\nlevel=warning\n");
	ck_assert_int_eq(load(), CONFIG_DONE);
	again = config;
	(void)snprintf(name, sizeof(name), "%s", path);
	file = fopen(name, "w");
	config_print(&config, file);
	ck_assert_int_eq(fclose(file), 0);
	config_init(&config);
	ck_assert_int_eq(load(), CONFIG_DONE);
	ck_assert_mem_eq(&again, &config, sizeof(config));
	ck_assert_str_eq(doubts, "");
}
END_TEST

START_TEST(config_keep_running__keys_of_each_kind__named_and_as_they_run)
{
	struct config other = config;
	char keys[CONFIG_KEYS_BYTES];

	ck_assert_int_eq(config_set(&other, "log", "level", "debug", &refusal), CONFIG_DONE);
	config_keep_running(&other, &config, keys);
	ck_assert_str_eq(keys, "");
	ck_assert_int_eq(other.log_level, LOG_DEBUG);
	ck_assert_int_eq(config_set(&other, "bus", "address", "session", &refusal), CONFIG_DONE);
	ck_assert_int_eq(config_set(&other, "etcd", "observer", "yes", &refusal), CONFIG_DONE);
	config_keep_running(&other, &config, keys);
	ck_assert_str_eq(keys, "[etcd] observer, [bus] address");
	ck_assert_str_eq(other.bus_address, config.bus_address);
	ck_assert(!other.etcd_observer);
	config_keep_running(&other, &config, keys);
	ck_assert_str_eq(keys, "");
}
END_TEST

START_TEST(config_words__wrong__refused_by_name)
{
	static const char *const bad[][3] = {
		{ "mode", "mesh", "none, peers, etcd" },
		{ "fleet", "Lab", "lower-case" },
		{ "labels", "zone", "NAME=VALUE" },
		{ "labels", "Zone=north", "lower-case" },
		{ "labels", "a=1 b=2 a=3", "a is there twice" },
		{ "endpoints", "http://a:1", "https://NAME:PORT" },
		{ "endpoints", "https://a:1/path", "nothing behind" },
		{ "endpoints", "https://a https://b https://c https://d https://e", "more than 4" },
		{ "validity", "25h", "out of bounds" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(config_set(&config, "exchange", bad[i][0], bad[i][1], &refusal),
			CONFIG_E_REFUSED);
		ck_assert_msg(strstr(refusal.text, bad[i][2]) != NULL, "%s", refusal.text);
	}
}
END_TEST

START_TEST(config_words__address_or_file__taken_or_refused)
{
	static const char *const addresses[] = { "", "127.0.0.1:9469", "[::1]:9469", "0.0.0.0:1",
		"[2001:db8::1]:65535" };
	static const char *const bad[] = { "9469", ":9469", "localhost:9469", "127.0.0.1",
		"127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:09", "127.0.0.1:9469 ",
		"::1:9469", "[::1]", "[::1:9469", "[127.0.0.1]:9469", "[]:1", "[:1",
		"[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa]:1", "/run/x" };
	static const char *const no_files[] = { "x", "./x", "/", "/etc/" };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		ck_assert_int_eq(config_set(&config, "metrics", "listen", addresses[i], &refusal),
			CONFIG_DONE);
		ck_assert_str_eq(config.metrics_listen, addresses[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(config_set(&config, "metrics", "listen", bad[i], &refusal) ==
				      CONFIG_E_REFUSED,
			"%s is taken", bad[i]);
		ck_assert_msg(strstr(refusal.text, "127.0.0.1:9469"), "%s", refusal.text);
	}
	for (size_t i = 0; i < sizeof(no_files) / sizeof(no_files[0]); i++)
		ck_assert_int_eq(config_set(&config, "export", "nfd-file", no_files[i], &refusal),
			CONFIG_E_REFUSED);
	ck_assert_int_eq(config_set(&config, "export", "nfd-file", "/a/b", &refusal), CONFIG_DONE);
	ck_assert_str_eq(config.export_nfd_file, "/a/b");
}
END_TEST

START_TEST(config_words__labels__sorted_by_name)
{
	struct config_words words;

	ck_assert_int_eq(
		config_set(&config, "exchange", "labels", " zone=north  rack= a/b=x=y", &refusal),
		CONFIG_DONE);
	config_words_read_labels(config.exchange_labels, &words);
	ck_assert_uint_eq(words.n, 3);
	ck_assert_str_eq(words.labels[0].name, "a/b");
	ck_assert_str_eq(words.labels[0].value, "x=y");
	ck_assert_str_eq(words.labels[1].name, "rack");
	ck_assert_str_eq(words.labels[1].value, "");
	ck_assert_str_eq(words.labels[2].value, "north");
	ck_assert_int_eq(config_set(&config, "exchange", "endpoints",
				 "https://[fd00::1]:7443 https://a.b", &refusal),
		CONFIG_DONE);
	config_words_read_endpoints(config.exchange_endpoints, &words);
	ck_assert_uint_eq(words.n, 2);
	ck_assert_str_eq(words.endpoints[1], "https://a.b");
}
END_TEST

static Suite *suite(void)
{
	Suite *all = suite_create("config");
	TCase *tcase = tcase_create("config");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, config_init__nothing_set__documented_defaults);
	tcase_add_test(tcase, config_load__dropins__by_name_the_last_wins);
	tcase_add_test(tcase, config_load__unknown_key__is_reported_with_its_line_and_no_error);
	tcase_add_loop_test(tcase, config_load__wrong_value__refuses_all_and_names_the_line, 0,
		(int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(tcase, config_load__line_that_would_be_cut__refused);
	tcase_add_test(tcase, config_load__no_file__wrong_only_if_it_was_named);
	tcase_add_test(tcase, config_print__read_again__the_same);
	tcase_add_test(tcase, config_keep_running__keys_of_each_kind__named_and_as_they_run);
	tcase_add_test(tcase, config_words__wrong__refused_by_name);
	tcase_add_test(tcase, config_words__address_or_file__taken_or_refused);
	tcase_add_test(tcase, config_words__labels__sorted_by_name);
	suite_add_tcase(all, tcase);
	return all;
}

int main(void)
{
	return unit_run(suite());
}
