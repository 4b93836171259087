# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Two libvirtd, a guest that migrates between them, and the hook.

TESTS += tests/libvirt/test_migration.py
EXTRA_DIST += \
	tests/libvirt/cases.py \
	tests/libvirt/hosts.py \
	tests/libvirt/journal.py \
	tests/libvirt/test_migration.py
