/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the libvirt hook holds a guest to: libvirt-hook.conf, and over it what the guest's own
 * <metadata> says (core/codec/domain_xml.h). Both are read strictly: one that is wrong anywhere is
 * refused as a whole, because half of a policy is another policy.
 */
#pragma once

#include "core/codec/domain_xml.h"
#include "core/codec/refusal.h"

#include <stdbool.h>
#include <stdint.h>

#define HOOK_POLICY_FILE      IOMMUFLEET_CONF_DIR "/libvirt-hook.conf"
#define HOOK_POLICY_BUS_BYTES 200

/* Operations in which the hook may refuse. */
enum hook_policy_operation {
	HOOK_POLICY_MIGRATE = 1 << 0,
	HOOK_POLICY_PREPARE = 1 << 1,
	HOOK_POLICY_RESTORE = 1 << 2,
};

struct hook_policy {
	unsigned require;	  /* questions that must not be unsafe, bits */
	unsigned refuse;	  /* operations that are refused, bits; in others it warns */
	bool deny_daemon_missing; /* a daemon that cannot be asked counts as unsafe */
	bool deny_cannot_tell;	  /* an answer that is unknown counts as unsafe */
	uint64_t timeout_us;	  /* for everything */
	char bus[HOOK_POLICY_BUS_BYTES];
};

/* require=migrate, refuse=migrate, daemon-missing=allow, cannot-tell=allow, timeout=2s, system. */
extern const struct hook_policy hook_policy_preset;

enum hook_policy_outcome {
	HOOK_POLICY_DONE,
	HOOK_POLICY_E_REFUSED, /* the refusal says the place and what is wrong */
};

/*
 * Reads @path over @policy; a missing file is nothing wrong unless @must_exist. @policy is left
 * alone on anything but HOOK_POLICY_DONE. -ENOMEM.
 */
int hook_policy_load(
	struct hook_policy *policy, const char *path, bool must_exist, struct refusal *refusal);

/* Puts what a guest's metadata says over @policy. As hook_policy_load(). */
int hook_policy_apply(struct hook_policy *policy, const struct domain_xml_policy *metadata,
	struct refusal *refusal);
