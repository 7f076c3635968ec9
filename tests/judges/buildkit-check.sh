#!/bin/sh
# BuildKit's own check of Dockerfiles (`docker build --check`), which needs a newer Docker
# than Debian 12 has. The newest suite's binaries run beside the system's, with their own
# socket and data.
#   buildkit-check.sh --install      unpack them and start the daemon (idempotent; root)
#   buildkit-check.sh DOCKERFILE     print the findings as JSON, exit 1 if there are any
set -eu
here=$(dirname "$(readlink -f "$0")")
. "$here/debian-sources.sh"
tools="$judges/docker"
run="$judges/docker-run"
socket="$run/docker.sock"
export DOCKER_CONFIG="$run/config"
client() { "$tools/usr/bin/docker" --host "unix://$socket" "$@"; }
answers() { [ -S "$socket" ] && client version --format '{{.Server.Version}}' >/dev/null 2>&1; }

start() {
    answers && return 0
    mkdir -p "$run" "$judges/docker-data"
    PATH="$tools/usr/bin:$tools/usr/sbin:$PATH" setsid "$tools/usr/sbin/dockerd" \
        --host "unix://$socket" --data-root "$judges/docker-data" --exec-root "$run/exec" \
        --pidfile "$run/dockerd.pid" --iptables=false --ip6tables=false --bridge=none \
        >"$run/dockerd.log" 2>&1 </dev/null &
    tries=0
    while ! answers; do
        tries=$((tries + 1))
        [ "$tries" -le 60 ] || { tail -n 20 "$run/dockerd.log" >&2; exit 1; }
        sleep 1
    done
}

if [ "${1:-}" = --install ]; then
    if [ ! -x "$tools/usr/sbin/dockerd" ]; then
        "$here/unpack-debs.sh" sid "$tools" docker.io docker-cli docker-buildx containerd runc
    fi
    mkdir -p "$DOCKER_CONFIG/cli-plugins"
    ln -sf "$tools/usr/libexec/docker/cli-plugins/docker-buildx" "$DOCKER_CONFIG/cli-plugins/"
    start
    # The base is taken from the system's engine, if there is one, so that it resolves.
    if ! client image inspect debian:12 >/dev/null 2>&1 &&
        docker image inspect debian:12 >/dev/null 2>&1; then
        docker save debian:12 | client load >&2
    fi
    exit 0
fi

[ -x "$tools/usr/sbin/dockerd" ] || { echo "buildkit-check.sh: run it with --install first" >&2; exit 4; }
start >&2
client buildx build --check --call=check,format=json --file "$1" "$(dirname "$1")"
