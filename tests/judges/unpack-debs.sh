#!/bin/sh
# Unpack Debian packages of another suite into a directory, beside the system's own:
#   unpack-debs.sh SUITE DIRECTORY PACKAGE...
# An apt of its own (lists, cache, status) checks signatures; nothing is installed.
set -eu
here=$(dirname "$(readlink -f "$0")")
. "$here/debian-sources.sh"
suite=$1 target=$2
shift 2
need_indexes
state="$judges/apt-$suite"
mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/debs" "$target"
: >"$state/status"
echo "deb [signed-by=$keyring] $(debian_mirror) $suite main" >"$state/sources.list"
cat >"$state/apt.conf" <<CONF
Dir::Etc::SourceList "$state/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State "$state";
Dir::State::Lists "$state/lists";
Dir::State::Status "$state/status";
Dir::Cache "$state/cache";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
APT::Sandbox::User "root";
$(apt_proxy)
CONF
export APT_CONFIG="$state/apt.conf"
apt-get update -qq >&2
(cd "$state/debs" && apt-get download -qq "$@" >&2)
for package in "$@"; do
    for deb in "$state/debs/${package}_"*.deb; do dpkg -x "$deb" "$target"; done
done
