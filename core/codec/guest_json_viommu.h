/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The member "viommu" of a guest document. */
#pragma once

#include "core/codec/member.h"
#include "core/model/viommu.h"

/* A member_read() of null, of a model's name, or of an object, into a struct viommu. */
int guest_json_viommu_read(struct member_reader *reader, const json_t *value, void *ret);

/* The object of @viommu: a new reference, or NULL when memory runs out. */
json_t *guest_json_viommu_tree(const struct viommu *viommu);
