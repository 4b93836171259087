/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/hook_policy.h"

#include "client/file.h"
#include "core/cleanup.h"
#include "core/codec/text.h"
#include "core/model/finding.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HOOK_POLICY_BYTES  16384U /* of the file */
#define HOOK_POLICY_LINE   190	  /* bytes; inih cuts at 200 without a word */
#define HOOK_POLICY_MS	   UINT64_C(1000)
#define HOOK_POLICY_S	   UINT64_C(1000000)
#define HOOK_POLICY_MIN_US (100 * HOOK_POLICY_MS)
#define HOOK_POLICY_MAX_US (60 * HOOK_POLICY_S)

const struct hook_policy hook_policy_preset = {
	.require = FINDING_MIGRATE,
	.refuse = HOOK_POLICY_MIGRATE,
	.timeout_us = 2 * HOOK_POLICY_S,
	.bus = "system",
};

struct hook_policy_word {
	const char *word;
	unsigned bit;
};

static const struct hook_policy_word hook_policy_questions[] = {
	{ "migrate", FINDING_MIGRATE },
	{ "hotplug", FINDING_HOTPLUG },
	{ "memory_hotplug", FINDING_MEMORY_HOTPLUG },
	{ "memory-hotplug", FINDING_MEMORY_HOTPLUG },
	{ NULL, 0 },
};

static const struct hook_policy_word hook_policy_operations[] = {
	{ "migrate", HOOK_POLICY_MIGRATE },
	{ "prepare", HOOK_POLICY_PREPARE },
	{ "restore", HOOK_POLICY_RESTORE },
	{ NULL, 0 },
};

static bool hook_policy_find(
	const struct hook_policy_word *words, const char *text, size_t n, unsigned *ret)
{
	for (; words->word; words++)
		if (strlen(words->word) == n && memcmp(words->word, text, n) == 0) {
			*ret |= words->bit;
			return true;
		}
	return false;
}

/* A list of @words with blanks or commas between them in @ret; "none" alone is the empty one. */
static int hook_policy_list(const struct hook_policy_word *words, const char *key,
	const char *value, unsigned *ret, struct refusal *refusal)
{
	static const char between[] = " \t\r\n,";
	unsigned bits = 0;
	size_t n;

	if (strcmp(value, "none") != 0)
		for (value += strspn(value, between); *value;
			value += n + strspn(value + n, between)) {
			n = strcspn(value, between);
			if (!hook_policy_find(words, value, n, &bits))
				return refusal_set(refusal, "",
					"%s: \"%.*s\" is none of %s, %s, %s, none", key,
					(int)(n < 40 ? n : 40), value, words[0].word, words[1].word,
					words[2].word);
		}
	*ret = bits;
	return HOOK_POLICY_DONE;
}

static int hook_policy_deny(const char *key, const char *value, bool *ret, struct refusal *refusal)
{
	if (strcmp(value, "allow") != 0 && strcmp(value, "deny") != 0)
		return refusal_set(
			refusal, "", "%s: \"%.40s\" is neither allow nor deny", key, value);
	*ret = strcmp(value, "deny") == 0;
	return HOOK_POLICY_DONE;
}

static int hook_policy_time(const char *value, uint64_t *ret, struct refusal *refusal)
{
	size_t digits = strspn(value, "0123456789");
	const char *unit = value + digits;
	uint64_t number;

	if (digits == 0 || digits > 8 || text_parse_decimal(value, digits, &number) < 0 ||
		(strcmp(unit, "s") != 0 && strcmp(unit, "ms") != 0))
		return refusal_set(
			refusal, "", "timeout: \"%.40s\" is not a time such as 2s or 500ms", value);
	number *= unit[0] == 's' ? HOOK_POLICY_S : HOOK_POLICY_MS;
	if (number < HOOK_POLICY_MIN_US || number > HOOK_POLICY_MAX_US)
		return refusal_set(refusal, "", "timeout: %.40s is not from 100ms to 60s", value);
	*ret = number;
	return HOOK_POLICY_DONE;
}

static int hook_policy_address(
	const char *value, char ret[static HOOK_POLICY_BUS_BYTES], struct refusal *refusal)
{
	size_t n = strlen(value);

	if (n >= HOOK_POLICY_BUS_BYTES || !text_is_printable(value, n) ||
		(strcmp(value, "system") != 0 && strcmp(value, "session") != 0 &&
			!strchr(value, ':')))
		return refusal_set(refusal, "",
			"address: \"%.40s\" is neither system, session, nor an address such as "
			"unix:path=/run/bus",
			value);
	memcpy(ret, value, n + 1);
	return HOOK_POLICY_DONE;
}

