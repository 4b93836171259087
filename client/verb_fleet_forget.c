/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* forget: a host that is no longer. */
#include "client/remote.h"
#include "client/verb.h"
#include "core/cleanup.h"

int verb_fleet_forget(const struct verb_call *call, enum verb_exit *ret_exit)
{
	_cleanup_(remote_talk_done) struct remote_talk talk = { 0 };
	int r;

	if (!*call->arguments[0])
		return trouble_usage(call->trouble,
			"forget needs the name of a host; \"iommufleetctl hosts\" lists them");
	r = remote_talk_open(call->options, call->trouble, &talk);
	if (r == 0)
		r = remote_drop(&talk, "Forget", call->arguments[0], call->trouble);
	*ret_exit = VERB_DONE;
	return r;
}
