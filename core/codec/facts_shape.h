/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of the facts document: every struct of core/model/facts.h as a shape. */
#pragma once

#include "core/codec/shape.h"

/* Of struct facts; the members "schema" and "minor" are the document's own and not in it. */
extern const struct shape facts_shape;
