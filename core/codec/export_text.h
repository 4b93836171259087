/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The labels of a host (core/judge/node_labels.h) in the forms that others read. What stands in
 * @labels may have come from elsewhere: it is held against the rules of the form before it is
 * written, so that no value can become a line or a member of its own.
 */
#pragma once

#include "core/codec/refusal.h"

#include <jansson.h>

#define EXPORT_TEXT_DIGITS 32U /* of a digest: a value of a Kubernetes label ends at 63 */

enum export_text_outcome {
	EXPORT_TEXT_DONE,
	EXPORT_TEXT_E_REFUSED, /* @labels is no such document */
};

/*
 * A feature file of Node Feature Discovery's "local" source in @ret, to be freed with free(): lines
 * "feature.node.kubernetes.io/iommufleet-NAME=VALUE", sorted; yes is "true", no is "false", and
 * what is not known is "unknown". No comments: versions before 0.14 took them for labels. -ENOMEM.
 */
int export_text_nfd(const json_t *labels, char **ret, struct refusal *refusal);

/*
 * A provider configuration of OpenStack Nova, schema 1.0, in @ret, to be freed with free(): the
 * custom traits CUSTOM_IOMMUFLEET_CLASS_DIGITS and CUSTOM_IOMMUFLEET_MAP_DIGITS for the compute
 * node that reads it. -ENOMEM.
 */
int export_text_nova(const json_t *labels, char **ret, struct refusal *refusal);
