# Changes how the machine is connected, by what stands above (deploy/provisioning/src/perform.rs). Unless somebody reaches it
# afterwards, and says so (network_stays.sh), all is put back after two minutes; sooner where it does not become what it is to
# be, and before the network starts where the machine starts anew in between.
KEPT=/var/lib/accueil-network
UNIT=accueil-network-undo
if [ -e "$KEPT/what" ] && [ ! -e "$KEPT/undone" ] && [ ! -e "$KEPT/stays" ]; then
    fail "an earlier change of the network waits to be confirmed: it is taken back within two minutes, run this again then"
fi
rm -rf "$KEPT"
(umask 077 && mkdir -p "$KEPT/files")

KEEP="$PATHS"
was_networkd=no
was_ifupdown=no
was=""
if [ "$MANAGER" = NetworkManager ]; then
    was="$(nmcli -g GENERAL.CON-UUID device show "$INTERFACE" 2>/dev/null || true)"
else
    KEEP="$KEEP /etc/network/interfaces /etc/resolv.conf"
    for path in /etc/network/interfaces.d/*; do
        if [ -f "$path" ]; then KEEP="$KEEP $path"; fi
    done
    if systemctl is-active --quiet systemd-networkd; then was_networkd=yes; fi
    # Both may run; ifupdown has what it has brought up.
    if command -v ifquery >/dev/null && ifquery --state "$INTERFACE" >/dev/null; then was_ifupdown=yes; fi
fi
for path in $KEEP; do
    if [ -e "$path" ] || [ -L "$path" ]; then
        mkdir -p "$KEPT/files${path%/*}"
        cp -a "$path" "$KEPT/files$path"
    fi
done
were_on=""
for unit in $SUPPLICANTS $SUPPLICANTS_GONE; do
    if systemctl is-enabled --quiet "$unit" 2>/dev/null; then were_on="$were_on $unit"; fi
done
cat >"$KEPT/what" <<WHAT
KEPT=$KEPT
UNIT=$UNIT
MANAGER='$MANAGER'
PATHS='$PATHS'
KEEP='$KEEP'
INTERFACE='$INTERFACE'
ADDRESS='$ADDRESS'
GATEWAY='$GATEWAY'
DNS='$DNS'
RESOLVES='$RESOLVES'
AUTHENTICATED='$AUTHENTICATED'
SUPPLICANTS='$SUPPLICANTS'
SUPPLICANTS_GONE='$SUPPLICANTS_GONE'
WERE_ON='$were_on '
WAS_NETWORKD='$was_networkd'
WAS_IFUPDOWN='$was_ifupdown'
WAS='$was'
WHAT

cat >"$KEPT/undo" <<'UNDO'
#!/bin/sh
. /var/lib/accueil-network/what
[ ! -e "$KEPT/stays" ] && [ ! -e "$KEPT/undone" ] || exit 0
# Nobody can say any more that it stays.
mv "$KEPT/applied" "$KEPT/expired" 2>/dev/null
# What runs now is left alone where the network starts only after this.
runs=no
[ ! -e /run/accueil-network ] || runs=yes
rm -f $PATHS
for path in $KEEP; do
    if [ -e "$KEPT/files$path" ] || [ -L "$KEPT/files$path" ]; then
        mkdir -p "${path%/*}"
        cp -a --remove-destination "$KEPT/files$path" "$path"
    fi
done
sync
for unit in $SUPPLICANTS $SUPPLICANTS_GONE; do
    case "$WERE_ON" in
        *" $unit "*)
            systemctl enable "$unit"
            [ $runs = no ] || systemctl --no-block restart "$unit"
            ;;
        *)
            systemctl disable "$unit"
            systemctl --no-block stop "$unit"
            ;;
    esac
done
if [ "$MANAGER" = NetworkManager ]; then
    if [ $runs = yes ]; then
        nmcli connection reload
        nmcli --wait 30 connection up uuid "$WAS" ifname "$INTERFACE" || systemctl restart NetworkManager
    fi
elif [ "$WAS_NETWORKD" = yes ]; then
    if [ $runs = yes ]; then
        networkctl reload
        networkctl reconfigure "$INTERFACE"
    fi
else
    systemctl disable systemd-networkd.socket systemd-networkd.service
    systemctl --no-block stop systemd-networkd.socket systemd-networkd.service
    [ $runs = no ] || systemctl stop systemd-networkd.socket systemd-networkd.service
fi
if [ "$WAS_IFUPDOWN" = yes ] && [ $runs = yes ]; then
    ip address flush dev "$INTERFACE"
    ip route flush dev "$INTERFACE"
    systemctl restart networking
    if ifquery --list --allow=hotplug | grep -qxF "$INTERFACE"; then
        systemctl --no-block restart "ifup@$INTERFACE.service"
    fi
fi
: >"$KEPT/undone"
sync
systemctl disable "$UNIT.service"
rm -f "/etc/systemd/system/$UNIT.service" /run/accueil-network
systemctl --no-block daemon-reload
UNDO

cat >"$KEPT/apply" <<'APPLY'
#!/bin/sh
# It stands by itself. The clock may be set meanwhile.
seconds() { cut -d. -f1 /proc/uptime; }
. /var/lib/accueil-network/what

# Takes an interface out of what ifupdown sees to, and leaves it the others: interfaces(5).
without_interface() {
    awk -v interface="$INTERFACE" '
        function starts() { return $1 ~ /^(iface|mapping|auto|allow-.*|no-auto-down|no-scripts|rename|source|source-directory|template)$/ }
        starts() { skips = ($1 == "iface" || $1 == "mapping") && $2 == interface }
        $1 == "auto" || $1 ~ /^allow-/ {
            line = $1
            for (n = 2; n <= NF; n++) if ($n != interface) line = line " " $n
            if (line != $1) print line
            next
        }
        !skips { print }
    ' "$1" >"$1.accueil" && cat "$1.accueil" >"$1"
    rm -f "$1.accueil"
}

as_networkd() {
    for unit in $SUPPLICANTS_GONE; do systemctl disable --now "$unit"; done
    if [ "$RESOLVES" = yes ]; then
        systemctl enable --now systemd-resolved
        case "$(readlink -f /etc/resolv.conf)" in
            /run/systemd/resolve/*) ;;
            *) ln -sfn /run/systemd/resolve/resolv.conf /etc/resolv.conf ;;
        esac
    fi
    if [ "$WAS_IFUPDOWN" = yes ]; then
        # By its own settings, so that its DHCP client ends too.
        ifdown --force "$INTERFACE"
        systemctl stop "ifup@$INTERFACE.service"
        for path in /etc/network/interfaces /etc/network/interfaces.d/*; do
            [ ! -f "$path" ] || without_interface "$path"
        done
    fi
    if [ "$WAS_NETWORKD" = no ]; then
        ip address flush dev "$INTERFACE"
        ip route flush dev "$INTERFACE"
        systemctl enable systemd-networkd.service
        systemctl restart systemd-networkd.service
    fi
    for unit in $SUPPLICANTS; do
        systemctl enable "$unit"
        systemctl --no-block restart "$unit"
    done
    if [ "$WAS_NETWORKD" = yes ]; then
        networkctl reload
        networkctl reconfigure "$INTERFACE"
    fi
}

# Whether it is as it is to be; says what is not.
holds() {
    if [ "$MANAGER" != NetworkManager ]; then
        if [ "$AUTHENTICATED" = yes ]; then
            wpa_cli -p /run/wpa_supplicant -i "$INTERFACE" status 2>/dev/null | grep -qx 'suppPortStatus=Authorized' || {
                echo "the network does not let it in by 802.1X"
                return 1
            }
        elif [ -n "$SUPPLICANTS" ]; then
            wpa_cli -p /run/wpa_supplicant -i "$INTERFACE" status 2>/dev/null | grep -qx 'wpa_state=COMPLETED' || {
                echo "the wireless network is not there, or does not take its password"
                return 1
            }
        fi
    fi
    if [ -n "$ADDRESS" ]; then
        ip -o address show dev "$INTERFACE" -tentative -dadfailed | grep -qF " $ADDRESS " || {
            echo "$INTERFACE does not take the address $ADDRESS"
            return 1
        }
    else
        ip -o address show dev "$INTERFACE" scope global dynamic | grep -q . || {
            echo "nobody gives it an address by DHCP"
            return 1
        }
    fi
    if [ -n "$GATEWAY" ]; then
        ip neighbour replace "$GATEWAY" dev "$INTERFACE" use 2>/dev/null
        ip neighbour show "$GATEWAY" dev "$INTERFACE" | grep -q lladdr || {
            echo "the gateway $GATEWAY does not answer"
            return 1
        }
    fi
    for server in $DNS; do
        if [ "$MANAGER" = NetworkManager ]; then
            nmcli -g IP4.DNS,IP6.DNS device show "$INTERFACE" | tr -d '\\' | tr '|' '\n' | tr -d ' ' | grep -qxF "$server"
        else
            cat /etc/resolv.conf /run/systemd/resolve/resolv.conf 2>/dev/null | grep -qxF "nameserver $server"
        fi || {
            echo "it does not ask $server for names"
            return 1
        }
    done
}

for radio in /sys/class/rfkill/*; do
    # A radio whose country nobody named is switched off on a Raspberry Pi.
    if [ "$(cat "$radio/type" 2>/dev/null)" = wlan ]; then echo 0 >"$radio/soft"; fi
done
if [ "$MANAGER" = NetworkManager ]; then
    nmcli connection reload
    why="$(nmcli --wait 40 connection up accueil 2>&1)" || {
        refused=yes
        # What nmcli says of a password that is refused is that it would like another one.
        if [ "$AUTHENTICATED" = yes ]; then
            why="the network does not let it in by 802.1X ($(printf '%s\n' "$why" | sed -n 's/^Error: //p' | head -n 1))"
        fi
    }
else
    as_networkd
fi
end=$(($(seconds) + 40))
until [ "${refused:-no}" = yes ] || why="$(holds)"; do
    if [ "$(seconds)" -ge "$end" ]; then refused=yes; else sleep 0.5; fi
done
if [ "${refused:-no}" = yes ]; then
    printf '%s\n' "$why" >"$KEPT/why"
    systemctl --no-block start accueil-network-back.service
else
    : >"$KEPT/applied"
fi
APPLY
chmod 700 "$KEPT/undo" "$KEPT/apply"

# It stands where a start of the machine finds it, and the network waits for it there.
cat >"/etc/systemd/system/$UNIT.service" <<SERVICE
[Unit]
Description=Takes back a change of the network that nobody has confirmed
DefaultDependencies=no
RequiresMountsFor=/var/lib /etc
After=local-fs.target systemd-remount-fs.service
Before=network-pre.target shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target

[Service]
Type=oneshot
ExecStart=$KEPT/undo
TimeoutStartSec=120

[Install]
WantedBy=sysinit.target
SERVICE
: >/run/accueil-network
sync
systemctl daemon-reload
quietly systemctl enable "$UNIT.service"
for unit in accueil-network-apply accueil-network-back; do
    systemctl stop "$unit.timer" "$unit.service" 2>/dev/null || true
    systemctl reset-failed "$unit.timer" "$unit.service" 2>/dev/null || true
done
# Not by the unit above, for which the network waits: what is started anew on the way back would wait for it too.
quietly systemd-run --on-active=120 --timer-property=AccuracySec=1s --collect --unit=accueil-network-back "$KEPT/undo"

write_new
sync
# Apart from this conversation, which it may end.
quietly systemd-run --on-active=1 --timer-property=AccuracySec=100ms --collect --unit=accueil-network-apply "$KEPT/apply"
