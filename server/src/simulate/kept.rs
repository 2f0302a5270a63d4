//! The keys of the bornes that days are played with and the secrets of their agents, a file each. They are kept for the next
//! day that is played: a site has six series of numbers, and one that a borne held stays taken for the rest of its service
//! day; accounts stay for ever. They also tell what days before have left.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use data_encoding::HEXLOWER;
use ed25519_dalek::SigningKey;
use wire::enrolment::PublicKey;
use wire::ids::{CounterId, SiteId};

use super::SimulateError;
use super::account::Account;
use crate::app::random;

const BORNE: &str = "borne-";
const AGENT: &str = "agent-";
const KEY: &str = ".key";

/// Why the keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// No day was played with this folder.
    #[error(
        "no bornes of days that were played at this site are kept in {0}: name the folder that they were played with by \
         --state; `accueil-server borne list` shows who is enrolled"
    )]
    None(PathBuf),
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
    #[error("{0} holds no key: remove it, and revoke the borne or shut out the account that it was of")]
    Damaged(PathBuf),
}

/// A site's folder of keys, for one day at a time.
#[derive(Debug)]
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
        Self::existing(state, site)
    }

    /// The same, where there is such a folder.
    pub(super) fn existing(state: &Path, site: SiteId) -> Result<Self, KeptError> {
        let folder = state.join(site.to_string());
        if !folder.exists() {
            return Err(KeptError::None(folder));
        }
        let failed = |source| KeptError::File { path: folder.clone(), source };
        let lock = File::open(&folder).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(KeptError::Busy(folder)),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// Where they are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The key of borne `n`, made where there is none.
    pub(super) fn borne(&self, n: u8) -> Result<SigningKey, SimulateError> {
        Ok(SigningKey::from_bytes(&self.bits(&format!("{BORNE}{n}"))?))
    }

    /// The account of whoever plays at a counter; its secret is made where there is none.
    pub(super) fn agent(&self, counter: &CounterId) -> Result<Account, SimulateError> {
        Ok(Account::new(counter.clone(), &self.bits(&format!("{AGENT}{counter}"))?))
    }

    /// Every borne's key that is kept, and which one's it is.
    pub(super) fn bornes(&self) -> Result<Vec<(u8, SigningKey)>, KeptError> {
        let all = self.all(BORNE)?.into_iter();
        Ok(all.map(|(n, bits)| (n, SigningKey::from_bytes(&bits))).collect())
    }

    /// Every account that days were played with.
    pub(super) fn agents(&self) -> Result<Vec<Account>, KeptError> {
        let all = self.all(AGENT)?.into_iter();
        Ok(all.map(|(counter, bits)| Account::new(counter, &bits)).collect())
    }

    /// Keeps the key of borne `n` no longer.
    pub(super) fn forget_borne(&self, n: u8) -> Result<(), KeptError> {
        let path = self.path(&format!("{BORNE}{n}"));
        fs::remove_file(&path).map_err(|source| KeptError::File { path, source })
    }

    /// What is kept under a kind of names, in the order of these.
    fn all<K: FromStr + Ord>(&self, kind: &str) -> Result<Vec<(K, [u8; 32])>, KeptError> {
        let failed = |source| KeptError::File { path: self.folder.clone(), source };
        let mut all = BTreeMap::new();
        for file in fs::read_dir(&self.folder).map_err(failed)? {
            let file = file.map_err(failed)?.file_name();
            let Some(stem) = file.to_str().and_then(|file| file.strip_suffix(KEY)) else { continue };
            if let (Some(Ok(whose)), Some(bits)) = (stem.strip_prefix(kind).map(str::parse), self.read(stem)?) {
                all.insert(whose, bits);
            }
        }
        Ok(all.into_iter().collect())
    }

    /// What is kept under a name, made where there is nothing.
    fn bits(&self, stem: &str) -> Result<[u8; 32], SimulateError> {
        if let Some(bits) = self.read(stem)? {
            return Ok(bits);
        }
        let bits = random().map_err(SimulateError::Random)?;
        let path = self.path(stem);
        let failed = |source| KeptError::File { path: path.clone(), source };
        let part = path.with_extension("new");
        let mut out =
            OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&part).map_err(failed)?;
        writeln!(out, "{}", HEXLOWER.encode(&bits)).and_then(|()| out.sync_all()).map_err(failed)?;
        fs::rename(&part, &path).map_err(failed)?;
        Ok(bits)
    }

    fn read(&self, stem: &str) -> Result<Option<[u8; 32]>, KeptError> {
        let path = self.path(stem);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(absent) if absent.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(KeptError::File { path, source }),
        };
        let bits = HEXLOWER.decode(text.trim().as_bytes()).ok().and_then(|bits| bits.try_into().ok());
        bits.map(Some).ok_or(KeptError::Damaged(path))
    }

    fn path(&self, stem: &str) -> PathBuf {
        self.folder.join(format!("{stem}{KEY}"))
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
        let never = Kept::existing(place.path(), site).unwrap_err();
        assert!(never.to_string().starts_with("no bornes of days"), "{never}");
        let kept = Kept::open(place.path(), site).unwrap();
        let (one, two) = (kept.borne(1).unwrap(), kept.borne(2).unwrap());
        kept.agent(&"12".parse().unwrap()).unwrap();
        assert_ne!(one.to_bytes(), two.to_bytes());
        let file = place.path().join(site.to_string()).join("borne-1.key");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let Err(busy) = Kept::open(place.path(), site) else { panic!("two at once") };
        assert!(busy.to_string().contains("a day is being played"), "{busy}");
        drop(kept);
        let kept = Kept::existing(place.path(), site).unwrap();
        assert_eq!(kept.borne(1).unwrap().to_bytes(), one.to_bytes());
        assert_eq!(kept.bornes().unwrap().iter().map(|(n, _)| *n).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(kept.agents().unwrap().iter().map(|agent| agent.counter.as_str()).collect::<Vec<_>>(), ["12"]);
        kept.forget_borne(2).unwrap();
        fs::write(&file, "nonsense").unwrap();
        assert!(kept.bornes().is_err_and(|damaged| damaged.to_string().contains("holds no key")));
    }
}
