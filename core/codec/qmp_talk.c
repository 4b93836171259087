/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qmp_talk.h"

#include "core/cleanup.h"
#include "core/codec/document.h"
#include "core/codec/qmp_guest.h"
#include "core/codec/tree.h"
#include "core/model/limits.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QMP_TALK_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* One thing that is asked: a command with up to two arguments, and who reads the answer. */
struct qmp_talk_step {
	const char *command;
	const char *what; /* the command, as people would write it */
	struct qmp_talk_argument {
		const char *name, *value;
	} arguments[2];
	bool optional; /* a QEMU that has no such thing leaves it unknown */
	int (*read)(struct qmp_guest *guest, const json_t *value);
};

#define QMP_TALK_PATH(path_)                                                                       \
	{                                                                                          \
		"path", (path_)                                                                    \
	}
#define QMP_TALK_MONITOR(line)                                                                     \
	"human-monitor-command", (line),                                                           \
	{                                                                                          \
		{                                                                                  \
			"command-line", (line)                                                     \
		}                                                                                  \
	}

/* Before these come the greeting and qmp_capabilities, behind them the properties of objects. */
static const struct qmp_talk_step qmp_talk_steps[] = {
	{ "query-status", "query-status", { { NULL } }, false, qmp_guest_read_status },
	{ "query-target", "query-target", { { NULL } }, false, qmp_guest_read_target },
	{ "query-kvm", "query-kvm", { { NULL } }, false, qmp_guest_read_kvm },
	{ QMP_TALK_MONITOR("info mtree -f"), false, qmp_guest_read_view },
	{ QMP_TALK_MONITOR("info mtree"), false, qmp_guest_read_tree },
	{ QMP_TALK_MONITOR("info network"), false, qmp_guest_read_network },
	{ "query-named-block-nodes", "query-named-block-nodes", { { NULL } }, false,
		qmp_guest_read_blocks },
	{ "query-memory-devices", "query-memory-devices", { { NULL } }, true,
		qmp_guest_read_plugged },
	{ "qom-get", "qom-get /machine memory",
		{ QMP_TALK_PATH("/machine"), { "property", "memory" } }, true,
		qmp_guest_read_memory },
	{ "qom-get", "qom-get /machine type", { QMP_TALK_PATH("/machine"), { "property", "type" } },
		true, qmp_guest_read_machine },
	{ "query-cpus-fast", "query-cpus-fast", { { NULL } }, true, qmp_guest_read_cpus },
	/* The path is known by then, or there is nothing to ask. */
	{ "qom-get", "qom-get phys-bits", { QMP_TALK_PATH(NULL), { "property", "phys-bits" } },
		true, qmp_guest_read_cpu_bits },
	/* These are read with their path. */
	{ "qom-list", "qom-list /machine/peripheral", { QMP_TALK_PATH("/machine/peripheral") },
		false, NULL },
	{ "qom-list", "qom-list /machine/peripheral-anon",
		{ QMP_TALK_PATH("/machine/peripheral-anon") }, false, NULL },
	{ "qom-list", "qom-list /machine/unattached", { QMP_TALK_PATH("/machine/unattached") },
		false, NULL },
};

enum qmp_talk_state {
	QMP_TALK_GREETING,
	QMP_TALK_CAPABILITIES,
	QMP_TALK_STEPS,
	QMP_TALK_PROPERTIES,
	QMP_TALK_OVER,
};

struct qmp_talk {
	struct arena *arena;
	enum qmp_talk_state state;
	size_t step;	 /* in qmp_talk_steps, or of the objects */
	size_t property; /* of the object */
	json_int_t id;	 /* of the command that is under way */
	struct qmp_guest guest;
	char where[LIMIT_TEXT + 64];
};

CLEANUP_DEFINE(struct qmp_talk *, qmp_talk_free, qmp_talk_freep);
CLEANUP_DEFINE(json_t *, json_decref, qmp_talk_decrefp);

int qmp_talk_new(struct qmp_talk **ret)
{
	_cleanup_(qmp_talk_freep) struct qmp_talk *talk = calloc(1, sizeof(*talk));
	int r;

	if (!talk)
		return -ENOMEM;
	r = arena_new(LIMIT_ARENA_BYTES, &talk->arena);
	if (r < 0)
		return r;
	r = qmp_guest_init(&talk->guest, talk->arena);
	if (r < 0)
		return r;
	*ret = cleanup_take(talk);
	return 0;
}

