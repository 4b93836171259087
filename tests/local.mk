# SPDX-License-Identifier: LGPL-2.1-or-later
#
# A suite is a folder: what tests/NAME/local.mk puts into TESTS belongs to suite NAME.

EXTRA_DIST += tests/suites.mk

include tests/unit/local.mk
include tests/golden/local.mk
include tests/prop/local.mk
include tests/bus/local.mk
include tests/cli/local.mk
include tests/fault/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk
include tests/lint/local.mk
