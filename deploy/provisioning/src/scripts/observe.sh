# Tells what a machine is: a key, a tab, a value a line. It changes nothing.
set -u
LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
TAB="$(printf '\t')"

tell() { printf '%s\t%s\n' "$1" "$2"; }
has() { command -v "$1" >/dev/null 2>&1; }
# Says yes where a command succeeds.
tell_if() {
    key="$1"
    shift
    if "$@" >/dev/null 2>&1; then tell "$key" yes; else tell "$key" no; fi
}

# The machine.
if [ -r /etc/os-release ]; then
    (
        . /etc/os-release
        tell os "${ID:-}"
        tell os-name "${PRETTY_NAME:-}"
        tell os-version "${VERSION_ID:-}"
    )
fi
if has dpkg; then tell architecture "$(dpkg --print-architecture)"; fi
tell_if systemd test -d /run/systemd/system
# The overlay that borne-readonly-root(8) lays.
overlaid() { [ "$(findmnt --noheadings --output FSTYPE /)" = overlay ] && mountpoint /media/root-ro; }
tell_if read-only overlaid
tell disk-free-mib "$(df -Pm /var | awk 'NR == 2 { print $4 }')"
tell memory-mib "$(awk '$1 == "MemTotal:" { print int($2 / 1024) }' /proc/meminfo)"
tell clock "$(date +%s)"
set_by_somebody() {
    for unit in systemd-timesyncd chrony chronyd ntpsec ntp openntpd; do
        systemctl is-active --quiet "$unit" && return 0
    done
    return 1
}
tell_if clock-set set_by_somebody

# What is connected.
for screen in /sys/class/drm/card*-*; do
    [ -r "$screen/status" ] || continue
    name="${screen##*/}"
    mode="$(head -n 1 "$screen/modes" 2>/dev/null)"
    tell screen "${name#card*-} $(cat "$screen/status")${mode:+ $mode}"
done
if [ -r /proc/asound/cards ]; then
    sed -n 's/^ *[0-9]* \[\([^ ]*\) *\].*/\1/p' /proc/asound/cards | while read -r card; do tell sound "$card"; done
fi
# SW_HEADPHONE_INSERT is bit 2 of an input device's switches (Linux, input-event-codes.h).
headset_switch() {
    for switches in /sys/class/input/input*/capabilities/sw; do
        [ -r "$switches" ] || continue
        last="$(awk '{ print $NF }' "$switches")"
        [ $((0x$last & 4)) -ne 0 ] && return 0
    done
    return 1
}
tell_if headset-switch headset_switch

# The network.
if systemctl is-active --quiet NetworkManager 2>/dev/null; then
    tell network-manager NetworkManager
elif systemctl is-active --quiet systemd-networkd 2>/dev/null; then
    tell network-manager systemd-networkd
elif [ -e /etc/network/interfaces ]; then
    tell network-manager ifupdown
fi
if has ip; then tell interface "$(ip -o route get 192.0.2.1 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p')"; fi
connected_by() {
    if systemctl is-active --quiet systemd-networkd; then
        networkctl --no-pager status --all | sed -n 's/^ *Network File: *//p'
    fi
    if systemctl is-active --quiet NetworkManager; then nmcli -t -f FILENAME connection show --active; fi
}
connected_by 2>/dev/null | sort -u | while read -r path; do tell connected-by "$path"; done
for interface in /sys/class/net/*; do
    if [ -e "$interface/wireless" ] || [ -e "$interface/phy80211" ]; then tell wireless "${interface##*/}"; fi
done

# What is installed and written.
if has dpkg-query; then
    for asked in ${PACKAGES:-}; do
        package="${asked%%=*}" offered="${asked#"${asked%%=*}"}"
        version="$(dpkg-query --show --showformat='${db:Status-Status} ${Version}' "$package" 2>/dev/null)"
        case "$version" in "installed "*) ;; *) continue ;; esac
        version="${version#installed }"
        tell package "$package $version"
        if [ -n "$offered" ] && dpkg --compare-versions "$version" lt "${offered#=}"; then tell older "$package"; fi
    done
fi
written() {
    path="$1" content="$2"
    [ -f "$path" ] || return 0
    tell file "$path $(stat -c '%U:%G %a' "$path") $(sha256sum <"$path" | cut -d' ' -f1) $content"
}
for path in ${FILES:-}; do
    if [ -f "$path" ] && [ "$(stat -c %s "$path")" -le 65536 ] && [ -s "$path" ]; then
        written "$path" "$(base64 -w 0 <"$path")"
    else
        written "$path" -
    fi
done
for path in ${SECRETS:-}; do written "$path" -; done

# The borne.
tell_if enabled systemctl is-enabled --quiet accueil-borne
tell_if active systemctl is-active --quiet accueil-borne
started="$(systemctl show --property=ActiveEnterTimestamp --value accueil-borne 2>/dev/null)"
if [ -n "$started" ]; then tell started "$(date -d "$started" +%s 2>/dev/null)"; fi
newest=0
for path in /etc/borne/*.toml /etc/borne/authority.pem /etc/borne/environment \
    /etc/systemd/system/accueil-borne.service.d /etc/systemd/system/accueil-borne.service.d/*.conf; do
    # The folder's own time tells what was removed.
    [ -e "$path" ] || continue
    at="$(stat -c %Y "$path")"
    [ "$at" -le "$newest" ] || newest="$at"
done
tell settings "$newest"
tell_if locked systemctl is-active --quiet borne-firewall
tell_if identity test -e /var/lib/borne/identity.toml
# The way out that its unit has (deploy/provisioning/src/files/outside.rs).
through_proxy() {
    [ ! -r /etc/borne/environment ] || { set -a && . /etc/borne/environment && set +a; }
}
if has borne; then
    as_borne="setpriv --reuid=borne --regid=borne --init-groups env HOME=/var/lib/borne"
    [ "$(id -u)" = 0 ] || as_borne=""
    doctor() { $as_borne borne doctor "$@" --json 2>/dev/null | base64 -w 0; }
    found=""
    # An earlier borne knows no `--devices`, and says nothing then.
    if [ "${DOCTOR:-whole}" = devices ]; then found="$(doctor --devices)"; fi
    if [ -z "$found" ]; then found="$(through_proxy && doctor)"; fi
    if [ -n "$found" ]; then tell doctor "$found"; fi
fi
printf 'end%s\n' "$TAB"
