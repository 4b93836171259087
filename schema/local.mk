# SPDX-License-Identifier: LGPL-2.1-or-later

schemadir = $(pkgdatadir)/schema
dist_schema_DATA = schema/facts-1.schema.json
