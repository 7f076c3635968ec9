#!/bin/sh
# A Docker engine that answers: installs Debian's docker.io when there is none and starts
# dockerd by hand when no service runs it. Idempotent; needs root on Debian.
# Containers get no bridge: build and run with --network=host.
set -eu

log=/var/log/stackbridge-dockerd.log
say() { echo "docker-up: $*" >&2; }
answers() { docker version --format '{{.Server.Version}}' 2>/dev/null | grep -q .; }

if ! command -v docker >/dev/null || ! command -v dockerd >/dev/null; then
    if command -v docker >/dev/null && answers; then exit 0; fi
    say "installing docker.io"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io >&2
fi
answers && exit 0

say "starting dockerd (log: $log)"
setsid dockerd --iptables=false --bridge=none >"$log" 2>&1 </dev/null &
tries=0
while ! answers; do
    tries=$((tries + 1))
    if [ "$tries" -gt 60 ]; then
        say "dockerd does not answer:"
        tail -n 20 "$log" >&2
        exit 1
    fi
    sleep 1
done
say "engine $(docker version --format '{{.Server.Version}}') answers"
