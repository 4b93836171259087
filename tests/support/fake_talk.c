/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/support/fake_talk.h"

#include <stdlib.h>
#include <string.h>

/* Of a request and of an answer beside what varies: "GET  HTTP/1.1", a host, a length, a type. */
#define FAKE_TALK_HEAD 120U

static bool fake_talk_matches(const struct http_route *route, const struct peers_ask *ask)
{
	size_t n = strlen(route->path);

	return strcmp(route->method, ask->method) == 0 &&
	       (route->path[n - 1] == '/' ? strncmp(route->path, ask->path, n) == 0
					  : strcmp(route->path, ask->path) == 0);
}

void fake_talk_answer(const struct peers_service *service, const struct peers_ask *ask,
	const char *peer, struct http_answer *answer)
{
	*answer = (struct http_answer){ .status = 404 };
	for (unsigned i = 0; i < PEERS_ROUTES; i++) {
		const struct http_route *route = &peers_routes[i];
		struct http_request request = { .peer = peer,
			.tag = ask->tag ? ask->tag : "",
			.argument = ask->path + strlen(route->path),
			.body = ask->body,
			.n_body = ask->n_body };

		if (!fake_talk_matches(route, ask))
			continue;
		answer->status = ask->n_body <= route->max_body ? 500 : 413;
		if (answer->status == 500)
			route->handle(&request, answer, (void *)service);
	}
}

int fake_talk_run(struct peers_talk *talk, const struct peers_service *service, const char *peer,
	struct fake_talk_bytes *bytes)
{
	struct http_answer answer;
	struct peers_ask ask;
	int r = 0;

	while (peers_talk_next(talk, &ask)) {
		bytes->asked += FAKE_TALK_HEAD + strlen(ask.path) + ask.n_body +
				(ask.tag ? strlen(ask.tag) + 20 : 0);
		fake_talk_answer(service, &ask, peer, &answer);
		bytes->answered += FAKE_TALK_HEAD + answer.n_body + strlen(answer.tag);
		/* The body is too long for who asked: the request fails. */
		r = answer.n_body > ask.max_bytes
			    ? -1
			    : peers_talk_take(talk, answer.status, answer.body ? answer.body : "",
				      answer.n_body);
		free(answer.body);
		if (r < 0)
			return r;
	}
	return r;
}
