/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_cmdline.h"

#include "core/cleanup.h"
#include "core/codec/qemu_board.h"
#include "core/codec/qemu_cpu.h"
#include "core/codec/qemu_device.h"
#include "core/codec/qemu_memory.h"
#include "core/codec/qemu_option.h"
#include "core/codec/qemu_words.h"
#include "core/model/limits.h"

CLEANUP_DEFINE(struct machine *, machine_free, qemu_cmdline_machine_freep);

/* In the order in which QEMU makes a machine: devices need its RAM, and that its backends. */
static int qemu_cmdline_finish(struct qemu_reader *reader)
{
	int r = qemu_board_finish(reader);

	if (r == QEMU_READER_DONE)
		r = qemu_cpu_finish(reader);
	if (r == QEMU_READER_DONE)
		r = qemu_memory_finish(reader);
	return r == QEMU_READER_DONE ? qemu_device_finish(reader) : r;
}

static int qemu_cmdline_read(struct qemu_reader *reader, const struct qemu_words *words)
{
	size_t at = 1;
	int r = QEMU_READER_DONE;

	(void)qemu_program_parse(words->items[0], &reader->program);
	reader->n_arguments = words->n;
	while (r == QEMU_READER_DONE && at < words->n)
		r = qemu_option_take(reader, words->items, words->n, &at);
	return r == QEMU_READER_DONE ? qemu_cmdline_finish(reader) : r;
}

int qemu_cmdline_decode(const char *bytes, size_t n, struct machine **ret, struct refusal *refusal)
{
	_cleanup_(qemu_cmdline_machine_freep) struct machine *machine = NULL;
	struct qemu_words words;
	struct qemu_reader reader = { .board = { .option = "-machine" } };
	int r;

	if (n > LIMIT_CMDLINE_BYTES)
		return refusal_set(
			refusal, "the command line", "has more than %u bytes", LIMIT_CMDLINE_BYTES);
	r = machine_new(&machine);
	if (r < 0)
		return r;
	r = qemu_words_split(machine->arena, bytes, n, refusal, &words);
	if (r != QEMU_WORDS_DONE)
		return r;

	reader.machine = machine;
	reader.place = (struct qemu_opts_place){ .arena = machine->arena, .refusal = refusal };
	r = qemu_cmdline_read(&reader, &words);
	if (r == QEMU_READER_DONE)
		*ret = cleanup_take(machine);
	return r;
}
