/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt-hook: what libvirt's hook file runs. */
#include "client/hook.h"
#include "client/verb.h"

int verb_hook_run(const struct verb_call *call, enum verb_exit *ret_exit)
{
	struct hook_call told = {
		.guest = call->arguments[0],
		.operation = call->arguments[1],
		.suboperation = call->arguments[2],
	};
	struct hook_options options = {
		.config = call->options->config,
		.bus = call->options->bus,
	};

	*ret_exit = hook_run(&told, &options) ? VERB_DONE : VERB_FAILED;
	return 0;
}
