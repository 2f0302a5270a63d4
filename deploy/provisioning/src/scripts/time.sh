systemctl restart systemd-timesyncd
# Certificates and codes are looked at next, by this clock.
end=$(($(seconds) + 20))
while systemctl is-active --quiet systemd-timesyncd && [ ! -e /run/systemd/timesync/synchronized ]; do
    if [ "$(seconds)" -ge "$end" ]; then break; fi
    sleep 0.2
done
