/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qmp_message.h"

static bool qmp_message_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void qmp_message_read_text(struct qmp_message *message, char c)
{
	if (message->escaped)
		message->escaped = false;
	else if (c == '\\')
		message->escaped = true;
	else if (c == '"')
		message->text = false;
}

static void qmp_message_read(struct qmp_message *message, char c)
{
	if (message->text)
		qmp_message_read_text(message, c);
	else if (c == '"')
		message->text = true;
	else if (c == '{' || c == '[')
		message->depth++;
	else if (c == '}' || c == ']')
		message->depth--;
}

enum qmp_message_outcome qmp_message_scan(
	struct qmp_message *message, const char *bytes, size_t n, size_t *ret_n)
{
	for (size_t i = 0; i < n; i++) {
		*ret_n = i + 1;
		if (message->depth == 0 && qmp_message_is_space(bytes[i]))
			continue;
		if (message->depth == 0 && bytes[i] != '{')
			return QMP_MESSAGE_E_STRANGE;
		qmp_message_read(message, bytes[i]);
		if (message->depth == 0)
			return QMP_MESSAGE_WHOLE;
	}
	*ret_n = n;
	return QMP_MESSAGE_MORE;
}
