/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/names.h"

#include "core/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <pci/pci.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct names {
	struct pci_access *access; /* NULL: there are no names */
};

static void names_on_error(char *message, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* libpci does not survive a return from here. In the child this is the answer. */
static void names_on_error(char *message, ...)
{
	(void)message;
	_exit(EXIT_FAILURE);
}

static void names_on_warning(char *message, ...) __attribute__((format(printf, 1, 2)));

static void names_on_warning(char *message, ...)
{
	(void)message;
}

struct names_buffer {
	char *text;
	size_t n;
};

/* Never the number of what has no name, nor what another database than pci.ids has. */
static const char *names_lookup(
	struct names *names, int flags, int vendor, int device, struct names_buffer buffer)
{
	flags |= PCI_LOOKUP_NO_NUMBERS | PCI_LOOKUP_NO_HWDB;
	return pci_lookup_name(names->access, buffer.text, (int)buffer.n, flags, vendor, device);
}

/* Whether libpci can read its file: asked of a child, which it may end. */
static bool names_can_load(struct names *names)
{
	char buffer[64];
	pid_t child;
	int status;

	child = fork();
	if (child < 0)
		return false;
	if (child == 0) {
		names_lookup(names, PCI_LOOKUP_VENDOR, 0, 0,
			(struct names_buffer){ buffer, sizeof(buffer) });
		_exit(EXIT_SUCCESS);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

int names_new(const char *path, struct names **ret)
{
	struct names *names = calloc(1, sizeof(*names));

	if (!names)
		return -ENOMEM;
	names->access = pci_alloc();
	if (names->access) {
		names->access->error = names_on_error;
		names->access->warning = names_on_warning;
		names->access->debug = names_on_warning;
		if (path)
			pci_set_name_list_path(names->access, (char *)path, 0);
		if (!names_can_load(names)) {
			pci_cleanup(names->access);
			names->access = NULL;
		}
	}
	*ret = names;
	return 0;
}

struct names *names_free(struct names *names)
{
	if (!names)
		return NULL;
	if (names->access)
		pci_cleanup(names->access);
	free(names);
	return NULL;
}

const char *names_find(
	struct names *names, uint16_t vendor, uint16_t device, char *buffer, size_t n)
{
	struct names_buffer out = { buffer, n };

	if (!names->access)
		return NULL;
	if (names_lookup(names, PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE, vendor, device, out))
		return buffer;
	return names_lookup(names, PCI_LOOKUP_VENDOR, vendor, device, out) ? buffer : NULL;
}