struct qmp_talk *qmp_talk_free(struct qmp_talk *talk)
{
	if (!talk)
		return NULL;
	arena_free(talk->arena);
	free(talk);
	return NULL;
}

/* What is under way as a step: of the table, or the property of an object. */
static struct qmp_talk_step qmp_talk_step(const struct qmp_talk *talk)
{
	struct qmp_talk_step step = { .command = "qmp_capabilities", .what = "qmp_capabilities" };

	if (talk->state == QMP_TALK_STEPS)
		step = qmp_talk_steps[talk->step];
	if (talk->state == QMP_TALK_STEPS && step.read == qmp_guest_read_cpu_bits)
		step.arguments[0].value = talk->guest.cpu;
	if (talk->state == QMP_TALK_PROPERTIES) {
		const struct qmp_guest_object *object = &talk->guest.objects[talk->step];

		step = (struct qmp_talk_step){ .command = "qom-get",
			.what = "qom-get",
			.arguments = { QMP_TALK_PATH(object->path),
				{ "property", qmp_guest_object_ask(object, talk->property) } },
			.optional = true };
	}
	return step;
}

/* Moves past what is answered to what is asked next; false: there is nothing more. */
static bool qmp_talk_next(struct qmp_talk *talk)
{
	if (talk->state == QMP_TALK_GREETING) {
		talk->state = QMP_TALK_CAPABILITIES;
		return true;
	}
	if (talk->state == QMP_TALK_CAPABILITIES) {
		talk->state = QMP_TALK_STEPS;
		return true;
	}
	if (talk->state == QMP_TALK_STEPS) {
		talk->step++;
		if (talk->step < QMP_TALK_COUNT(qmp_talk_steps) && !talk->guest.cpu &&
			qmp_talk_steps[talk->step].read == qmp_guest_read_cpu_bits)
			talk->step++;
		if (talk->step < QMP_TALK_COUNT(qmp_talk_steps))
			return true;
		talk->state = QMP_TALK_PROPERTIES;
		talk->step = 0;
		talk->property = 0;
	} else {
		talk->property++;
	}
	for (; talk->step < talk->guest.n_objects; talk->step++, talk->property = 0)
		if (qmp_guest_object_ask(&talk->guest.objects[talk->step], talk->property))
			return true;
	talk->state = QMP_TALK_OVER;
	return false;
}

const char *qmp_talk_waits_for(const struct qmp_talk *talk)
{
	return talk->where[0] ? talk->where : "its greeting";
}

bool qmp_talk_is_greeted(const struct qmp_talk *talk)
{
	return talk->state != QMP_TALK_GREETING;
}

static int qmp_talk_go_on(struct qmp_talk *talk)
{
	struct qmp_talk_step step;

	if (!qmp_talk_next(talk))
		return QMP_TALK_DONE;
	talk->id++;
	step = qmp_talk_step(talk);
	if (talk->state == QMP_TALK_PROPERTIES)
		(void)snprintf(talk->where, sizeof(talk->where), "qom-get %s %s",
			step.arguments[0].value, step.arguments[1].value);
	else
		(void)snprintf(talk->where, sizeof(talk->where), "%s", step.what);
	return QMP_TALK_SAY;
}

int qmp_talk_command(const struct qmp_talk *talk, char **ret, size_t *ret_n)
{
	_cleanup_(qmp_talk_decrefp) json_t *command = NULL;
	struct qmp_talk_step step = qmp_talk_step(talk);
	json_t *arguments = json_object();
	_cleanup_(cleanup_freep) char *text = NULL;
	char *line;
	size_t n;
	int r = 0;

	for (size_t i = 0; i < QMP_TALK_COUNT(step.arguments) && step.arguments[i].name; i++)
		r |= json_object_set_new(
			arguments, step.arguments[i].name, json_string(step.arguments[i].value));
	command = json_pack(
		"{s:s, s:o, s:I}", "execute", step.command, "arguments", arguments, "id", talk->id);
	if (!command || r != 0)
		return -ENOMEM;
	r = tree_format(command, &text, &n);
	if (r < 0)
		return r;
	line = realloc(text, n + 2);
	if (!line)
		return -ENOMEM;
	text = NULL;
	line[n] = '\n';
	line[n + 1] = '\0';
	*ret = line;
	*ret_n = n + 1;
	return 0;
}

