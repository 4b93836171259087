/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* doctor: whether iommufleet itself is well on this host. */
#include "client/doctor.h"
#include "client/field.h"
#include "client/verb.h"
#include "core/cleanup.h"

#include <errno.h>
#include <string.h>

CLEANUP_DEFINE(json_t *, json_decref, verb_doctor_decrefp);
CLEANUP_DEFINE(struct source *, source_close, verb_doctor_source_closep);

/* What the daemon says of itself in @ret; NULL, with @trouble set: it says nothing. -ENOMEM. */
static int verb_doctor_ask(const struct verb_call *call, struct trouble *trouble, json_t **ret)
{
	_cleanup_(verb_doctor_source_closep) struct source *source = NULL;
	int r = source_open(call->options, trouble, &source);

	if (r == 0)
		r = source_report(source, "doctor", "", trouble, ret);
	return r < 0 ? r : 0;
}

static int verb_doctor_add_daemon(json_t *checks, const json_t *said, const struct trouble *trouble)
{
	struct doctor_row row = { .check = "daemon", .state = DOCTOR_OK };
	const char *version = field_text(said, "daemon");

	if (!said) {
		row.state = DOCTOR_FAIL;
		row.remedy = "start it with \"systemctl start iommufleetd\"; \"journalctl -u "
			     "iommufleetd\" says why it ended";
		return doctor_add(checks, &row, "%s", trouble->text);
	}
	if (version && strcmp(version, IOMMUFLEET_VERSION) == 0)
		return doctor_add(checks, &row, "iommufleetd " IOMMUFLEET_VERSION " answers");
	row.state = DOCTOR_WARN;
	row.remedy = "restart the daemon with \"systemctl restart iommufleetd\", or upgrade the "
		     "older of the two";
	return doctor_add(checks, &row, "iommufleetd is of version %s, and iommufleetctl of %s",
		version ? version : "unknown", IOMMUFLEET_VERSION);
}

int verb_doctor_run(const struct verb_call *call, enum verb_exit *ret_exit)
{
	_cleanup_(verb_doctor_decrefp) json_t *said = NULL, *document = NULL;
	struct trouble trouble = { 0 };
	json_t *checks;
	int r = verb_doctor_ask(call, &trouble, &said);

	if (r < 0)
		return r;
	document = json_pack("{s:s, s:s, s:s?, s:s?, s:[]}", "schema", "iommufleet-doctor-1",
		"client", IOMMUFLEET_VERSION, "daemon", field_text(said, "daemon"), "host",
		field_text(said, "host"), "checks");
	if (!document)
		return -ENOMEM;
	checks = json_object_get(document, "checks");
	r = verb_doctor_add_daemon(checks, said, &trouble);
	if (r == 0)
		r = said ? doctor_take(checks, said) : doctor_local_add(checks, call->options);
	if (r == 0)
		r = call->display->json == DISPLAY_JSON_OFF
			    ? doctor_print(call->display, checks)
			    : display_document(call->display, document);
	*ret_exit = doctor_count(checks, DOCTOR_FAIL) > 0 ? VERB_FAILED : VERB_DONE;
	return r;
}
