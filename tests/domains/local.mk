# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Real guests: the derived map against the one that QEMU built. tests/support/print_map says what the
# product makes of a text, tests/support/mtree_text.py what QEMU said, read without the product.

check_PROGRAMS += tests/support/print_map
tests_support_print_map_LDADD = core/libcore.a $(CORE_LIBS)

dist_check_SCRIPTS += tests/domains/guests.py
TESTS += tests/domains/guests.py

EXTRA_DIST += \
	tests/domains/data \
	tests/support/maplib.py \
	tests/support/mtree_text.py
