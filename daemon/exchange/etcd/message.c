/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/exchange/etcd/message.h"

#include "core/cleanup.h"
#include "core/codec/base64.h"
#include "core/codec/guard.h"
#include "core/codec/text.h"
#include "core/codec/tree.h"
#include "core/model/limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------- writing */

static json_t *etcd_json_base64(const struct etcd_bytes *bytes)
{
	_cleanup_(cleanup_freep) char *text = malloc(BASE64_LETTERS(bytes->n) + 1);

	if (!text)
		return NULL;
	base64_encode(bytes->bytes, bytes->n, text);
	return json_string_nocheck(text);
}

static json_t *etcd_json_number(uint64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRIu64, number);
	return json_string_nocheck(text);
}

/* Sets members of an object and remembers whether one of them failed. */
struct etcd_writer {
	json_t *json;
	bool failed;
};

static struct etcd_writer etcd_writer_new(void)
{
	json_t *json = json_object();

	return (struct etcd_writer){ json, json == NULL };
}

static void etcd_writer_set(struct etcd_writer *writer, const char *name, json_t *value)
{
	if (json_object_set_new_nocheck(writer->json, name, value) < 0)
		writer->failed = true;
}

/* The object as a value that its owner owns; NULL if anything failed. */
static json_t *etcd_writer_take(struct etcd_writer *writer)
{
	json_t *json = writer->json;

	writer->json = NULL;
	if (!writer->failed)
		return json;
	json_decref(json);
	return NULL;
}

static int etcd_writer_finish(struct etcd_writer *writer, struct etcd_body *ret)
{
	json_auto_t *json = etcd_writer_take(writer);

	return json ? tree_format(json, &ret->bytes, &ret->n) : -ENOMEM;
}

static json_t *etcd_json_array(json_t *item)
{
	json_t *array = json_array();

	if (json_array_append_new(array, item) == 0)
		return array;
	json_decref(array);
	return NULL;
}

void etcd_write_end(char *prefix, size_t n)
{
	/* The byte that follows '/': no key with this prefix is behind it, and all others are. */
	prefix[n - 1] = '/' + 1;
}

int etcd_write_authenticate(const char *user, const char *password, struct etcd_body *ret)
{
	struct etcd_writer writer = etcd_writer_new();
	json_t *name = json_string(user), *word = json_string(password);
	bool text = name && word;

	etcd_writer_set(&writer, "name", name);
	etcd_writer_set(&writer, "password", word);
	if (text)
		return etcd_writer_finish(&writer, ret);
	json_decref(etcd_writer_take(&writer));
	return -EINVAL;
}

static void etcd_write_keys(struct etcd_writer *writer, const struct etcd_range *range)
{
	etcd_writer_set(writer, "key", etcd_json_base64(&range->first));
	if (range->end.n > 0)
		etcd_writer_set(writer, "range_end", etcd_json_base64(&range->end));
}

int etcd_write_range(const struct etcd_range *range, struct etcd_body *ret)
{
	struct etcd_writer writer = etcd_writer_new();

	etcd_write_keys(&writer, range);
	if (range->limit > 0)
		etcd_writer_set(&writer, "limit", etcd_json_number(range->limit));
	if (range->keys_only)
		etcd_writer_set(&writer, "keys_only", json_true());
	return etcd_writer_finish(&writer, ret);
}

int etcd_write_put(const struct etcd_bytes *key, const struct etcd_bytes *value, uint64_t lease,
	bool before, struct etcd_body *ret)
{
	struct etcd_writer writer = etcd_writer_new();

	etcd_writer_set(&writer, "key", etcd_json_base64(key));
	etcd_writer_set(&writer, "value", etcd_json_base64(value));
	if (before)
		etcd_writer_set(&writer, "prev_kv", json_true());
	if (lease > 0)
		etcd_writer_set(&writer, "lease", etcd_json_number(lease));
	return etcd_writer_finish(&writer, ret);
}

/* A key that was never created has the revision 0. */
static json_t *etcd_json_absent(const struct etcd_bytes *key)
{
	struct etcd_writer writer = etcd_writer_new();

	etcd_writer_set(&writer, "key", etcd_json_base64(key));
	etcd_writer_set(&writer, "target", json_string_nocheck("CREATE"));
	etcd_writer_set(&writer, "result", json_string_nocheck("EQUAL"));
	etcd_writer_set(&writer, "create_revision", etcd_json_number(0));
	return etcd_writer_take(&writer);
}

