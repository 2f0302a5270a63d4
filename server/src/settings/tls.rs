//! `[tls]`.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// How the server is reached over TLS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// Who ends TLS, and with which certificate. Cookies are sent over TLS only where somebody does.
    pub mode: TlsMode,
    /// Address and port where the server itself speaks TLS. `http.listen` then only redirects there, tells bornes the time
    /// and gives out the site's own authority.
    pub listen: SocketAddr,
    /// With `mode = "files"`, the certificate in PEM and those above it, the server's own first.
    pub certificate: PathBuf,
    /// With `mode = "files"`, its key in PEM. Both files are read again when they change.
    pub key: PathBuf,
    /// With `mode = "authority"`, names and addresses beside those of the sites' `public_url`.
    pub names: Vec<String>,
    /// With `mode = "authority"`, which authority of the store signs; another number makes another one.
    pub authority: NonZeroU32,
}

impl Tls {
    /// Whether browsers reach the server over TLS. Nothing that a site publishes changes it.
    #[must_use]
    pub fn is_spoken(&self) -> bool {
        self.mode != TlsMode::None
    }

    /// Whether this server speaks it itself.
    #[must_use]
    pub fn is_own(&self) -> bool {
        matches!(self.mode, TlsMode::Files | TlsMode::Authority)
    }
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            mode: TlsMode::None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8443)),
            certificate: "tls/certificate.pem".into(),
            key: "tls/key.pem".into(),
            names: Vec::new(),
            authority: NonZeroU32::MIN,
        }
    }
}

/// Who ends TLS, and with which certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TlsMode {
    /// Nobody: browsers speak in the clear, on one machine or a network of one's own.
    None,
    /// A reverse proxy in front; the server speaks in the clear behind it.
    Proxy,
    /// The server, with a certificate from files.
    Files,
    /// The server, with a certificate of an authority of its own, whose root is installed where it is used.
    Authority,
}
