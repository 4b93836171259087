# SPDX-License-Identifier: LGPL-2.1-or-later
#
# "make check-deb": the Debian packages, built, read by lintian, and installed where systemd runs. It
# takes minutes, root and an archive of Debian's, and is not part of the suites.

EXTRA_DIST += tests/deb/check_deb.py

check-deb: all
	$(AM_TESTS_ENVIRONMENT) $(PYTHON3) '$(srcdir)'/tests/deb/check_deb.py

.PHONY: check-deb
