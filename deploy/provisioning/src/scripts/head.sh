set -eu
LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
DEBIAN_FRONTEND=noninteractive
export LC_ALL PATH DEBIAN_FRONTEND
# Where packages lie that were carried along.
BOARD=/var/cache/accueil-provision

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Since it was started: its clock may be set at any moment.
seconds() { cut -d. -f1 /proc/uptime; }

# Runs something that says nothing unless it fails; then its last lines.
quietly() {
    log="$(mktemp)"
    if "$@" >"$log" 2>&1; then
        rm -f "$log"
    else
        tail -n 6 "$log" >&2
        rm -f "$log"
        return 1
    fi
}

# Writes a file beside its place: PATH MODE BASE64.
candidate() {
    mkdir -p "$(dirname "$1")"
    printf '%s' "$3" | base64 -d | (umask 077 && cat >"$1.new")
    [ "$(id -u)" != 0 ] || chown root:root "$1.new"
    chmod "$2" "$1.new"
}

# Writes a file, whole or not at all.
put() {
    candidate "$@"
    sync "$1.new"
    mv "$1.new" "$1"
}

# As its unit runs it, by the office's proxy where there is one.
as_borne() {
    (
        [ ! -e /etc/borne/environment ] || { set -a && . /etc/borne/environment && set +a; }
        exec setpriv --reuid=borne --regid=borne --init-groups env HOME=/var/lib/borne "$@"
    )
}

# Debian may be seeing to its packages itself at this moment.
apt() { quietly apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold "$@"; }

# The list of what was carried along, beside the machine's own.
board_list() {
    if [ -e "$BOARD/Packages" ]; then
        printf 'deb [trusted=yes] file:%s ./\n' "$BOARD" >/etc/apt/sources.list.d/accueil-board.list
    fi
}

install_packages() {
    board_list
    # What was carried along is enough where nothing else can be asked.
    apt update || [ -e "$BOARD/Packages" ] || fail "the package lists cannot be fetched: is there a mirror, or a bundle?"
    # systemd-resolved would answer for names from now on, and knows nobody to ask before the network is its own too.
    resolver="$(mktemp -d)"
    [ ! -e /etc/resolv.conf ] || cp -a /etc/resolv.conf "$resolver/"
    apt install --no-install-recommends "$@" || fail "packages cannot be installed: see above"
    [ ! -e "$resolver/resolv.conf" ] || cp -a --remove-destination "$resolver/resolv.conf" /etc/
    rm -r "$resolver"
    # The way back of an update: what is installed now, as it came.
    if [ -d /var/lib/borne-updates/packages ]; then
        for file in "$BOARD"/borne_*.deb "$BOARD"/borne-lockdown_*.deb "$BOARD"/borne-updates_*.deb; do
            [ ! -e "$file" ] || cp "$file" /var/lib/borne-updates/packages/
        done
    fi
    rm -rf "$BOARD" /etc/apt/sources.list.d/accueil-board.list
}
