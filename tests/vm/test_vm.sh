#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# One booted kernel, with VT-d; "make check-vm" boots the others.
exec "${PYTHON3-python3}" "$(dirname "$0")/check_vm.py" vtd
