//! What is wanted of machines: an inventory file, and what is said on the command line over it.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// An inventory: what holds for all machines, and each of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    /// What holds for every machine that does not say otherwise.
    #[serde(default)]
    pub all: Keys,
    /// The machines.
    #[serde(default)]
    pub borne: Vec<Entry>,
}

/// A machine of an inventory.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its address or name, as `ssh` takes it.
    pub host: String,
    /// What is wanted of it.
    #[serde(flatten)]
    pub keys: Keys,
}

/// What can be said of a machine. Paths are relative to the inventory.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// Whom to sign in as: `root`, or somebody who may `sudo` without a password.
    pub user: Option<String>,
    /// The port of its SSH.
    pub port: Option<u16>,
    /// The private key to sign in with; left out: those of the technician's own agent.
    pub identity_file: Option<PathBuf>,
    /// The fingerprint of its host key, `SHA256:…`; left out: what it shows first is taken and told.
    pub host_key: Option<String>,
    /// Packages on board: a folder that `deploy/bundle` made.
    pub bundle: Option<PathBuf>,
    /// A signed repository: packages come from it where none are on board, and updates in any case.
    pub repository: Option<Repository>,
    /// What technicians call the borne, 1 to 40 characters.
    pub name: Option<String>,
    /// `ticket`, `survey` or `both`.
    pub role: Option<String>,
    /// The site's catalogue; left out: the server's, where `server_ssh` says how to ask it.
    pub site: Option<PathBuf>,
    /// The server's address.
    pub server: Option<String>,
    /// The authority of the server's certificate, in PEM, where it is an office's own.
    pub authority: Option<PathBuf>,
    /// Where the server can be asked for codes and fingerprints: `user@host`, as `ssh` takes it.
    pub server_ssh: Option<String>,
    /// The site's name or identity at the server, where it serves several.
    pub server_site: Option<String>,
    /// A one-time code, where the server is not asked for one.
    pub code: Option<String>,
    /// `auto` takes what is plugged in; or a device as the borne's settings name it.
    pub printer: Option<String>,
    /// The printer's profile.
    pub profile: Option<String>,
    /// As `printer`; left out: none.
    pub scanner: Option<String>,
    /// As `printer`; left out: none.
    pub card: Option<String>,
    /// What tells that a headset is in: `auto`, or as `audio.jack` of the borne's settings.
    pub headset: Option<String>,
    /// How far picture and touch are turned, clockwise: 0, 90, 180 or 270 degrees.
    pub rotation: Option<u16>,
    /// More of the borne's settings, by their names there.
    pub settings: Option<toml::Table>,
    /// How it is connected; left out: as it is.
    pub network: Option<Network>,
    /// The office's proxy, for packages and for the borne: `http://host:port`.
    pub proxy: Option<String>,
    /// Names, networks and addresses that are reached without it, beside the machine itself.
    pub no_proxy: Option<Vec<String>>,
    /// Who tells the time; left out: as it is.
    pub time_servers: Option<Vec<String>>,
    /// From where technicians come: with it the machine is locked down, and SSH is open to these networks alone.
    pub technicians: Option<Vec<String>>,
    /// USB devices to admit on a closed machine beside what every borne has, as `VENDOR:PRODUCT`: keypads, scanners that
    /// pose as keyboards.
    pub usb: Option<Vec<String>>,
    /// Whether the borne updates itself; left out: where a repository is named.
    pub updates: Option<bool>,
}

/// A signed repository of packages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// Where it is.
    pub url: String,
    /// The key that signs it, as `gpg --export --armor` writes it.
    pub key: PathBuf,
    /// Which ring: `stable`, or an earlier one.
    pub suite: Option<String>,
    /// The authority of its certificate, where that is no public one: a PEM file.
    pub authority: Option<PathBuf>,
}

/// How a machine is connected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Which interface; left out: the one it is reached by.
    pub interface: Option<String>,
    /// Its address with the length of its network, such as `10.1.4.21/24`; left out: by DHCP.
    pub address: Option<String>,
    /// Where everything else is.
    pub gateway: Option<IpAddr>,
    /// Who resolves names.
    #[serde(default)]
    pub dns: Vec<IpAddr>,
    /// The wireless network, on the wireless interface; left out: by cable.
    pub wifi: Option<Wifi>,
    /// Who the machine is to the network (IEEE 802.1X).
    pub dot1x: Option<Dot1x>,
}

