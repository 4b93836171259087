/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* iommufleet-collect: writes what this host, or a captured one, says of its IOMMUs as one document.
 */
#include "core/cleanup.h"
#include "core/codec/facts_json.h"
#include "daemon/collect/collect.h"
#include "daemon/collect/serve.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAIN_BUDGET_US 10000000U

enum { MAIN_DONE, MAIN_FAILED, MAIN_USAGE };

CLEANUP_DEFINE(struct facts *, facts_unref, main_unrefp);

static void main_help(void)
{
	puts("iommufleet-collect [OPTION...]\n"
	     "\n"
	     "Writes what this host's platform says of its IOMMUs, groups and devices to\n"
	     "standard output, as one JSON document. Changes nothing.\n"
	     "\n"
	     "  --sysroot DIR      read a captured host: DIR holds its sys/ and proc/\n"
	     "  --kernel-log FILE  the kernel's log of that boot, as dmesg prints it\n"
	     "  --wake=yes|no      read the configuration space of sleeping devices, which\n"
	     "                     wakes them (yes)\n"
	     "  --serve USER       answer one request of USER or root over the socket that is\n"
	     "                     standard input, as iommufleet-collect.socket has it\n"
	     "  -h, --help         this text\n"
	     "      --version      the version\n"
	     "\n"
	     "Exit status: 0 done, 1 failed, 2 wrong usage. See iommufleet-collect(8).");
}

static int main_usage(const char *what, const char *argument)
{
	fprintf(stderr, "iommufleet-collect: %s%s; see iommufleet-collect --help\n", what,
		argument);
	return MAIN_USAGE;
}

/* -1: go on and collect; else the exit status. */
static int main_parse(int argc, char **argv, struct collect_options *options, const char **ret_user)
{
	enum { SYSROOT = 256, KERNEL_LOG, WAKE, SERVE, VERSION };
	static const struct option table[] = {
		{ "sysroot", required_argument, NULL, SYSROOT },
		{ "kernel-log", required_argument, NULL, KERNEL_LOG },
		{ "wake", required_argument, NULL, WAKE },
		{ "serve", required_argument, NULL, SERVE },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, VERSION },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", table, NULL)) >= 0) {
		switch (option) {
		case SYSROOT:
			options->sysroot = optarg;
			break;
		case KERNEL_LOG:
			options->kernel_log = optarg;
			break;
		case WAKE:
			if (strcmp(optarg, "yes") != 0 && strcmp(optarg, "no") != 0)
				return main_usage("--wake is yes or no, not ", optarg);
			options->wake = strcmp(optarg, "yes") == 0;
			break;
		case SERVE:
			*ret_user = optarg;
			break;
		case 'h':
			main_help();
			return MAIN_DONE;
		case VERSION:
			puts("iommufleet-collect " IOMMUFLEET_VERSION);
			return MAIN_DONE;
		default:
			return MAIN_USAGE; /* getopt_long() has said why */
		}
	}
	return optind < argc ? main_usage("unexpected argument ", argv[optind]) : -1;
}

/* The document in @ret, or what went wrong as a line in @message. */
static int main_collect(const struct collect_options *options, char **ret, size_t *ret_n,
	char message[static WIRE_MESSAGE_BYTES])
{
	_cleanup_(main_unrefp) struct facts *facts = NULL;
	struct collect_failure failure = { NULL };
	int r = collect_run(options, &facts, &failure);

	if (r == 0)
		r = facts_json_encode(facts, ret, ret_n);
	if (r == 0)
		return MAIN_DONE;
	if (failure.path)
		(void)snprintf(message, WIRE_MESSAGE_BYTES,
			"iommufleet-collect: cannot read %s: %s\n", failure.path, strerror(-r));
	else
		(void)snprintf(message, WIRE_MESSAGE_BYTES,
			"iommufleet-collect: cannot collect: %s\n", strerror(-r));
	return MAIN_FAILED;
}

/* All of @bytes, or an error that says where they should have gone. */
static int main_write(const char *bytes, size_t n)
{
	while (n) {
		ssize_t r = write(STDOUT_FILENO, bytes, n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0) {
			fprintf(stderr, "iommufleet-collect: cannot write to standard output: %s\n",
				strerror(errno));
			return MAIN_FAILED;
		}
		bytes += r;
		n -= (size_t)r;
	}
	return MAIN_DONE;
}

static int main_print(const struct collect_options *options)
{
	_cleanup_(cleanup_freep) char *bytes = NULL;
	char message[WIRE_MESSAGE_BYTES];
	size_t n = 0;

	if (main_collect(options, &bytes, &n, message) != MAIN_DONE) {
		fputs(message, stderr);
		return MAIN_FAILED;
	}
	bytes[n] = '\n'; /* in the place of the NUL */
	return main_write(bytes, n + 1);
}

/* Answers the one request that comes over the socket at standard input. */
static int main_serve(const char *user, struct collect_options *options)
{
	_cleanup_(cleanup_freep) char *bytes = NULL;
	char message[WIRE_MESSAGE_BYTES] = "";
	struct serve_answer answer = { .message = message };
	struct wire_request request;
	int status, r = serve_read(STDIN_FILENO, user, &request);

	if (r != SERVE_DONE) {
		fprintf(stderr, "iommufleet-collect: %s\n", serve_text(r));
		return MAIN_FAILED;
	}
	options->wake = request.wake;
	status = main_collect(options, &bytes, &answer.n_document, message);
	answer.document = bytes;
	fputs(message, stderr);
	r = serve_write(STDIN_FILENO, &answer);
	if (r == 0)
		return status;
	fprintf(stderr, "iommufleet-collect: the answer was not taken: %s\n", strerror(-r));
	return MAIN_FAILED;
}

int main(int argc, char **argv)
{
	struct collect_options options = { .wake = true, .budget_us = MAIN_BUDGET_US };
	const char *user = NULL;
	int status = main_parse(argc, argv, &options, &user);

	if (status >= 0)
		return status;
	return user ? main_serve(user, &options) : main_print(&options);
}
