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

golden_captures = \
	tests/golden/arm64-none/capture.txt \
	tests/golden/arm64-smmuv3-16k/capture.txt \
	tests/golden/arm64-smmuv3-6.12/capture.txt \
	tests/golden/arm64-smmuv3-7.2/capture.txt \
	tests/golden/arm64-smmuv3-acpi/capture.txt \
	tests/golden/arm64-smmuv3-dtresv/capture.txt \
	tests/golden/arm64-smmuv3-max/capture.txt \
	tests/golden/arm64-smmuv3-plat/capture.txt \
	tests/golden/arm64-smmuv3-rmr/capture.txt \
	tests/golden/arm64-smmuv3-v2m/capture.txt \
	tests/golden/arm64-smmuv3/capture.txt \
	tests/golden/arm64-sriov-igb/capture.txt \
	tests/golden/arm64-vfio-16k/capture.txt \
	tests/golden/arm64-vfio-7.2/capture.txt \
	tests/golden/arm64-vfio-v2m/capture.txt \
	tests/golden/arm64-vfio-virtio-iommu/capture.txt \
	tests/golden/arm64-vfio/capture.txt \
	tests/golden/arm64-virtio-iommu/capture.txt \
	tests/golden/x86-amdvi-7.2/capture.txt \
	tests/golden/x86-amdvi-ats/capture.txt \
	tests/golden/x86-amdvi-ivmd/capture.txt \
	tests/golden/x86-amdvi-off/capture.txt \
	tests/golden/x86-amdvi-pt/capture.txt \
	tests/golden/x86-amdvi/capture.txt \
	tests/golden/x86-i440fx/capture.txt \
	tests/golden/x86-none-vfio/capture.txt \
	tests/golden/x86-none/capture.txt \
	tests/golden/x86-sriov-igb/capture.txt \
	tests/golden/x86-sriov/capture.txt \
	tests/golden/x86-vfio-7.2/capture.txt \
	tests/golden/x86-vfio-amdvi-7.2/capture.txt \
	tests/golden/x86-vfio-amdvi/capture.txt \
	tests/golden/x86-vfio-ivmd/capture.txt \
	tests/golden/x86-vfio-lpc/capture.txt \
	tests/golden/x86-vfio-noir/capture.txt \
	tests/golden/x86-vfio-rmrr/capture.txt \
	tests/golden/x86-vfio-sm-7.2/capture.txt \
	tests/golden/x86-vfio-sm-second-stage/capture.txt \
	tests/golden/x86-vfio-sm/capture.txt \
	tests/golden/x86-vfio-sriov-igb/capture.txt \
	tests/golden/x86-vfio-unsafe/capture.txt \
	tests/golden/x86-vfio-virtio-iommu/capture.txt \
	tests/golden/x86-vfio/capture.txt \
	tests/golden/x86-virtio-iommu/capture.txt \
	tests/golden/x86-vtd-6.12/capture.txt \
	tests/golden/x86-vtd-7.2/capture.txt \
	tests/golden/x86-vtd-ats/capture.txt \
	tests/golden/x86-vtd-default/capture.txt \
	tests/golden/x86-vtd-nointremap/capture.txt \
	tests/golden/x86-vtd-nomap/capture.txt \
	tests/golden/x86-vtd-noredir/capture.txt \
	tests/golden/x86-vtd-numa/capture.txt \
	tests/golden/x86-vtd-off/capture.txt \
	tests/golden/x86-vtd-pt/capture.txt \
	tests/golden/x86-vtd-rmrr-7.2/capture.txt \
	tests/golden/x86-vtd-rmrr/capture.txt \
	tests/golden/x86-vtd-sm/capture.txt \
	tests/golden/x86-vtd/capture.txt

golden_with_vfio = \
	tests/golden/arm64-vfio-16k/vfio.expected \
	tests/golden/arm64-vfio-7.2/vfio.expected \
	tests/golden/arm64-vfio-v2m/vfio.expected \
	tests/golden/arm64-vfio-virtio-iommu/vfio.expected \
	tests/golden/arm64-vfio/vfio.expected \
	tests/golden/x86-none-vfio/vfio.expected \
	tests/golden/x86-vfio-7.2/vfio.expected \
	tests/golden/x86-vfio-amdvi-7.2/vfio.expected \
	tests/golden/x86-vfio-amdvi/vfio.expected \
	tests/golden/x86-vfio-ivmd/vfio.expected \
	tests/golden/x86-vfio-lpc/vfio.expected \
	tests/golden/x86-vfio-noir/vfio.expected \
	tests/golden/x86-vfio-rmrr/vfio.expected \
	tests/golden/x86-vfio-sm-7.2/vfio.expected \
	tests/golden/x86-vfio-sm-second-stage/vfio.expected \
	tests/golden/x86-vfio-sm/vfio.expected \
	tests/golden/x86-vfio-sriov-igb/vfio.expected \
	tests/golden/x86-vfio-unsafe/vfio.expected \
	tests/golden/x86-vfio-virtio-iommu/vfio.expected \
	tests/golden/x86-vfio/vfio.expected

golden_guests = \
	tests/golden/guests/arm64-in-msi-window.json \
	tests/golden/guests/i440fx-4g.json \
	tests/golden/guests/q35-1011g.json \
	tests/golden/guests/q35-4g-hotplug-far.json \
	tests/golden/guests/q35-4g-hotplug.json \
	tests/golden/guests/q35-4g-kvm.json \
	tests/golden/guests/q35-4g.json \
	tests/golden/guests/q35-979g-amd.json \
	tests/golden/guests/q35-ivshmem.json \
	tests/golden/guests/q35-odd-end.json \
	tests/golden/guests/virt-4g-hotplug.json \
	tests/golden/guests/virt-4g-kvm.json \
	tests/golden/guests/virt-4g.json \
	tests/golden/guests/x86-in-msi-window.json

TEST_EXTENSIONS += .txt
TXT_LOG_COMPILER = $(PYTHON3) $(srcdir)/tests/golden/run
TESTS += $(golden_captures)

EXTRA_DIST += \
	tests/golden/README \
	tests/golden/check_facts.py \
	tests/golden/masks.py \
	tests/golden/run \
	$(golden_guests) \
	$(golden_captures) \
	$(golden_captures:/capture.txt=/answers.expected) \
	$(golden_captures:/capture.txt=/digests.expected) \
	$(golden_captures:/capture.txt=/facts.expected) \
	$(golden_captures:/capture.txt=/why.md) \
	$(golden_with_vfio)
