//! How a machine is connected: a static address or DHCP, by cable or wireless, with or without 802.1X.
//!
//! It is written for whatever sees to the network there: NetworkManager (Raspberry Pi OS) as it is; everything else is
//! handed to systemd-networkd with wpa_supplicant, which a bare Debian has or gets.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::Path;

use crate::files::File;
use crate::inventory::Network;

/// Where secrets of the network lie on the machine.
const SECRETS: &str = "/etc/accueil-network";
/// NetworkManager's file of ours.
pub const NM: &str = "/etc/NetworkManager/system-connections/accueil.nmconnection";
/// systemd-networkd's file of ours.
pub const NETWORKD: &str = "/etc/systemd/network/10-accueil.network";

/// How a machine is to be connected, with what was read for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Which interface; none: the one it is reached by.
    pub interface: Option<String>,
    /// Its address with the length of its network; none: by DHCP.
    pub address: Option<String>,
    gateway: Option<IpAddr>,
    dns: Vec<IpAddr>,
    ssid: Option<String>,
    password: Option<String>,
    dot1x: Option<Credentials>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Credentials {
    identity: String,
    authority: String,
    /// The certificate and its key; or else the password.
    proof: Proof,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Proof {
    Certificate { certificate: String, key: String },
    Password(String),
}

type Text<'a, E> = &'a dyn Fn(&Path) -> Result<String, E>;

impl Connection {
    /// What an inventory says, with the files that it names.
    ///
    /// # Errors
    /// A sentence, when something does not fit or a file cannot be read.
    pub fn read<E: ToString>(network: &Network, pem: Text<'_, E>, text: Text<'_, E>) -> Result<Self, String> {
        let file = |read: Text<'_, E>, path: &Path| read(path).map_err(|e| e.to_string());
        let line = |path: &Path| {
            let read = file(text, path)?;
            let line = read.trim_end_matches(['\r', '\n']);
            let fits = !line.is_empty() && !line.contains('\n');
            fits.then(|| line.to_owned())
                .ok_or_else(|| format!("{} holds no password: write it there, one line", path.display()))
        };
        if let Some(address) = &network.address {
            let fits = address.split_once('/').is_some_and(|(address, length)| {
                let most = match address.parse() {
                    Ok(IpAddr::V4(_)) => 32,
                    Ok(IpAddr::V6(_)) => 128,
                    Err(_) => 0,
                };
                length.parse::<u8>().is_ok_and(|length| length > 0 && length <= most)
            });
            if !fits {
                return Err(format!("`{address}` is no address with the length of its network, such as 10.1.4.21/24"));
            }
            if network.gateway.is_none() {
                return Err("a machine with an address of its own needs a gateway: network.gateway".to_owned());
            }
        }
        let wifi = network.wifi.as_ref();
        let password = wifi.and_then(|wifi| wifi.password_file.as_deref()).map(line).transpose()?;
        if password.as_ref().is_some_and(|password| !(8..=63).contains(&password.len())) {
            return Err("a wireless network's password has 8 to 63 characters".to_owned());
        }
        if password.is_some() && network.dot1x.is_some() {
            return Err("a wireless network has a password or 802.1X, not both: remove one".to_owned());
        }
        let dot1x = network.dot1x.as_ref().map(|dot1x| {
            let proof = match (&dot1x.certificate, &dot1x.key, &dot1x.password_file) {
                (Some(certificate), Some(key), None) => {
                    Proof::Certificate { certificate: file(pem, certificate)?, key: file(pem, key)? }
                }
                (None, None, Some(password)) => Proof::Password(line(password)?),
                (_, _, _) => return Err("802.1X needs a certificate and its key, or a password_file".to_owned()),
            };
            Ok(Credentials { identity: dot1x.identity.clone(), authority: file(pem, &dot1x.authority)?, proof })
        });
        Ok(Self {
            interface: network.interface.clone(),
            address: network.address.clone(),
            gateway: network.gateway,
            dns: network.dns.clone(),
            ssid: wifi.map(|wifi| wifi.ssid.clone()),
            password,
            dot1x: dot1x.transpose()?,
        })
    }

    /// The packages that it needs where systemd-networkd sees to it.
    #[must_use]
    pub fn packages(&self) -> Vec<&'static str> {
        if self.ssid.is_some() || self.dot1x.is_some() { vec!["wpasupplicant"] } else { Vec::new() }
    }

    /// Every path that this module may write, by what sees to the network.
    #[must_use]
    pub fn paths(manager: &str, interface: &str) -> Vec<String> {
        let secrets = ["authority.pem", "certificate.pem", "key.pem"].map(|name| format!("{SECRETS}/{name}"));
        let own = if manager == "NetworkManager" {
            vec![NM.to_owned()]
        } else {
            vec![NETWORKD.to_owned(), supplicant(interface, false), supplicant(interface, true)]
        };
        own.into_iter().chain(secrets).collect()
    }

    /// The files that say so.
    #[must_use]
    pub fn files(&self, manager: &str, interface: &str) -> Vec<File> {
        let interface = self.interface.as_deref().unwrap_or(interface);
        let mut files = Vec::new();
        if let Some(dot1x) = &self.dot1x {
            let secret = |name: &str, text: &String| File::secret(&format!("{SECRETS}/{name}"), text);
            files.push(secret("authority.pem", &dot1x.authority));
            if let Proof::Certificate { certificate, key } = &dot1x.proof {
                files.push(secret("certificate.pem", certificate));
                files.push(secret("key.pem", key));
            }
        }
        if manager == "NetworkManager" {
            files.push(File::secret(NM, &self.nm(interface)));
        } else {
            files.push(File::plain(NETWORKD, &self.networkd(interface)));
            if self.ssid.is_some() || self.dot1x.is_some() {
                files.push(File::secret(&supplicant(interface, self.ssid.is_some()), &self.supplicant()));
            }
        }
        files
    }

    /// NetworkManager's key file (nm-settings-keyfile(5)).
    fn nm(&self, interface: &str) -> String {
        let mut text = String::from("# Written by provisioning.\n[connection]\nid=accueil\nautoconnect-priority=100\n");
        let kind = if self.ssid.is_some() { "wifi" } else { "ethernet" };
        let _ = writeln!(text, "type={kind}\ninterface-name={interface}\n");
        if let Some(ssid) = &self.ssid {
            let _ = writeln!(text, "[wifi]\nmode=infrastructure\nssid={ssid}\n");
        }
        match (&self.password, self.ssid.is_some() && self.dot1x.is_some()) {
            (Some(password), _) => {
                let _ = writeln!(text, "[wifi-security]\nkey-mgmt=wpa-psk\npsk={password}\n");
            }
            (None, true) => text.push_str("[wifi-security]\nkey-mgmt=wpa-eap\n\n"),
            (None, false) => {}
        }
        if let Some(dot1x) = &self.dot1x {
            let _ = writeln!(text, "[802-1x]\nidentity={}\nca-cert={SECRETS}/authority.pem", dot1x.identity);
            let _ = match &dot1x.proof {
                Proof::Certificate { .. } => writeln!(
                    text,
                    "eap=tls;\nclient-cert={SECRETS}/certificate.pem\nprivate-key={SECRETS}/key.pem\nprivate-key-password-flags=4\n"
                ),
                Proof::Password(password) => writeln!(text, "eap=peap;\nphase2-auth=mschapv2\npassword={password}\n"),
            };
        }
        let is_v6 = self.address.as_ref().is_some_and(|address| address.contains(':'));
        for (family, own) in [("ipv4", !is_v6), ("ipv6", is_v6)] {
            let _ = writeln!(text, "[{family}]");
            match self.address.as_ref().filter(|_| own) {
                Some(address) => {
                    let gateway = self.gateway.map(|gateway| format!(",{gateway}")).unwrap_or_default();
                    let _ = writeln!(text, "method=manual\naddress1={address}{gateway}");
                }
                None => text.push_str("method=auto\n"),
            }
            let dns: Vec<String> =
                self.dns.iter().filter(|dns| dns.is_ipv6() == (family == "ipv6")).map(ToString::to_string).collect();
            if !dns.is_empty() {
                let _ = writeln!(text, "dns={};", dns.join(";"));
            }
            text.push('\n');
        }
        text
    }

    /// systemd.network(5).
    fn networkd(&self, interface: &str) -> String {
        let mut text = format!("# Written by provisioning.\n[Match]\nName={interface}\n\n[Network]\n");
        match &self.address {
            Some(address) => {
                let _ = writeln!(text, "Address={address}");
                if let Some(gateway) = self.gateway {
                    let _ = writeln!(text, "Gateway={gateway}");
                }
            }
            None => text.push_str("DHCP=yes\n"),
        }
        for dns in &self.dns {
            let _ = writeln!(text, "DNS={dns}");
        }
        text
    }

    /// wpa_supplicant.conf(5).
    fn supplicant(&self) -> String {
        let mut text = String::from("# Written by provisioning.\nctrl_interface=/run/wpa_supplicant\n");
        if self.ssid.is_none() {
            text.push_str("ap_scan=0\n");
        }
        text.push_str("network={\n");
        if let Some(ssid) = &self.ssid {
            let _ = writeln!(text, "    ssid={}", quoted(ssid));
        }
        match (&self.password, &self.dot1x, self.ssid.is_some()) {
            (Some(password), _, _) => {
                let _ = writeln!(text, "    psk={}", quoted(password));
            }
            (None, Some(_), true) => text.push_str("    key_mgmt=WPA-EAP\n"),
            (None, Some(_), false) => text.push_str("    key_mgmt=IEEE8021X\n    eapol_flags=0\n"),
            (None, None, _) => text.push_str("    key_mgmt=NONE\n"),
        }
        if let Some(dot1x) = &self.dot1x {
            let _ = writeln!(text, "    identity={}\n    ca_cert=\"{SECRETS}/authority.pem\"", quoted(&dot1x.identity));
            let _ = match &dot1x.proof {
                Proof::Certificate { .. } => writeln!(
                    text,
                    "    eap=TLS\n    client_cert=\"{SECRETS}/certificate.pem\"\n    private_key=\"{SECRETS}/key.pem\""
                ),
                Proof::Password(password) => {
                    writeln!(text, "    eap=PEAP\n    phase2=\"auth=MSCHAPV2\"\n    password={}", quoted(password))
                }
            };
        }
        text.push_str("}\n");
        text
    }
}

