# SPDX-License-Identifier: LGPL-2.1-or-later
#
# What systemd is told of the daemon. Folders and the user are filled in here: they may be given to
# make, too.

systemd_units = \
	systemd/iommufleet-collect.socket \
	systemd/iommufleet-collect@.service \
	systemd/iommufleetd-peers.socket \
	systemd/iommufleetd.service
systemd_others = \
	systemd/sysusers.d/iommufleet.conf \
	systemd/tmpfiles.d/iommufleet.conf

systemdsystemunit_DATA = $(systemd_units)
sysusers_DATA = systemd/sysusers.d/iommufleet.conf
tmpfiles_DATA = systemd/tmpfiles.d/iommufleet.conf
dist_catalog_DATA = systemd/iommufleet.catalog
EXTRA_DIST += \
	systemd/iommufleet-collect.socket.in \
	systemd/iommufleet-collect@.service.in \
	systemd/iommufleetd-peers.socket.in \
	systemd/iommufleetd.service.in \
	systemd/sysusers.d/iommufleet.conf.in \
	systemd/tmpfiles.d/iommufleet.conf.in
CLEANFILES += $(systemd_units) $(systemd_others)

# systemd makes folders below /var/lib with the right owner; others are tmpfiles' business.
systemd_fill = \
	case '$(statedir)' in \
	/var/lib/*) state_line=`echo 'StateDirectory=$(statedir)' | sed 's,/var/lib/,,'` ;; \
	*) state_line='ReadWritePaths=$(statedir)' ;; \
	esac && \
	sed -e 's,[@]sbindir[@],$(sbindir),' -e 's,[@]pkglibexecdir[@],$(pkglibexecdir),' \
		-e 's,[@]rundir[@],$(rundir),' -e 's,[@]statedir[@],$(statedir),' \
		-e 's,[@]daemon_user[@],$(daemon_user),g' -e "s,[@]state_line[@],$$state_line,"

$(systemd_units) $(systemd_others): %: $(top_srcdir)/%.in Makefile
	$(AM_V_GEN)$(MKDIR_P) '$(@D)' && $(systemd_fill) '$<' > '$@.new' && mv '$@.new' '$@'
