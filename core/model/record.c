/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/model/record.h"

#include <assert.h>
#include <string.h>

#define RECORD_LABEL_MAX 63U /* RFC 1035 section 2.3.4 */

const char *record_collection_word(enum record_collection collection)
{
	static const char *const words[] = {
		[RECORD_COLLECTION_NEVER] = "never",
		[RECORD_COLLECTION_OK] = "ok",
		[RECORD_COLLECTION_PARTIAL] = "partial",
		[RECORD_COLLECTION_FAILED] = "failed",
	};

	assert(collection < RECORD_COLLECTION_OTHER);
	return words[collection];
}

static bool record_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool record_is_fleet(const char *name, size_t n)
{
	if (n == 0 || n > RECORD_LABEL_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool inner = i > 0 && i + 1 < n;

		if (!record_is_letter(name[i]) && !(inner && name[i] == '-'))
			return false;
	}
	return true;
}

bool record_is_host(const char *name, size_t n)
{
	size_t start = 0;

	if (n > LIMIT_HOST_NAME)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (name[i] != '.')
			continue;
		if (!record_is_fleet(name + start, i - start))
			return false;
		start = i + 1;
	}
	return record_is_fleet(name + start, n - start);
}

bool record_is_label(const char *name, size_t n)
{
	if (n == 0 || n > LIMIT_LABEL || !record_is_letter(name[0]) ||
		!record_is_letter(name[n - 1]))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!record_is_letter(name[i]) && (name[i] == '\0' || !strchr("._-/", name[i])))
			return false;
	}
	return true;
}

/* How many bytes at @text are an IPv6 address in brackets, as far as a look at it says; or 0. */
static size_t record_skip_brackets(const char *text, size_t n)
{
	size_t i = 1;

	if (n == 0 || text[0] != '[')
		return 0;
	while (i < n && text[i] != '\0' && strchr("0123456789abcdef:.", text[i]))
		i++;
	return i > 2 && i < n && text[i] == ']' ? i + 1 : 0;
}

static bool record_is_port(const char *text, size_t n)
{
	unsigned port = 0;

	if (n == 0 || n > 5 || text[0] == '0')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		port = port * 10 + (unsigned)(text[i] - '0');
	}
	return port <= 65535;
}

bool record_is_endpoint(const char *url, size_t n)
{
	static const char scheme[] = "https://";
	size_t n_name;

	if (n > LIMIT_TEXT || n < sizeof(scheme) || memcmp(url, scheme, sizeof(scheme) - 1) != 0)
		return false;
	url += sizeof(scheme) - 1;
	n -= sizeof(scheme) - 1;

	n_name = record_skip_brackets(url, n);
	if (n_name == 0) {
		while (n_name < n && url[n_name] != ':')
			n_name++;
		if (!record_is_host(url, n_name))
			return false;
	}
	if (n_name == n)
		return true;
	return url[n_name] == ':' && record_is_port(url + n_name + 1, n - n_name - 1);
}
