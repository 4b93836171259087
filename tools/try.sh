#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# usage: tools/try.sh
#
# Installs what is missing (root) or says what is, builds below build/, starts a private bus and the
# daemon on this host and shows its status; then asks three questions of a captured host. Ends by
# itself and leaves no process behind.

set -euo pipefail
# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

host=x86-vfio
device=0000:01:00.0
dir=$top/build/try
guests=tests/golden/guests

scratch=$(mktemp -d "${TMPDIR:-/tmp}/iommufleet-try.XXXXXX")
bus_pid=
daemon_pid=

lines() {
	printf '%s\n' "$@"
}

stop() {
	if [ -n "$1" ]; then
		kill "$1" 2>/dev/null || true
		wait "$1" 2>/dev/null || true
	fi
}

cleanup() {
	stop "$daemon_pid"
	stop "$bus_pid"
	rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# wait_for SECONDS COMMAND... : until it succeeds.
wait_for() {
	local tries=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		if [ "$tries" -le 0 ]; then
			return 1
		fi
		sleep 0.1
	done
}

start_bus() {
	address=unix:path=$scratch/bus
	cat >"$scratch/bus.conf" <<-END
		<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
		 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
		<busconfig>
		  <type>session</type>
		  <listen>$address</listen>
		  <policy context="default">
		    <allow send_destination="*" eavesdrop="true"/>
		    <allow eavesdrop="true"/>
		    <allow own="*"/>
		  </policy>
		</busconfig>
	END
	dbus-daemon --config-file="$scratch/bus.conf" --nofork --nopidfile >"$scratch/bus.log" 2>&1 &
	bus_pid=$!
	wait_for 10 test -S "$scratch/bus" || {
		cat "$scratch/bus.log" >&2
		die "the private bus did not start"
	}
}

ctl() {
	"$dir/client/iommufleetctl" --bus="$address" "$@"
}

# start_daemon NAME [ARGUMENT...] : on the private bus, with a state directory of its own.
start_daemon() {
	local name=$1
	shift
	mkdir -p "$scratch/$name"
	: >"$scratch/empty.conf"
	"$dir/daemon/iommufleetd" --bus="$address" --config="$scratch/empty.conf" \
		--state-dir="$scratch/$name" --collector="$dir/daemon/collect/iommufleet-collect" \
		"$@" >"$scratch/$name.log" 2>&1 &
	daemon_pid=$!
	wait_for 30 ctl status || {
		cat "$scratch/$name.log" >&2
		die "the daemon did not answer"
	}
}

stop_daemon() {
	stop "$daemon_pid"
	daemon_pid=
}

# ask SENTENCE ARGUMENT... : one question, as a person types it. Its answer is in the exit code.
ask() {
	local code=0
	lines "" "== $1" ""
	shift
	say "\$ iommufleetctl check $*"
	ctl check "$@" || code=$?
	case $code in
	0 | 3 | 4) say "(exit code $code)" ;;
	*) die "check failed with exit code $code" ;;
	esac
}

mkdir -p "$top/build"
cd "$top"
need_packages build try
prepare_source
say "Building in build/try (the output is in build/try.log)"
build "$dir" >"$top/build/try.log" 2>&1 || {
	tail -n 30 "$top/build/try.log" >&2
	die "the build failed"
}
make -C "$dir" tests/support/unpack-capture >>"$top/build/try.log" 2>&1

start_bus
lines "" "== This host" ""
start_daemon this-host
ctl status
if [ -z "$(ls -A /sys/kernel/iommu_groups 2>/dev/null)" ]; then
	lines "" "This host has no IOMMU group, so nothing can be assigned here; the questions below" \
		"are asked of $host, a captured host that comes with the source."
else
	lines "" "The questions below are asked of $host, a captured host that comes with the source," \
		"so that their answers are the same everywhere."
fi
stop_daemon

"$dir/tests/support/unpack-capture" "$top/tests/golden/$host/capture.txt" "$scratch/host"
start_daemon captured --sysroot="$scratch/host/root" --kernel-log="$scratch/host/kernel-log"

ask "May $device be hot-plugged into a guest of 4 GiB? Safe, if the host's own hypervisor is trusted." \
	--map "$guests/q35-4g.json" --attach "$device" --question hotplug --assume nested=trust
ask "The same for a guest of 1011 GiB: unsafe, this IOMMU reaches 39 bits." \
	--map "$guests/q35-1011g.json" --attach "$device" --question hotplug --assume nested=trust
ask "The first again, without that trust: this host is a virtual machine, so nobody can tell." \
	--map "$guests/q35-4g.json" --attach "$device" --question hotplug
stop_daemon
lines "" "That is all. What was built is in build/try; nothing is left running."
