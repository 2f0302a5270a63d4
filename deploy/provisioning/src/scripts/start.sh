systemctl enable --quiet accueil-borne
systemctl reset-failed accueil-borne 2>/dev/null || true
systemctl "$ACTION" accueil-borne || true
# It is started once it answers.
end=$(($(seconds) + 60))
until borne status >/dev/null 2>&1; do
    if [ "$(seconds)" -ge "$end" ]; then
        journalctl --no-pager --lines=6 --output=cat --unit=accueil-borne >&2
        fail "the borne does not start: its last words stand above"
    fi
    sleep 1
done
# Devices and the server take some moments more; what is ill even then is told.
end=$(($(seconds) + 20))
while as_borne borne doctor 2>/dev/null | grep -q '^✕'; do
    if [ "$(seconds)" -ge "$end" ]; then break; fi
    sleep 1
done
