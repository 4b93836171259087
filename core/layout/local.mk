# SPDX-License-Identifier: LGPL-2.1-or-later
#
# From a machine to its map.

core_libcore_a_SOURCES += \
	core/layout/layout.h
