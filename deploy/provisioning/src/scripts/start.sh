systemctl enable --quiet accueil-borne
systemctl reset-failed accueil-borne 2>/dev/null || true
systemctl "$ACTION" accueil-borne || true
# It is started once it answers.
end=$(($(date +%s) + 60))
until borne status >/dev/null 2>&1; do
    if [ "$(date +%s)" -ge "$end" ]; then
        journalctl --no-pager --lines=6 --output=cat --unit=accueil-borne >&2
        fail "the borne does not start: its last words stand above"
    fi
    sleep 1
done
