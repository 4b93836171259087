# SPDX-License-Identifier: LGPL-2.1-or-later

schemadir = $(pkgdatadir)/schema
dist_schema_DATA = \
	schema/answer-1.schema.json \
	schema/baseline-1.schema.json \
	schema/classes-1.schema.json \
	schema/compare-1.schema.json \
	schema/doctor-1.schema.json \
	schema/facts-1.schema.json \
	schema/guest-1.schema.json \
	schema/hosts-1.schema.json \
	schema/labels-1.schema.json \
	schema/metrics-1.schema.json \
	schema/plan-1.schema.json \
	schema/record-1.schema.json

EXTRA_DIST += $(srcdir)/schema/findings
