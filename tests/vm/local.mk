# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Real kernels, booted. The suite boots one; "make check-vm" all, or those in HOSTS.

TESTS += tests/vm/test_vm.sh
EXTRA_DIST += \
	tests/vm/build.py \
	tests/vm/check_vm.py \
	tests/vm/fetch \
	tests/vm/hosts.py \
	tests/vm/image.py \
	tests/vm/init \
	tests/vm/machine.py \
	tests/vm/test_vm.sh \
	tests/vm/truth.py \
	tests/vm/vfio_ranges.c \
	tests/vm/walk.py

check-vm: all
	$(AM_TESTS_ENVIRONMENT) $(PYTHON3) '$(srcdir)'/tests/vm/check_vm.py $(HOSTS)

clean-local:
	rm -rf vm

.PHONY: check-vm
