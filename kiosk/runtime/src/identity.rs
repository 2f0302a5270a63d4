//! Who this borne is: its key, made here and kept here, and what the server told it at enrolment.

use std::fmt;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use ed25519_dalek::{Signer, SigningKey};
use serde::{Deserialize, Serialize};
use wire::enrolment::{EnrolReply, PublicKey};
use wire::ids::{OriginId, SiteId};
use wire::label::Series;

/// The file's name in the borne's data folder.
const FILE: &str = "identity.toml";
/// A key that waits for its identity.
const PENDING: &str = "identity.key";

fn decode(secret: &str) -> Option<[u8; 32]> {
    BASE64URL_NOPAD.decode(secret.trim().as_bytes()).ok()?.try_into().ok()
}

/// A key that never leaves the borne; its `Debug` says nothing.
#[derive(Clone)]
pub struct DeviceKey(SigningKey);

impl DeviceKey {
    /// A new key from 32 random bytes.
    #[must_use]
    pub fn from_random(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The key of an enrolment that has had no answer yet, or a new one, kept until there is one.
    pub fn pending(folder: &Path, seed: [u8; 32]) -> Result<Self, IdentityError> {
        let path = folder.join(PENDING);
        let kept = fs::read_to_string(&path).ok().and_then(|text| decode(&text));
        if let Some(seed) = kept {
            return Ok(Self::from_random(&seed));
        }
        write_secret(&path, &BASE64URL_NOPAD.encode(&seed)).map_err(|source| IdentityError::Io { path, source })?;
        Ok(Self::from_random(&seed))
    }

    /// What others verify with.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs.
    #[must_use]
    pub fn sign(&self, text: &str) -> [u8; 64] {
        self.0.sign(text.as_bytes()).to_bytes()
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceKey(…)")
    }
}

/// Who this borne is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Its key.
    pub key: DeviceKey,
    /// Its id.
    pub borne: OriginId,
    /// Its site.
    pub site: SiteId,
    /// Its series.
    pub series: Series,
    /// The server's key, pinned.
    pub server_key: PublicKey,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    secret_key: String,
    borne: OriginId,
    site: SiteId,
    series: Series,
    server_key: PublicKey,
}

/// The identity cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// Never enrolled.
    #[error("this borne is not enrolled; ask the server's administrator for a code and run `borne enrol CODE`")]
    NotEnrolled,
    /// The file cannot be read or written.
    #[error("the identity {path} cannot be used")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is damaged.
    #[error("the identity {path} is damaged: {what}; enrol this borne anew")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

impl Identity {
    /// What the server told a new borne.
    #[must_use]
    pub fn new(key: DeviceKey, reply: &EnrolReply) -> Self {
        Self { key, borne: reply.borne, site: reply.site, series: reply.series, server_key: reply.server_key }
    }

    /// Reads the identity in a data folder.
    pub fn load(folder: &Path) -> Result<Self, IdentityError> {
        let path = folder.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(IdentityError::NotEnrolled),
            Err(source) => return Err(IdentityError::Io { path, source }),
        };
        // A parser's message would quote the line it stumbled on, which may hold the key.
        let damaged = |what: &str| IdentityError::Damaged { path: path.clone(), what: what.to_owned() };
        let file: File = toml::from_str(&text).map_err(|e| damaged(e.message()))?;
        let seed = decode(&file.secret_key).ok_or_else(|| damaged("secret_key is no key"))?;
        Ok(Self {
            key: DeviceKey::from_random(&seed),
            borne: file.borne,
            site: file.site,
            series: file.series,
            server_key: file.server_key,
        })
    }

    /// Writes the identity, readable by the borne's own user only, whole or not at all.
    pub fn save(&self, folder: &Path) -> Result<(), IdentityError> {
        let path = folder.join(FILE);
        let file = File {
            secret_key: BASE64URL_NOPAD.encode(&self.key.0.to_bytes()),
            borne: self.borne,
            site: self.site,
            series: self.series,
            server_key: self.server_key,
        };
        let damaged = |e: toml::ser::Error| IdentityError::Damaged { path: path.clone(), what: e.to_string() };
        let text = toml::to_string(&file).map_err(damaged)?;
        write_secret(&path, &text).map_err(|source| IdentityError::Io { path: path.clone(), source })?;
        // The key has found its identity.
        let _ = fs::remove_file(folder.join(PENDING));
        Ok(())
    }
}

/// Writes a file that only the borne's user may read, whole or not at all.
pub(crate) fn write_secret(path: &Path, text: &str) -> std::io::Result<()> {
    let temporary = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    let mut out = options.write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    fs::rename(&temporary, path)?;
    path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn identity() -> Identity {
        let reply = EnrolReply {
            borne: OriginId(uuid::Uuid::from_u128(1)),
            site: SiteId(uuid::Uuid::from_u128(2)),
            series: Series::FIRST,
            server_key: PublicKey([3; 32]),
            server_time: jiff::Timestamp::UNIX_EPOCH,
        };
        Identity::new(DeviceKey::from_random(&[9; 32]), &reply)
    }

    #[test]
    fn an_identity_is_kept_for_the_bornes_user_only() {
        let folder = tempfile::tempdir().unwrap();
        identity().save(folder.path()).unwrap();
        let back = Identity::load(folder.path()).unwrap();
        assert_eq!((back.borne, back.key.public()), (identity().borne, identity().key.public()));
        let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_key_waits_for_the_answer_and_is_used_once() {
        let folder = tempfile::tempdir().unwrap();
        let first = DeviceKey::pending(folder.path(), [1; 32]).unwrap().public();
        let second = DeviceKey::pending(folder.path(), [2; 32]).unwrap().public();
        assert_eq!(first, second, "the same key after an answer that was lost");
        identity().save(folder.path()).unwrap();
        let third = DeviceKey::pending(folder.path(), [3; 32]).unwrap().public();
        assert_ne!(first, third);
    }

    #[test]
    fn what_is_missing_or_damaged_says_what_to_do_and_tells_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Identity::load(folder.path()).unwrap_err().to_string().contains("borne enrol"));
        identity().save(folder.path()).unwrap();
        let path = folder.path().join(FILE);
        let secret = BASE64URL_NOPAD.encode(&[9; 32]);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(&secret));
        fs::write(&path, text.replace("series = 1", "series = 0").replace("secret_key = ", "secret_key = 5 ")).unwrap();
        let error = Identity::load(folder.path()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(&secret), "{error:?}");
        assert!(!format!("{:?}", identity()).contains(&secret));
    }
}
