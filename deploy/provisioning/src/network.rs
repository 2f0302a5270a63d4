//! How a machine is connected: a static address or DHCP, by cable or wireless, with or without 802.1X.
//!
//! It is written for whatever sees to the network there: NetworkManager (Raspberry Pi OS) as it is; everything else is
//! handed to systemd-networkd with wpa_supplicant, which a bare Debian has or gets.

mod keyfile;
mod networkd;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::path::Path;

use crate::facts::Facts;
use crate::files::File;
use crate::inventory::Network;

/// Where secrets of the network lie on the machine.
const SECRETS: &str = "/etc/accueil-network";
/// What is written for NetworkManager, and what for everybody else.
pub const NETWORK_MANAGER: &str = "NetworkManager";
/// NetworkManager's file of ours.
pub const NM: &str = "/etc/NetworkManager/system-connections/accueil.nmconnection";
/// systemd-networkd's file of ours.
pub const NETWORKD: &str = "/etc/systemd/network/10-accueil.network";
/// In which country a radio is, for the kernel: NetworkManager has no word for it.
const COUNTRY: &str = "/etc/modprobe.d/accueil-country.conf";

/// How a machine is to be connected, with what was read for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Which interface; none: the one it is reached by, or the wireless one.
    interface: Option<String>,
    /// Its address with the length of its network; none: by DHCP.
    pub address: Option<String>,
    gateway: Option<IpAddr>,
    dns: Vec<IpAddr>,
    radio: Option<Radio>,
    dot1x: Option<Credentials>,
}

/// A wireless network.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Radio {
    ssid: String,
    password: Option<String>,
    hidden: bool,
    country: Option<String>,
}

