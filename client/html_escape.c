/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/html_escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/*
 * The bytes of the first character of the @n > 0 bytes at @text, and its number in @ret; 0 where
 * they are no UTF-8: cut short, longer than need be, a surrogate, or past the last one (RFC 3629).
 */
static size_t html_escape_decode(const char *text, size_t n, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)text;
	uint32_t value = bytes[0];
	size_t length = value < 0x80			 ? 1
			: value >= 0xc2 && value <= 0xdf ? 2
			: value >= 0xe0 && value <= 0xef ? 3
			: value >= 0xf0 && value <= 0xf4 ? 4
							 : 0;

	if (length == 0 || length > n)
		return 0;
	if (length > 1)
		value &= 0x7fU >> length;
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0U) != 0x80)
			return 0;
		value = value << 6 | (bytes[i] & 0x3fU);
	}
	if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*ret = value;
	return length;
}

static bool html_escape_is_control(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character <= 0x9f);
}

/*
 * Characters without a look of their own: marks of direction (Unicode's Bidi_Control), of width 0,
 * separators of lines, tags, and those that are none.
 */
static bool html_escape_is_unseen(uint32_t character)
{
	static const uint32_t ranges[][2] = {
		{ 0xad, 0xad },
		{ 0x61c, 0x61c },
		{ 0x115f, 0x1160 },
		{ 0x180e, 0x180e },
		{ 0x200b, 0x200f },
		{ 0x2028, 0x202e },
		{ 0x2060, 0x206f },
		{ 0x3164, 0x3164 },
		{ 0xfdd0, 0xfdef },
		{ 0xfeff, 0xfeff },
		{ 0xfff0, 0xfffb },
		{ 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (character >= ranges[i][0] && character <= ranges[i][1])
			return true;
	return (character & 0xfffe) == 0xfffe;
}

static const char *html_escape_name(uint32_t character)
{
	switch (character) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

size_t html_escape_step(const char *text, size_t n, char ret[HTML_ESCAPE_BYTES])
{
	uint32_t character = 0;
	size_t length = html_escape_decode(text, n, &character);
	const char *name = length > 0 ? html_escape_name(character) : NULL;

	if (length == 0 || html_escape_is_control(character)) {
		snprintf(ret, HTML_ESCAPE_BYTES, "\\x%02x",
			length == 0 ? (unsigned char)text[0] : (unsigned)character);
	} else if (html_escape_is_unseen(character)) {
		snprintf(ret, HTML_ESCAPE_BYTES, "\\u{%x}", (unsigned)character);
	} else if (name) {
		snprintf(ret, HTML_ESCAPE_BYTES, "%s", name);
	} else {
		memcpy(ret, text, length);
		ret[length] = '\0';
	}
	return length == 0 ? 1 : length;
}

size_t html_escape_fit(const char *text, size_t characters)
{
	size_t left = strlen(text), fit = 0;

	for (; left > 0 && characters > 0; characters--) {
		uint32_t character;
		size_t length = html_escape_decode(text + fit, left, &character);

		length = length == 0 ? 1 : length;
		fit += length;
		left -= length;
	}
	return fit;
}
