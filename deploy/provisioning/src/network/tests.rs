//! What is written is read back by readers of the formats' own rules.

use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::inventory::{Dot1x, Wifi};

fn read(network: &Network) -> Result<Connection, String> {
    let pem = |path: &Path| Ok::<_, String>(format!("-----BEGIN {}", path.display()));
    let text = |path: &Path| match path.to_str() {
        Some("empty") => Ok(String::new()),
        Some("short") => Ok("secret".to_owned()),
        _ => Ok::<_, String>("pa\"ss\\word\n".to_owned()),
    };
    Connection::read(network, &pem, &text)
}

fn fixed() -> Network {
    let address = Some("10.1.4.21/24".to_owned());
    Network { address, gateway: "10.1.4.1".parse().ok(), dns: vec!["10.1.0.53".parse().unwrap()], ..Network::default() }
}

#[test]
fn what_does_not_fit_is_told() {
    let said = |network: Network| read(&network).unwrap_err();
    assert!(said(Network { address: Some("10.1.4.21".into()), ..fixed() }).contains("such as 10.1.4.21/24"));
    assert!(said(Network { address: Some("10.1.4.21/33".into()), ..fixed() }).contains("such as 10.1.4.21/24"));
    assert!(said(Network { gateway: None, ..fixed() }).contains("network.gateway"));
    let wifi =
        |file: &str| Some(Wifi { ssid: "Mairie".into(), password_file: Some(PathBuf::from(file)), ..Wifi::default() });
    assert!(said(Network { wifi: wifi("empty"), ..fixed() }).contains("holds no password"));
    assert!(said(Network { wifi: wifi("short"), ..fixed() }).contains("8 to 63"));
    let nothing = Dot1x {
        identity: "borne".into(),
        authority: "ca".into(),
        certificate: Some("c".into()),
        key: None,
        password_file: None,
    };
    assert!(said(Network { dot1x: Some(nothing), ..fixed() }).contains("certificate and its key"));
}

#[test]
fn a_fixed_address_is_written_for_whatever_sees_to_the_network() {
    let connection = read(&fixed()).unwrap();
    let nm = connection.files("NetworkManager", "eth0").pop().unwrap();
    assert_eq!((nm.path.as_str(), nm.mode), (NM, 0o600));
    for line in ["interface-name=eth0", "method=manual", "address1=10.1.4.21/24,10.1.4.1", "dns=10.1.0.53;"] {
        assert!(nm.text.contains(line), "{}", nm.text);
    }
    let networkd = connection.files("ifupdown", "end0").pop().unwrap();
    assert_eq!(networkd.path, NETWORKD);
    let lines = "[Match]\nName=end0\n\n[Network]\nAddress=10.1.4.21/24\nGateway=10.1.4.1\nDNS=10.1.0.53\n";
    assert!(networkd.text.ends_with(lines), "{}", networkd.text);
}

#[test]
fn a_certificate_opens_a_wired_network() {
    let dot1x = Dot1x {
        identity: "borne-01".into(),
        authority: "ca".into(),
        certificate: Some("c".into()),
        key: Some("k".into()),
        password_file: None,
    };
    let connection = read(&Network { dot1x: Some(dot1x), ..Network::default() }).unwrap();
    let files = connection.files("systemd-networkd", "eth0");
    let supplicant = files.last().unwrap();
    assert_eq!(supplicant.path, "/etc/wpa_supplicant/wpa_supplicant-wired-eth0.conf");
    for line in ["key_mgmt=IEEE8021X", "eap=TLS", "client_cert=\"/etc/accueil-network/certificate.pem\""] {
        assert!(supplicant.text.contains(line), "{}", supplicant.text);
    }
    assert!(files.iter().all(|file| Connection::paths("systemd-networkd", "eth0").contains(&file.path)));
}

/// A network with these words, by whatever sees to it.
fn worded(ssid: &str, password: &str, identity: &str) -> (Connection, Connection) {
    let text = |_: &Path| Ok::<_, String>(format!("{password}\n"));
    let wifi = Some(Wifi { ssid: ssid.into(), password_file: Some("file".into()), ..Wifi::default() });
    let psk = Connection::read(&Network { wifi, ..Network::default() }, &text, &text).unwrap();
    let dot1x = Some(Dot1x {
        identity: identity.into(),
        authority: "ca".into(),
        certificate: None,
        key: None,
        password_file: Some("file".into()),
    });
    let eap = Connection::read(&Network { dot1x, ..Network::default() }, &text, &text).unwrap();
    (psk, eap)
}