/// A wireless network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wifi {
    /// Its name.
    pub ssid: String,
    /// The file that holds its password, one line; left out: 802.1X, or open.
    pub password_file: Option<PathBuf>,
    /// Whether it does not tell its name.
    #[serde(default)]
    pub hidden: bool,
    /// In which country it is, which says on what frequencies it may send: `FR`. Left out: as the machine has it.
    pub country: Option<String>,
}

/// Who a machine is to the network, by certificate (EAP-TLS) or by password (PEAP with MSCHAPv2).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dot1x {
    /// Its name there.
    pub identity: String,
    /// The authority of the network's own certificate, in PEM: without it anybody could pose as the network.
    pub authority: PathBuf,
    /// The machine's certificate, in PEM.
    pub certificate: Option<PathBuf>,
    /// Its key, in PEM.
    pub key: Option<PathBuf>,
    /// The file that holds the password, one line, where there is no certificate.
    pub password_file: Option<PathBuf>,
}

/// What is wrong with an inventory.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// It cannot be read.
    #[error("the inventory {path} cannot be read: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no inventory.
    #[error("the inventory {path} is not understood: {why}")]
    Syntax {
        /// Which.
        path: PathBuf,
        /// Where and why.
        why: String,
    },
    /// It says what cannot be.
    #[error("{host}: {why}")]
    Key {
        /// Of which machine.
        host: String,
        /// What, and what to write instead.
        why: String,
    },
}

impl Inventory {
    /// Reads an inventory. Paths in it are relative to its folder.
    ///
    /// # Errors
    /// When it cannot be read, is no inventory, or names a machine or a borne twice.
    pub fn read(path: &Path) -> Result<Self, InventoryError> {
        let text = fs::read_to_string(path).map_err(|source| InventoryError::Read { path: path.to_owned(), source })?;
        let syntax = |e: toml::de::Error| InventoryError::Syntax { path: path.to_owned(), why: e.to_string() };
        let mut inventory: Self = toml::from_str(&text).map_err(syntax)?;
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        inventory.all.set_in(folder);
        inventory.borne.iter_mut().for_each(|entry| entry.keys.set_in(folder));
        inventory.check()?;
        Ok(inventory)
    }

    fn check(&self) -> Result<(), InventoryError> {
        let (mut hosts, mut names) = (BTreeSet::new(), BTreeSet::new());
        for entry in &self.borne {
            let key = |why: String| InventoryError::Key { host: entry.host.clone(), why };
            if !hosts.insert(&entry.host) {
                return Err(key("it stands twice in the inventory: remove one".to_owned()));
            }
            if let Some(name) = entry.keys.name.as_ref()
                && !names.insert(name)
            {
                return Err(key(format!(
                    "another machine is called `{name}` too: technicians could not tell them apart"
                )));
            }
        }
        if self.all.name.is_some() || self.all.code.is_some() {
            let why = "`name` and `code` are one machine's: write them under [[borne]]".to_owned();
            return Err(InventoryError::Key { host: "[all]".to_owned(), why });
        }
        Ok(())
    }
}

impl Keys {
    /// What these say, and what others say where these say nothing.
    #[must_use]
    pub fn over(self, others: &Self) -> Self {
        macro_rules! first {
            ($($key:ident),*) => { Self { $($key: self.$key.or_else(|| others.$key.clone())),* } };
        }
        first!(
            user,
            port,
            identity_file,
            host_key,
            bundle,
            repository,
            name,
            role,
            site,
            server,
            authority,
            server_ssh,
            server_site,
            code,
            printer,
            profile,
            scanner,
            card,
            headset,
            rotation,
            settings,
            network,
            proxy,
            no_proxy,
            time_servers,
            technicians,
            usb,
            updates
        )
    }

    fn set_in(&mut self, folder: &Path) {
        let set = |path: &mut PathBuf| *path = folder.join(&*path);
        let own = [&mut self.identity_file, &mut self.bundle, &mut self.site, &mut self.authority];
        own.into_iter().flatten().for_each(set);
        if let Some(repository) = &mut self.repository {
            set(&mut repository.key);
            repository.authority.iter_mut().for_each(set);
        }
        let Some(network) = &mut self.network else { return };
        network.wifi.iter_mut().filter_map(|wifi| wifi.password_file.as_mut()).for_each(set);
        if let Some(dot1x) = &mut network.dot1x {
            set(&mut dot1x.authority);
            [&mut dot1x.certificate, &mut dot1x.key, &mut dot1x.password_file].into_iter().flatten().for_each(set);
        }
    }
}

