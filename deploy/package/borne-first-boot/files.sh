# Read with `source`: the files of a borne, letter by letter those of provisioning (deploy/provisioning/src/files.rs, network.rs).

# PATH MODE: writes what it reads, whole or not at all; what is there already stays as it is.
put() {
    local path="$1" new="$1.new"
    # Folders that services read which are not root; the unit's own umask lets nobody in.
    (umask 022 && mkdir -p "$(dirname "$path")")
    (umask 077 && cat >"$new")
    chmod "$2" "$new"
    if cmp --quiet "$new" "$path" && [[ "$(stat -c '%u:%g %a' "$path")" == "0:0 $2" ]]; then
        rm "$new"
        return
    fi
    sync "$new"
    mv "$new" "$path"
}

# A text of TOML. What it writes plainly holds no backslash and no quotation mark; names may.
toml() {
    local text="$1"
    if [[ "$text" == *[\"\\]* && "$text" != *\'* ]]; then
        printf "'%s'" "$text"
    else
        text="${text//\\/\\\\}"
        printf '"%s"' "${text//\"/\\\"}"
    fi
}

# AUTHORITY: the borne's settings, sections and keys in order of their letters.
settings_file() {
    # shellcheck disable=SC2016 # as it is to be read
    printf '# Written by provisioning, which writes it anew: change the inventory. `borne config example` tells what there is.\n'
    printf '\n[borne]\nname = %s\nrole = %s\n' "$(toml "${WISH[name]}")" "$(toml "${WISH[role]}")"
    [[ -z "${WISH[card]:-}" ]] || printf '\n[card]\ndevice = %s\n' "$(toml "${WISH[card]}")"
    # The borne's own settings name a printer where nothing else is said.
    if [[ -n "${WISH[printer]:-}${WISH[profile]:-}" || "${WISH[role]}" == survey ]]; then
        printf '\n[printer]\ndevice = %s\n' "$(toml "${WISH[printer]:-}")"
        [[ -z "${WISH[profile]:-}" ]] || printf 'profile = %s\n' "$(toml "${WISH[profile]}")"
    fi
    [[ -z "${WISH[scanner]:-}" ]] || printf '\n[scanner]\ndevice = %s\n' "$(toml "${WISH[scanner]}")"
    printf '\n[server]\n'
    [[ -z "$1" ]] || printf 'authority = %s\n' "$(toml "$1")"
    printf 'url = %s\n' "$(toml "${WISH[server]}")"
}

lockdown_file() {
    printf '# Written by provisioning, which writes it anew: change the inventory. borne-lockdown(8) tells what there is.\n'
    printf 'technicians = %s\nssh_port = 22\nreach = \ndns =\nntp = %s\nusb = %s\n' \
        "${WISH[technicians]}" "${WISH[time_servers]:-}" "${WISH[usb]:-}"
}

# INTERFACE: systemd.network(5).
network_file() {
    local word
    printf '# Written by provisioning.\n[Match]\nName=%s\n\n[Network]\n' "$1"
    if [[ -n "${WISH[address]:-}" ]]; then
        printf 'Address=%s\nGateway=%s\n' "${WISH[address]}" "${WISH[gateway]}"
    else
        printf 'DHCP=yes\n'
    fi
    for word in ${WISH[dns]:-}; do printf 'DNS=%s\n' "$word"; done
}

# Any text, as wpa_supplicant takes it: P"…" is printf-escaped. A quotation mark within would let a # begin a comment.
supplicant_text() {
    local text="${1//\\/\\\\}"
    printf 'P"%s"' "${text//\"/\\x22}"
}

# wpa_supplicant.conf(5).
supplicant_file() {
    printf '# Written by provisioning.\nctrl_interface=/run/wpa_supplicant\nnetwork={\n    ssid=%s\n' "$(supplicant_text "${WISH[wifi]}")"
    if [[ -n "${WISH[wifi_password]:-}" ]]; then
        # As a password it knows no escapes, and a # after a quotation mark would end it: the key that it is made into.
        wpa_passphrase "${WISH[wifi]}" <<<"${WISH[wifi_password]}" | sed -n 's/^[[:blank:]]*psk=/    psk=/p'
    else
        printf '    key_mgmt=NONE\n'
    fi
    printf '}\n'
}
