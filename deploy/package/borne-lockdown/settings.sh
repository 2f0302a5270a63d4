# Read with `source`: what borne-lockdown.conf and borne.toml say.

readonly SETTINGS="${BORNE_LOCKDOWN_CONF:-/etc/borne-lockdown.conf}"
readonly BORNE_TOML="${BORNE_CONFIG:-/etc/borne/borne.toml}"

# The value of a key of borne-lockdown.conf: words, one blank between two.
setting() {
    [[ -r "$SETTINGS" ]] || return 0
    awk -v key="$1" '
        { sub(/#.*/, ""); at = index($0, "=") }
        at && trimmed(substr($0, 1, at - 1)) == key { value = trimmed(substr($0, at + 1)) }
        function trimmed(text) { gsub(/[ \t\r]+/, " ", text); gsub(/^ | $/, "", text); return text }
        END { print value }' "$SETTINGS"
}

# A text of borne.toml: of a section, a key. As the file is annotated: one `key = "value"` a line below its [section].
borne_setting() {
    [[ -r "$BORNE_TOML" ]] || return 0
    awk -v section="[$1]" -v key="$2" '
        /^[ \t]*\[/ { line = $0; sub(/#.*/, "", line); gsub(/[ \t\r]/, "", line); inside = (line == section); next }
        inside && match($0, "^[ \t]*" key "[ \t]*=[ \t]*\"[^\"]*\"") {
            value = substr($0, RSTART, RLENGTH); sub(/^[^"]*"/, "", value); sub(/"$/, "", value) }
        END { print value }' "$BORNE_TOML"
}
