//! What is wanted of one machine, with everything read that its keys name.

use std::fs;
use std::path::{Path, PathBuf};

use wire::catalogue::Catalogue;
use wire::enrolment::EnrolmentCode;

use crate::inventory::{self, InventoryError, Keys, Target};
use crate::network::Connection;

/// What is wanted of one machine.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// How it is reached.
    pub target: Target,
    /// What technicians call the borne.
    pub name: String,
    /// `ticket`, `survey` or `both`.
    pub role: String,
    /// The site's catalogue, in TOML.
    pub site: String,
    /// The server's address.
    pub server: String,
    /// The authority of its certificate, in PEM.
    pub authority: Option<String>,
    /// A one-time code.
    pub code: Option<EnrolmentCode>,
    /// The printer.
    pub printer: Choice,
    /// Its profile.
    pub profile: Option<String>,
    /// The scanner.
    pub scanner: Choice,
    /// The card reader.
    pub card: Choice,
    /// What tells that a headset is in.
    pub headset: Choice,
    /// How far picture and touch are turned, clockwise, in degrees.
    pub rotation: u16,
    /// More settings.
    pub settings: toml::Table,
    /// How it is connected, where that is to change.
    pub connection: Option<Connection>,
    /// The office's proxy.
    pub proxy: Option<String>,
    /// What is reached without it, beside the machine itself.
    pub no_proxy: Vec<String>,
    /// Who tells the time.
    pub time_servers: Vec<String>,
    /// From where technicians come, where the machine is locked down.
    pub technicians: Vec<String>,
    /// USB devices to admit there beside what every borne has.
    pub usb: Vec<String>,
    /// Whether it updates itself from the repository.
    pub updates: bool,
    /// The folder of packages that are carried along.
    pub bundle: Option<PathBuf>,
    /// From where updates come, and packages where none are carried along. There is one of both.
    pub repository: Option<Repository>,
}

/// Which device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// None.
    None,
    /// The one that is plugged in.
    Auto,
    /// This one.
    Device(String),
}

/// A signed repository of packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Where it is.
    pub url: String,
    /// The key that signs it, as `gpg --export --armor` writes it.
    pub key: String,
    /// Which ring.
    pub suite: String,
    /// The authority of its certificate in PEM, where that is no public one.
    pub authority: Option<String>,
}

impl Choice {
    fn of(said: Option<&String>) -> Self {
        match said.map(String::as_str) {
            None | Some("" | "none") => Self::None,
            Some("auto") => Self::Auto,
            Some(device) => Self::Device(device.to_owned()),
        }
    }
}

/// Whether an address is one of a host, with nothing in its name and password that would end it sooner (RFC 3986, 3.2).
fn leads_somewhere(url: &str) -> bool {
    let after = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let Some(authority) = after.map(|after| after.strip_suffix('/').unwrap_or(after)) else { return false };
    let (who, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let escapes = who.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes().take(2);
        digits.len() == 2 && digits.all(|b| b.is_ascii_hexdigit())
    });
    escapes && !host.is_empty() && !who.contains('@') && !authority.contains(['/', '?', '#'])
}

