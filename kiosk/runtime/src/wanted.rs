//! What the server wants of this borne: kept as it was signed, and looked at again at each start.
//!
//! A borne needs none of it to serve. A file that is damaged, or of a server or an identity before, is as good as none.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use wire::enrolment::PublicKey;
use wire::ids::OriginId;
use wire::report::SETTING_MAX;
use wire::wanted::{SignedWanted, Wanted, WantedError};

use crate::config::Config;
use crate::identity::{Identity, write_secret};

/// Settings by their names in `borne.toml`.
type Settings = BTreeMap<String, String>;

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
    held: Arc<Mutex<Held>>,
}

/// What is held. The settings of the latest document may be none that this borne takes: it goes on with those before.
#[derive(Clone, Debug)]
struct Held {
    latest: Wanted,
    /// The settings that hold, of the latest document or of one before.
    settings: Settings,
    /// What they were signed in, where that is a document before.
    good: Option<SignedWanted>,
    /// Why those of the latest do not hold.
    refused: Option<String>,
}

/// As it is kept.
#[derive(Serialize, Deserialize)]
struct File {
    latest: SignedWanted,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    good: Option<SignedWanted>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

/// What came of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its version.
    pub version: u64,
    /// Whether other settings hold than before.
    pub changes_settings: bool,
    /// Why its settings do not.
    pub refused: Option<String>,
}

impl WantedKeeper {
    /// Reads what was kept in a folder.
    #[must_use]
    pub fn open(folder: &Path, identity: &Identity) -> Self {
        let (path, borne, server) = (folder.join(FILE), identity.borne, identity.server_key);
        let nothing = Held { latest: Wanted::nothing(borne), settings: Settings::new(), good: None, refused: None };
        let held = read(&path, &borne, &server).unwrap_or(nothing);
        Self { path, borne, server, held: Arc::new(Mutex::new(held)) }
    }

    /// What is wanted now.
    #[must_use]
    pub fn held(&self) -> Wanted {
        self.lock().latest.clone()
    }

