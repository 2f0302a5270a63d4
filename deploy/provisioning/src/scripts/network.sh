# Changes how the machine is connected. Unless somebody reaches it afterwards, and says so by stopping the timer, all is
# put back after two minutes.
KEPT=/var/lib/accueil-network
rm -rf "$KEPT"
mkdir -p "$KEPT/files"
for path in $PATHS /etc/network/interfaces; do
    if [ -e "$path" ]; then cp -p --parents "$path" "$KEPT/files"; fi
done
was_networkd=no
systemctl is-enabled --quiet systemd-networkd 2>/dev/null && was_networkd=yes

cat >"$KEPT/undo" <<UNDO
#!/bin/sh
rm -f $PATHS
cp -rp $KEPT/files/. / 2>/dev/null
case $MANAGER in
    NetworkManager)
        nmcli connection reload
        nmcli device reapply "\$(nmcli -g DEVICE device | head -n 1)" || systemctl restart NetworkManager
        ;;
    *)
        [ -z "$SUPPLICANT" ] || systemctl disable --now "$SUPPLICANT"
        if [ "$was_networkd" = no ]; then
            systemctl disable --now systemd-networkd.socket systemd-networkd
            systemctl restart networking
        else
            networkctl reload
        fi
        ;;
esac
UNDO
chmod 700 "$KEPT/undo"
systemctl stop accueil-network-undo.timer 2>/dev/null || true
quietly systemd-run --on-active=120 --unit=accueil-network-undo "$KEPT/undo"

write_new
# Apart from this conversation, which it may end.
cat >"$KEPT/apply" <<APPLY
#!/bin/sh
case $MANAGER in
    NetworkManager)
        nmcli connection reload
        nmcli connection up accueil
        ;;
    *)
        [ -z "$SUPPLICANT" ] || systemctl enable "$SUPPLICANT"
        [ -z "$SUPPLICANT" ] || systemctl restart "$SUPPLICANT"
        if [ "$was_networkd" = no ]; then
            printf 'auto lo\niface lo inet loopback\n' >/etc/network/interfaces
            systemctl enable systemd-networkd
            systemctl stop networking
            systemctl restart systemd-networkd
        else
            networkctl reload
            networkctl reconfigure "\$(sed -n 's/^Name=//p' $OWN)"
        fi
        ;;
esac
APPLY
chmod 700 "$KEPT/apply"
quietly systemd-run --on-active=1 --unit=accueil-network-apply "$KEPT/apply"