static int hook_policy_set(struct hook_policy *policy, const char *section, const char *key,
	const char *value, struct refusal *refusal)
{
	bool in_policy = strcmp(section, "policy") == 0, in_bus = strcmp(section, "bus") == 0;

	if (in_policy && strcmp(key, "require") == 0)
		return hook_policy_list(
			hook_policy_questions, key, value, &policy->require, refusal);
	if (in_policy && strcmp(key, "refuse") == 0)
		return hook_policy_list(
			hook_policy_operations, key, value, &policy->refuse, refusal);
	if (in_policy && strcmp(key, "daemon-missing") == 0)
		return hook_policy_deny(key, value, &policy->deny_daemon_missing, refusal);
	if (in_policy && strcmp(key, "cannot-tell") == 0)
		return hook_policy_deny(key, value, &policy->deny_cannot_tell, refusal);
	if (in_policy && strcmp(key, "timeout") == 0)
		return hook_policy_time(value, &policy->timeout_us, refusal);
	if (in_bus && strcmp(key, "address") == 0)
		return hook_policy_address(value, policy->bus, refusal);
	return refusal_set(refusal, "", "there is no key %.40s in section [%.40s]", key, section);
}

struct hook_policy_reading {
	struct hook_policy policy;
	const char *path;
	const char *bytes;
	size_t n;
	size_t at;     /* of the next line */
	unsigned line; /* number of the line that was handed out last */
	struct refusal *refusal;
	int result;
};

static void hook_policy_where(const struct hook_policy_reading *reading, struct refusal *inner)
{
	(void)snprintf(
		inner->where, sizeof(inner->where), "%.140s:%u", reading->path, reading->line);
	*reading->refusal = *inner;
}

/* inih asks for a line of at most @max bytes. */
static char *hook_policy_next_line(char *buffer, int max, void *stream)
{
	struct hook_policy_reading *reading = stream;
	const char *start = reading->bytes + reading->at;
	struct refusal inner;
	const char *end;
	size_t n;

	if (reading->at >= reading->n || reading->result != 0)
		return NULL;
	end = memchr(start, '\n', reading->n - reading->at);
	n = end ? (size_t)(end - start) + 1 : reading->n - reading->at;
	reading->line++;
	if (n > HOOK_POLICY_LINE || n >= (size_t)max || memchr(start, '\0', n)) {
		reading->result = refusal_set(&inner, "",
			"the line is longer than %d bytes or holds a NUL byte", HOOK_POLICY_LINE);
		hook_policy_where(reading, &inner);
		return NULL;
	}
	memcpy(buffer, start, n);
	buffer[n] = '\0';
	reading->at += n;
	return buffer;
}

static int hook_policy_on_pair(void *data, const char *section, const char *key, const char *value)
{
	struct hook_policy_reading *reading = data;
	struct refusal inner;

	if (reading->result != 0)
		return 0;
	reading->result =
		hook_policy_set(&reading->policy, section, key, value ? value : "", &inner);
	if (reading->result > 0)
		hook_policy_where(reading, &inner);
	return reading->result == 0;
}

int hook_policy_load(
	struct hook_policy *policy, const char *path, bool must_exist, struct refusal *refusal)
{
	_cleanup_(cleanup_freep) char *bytes = NULL;
	struct hook_policy_reading reading = {
		.policy = *policy, .path = path, .refusal = refusal
	};
	struct trouble trouble;
	struct file_text text;
	struct refusal inner;
	int r;

	if (!must_exist && access(path, F_OK) < 0 && errno == ENOENT)
		return HOOK_POLICY_DONE;
	r = file_read(path, HOOK_POLICY_BYTES, &trouble, &text);
	if (r < 0)
		return r;
	if (r > 0)
		return refusal_set(refusal, "", "%.150s", trouble.text);
	bytes = text.bytes;
	reading.bytes = text.bytes;
	reading.n = text.n;
	r = ini_parse_stream(hook_policy_next_line, &reading, hook_policy_on_pair, &reading);
	if (reading.result == 0 && r != 0) {
		reading.line = r > 0 ? (unsigned)r : 0;
		reading.result =
			refusal_set(&inner, "", "neither a [section], a key=value, nor a comment");
		hook_policy_where(&reading, &inner);
	}
	if (reading.result == 0)
		*policy = reading.policy;
	return reading.result;
}

int hook_policy_apply(struct hook_policy *policy, const struct domain_xml_policy *metadata,
	struct refusal *refusal)
{
	struct hook_policy applied = *policy;
	int r = HOOK_POLICY_DONE;

	if (metadata->require)
		r = hook_policy_list(hook_policy_questions, "require", metadata->require,
			&applied.require, refusal);
	if (r == 0 && metadata->refuse)
		r = hook_policy_list(hook_policy_operations, "refuse", metadata->refuse,
			&applied.refuse, refusal);
	if (r == 0 && metadata->cannot_tell)
		r = hook_policy_deny(
			"cannot-tell", metadata->cannot_tell, &applied.deny_cannot_tell, refusal);
	if (r == 0 && metadata->daemon_missing)
		r = hook_policy_deny("daemon-missing", metadata->daemon_missing,
			&applied.deny_daemon_missing, refusal);
	if (r == 0)
		*policy = applied;
	return r;
}
