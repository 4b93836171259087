# SPDX-License-Identifier: LGPL-2.1-or-later

dbuspolicy_DATA = dbus/org.iommufleet1.conf
dist_dbusinterfaces_DATA = dbus/org.iommufleet1.xml
dbussystemservices_DATA = dbus/org.iommufleet1.service
polkitactions_DATA = dbus/org.iommufleet1.policy
dist_man_MANS += man/org.iommufleet1.5
EXTRA_DIST += \
	dbus/errors.awk \
	dbus/errors.list \
	dbus/org.iommufleet1.conf.in \
	dbus/org.iommufleet1.policy.in \
	dbus/org.iommufleet1.service.in
CLEANFILES += \
	dbus/org.iommufleet1.conf \
	dbus/org.iommufleet1.policy \
	dbus/org.iommufleet1.service

dbus/org.iommufleet1.%: $(top_srcdir)/dbus/org.iommufleet1.%.in Makefile
	$(AM_V_GEN)$(MKDIR_P) dbus && \
	sed -e 's,[@]daemon_user[@],$(daemon_user),' '$<' > '$@.new' && mv '$@.new' '$@'
