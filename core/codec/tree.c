/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/tree.h"
#include "core/cleanup.h"
#include "core/model/limits.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define TREE_BUFFER_FIRST ((size_t)4096)

struct tree {
	const char *bytes;
	size_t n;
	size_t at;
	unsigned depth;
	struct refusal *refusal;
};

/* A text inside the document, or in @owned where it had escapes. */
struct tree_text {
	const char *bytes;
	size_t n;
	char *owned;
};

static int tree_parse_value(struct tree *tree, json_t **ret);

static void tree_text_done(struct tree_text *text)
{
	free(text->owned);
}

static int tree_refuse(const struct tree *tree, const char *text)
{
	if (tree->at >= tree->n)
		text = "it ends too early";
	(void)refusal_set_at(tree->refusal, tree->bytes, tree->at, "%s", text);
	return TREE_E_REFUSED;
}

/* The byte to read next; 0, which no document holds, at the end. */
static char tree_peek(const struct tree *tree)
{
	return tree->at < tree->n ? tree->bytes[tree->at] : '\0';
}

static char tree_peek_token(struct tree *tree)
{
	while (tree_peek(tree) != '\0' && strchr(" \t\r\n", tree_peek(tree)))
		tree->at++;
	return tree_peek(tree);
}

static bool tree_take(struct tree *tree, const char *word)
{
	size_t n = strlen(word);

	if (n > tree->n - tree->at || memcmp(tree->bytes + tree->at, word, n) != 0)
		return false;
	tree->at += n;
	return true;
}

static int tree_made(json_t *json, json_t **ret)
{
	if (!json)
		return -ENOMEM;
	*ret = json;
	return TREE_DONE;
}

/* ------------------------------------------------------------------ texts */

/* The bytes of the UTF-8 sequence at @p (RFC 3629), of @n bytes at most; 0 when it is none. */
static size_t tree_utf8(const char *p, size_t n)
{
	const unsigned char *u = (const unsigned char *)p;
	size_t length = u[0] < 0x80 ? 1 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	uint32_t code = u[0];

	if (length == 1)
		return 1;
	if (u[0] < 0xc2 || u[0] > 0xf4 || n < length)
		return 0;
	code &= 0x7fU >> length;
	for (size_t i = 1; i < length; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (u[i] & 0x3f);
	}
	if ((length == 3 && code < 0x800) || (length == 4 && code < 0x10000) || code > 0x10ffff ||
		(code >= 0xd800 && code <= 0xdfff))
		return 0;
	return length;
}

/* Reads the four digits after "\u"; -1 when there are no four. */
static int32_t tree_take_unit(struct tree *tree)
{
	int32_t unit = 0;

	for (size_t i = 0; i < 4; i++) {
		char c = tree_peek(tree);
		const char *digits = "0123456789abcdef0123456789ABCDEF";
		const char *digit = c != '\0' ? strchr(digits, c) : NULL;

		if (!digit)
			return -1;
		unit = unit * 16 + (int32_t)((digit - digits) % 16);
		tree->at++;
	}
	return unit;
}

