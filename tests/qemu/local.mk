# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Machines as the product lays them out, against QEMU itself, and domains against libvirt's arguments.
# "make check-qemu" goes on for longer: RUNS=300 FIRST=1, QEMU=FOLDER for another QEMU, KVM=--kvm.

qemu_tests = \
	tests/qemu/boundaries.py \
	tests/qemu/differential.py \
	tests/qemu/libvirt.py

TESTS += $(qemu_tests)

EXTRA_DIST += \
	$(qemu_tests) \
	tests/qemu/domains.py \
	tests/qemu/embedded.py \
	tests/qemu/machines.py \
	tests/qemu/qemulib.py

RUNS = 300
FIRST = 1
QEMU =
KVM =

check-qemu: tests/support/print_map$(EXEEXT)
	@$(AM_TESTS_ENVIRONMENT) \
	cd '$(abs_top_builddir)' && \
	$(PYTHON3) '$(abs_srcdir)/tests/qemu/boundaries.py' $(if $(QEMU),--bin '$(QEMU)') && \
	$(PYTHON3) '$(abs_srcdir)/tests/qemu/differential.py' --runs $(RUNS) --first $(FIRST) \
		$(if $(QEMU),--bin '$(QEMU)') $(KVM) && \
	$(PYTHON3) '$(abs_srcdir)/tests/qemu/libvirt.py' --runs $(RUNS) --first $(FIRST) $(KVM)

.PHONY: check-qemu
