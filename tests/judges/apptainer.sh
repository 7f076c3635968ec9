#!/bin/sh
# Apptainer, which Debian 12 does not have: the newest suite in a directory of its own.
#   apptainer.sh --install           make it (once; needs root, about a minute)
#   apptainer.sh COMMAND...          run `apptainer COMMAND...` in it; `/tmp` is shared
# Entered by pivot_root in a mount namespace of its own: a plain chroot is refused.
set -eu
here=$(dirname "$(readlink -f "$0")")
. "$here/debian-sources.sh"
root="$judges/apptainer"

if [ "${1:-}" = --install ]; then
    [ ! -x "$root/usr/bin/apptainer" ] || exit 0
    need_indexes
    need_tool mmdebstrap mmdebstrap
    mkdir -p "$judges"
    draft=$(mktemp -d "$judges/apptainer.XXXXXX")
    set -- --variant=minbase --mode=root --keyring="$keyring" --include=apptainer \
        --aptopt='Acquire::Check-Valid-Until "false"'
    proxy=$(apt_proxy)
    [ -z "$proxy" ] || set -- "$@" --aptopt="$proxy"
    mmdebstrap --quiet "$@" sid "$draft" "$(debian_mirror)" >&2
    touch "$draft/etc/hosts" "$draft/etc/resolv.conf"
    chmod 755 "$draft"
    mv -T "$draft" "$root"
    exit 0
fi

[ -x "$root/usr/bin/apptainer" ] || { echo "apptainer.sh: run it with --install first" >&2; exit 4; }
exec unshare --mount --propagation private /bin/sh -c '
    set -eu
    root=$1
    shift
    mount --rbind "$root" "$root"
    mkdir -p "$root/old"
    mount --rbind /proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    mount --rbind /tmp "$root/tmp"
    for file in /etc/hosts /etc/resolv.conf; do
        [ ! -e "$file" ] || mount --bind "$file" "$root$file"
    done
    folder=$PWD
    cd "$root"
    pivot_root . old
    cd /
    umount -l /old
    case $folder in /tmp/*) cd "$folder" ;; esac
    export APPTAINER_DROP_CAPS=CAP_SYS_RESOURCE HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin
    exec /usr/bin/apptainer "$@"
' sh "$root" "$@"
