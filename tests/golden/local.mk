# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One test for each captured host: its capture.txt, run by tests/golden/run. tests/golden/README tells
# the form of a capture and how to add one.

noinst_LIBRARIES += client/libcapture.a

client_libcapture_a_SOURCES = \
	client/capture.c \
	client/capture.h \
	client/capture_places.c \
	client/capture_places.h \
	client/capture_scrub.c \
	client/capture_scrub.h \
	client/capture_text.c \
	client/capture_text.h

noinst_PROGRAMS += \
	tests/support/pack-capture \
	tests/support/unpack-capture

tests_support_pack_capture_SOURCES = tests/support/pack_capture.c
tests_support_pack_capture_LDADD = client/libcapture.a

tests_support_unpack_capture_SOURCES = \
	tests/support/capture_read.c \
	tests/support/capture_read.h \
	tests/support/unpack_capture.c
tests_support_unpack_capture_LDADD = client/libcapture.a

# What stands behind the captures is unit-tested with the rest.
check_PROGRAMS += \
	tests/unit/test_capture \
	tests/unit/test_capture_read
TESTS += \
	tests/unit/test_capture \
	tests/unit/test_capture_read

tests_unit_test_capture_LDADD = client/libcapture.a $(TEST_LIBS)

tests_unit_test_capture_read_SOURCES = \
	tests/support/capture_read.c \
	tests/unit/test_capture_read.c
tests_unit_test_capture_read_LDADD = client/libcapture.a $(TEST_LIBS)

golden_hosts = \
	arm64-none \
	arm64-smmuv3-16k \
	arm64-smmuv3-6.12 \
	arm64-smmuv3-7.2 \
	arm64-smmuv3-acpi \
	arm64-smmuv3-dtresv \
	arm64-smmuv3-max \
	arm64-smmuv3-plat \
	arm64-smmuv3-rmr \
	arm64-smmuv3-v2m \
	arm64-smmuv3 \
	arm64-sriov-igb \
	arm64-vfio \
	arm64-virtio-iommu \
	x86-amdvi-7.2 \
	x86-amdvi-ats \
	x86-amdvi-ivmd \
	x86-amdvi-off \
	x86-amdvi-pt \
	x86-amdvi \
	x86-i440fx \
	x86-none-vfio \
	x86-none \
	x86-sriov-igb \
	x86-sriov \
	x86-vfio-amdvi \
	x86-vfio-ivmd \
	x86-vfio-lpc \
	x86-vfio-noir \
	x86-vfio-rmrr \
	x86-vfio \
	x86-virtio-iommu \
	x86-vtd-6.12 \
	x86-vtd-7.2 \
	x86-vtd-ats \
	x86-vtd-default \
	x86-vtd-nointremap \
	x86-vtd-nomap \
	x86-vtd-noredir \
	x86-vtd-numa \
	x86-vtd-off \
	x86-vtd-pt \
	x86-vtd-rmrr-7.2 \
	x86-vtd-rmrr \
	x86-vtd-sm \
	x86-vtd

golden_hosts_with_vfio = \
	arm64-vfio \
	x86-none-vfio \
	x86-vfio-amdvi \
	x86-vfio-ivmd \
	x86-vfio-lpc \
	x86-vfio-noir \
	x86-vfio-rmrr \
	x86-vfio

EXTRA_DIST += \
	tests/golden/README \
	$(golden_hosts:%=tests/golden/%/capture.txt) \
	$(golden_hosts:%=tests/golden/%/why.md) \
	$(golden_hosts_with_vfio:%=tests/golden/%/vfio.expected)
