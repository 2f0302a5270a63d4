//! systemd-networkd's file, and wpa_supplicant's beside it.

use std::fmt::Write as _;

use data_encoding::HEXLOWER;
use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;

use super::{Connection, SECRETS, Secret1x};

/// systemd.network(5).
pub(super) fn network(connection: &Connection, interface: &str) -> String {
    let mut text = format!("# Written by provisioning.\n[Match]\nName={interface}\n\n[Network]\n");
    match &connection.address {
        Some(address) => {
            let _ = writeln!(text, "Address={address}");
            if let Some(gateway) = connection.gateway {
                let _ = writeln!(text, "Gateway={gateway}");
            }
        }
        None => text.push_str("DHCP=yes\n"),
    }
    for dns in &connection.dns {
        let _ = writeln!(text, "DNS={dns}");
    }
    text
}

/// wpa_supplicant's unit for an interface reads it.
pub(super) fn supplicant(interface: &str, wireless: bool) -> String {
    let wired = if wireless { "" } else { "-wired" };
    format!("/etc/wpa_supplicant/wpa_supplicant{wired}-{interface}.conf")
}

/// wpa_supplicant.conf(5).
pub(super) fn supplicant_text(connection: &Connection) -> String {
    let mut text = String::from("# Written by provisioning.\nctrl_interface=/run/wpa_supplicant\n");
    match &connection.radio {
        None => text.push_str("ap_scan=0\n"),
        Some(radio) => _ = radio.country.as_ref().map(|country| writeln!(text, "country={country}")),
    }
    text.push_str("network={\n");
    if let Some(radio) = &connection.radio {
        let _ = writeln!(text, "    ssid={}", escaped(&radio.ssid));
        text.push_str(if radio.hidden { "    scan_ssid=1\n" } else { "" });
    }
    match (connection.radio.as_ref().map(|radio| &radio.password), &connection.dot1x) {
        // As a password it knows no escapes, and a `#` after a quotation mark would end it.
        (Some(Some(password)), _) => {
            let ssid = connection.radio.as_ref().map_or("", |radio| &radio.ssid);
            let _ = writeln!(text, "    psk={}", HEXLOWER.encode(&key(password, ssid)));
        }
        (Some(None), Some(_)) => text.push_str("    key_mgmt=WPA-EAP\n"),
        (None, Some(_)) => text.push_str("    key_mgmt=IEEE8021X\n    eapol_flags=0\n"),
        (_, None) => text.push_str("    key_mgmt=NONE\n"),
    }
    if let Some(dot1x) = &connection.dot1x {
        let _ = writeln!(text, "    identity={}\n    ca_cert=\"{SECRETS}/authority.pem\"", escaped(&dot1x.identity));
        let _ = match &dot1x.proof {
            Secret1x::Certificate { .. } => writeln!(
                text,
                "    eap=TLS\n    client_cert=\"{SECRETS}/certificate.pem\"\n    private_key=\"{SECRETS}/key.pem\""
            ),
            Secret1x::Password(password) => {
                writeln!(text, "    eap=PEAP\n    phase2=\"auth=MSCHAPV2\"\n    password={}", escaped(password))
            }
        };
    }
    text.push_str("}\n");
    text
}

/// The key that a wireless network's password is made into: PBKDF2 with HMAC-SHA1, 4096 times (IEEE 802.11-2020, J.4.1).
pub(super) fn key(password: &str, ssid: &str) -> [u8; 32] {
    let mut key = [0; 32];
    pbkdf2_hmac::<Sha1>(password.as_bytes(), ssid.as_bytes(), 4096, &mut key);
    key
}

/// A text as wpa_supplicant takes it: `P"…"` is printf-escaped. A quotation mark within would let a `#` begin a comment.
fn escaped(text: &str) -> String {
    format!("P\"{}\"", text.replace('\\', r"\\").replace('"', r"\x22"))
}
