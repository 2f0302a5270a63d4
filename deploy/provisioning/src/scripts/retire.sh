if command -v borne-lockdown >/dev/null; then borne-lockdown off >/dev/null; fi
systemctl disable --now accueil-borne >/dev/null 2>&1 || true
# On flash memory overwriting reaches other cells than those that held it: what is freed is given back to the device, which
# forgets it where it can (fstrim); who must be sure destroys the card.
wipe() {
    [ -d "$1" ] || return 0
    find "$1" -xdev -type f -exec shred -u {} + 2>/dev/null || true
    find "$1" -xdev -mindepth 1 -delete 2>/dev/null || true
}
# A partition of its own may lie over what was there before it came (borne-readonly-root).
if mountpoint -q /var/lib/borne; then
    below="$(mktemp -d)"
    mount --bind / "$below"
    wipe "$below/var/lib/borne"
    umount "$below"
    rmdir "$below"
fi
wipe /var/lib/borne
# Those that somebody removed before have left something too.
known=""
for package in $PACKAGES; do
    case "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)" in
        "" | not-installed) ;;
        *) known="$known $package" ;;
    esac
done
# shellcheck disable=SC2086 # several names, none with a space
[ -z "$known" ] || apt purge $known
for unit in $UNITS; do systemctl disable --now "$unit" >/dev/null 2>&1 || true; done
for path in $PATHS; do
    if [ -e "$path" ]; then shred -u "$path" 2>/dev/null || rm -f "$path"; fi
done
# What its network was before, passwords too.
if [ -d /var/lib/accueil-network ]; then
    wipe /var/lib/accueil-network
    rm -rf /var/lib/accueil-network
fi
rmdir /etc/systemd/system/accueil-borne.service.d /etc/accueil-network 2>/dev/null || true
rm -rf /var/lib/borne/* /etc/borne "$BOARD"
systemctl daemon-reload
if command -v nmcli >/dev/null; then nmcli connection reload >/dev/null 2>&1 || true; fi
systemctl try-restart systemd-timesyncd 2>/dev/null || true
fstrim /var 2>/dev/null || fstrim / 2>/dev/null || true
