/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/cleanup.h"
#include "daemon/bus/bus.h"
#include "daemon/loop.h"
#include "daemon/store/store.h"

#include <stdio.h>
#include <string.h>

enum { MAIN_OK, MAIN_FAILED, MAIN_USAGE };

CLEANUP_DEFINE(struct log *, log_free, main_log_freep);

static void main_doubt(const char *where, const char *text, void *data)
{
	log_say(data, LOG_WARNING, LOG_CONFIG_DOUBTFUL, "%s: %s", where, text);
}

static int main_introspect(void)
{
	_cleanup_(cleanup_freep) char *xml = NULL;
	int r = bus_introspect(&xml);

	if (r < 0) {
		fprintf(stderr, "iommufleetd: the interfaces cannot be shown: %s\n", strerror(-r));
		return MAIN_FAILED;
	}
	fputs(xml, stdout);
	return MAIN_OK;
}

static int main_check_store(const char *path)
{
	struct refusal refusal;

	if (store_verify_file(path, &refusal) != STORE_E_REFUSED)
		return MAIN_OK; /* one that is not there is made */
	fprintf(stderr, "iommufleetd: %s: %s\n", refusal.where, refusal.text);
	return MAIN_FAILED;
}

/* What needs the configuration. */
static int main_with_config(const struct options *options)
{
	_cleanup_(main_log_freep) struct log *log = NULL;
	struct config config;
	struct refusal refusal;
	int r = log_new(&log);

	if (r == 0)
		r = options_load(options, main_doubt, log, &config, &refusal);
	if (r < 0)
		(void)refusal_set(&refusal, "iommufleetd", "%s", strerror(-r));
	if (r != 0) {
		fprintf(stderr, "iommufleetd: %s: %s\n", refusal.where, refusal.text);
		return MAIN_FAILED;
	}
	if (options->action == OPTIONS_CHECK_CONFIG)
		return MAIN_OK;
	if (options->action == OPTIONS_PRINT_CONFIG) {
		config_print(&config, stdout);
		return MAIN_OK;
	}
	if (options->action == OPTIONS_CHECK_STORE)
		return main_check_store(config.store_path);
	log_set_level(log, config.log_level);
	log_set_target(log, config.log_target);
	return loop_run(options, &config, log) < 0 ? MAIN_FAILED : MAIN_OK;
}

static int main_act(const struct options *options)
{
	switch (options->action) {
	case OPTIONS_HELP:
		fputs(options_help, stdout);
		return MAIN_OK;
	case OPTIONS_VERSION:
		puts("iommufleetd " IOMMUFLEET_VERSION);
		return MAIN_OK;
	case OPTIONS_INTROSPECT:
		return main_introspect();
	case OPTIONS_RUN:
	case OPTIONS_CHECK_CONFIG:
	case OPTIONS_PRINT_CONFIG:
	case OPTIONS_CHECK_STORE:
		return main_with_config(options);
	}
	return MAIN_FAILED;
}

int main(int argc, char **argv)
{
	struct options options;
	struct refusal refusal;
	int status;

	if (options_parse(argc, argv, &options, &refusal) != OPTIONS_DONE) {
		fprintf(stderr, "iommufleetd: %s%s%s\n", refusal.where, *refusal.where ? ": " : "",
			refusal.text);
		return MAIN_USAGE;
	}
	status = main_act(&options);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "iommufleetd: what was printed did not arrive\n");
		return MAIN_FAILED;
	}
	return status;
}
