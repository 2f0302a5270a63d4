//! TLS by the borne's own clock: where the system's is stale and the server has told the time, its certificate is
//! judged by that time.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls_platform_verifier::Verifier;

use crate::clock::Clock;

/// TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// No authorities, or no cipher.
    #[error("TLS cannot be set up; is the package ca-certificates installed?")]
    Rustls(#[from] rustls::Error),
    /// The town hall's own authority.
    #[error("the authority {path} cannot be used: {source}; server.authority names a file of PEM certificates")]
    Authority {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        source: rustls::pki_types::pem::Error,
    },
}

struct BorneTime(Clock);

impl fmt::Debug for BorneTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BorneTime")
    }
}

impl TimeProvider for BorneTime {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.real().as_second()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// The machine's authorities, and one of the town hall's own where it is named.
pub(super) fn client_config(clock: &Clock, authority: Option<&Path>) -> Result<ClientConfig, TlsError> {
    let own = authority.map(read).transpose()?.unwrap_or_default();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(own, Arc::clone(&provider))?;
    let versions = ClientConfig::builder_with_details(provider, Arc::new(BorneTime(clock.clone())));
    let config = versions.with_safe_default_protocol_versions()?;
    Ok(config.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let fault = |source| TlsError::Authority { path: path.to_owned(), source };
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(path).map_err(fault)?.collect::<Result<_, _>>().map_err(fault)?;
    if certificates.is_empty() {
        return Err(fault(rustls::pki_types::pem::Error::NoItemsFound));
    }
    Ok(certificates)
}
