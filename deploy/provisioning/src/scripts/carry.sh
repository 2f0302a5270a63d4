# Which packages apt would take from what is carried along: a file and the SHA-256 of what lies there of it a line.
carry_now() {
    mend_packages
    board_list
    # The machine's own sources may be out of reach; what they said before still counts.
    quietly apt-get -q update -o Dir::Etc::sourcelist=/etc/apt/sources.list.d/accueil-board.list -o Dir::Etc::sourceparts=- \
        -o APT::Get::List-Cleanup=0
    # Why it cannot be installed is told by the installation.
    apt-get -q -y --fix-broken --print-uris --no-install-recommends install $WANTED 2>/dev/null |
        sed -n "s#^'file:$BOARD/\(\./\)\{0,1\}\([^']*\)'.*#\2#p" |
        while read -r file; do
            there=-
            if [ -e "$BOARD/$file" ]; then there="$(sha256sum <"$BOARD/$file" | cut -d' ' -f1)"; fi
            printf '%s %s\n' "$file" "$there"
        done
}
in_turn carry_now
