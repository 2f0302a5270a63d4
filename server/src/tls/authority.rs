//! An authority of the site's own, for places that no public one serves: a town hall's network, a bus.
//!
//! Its root is made once, kept in the store, so that every server on it signs with the same, and bound to the site's names:
//! whoever stole its key could speak for no other place. What it signs lasts a season and is kept nowhere.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::SystemTime;

use data_encoding::{BASE64, HEXUPPER};
use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use serde::{Deserialize, Serialize};
use wire::token::Hash32;

use super::TlsError;

/// How long the root lasts: longer than the machines that trust it.
const ROOT_LIFE: SignedDuration = SignedDuration::from_hours(3_653 * 24);
/// How long what it signs lasts, and at which age it is replaced.
const LEAF_LIFE: SignedDuration = SignedDuration::from_hours(90 * 24);
/// A certificate of this age is replaced.
pub(super) const LEAF_AGE: SignedDuration = SignedDuration::from_hours(60 * 24);
/// A clock that is behind by less takes a new certificate.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_hours(24);

/// The root as the store keeps it.
#[derive(Serialize, Deserialize)]
struct Kept {
    names: Vec<String>,
    /// DER in base64, like the key in PKCS #8.
    certificate: String,
    key: String,
}

/// The site's authority.
pub(super) struct Authority {
    names: Vec<String>,
    root: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

/// A root's certificate, which is no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// In PEM, as machines install it.
    pub pem: String,
    /// SHA-256 of its DER, as browsers and `openssl x509 -fingerprint -sha256` show it: people compare it.
    pub fingerprint: String,
}

/// Names as they are compared: in small letters, each once.
pub(super) fn in_order(names: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.into_iter().map(|name| name.to_ascii_lowercase()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

impl Authority {
    /// A new one for these names, as the store keeps it.
    pub(super) fn fresh(names: &[String], number: NonZeroU32, now: Timestamp) -> Result<Vec<u8>, TlsError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(TlsError::Made)?;
        let certificate = params(names, number, now).self_signed(&key).map_err(TlsError::Made)?;
        let kept = Kept {
            names: names.to_vec(),
            certificate: BASE64.encode(certificate.der()),
            key: BASE64.encode(key.serialized_der()),
        };
        serde_json::to_vec(&kept).map_err(|_| TlsError::Unreadable { number })
    }

    /// The one that was kept.
    pub(super) fn read(kept: &[u8], number: NonZeroU32) -> Result<Self, TlsError> {
        let unreadable = || TlsError::Unreadable { number };
        let kept: Kept = serde_json::from_slice(kept).map_err(|_| unreadable())?;
        let root = BASE64.decode(kept.certificate.as_bytes()).map_err(|_| unreadable())?.into();
        let key = BASE64.decode(kept.key.as_bytes()).map_err(|_| unreadable())?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key));
        let key = KeyPair::from_der_and_sign_algo(&key, &PKCS_ECDSA_P256_SHA256).map_err(|_| unreadable())?;
        // The issuer is its name and its key; the dates are those of the certificate that was kept.
        let issuer = Issuer::new(params(&kept.names, number, Timestamp::UNIX_EPOCH), key);
        Ok(Self { names: kept.names, root, issuer })
    }

    /// Those of `wanted` that it was not made for.
    pub(super) fn lacking(&self, wanted: &[String]) -> Vec<String> {
        wanted.iter().filter(|name| !self.names.contains(name)).cloned().collect()
    }

    /// A certificate for the server, with a key that leaves no memory but this process's.
    pub(super) fn sign(&self, now: Timestamp, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
        let mut params = CertificateParams::new(self.names.clone()).map_err(TlsError::Made)?;
        // No common name: where a certificate has addresses only, GnuTLS (Debian's apt) holds it to what its root permits of names.
        params.distinguished_name.remove(DnType::CommonName);
        params.distinguished_name.push(DnType::OrganizationName, "Accueil");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.not_before = SystemTime::from(now - CLOCKS_DIFFER).into();
        params.not_after = SystemTime::from(now + LEAF_LIFE).into();
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(TlsError::Made)?;
        let signed = params.signed_by(&key, &self.issuer).map_err(TlsError::Made)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialized_der().to_vec()));
        // With the root: who compares fingerprints sees it in the handshake.
        let chain = vec![signed.der().clone(), self.root.clone()];
        CertifiedKey::from_der(chain, key, provider).map_err(TlsError::Rustls)
    }

    /// As a thief of its key would.
    #[cfg(test)]
    pub(super) fn speak_for(&mut self, name: &str) {
        self.names = vec![name.to_owned()];
    }

    pub(super) fn root(&self) -> Root {
        let hash = Hash32::of(&self.root).0;
        let pairs: Vec<String> = hash.iter().map(|byte| HEXUPPER.encode(&[*byte])).collect();
        Root { pem: pem(&self.root), fingerprint: pairs.join(":") }
    }
}

fn first(names: &[String]) -> &str {
    names.first().map_or("", String::as_str)
}

/// The root's certificate: for servers only, nothing below what it signs itself, and for these names alone. A kind of name of
/// which none is permitted would be free, so it is shut out whole.
fn params(names: &[String], number: NonZeroU32, now: Timestamp) -> CertificateParams {
    let addresses = names.iter().filter_map(|name| name.parse::<IpAddr>().ok()).map(|address| match address {
        IpAddr::V4(v4) => CidrSubnet::from_v4_prefix(v4.octets(), 32),
        IpAddr::V6(v6) => CidrSubnet::from_v6_prefix(v6.octets(), 128),
    });
    let addresses: Vec<_> = addresses.map(GeneralSubtree::IpAddress).collect();
    let hosts = names.iter().filter(|name| name.parse::<IpAddr>().is_err());
    let hosts: Vec<_> = hosts.map(|name| GeneralSubtree::DnsName(name.clone())).collect();
    let mut shut_out = Vec::new();
    if addresses.is_empty() {
        shut_out.push(GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([0; 4], 0)));
        shut_out.push(GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix([0; 16], 0)));
    }
    if hosts.is_empty() {
        shut_out.push(GeneralSubtree::DnsName(String::new()));
    }
    let mut params = CertificateParams::default();
    params.distinguished_name.remove(DnType::CommonName);
    params.distinguished_name.push(DnType::OrganizationName, "Accueil");
    params.distinguished_name.push(DnType::CommonName, format!("Autorité {number} de {}", first(names)));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let permitted_subtrees = hosts.into_iter().chain(addresses).collect();
    params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees: shut_out });
    params.not_before = SystemTime::from(now - CLOCKS_DIFFER).into();
    params.not_after = SystemTime::from(now + ROOT_LIFE).into();
    params
}

fn pem(der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