static json_t *etcd_json_put(const struct etcd_bytes *key, const struct etcd_bytes *value)
{
	struct etcd_writer put = etcd_writer_new(), writer = etcd_writer_new();

	etcd_writer_set(&put, "key", etcd_json_base64(key));
	etcd_writer_set(&put, "value", etcd_json_base64(value));
	etcd_writer_set(&writer, "request_put", etcd_writer_take(&put));
	return etcd_writer_take(&writer);
}

int etcd_write_create(
	const struct etcd_bytes *key, const struct etcd_bytes *value, struct etcd_body *ret)
{
	struct etcd_writer writer = etcd_writer_new();

	etcd_writer_set(&writer, "compare", etcd_json_array(etcd_json_absent(key)));
	etcd_writer_set(&writer, "success", etcd_json_array(etcd_json_put(key, value)));
	return etcd_writer_finish(&writer, ret);
}

int etcd_write_grant(uint64_t seconds, struct etcd_body *ret)
{
	struct etcd_writer writer = etcd_writer_new();

	etcd_writer_set(&writer, "TTL", etcd_json_number(seconds));
	return etcd_writer_finish(&writer, ret);
}

int etcd_write_keepalive(uint64_t lease, struct etcd_body *ret)
{
	struct etcd_writer writer = etcd_writer_new();

	etcd_writer_set(&writer, "ID", etcd_json_number(lease));
	return etcd_writer_finish(&writer, ret);
}

int etcd_write_watch(const struct etcd_range *range, uint64_t revision, struct etcd_body *ret)
{
	struct etcd_writer inner = etcd_writer_new(), writer = etcd_writer_new();

	etcd_write_keys(&inner, range);
	if (revision > 0)
		etcd_writer_set(&inner, "start_revision", etcd_json_number(revision));
	etcd_writer_set(&inner, "progress_notify", json_true());
	etcd_writer_set(&inner, "fragment", json_true());
	etcd_writer_set(&writer, "create_request", etcd_writer_take(&inner));
	return etcd_writer_finish(&writer, ret);
}

/* ------------------------------------------------------------- reading */

struct etcd_reader {
	struct arena *arena;
	struct refusal *refusal;
};

static int etcd_refuse(struct etcd_reader *reader, const char *name, const char *text)
{
	(void)refusal_set(reader->refusal, name, "%s", text);
	return ETCD_MESSAGE_E_REFUSED;
}

/* The value of member @name, where null stands for a default too. */
static const json_t *etcd_member(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return json_is_null(value) ? NULL : value;
}

/* A number from 0 as a text, or as a number, as some gateways have it. */
static int etcd_read_number(
	struct etcd_reader *reader, const json_t *object, const char *name, uint64_t *ret)
{
	const json_t *value = etcd_member(object, name);

	if (!value)
		return ETCD_MESSAGE_DONE;
	if (json_is_integer(value) && json_integer_value(value) >= 0) {
		*ret = (uint64_t)json_integer_value(value);
		return ETCD_MESSAGE_DONE;
	}
	if (json_is_string(value) &&
		text_parse_decimal(json_string_value(value), json_string_length(value), ret) == 0)
		return ETCD_MESSAGE_DONE;
	return etcd_refuse(reader, name, "must be a number from 0, as a text");
}

/* What may be added to. */
static int etcd_read_revision(
	struct etcd_reader *reader, const json_t *object, const char *name, uint64_t *ret)
{
	uint64_t revision = 0;
	int r = etcd_read_number(reader, object, name, &revision);

	if (r == ETCD_MESSAGE_DONE && revision >= INT64_MAX)
		return etcd_refuse(reader, name, "is no revision");
	if (r == ETCD_MESSAGE_DONE)
		*ret = revision;
	return r;
}

static int etcd_read_boolean(
	struct etcd_reader *reader, const json_t *object, const char *name, bool *ret)
{
	const json_t *value = etcd_member(object, name);

	if (!value)
		return ETCD_MESSAGE_DONE;
	if (!json_is_boolean(value))
		return etcd_refuse(reader, name, "must be true or false");
	*ret = json_is_true(value);
	return ETCD_MESSAGE_DONE;
}

static int etcd_read_base64(
	struct etcd_reader *reader, const json_t *object, const char *name, struct etcd_bytes *ret)
{
	const json_t *value = etcd_member(object, name);
	size_t n = json_string_length(value);
	unsigned char *bytes;

