/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the daemon finds of its fleet: who it is in it, whom it trusts and until when, whom it
 * reaches. */
#include "daemon/doctor.h"

#include "daemon/exchange/etcd.h"
#include "daemon/exchange/expiry.h"
#include "daemon/exchange/peers.h"

#include <stdio.h>
#include <string.h>

#define DOCTOR_FLEET_DAY_US    (UINT64_C(86400) * 1000000)
#define DOCTOR_FLEET_SOON_US   (30 * DOCTOR_FLEET_DAY_US) /* a certificate is to be renewed */
#define DOCTOR_FLEET_LISTS_US  (3 * DOCTOR_FLEET_DAY_US)  /* the same of a revocation list */
#define DOCTOR_FLEET_ROUNDS    10U			  /* whoever answers does so within */
#define DOCTOR_FLEET_LATELY_US (UINT64_C(600) * 1000000)

static bool doctor_fleet_is(const struct doctor *doctor, const char *mode)
{
	return strcmp(doctor->loop->config->exchange_mode, mode) == 0;
}

/* ------------------------------------------------------------- membership */

struct doctor_fleet_hosts {
	size_t n, expired, unproven;
};

static bool doctor_fleet_on_host(const struct directory_member *member, void *data)
{
	struct doctor_fleet_hosts *hosts = data;

	hosts->n++;
	hosts->expired += member->standing == DIRECTORY_EXPIRED;
	hosts->unproven += member->standing == DIRECTORY_UNPROVEN;
	return true;
}

void doctor_fleet_membership(struct doctor *doctor)
{
	const struct membership *membership = &doctor->loop->membership;
	const char *word = membership_word(membership);
	struct doctor_fleet_hosts hosts = { 0, 0, 0 };

	directory_list(membership->directory, doctor_fleet_on_host, &hosts);
	if (doctor_fleet_is(doctor, "none"))
		doctor_say(doctor, DOCTOR_OK, NULL,
			"this host keeps to itself, as [exchange] mode has it");
	else if (strcmp(word, "starting") == 0)
		doctor_say(doctor, DOCTOR_UNKNOWN, "ask again in a moment",
			"this host has not told its fleet of itself yet");
	else if (strcmp(word, "published") != 0)
		doctor_say(doctor, DOCTOR_FAIL,
			"mend what is named; files are read again when they change",
			"this host cannot tell its fleet of itself: %s%s%s",
			membership->trouble.where, *membership->trouble.where ? ": " : "",
			*membership->trouble.text ? membership->trouble.text : word);
	else if (*membership->trouble.text)
		doctor_say(doctor, DOCTOR_WARN,
			"mend the file; it is read again when it changes, and until then the one "
			"before counts",
			"%s: %s", membership->trouble.where, membership->trouble.text);
	else if (hosts.unproven > 0)
		doctor_say(doctor, DOCTOR_WARN,
			"if the CA was changed by mistake, put it back; else wait for the hosts to "
			"tell anew",
			"%zu of %zu hosts are not proven by what is trusted now, and count for no "
			"answer",
			hosts.unproven, hosts.n);
	else if (hosts.expired > 0)
		doctor_say(doctor, DOCTOR_WARN,
			"see to the daemons of those hosts; \"iommufleetctl hosts\" shows them, "
			"\"iommufleetctl forget\" drops one that is gone for good",
			"%zu of %zu hosts have not told of themselves in time", hosts.expired,
			hosts.n);
	else
		doctor_say(doctor, DOCTOR_OK, NULL, "%s is known to its fleet, and %zu hosts here",
			membership_name(membership), hosts.n);
}

/* ------------------------------------------------------------- files that expire */

struct doctor_fleet_file {
	const char *path;
	const char *what;
	const char *remedy;
	uint64_t soon_us;
	int (*read)(const char *path, struct expiry *ret, struct refusal *refusal);
};

static void doctor_fleet_judge(
	struct doctor *doctor, const struct doctor_fleet_file *file, const struct expiry *expiry)
{
	char span[DOCTOR_SPAN_BYTES];
	uint64_t now_us = doctor->now_us, last_us = expiry->span.last_us;

	if (last_us == UINT64_MAX)
		doctor_say(doctor, DOCTOR_OK, NULL, "%s never ends", file->path);
	else if (last_us <= now_us)
		doctor_say(doctor, DOCTOR_FAIL, file->remedy, "%s: %s %s expired %s ago",
			file->path, file->what, expiry->name, doctor_span(now_us - last_us, span));
	else if (expiry->span.first_us > now_us)
		doctor_say(doctor, DOCTOR_FAIL, "check the clock, or wait",
			"%s: a part of it is not valid before %s from now", file->path,
			doctor_span(expiry->span.first_us - now_us, span));
	else
		doctor_say(doctor, last_us - now_us < file->soon_us ? DOCTOR_WARN : DOCTOR_OK,
			last_us - now_us < file->soon_us ? file->remedy : NULL,
			"%s: %s %s is valid for %s more", file->path, file->what, expiry->name,
			doctor_span(last_us - now_us, span));
}

