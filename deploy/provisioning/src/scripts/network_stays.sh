systemctl stop accueil-network-undo.timer 2>/dev/null || true
rm -rf /var/lib/accueil-network
