//! The server, asked over SSH: for a one-time code, for the site, and for what it knows of a borne.

use wire::enrolment::EnrolmentCode;

use crate::inventory::{Keys, Target};
use crate::link::{Link, LinkError, Ssh, quoted};

/// Where its package puts its settings.
const SETTINGS: &str = "/etc/accueil/server.toml";

/// A server that can be asked.
pub struct Server {
    link: Box<dyn Link + Send + Sync>,
    site: Option<String>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("site", &self.site).finish_non_exhaustive()
    }
}

/// A borne as the server knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its identity.
    pub id: String,
    /// Its key's fingerprint.
    pub fingerprint: String,
    /// Whether its rights hold.
    pub holds: bool,
}

impl Server {
    /// The server that keys name; none where they name none.
    ///
    /// # Errors
    /// When it is not reached.
    pub fn of(keys: &Keys) -> Result<Option<Self>, LinkError> {
        let Some(host) = &keys.server_ssh else { return Ok(None) };
        let own = Keys { identity_file: keys.identity_file.clone(), ..Keys::default() };
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if port.parse::<u16>().is_ok() => (name, port.parse().ok()),
            _ => (host.as_str(), None),
        };
        let ssh = Ssh::to(&Target { port, ..Target::of(name, &own) })?;
        let failed = |e: LinkError| LinkError::Failed(format!("the server {host}: {e}"));
        ssh.open().map_err(failed)?;
        Ok(Some(Self::through(Box::new(ssh), keys.server_site.clone())))
    }

    /// The server at the end of a way, and which of its sites is meant.
    pub(crate) fn through(link: Box<dyn Link + Send + Sync>, site: Option<String>) -> Self {
        Self { link, site }
    }

    fn ask(&self, command: &str) -> Result<String, LinkError> {
        let site = self.site.as_ref().map(|site| format!(" --site {}", quoted(site))).unwrap_or_default();
        let script =
            format!("set -eu\ncd /\nrunuser -u accueil -- accueil-server --config {SETTINGS}{site} {command}\n");
        let failed = |e: LinkError| LinkError::Failed(format!("the server: {e}"));
        self.link.run(&script).map_err(failed)
    }

    /// The site's catalogue, in TOML.
    ///
    /// # Errors
    /// When the server is not reached or has none.
    pub fn site(&self) -> Result<String, LinkError> {
        self.ask("catalogue show")
    }

    /// A one-time code for a borne of that name.
    ///
    /// # Errors
    /// When the server is not reached or gives none.
    pub fn code(&self, name: &str) -> Result<EnrolmentCode, LinkError> {
        let said = self.ask(&format!("enrol-code --name {}", quoted(name)))?;
        let none = |_| LinkError::Failed("the server answers something that is no code".to_owned());
        said.trim().parse().map_err(none)
    }

    /// Every borne that it knows.
    ///
    /// # Errors
    /// When it is not reached.
    pub fn bornes(&self) -> Result<Vec<Known>, LinkError> {
        Ok(read(&self.ask("borne list")?))
    }

    /// Ends a borne's rights.
    ///
    /// # Errors
    /// When the server is not reached, or knows no such borne.
    pub fn revoke(&self, id: &str) -> Result<(), LinkError> {
        self.ask(&format!("borne revoke {}", quoted(id))).map(drop)
    }
}

/// `borne list`: identity, series, state, events, key and name, with tabs between them.
fn read(said: &str) -> Vec<Known> {
    let known = |line: &str| {
        let words: Vec<&str> = line.split('\t').collect();
        let fingerprint = words.iter().find_map(|word| word.strip_prefix("key "))?.to_owned();
        Some(Known { id: (*words.first()?).to_owned(), fingerprint, holds: !words.contains(&"revoked") })
    };
    said.lines().filter_map(known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_knows_of_bornes_is_read() {
        let list = "019aa5f0-7c00-7000-8000-0000000000aa\tseries 1\tactive\t12 events\tkey AB12-CD34\tBorne 01\n\
                    019aa5f0-7c00-7000-8000-0000000000ab\tseries 2\trevoked\t0 events\tkey EF56-AB78\tBorne 02\n";
        let known = read(list);
        assert_eq!(known.len(), 2);
        assert_eq!((known[0].fingerprint.as_str(), known[0].holds, known[1].holds), ("AB12-CD34", true, false));
    }
}
