/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hosts and guests that tests/support/ask.h starts from, as JSON with ' for ". */
#pragma once

struct ask_base_edit {
	const char *path; /* NULL: the end */
	const char *json;
};

extern const char ask_base_facts[];
extern const struct ask_base_edit ask_base_amd[];
extern const struct ask_base_edit ask_base_arm[];
extern const char ask_base_x86_guest[];
extern const char ask_base_arm_guest[];
