# SPDX-License-Identifier: LGPL-2.1-or-later

EXTRA_DIST += \
	.ci/run \
	tools/count-tests.py \
	tools/etcd-roles \
	tools/findings-man \
	tools/fleet-ca \
	tools/lib.sh \
	tools/packages.txt \
	tools/try.sh \
	tools/test.sh
