if command -v borne-lockdown >/dev/null; then borne-lockdown off >/dev/null; fi
systemctl disable --now accueil-borne >/dev/null 2>&1 || true
# On flash memory overwriting reaches other cells than those that held it: what is freed is given back to the device, which
# forgets it where it can (fstrim); who must be sure destroys the card.
if [ -d /var/lib/borne ]; then
    find /var/lib/borne -xdev -type f -exec shred -u {} + 2>/dev/null || true
    find /var/lib/borne -xdev -mindepth 1 -delete 2>/dev/null || true
fi
# shellcheck disable=SC2086 # several names, none with a space
[ -z "$INSTALLED" ] || apt purge $INSTALLED
# shellcheck disable=SC2086 # several paths, none with a space
rm -f $PATHS
rmdir /etc/systemd/system/accueil-borne.service.d 2>/dev/null || true
rm -rf /var/lib/borne/* /etc/borne "$BOARD"
systemctl daemon-reload
systemctl try-restart systemd-timesyncd 2>/dev/null || true
fstrim /var 2>/dev/null || fstrim / 2>/dev/null || true
