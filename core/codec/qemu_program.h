/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU by the name of its program: qemu-system-ARCH, qemu-kvm, kvm. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct qemu_program {
	const char *arch;  /* as uname -m, borrowed from the word when it is not a known one */
	size_t n_arch;	   /* bytes of it */
	bool kvm;	   /* a program of this name uses KVM unless told otherwise */
	bool arch_assumed; /* the name does not say which */
};

/* True when the last part of the path @word is such a name; @ret may be NULL. */
bool qemu_program_parse(const char *word, struct qemu_program *ret);
