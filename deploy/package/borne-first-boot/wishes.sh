# Read with `source`: what accueil.txt says. People write it with whatever their computer has, so its letters, line ends, blanks and
# quotation marks may be any.

declare -A WISH=()
FAULTS=()
readonly KEYS=" name server code role printer profile scanner card rotation ssh_key technicians usb time_servers interface address gateway dns wifi wifi_password "

# A blank in bytes, those of typesetters too: U+00A0, U+202F.
readonly BLANK='([[:space:]]|\xc2\xa0|\xe2\x80\xaf)'

# A file's text in UTF-8, each line ended as here: Windows writes UTF-16 and its own Latin letters too.
plain_text() {
    local head
    head="$(head -c 2 "$1" | od -An -tx1 | tr -d ' ')"
    if [[ "$head" == fffe || "$head" == feff ]]; then
        iconv -f UTF-16 -t UTF-8 "$1"
    elif iconv -f UTF-8 -t UTF-8 "$1" >/dev/null 2>&1; then
        cat "$1"
    else
        iconv -f WINDOWS-1252 -t UTF-8 "$1"
    fi | LC_ALL=C sed -e '1s/^\xef\xbb\xbf//' -e 's/\r$//'
    # A last line that nobody ended.
    echo
}

# Without blanks at either end.
trimmed() { LC_ALL=C sed -E "s/^$BLANK+|$BLANK+\$//g" <<<"$1"; }

# The key of a line, as it is looked up.
key_of() {
    local key
    key="$(trimmed "${1%%=*}")"
    printf '%s\n' "${key,,}"
}

# A text of accueil.txt without what nobody else may read, by the same keys as it is read by.
without_secrets() {
    local line
    while IFS= read -r line; do
        if [[ "$line" == *=* && "$(key_of "$line")" =~ ^(code|wifi_password)$ ]]; then line="${line%%=*}= (effacé)"; fi
        printf '%s\n' "$line"
    done
}

# Whether a line that is not understood may hold a secret, which no screen and no journal shows.
may_be_secret() { [[ "${1,,}" =~ ^(code|wifi.?p|password|mot.?de.?passe) ]]; }

# Without one pair of quotation marks around it.
unquoted() {
    local text="$1"
    case "$text" in
        \"*\" | \'*\' | '“'*'”' | '«'*'»') [[ ${#text} -lt 2 ]] || trimmed "${text:1:-1}" ;;
        *) printf '%s\n' "$text" ;;
    esac
}

