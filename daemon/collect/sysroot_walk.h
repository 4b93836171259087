/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Opens a path beneath a folder where the kernel has no openat2() (before 5.6) or gives up:
 * component by component, links resolved by hand, never above the folder.
 */
#pragma once

#include <stdbool.h>

/*
 * Opens @path beneath @root with the open() @flags. With @links, links are followed within @root as
 * in a chroot, else one is -ELOOP. A descriptor, or negative errno.
 */
int sysroot_walk_open(int root, const char *path, int flags, bool links);