    /// Its version; 0 where nothing was wanted yet.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.lock().latest.version
    }

    /// Why the settings that are wanted do not hold.
    #[must_use]
    pub fn refused(&self) -> Option<String> {
        self.lock().refused.clone()
    }

    /// The configuration with the settings that hold; without them, and that is remembered, where this version of the program
    /// takes them no longer.
    #[must_use]
    pub fn apply(&self, own: &Config) -> Config {
        let mut held = self.lock();
        match own.wanting(&held.settings) {
            Ok(config) => config,
            Err(error) => {
                tracing::error!(%error, "the settings that the server wants are left alone");
                held.refused = Some(told(&error.to_string()));
                own.clone()
            }
        }
    }

    /// Takes a document: verified first, its settings checked with the borne's own, then kept durably, and only then in force.
    pub fn take(&self, signed: &SignedWanted, own: &Config) -> Result<Taken, NotTaken> {
        let mut held = self.lock();
        let latest = signed.open(&self.borne, &self.server, held.latest.version)?;
        let refused = own.wanting(&latest.settings).err().map(|error| told(&error.to_string()));
        let settings = if refused.is_some() { held.settings.clone() } else { latest.settings.clone() };
        let before = self.kept().filter(|_| held.latest.version > 0 && held.refused.is_none());
        let good = refused.as_ref().and_then(|_| held.good.clone().or(before));
        let new = Held { latest, settings, good, refused };
        let file = |source| NotTaken::File { path: self.path.clone(), source };
        let kept = File { latest: signed.clone(), good: new.good.clone(), refused: new.refused.clone() };
        let text = serde_json::to_string(&kept).map_err(|e| file(e.into()))?;
        write_secret(&self.path, &text).map_err(file)?;
        let taken = Taken {
            version: new.latest.version,
            changes_settings: new.settings != held.settings,
            refused: new.refused.clone(),
        };
        *held = new;
        Ok(taken)
    }

    /// The latest document as it was signed.
    fn kept(&self) -> Option<SignedWanted> {
        let kept: File = serde_json::from_str(&fs::read_to_string(&self.path).ok()?).ok()?;
        Some(kept.latest)
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As much of a reason as is reported.
fn told(reason: &str) -> String {
    let mut end = reason.len().min(SETTING_MAX);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    reason[..end].to_owned()
}

fn read(path: &Path, borne: &OriginId, server: &PublicKey) -> Option<Held> {
    let shown = path.display();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            tracing::error!(%error, path = %shown, "what the server wants cannot be read; the borne goes on without it");
            return None;
        }
    };
    let kept: File = serde_json::from_str(&text)
        .inspect_err(|_| tracing::error!(path = %shown, "what the server wants is damaged; it is asked for anew"))
        .ok()?;
    let open = |signed: &SignedWanted| {
        let opened = signed.open(borne, server, 0);
        opened.inspect_err(|error| tracing::warn!(%error, path = %shown, "what was wanted before is left alone")).ok()
    };
    let latest = open(&kept.latest)?;
    let settings = match (&kept.refused, &kept.good) {
        (None, _) => latest.settings.clone(),
        (Some(_), good) => good.as_ref().and_then(open).map(|good| good.settings).unwrap_or_default(),
    };
    Some(Held { latest, settings, good: kept.good, refused: kept.refused })
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

    fn own() -> Config {
        Config::load(None, &[]).unwrap()
    }

    fn set(of: &Identity, version: u64, rate: &str) -> SignedWanted {
        let settings = [("audio.rate_wpm".to_owned(), rate.to_owned())].into();
        SignedWanted::seal(&Wanted { version, settings, ..Wanted::nothing(of.borne) }, &server(7))
    }

    #[test]
    fn settings_that_are_refused_leave_those_before_in_force_also_over_restarts() {
        let folder = tempfile::tempdir().unwrap();
        let me = identity(1, 7);
        let keeper = || WantedKeeper::open(folder.path(), &me);
        let rate = || keeper().apply(&own()).audio.rate_wpm;
        let usual = own().audio.rate_wpm;
        let taken = keeper().take(&set(&me, 1, "20"), &own()).unwrap();
        assert!(!taken.changes_settings && taken.refused.unwrap().contains("80 to 300"));
        assert_eq!((rate(), keeper().version()), (usual, 1));
        assert!(keeper().take(&set(&me, 2, "21"), &own()).unwrap().refused.is_some());
        assert!(keeper().refused().unwrap().contains("80 to 300"));
        assert_eq!((rate(), keeper().held().version), (usual, 2));
        assert!(keeper().take(&set(&me, 3, "120"), &own()).unwrap().changes_settings);
        assert_eq!((rate(), keeper().refused()), (120, None));
        for version in [4, 5] {
            let taken = keeper().take(&set(&me, version, "999"), &own()).unwrap();
            assert!(!taken.changes_settings && taken.refused.is_some());
            assert_eq!((rate(), keeper().version()), (120, version));
            assert!(keeper().refused().unwrap().contains("audio.rate_wpm"));
        }
        let nothing = SignedWanted::seal(&Wanted { version: 6, ..Wanted::nothing(me.borne) }, &server(7));
        assert!(keeper().take(&nothing, &own()).unwrap().changes_settings);
        assert_eq!((rate(), keeper().refused()), (usual, None));
    }

    #[test]
    fn what_is_wanted_outlives_a_restart_and_a_damaged_file_stops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let me = identity(1, 7);
        let keeper = WantedKeeper::open(folder.path(), &me);
        assert_eq!((keeper.version(), keeper.held()), (0, Wanted::nothing(me.borne)));
        keeper.take(&SignedWanted::seal(&wanted(&me, 3), &server(7)), &own()).unwrap();
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
        WantedKeeper::open(folder.path(), &before).take(&sealed, &own()).unwrap();
        for now in [identity(3, 7), identity(1, 8)] {
            let keeper = WantedKeeper::open(folder.path(), &now);
            assert_eq!(keeper.version(), 0);
            assert!(matches!(keeper.take(&sealed, &own()), Err(NotTaken::Wanted(WantedError::Signature))));
        }
    }

    #[test]
    fn what_cannot_be_kept_is_not_in_force() {
        let folder = tempfile::tempdir().unwrap();
        let me = identity(1, 7);
        let keeper = WantedKeeper::open(&folder.path().join("gone"), &me);
        let sealed = SignedWanted::seal(&wanted(&me, 1), &server(7));
        assert!(matches!(keeper.take(&sealed, &own()), Err(NotTaken::File { .. })));
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
                let taken = keeper.take(&SignedWanted::seal(&wanted(&me, version), &server(7)), &own());
                prop_assert_eq!(taken.is_ok(), version > before);
                if restarts {
                    keeper = WantedKeeper::open(folder.path(), &me);
                }
                prop_assert_eq!(keeper.version(), version.max(before));
            }
        }
    }
}
