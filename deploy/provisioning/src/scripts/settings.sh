# The borne itself says whether its settings and its site are good, before they are its own.
for path in /etc/borne/borne.toml /etc/borne/site.toml; do
    if [ ! -e "$path.new" ] && [ -e "$path" ]; then cp -p "$path" "$path.new"; fi
done
chmod 644 /etc/borne/borne.toml.new /etc/borne/site.toml.new
said="$(as_borne borne --config /etc/borne/borne.toml.new --set borne.site=/etc/borne/site.toml.new config check 2>&1)" || {
    rm -f /etc/borne/borne.toml.new /etc/borne/site.toml.new
    fail "the borne does not take these settings: $said"
}
sync /etc/borne/borne.toml.new /etc/borne/site.toml.new
mv /etc/borne/site.toml.new /etc/borne/site.toml
mv /etc/borne/borne.toml.new /etc/borne/borne.toml
# What a closed machine lets out goes by these settings.
if command -v borne-lockdown >/dev/null; then
    quietly borne-lockdown reload || fail "the settings are written, but this closed machine's rules are not: see above"
fi
