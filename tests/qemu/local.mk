# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Random machines: the derived map against QEMU's own.
