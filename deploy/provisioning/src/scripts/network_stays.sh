# Tells what became of a change of the network. Where it is what it was to be, and CLAIM says yes, it stays.
KEPT=/var/lib/accueil-network
UNIT=accueil-network-undo
if [ "$CLAIM" = yes ] && mv "$KEPT/applied" "$KEPT/stays" 2>/dev/null; then
    sync
    systemctl stop accueil-network-back.timer
    quietly systemctl disable "$UNIT.service"
    rm -f "/etc/systemd/system/$UNIT.service" /run/accueil-network
    systemctl daemon-reload
    rm -rf "$KEPT"
    echo stays
elif [ -e "$KEPT/undone" ]; then
    echo "undone $(cat "$KEPT/why" 2>/dev/null || echo "nobody reached it so")"
elif [ -e "$KEPT/what" ]; then
    echo waits
else
    echo "other"
fi
