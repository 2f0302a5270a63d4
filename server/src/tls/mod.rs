//! TLS that the server speaks itself: with a certificate from files, or with one of the site's own authority.

mod authority;
mod files;
mod plain;

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;
use wire::token::Hash32;

pub use authority::Root;
pub(crate) use plain::{DOWNLOAD, download, router as plain_router};

use crate::refusal::chain;
use crate::settings::{self, TlsMode};
use crate::store::{Store, StoreError};
use authority::{Authority, LEAF_AGE};
use files::Files;

/// How long a browser keeps to TLS after a visit, in the words of its header: past the holidays, and short enough to go back
/// behind a proxy.
pub(crate) const STRICT: &str = "max-age=2592000";

/// How often the log speaks of a certificate that needs somebody's care.
const TELL_AGAIN: SignedDuration = SignedDuration::from_hours(24);

/// Why TLS cannot be spoken.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read `{}`: check {setting} and the file's rights", path.display())]
    File {
        /// Which setting names it.
        setting: &'static str,
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// No certificate in a file.
    #[error("`{}` holds no certificate: tls.certificate names a file with -----BEGIN CERTIFICATE-----, the server's own first", path.display())]
    NoCertificate {
        /// Where.
        path: PathBuf,
    },
    /// No key in a file.
    #[error("`{}` holds no key that can be used: tls.key names a file with -----BEGIN PRIVATE KEY-----, without a password", path.display())]
    NoKey {
        /// Where.
        path: PathBuf,
    },
    /// Certificate and key are of two pairs.
    #[error(
        "the key `{}` is not that of the certificate `{}`: name two files that were made together, the server's own certificate first",
        key.display(), certificate.display()
    )]
    Pair {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// A site is announced without TLS.
    #[error(
        "the site's public_url is `{url}`, but [tls] says that the server speaks TLS: give it one that begins with https:// (`accueil-server catalogue address URL`), or set tls.mode = \"proxy\" or \"none\""
    )]
    PublicUrl {
        /// What it says.
        url: String,
    },
    /// The authority was made for other names.
    #[error(
        "the site's authority {number} was not made for {}: set tls.authority to another number to make one that is, and install its root on every borne and computer",
        names.join(", ")
    )]
    Names {
        /// Which authority.
        number: NonZeroU32,
        /// What it lacks.
        names: Vec<String>,
    },
    /// It would be made for no name at all, and no browser would ever trust it.
    #[error(
        "the site's authority needs a name to be made for: set tls.names to what browsers call this server, such as accueil.ville.fr"
    )]
    NoName,
    /// A name that a certificate cannot be for.
    #[error("no certificate can be made; tls.names and public_url hold names such as accueil.ville.fr or addresses")]
    Made(#[source] rcgen::Error),
    /// What the store keeps of it.
    #[error(
        "the store holds an authority {number} that cannot be read: set tls.authority to another number, or restore a backup"
    )]
    Unreadable {
        /// Which authority.
        number: NonZeroU32,
    },
    /// TLS itself.
    #[error("TLS cannot be set up")]
    Rustls(#[source] rustls::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an address of a site would lead to nobody here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unreached {
    /// It begins without TLS, and the server speaks nothing else.
    Plain,
    /// The site's authority was not made for its host.
    Name(String),
}

/// What is shown to clients now.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// Where certificates come from.
enum Source {
    Files {
        files: Files,
        /// What was read last, whether or not it could be used.
        seen: Mutex<Hash32>,
        told_at: Mutex<Option<Timestamp>>,
        names: Vec<String>,
    },
    Authority {
        authority: Box<Authority>,
        signed_at: Mutex<Timestamp>,
    },
}

/// TLS as the server speaks it.
pub struct Tls {
    acceptor: TlsAcceptor,
    provider: Arc<CryptoProvider>,
    current: Arc<Current>,
    source: Source,
}

