/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "client/command.h"

int main(int argc, char *argv[])
{
	return command_run(argc, argv);
}
