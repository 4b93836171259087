/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/collect/kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#ifndef KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED
#define KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED 243 /* Linux 6.17 */
#endif

/* Whether @folder has @name; false as well when the folder is not there. */
static bool kvm_has(
	const struct sysroot *root, const char *folder, const char *name, bool *ret_folder)
{
	_cleanup_(sysroot_closep) int fd = -1;

	*ret_folder = sysroot_open_dir(root, (struct sysroot_at){ SYSROOT_TOP, folder }, &fd) ==
		      SYSROOT_DONE;
	return *ret_folder && sysroot_exists(root, (struct sysroot_at){ fd, name });
}

static struct fact_number kvm_present(const struct collect_context *context)
{
	const struct sysroot *root = context->reader.root;
	struct fact_text arch = context->facts->host.arch;
	bool folder;

	bool node = kvm_has(root, "sys/class/misc", "kvm", &folder);
	if (folder)
		return fact_number(node);
	if (fact_text_is(arch, "aarch64"))
		return kernel_log_kvm(&context->log);
	if (!fact_text_is(arch, "x86_64"))
		return fact_number_unknown(FACT_NOT_EXPOSED);
	bool module = kvm_has(root, "sys/module", "kvm_intel", &folder) ||
		      kvm_has(root, "sys/module", "kvm_amd", &folder);
	return folder ? fact_number(module) : fact_number_unknown(FACT_NOT_EXPOSED);
}

static void kvm_ask(struct facts_kvm *kvm)
{
	_cleanup_(sysroot_closep) int fd = open("/dev/kvm", O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0) {
		enum fact_why why = errno == ENOENT ? FACT_NOT_EXPOSED : FACT_NOT_READABLE;
		kvm->ipa_bits = kvm->cacheable_device_memory = fact_number_unknown(why);
		return;
	}
	int bits = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_ARM_VM_IPA_SIZE);
	int cacheable = ioctl(fd, KVM_CHECK_EXTENSION, KVM_CAP_ARM_CACHEABLE_PFNMAP_SUPPORTED);
	/* 0: a kernel before 4.20, whose guests always have 40 bits. */
	kvm->ipa_bits = bits >= 0 && bits <= 64 ? fact_number(bits ? (uint64_t)bits : 40)
						: fact_number_unknown(FACT_NOT_READABLE);
	kvm->cacheable_device_memory = cacheable >= 0 ? fact_number(cacheable > 0)
						      : fact_number_unknown(FACT_NOT_READABLE);
}

void kvm_collect(struct collect_context *context)
{
	struct facts_kvm *kvm = &context->facts->kvm;
	struct fact_text arch = context->facts->host.arch;

	kvm->fact = FACT_KNOWN;
	kvm->present = kvm_present(context);
	kvm->ipa_bits = kvm->cacheable_device_memory = fact_number_null();
	if (!fact_is_value(arch.fact))
		kvm->ipa_bits = kvm->cacheable_device_memory =
			fact_number_unknown(FACT_NOT_EXPOSED);
	if (!fact_text_is(arch, "aarch64") || fact_is_no(kvm->present))
		return;
	if (context->live)
		kvm_ask(kvm);
	else
		kvm->ipa_bits = kvm->cacheable_device_memory =
			fact_number_unknown(FACT_NOT_EXPOSED);
}
