/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state of reading QEMU's arguments. QEMU takes them in any order and makes the machine from
 * them in its own; so they are gathered first, here, and understood when all are there.
 */
#pragma once

#include "core/codec/qemu_opts.h"
#include "core/codec/qemu_program.h"
#include "core/model/machine.h"

enum qemu_reader_outcome {
	QEMU_READER_DONE,
	QEMU_READER_E_REFUSED,
};

/* Options of one kind, in their order. */
struct qemu_reader_list {
	size_t n;
	struct qemu_opts *items;
};

struct qemu_reader {
	struct qemu_opts_place place;
	struct machine *machine;
	struct qemu_program program;
	const char *option;			  /* that is being read: "-device" */
	size_t argument;			  /* its number */
	size_t n_arguments;			  /* in all: no list has more */
	struct qemu_opts board, memory, smp, cpu; /* of several, merged as QEMU does */
	struct qemu_reader_list accels, objects, devices, globals, nodes, sets;
	const char *mem_path; /* -mem-path, or NULL */
	const char *vga;      /* -vga, or NULL */
	bool nodefaults;
	bool has_network;	     /* -net, -nic or -netdev: the board adds no card by itself */
	bool has_nic;		     /* -net nic or -nic: it adds a card that has no -device */
	bool is_named_arm;	     /* a file's name says that it is firmware of aarch64 */
	unsigned n_type1, n_iommufd; /* devices that are given to it by either */
};

/* Sets the refusal to the option that is being read and this sentence. QEMU_READER_E_REFUSED. */
int qemu_reader_refuse(struct qemu_reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Names what is not modelled and may matter. Said once; past the machine's limit that there is
 * more is all that is said. QEMU_READER_DONE, or -ENOMEM.
 */
int qemu_reader_opaque(struct qemu_reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* An outcome of machine_add_memory() and its like, where -E2BIG is a refusal of @opts. */
int qemu_reader_added(struct qemu_reader *reader, const struct qemu_opts *opts, int r);

/* Parses @text as the option that is being read. */
int qemu_reader_parse(
	struct qemu_reader *reader, const char *text, const char *implied, struct qemu_opts *ret);

/* The same, and appends it to @list. */
int qemu_reader_append(struct qemu_reader *reader, struct qemu_reader_list *list, const char *text,
	const char *implied);

/* A copy of @text that can be shown: at most LIMIT_TEXT printable bytes. NULL: no memory. */
const char *qemu_reader_text(struct qemu_reader *reader, const char *text);

/* The object of that id, or NULL. */
const struct qemu_opts *qemu_reader_find_object(const struct qemu_reader *reader, const char *id);

/*
 * The properties of @device, after those that -global gives every device of its driver: the last
 * one counts. QEMU_READER_DONE, QEMU_READER_E_REFUSED, -ENOMEM.
 */
int qemu_reader_resolve(
	struct qemu_reader *reader, const struct qemu_opts *device, struct qemu_opts *ret);
