//! The badges of the site's staff: a card says which badge, a PIN says that its holder is there. Neither opens alone.
//!
//! The list comes with the answers of the server and is kept in the data folder (`staff.json`), so a badge opens while the
//! server is away. A badge that was removed opens here until the next answer.

mod attempts;
mod kept;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use argon2::Argon2;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use drivers::card::Uid;
use jiff::{SignedDuration, Timestamp};
use wire::ids::SiteId;
use wire::staff::{BadgeHash, BadgeKey, MAX_BADGES, NO_LIST, Pin, StaffBadge, StaffList, StaffRole};

use attempts::Attempts;
pub use attempts::{LOCKED_FOR, MOST_WRONG};

/// Nobody's PIN. It costs as much to refuse as a real one, so that the time tells nothing of a card.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3MgYmFkZ2U$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// The most memory that checking a PIN may take, in KiB, and the most passes: the list is the server's, the board is ours.
const MOST_MEMORY_KIB: u32 = 64 << 10;
const MOST_PASSES: u32 = 10;

/// The keyed hash of a card's number, as `accueil-server badge add` takes it.
#[must_use]
pub fn fingerprint(key: &BadgeKey, uid: &Uid) -> String {
    key.hash(uid.as_bytes()).to_string()
}

/// What a card that was put down is to the badges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// A badge of this site. Its PIN is to be asked for.
    Known,
    /// None. Whoever asks for the PIN all the same gives nothing away.
    Unknown,
    /// Too many wrong PINs; for so long.
    Locked(SignedDuration),
    /// The card draws another number each time, so it cannot be a badge.
    NumberChanges,
    /// The server has not sent its list yet.
    NoList,
}

/// What a card and a PIN open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They fit.
    Opened {
        /// What they open.
        role: StaffRole,
        /// What people call the badge.
        label: String,
    },
    /// They do not, for one of several reasons that nobody is told.
    Wrong,
    /// Too many wrong PINs; for so long.
    Locked(SignedDuration),
}

/// The list cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("the badges cannot be kept in {path}; check the disk's space and health")]
pub struct BadgeError {
    /// Which file.
    path: PathBuf,
    /// Why.
    #[source]
    source: std::io::Error,
}

/// The badges, shared by the threads that get them and those that ask.
#[derive(Clone)]
pub struct Badges(Arc<Shared>);

struct Shared {
    folder: PathBuf,
    site: SiteId,
    state: Mutex<State>,
}

struct State {
    list: Option<StaffList>,
    attempts: Attempts,
}

impl fmt::Debug for Badges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.state().list.as_ref().map(|list| list.badges.len());
        f.debug_struct("Badges").field("count", &count).finish_non_exhaustive()
    }
}

impl Badges {
    /// Reads what is kept in a data folder. A list of another site, or one that cannot be read, is as none: the server
    /// sends it again.
    #[must_use]
    pub fn open(folder: &Path, site: SiteId) -> Self {
        let list = kept::list(folder, site);
        let attempts = Attempts::with(kept::attempts(folder));
        Self(Arc::new(Shared { folder: folder.to_owned(), site, state: Mutex::new(State { list, attempts }) }))
    }

    /// What the server is told of the list that is held.
    #[must_use]
    pub fn version(&self) -> String {
        self.state().list.as_ref().map_or_else(|| NO_LIST.to_owned(), |list| list.version.clone())
    }

    /// How many badges there are; `None` where the server has not sent its list.
    #[must_use]
    pub fn count(&self) -> Option<usize> {
        self.state().list.as_ref().map(|list| list.badges.len())
    }

    /// Takes the server's list, and keeps it.
    pub fn replace(&self, mut list: StaffList) -> Result<(), BadgeError> {
        let sent = list.badges.len();
        list.badges.retain(|badge| is_bearable(&badge.pin.0));
        list.badges.truncate(MAX_BADGES);
        if list.badges.len() < sent {
            tracing::warn!(left_out = sent - list.badges.len(), "badges that this version cannot check are left out");
        }
        kept::keep_list(&self.0.folder, self.0.site, &list)?;
        let changed = {
            let mut state = self.state();
            // Whoever has a new PIN begins anew.
            let pin =
                |list: &StaffList, of: BadgeHash| list.badges.iter().find(|b| b.badge == of).map(|b| b.pin.clone());
            let before = state.list.take();
            let same = |badge| before.as_ref().and_then(|before| pin(before, badge)) == pin(&list, badge);
            let changed = state.attempts.retain(same);
            state.list = Some(list);
            changed.then(|| state.attempts.known())
        };
        changed.map_or(Ok(()), |attempts| kept::keep_attempts(&self.0.folder, &attempts))
    }

