//! Copies of the store: made, opened apart from it, compared with it, and remembered.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use wire::ids::{OriginId, SiteId};
use wire::token::Hash32;

use super::super::{Result, Store, StoreError};

/// How long it is remembered that a copy was made whose file is gone.
pub const BACKUPS_KEPT_DAYS: i64 = 90;

/// Copies of the store.
#[async_trait]
pub trait Backups: Send + Sync + 'static {
    /// How the name of a copy's file ends.
    fn copy_suffix(&self) -> &'static str;

    /// Writes everything that is committed at one moment into a file that is there and empty. Nobody waits for it.
    async fn copy_to(&self, file: &Path) -> std::result::Result<(), CopyError>;

    /// Restores a copy apart from the store, as a store that is only read. [`Copy::close`] ends it.
    async fn open_copy(&self, file: &Path) -> std::result::Result<Copy, CopyError>;

    /// Every log, and what of it is kept, in the order of their origins.
    async fn log_spans(&self) -> Result<Vec<LogSpan>>;

    /// What a piece of a log holds, by its hashes as they were kept; and whether the events are those of the hashes.
    async fn digest_log(&self, origin: OriginId, from_seq: u64, to_seq: u64) -> Result<LogDigest>;

    /// Remembers what became of a copy: a second word on the same one takes the first one's place. Copies of long ago whose
    /// file is gone are forgotten.
    async fn note_backup(&self, backup: &Backup) -> Result<()>;

    /// The copies of which something is remembered, newest first.
    async fn backups(&self, most: u32) -> Result<Vec<Backup>>;

    /// All those of one machine, newest first.
    async fn backups_on(&self, host: &str) -> Result<Vec<Backup>>;

    /// The newest one that can be relied on and whose file is still there.
    async fn good_backup(&self) -> Result<Option<Backup>>;

    /// Waits for nobody: answers at once whether this server may do what only one of those on the same store is to do, for
    /// as long as it keeps the turn.
    async fn turn(&self, what: &str) -> Result<Option<Turn>>;
}

/// The right to do what only one server is to do. It ends when this is dropped, and with its server.
pub struct Turn(Box<dyn Holder>);

/// What a turn is held by.
#[async_trait]
pub(in crate::store) trait Holder: Send {
    async fn hold(&mut self) -> Result<()>;
}

impl Turn {
    pub(in crate::store) fn held_by(holder: impl Holder + 'static) -> Self {
        Self(Box::new(holder))
    }

    /// Makes sure that the turn is still this server's: what holds it may have been cut off, and another have taken it.
    pub async fn hold(&mut self) -> Result<()> {
        self.0.hold().await
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Turn")
    }
}

/// A copy that was opened.
pub struct Copy {
    /// What is in it; absent where it could only be read through, because the role may make no database.
    pub store: Option<Arc<dyn Store>>,
    scratch: Option<Box<dyn Scratch>>,
}

impl fmt::Debug for Copy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Copy").field("restored", &self.store.is_some()).finish_non_exhaustive()
    }
}

/// What was made to look into a copy.
#[async_trait]
pub(in crate::store) trait Scratch: Send + Sync {
    async fn remove(self: Box<Self>) -> Result<()>;
}

impl Copy {
    pub(in crate::store) fn new(store: Option<Arc<dyn Store>>, scratch: Option<Box<dyn Scratch>>) -> Self {
        Self { store, scratch }
    }

    /// Removes what was made to look into it.
    pub async fn close(self) -> Result<()> {
        drop(self.store);
        match self.scratch {
            Some(scratch) => scratch.remove().await,
            None => Ok(()),
        }
    }
}

/// A log, and what of it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogSpan {
    /// Whose.
    pub origin: OriginId,
    /// Where.
    pub site: SiteId,
    /// The first number that is kept; one more than the last where none is.
    pub first: u64,
    /// The high-water mark.
    pub last: u64,
}

/// What a piece of a log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogDigest {
    /// How many events.
    pub events: u64,
    /// Over their numbers and hashes.
    pub hash: Hash32,
    /// How many events are not those of their hashes. Where a ticket's secret was erased nothing can be said.
    pub wrong: u64,
}

/// What became of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// When it was begun: its identity.
    pub at: Timestamp,
    /// On which machine its file is.
    pub host: String,
    /// The file's name in the folder of copies; empty where none was made.
    pub file: String,
    /// How long the file is.
    pub bytes: u64,
    /// Its hash, where there is a file.
    pub hash: Option<Hash32>,
    /// When it was last opened and compared.
    pub checked_at: Option<Timestamp>,
    /// How many events are in it.
    pub events: u64,
    /// What became of it.
    pub outcome: BackupOutcome,
    /// Why, where it is not good.
    pub detail: String,
}

/// What became of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackupOutcome {
    /// It was restored apart, and folds to the same hall.
    Restored,
    /// It was read through to its end, but not restored: the database's role may make no other database.
    Read,
    /// Its file is there; nobody has looked into it yet, or nobody could.
    Unchecked,
    /// It is not what was copied.
    Damaged,
    /// There is none.
    Failed,
}

impl BackupOutcome {
    /// Every outcome.
    pub const ALL: [Self; 5] = [Self::Restored, Self::Read, Self::Unchecked, Self::Damaged, Self::Failed];

    /// Its name in the store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Restored => "restored",
            Self::Read => "read",
            Self::Unchecked => "unchecked",
            Self::Damaged => "damaged",
            Self::Failed => "failed",
        }
    }

    /// Whether the copy can be relied on.
    #[must_use]
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Restored | Self::Read)
    }
}

/// Why there is no copy, or none that can be relied on.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The file cannot be written or read.
    #[error("cannot use the file `{path}`: check its folder, its rights and the disk's space")]
    File {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A program of PostgreSQL is missing.
    #[error("cannot start `{program}`: install the client programs of PostgreSQL, of the database's version or later")]
    Program {
        /// Which.
        program: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A program of PostgreSQL failed.
    #[error("`{program}` failed: {said}")]
    Failed {
        /// Which.
        program: &'static str,
        /// What it said, without secrets.
        said: String,
    },
    /// It is not what was copied.
    #[error("the copy is damaged: {0}")]
    Damaged(String),
    /// The store itself.
    #[error(transparent)]
    Store(#[from] StoreError),
}
