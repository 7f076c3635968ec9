#!/bin/sh
# The image `debian:12`, so that an unmodified `FROM debian:12` resolves where no image
# registry can be reached: a minimal bookworm made of this machine's own apt sources.
# Where TLS passes a local authority (certificates in /usr/local/share/ca-certificates) the
# image trusts it too. Idempotent; `--force` makes it anew.
set -eu
here=$(dirname "$(readlink -f "$0")")
. "$here/debian-sources.sh"
image=debian:12

if [ "${1:-}" != --force ] && docker image inspect "$image" >/dev/null 2>&1; then exit 0; fi
need_indexes
work=$(mktemp -d)
trap 'rm -f "$work/base.tar" "$work/sources.list"; rmdir "$work"' EXIT
debian_entries bookworm >"$work/sources.list"
if [ ! -s "$work/sources.list" ]; then
    echo "docker-base: no bookworm among the apt sources; pulling $image" >&2
    docker pull "$image" >&2
    exit 0
fi
need_tool mmdebstrap mmdebstrap

# As in the usual image of this name: no syncing of each file, no translations.
speed='echo force-unsafe-io >"$1/etc/dpkg/dpkg.cfg.d/docker-apt-speedup"'
languages='echo "Acquire::Languages \"none\";" >"$1/etc/apt/apt.conf.d/docker-no-languages"'
set -- --variant=minbase --mode=root --keyring="$keyring" \
    --customize-hook="$speed" --customize-hook="$languages"
proxy=$(apt_proxy)
[ -z "$proxy" ] || set -- "$@" --aptopt="$proxy"
changes='CMD ["/bin/bash"]'
bundle=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
if ls /usr/local/share/ca-certificates/*.crt >/dev/null 2>&1 && [ -r "$bundle" ]; then
    # Both places: the bundle for now, the certificates for when ca-certificates is installed.
    set -- "$@" \
        --customize-hook='mkdir -p "$1/etc/ssl/certs" "$1/usr/local/share/ca-certificates"' \
        --customize-hook="copy-in /usr/local/share/ca-certificates /usr/local/share" \
        --customize-hook="upload $bundle /etc/ssl/certs/ca-certificates.crt"
    inside=/etc/ssl/certs/ca-certificates.crt
    certs="ENV PIP_CERT=$inside SSL_CERT_FILE=$inside REQUESTS_CA_BUNDLE=$inside CURL_CA_BUNDLE=$inside"
else
    certs=
fi
echo "docker-base: making $image" >&2
mmdebstrap --quiet "$@" bookworm "$work/base.tar" "$work/sources.list" >&2
if [ -n "$certs" ]; then
    docker import --change "$changes" --change "$certs" "$work/base.tar" "$image" >&2
else
    docker import --change "$changes" "$work/base.tar" "$image" >&2
fi
