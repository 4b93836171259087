# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Real guests: the derived map against the one that QEMU built.
