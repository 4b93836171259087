/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char options_help[] =
	"Usage: iommufleetd [OPTION]...\n"
	"Says on D-Bus whether a guest's memory map is safe with this host's IOMMU.\n"
	"\n"
	"  --config FILE      read FILE and FILE.d/*.conf\n"
	"  --bus BUS          system, session, or an address such as unix:path=/run/x\n"
	"  --sysroot DIR      collect from a captured host instead of this one\n"
	"  --kernel-log FILE  with the kernel log of FILE\n"
	"  --collector PATH   run this iommufleet-collect\n"
	"  --state-dir DIR    keep the database in DIR\n"
	"  --check-config     say whether the configuration is right, and exit\n"
	"  --print-config     print every setting, and exit\n"
	"  --check-store      say whether the database is sound, and exit\n"
	"  --bus-introspect   print the D-Bus interfaces as XML, and exit\n"
	"  -h, --help         print this, and exit\n"
	"  --version          print the version, and exit\n"
	"\n"
	"Exit status: 0 stopped or done, 1 failed, 2 wrong usage. See iommufleetd(8).\n";

enum options_key {
	OPTIONS_KEY_CONFIG = 256,
	OPTIONS_KEY_BUS,
	OPTIONS_KEY_SYSROOT,
	OPTIONS_KEY_KERNEL_LOG,
	OPTIONS_KEY_COLLECTOR,
	OPTIONS_KEY_STATE_DIR,
	OPTIONS_KEY_ACTION, /* and one each for what comes after */
};

static const struct option options_table[] = {
	{ "config", required_argument, NULL, OPTIONS_KEY_CONFIG },
	{ "bus", required_argument, NULL, OPTIONS_KEY_BUS },
	{ "sysroot", required_argument, NULL, OPTIONS_KEY_SYSROOT },
	{ "kernel-log", required_argument, NULL, OPTIONS_KEY_KERNEL_LOG },
	{ "collector", required_argument, NULL, OPTIONS_KEY_COLLECTOR },
	{ "state-dir", required_argument, NULL, OPTIONS_KEY_STATE_DIR },
	{ "check-config", no_argument, NULL, OPTIONS_KEY_ACTION + OPTIONS_CHECK_CONFIG },
	{ "print-config", no_argument, NULL, OPTIONS_KEY_ACTION + OPTIONS_PRINT_CONFIG },
	{ "check-store", no_argument, NULL, OPTIONS_KEY_ACTION + OPTIONS_CHECK_STORE },
	{ "bus-introspect", no_argument, NULL, OPTIONS_KEY_ACTION + OPTIONS_INTROSPECT },
	{ "help", no_argument, NULL, OPTIONS_KEY_ACTION + OPTIONS_HELP },
	{ "version", no_argument, NULL, OPTIONS_KEY_ACTION + OPTIONS_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* @path, made absolute: a reload may come when nobody remembers where the daemon was started. */
static int options_path(const char *path, const char *file, char *ret, struct refusal *refusal)
{
	char folder[CONFIG_TEXT_BYTES] = "";
	int n;

	if (!*path)
		return refusal_set(refusal, "", "an empty path is none");
	if (path[0] != '/' && !getcwd(folder, sizeof(folder)))
		return refusal_set(
			refusal, path, "the current folder is not known: %s", strerror(errno));
	n = snprintf(ret, CONFIG_TEXT_BYTES, "%s%s%s%s", folder, *folder ? "/" : "", path, file);
	return n < CONFIG_TEXT_BYTES ? OPTIONS_DONE
				     : refusal_set(refusal, path, "the path is too long");
}

static int options_take(
	int key, const char *value, struct options *options, struct refusal *refusal)
{
	switch (key) {
	case OPTIONS_KEY_CONFIG:
		options->config_given = true;
		return options_path(value, "", options->config_path, refusal);
	case OPTIONS_KEY_BUS:
		if (!*value || strlen(value) >= sizeof(options->bus))
			return refusal_set(refusal, "--bus", "this is no address");
		(void)snprintf(options->bus, sizeof(options->bus), "%s", value);
		return OPTIONS_DONE;
	case OPTIONS_KEY_SYSROOT:
		return options_path(value, "", options->sysroot, refusal);
	case OPTIONS_KEY_KERNEL_LOG:
		return options_path(value, "", options->kernel_log, refusal);
	case OPTIONS_KEY_COLLECTOR:
		return options_path(value, "", options->collector, refusal);
	case OPTIONS_KEY_STATE_DIR:
		return options_path(value, "/iommufleet.db", options->store_path, refusal);
	case 'h':
		options->action = OPTIONS_HELP;
		return OPTIONS_DONE;
	default:
		options->action = (enum options_action)(key - OPTIONS_KEY_ACTION);
		return OPTIONS_DONE;
	}
}

int options_parse(int argc, char **argv, struct options *ret, struct refusal *refusal)
{
	int key, r = OPTIONS_DONE;

	*ret = (struct options){ .config_path = IOMMUFLEET_CONF_DIR "/" CONFIG_FILE };
	opterr = 0;
	while (r == OPTIONS_DONE &&
		(key = getopt_long(argc, argv, ":h", options_table, NULL)) >= 0) {
		const char *word = argv[optind - 1];

		if (key == '?')
			return refusal_set(refusal, word, "there is no such option; see --help");
		if (key == ':')
			return refusal_set(refusal, word, "the option needs an argument");
		r = options_take(key, optarg, ret, refusal);
	}
	if (r == OPTIONS_DONE && optind < argc)
		return refusal_set(refusal, argv[optind], "the daemon takes options only");
	return r;
}

int options_load(const struct options *options, config_doubt doubt, void *data, struct config *ret,
	struct refusal *refusal)
{
	const struct {
		const char *section, *key, *value;
	} overrides[] = {
		{ "bus", "address", options->bus },
		{ "collect", "sysroot", options->sysroot },
		{ "collect", "kernel-log", options->kernel_log },
		{ "collect", "collector", options->collector },
		{ "store", "path", options->store_path },
	};
	int r;

	config_init(ret);
	r = config_load(ret,
		&(struct config_source){ .path = options->config_path,
			.must_exist = options->config_given,
			.doubt = doubt,
			.data = data },
		refusal);
	for (size_t i = 0; r == CONFIG_DONE && i < sizeof(overrides) / sizeof(overrides[0]); i++) {
		if (*overrides[i].value)
			r = config_set(ret, overrides[i].section, overrides[i].key,
				overrides[i].value, refusal);
	}
	return r;
}