/* The code point after "\u", of one unit or of a surrogate pair; -1 when it is none, or U+0000. */
static int32_t tree_take_code(struct tree *tree)
{
	int32_t unit = tree_take_unit(tree);
	int32_t low;

	if (unit < 0xd800 || unit > 0xdfff)
		return unit > 0 ? unit : -1;
	if (unit > 0xdbff || !tree_take(tree, "\\u"))
		return -1;
	low = tree_take_unit(tree);
	if (low < 0xdc00 || low > 0xdfff)
		return -1;
	return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

static size_t tree_put_code(char *ret, uint32_t code)
{
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	if (n == 1) {
		ret[0] = (char)code;
		return 1;
	}
	for (size_t i = n - 1; i > 0; i--) {
		ret[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	ret[0] = (char)(0xf00U >> n | code);
	return n;
}

/* Reads what follows a backslash, and writes what it stands for. */
static int tree_take_escape(struct tree *tree, char *ret, size_t *ret_n)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	char c = tree_peek(tree);
	const char *letter = c != '\0' ? strchr(letters, c) : NULL;
	int32_t code;

	if (letter) {
		tree->at++;
		*ret = meanings[letter - letters];
		*ret_n = 1;
		return TREE_DONE;
	}
	if (!tree_take(tree, "u"))
		return tree_refuse(tree, "no such escape");
	code = tree_take_code(tree);
	if (code < 0)
		return tree_refuse(tree, "\\u must name a character other than U+0000");
	*ret_n = tree_put_code(ret, (uint32_t)code);
	return TREE_DONE;
}

/* Moves to the quote that ends the text; true when there are escapes before it. */
static int tree_skip_text(struct tree *tree, bool *ret_escapes)
{
	bool escapes = false;

	while (tree_peek(tree) != '"') {
		size_t n;

		if (tree_peek(tree) == '\\') { /* and whatever it makes of the next */
			escapes = true;
			tree->at++;
		}
		if (tree->at >= tree->n || (unsigned char)tree_peek(tree) < ' ')
			return tree_refuse(tree, "a text holds a control character");
		n = tree_utf8(tree->bytes + tree->at, tree->n - tree->at);
		if (n == 0)
			return tree_refuse(tree, "it is not UTF-8");
		tree->at += n;
	}
	*ret_escapes = escapes;
	return TREE_DONE;
}

static int tree_unescape(struct tree *tree, size_t end, struct tree_text *ret)
{
	char *bytes = malloc(end - tree->at); /* nothing stands for more bytes than it takes */
	size_t n = 0;
	int r = TREE_DONE;

	if (!bytes)
		return -ENOMEM;
	while (tree->at < end && r == TREE_DONE) {
		size_t n_escaped = 0;

		if (tree_take(tree, "\\")) {
			r = tree_take_escape(tree, bytes + n, &n_escaped);
			n += n_escaped;
		} else {
			bytes[n++] = tree->bytes[tree->at++];
		}
	}
	*ret = (struct tree_text){ .bytes = bytes, .n = n, .owned = bytes };
	return r;
}

/* @ret is for tree_text_done() whatever this returns. */
static int tree_parse_text(struct tree *tree, struct tree_text *ret)
{
	size_t start = ++tree->at;
	size_t end;
	bool escapes = false;
	int r = tree_skip_text(tree, &escapes);

	if (r != TREE_DONE)
		return r;
	end = tree->at;
	*ret = (struct tree_text){ .bytes = tree->bytes + start, .n = end - start };
	if (escapes) {
		tree->at = start;
		r = tree_unescape(tree, end, ret);
		if (r != TREE_DONE)
			return r;
	}
	tree->at = end + 1;
	return TREE_DONE;
}

/* ------------------------------------------------------------------ values */

static int tree_parse_string(struct tree *tree, json_t **ret)
{
	_cleanup_(tree_text_done) struct tree_text text = { 0 };
	int r = tree_parse_text(tree, &text);

	return r != TREE_DONE ? r : tree_made(json_stringn_nocheck(text.bytes, text.n), ret);
}

static size_t tree_skip_digits(struct tree *tree)
{
	size_t start = tree->at;

	while (tree_peek(tree) >= '0' && tree_peek(tree) <= '9')
		tree->at++;
	return tree->at - start;
}

/* Moves past a fraction and an exponent; false when there is one without digits. */
static bool tree_skip_fraction(struct tree *tree)
{
	if (tree_take(tree, ".") && tree_skip_digits(tree) == 0)
		return false;
	if (!tree_take(tree, "e") && !tree_take(tree, "E"))
		return true;
	if (!tree_take(tree, "+"))
		(void)tree_take(tree, "-");
	return tree_skip_digits(tree) > 0;
}

static int tree_parse_number(struct tree *tree, json_t **ret)
{
	bool negative = tree_take(tree, "-");
	size_t start = tree->at;
	size_t end;
	json_int_t value = 0;

	if (tree_skip_digits(tree) == 0 || (tree->bytes[start] == '0' && tree->at - start > 1))
		return tree_refuse(tree, "no such number");
	end = tree->at;
	if (!tree_skip_fraction(tree))
		return tree_refuse(tree, "no such number");
	if (tree->at > end)
		return tree_made(json_real(0.0), ret);

	for (size_t i = start; i < end; i++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, tree->bytes[i] - '0', &value))
			return tree_refuse(tree, "the integer before this place is too great");
	}
	return tree_made(json_integer(negative ? -value : value), ret);
}

/* True when another item follows, at which @tree stands then; else it is past the @close. */
static int tree_parse_next(struct tree *tree, char close, bool first, bool *ret_more)
{
	char c = tree_peek_token(tree);

	if (c == close) {
		tree->at++;
		*ret_more = false;
		return TREE_DONE;
	}
	if (!first) {
		if (c != ',')
			return tree_refuse(tree, "a comma or the end of the list is missing");
		tree->at++;
		(void)tree_peek_token(tree);
	}
	*ret_more = true;
	return TREE_DONE;
}