/// How a machine is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its address or name.
    pub host: String,
    /// Whom to sign in as.
    pub user: String,
    /// The port of its SSH, where it is not the usual one.
    pub port: Option<u16>,
    /// The private key to sign in with.
    pub identity_file: Option<PathBuf>,
    /// The fingerprint of its host key.
    pub host_key: Option<String>,
}

impl Target {
    /// A machine by its keys. `user@host` says whom to sign in as too.
    #[must_use]
    pub fn of(host: &str, keys: &Keys) -> Self {
        let (user, host) = host.split_once('@').map_or((None, host), |(user, host)| (Some(user.to_owned()), host));
        Self {
            host: host.to_owned(),
            user: user.or_else(|| keys.user.clone()).unwrap_or_else(|| "root".to_owned()),
            port: keys.port,
            identity_file: keys.identity_file.clone(),
            host_key: keys.host_key.clone(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Result<Inventory, InventoryError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inventory.toml");
        fs::write(&path, text).unwrap();
        let mut read = Inventory::read(&path)?;
        read.borne.iter_mut().for_each(|entry| {
            if let Some(site) = &mut entry.keys.site {
                *site = site.strip_prefix(folder.path()).unwrap().to_owned();
            }
        });
        Ok(read)
    }

    #[test]
    fn a_machine_says_what_differs_from_all() {
        let inventory = written(
            r#"
            [all]
            server = "https://accueil.example.fr"
            rotation = 90
            [[borne]]
            host = "10.1.4.21"
            name = "Borne 01"
            site = "a/site.toml"
            rotation = 0
            "#,
        );
        let inventory = inventory.unwrap();
        let keys = inventory.borne[0].keys.clone().over(&inventory.all);
        assert_eq!((keys.rotation, keys.server.as_deref()), (Some(0), Some("https://accueil.example.fr")));
        assert_eq!(keys.site.as_deref(), Some(Path::new("a/site.toml")));
    }

    #[test]
    fn what_cannot_be_is_told_with_the_machine_it_is_about() {
        let said = |text: &str| written(text).unwrap_err().to_string();
        let twice = "[[borne]]\nhost = \"a\"\nname = \"B\"\n[[borne]]\nhost = \"b\"\nname = \"B\"";
        assert!(said(twice).starts_with("b: another machine is called `B` too"), "{}", said(twice));
        assert!(said("[[borne]]\nhost = \"a\"\n[[borne]]\nhost = \"a\"").starts_with("a: it stands twice"));
        assert!(said("[all]\nname = \"B\"").contains("write them under [[borne]]"));
        assert!(said("[all]\nprintre = \"auto\"").contains("printre"), "a slip of the pen is told");
        assert!(said("[[borne]]\nhost = \"a\"\nprintre = \"auto\"").contains("printre"), "there too");
    }

    #[test]
    fn the_inventory_that_is_shown_is_one() {
        let shown = written(&include_str!("../../inventory.example.toml").replace("# repository", "#")).unwrap();
        assert_eq!(shown.borne.len(), 3);
        let keys = shown.borne[1].keys.clone().over(&shown.all);
        assert_eq!((keys.rotation, keys.printer.as_deref()), (Some(90), Some("auto")));
        let commented = include_str!("../../inventory.example.toml")
            .replace("bundle =", "# bundle =")
            .replace("# repository", "repository");
        assert!(written(&commented).unwrap().all.repository.is_some());
    }

    #[test]
    fn ansible_knows_every_key() {
        let role = include_str!("../../ansible/roles/accueil_borne/vars/main.yml");
        let (_, named) = role.split_once("accueil_borne__keys:\n").unwrap();
        let named: BTreeSet<&str> = named.lines().map_while(|line| line.strip_prefix("  - ")).collect();
        // Who names a key that there is none of is told all that there are.
        let said = toml::from_str::<Keys>("none = 1").unwrap_err().to_string();
        let (_, known) = said.split_once("expected one of ").unwrap();
        let known: BTreeSet<&str> = known.split('`').skip(1).step_by(2).collect();
        assert_eq!(named, known);
    }

    #[test]
    fn who_signs_in_may_stand_before_the_address() {
        let keys = Keys { user: Some("pi".to_owned()), ..Keys::default() };
        assert_eq!(Target::of("10.0.0.2", &keys).user, "pi");
        assert_eq!(Target::of("tech@10.0.0.2", &keys).user, "tech");
        assert_eq!(Target::of("10.0.0.2", &Keys::default()).user, "root");
    }
}
