/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/hook.h"

#include "client/hook_answer.h"
#include "client/hook_daemon.h"
#include "client/hook_say.h"
#include "core/cleanup.h"
#include "core/codec/domain_xml.h"
#include "core/model/limits.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOOK_READ_BYTES	 65536U
#define HOOK_ARENA_BYTES (1U << 20)

CLEANUP_DEFINE(struct arena *, arena_free, hook_arena_freep);
CLEANUP_DEFINE(json_t *, json_decref, hook_json_decrefp);

enum hook_deed { HOOK_NOTHING, HOOK_JUDGE, HOOK_TELL, HOOK_TELL_END };

struct hook_operation {
	const char *name;
	const char *suboperation;
	enum hook_deed deed;
	enum hook_policy_operation bit;
	bool started_here; /* the guest's map will be the one that this host gives it */
};

/*
 * What comes before a start is judged; a start is told. A "prepare" also comes when a guest arrives
 * from elsewhere, after "migrate", which then has judged the map that it brings.
 */
static const struct hook_operation hook_operations[] = {
	{ "migrate", "begin", HOOK_JUDGE, HOOK_POLICY_MIGRATE, false },
	{ "prepare", "begin", HOOK_JUDGE, HOOK_POLICY_PREPARE, true },
	{ "restore", "begin", HOOK_JUDGE, HOOK_POLICY_RESTORE, false },
	{ "started", "begin", HOOK_TELL, 0, false },
	{ "reconnect", "begin", HOOK_TELL, 0, false },
	{ "stopped", "end", HOOK_TELL_END, 0, false },
	{ "release", "end", HOOK_TELL_END, 0, false },
};

struct hook {
	const struct hook_call *call;
	const struct hook_operation *operation;
	struct hook_policy policy;
	uint64_t due_us;
	char *xml; /* NUL-terminated */
	size_t n;
};

static const struct hook_operation *hook_find(const struct hook_call *call)
{
	for (size_t i = 0; i < sizeof(hook_operations) / sizeof(hook_operations[0]); i++)
		if (strcmp(hook_operations[i].name, call->operation) == 0 &&
			strcmp(hook_operations[i].suboperation, call->suboperation) == 0)
			return &hook_operations[i];
	return NULL;
}

/* Reads into hook->xml, of which @capacity bytes are there. 1 at the end of the input. */
static int hook_read_some(struct hook *hook, size_t capacity)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	uint64_t now_us = hook_daemon_now_us();
	ssize_t got;
	int r;

	if (now_us >= hook->due_us)
		return -ETIMEDOUT;
	r = poll(&input, 1, (int)((hook->due_us - now_us) / 1000 + 1));
	if (r <= 0)
		return r == 0 || errno == EINTR ? 0 : -errno;
	got = read(STDIN_FILENO, hook->xml + hook->n, capacity - hook->n);
	if (got < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	hook->n += (size_t)got;
	return got == 0;
}

/* The standard input, whole. -EFBIG, -ETIMEDOUT. */
static int hook_read(struct hook *hook)
{
	size_t capacity = 0;
	int r = 0;

	while (r == 0) {
		if (hook->n > LIMIT_DOMAIN_BYTES)
			return -EFBIG;
		if (hook->n == capacity) {
			char *grown;

			capacity = capacity ? 2 * capacity : HOOK_READ_BYTES;
			grown = realloc(hook->xml, capacity + 1);
			if (!grown)
				return -ENOMEM;
			hook->xml = grown;
		}
		r = hook_read_some(hook, capacity);
	}
	if (r < 0)
		return r;
	hook->xml[hook->n] = '\0';
	return 0;
}

/* What the guest's metadata says, over the configured policy. False with @answer set. */
static bool hook_read_metadata(struct hook *hook, struct hook_answer *answer)
{
	_cleanup_(hook_arena_freep) struct arena *arena = NULL;
	struct domain_xml_policy metadata = { 0 };
	struct refusal refusal = { 0 };
	int r = arena_new(HOOK_ARENA_BYTES, &arena);

	if (r == 0)
		r = domain_xml_policy(hook->xml, hook->n, arena, &metadata, &refusal);
	if (r < 0 || r == DOMAIN_XML_E_REFUSED) {
		hook_answer_set(answer, HOOK_ANSWER_CANNOT_TELL,
			"the domain's XML cannot be read: %s%s%s", refusal.where,
			*refusal.where ? ": " : "", r < 0 ? strerror(-r) : refusal.text);
		return false;
	}
	if (r == DOMAIN_XML_DONE)
		r = hook_policy_apply(&hook->policy, &metadata, &refusal);
	if (r == HOOK_POLICY_DONE)
		return true;
	hook_answer_set(answer, HOOK_ANSWER_NO_POLICY,
		"the policy in the domain's metadata is wrong: %s%s%s\nCorrect it with \"virsh "
		"edit\", or take it out.",
		refusal.where, *refusal.where ? ": " : "", refusal.text);
	return false;
}