	if (!value)
		return ETCD_MESSAGE_DONE;
	if (!json_is_string(value))
		return etcd_refuse(reader, name, "must be base64");
	bytes = arena_alloc(reader->arena, BASE64_BYTES(n) + 1);
	if (!bytes)
		return -ENOMEM;
	if (base64_decode(json_string_value(value), n, bytes, &ret->n) < 0)
		return etcd_refuse(reader, name, "must be base64");
	bytes[ret->n] = '\0';
	ret->bytes = (const char *)bytes;
	return ETCD_MESSAGE_DONE;
}

static int etcd_read_pair(struct etcd_reader *reader, const json_t *json, struct etcd_pair *ret)
{
	int r;

	if (!json_is_object(json))
		return etcd_refuse(reader, "kv", "must be an object");
	ret->key = ret->value = (struct etcd_bytes){ "", 0 };
	r = etcd_read_base64(reader, json, "key", &ret->key);
	if (r == ETCD_MESSAGE_DONE)
		r = etcd_read_base64(reader, json, "value", &ret->value);
	if (r == ETCD_MESSAGE_DONE)
		r = etcd_read_revision(reader, json, "mod_revision", &ret->revision);
	return r;
}

static int etcd_read_event(struct etcd_reader *reader, const json_t *json, struct etcd_pair *ret)
{
	const json_t *type = etcd_member(json, "type");
	const char *word = json_string_value(type);

	/* PUT is the default of the enumeration, 0, and left out. */
	if (type && (!word || (strcmp(word, "PUT") != 0 && strcmp(word, "DELETE") != 0)))
		return etcd_refuse(reader, "type", "must be PUT or DELETE");
	ret->deleted = word && *word == 'D';
	return etcd_read_pair(reader, json_object_get(json, "kv"), ret);
}

static int etcd_read_pairs(struct etcd_reader *reader, const json_t *object, const char *name,
	struct etcd_answer *answer)
{
	const json_t *array = etcd_member(object, name);
	bool events = strcmp(name, "events") == 0;
	size_t n = json_array_size(array);
	struct etcd_pair *pairs;

	if (!array)
		return ETCD_MESSAGE_DONE;
	if (!json_is_array(array))
		return etcd_refuse(reader, name, "must be an array");
	pairs = arena_array(reader->arena, n + 1, sizeof(*pairs));
	if (!pairs)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const json_t *item = json_array_get(array, i);
		int r = events ? etcd_read_event(reader, item, &pairs[i])
			       : etcd_read_pair(reader, item, &pairs[i]);

		if (r != ETCD_MESSAGE_DONE)
			return r;
	}
	answer->pairs = pairs;
	answer->n_pairs = n;
	return ETCD_MESSAGE_DONE;
}

static int etcd_read_header(
	struct etcd_reader *reader, const json_t *json, struct etcd_answer *answer)
{
	const json_t *header = etcd_member(json, "header");
	int r;

	if (header && !json_is_object(header))
		return etcd_refuse(reader, "header", "must be an object");
	r = etcd_read_number(reader, header, "cluster_id", &answer->cluster);
	if (r == ETCD_MESSAGE_DONE)
		r = etcd_read_revision(reader, header, "revision", &answer->revision);
	return r;
}

static int etcd_read_text(
	struct etcd_reader *reader, const json_t *object, const char *name, const char **ret)
{
	const json_t *value = etcd_member(object, name);
	const char *text = json_string_value(value);
	size_t n = json_string_length(value);

	if (!value || (text && n == 0))
		return ETCD_MESSAGE_DONE;
	if (!text || n > ETCD_TOKEN_LENGTH || !text_is_printable(text, n))
		return etcd_refuse(reader, name, "must be a text of printable letters");
	*ret = arena_text(reader->arena, text, n);
	return *ret ? ETCD_MESSAGE_DONE : -ENOMEM;
}

static int etcd_read_flags(
	struct etcd_reader *reader, const json_t *json, struct etcd_answer *answer)
{
	const struct {
		const char *name;
		bool *place;
	} flags[] = { { "succeeded", &answer->succeeded }, { "more", &answer->more },
		{ "created", &answer->created }, { "canceled", &answer->canceled },
		{ "fragment", &answer->fragment } };
	int r = ETCD_MESSAGE_DONE;

	for (size_t i = 0; r == ETCD_MESSAGE_DONE && i < sizeof(flags) / sizeof(flags[0]); i++)
		r = etcd_read_boolean(reader, json, flags[i].name, flags[i].place);
	return r;
}

static int etcd_read_rest(
	struct etcd_reader *reader, const json_t *json, struct etcd_answer *answer)
{
	const json_t *before = etcd_member(json, "prev_kv");
	int r;