/// GLib's key file (glib/gkeyfile.c): blanks before a value are dropped, and a backslash begins an escape.
fn of_keyfile(text: &str, key: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
    let (mut value, mut letters) = (String::new(), line.trim_start().chars());
    while let Some(letter) = letters.next() {
        value.push(match letter {
            '\\' => match letters.next()? {
                's' => ' ',
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                '\\' => '\\',
                _ => return None,
            },
            letter => letter,
        });
    }
    Some(value)
}

/// A list of bytes, as NetworkManager takes digits and `;` alone (nm-keyfile.c, `get_bytes`).
fn of_bytes(list: &str) -> Option<String> {
    let bytes: Option<Vec<u8>> = list.strip_suffix(';')?.split(';').map(|byte| byte.parse().ok()).collect();
    String::from_utf8(bytes?).ok()
}

/// wpa_supplicant's reader: `#` after the second quotation mark begins a comment, and `P"…"` is printf-escaped
/// (wpa_supplicant/config_file.c, config.c; tried with its version 2.10).
fn of_supplicant(text: &str, key: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix(key)?.strip_prefix('='))?;
    let second = line.match_indices('"').nth(1).map_or(0, |(at, _)| at);
    let line = line[second..].find('#').map_or(line, |comment| &line[..second + comment]).trim_end();
    let (mut value, mut rest) = (String::new(), line.strip_prefix("P\"")?.strip_suffix('"')?);
    while let Some(letter) = rest.chars().next() {
        let (read, length) = match rest.get(..2) {
            Some(r"\\") => ('\\', 2),
            Some(r"\x") => (char::from(u8::from_str_radix(rest.get(2..4)?, 16).ok()?), 4),
            _ => (letter, letter.len_utf8()),
        };
        value.push(read);
        rest = &rest[length..];
    }
    Some(value)
}

/// Words that somebody may have thought of, with what these formats mean something by.
fn words() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![
            Just('"'),
            Just('\\'),
            Just(' '),
            Just(';'),
            Just('#'),
            Just('%'),
            Just('é'),
            Just('s'),
            Just('7'),
            any::<char>()
        ],
        8..20,
    )
    .prop_map(|letters| letters.into_iter().filter(|letter| !letter.is_control()).collect())
    .prop_filter("it fits", |word: &String| (8..=32).contains(&word.len()))
}

proptest! {
    // A key takes its time.
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever a network and its password are called: each program reads back the wish.
    #[test]
    fn names_and_passwords_are_read_back_as_they_were_wished(ssid in words(), password in words(), identity in words()) {
        let (psk, eap) = worded(&ssid, &password, &identity);
        let nm = keyfile::text(&psk, "wlan0");
        prop_assert_eq!(of_keyfile(&nm, "ssid").as_deref().and_then(of_bytes), Some(ssid.clone()));
        prop_assert_eq!(of_keyfile(&nm, "psk"), Some(password.clone()));
        let nm = keyfile::text(&eap, "eth0");
        prop_assert_eq!(of_keyfile(&nm, "identity"), Some(identity.clone()));
        prop_assert_eq!(of_keyfile(&nm, "password"), Some(password.clone()));
        let supplicant = networkd::supplicant_text(&psk);
        prop_assert_eq!(of_supplicant(&supplicant, "ssid"), Some(ssid.clone()));
        let psk = data_encoding::HEXLOWER.encode(&networkd::key(&password, &ssid));
        let line = format!("    psk={psk}\n");
        prop_assert!(supplicant.contains(&line));
        let supplicant = networkd::supplicant_text(&eap);
        prop_assert_eq!(of_supplicant(&supplicant, "identity"), Some(identity));
        prop_assert_eq!(of_supplicant(&supplicant, "password"), Some(password));
    }
}

#[test]
fn passwords_stand_in_files_of_roots_alone() {
    let (psk, eap) = worded("Mairie \"4e\"", "pa\"ss\\word", "borne");
    for connection in [psk, eap] {
        for manager in [NETWORK_MANAGER, "systemd-networkd"] {
            for file in connection.files(manager, "wlan0") {
                let secret = file.text.contains("word");
                assert!(!secret || (file.mode == 0o600 && file.secret), "{file:?}");
                assert!(Connection::paths(manager, "wlan0").contains(&file.path));
            }
        }
    }
}