/* QEMU refused what was asked: what is optional stays unknown. */
static int qmp_talk_read_error(struct qmp_talk *talk, const json_t *error)
{
	const char *name = json_string_value(json_object_get(error, "class"));
	const char *text = json_string_value(json_object_get(error, "desc"));
	struct qmp_talk_step step = qmp_talk_step(talk);

	if (talk->state == QMP_TALK_PROPERTIES)
		return qmp_guest_object_take(
			&talk->guest, &talk->guest.objects[talk->step], talk->property, NULL);
	if (step.optional)
		return QMP_GUEST_DONE;
	if (name && strcmp(name, "CommandNotFound") == 0 &&
		strcmp(step.command, "human-monitor-command") == 0)
		return qmp_guest_refuse(&talk->guest,
			"this QEMU has no human monitor, and only that one prints the map");
	return qmp_guest_refuse(&talk->guest, "QEMU says: %.120s", text ? text : "an error");
}

static int qmp_talk_read_value(struct qmp_talk *talk, const json_t *value)
{
	struct qmp_talk_step step = qmp_talk_step(talk);

	if (talk->state == QMP_TALK_PROPERTIES)
		return qmp_guest_object_take(
			&talk->guest, &talk->guest.objects[talk->step], talk->property, value);
	if (talk->state == QMP_TALK_CAPABILITIES)
		return QMP_GUEST_DONE;
	if (!step.read)
		return qmp_guest_object_read_list(&talk->guest, step.arguments[0].value, value);
	return step.read(&talk->guest, value);
}

/* Without an id is only the error to a command that QEMU could not even read. */
static bool qmp_talk_is_ours(const struct qmp_talk *talk, const json_t *message)
{
	const json_t *id = json_object_get(message, "id");

	if (!id)
		return json_object_get(message, "error") != NULL;
	return json_is_integer(id) && json_integer_value(id) == talk->id;
}

static int qmp_talk_read_message(struct qmp_talk *talk, const json_t *message)
{
	const json_t *error = json_object_get(message, "error");
	const json_t *value = json_object_get(message, "return");
	int r;

	if (talk->state == QMP_TALK_GREETING) {
		if (!json_is_object(json_object_get(message, "QMP")))
			return refusal_set(talk->guest.refusal, "greeting",
				"this is not QEMU's monitor: it does not greet as one");
		return qmp_talk_go_on(talk);
	}
	if ((!error && !value) || !qmp_talk_is_ours(talk, message))
		return QMP_TALK_WAIT;
	r = error ? qmp_talk_read_error(talk, error) : qmp_talk_read_value(talk, value);
	if (r != QMP_GUEST_DONE)
		return r < 0 ? r : QMP_TALK_E_REFUSED;
	return qmp_talk_go_on(talk);
}

int qmp_talk_read(struct qmp_talk *talk, const char *bytes, size_t n, struct refusal *refusal)
{
	static const struct guard_limits limits = {
		.bytes = LIMIT_QMP_BYTES,
		.nodes = LIMIT_QMP_NODES,
		.depth = LIMIT_DEPTH,
	};
	_cleanup_(qmp_talk_decrefp) json_t *message = NULL;
	struct refusal parsed = { "", "" };
	int r;

	assert(talk->state != QMP_TALK_OVER);
	r = document_parse(&limits, bytes, n, &parsed, &message);
	if (r < 0)
		return r;
	if (r != DOCUMENT_DONE) {
		(void)refusal_set(
			refusal, qmp_talk_waits_for(talk), "%s %s", parsed.where, parsed.text);
		return QMP_TALK_E_REFUSED;
	}
	talk->guest.refusal = refusal;
	talk->guest.where = talk->where;
	r = qmp_talk_read_message(talk, message);
	talk->guest.refusal = NULL;
	return r;
}

int qmp_talk_guest(struct qmp_talk *talk, struct guest **ret, struct refusal *refusal)
{
	int r;

	assert(talk->state == QMP_TALK_OVER);
	talk->guest.refusal = refusal;
	talk->guest.where = "info mtree -f";
	r = qmp_guest_make(&talk->guest, ret);
	if (r == QMP_GUEST_DONE)
		return QMP_TALK_DONE;
	return r < 0 ? r : QMP_TALK_E_REFUSED;
}
