/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE
/*
 * pack-capture SYSROOT [KERNEL-LOG]: writes the capture of a sysroot to stdout. It is
 * `iommufleetctl capture
 * --sysroot` without the client around it, for those who add a captured host to the tests.
 */
#include "client/capture.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 2 && argc != 3) {
		fprintf(stderr, "usage: pack-capture SYSROOT [KERNEL-LOG]\n");
		return 2;
	}
	int root_fd = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0) {
		fprintf(stderr, "pack-capture: %s: %m\n", argv[1]);
		return 1;
	}
	int r = capture_write(root_fd, argc == 3 ? argv[2] : NULL, stdout);
	close(root_fd);
	if (r < 0) {
		fprintf(stderr, "pack-capture: %s: %s\n", argv[1], strerror(-r));
		return 1;
	}
	return 0;
}
