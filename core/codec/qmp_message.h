/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where one message of QEMU's monitor ends and the next begins (qemu/qemu docs/interop/qmp-spec):
 * JSON objects one after the other, on a line each or, from a monitor with pretty=on, on many.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What is known of a message of which a part has come; starts zero. */
struct qmp_message {
	size_t depth; /* braces and brackets that are open */
	bool text;    /* inside quotes */
	bool escaped; /* behind a backslash */
};

enum qmp_message_outcome {
	QMP_MESSAGE_MORE,      /* it does not end in these bytes */
	QMP_MESSAGE_WHOLE,     /* it ends */
	QMP_MESSAGE_E_STRANGE, /* what begins there is no object */
};

/*
 * Looks at @n more bytes. @ret_n is how many of them belong to the message, or to the space before
 * it: on QMP_MESSAGE_WHOLE up to its last brace, and @message is ready for the next one. White
 * space alone is no beginning of a message. Whether it is well formed is the parser's to say.
 */
enum qmp_message_outcome qmp_message_scan(
	struct qmp_message *message, const char *bytes, size_t n, size_t *ret_n);
