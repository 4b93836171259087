# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Two libvirtd, a guest that migrates between them, and the hook.
