# SPDX-License-Identifier: LGPL-2.1-or-later

dist_dbuspolicy_DATA = dbus/org.iommufleet1.conf
dist_dbusinterfaces_DATA = dbus/org.iommufleet1.xml
dist_man_MANS += man/org.iommufleet1.5
EXTRA_DIST += dbus/errors.awk dbus/errors.list
