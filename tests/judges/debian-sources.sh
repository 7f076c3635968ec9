# Sourced by the other scripts: where this machine takes its Debian packages from.
# No host name stands here: all of them are read from the machine's own apt.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
# Where tools and file systems are unpacked.
judges=${STACKBRIDGE_JUDGES:-/var/cache/stackbridge-judges}

# One-line entries of Debian's own archives for that code name, as this machine has them.
debian_entries() {
    apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI) $(COMPONENT)' \
        'Identifier: Packages' 2>/dev/null |
        awk -v name="$1" '$1 == "Debian" && index($2, name) == 1 && !seen[$0]++ {
            print "deb", $3, $2, $4 }'
}

# The archive that also holds the other suites: the one of this machine's base suite.
debian_mirror() {
    . /etc/os-release
    debian_entries "$VERSION_CODENAME" |
        awk -v name="$VERSION_CODENAME" '$3 == name { print $2; exit }'
}

# A proxy that apt uses here, as options for another apt.
apt_proxy() {
    apt-config dump Acquire::http::Proxy 2>/dev/null | sed -n 's/^\(Acquire::http::Proxy "..*";\)$/\1/p'
}

need_indexes() {
    [ -n "$(debian_mirror)" ] || apt-get update -qq >&2
    [ -n "$(debian_mirror)" ] || { echo "no Debian archive among the apt sources" >&2; exit 1; }
}

need_tool() { # command package
    command -v "$1" >/dev/null && return 0
    apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >&2
}
