# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The file that libvirt runs. It is installed where --with-libvirt-hooks says, and only then: it
# acts on every guest of the host from the next start of libvirtd on.

EXTRA_DIST += libvirt/50-iommufleet.in
noinst_SCRIPTS += libvirt/50-iommufleet
CLEANFILES += libvirt/50-iommufleet

if WITH_LIBVIRT_HOOKS
libvirthooksdir = $(libvirt_hooks)/qemu.d
libvirthooks_SCRIPTS = libvirt/50-iommufleet
endif

libvirt/50-iommufleet: libvirt/50-iommufleet.in Makefile
	$(AM_V_GEN)$(MKDIR_P) libvirt && \
	sed -e 's,[@]bindir[@],$(bindir),' -e 's,[@]confdir[@],$(confdir),' \
		$(top_srcdir)/libvirt/50-iommufleet.in > $@.new && \
	chmod +x $@.new && mv $@.new $@
