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

#define QMP_TALK_MONITOR "human-monitor-command"

/* One thing that is asked, and who reads the answer. */
struct qmp_talk_step {
	const char *what;	     /* for people; the command itself unless there is another */
	const char *command;	     /* QMP_TALK_MONITOR takes what it has to do from above */
	const char *path, *property; /* of QEMU's tree of objects, or NULL */
	bool flat;		     /* without the images behind images */
	bool optional;		     /* a QEMU that has no such thing leaves it unknown */
	int (*read)(struct qmp_guest *guest, const json_t *value); /* NULL: a list of objects */
};

/* Before these come the greeting and qmp_capabilities, behind them the properties of objects. */
static const struct qmp_talk_step qmp_talk_steps[] = {
	{ .what = "query-status", .read = qmp_guest_read_status },
	{ .what = "query-target", .read = qmp_guest_read_target },
	{ .what = "query-kvm", .read = qmp_guest_read_kvm },
	{ .what = "info mtree -f", .command = QMP_TALK_MONITOR, .read = qmp_guest_read_view },
	{ .what = "info mtree", .command = QMP_TALK_MONITOR, .read = qmp_guest_read_tree },
	{ .what = "info network", .command = QMP_TALK_MONITOR, .read = qmp_guest_read_network },
	{ .what = "query-named-block-nodes", .flat = true, .read = qmp_guest_read_blocks },
	{ .what = "query-memory-devices", .optional = true, .read = qmp_guest_read_plugged },
	{ .what = "qom-get /machine memory",
		.command = "qom-get",
		.path = "/machine",
		.property = "memory",
		.optional = true,
		.read = qmp_guest_read_memory },
	{ .what = "qom-get /machine type",
		.command = "qom-get",
		.path = "/machine",
		.property = "type",
		.optional = true,
		.read = qmp_guest_read_machine },
	{ .what = "query-cpus-fast", .optional = true, .read = qmp_guest_read_cpus },
	/* Its path is known by then, or there is nothing to ask. */
	{ .what = "qom-get phys-bits",
		.command = "qom-get",
		.property = "phys-bits",
		.optional = true,
		.read = qmp_guest_read_cpu_bits },
	{ .what = "qom-list /machine/peripheral",
		.command = "qom-list",
		.path = "/machine/peripheral" },
	{ .what = "qom-list /machine/peripheral-anon",
		.command = "qom-list",
		.path = "/machine/peripheral-anon" },
	{ .what = "qom-list /machine/unattached",
		.command = "qom-list",
		.path = "/machine/unattached" },
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
	struct qmp_talk_step step = { .what = "qmp_capabilities" };

	if (talk->state == QMP_TALK_STEPS)
		step = qmp_talk_steps[talk->step];
	if (talk->state == QMP_TALK_STEPS && step.read == qmp_guest_read_cpu_bits)
		step.path = talk->guest.cpu;
	if (talk->state == QMP_TALK_PROPERTIES) {
		const struct qmp_guest_object *object = &talk->guest.objects[talk->step];

		step.what = "qom-get";
		step.path = object->path;
		step.property = qmp_guest_object_ask(object, talk->property);
	}
	if (!step.command)
		step.command = step.what;
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
		(void)snprintf(talk->where, sizeof(talk->where), "qom-get %s %s", step.path,
			step.property);
	else
		(void)snprintf(talk->where, sizeof(talk->where), "%s", step.what);
	return QMP_TALK_SAY;
}

static json_t *qmp_talk_arguments(const struct qmp_talk_step *step)
{
	const char *line = strcmp(step->command, QMP_TALK_MONITOR) == 0 ? step->what : NULL;
	_cleanup_(qmp_talk_decrefp) json_t *arguments = json_object();
	const struct {
		const char *name, *value;
	} texts[] = {
		{ "command-line", line },
		{ "path", step->path },
		{ "property", step->property },
	};
	int r = arguments ? 0 : -1;

	for (size_t i = 0; i < QMP_TALK_COUNT(texts); i++)
		if (texts[i].value)
			r |= json_object_set_new(
				arguments, texts[i].name, json_string(texts[i].value));
	if (step->flat)
		r |= json_object_set_new(arguments, "flat", json_true());
	return r == 0 ? cleanup_take(arguments) : NULL;
}

int qmp_talk_command(const struct qmp_talk *talk, char **ret, size_t *ret_n)
{
	struct qmp_talk_step step = qmp_talk_step(talk);
	_cleanup_(qmp_talk_decrefp) json_t *command = NULL;
	json_t *arguments = qmp_talk_arguments(&step);
	char *text, *line;
	size_t n;
	int r;

	if (!arguments)
		return -ENOMEM;
	command = json_pack(
		"{s:s, s:o, s:I}", "execute", step.command, "arguments", arguments, "id", talk->id);
	if (!command)
		return -ENOMEM;
	r = tree_format(command, &text, &n);
	if (r < 0)
		return r;
	line = realloc(text, n + 2);
	if (!line) {
		free(text);
		return -ENOMEM;
	}
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
		strcmp(step.command, QMP_TALK_MONITOR) == 0)
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
		return qmp_guest_object_read_list(&talk->guest, step.path, value);
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