impl Wanted {
    /// What keys say of a machine. `site` is the catalogue where they name none.
    ///
    /// # Errors
    /// When something that must be said is not, or a file that they name cannot be read or is none of its kind.
    pub fn read(host: &str, keys: &Keys, site: Option<&str>) -> Result<Self, InventoryError> {
        let wrong = |why: String| InventoryError::Key { host: host.to_owned(), why };
        let said = |key: &Option<String>, what: &str| {
            key.clone().ok_or_else(|| wrong(format!("say {what} (in the inventory, or on the command line)")))
        };
        let text = |path: &Path| {
            fs::read_to_string(path).map_err(|e| wrong(format!("{} cannot be read: {e}", path.display())))
        };
        let name = said(&keys.name, "what the borne is called: name")?;
        if name.chars().count() > 40 || name.trim().is_empty() || name.chars().any(char::is_control) {
            return Err(wrong(format!("`{name}` is no name: write 1 to 40 characters")));
        }
        let site = match (&keys.site, site) {
            (Some(path), _) => text(path)?,
            (None, Some(site)) => site.to_owned(),
            (None, None) => {
                return Err(wrong("say which site it stands in: site, or server_ssh to ask the server".into()));
            }
        };
        Catalogue::from_toml(&site).map_err(|e| wrong(format!("the site's catalogue: {e}")))?;
        let role = keys.role.clone().unwrap_or_else(|| "both".to_owned());
        if !["ticket", "survey", "both"].contains(&role.as_str()) {
            return Err(wrong(format!("`{role}` is no role: write ticket, survey or both")));
        }
        let rotation = keys.rotation.unwrap_or_default();
        if !rotation.is_multiple_of(90) || rotation > 270 {
            return Err(wrong(format!("a screen is not turned by {rotation} degrees: write 0, 90, 180 or 270")));
        }
        let server = said(&keys.server, "the server's address: server")?;
        if !(server.starts_with("https://") || server.starts_with("http://")) {
            return Err(wrong(format!("`{server}` is no address: it begins with https://")));
        }
        let pem = |path: &Path| {
            let text = text(path)?;
            let is_pem = text.contains("-----BEGIN ");
            is_pem.then_some(text).ok_or_else(|| wrong(format!("{} is no PEM file", path.display())))
        };
        // They are written for shells, units and apt, and addresses need none of what means something there.
        let plain = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && !b"'\"\\".contains(&b));
        let repository = |from: &inventory::Repository| {
            let suite = from.suite.clone().unwrap_or_else(|| "stable".to_owned());
            let authority = from.authority.as_deref().map(pem).transpose()?;
            // They become a line of a list of apt's, and an option of its settings.
            let fits = plain(&from.url) && from.url.contains(':') && plain(&suite) && !suite.is_empty();
            if !fits || (authority.is_some() && !from.url.starts_with("https://")) {
                return Err(wrong(format!(
                    "`{}` is no repository: write https://host/folder and a ring such as stable; an authority only where it begins with https://",
                    from.url
                )));
            }
            Ok(Repository { url: from.url.clone(), key: text(&from.key)?, suite, authority })
        };
        let repository = keys.repository.as_ref().map(repository).transpose()?;
        if keys.bundle.is_none() && repository.is_none() {
            return Err(wrong("say where packages come from: bundle, repository, or both".to_owned()));
        }
        // Where there is a repository, somebody means it to be used.
        let updates = keys.updates.unwrap_or(repository.is_some());
        if updates && repository.is_none() {
            return Err(wrong(
                "updates come from a signed repository of yours: name it (repository), beside the bundle too"
                    .to_owned(),
            ));
        }
        let code = |code: &String| {
            code.parse().map_err(|_| wrong("the code is none: it looks like ABCD-EFGH-IJKL-MNOP".into()))
        };
        let proxy = |proxy: &String| {
            let fits = plain(proxy) && leads_somewhere(proxy);
            fits.then(|| proxy.clone()).ok_or_else(|| {
                wrong("the proxy is none: write http://host:port, and in a name or password %XX for what is no letter or digit".into())
            })
        };
        let apart = |name: &String| {
            let fits = !name.is_empty() && plain(name) && !name.contains(',');
            fits.then(|| name.clone()).ok_or_else(|| wrong(format!("no_proxy: `{name}` is no name and no address")))
        };
        let connection = keys.network.as_ref().map(|network| Connection::read(network, &pem, &text).map_err(wrong));
        Ok(Self {
            target: Target::of(host, keys),
            name,
            role,
            site,
            server,
            authority: keys.authority.as_deref().map(pem).transpose()?,
            code: keys.code.as_ref().map(code).transpose()?,
            printer: Choice::of(keys.printer.as_ref()),
            profile: keys.profile.clone(),
            scanner: Choice::of(keys.scanner.as_ref()),
            card: Choice::of(keys.card.as_ref()),
            headset: Choice::of(keys.headset.as_ref()),
            rotation,
            settings: keys.settings.clone().unwrap_or_default(),
            connection: connection.transpose()?,
            proxy: keys.proxy.as_ref().map(proxy).transpose()?,
            no_proxy: keys.no_proxy.iter().flatten().map(apart).collect::<Result<_, _>>()?,
            time_servers: keys.time_servers.clone().unwrap_or_default(),
            technicians: keys.technicians.clone().unwrap_or_default(),
            usb: keys.usb.clone().unwrap_or_default(),
            updates,
            bundle: keys.bundle.clone(),
            repository,
        })
    }

    /// The packages that it needs beside what Debian brings, by what sees to the network there.
    #[must_use]
    pub fn packages(&self, manager: &str) -> Vec<&'static str> {
        let mut packages = vec!["borne"];
        // What the package recommends, where this borne is to speak and to read cards. pcscd asks polkit who may.
        let voice = self.settings.get("audio").and_then(|audio| audio.get("voice")).and_then(toml::Value::as_str);
        if voice.is_none_or(|voice| voice == "espeak-ng") {
            packages.push("espeak-ng");
        }
        if self.card != Choice::None {
            packages.extend(["pcscd", "libccid", "polkitd"]);
        }
        if self.updates {
            packages.push("borne-updates");
        }
        if !self.time_servers.is_empty() {
            packages.push("systemd-timesyncd");
        }
        if !self.technicians.is_empty() {
            packages.push("borne-lockdown");
        }
        packages.extend(self.connection.iter().flat_map(|connection| connection.packages(manager)));
        packages
    }
}