/// By what a machine tells whether it is connected as it is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// The interface.
    pub interface: String,
    /// The address that it has then, with the length of its network; empty: any by DHCP.
    pub address: String,
    /// Who answers then.
    pub gateway: String,
    /// Who is asked for names then.
    pub dns: Vec<String>,
    /// Whether names are asked for by what this network says, and no longer by what stood in `/etc/resolv.conf`.
    pub resolves: bool,
    /// Whether the network must have let it in by 802.1X.
    pub authenticated: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Credentials {
    identity: String,
    authority: String,
    /// The certificate and its key; or else the password.
    proof: Secret1x,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Secret1x {
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
            let fits = !line.is_empty() && !line.contains(char::is_control);
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
        let is_interface = |name: &String| {
            (1..=15).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c))
        };
        if network.interface.as_ref().is_some_and(|name| !is_interface(name)) {
            return Err("network.interface is no interface: `ip link` there tells their names, such as eth0".to_owned());
        }
        let radio = network.wifi.as_ref().map(|wifi| {
            if wifi.ssid.is_empty() || wifi.ssid.len() > 32 || wifi.ssid.chars().any(char::is_control) {
                return Err("a wireless network's name (network.wifi.ssid) has 1 to 32 bytes".to_owned());
            }
            let password = wifi.password_file.as_deref().map(line).transpose()?;
            if password.as_ref().is_some_and(|password| !(8..=63).contains(&password.len())) {
                return Err("a wireless network's password has 8 to 63 characters".to_owned());
            }
            if password.is_some() && network.dot1x.is_some() {
                return Err("a wireless network has a password or 802.1X, not both: remove one".to_owned());
            }
            let is_country = |country: &String| country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
            if wifi.country.as_ref().is_some_and(|country| !is_country(country)) {
                return Err("network.wifi.country is a country's two letters, such as FR".to_owned());
            }
            Ok(Radio { ssid: wifi.ssid.clone(), password, hidden: wifi.hidden, country: wifi.country.clone() })
        });
        let dot1x = network.dot1x.as_ref().map(|dot1x| {
            if dot1x.identity.is_empty() || dot1x.identity.chars().any(char::is_control) {
                return Err("802.1X needs the machine's name there: network.dot1x.identity".to_owned());
            }
            let proof = match (&dot1x.certificate, &dot1x.key, &dot1x.password_file) {
                (Some(certificate), Some(key), None) => {
                    Secret1x::Certificate { certificate: file(pem, certificate)?, key: file(pem, key)? }
                }
                (None, None, Some(password)) => Secret1x::Password(line(password)?),
                (_, _, _) => return Err("802.1X needs a certificate and its key, or a password_file".to_owned()),
            };
            Ok(Credentials { identity: dot1x.identity.clone(), authority: file(pem, &dot1x.authority)?, proof })
        });
        Ok(Self {
            interface: network.interface.clone(),
            address: network.address.clone(),
            gateway: network.gateway,
            dns: network.dns.clone(),
            radio: radio.transpose()?,
            dot1x: dot1x.transpose()?,
        })
    }

    /// The interface that it is about.
    ///
    /// # Errors
    /// A sentence, where the machine has none for it, or several.
    pub fn interface<'a>(&'a self, facts: &'a Facts) -> Result<&'a str, String> {
        let names = facts.wireless.join(", ");
        match (&self.interface, self.radio.is_some(), facts.wireless.as_slice()) {
            (_, true, []) => {
                Err("it has no wireless interface: plug its adapter in, see to its firmware, or remove network.wifi"
                    .to_owned())
            }
            (Some(named), true, all) if !all.contains(named) => {
                Err(format!("{named} is no wireless interface: name one as network.interface ({names})"))
            }
            (Some(named), _, _) => Ok(named),
            (None, true, [one]) => Ok(one),
            (None, true, _) => {
                Err(format!("it has several wireless interfaces: name one as network.interface ({names})"))
            }
            (None, false, _) if facts.interface.is_empty() => {
                Err("it has no way out by which its interface could be told: name it as network.interface".to_owned())
            }
            (None, false, _) => Ok(&facts.interface),
        }
    }

    /// The packages that it needs beside what sees to the network there.
    #[must_use]
    pub fn packages(&self, manager: &str) -> Vec<&'static str> {
        if manager == NETWORK_MANAGER {
            return Vec::new();
        }
        let supplicant = (self.radio.is_some() || self.dot1x.is_some()).then_some("wpasupplicant");
        // systemd-networkd itself writes no resolv.conf.
        supplicant.into_iter().chain(self.resolves().then_some("systemd-resolved")).collect()
    }

    /// Whether it says who is asked for names; what a machine had for that stays otherwise.
    fn resolves(&self) -> bool {
        self.address.is_none() || !self.dns.is_empty()
    }

    /// The name servers that are asked, where no others may come by DHCP.
    #[must_use]
    pub fn name_servers(&self) -> &[IpAddr] {
        if self.address.is_some() { &self.dns } else { &[] }
    }

    /// Every path that this module may write, by what sees to the network.
    #[must_use]
    pub fn paths(manager: &str, interface: &str) -> Vec<String> {
        let secrets = ["authority.pem", "certificate.pem", "key.pem"].map(|name| format!("{SECRETS}/{name}"));
        let own = if manager == NETWORK_MANAGER {
            vec![NM.to_owned(), COUNTRY.to_owned()]
        } else {
            vec![NETWORKD.to_owned(), networkd::supplicant(interface, false), networkd::supplicant(interface, true)]
        };
        own.into_iter().chain(secrets).collect()
    }

    /// The files that say so.
    #[must_use]
    pub fn files(&self, manager: &str, interface: &str) -> Vec<File> {
        let mut files = Vec::new();
        if let Some(dot1x) = &self.dot1x {
            let secret = |name: &str, text: &String| File::secret(&format!("{SECRETS}/{name}"), text);
            files.push(secret("authority.pem", &dot1x.authority));
            if let Secret1x::Certificate { certificate, key } = &dot1x.proof {
                files.push(secret("certificate.pem", certificate));
                files.push(secret("key.pem", key));
            }
        }
        if manager == NETWORK_MANAGER {
            let country = self.radio.as_ref().and_then(|radio| radio.country.as_ref());
            let option = |country| format!("# Written by provisioning.\noptions cfg80211 ieee80211_regdom={country}\n");
            files.extend(country.map(|country| File::plain(COUNTRY, &option(country))));
            files.push(File::secret(NM, &keyfile::text(self, interface)));
        } else {
            files.push(File::plain(NETWORKD, &networkd::network(self, interface)));
            if self.radio.is_some() || self.dot1x.is_some() {
                let path = networkd::supplicant(interface, self.radio.is_some());
                files.push(File::secret(&path, &networkd::supplicant_text(self)));
            }
        }
        files
    }

    /// By what the machine tells that it is connected so.
    #[must_use]
    pub fn proof(&self, interface: &str) -> Proof {
        // As `ip` writes it.
        let canonical = |address: &String| {
            let (address, length) = address.split_once('/')?;
            Some(format!("{}/{length}", address.parse::<IpAddr>().ok()?))
        };
        Proof {
            interface: interface.to_owned(),
            address: self.address.as_ref().and_then(canonical).unwrap_or_default(),
            gateway: self.gateway.map(|gateway| gateway.to_string()).unwrap_or_default(),
            dns: self.dns.iter().map(ToString::to_string).collect(),
            resolves: self.resolves(),
            authenticated: self.dot1x.is_some(),
        }
    }
}