# Reads a file into WISH; what cannot be read goes to FAULTS.
read_wishes() {
    local line key value number=0
    local -a words
    while IFS= read -r line; do
        number=$((number + 1))
        line="$(trimmed "$line")"
        [[ -n "$line" && "$line" != \#* ]] || continue
        if [[ "$line" != *=* ]] && may_be_secret "$line"; then
            FAULTS+=("ligne $number : elle ne se comprend pas ; écrivez clé = valeur")
            continue
        elif [[ "$line" != *=* ]]; then
            FAULTS+=("ligne $number : « $line » ne se comprend pas ; écrivez clé = valeur, ou # devant")
            continue
        fi
        key="$(key_of "$line")"
        value="$(unquoted "$(trimmed "${line#*=}")")"
        if [[ "$key" == *" "* || "$KEYS" != *" $key "* ]] && may_be_secret "$key"; then
            FAULTS+=("ligne $number : cette clé n’existe pas ; accueil.exemple.txt montre celles qui existent")
        elif [[ "$key" == *" "* || "$KEYS" != *" $key "* ]]; then
            FAULTS+=("ligne $number : la clé « $key » n’existe pas ; accueil.exemple.txt montre celles qui existent")
        elif [[ "$key" == wifi_password && "$value" == "(effacé)" ]]; then
            FAULTS+=("ligne $number : le mot de passe du Wi-Fi a été effacé ; écrivez-le à nouveau")
        elif [[ -z "$value" || "$value" == "(effacé)" ]]; then
            continue
        elif [[ "$key" == ssh_key ]]; then
            WISH[ssh_key]="${WISH[ssh_key]:+${WISH[ssh_key]}$'\n'}$value"
        elif [[ -n "${WISH[$key]:-}" ]]; then
            FAULTS+=("ligne $number : « $key » est déjà écrit plus haut ; gardez une seule des deux lignes")
        else
            WISH[$key]="$value"
        fi
    done < <(plain_text "$1")
    # Lists take blanks or commas, and quotation marks around each.
    for key in technicians usb time_servers dns; do
        [[ -n "${WISH[$key]:-}" ]] || continue
        read -ra words <<<"$(LC_ALL=C sed -E "s/$BLANK|[,;\"]/ /g" <<<"${WISH[$key]}")"
        WISH[$key]="${words[*]}"
    done
    WISH[role]="${WISH[role]:-both}"
    WISH[rotation]="${WISH[rotation]:-0}"
    [[ "${WISH[role]}" == survey ]] || WISH[printer]="${WISH[printer]:-auto}"
    for key in printer scanner card; do [[ "${WISH[$key]:-}" != none ]] || WISH[$key]=""; done
    WISH[server]="${WISH[server]:-}"
    WISH[server]="${WISH[server]%/}"
    WISH[code]="$(tr -d ' ' <<<"${WISH[code]:-}")"
    WISH[code]="${WISH[code]^^}"
}

# Whether a text is an address; with a second argument, one with the length of its network.
is_address() {
    local address="${1%%/*}" length="${1#*/}" most=32
    if [[ -n "${2:-}" ]]; then
        [[ "$address" != *:* ]] || most=128
        [[ "$1" == */* && "$length" =~ ^[0-9]{1,3}$ ]] && ((10#$length >= 1 && 10#$length <= most)) || return 1
    elif [[ "$1" == */* ]]; then
        return 1
    fi
    if [[ "$address" == *:* ]]; then
        [[ "$address" =~ ^[0-9a-fA-F:]{2,39}$ ]]
    else
        [[ "$address" =~ ^([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})$ ]] &&
            ((10#${BASH_REMATCH[1]} < 256 && 10#${BASH_REMATCH[2]} < 256 && 10#${BASH_REMATCH[3]} < 256 && 10#${BASH_REMATCH[4]} < 256))
    fi
}

# How long a text is, in bytes.
bytes() { printf '%s' "$1" | wc -c; }

# Puts into FAULTS what cannot be followed. Whether it is enrolled already is the caller's to know.
check_wishes() {
    local word key
    fault() { FAULTS+=("$*"); }
    if [[ -z "${WISH[name]:-}" ]]; then
        fault "name manque : le nom de la borne, par exemple name = Borne hall, gauche"
    elif [[ ${#WISH[name]} -gt 40 || "${WISH[name]}" == *[[:cntrl:]]* ]]; then
        fault "name : « ${WISH[name]} » est trop long ; 40 caractères au plus"
    fi
    if [[ -z "${WISH[server]}" ]]; then
        fault "server manque : l’adresse du serveur, par exemple server = https://accueil.example.fr"
    elif [[ ! "${WISH[server]}" =~ ^https?://[^/[:space:]\"\\]+$ ]]; then
        fault "server : « ${WISH[server]} » n’est pas une adresse ; elle commence par https:// et n’a pas de chemin"
    fi
    if [[ -n "${WISH[code]}" && ! "${WISH[code]}" =~ ^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$ ]]; then
        fault "code : ce n’est pas un code ; il ressemble à ABCD-EFGH-IJKL-MNOP"
    elif [[ -z "${WISH[code]}" ]] && ! enrolled; then
        fault "code manque : sur le serveur, accueil-server enrol-code en donne un, valable 24 heures"
    fi
    [[ "${WISH[role]}" =~ ^(ticket|survey|both)$ ]] || fault "role : « ${WISH[role]} » n’existe pas ; écrivez ticket, survey ou both"
    [[ "${WISH[rotation]}" =~ ^(0|90|180|270)$ ]] || fault "rotation : « ${WISH[rotation]} » n’existe pas ; écrivez 0, 90, 180 ou 270"
    [[ "${WISH[role]}" == survey || -n "${WISH[printer]:-}" ]] ||
        fault "printer : une borne qui donne des tickets a besoin d’une imprimante ; écrivez auto, ou son adresse"
    for key in printer profile scanner card; do
        [[ "${WISH[$key]:-}" != *[[:cntrl:]\"\\]* ]] || fault "$key : « ${WISH[$key]} » n’est pas un appareil"
    done
    while read -r word; do
        [[ -z "$word" ]] || ssh-keygen -l -f - <<<"$word" >/dev/null 2>&1 ||
            fault "ssh_key : « ${word:0:30}… » n’est pas une clé publique ; copiez toute la ligne du fichier .pub"
    done <<<"${WISH[ssh_key]:-}"
    for word in ${WISH[technicians]:-}; do
        is_address "$word" network || fault "technicians : « $word » n’est pas un réseau ; par exemple 10.9.0.0/24"
    done
    for word in ${WISH[usb]:-}; do
        [[ "$word" =~ ^[0-9a-fA-F]{4}:([0-9a-fA-F]{4}|\*)$ ]] || fault "usb : « $word » n’est pas un appareil ; par exemple 04d9:1603"
    done
    for word in ${WISH[time_servers]:-}; do
        [[ "$word" =~ ^[A-Za-z0-9.:_-]+$ ]] || fault "time_servers : « $word » n’est pas un serveur ; par exemple ntp.example.fr"
    done
    for word in ${WISH[dns]:-} ${WISH[gateway]:-}; do
        is_address "$word" || fault "gateway, dns : « $word » n’est pas une adresse ; par exemple 10.1.4.1"
    done
    if [[ -n "${WISH[address]:-}" ]]; then
        is_address "${WISH[address]}" network || fault "address : « ${WISH[address]} » doit ressembler à 10.1.4.21/24"
        [[ -n "${WISH[gateway]:-}" ]] || fault "gateway manque : une adresse fixe a besoin d’une passerelle"
    elif [[ -n "${WISH[gateway]:-}" ]]; then
        fault "address manque : une passerelle (gateway) va avec une adresse fixe"
    fi
    [[ "${WISH[interface]:-eth0}" =~ ^[A-Za-z0-9_.-]{1,15}$ ]] || fault "interface : « ${WISH[interface]} » n’est pas une interface réseau"
    [[ "$(bytes "${WISH[wifi]:-x}")" =~ ^([1-9]|[12][0-9]|3[0-2])$ && "${WISH[wifi]:-x}" != *[[:cntrl:]]* ]] ||
        fault "wifi : le nom d’un réseau sans fil a 32 caractères au plus (un caractère accentué compte pour deux)"
    if [[ -n "${WISH[wifi_password]:-}" ]]; then
        [[ -n "${WISH[wifi]:-}" ]] || fault "wifi manque : le nom du réseau sans fil dont le mot de passe est donné"
        [[ "$(bytes "${WISH[wifi_password]}")" =~ ^([89]|[1-5][0-9]|6[0-3])$ && "${WISH[wifi_password]}" != *[[:cntrl:]]* ]] ||
            fault "wifi_password : un mot de passe de Wi-Fi a de 8 à 63 caractères (un caractère accentué compte pour deux)"
    fi
    if [[ -n "${WISH[technicians]:-}" ]]; then
        [[ -n "${WISH[ssh_key]:-}" || -s /root/.ssh/authorized_keys || "${CHECK_ONLY:-}" ]] ||
            fault "ssh_key manque : une machine fermée (technicians) où aucune clé n’entre ne s’ouvrirait plus"
    fi
}