static void doctor_fleet_read(struct doctor *doctor, const struct doctor_fleet_file *file)
{
	struct refusal refusal = { "", "" };
	struct expiry expiry;
	int r = file->read(file->path, &expiry, &refusal);

	if (r == PEM_DONE)
		doctor_fleet_judge(doctor, file, &expiry);
	else
		doctor_say(doctor, DOCTOR_FAIL, file->remedy, "%s: %s", file->path,
			r < 0 ? strerror(-r) : refusal.text);
}

void doctor_fleet_certificate(struct doctor *doctor)
{
	struct doctor_fleet_file file = { .path = doctor->loop->config->exchange_certificate,
		.what = "the certificate",
		.remedy = "have the fleet's CA issue a new one and put it there; it is taken up "
			  "by itself",
		.soon_us = DOCTOR_FLEET_SOON_US,
		.read = expiry_read_certificates };

	if (*file.path)
		doctor_fleet_read(doctor, &file);
}

void doctor_fleet_authorities(struct doctor *doctor)
{
	struct doctor_fleet_file file = { .path = doctor->loop->config->exchange_ca,
		.what = "the CA",
		.remedy = "add the CA's successor to the file on every host, then have it issue "
			  "the hosts' certificates",
		.soon_us = 3 * DOCTOR_FLEET_SOON_US,
		.read = expiry_read_certificates };

	if (*file.path)
		doctor_fleet_read(doctor, &file);
}

void doctor_fleet_lists(struct doctor *doctor)
{
	struct doctor_fleet_file file = { .path = doctor->loop->config->exchange_crl,
		.what = "the list of",
		.remedy = "fetch a new list from the CA: with an expired one nothing new is "
			  "accepted",
		.soon_us = DOCTOR_FLEET_LISTS_US,
		.read = expiry_read_lists };

	if (*file.path)
		doctor_fleet_read(doctor, &file);
}

/* ------------------------------------------------------------- who is reached */

void doctor_fleet_peers(struct doctor *doctor)
{
	const struct loop *loop = doctor->loop;
	uint64_t lately_us = DOCTOR_FLEET_ROUNDS * loop->config->exchange_interval_us;
	struct peers_status status;
	char span[DOCTOR_SPAN_BYTES];

	if (!loop->peering.peers)
		return;
	if (lately_us < DOCTOR_FLEET_LATELY_US)
		lately_us = DOCTOR_FLEET_LATELY_US;
	peers_get_status(loop->peering.peers, lately_us, &status);
	if (status.places == 0)
		doctor_say(doctor, DOCTOR_WARN,
			"name some in [peers] connect or file; the others tell of the rest",
			"no place of a peer is known");
	else if (status.reached == 0 && status.failing > 0)
		doctor_say(doctor, DOCTOR_FAIL,
			"see the log (journalctl -u iommufleetd) for why; check the names, the "
			"firewall, and that both ends trust each other's CA",
			"none of %zu places was reached in %s; %s is one", status.places,
			doctor_span(lately_us, span), status.failed);
	else if (status.reached == 0)
		doctor_say(doctor, DOCTOR_UNKNOWN, "ask again after the next round",
			"none of %zu places was tried in %s", status.places,
			doctor_span(lately_us, span));
	else if (status.failing > 0)
		doctor_say(doctor, DOCTOR_WARN,
			"see the log (journalctl -u iommufleetd); a place that is gone for good "
			"can "
			"be taken out of [peers] connect and file",
			"%zu of %zu places were reached in %s, and %zu do not answer; %s is one",
			status.reached, status.places, doctor_span(lately_us, span), status.failing,
			status.failed);
	else
		doctor_say(doctor, DOCTOR_OK, NULL, "%zu of %zu places were reached in %s",
			status.reached, status.places, doctor_span(lately_us, span));
}

void doctor_fleet_etcd(struct doctor *doctor)
{
	struct meeting *meeting = &doctor->loop->meeting;
	const char *remedy = "check [etcd] endpoints, certificates and user; etcd's own log and "
			     "\"etcdctl endpoint health\" tell more";
	struct etcd_status status;

	if (!doctor_fleet_is(doctor, "etcd"))
		return;
	if (!meeting->etcd) {
		doctor_say(doctor, DOCTOR_FAIL, "mend [etcd] and restart the daemon",
			"the settings cannot be used: %s: %s", meeting->refusal.where,
			meeting->refusal.text);
		return;
	}
	etcd_get_status(meeting->etcd, &status);
	if (status.reached_us == 0 && !*status.trouble)
		doctor_say(doctor, DOCTOR_UNKNOWN, "ask again in a moment",
			"%s has not answered yet", status.endpoint);
	else if (!status.reached)
		doctor_say(doctor, DOCTOR_FAIL, remedy, "%s does not answer: %s", status.endpoint,
			status.trouble);
	else if (!status.published)
		doctor_say(doctor, DOCTOR_WARN, remedy,
			"%s answers, but does not hold this host's newest record%s%s",
			status.endpoint, *status.trouble ? ": " : "", status.trouble);
	else if (doctor->loop->config->etcd_observer && !status.listed)
		doctor_say(doctor, DOCTOR_WARN, remedy,
			"%s answers, but has not shown all of the fleet%s%s", status.endpoint,
			*status.trouble ? ": " : "", status.trouble);
	else
		doctor_say(doctor, DOCTOR_OK, NULL, "%s answers, and holds this host's record",
			status.endpoint);
}