impl Tls {
    /// What the settings ask for: nothing where a proxy speaks TLS. `public_urls` are where people reach the sites.
    pub async fn open(
        settings: &settings::Tls,
        public_urls: &[&str],
        store: &dyn Store,
        now: Timestamp,
    ) -> Result<Option<Self>, TlsError> {
        if !settings.is_own() {
            return Ok(None);
        }
        let mut names = Vec::new();
        for url in public_urls {
            names.push(host(url).ok_or_else(|| TlsError::PublicUrl { url: (*url).to_owned() })?);
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let (pair, source) = if settings.mode == TlsMode::Files {
            let files = Files { certificate: settings.certificate.clone(), key: settings.key.clone() };
            let bytes = files.read()?;
            let pair = files.pair(&bytes, &provider)?;
            (pair, Source::Files { files, seen: Mutex::new(bytes.hash()), told_at: Mutex::default(), names })
        } else {
            let authority = authority_of(settings, names, store, now).await?;
            (
                authority.sign(now, &provider)?,
                Source::Authority { authority: Box::new(authority), signed_at: Mutex::new(now) },
            )
        };
        let current = Arc::new(Current(RwLock::new(Arc::new(pair))));
        let versions = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider));
        let versions = versions.with_safe_default_protocol_versions().map_err(TlsError::Rustls)?;
        let mut config = versions.with_no_client_auth().with_cert_resolver(Arc::<Current>::clone(&current));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let tls = Self { acceptor: Arc::new(config).into(), provider, current, source };
        tls.look(now);
        Ok(Some(tls))
    }

    /// The root that machines must trust, where the authority is the site's own.
    #[must_use]
    pub fn root(&self) -> Option<Root> {
        match &self.source {
            Source::Files { .. } => None,
            Source::Authority { authority, .. } => Some(authority.root()),
        }
    }

    /// Whether browsers would reach a site at an address: what a start asks of those that are published.
    pub(crate) fn reaches(&self, public_url: &str) -> Result<(), Unreached> {
        let host = host(public_url).ok_or(Unreached::Plain)?;
        match &self.source {
            Source::Files { .. } => Ok(()),
            Source::Authority { authority, .. } => match authority.lacking(&authority::in_order([host])).pop() {
                Some(lacking) => Err(Unreached::Name(lacking)),
                None => Ok(()),
            },
        }
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }

    /// Takes what is due: files that changed, a certificate to be signed anew. Connections that are open stay.
    pub fn look(&self, now: Timestamp) {
        match &self.source {
            Source::Files { files, seen, told_at, names } => {
                self.look_at_files(files, seen);
                let due = |told: &mut Option<Timestamp>| {
                    let due = told.is_none_or(|told| told > now || now.duration_since(told) >= TELL_AGAIN);
                    due.then(|| *told = Some(now)).is_some()
                };
                if due(&mut told_at.lock().unwrap_or_else(PoisonError::into_inner)) {
                    for caution in files.cautions(&self.shown(), names, now) {
                        tracing::warn!("{caution}");
                    }
                }
            }
            Source::Authority { authority, signed_at } => {
                let mut signed_at = signed_at.lock().unwrap_or_else(PoisonError::into_inner);
                if now >= *signed_at && now.duration_since(*signed_at) < LEAF_AGE {
                    return;
                }
                match authority.sign(now, &self.provider) {
                    Ok(pair) => {
                        self.show(pair);
                        *signed_at = now;
                    }
                    Err(e) => tracing::error!(error = %chain(&e), "no certificate could be signed"),
                }
            }
        }
    }

    fn look_at_files(&self, files: &Files, seen: &Mutex<Hash32>) {
        // A file that cannot be read is one that is being replaced, or the next look says so again.
        let bytes = match files.read() {
            Ok(bytes) => bytes,
            Err(e) => return tracing::warn!(error = %chain(&e), "the certificate could not be looked at"),
        };
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::replace(&mut *seen, bytes.hash()) == bytes.hash() {
            return;
        }
        match files.pair(&bytes, &self.provider) {
            Ok(pair) => {
                self.show(pair);
                tracing::info!("the certificate was replaced");
            }
            Err(e) => tracing::error!(error = %chain(&e), "the new certificate is not used; the one before goes on"),
        }
    }

    fn shown(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.current.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn show(&self, pair: CertifiedKey) {
        *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pair);
    }
}

/// The root of the authority that the settings name, made where there is none.
pub async fn root(
    settings: &settings::Tls,
    public_urls: &[&str],
    store: &dyn Store,
    now: Timestamp,
) -> Result<Root, TlsError> {
    let mut names = Vec::new();
    for url in public_urls {
        names.push(host(url).ok_or_else(|| TlsError::PublicUrl { url: (*url).to_owned() })?);
    }
    Ok(authority_of(settings, names, store, now).await?.root())
}

/// Whether a server with these settings would be reached at an address, and start with it.
pub(crate) async fn check(
    settings: &settings::Tls,
    public_url: &str,
    store: &dyn Store,
    now: Timestamp,
) -> Result<(), TlsError> {
    if !settings.is_own() {
        return Ok(());
    }
    let host = host(public_url).ok_or_else(|| TlsError::PublicUrl { url: public_url.to_owned() })?;
    if settings.mode == TlsMode::Files {
        return Ok(());
    }
    let lacking = authority_of(settings, vec![host.clone()], store, now).await?.lacking(&authority::in_order([host]));
    if lacking.is_empty() { Ok(()) } else { Err(TlsError::Names { number: settings.authority, names: lacking }) }
}

async fn authority_of(
    settings: &settings::Tls,
    hosts: Vec<String>,
    store: &dyn Store,
    now: Timestamp,
) -> Result<Authority, TlsError> {
    let number = settings.authority;
    let told = authority::in_order(settings.names.iter().cloned());
    let hosts = authority::in_order(hosts);
    let names = authority::in_order(hosts.iter().chain(&told).cloned());
    if names.is_empty() {
        return Err(TlsError::NoName);
    }
    let kept = store.setting_or(&format!("tls_authority.{number}"), Authority::fresh(&names, number, now)?).await?;
    let authority = Authority::read(&kept, number)?;
    let lacking = authority.lacking(&told);
    if !lacking.is_empty() {
        return Err(TlsError::Names { number, names: lacking });
    }
    // A site whose address came otherwise keeps no other one from being served.
    for name in authority.lacking(&hosts) {
        tracing::error!(name, %number, "browsers will not trust this server by a site's name: its authority was not made for it");
    }
    Ok(authority)
}

/// The host of an address that begins with https://.
fn host(url: &str) -> Option<String> {
    let url: http::Uri = url.parse().ok()?;
    let host = url.host().filter(|_| url.scheme() == Some(&http::uri::Scheme::HTTPS))?;
    Some(host.trim_start_matches('[').trim_end_matches(']').to_owned())
}

#[cfg(test)]
mod tests;