	r = etcd_read_text(reader, json, "token", &answer->token);
	if (r == ETCD_MESSAGE_DONE)
		r = etcd_read_text(reader, json, "cancel_reason", &answer->trouble);
	if (r == ETCD_MESSAGE_DONE)
		r = etcd_read_number(reader, json, "ID", &answer->lease);
	if (r == ETCD_MESSAGE_DONE)
		r = etcd_read_number(reader, json, "TTL", &answer->seconds);
	if (r == ETCD_MESSAGE_DONE)
		r = etcd_read_revision(reader, json, "compact_revision", &answer->compacted);
	if (r == ETCD_MESSAGE_DONE && before)
		r = etcd_read_pair(reader, before, &answer->before);
	answer->has_before = before != NULL;
	return r;
}

static int etcd_read_object(
	struct etcd_reader *reader, const json_t *json, struct etcd_answer *answer)
{
	int r = etcd_read_header(reader, json, answer);

	if (r == ETCD_MESSAGE_DONE)
		r = etcd_read_flags(reader, json, answer);
	if (r == ETCD_MESSAGE_DONE)
		r = etcd_read_rest(reader, json, answer);
	if (r == ETCD_MESSAGE_DONE)
		r = etcd_read_pairs(reader, json, "kvs", answer);
	if (r == ETCD_MESSAGE_DONE && !answer->pairs)
		r = etcd_read_pairs(reader, json, "events", answer);
	return r;
}

int etcd_read_answer(const char *bytes, size_t n, struct arena *arena, struct etcd_answer *ret,
	struct refusal *refusal)
{
	static const struct guard_limits limits = {
		.bytes = ETCD_ANSWER_BYTES, .nodes = ETCD_ANSWER_NODES, .depth = LIMIT_DEPTH
	};
	struct etcd_reader reader = { arena, refusal };
	struct etcd_answer answer = { 0 };
	json_auto_t *json = NULL;
	const json_t *inner, *error;
	int r;

	if (guard_scan(bytes, n, &limits, refusal) != GUARD_DONE)
		return ETCD_MESSAGE_E_REFUSED;
	r = tree_parse(bytes, n, refusal, &json);
	if (r != TREE_DONE)
		return r < 0 ? r : ETCD_MESSAGE_E_REFUSED;
	if (!json_is_object(json))
		return etcd_refuse(&reader, "document", "must be an object");
	/* Each message of a stream is inside a "result"; what ends it is an "error". */
	inner = etcd_member(json, "result");
	error = etcd_member(json, "error");
	if (inner && !json_is_object(inner))
		return etcd_refuse(&reader, "result", "must be an object");
	if (error)
		r = etcd_read_text(&reader, error, "message", &answer.trouble);
	else
		r = etcd_read_object(&reader, inner ? inner : json, &answer);
	if (r != ETCD_MESSAGE_DONE)
		return r;
	if (error && !answer.trouble)
		return etcd_refuse(&reader, "error", "must say what it is");
	*ret = answer;
	return ETCD_MESSAGE_DONE;
}

/* Sets the first line of the @n bytes at @text, cleaned for logs. */
static void etcd_set_trouble(struct etcd_trouble *trouble, const char *text, size_t n)
{
	size_t n_line = 0;
	struct refusal refusal;

	while (n_line < n && n_line < sizeof(trouble->text) - 1 && text[n_line] != '\n' &&
		text[n_line] != '\0')
		n_line++;
	(void)refusal_set(&refusal, "", "%.*s", (int)n_line, text);
	(void)snprintf(trouble->text, sizeof(trouble->text), "%s", refusal.text);
}

void etcd_read_trouble(const char *bytes, size_t n, struct etcd_trouble *ret)
{
	static const struct guard_limits limits = {
		.bytes = 64U << 10, .nodes = 256, .depth = LIMIT_DEPTH
	};
	struct refusal refusal;
	json_auto_t *json = NULL;
	const json_t *text;
	json_int_t code;

	*ret = (struct etcd_trouble){ 0 };
	if (guard_scan(bytes, n, &limits, &refusal) != GUARD_DONE ||
		tree_parse(bytes, n, &refusal, &json) != TREE_DONE) {
		/* Some are a plain sentence; a page of HTML is none. */
		if (n > 0 && bytes[0] != '<')
			etcd_set_trouble(ret, bytes, n);
		return;
	}
	text = json_object_get(json, "message");
	if (!json_is_string(text))
		text = json_object_get(json, "error");
	if (json_is_string(text))
		etcd_set_trouble(ret, json_string_value(text), json_string_length(text));
	code = json_integer_value(json_object_get(json, "code"));
	if (code > 0 && code <= 16)
		ret->code = (unsigned)code;
}
