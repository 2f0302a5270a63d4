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

# Whoever sees to packages here, one at a time. What a run that was cut off began goes on by itself for a while.
TURN=/run/accueil-provision.lock
in_turn() {
    (
        flock --timeout 300 9 || fail "packages are still being installed by an earlier run, for five minutes: look what hangs there (dpkg, apt-get)"
        "$@" 9>&-
    ) 9>"$TURN"
}

# Ends what a run that was cut off, or a power cut, left half done; as far as that goes without packages that are not here yet.
mend_packages() { quietly dpkg --force-confold --configure --pending 2>/dev/null || true; }

# The list of what was carried along, beside the machine's own.
board_list() {
    if [ -e "$BOARD/Packages" ]; then
        printf 'deb [trusted=yes] file:%s ./\n' "$BOARD" >/etc/apt/sources.list.d/accueil-board.list
    fi
}

# FILE FOLDER: a copy that is whole and on the disk, or not there.
whole() {
    cp "$1" "$2/.coming" && sync "$2/.coming" && mv "$2/.coming" "$2/${1##*/}" && sync "$2"
}

install_packages() { in_turn install_now "$@"; }

install_now() {
    mend_packages
    board_list
    # By itself apt is content with the lists of last time. What cannot be asked is told where packages are missing then; often
    # those that were carried along are enough.
    unasked="$(apt -o APT::Update::Error-Mode=any update 2>&1 | sed -n 's/^E: //p')"
    # systemd-resolved would answer for names from now on, and knows nobody to ask before the network is its own too.
    resolver="$(mktemp -d)"
    [ ! -e /etc/resolv.conf ] || cp -a /etc/resolv.conf "$resolver/"
    # What hangs half installed for want of packages that are here now. Nothing is removed for it.
    apt check 2>/dev/null || apt install --fix-broken --no-remove --no-install-recommends 2>/dev/null || true
    apt install --no-install-recommends "$@" || {
        [ -z "$unasked" ] || printf '%s\n' "$unasked" >&2
        fail "packages cannot be installed: see above${unasked:+; it needs its mirrors and the repository, or a bundle with everything}"
    }
    [ ! -e "$resolver/resolv.conf" ] || cp -a --remove-destination "$resolver/resolv.conf" /etc/
    rm -r "$resolver"
    # The way back of an update: what is installed now, as it came. Its repository may have newer ones alone when it is needed.
    if [ -d /var/lib/borne-updates/packages ]; then
        for from in "$BOARD" /var/cache/apt/archives; do
            for file in "$from"/borne_*.deb "$from"/borne-lockdown_*.deb "$from"/borne-updates_*.deb; do
                [ ! -e "$file" ] || whole "$file" /var/lib/borne-updates/packages
            done
        done
    fi
    rm -rf "$BOARD" /etc/apt/sources.list.d/accueil-board.list
}
