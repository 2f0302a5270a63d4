//! NetworkManager's key file (nm-settings-keyfile(5)): GLib's format, with a list of bytes where a name may be any.

use std::fmt::Write as _;

use super::{Connection, SECRETS, Secret1x};

/// The connection, for an interface.
pub(super) fn text(connection: &Connection, interface: &str) -> String {
    let mut text = String::from("# Written by provisioning.\n[connection]\nid=accueil\nautoconnect-priority=100\n");
    let kind = if connection.radio.is_some() { "wifi" } else { "ethernet" };
    let _ = writeln!(text, "type={kind}\ninterface-name={interface}\n");
    if let Some(radio) = &connection.radio {
        let _ = writeln!(text, "[wifi]\nmode=infrastructure\nssid={}", bytes(&radio.ssid));
        text.push_str(if radio.hidden { "hidden=true\n\n" } else { "\n" });
        match (&radio.password, &connection.dot1x) {
            (Some(password), _) => {
                let _ = writeln!(text, "[wifi-security]\nkey-mgmt=wpa-psk\npsk={}\n", escaped(password));
            }
            (None, Some(_)) => text.push_str("[wifi-security]\nkey-mgmt=wpa-eap\n\n"),
            (None, None) => {}
        }
    }
    if let Some(dot1x) = &connection.dot1x {
        let identity = escaped(&dot1x.identity);
        let _ = writeln!(text, "[802-1x]\nidentity={identity}\nca-cert={SECRETS}/authority.pem");
        let _ = match &dot1x.proof {
            Secret1x::Certificate { .. } => writeln!(
                text,
                "eap=tls;\nclient-cert={SECRETS}/certificate.pem\nprivate-key={SECRETS}/key.pem\nprivate-key-password-flags=4\n"
            ),
            Secret1x::Password(password) => {
                writeln!(text, "eap=peap;\nphase2-auth=mschapv2\npassword={}\n", escaped(password))
            }
        };
    }
    let is_v6 = connection.address.as_ref().is_some_and(|address| address.contains(':'));
    for (family, own) in [("ipv4", !is_v6), ("ipv6", is_v6)] {
        let _ = writeln!(text, "[{family}]");
        match connection.address.as_ref().filter(|_| own) {
            Some(address) => {
                let gateway = connection.gateway.map(|gateway| format!(",{gateway}")).unwrap_or_default();
                let _ = writeln!(text, "method=manual\naddress1={address}{gateway}");
            }
            None => text.push_str("method=auto\n"),
        }
        let ours = connection.dns.iter().filter(|dns| dns.is_ipv6() == (family == "ipv6"));
        let dns: Vec<String> = ours.map(ToString::to_string).collect();
        if !dns.is_empty() {
            let _ = writeln!(text, "dns={};", dns.join(";"));
        }
        text.push('\n');
    }
    text
}

/// A text as GLib reads it back: a backslash begins an escape, and blanks in front are dropped.
fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace(' ', r"\s")
}

/// A name that may hold anything: `;` and digits alone are a list already.
fn bytes(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte};")).collect()
}
