# SPDX-License-Identifier: LGPL-2.1-or-later

dist_man_MANS += man/iommufleet-findings.7
dist_man_MANS += man/iommufleet-guests.7
dist_man_MANS += man/iommufleetctl.1