static void hook_ask(struct hook *hook, struct hook_answer *answer)
{
	struct hook_daemon_question question = {
		.xml = hook->xml,
		.n = hook->n,
		.questions = hook->policy.require,
		.started_here = hook->operation->started_here,
	};
	_cleanup_(hook_json_decrefp) json_t *document = NULL;
	_cleanup_(hook_daemon_done) struct hook_daemon daemon = { 0 };
	int r = hook_daemon_open(hook->policy.bus, hook->due_us, &daemon);

	if (r == HOOK_DAEMON_DONE)
		r = hook_daemon_check(&daemon, &question, &document);
	if (r == HOOK_DAEMON_DONE)
		hook_answer_read(document, hook->policy.require, answer);
	else if (r == HOOK_DAEMON_E_MISSING)
		hook_answer_set(answer, HOOK_ANSWER_NO_DAEMON,
			"iommufleetd cannot be asked: %s\nStart iommufleetd, and see what it logs.",
			daemon.why);
	else
		hook_answer_set(answer, HOOK_ANSWER_CANNOT_TELL, "iommufleetd cannot tell: %s",
			r < 0 ? strerror(-r) : daemon.why);
}

static void hook_judge(struct hook *hook, struct hook_answer *answer)
{
	int r;

	*answer = (struct hook_answer){ .kind = HOOK_ANSWER_SAFE };
	r = hook_read(hook);
	if (r < 0) {
		hook_answer_set(answer, HOOK_ANSWER_CANNOT_TELL,
			"the domain's XML cannot be read: %s",
			r == -ETIMEDOUT ? "it does not come in time" : strerror(-r));
		return;
	}
	if (!hook_read_metadata(hook, answer))
		return;
	if (hook->policy.require)
		hook_ask(hook, answer);
}

/* Whatever goes wrong here must not stop a guest that runs. */
static void hook_tell(struct hook *hook)
{
	_cleanup_(hook_daemon_done) struct hook_daemon daemon = { 0 };
	bool ends = hook->operation->deed == HOOK_TELL_END;
	int r = ends ? 0 : hook_read(hook);

	if (r == 0)
		r = hook_daemon_open(hook->policy.bus, hook->due_us, &daemon);
	if (r == HOOK_DAEMON_DONE)
		r = ends ? hook_daemon_unregister(&daemon, hook->call->guest)
			 : hook_daemon_register(&daemon, hook->call->guest, hook->xml);
	/* That a guest ended which the daemon did not know of is nothing to tell anybody. */
	if (r != HOOK_DAEMON_DONE && !ends)
		hook_say_untold(hook->call, r < 0 ? strerror(-r) : daemon.why);
}

/* The policy as configured. False with @answer set. */
static bool hook_configure(
	struct hook *hook, const struct hook_options *options, struct hook_answer *answer)
{
	struct refusal refusal = { 0 };
	int r;

	hook->policy = hook_policy_preset;
	r = hook_policy_load(&hook->policy, options->config ? options->config : HOOK_POLICY_FILE,
		options->config != NULL, &refusal);
	if (options->bus)
		(void)snprintf(hook->policy.bus, sizeof(hook->policy.bus), "%s", options->bus);
	if (r == HOOK_POLICY_DONE)
		return true;
	hook_answer_set(answer, HOOK_ANSWER_NO_POLICY,
		"the configuration is wrong: %s%s%s\nCorrect that file.", refusal.where,
		*refusal.where ? ": " : "", r < 0 ? strerror(-r) : refusal.text);
	return false;
}

bool hook_run(const struct hook_call *call, const struct hook_options *options)
{
	struct hook hook = { .call = call, .operation = hook_find(call) };
	uint64_t start_us = hook_daemon_now_us();
	struct hook_answer answer;
	bool configured, refused;

	if (!hook.operation)
		return true;
	/* Who reads what is said may be gone. */
	(void)signal(SIGPIPE, SIG_IGN);
	configured = hook_configure(&hook, options, &answer);
	hook.due_us = start_us + hook.policy.timeout_us;
	if (hook.operation->deed != HOOK_JUDGE) {
		hook_tell(&hook);
		free(hook.xml);
		return true;
	}
	if (configured)
		hook_judge(&hook, &answer);
	free(hook.xml);
	refused = hook_answer_refuses(&answer, &hook.policy, hook.operation->bit);
	if (answer.kind != HOOK_ANSWER_SAFE)
		hook_say_answer(call, &answer, refused);
	return !refused;
}
