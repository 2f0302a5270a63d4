//! Whom alarms are mailed to, and through which server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wire::ids::SiteId;

/// Whom alarms are mailed to, and through which server. Without a host nobody is written to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// The server that takes mail: `smtp.ville.fr`.
    pub host: Option<String>,
    /// Its port; without one that which is usual for `tls`.
    pub port: Option<u16>,
    /// How it is spoken to.
    pub tls: MailTls,
    /// The name that it is signed in to with, where it asks for one.
    pub user: Option<String>,
    /// The file that holds the password, on one line.
    pub password_file: Option<PathBuf>,
    /// A file of PEM certificates, where the server's is of an authority that this machine does not know.
    pub authority: Option<PathBuf>,
    /// Who writes: `Accueil <accueil@ville.fr>`.
    pub from: String,
    /// Who is told of the alarms of every site.
    pub to: Vec<String>,
    /// Who is told of a site's beside them.
    pub sites: BTreeMap<SiteId, Vec<String>>,
}

/// How a mail server is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTls {
    /// In the clear until both agree on TLS, which they must.
    #[default]
    Starttls,
    /// Over TLS from the first byte on.
    Tls,
    /// In the clear, to a program of this machine only.
    None,
}

impl MailTls {
    /// The port where that is usual.
    #[must_use]
    pub const fn port(self) -> u16 {
        match self {
            Self::Starttls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

impl Mail {
    /// Who is told of a site's alarms.
    pub(crate) fn to(&self, site: SiteId) -> impl Iterator<Item = &str> {
        self.to.iter().chain(self.sites.get(&site).into_iter().flatten()).map(String::as_str)
    }

    /// The same, where relative paths begin in a folder.
    pub(super) fn within(mut self, folder: &Path) -> Self {
        self.password_file = self.password_file.map(|path| folder.join(path));
        self.authority = self.authority.map(|path| folder.join(path));
        self
    }
}
