//! The keys of the bornes that days are played with, a file each. They are kept for the next day that is played: a site has
//! six series of numbers, and one that a borne held stays taken for the rest of its service day.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use ed25519_dalek::SigningKey;
use wire::enrolment::PublicKey;
use wire::ids::SiteId;

use super::SimulateError;
use super::scenario::BORNES_MAX;
use crate::app::random;

/// Why the keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// Somebody plays with them.
    #[error("a day is being played with the bornes of {0}: wait for its end, or choose another folder with --state")]
    Busy(PathBuf),
    /// They cannot be read or written.
    #[error("cannot keep the bornes' keys in {path}: check its rights, or choose another folder with --state")]
    File {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file holds something else.
    #[error("{0} holds no borne's key: remove it, and revoke the borne that it was of")]
    Damaged(PathBuf),
}

/// A site's folder of keys, for one day at a time.
pub(super) struct Kept {
    folder: PathBuf,
    /// Held until the day is over.
    _lock: File,
}

impl Kept {
    /// The keys of a site in a folder, which is made where there is none.
    pub(super) fn open(state: &Path, site: SiteId) -> Result<Self, KeptError> {
        let folder = state.join(site.to_string());
        let failed = |source| KeptError::File { path: folder.clone(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed)?;
        let lock = File::open(&folder).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(KeptError::Busy(folder)),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// The key of borne `n`, made where there is none.
    pub(super) fn key(&self, n: u8) -> Result<SigningKey, SimulateError> {
        if let Some(key) = self.read(n)? {
            return Ok(key);
        }
        let bits = random().map_err(SimulateError::Random)?;
        let path = self.path(n);
        let failed = |source| KeptError::File { path: path.clone(), source };
        let part = path.with_extension("new");
        let mut out =
            OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&part).map_err(failed)?;
        writeln!(out, "{}", HEXLOWER.encode(&bits)).and_then(|()| out.sync_all()).map_err(failed)?;
        fs::rename(&part, &path).map_err(failed)?;
        Ok(SigningKey::from_bytes(&bits))
    }

    /// Every key that is kept, and which borne's it is.
    pub(super) fn keys(&self) -> Result<Vec<(u8, SigningKey)>, KeptError> {
        let keys = (1..=BORNES_MAX).map(|n| Ok(self.read(n)?.map(|key| (n, key))));
        Ok(keys.collect::<Result<Vec<_>, KeptError>>()?.into_iter().flatten().collect())
    }

    /// Keeps the key of borne `n` no longer.
    pub(super) fn forget(&self, n: u8) -> Result<(), KeptError> {
        let path = self.path(n);
        fs::remove_file(&path).map_err(|source| KeptError::File { path, source })
    }

    fn read(&self, n: u8) -> Result<Option<SigningKey>, KeptError> {
        let path = self.path(n);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(absent) if absent.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(KeptError::File { path, source }),
        };
        let bits = HEXLOWER.decode(text.trim().as_bytes()).ok().and_then(|bits| bits.try_into().ok());
        bits.map(|bits| Some(SigningKey::from_bytes(&bits))).ok_or(KeptError::Damaged(path))
    }

    fn path(&self, n: u8) -> PathBuf {
        self.folder.join(format!("borne-{n}.key"))
    }
}

/// What the server knows a key by.
pub(super) fn public(key: &SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_kept_for_its_owner_only_and_for_one_day_at_a_time() {
        let place = tempfile::tempdir().unwrap();
        let site = SiteId(uuid::Uuid::from_u128(7));
        let kept = Kept::open(place.path(), site).unwrap();
        let (one, two) = (kept.key(1).unwrap(), kept.key(2).unwrap());
        assert_ne!(one.to_bytes(), two.to_bytes());
        let file = place.path().join(site.to_string()).join("borne-1.key");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let Err(busy) = Kept::open(place.path(), site) else { panic!("two at once") };
        assert!(busy.to_string().contains("a day is being played"), "{busy}");
        drop(kept);
        let kept = Kept::open(place.path(), site).unwrap();
        assert_eq!(kept.key(1).unwrap().to_bytes(), one.to_bytes());
        assert_eq!(kept.keys().unwrap().iter().map(|(n, _)| *n).collect::<Vec<_>>(), [1, 2]);
        kept.forget(2).unwrap();
        fs::write(&file, "nonsense").unwrap();
        assert!(kept.keys().is_err_and(|damaged| damaged.to_string().contains("holds no borne's key")));
    }
}