static int tree_parse_array(struct tree *tree, json_t **ret)
{
	json_auto_t *array = json_array();
	bool more = true;

	if (!array)
		return -ENOMEM;
	tree->at++;
	for (bool first = true; more; first = false) {
		json_t *item;
		int r = tree_parse_next(tree, ']', first, &more);

		if (r == TREE_DONE && more)
			r = tree_parse_value(tree, &item);
		if (r != TREE_DONE)
			return r;
		if (more && json_array_append_new(array, item) < 0)
			return -ENOMEM;
	}
	return tree_made(cleanup_take(array), ret);
}

static int tree_parse_member(struct tree *tree, json_t *object)
{
	_cleanup_(tree_text_done) struct tree_text name = { 0 };
	json_t *value;
	int r;

	if (tree_peek(tree) != '"')
		return tree_refuse(tree, "the name of a member is missing");
	r = tree_parse_text(tree, &name);
	if (r != TREE_DONE)
		return r;
	if (json_object_getn(object, name.bytes, name.n))
		return refusal_set_at(tree->refusal, tree->bytes, tree->at,
			"the object has \"%.*s\" twice", name.n < 60 ? (int)name.n : 60,
			name.bytes);
	if (tree_peek_token(tree) != ':')
		return tree_refuse(tree, "a colon is missing");
	tree->at++;
	r = tree_parse_value(tree, &value);
	if (r != TREE_DONE)
		return r;
	return json_object_setn_new_nocheck(object, name.bytes, name.n, value) < 0 ? -ENOMEM
										   : TREE_DONE;
}

static int tree_parse_object(struct tree *tree, json_t **ret)
{
	json_auto_t *object = json_object();
	bool more = true;

	if (!object)
		return -ENOMEM;
	tree->at++;
	for (bool first = true; more; first = false) {
		int r = tree_parse_next(tree, '}', first, &more);

		if (r == TREE_DONE && more)
			r = tree_parse_member(tree, object);
		if (r != TREE_DONE)
			return r;
	}
	return tree_made(cleanup_take(object), ret);
}

static int tree_parse_value(struct tree *tree, json_t **ret)
{
	char c = tree_peek_token(tree);
	int r;

	if (c == '"')
		return tree_parse_string(tree, ret);
	if (c == '-' || (c >= '0' && c <= '9'))
		return tree_parse_number(tree, ret);
	if (tree_take(tree, "true"))
		return tree_made(json_true(), ret);
	if (tree_take(tree, "false"))
		return tree_made(json_false(), ret);
	if (tree_take(tree, "null"))
		return tree_made(json_null(), ret);
	if (c != '{' && c != '[')
		return tree_refuse(tree, "no value begins like this");
	if (tree->depth >= LIMIT_DEPTH)
		return tree_refuse(tree, "its members are nested too deep");

	tree->depth++;
	r = c == '{' ? tree_parse_object(tree, ret) : tree_parse_array(tree, ret);
	tree->depth--;
	return r;
}

int tree_parse(const char *bytes, size_t n, struct refusal *refusal, json_t **ret)
{
	struct tree tree = { .bytes = bytes, .n = n, .refusal = refusal };
	json_t *json;
	int r;

	r = tree_parse_value(&tree, &json);
	if (r != TREE_DONE)
		return r;
	(void)tree_peek_token(&tree);
	if (tree.at < n) {
		json_decref(json);
		return tree_refuse(&tree, "something follows the end of the document");
	}
	*ret = json;
	return TREE_DONE;
}

/* ------------------------------------------------------------------ bytes */

struct tree_buffer {
	char *bytes;
	size_t n;
	size_t size;
	bool failed; /* for good: jansson forgets a failure, but not one of its last call */
};

static int tree_on_bytes(const char *bytes, size_t n, void *context)
{
	struct tree_buffer *buffer = context;

	if (buffer->failed)
		return -1;
	if (n >= buffer->size - buffer->n) {
		size_t size = 2 * (buffer->size + n) + TREE_BUFFER_FIRST;
		char *grown = realloc(buffer->bytes, size);

		if (!grown) {
			buffer->failed = true;
			return -1;
		}
		buffer->bytes = grown;
		buffer->size = size;
	}
	memcpy(buffer->bytes + buffer->n, bytes, n);
	buffer->n += n;
	return 0;
}

int tree_format(const json_t *json, char **ret, size_t *ret_n)
{
	struct tree_buffer buffer = { 0 };
	int r;

	r = json_dump_callback(
		json, tree_on_bytes, &buffer, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	if (r < 0) {
		free(buffer.bytes);
		return -ENOMEM;
	}
	buffer.bytes[buffer.n] = '\0';
	*ret = buffer.bytes;
	*ret_n = buffer.n;
	return 0;
}