    /// How many PINs may still be tried before a card is locked.
    #[must_use]
    pub fn tries_left(&self, uid: &Uid) -> u8 {
        let state = self.state();
        state.list.as_ref().map_or(0, |list| state.attempts.left(list.key.hash(uid.as_bytes())))
    }

    /// The keyed hash of a card's number; `None` where the server has not sent its key.
    #[must_use]
    pub fn fingerprint(&self, uid: &Uid) -> Option<String> {
        self.state().list.as_ref().map(|list| fingerprint(&list.key, uid))
    }

    /// What a card is. It opens nothing.
    #[must_use]
    pub fn begin(&self, uid: &Uid, now: Timestamp) -> Begun {
        let state = self.state();
        let Some(list) = &state.list else {
            return Begun::NoList;
        };
        if uid.is_drawn_anew() {
            return Begun::NumberChanges;
        }
        match (state.attempts.locked(list.key.hash(uid.as_bytes()), now), usable(list, uid, now)) {
            (Some(left), _) => Begun::Locked(left),
            (None, Some(_)) => Begun::Known,
            (None, None) => Begun::Unknown,
        }
    }

    /// What a card and a PIN open. Takes tens of milliseconds, the same for a card that is no badge.
    ///
    /// The attempt is counted and kept before the PIN is looked at: a power cut in between costs an attempt and wins none.
    #[must_use]
    pub fn verify(&self, uid: &Uid, pin: &Pin, now: Timestamp) -> Verdict {
        let (hash, badge, keep) = {
            let mut state = self.state();
            let State { list, attempts } = &mut *state;
            let Some(list) = list else {
                return Verdict::Wrong;
            };
            let hash = list.key.hash(uid.as_bytes());
            if let Some(left) = attempts.locked(hash, now) {
                return Verdict::Locked(left);
            }
            let badge = if uid.is_drawn_anew() { None } else { usable(list, uid, now) };
            let known = badge.is_some();
            attempts.begin(hash, known, now);
            (hash, badge.cloned(), attempts.known())
        };
        // Of a strange card as well, though nothing of it is kept: a write takes its time.
        self.keep(&keep);
        let fits = matches(pin, badge.as_ref().map_or(NOBODYS, |badge| &badge.pin.0));
        match badge {
            Some(StaffBadge { role, label, .. }) if fits => {
                let keep = {
                    let mut state = self.state();
                    state.attempts.succeed(hash);
                    state.attempts.known()
                };
                self.keep(&keep);
                Verdict::Opened { role, label }
            }
            Some(_) | None => self.state().attempts.locked(hash, now).map_or(Verdict::Wrong, Verdict::Locked),
        }
    }

    /// Where the disk is full or worn out, attempts are counted until the next start only: staff must reach such a borne.
    fn keep(&self, attempts: &attempts::Counts) {
        if let Err(error) = kept::keep_attempts(&self.0.folder, attempts) {
            tracing::error!(%error, "wrong PINs are counted until the next start only");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The badge of a card, where it opens anything now.
fn usable<'a>(list: &'a StaffList, uid: &Uid, now: Timestamp) -> Option<&'a StaffBadge> {
    let opens = |badge: &&StaffBadge| badge.role != StaffRole::Unknown && badge.expires.is_none_or(|at| now < at);
    list.find(uid.as_bytes()).filter(opens)
}

fn matches(pin: &Pin, hash: &str) -> bool {
    let hash = PasswordHash::new(hash);
    hash.is_ok_and(|hash| Argon2::default().verify_password(pin.reveal().as_bytes(), &hash).is_ok())
}

/// Whether a PIN's hash can be checked on this board.
fn is_bearable(hash: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else {
        return false;
    };
    hash.algorithm == argon2::ARGON2ID_IDENT
        && argon2::Params::try_from(&hash)
            .is_ok_and(|params| params.m_cost() <= MOST_MEMORY_KIB && params.t_cost() <= MOST_PASSES)
}

#[cfg(test)]
mod tests;
