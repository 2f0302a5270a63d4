//! What the server wants of this borne: kept as it was signed, and looked at again at each start.
//!
//! A borne needs none of it to serve. A file that is damaged, or of a server or an identity before, is as good as none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use wire::enrolment::PublicKey;
use wire::ids::OriginId;
use wire::wanted::{SignedWanted, Wanted, WantedError};

use crate::identity::{Identity, write_secret};

/// The last document, in the borne's data folder.
const FILE: &str = "wanted.json";

/// What is wanted cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    /// It is not the server's, not this borne's, or no later one.
    #[error(transparent)]
    Wanted(#[from] WantedError),
    /// It cannot be kept.
    #[error("{path} cannot be written: {source}; check the disk and the rights of its folder")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Keeps what is wanted; shared with the other threads.
#[derive(Clone, Debug)]
pub struct WantedKeeper {
    path: PathBuf,
    borne: OriginId,
    server: PublicKey,
    held: Arc<Mutex<Wanted>>,
}

impl WantedKeeper {
    /// Reads what was kept in a folder.
    #[must_use]
    pub fn open(folder: &Path, identity: &Identity) -> Self {
        let (path, borne, server) = (folder.join(FILE), identity.borne, identity.server_key);
        let held = read(&path, &borne, &server).unwrap_or(Wanted::nothing(borne));
        Self { path, borne, server, held: Arc::new(Mutex::new(held)) }
    }

    /// What holds now.
    #[must_use]
    pub fn held(&self) -> Wanted {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Its version; 0 where nothing was wanted yet.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.held().version
    }

    /// Takes a document: verified first, then kept durably, and only then in force.
    pub fn take(&self, signed: &SignedWanted) -> Result<Wanted, NotTaken> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = signed.open(&self.borne, &self.server, held.version)?;
        let file = |source| NotTaken::File { path: self.path.clone(), source };
        let text = serde_json::to_string(signed).map_err(|e| file(e.into()))?;
        write_secret(&self.path, &text).map_err(file)?;
        held.clone_from(&wanted);
        Ok(wanted)
    }
}

fn read(path: &Path, borne: &OriginId, server: &PublicKey) -> Option<Wanted> {
    let shown = path.display();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::error!(%error, path = %shown, "what the server wants cannot be read; the borne goes on without it");
            return None;
        }
    };
    let signed: SignedWanted = serde_json::from_str(&text)
        .inspect_err(|_| tracing::error!(path = %shown, "what the server wants is damaged; it is asked for anew"))
        .ok()?;
    let opened = signed.open(borne, server, 0);
    opened.inspect_err(|error| tracing::warn!(%error, path = %shown, "what was wanted before is left alone")).ok()
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::SigningKey;
    use proptest::prelude::*;
    use wire::enrolment::EnrolReply;
    use wire::label::Series;
    use wire::wanted::{Release, Ring};

    use super::*;
    use crate::identity::DeviceKey;

    fn server(byte: u8) -> SigningKey {
        SigningKey::from_bytes(&[byte; 32])
    }

    fn identity(id: u128, server_byte: u8) -> Identity {
        let reply = EnrolReply {
            borne: OriginId(uuid::Uuid::from_u128(id)),
            site: wire::ids::SiteId(uuid::Uuid::from_u128(2)),
            series: Series::FIRST,
            server_key: PublicKey(server(server_byte).verifying_key().to_bytes()),
            server_time: jiff::Timestamp::UNIX_EPOCH,
        };
        Identity::new(DeviceKey::from_random(&[9; 32]), &reply)
    }

    fn wanted(of: &Identity, version: u64) -> Wanted {
        Wanted { version, ring: Some(Ring::Pilot), release: Release::Hold, ..Wanted::nothing(of.borne) }
    }

    #[test]
    fn what_is_wanted_outlives_a_restart_and_a_damaged_file_stops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let me = identity(1, 7);
        let keeper = WantedKeeper::open(folder.path(), &me);
        assert_eq!((keeper.version(), keeper.held()), (0, Wanted::nothing(me.borne)));
        keeper.take(&SignedWanted::seal(&wanted(&me, 3), &server(7))).unwrap();
        let again = || WantedKeeper::open(folder.path(), &me).held();
        assert_eq!(again(), wanted(&me, 3));
        let kept = fs::read_to_string(folder.path().join(FILE)).unwrap();
        fs::write(folder.path().join(FILE), kept.replace("hold", "newest")).unwrap();
        assert_eq!(again().version, 0, "somebody changed it");
        fs::write(folder.path().join(FILE), &kept[..20]).unwrap();
        assert_eq!(again().version, 0);
    }

    #[test]
    fn a_borne_that_enrolled_anew_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let before = identity(1, 7);
        let sealed = SignedWanted::seal(&wanted(&before, 9), &server(7));
        WantedKeeper::open(folder.path(), &before).take(&sealed).unwrap();
        for now in [identity(3, 7), identity(1, 8)] {
            let keeper = WantedKeeper::open(folder.path(), &now);
            assert_eq!(keeper.version(), 0);
            assert!(matches!(keeper.take(&sealed), Err(NotTaken::Wanted(WantedError::Signature))));
        }
    }

    #[test]
    fn what_cannot_be_kept_is_not_in_force() {
        let folder = tempfile::tempdir().unwrap();
        let me = identity(1, 7);
        let keeper = WantedKeeper::open(&folder.path().join("gone"), &me);
        let sealed = SignedWanted::seal(&wanted(&me, 1), &server(7));
        assert!(matches!(keeper.take(&sealed), Err(NotTaken::File { .. })));
        assert_eq!(keeper.version(), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn a_borne_never_goes_back_also_over_restarts(steps in prop::collection::vec((1_u64..12, any::<bool>()), 1..16)) {
            let folder = tempfile::tempdir().unwrap();
            let me = identity(1, 7);
            let mut keeper = WantedKeeper::open(folder.path(), &me);
            for (version, restarts) in steps {
                let before = keeper.version();
                let taken = keeper.take(&SignedWanted::seal(&wanted(&me, version), &server(7)));
                prop_assert_eq!(taken.is_ok(), version > before);
                if restarts {
                    keeper = WantedKeeper::open(folder.path(), &me);
                }
                prop_assert_eq!(keeper.version(), version.max(before));
            }
        }
    }
}
