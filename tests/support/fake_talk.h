/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Talks of peers without a network: what one asks goes straight into the other's table of paths. */
#pragma once

#include "daemon/exchange/peers/serve.h"
#include "daemon/exchange/peers/talk.h"

/* What went over the wire that there is not: heads and bodies. */
struct fake_talk_bytes {
	uint64_t asked, answered;
};

/* Has the route of @ask answer into @answer; its body is to be freed. */
void fake_talk_answer(const struct peers_service *service, const struct peers_ask *ask,
	const char *peer, struct http_answer *answer);

/* Talks to the end. What peers_talk_take() gave last. */
int fake_talk_run(struct peers_talk *talk, const struct peers_service *service, const char *peer,
	struct fake_talk_bytes *bytes);