#[test]
fn a_wireless_networks_password_is_written_as_its_reader_takes_it() {
    let (psk, _) = worded("Mairie \"4e\"", "pa\"ss\\word", "borne");
    let supplicant = psk.files("systemd-networkd", "wlan0").pop().unwrap();
    assert_eq!(supplicant.path, "/etc/wpa_supplicant/wpa_supplicant-wlan0.conf");
    assert!(supplicant.text.contains(r#"ssid=P"Mairie \x224e\x22""#), "{}", supplicant.text);
    // IEEE 802.11-2020, J.4.2.
    let (psk, _) = worded("IEEE", "password", "borne");
    let supplicant = psk.files("systemd-networkd", "wlan0").pop().unwrap();
    let key = "psk=f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e\n";
    assert!(supplicant.text.contains(key), "{}", supplicant.text);
    let (psk, _) = worded("ThisIsASSID", "ThisIsAPassword", "borne");
    let supplicant = psk.files("systemd-networkd", "wlan0").pop().unwrap();
    let key = "psk=0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af\n";
    assert!(supplicant.text.contains(key), "{}", supplicant.text);
}

#[test]
fn a_hidden_network_and_its_country_are_said() {
    let wifi = Some(Wifi { ssid: "Mairie".into(), hidden: true, country: Some("FR".into()), ..Wifi::default() });
    let connection = read(&Network { wifi, ..Network::default() }).unwrap();
    let all = |manager| connection.files(manager, "wlan0").iter().map(|file| file.text.clone()).collect::<String>();
    let (nm, supplicant) = (all(NETWORK_MANAGER), all("systemd-networkd"));
    assert!(nm.contains("hidden=true") && nm.contains("ieee80211_regdom=FR"), "{nm}");
    assert!(supplicant.contains("scan_ssid=1") && supplicant.contains("country=FR"), "{supplicant}");
}

#[test]
fn the_interface_is_the_one_that_can_do_it() {
    let cable = read(&fixed()).unwrap();
    let (psk, _) = worded("Mairie", "password", "borne");
    let facts = |wireless: &[&str]| Facts {
        interface: "eth0".into(),
        wireless: wireless.iter().map(|name| (*name).to_owned()).collect(),
        ..Facts::default()
    };
    assert_eq!(cable.interface(&facts(&["wlan0"])).as_deref(), Ok("eth0"));
    assert_eq!(psk.interface(&facts(&["wlan0"])).as_deref(), Ok("wlan0"), "never the cable it is reached by");
    assert!(psk.interface(&facts(&[])).unwrap_err().contains("no wireless interface"));
    assert!(psk.interface(&facts(&["wlan0", "wlan1"])).unwrap_err().contains("wlan0, wlan1"));
    let named = Connection { interface: Some("eth0".into()), ..psk };
    assert!(named.interface(&facts(&["wlan0"])).unwrap_err().contains("eth0 is no wireless interface"));
    assert!(cable.interface(&Facts::default()).unwrap_err().contains("network.interface"));
}

#[test]
fn who_is_asked_for_names_has_a_program_that_says_so() {
    let connection = read(&fixed()).unwrap();
    assert_eq!(connection.packages("ifupdown"), ["systemd-resolved"], "systemd-networkd writes no resolv.conf");
    assert!(connection.packages(NETWORK_MANAGER).is_empty());
    let silent = read(&Network { dns: Vec::new(), ..fixed() }).unwrap();
    assert!(silent.packages("ifupdown").is_empty() && !silent.proof("eth0").resolves);
    let by_dhcp = read(&Network::default()).unwrap();
    assert_eq!(by_dhcp.packages("systemd-networkd"), ["systemd-resolved"]);
}

#[test]
fn what_is_looked_for_is_written_as_ip_writes_it() {
    let network =
        Network { address: Some("FD00:0::21/64".into()), gateway: "FD00::1".parse().ok(), ..Network::default() };
    let proof = read(&network).unwrap().proof("eth0");
    assert_eq!((proof.address.as_str(), proof.gateway.as_str()), ("fd00::21/64", "fd00::1"));
}
