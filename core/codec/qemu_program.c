/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "core/codec/qemu_program.h"

#include <string.h>

/* QEMU's names of targets that are not the kernel's of the machine. */
static const struct {
	const char *target, *arch;
} qemu_program_archs[] = {
	{ "i386", "i686" },
	{ "arm", "armv7l" },
};

static bool qemu_program_is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool qemu_program_parse_target(const char *name, struct qemu_program *ret)
{
	static const char start[] = "qemu-system-";
	const char *target = name + sizeof(start) - 1;
	size_t n = 0;

	if (strncmp(name, start, sizeof(start) - 1) != 0)
		return false;
	while (qemu_program_is_name(target[n]))
		n++;
	/* Distributions rename it: qemu-system-x86_64-headless, .qemu-system-x86_64-wrapped. */
	if (n == 0 || (target[n] && target[n] != '-' && target[n] != '.'))
		return false;

	*ret = (struct qemu_program){ .arch = target, .n_arch = n };
	for (size_t i = 0; i < sizeof(qemu_program_archs) / sizeof(qemu_program_archs[0]); i++) {
		if (strncmp(target, qemu_program_archs[i].target, n) == 0 &&
			!qemu_program_archs[i].target[n]) {
			ret->arch = qemu_program_archs[i].arch;
			ret->n_arch = strlen(ret->arch);
		}
	}
	return true;
}

bool qemu_program_parse(const char *word, struct qemu_program *ret)
{
	static const char x86[] = "x86_64";
	const char *slash = strrchr(word, '/');
	const char *name = slash ? slash + 1 : word;
	struct qemu_program unused = { 0 };

	ret = ret ? ret : &unused;
	if (name[0] == '.')
		name++;
	if (qemu_program_parse_target(name, ret))
		return true;
	if (strcmp(name, "kvm") != 0 && strcmp(name, "qemu-kvm") != 0)
		return false;
	*ret = (struct qemu_program){
		.arch = x86,
		.n_arch = sizeof(x86) - 1,
		.kvm = true,
		.arch_assumed = true,
	};
	return true;
}
