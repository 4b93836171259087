/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The program: from a command line to an exit code. */
#pragma once

/* Does what the command line says. Returns what the process is to end with, an enum verb_exit. */
int command_run(int argc, char *const argv[]);
