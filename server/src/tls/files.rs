//! A certificate and its key in files, which whoever renews them may replace while the server runs.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use wire::token::Hash32;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::TlsError;

/// How long before its end a certificate that nobody renews is spoken of.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Where certificate and key are.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

/// Both files' bytes.
pub(super) struct Bytes {
    certificate: Vec<u8>,
    key: zeroize::Zeroizing<Vec<u8>>,
}

impl Bytes {
    /// What tells them from others.
    pub(super) fn hash(&self) -> Hash32 {
        let [certificate, key] = [&self.certificate, &*self.key].map(|bytes| Hash32::of(bytes).0);
        Hash32::of(&[certificate, key].concat())
    }
}

impl Files {
    pub(super) fn read(&self) -> Result<Bytes, TlsError> {
        let read = |setting, path: &Path| {
            std::fs::read(path).map_err(|source| TlsError::File { setting, path: path.to_owned(), source })
        };
        let certificate = read("tls.certificate", &self.certificate)?;
        Ok(Bytes { certificate, key: read("tls.key", &self.key)?.into() })
    }

    /// Certificate and key, where they belong together.
    pub(super) fn pair(&self, bytes: &Bytes, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&bytes.certificate)
            .collect::<Result<_, _>>()
            .map_err(|_| TlsError::NoCertificate { path: self.certificate.clone() })?;
        if chain.is_empty() {
            return Err(TlsError::NoCertificate { path: self.certificate.clone() });
        }
        let no_key = || TlsError::NoKey { path: self.key.clone() };
        let key = PrivateKeyDer::from_pem_slice(&bytes.key).map_err(|_| no_key())?;
        CertifiedKey::from_der(chain, key, provider).map_err(|e| {
            let certificate = self.certificate.clone();
            if matches!(e, rustls::Error::InconsistentKeys(_)) {
                TlsError::Pair { certificate, key: self.key.clone() }
            } else if matches!(e, rustls::Error::InvalidCertificate(_)) {
                TlsError::NoCertificate { path: certificate }
            } else {
                no_key()
            }
        })
    }

    /// What is wrong with a certificate that can be used all the same, in words for who renews it.
    pub(super) fn cautions(&self, pair: &CertifiedKey, names: &[String], now: Timestamp) -> Vec<String> {
        let Ok(own) = pair.end_entity_cert() else {
            return Vec::new();
        };
        let mut cautions = Vec::new();
        let path = self.certificate.display();
        if let Ok((_, read)) = X509Certificate::from_der(own) {
            let [begin, end] = [read.validity().not_before, read.validity().not_after].map(|t| t.timestamp());
            let left = SignedDuration::from_secs(end - now.as_second());
            if now.as_second() < begin {
                cautions.push(format!("the certificate {path} is not valid yet: check it and this machine's clock"));
            } else if left.is_negative() {
                cautions
                    .push(format!("the certificate {path} has expired: browsers and bornes refuse it, renew it now"));
            } else if left < SOON {
                let days = left.as_hours() / 24;
                cautions.push(format!("the certificate {path} expires in {days} days: renew it; it is read by itself"));
            }
        }
        if let Ok(read) = ParsedCertificate::try_from(own) {
            let foreign = |name: &&String| {
                let asked = ServerName::try_from(name.as_str());
                asked.is_ok_and(|asked| verify_server_name(&read, &asked).is_err())
            };
            let foreign = names.iter().filter(foreign);
            cautions
                .extend(foreign.map(|name| format!("the certificate {path} is not for {name}, as public_url says")));
        }
        cautions
    }
}