/// wpa_supplicant's unit for an interface reads it.
fn supplicant(interface: &str, wireless: bool) -> String {
    let wired = if wireless { "" } else { "-wired" };
    format!("/etc/wpa_supplicant/wpa_supplicant{wired}-{interface}.conf")
}

/// As wpa_supplicant takes any text (`P"…"` is printf-escaped).
fn quoted(text: &str) -> String {
    let mut quoted = String::from("P\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

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
        Network {
            address,
            gateway: "10.1.4.1".parse().ok(),
            dns: vec!["10.1.0.53".parse().unwrap()],
            ..Network::default()
        }
    }

    #[test]
    fn what_does_not_fit_is_told() {
        let said = |network: Network| read(&network).unwrap_err();
        assert!(said(Network { address: Some("10.1.4.21".into()), ..fixed() }).contains("such as 10.1.4.21/24"));
        assert!(said(Network { address: Some("10.1.4.21/33".into()), ..fixed() }).contains("such as 10.1.4.21/24"));
        assert!(said(Network { gateway: None, ..fixed() }).contains("network.gateway"));
        let wifi = |file: &str| Some(Wifi { ssid: "Mairie".into(), password_file: Some(PathBuf::from(file)) });
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
    fn passwords_stand_in_files_of_roots_alone() {
        let wifi = Some(Wifi { ssid: "Mairie \"4e\"".into(), password_file: Some("file".into()) });
        let connection = read(&Network { wifi, ..Network::default() }).unwrap();
        for manager in ["NetworkManager", "systemd-networkd"] {
            for file in connection.files(manager, "wlan0") {
                let secret = file.text.contains("word");
                assert!(!secret || (file.mode == 0o600 && file.secret), "{file:?}");
            }
        }
        let supplicant = connection.files("systemd-networkd", "wlan0").pop().unwrap();
        assert_eq!(supplicant.path, "/etc/wpa_supplicant/wpa_supplicant-wlan0.conf");
        assert!(supplicant.text.contains(r#"ssid=P"Mairie \"4e\"""#), "{}", supplicant.text);
        assert!(supplicant.text.contains(r#"psk=P"pa\"ss\\word""#), "{}", supplicant.text);
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
}
