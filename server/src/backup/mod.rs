//! Copies of the store: made each day, each restored apart and compared with what it was copied from, and removed when
//! they are old. What is wrong is told to those who see to them, on their page and by the command line.
//!
//! | part | what it does |
//! |---|---|
//! | `schedule` | decides when a copy is due, which are old, what is wrong; pure |
//! | `files` | the folder of copies |
//! | `compare` | whether a copy holds what the store does |
//! | `job` | makes one when it is due |

mod compare;
mod files;
mod job;
mod schedule;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::MutexGuard;

use self::compare::{Compared, compare};
use self::files::Folder;
pub(crate) use self::job::BackingUp;
pub use self::schedule::Trouble;
use crate::app::App;
use crate::refusal::chain;
use crate::settings;
use crate::store::{Backup, BackupOutcome, CopyError, StoreError, Turn};

/// As many copies as are shown.
pub(crate) const SHOWN: u32 = 100;

/// Where copies go, and when.
#[derive(Debug)]
pub(crate) struct Copies {
    pub(crate) settings: settings::Backup,
    /// This machine's name: several servers on one store have a folder each.
    host: String,
    /// One at a time.
    turn: tokio::sync::Mutex<()>,
}

/// Why no copy could be made or looked at. What became of a copy is an answer, not an error.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The settings name no folder.
    #[error("no copy is made: name a folder in `backup.folder` of the settings")]
    Off,
    /// Another one is being made.
    #[error("a copy is being made just now: wait until it has ended")]
    Busy,
    /// There is no copy to look at.
    #[error("there is no copy in `{0}`: make one with `accueil-server backup now`")]
    None(String),
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Copies {
    pub(crate) fn new(settings: settings::Backup) -> Self {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self { settings, host, turn: tokio::sync::Mutex::new(()) }
    }

    /// Whether one is being made or looked at by this server.
    pub(crate) fn busy(&self) -> bool {
        self.turn.try_lock().is_err()
    }

    fn folder(&self) -> Result<Folder<'_>, BackupError> {
        self.settings.folder.as_deref().map(Folder).ok_or(BackupError::Off)
    }
}

/// The right to make and to look at copies: in this server, and among those on the same store.
pub(super) struct Alone<'a> {
    folder: Folder<'a>,
    _here: MutexGuard<'a, ()>,
    _there: Turn,
}

impl App {
    /// Makes a copy now, restores it apart, compares it, and removes what is old. What became of it is remembered.
    pub async fn back_up(&self) -> Result<Backup, BackupError> {
        let alone = self.alone_with_copies().await?;
        self.back_up_alone(alone).await
    }

    async fn alone_with_copies(&self) -> Result<Alone<'_>, BackupError> {
        let folder = self.copies.folder()?;
        let here = self.copies.turn.try_lock().map_err(|_| BackupError::Busy)?;
        let there = self.store.turn("backup").await?.ok_or(BackupError::Busy)?;
        Ok(Alone { folder, _here: here, _there: there })
    }

    async fn back_up_alone(&self, alone: Alone<'_>) -> Result<Backup, BackupError> {
        self.adopt(&alone.folder).await?;
        let at = self.clock.now();
        let mut backup = self.new_backup(at);
        let name = files::name(at, self.store.copy_suffix());
        match self.copy(&alone.folder, &name).await {
            Ok((bytes, hash)) => {
                let path = alone.folder.0.join(&name);
                (backup.file, backup.bytes, backup.hash) = (name, bytes, Some(hash));
                backup.outcome = BackupOutcome::Unchecked;
                // Before it is looked into: a server that ends meanwhile leaves no file of which nobody knows.
                self.store.note_backup(&backup).await?;
                self.judge(&mut backup, path).await;
            }
            Err(e) => backup.detail = chain(&e),
        }
        tell(&backup);
        self.store.note_backup(&backup).await?;
        self.remove_old_copies(&alone.folder, at).await?;
        Ok(backup)
    }

    /// Looks at a copy again, this machine's newest one where none is named: opens it, and compares it with the store. What
    /// becomes of one that lies elsewhere is told and not remembered.
    pub async fn check_backup(&self, file: Option<&Path>) -> Result<Backup, BackupError> {
        let folder = self.copies.folder()?;
        let none = || BackupError::None(folder.0.display().to_string());
        let mut known = self.store.backups_on(&self.copies.host).await?.into_iter();
        let Some(named) = file else {
            let newest = known.find(|backup| !backup.file.is_empty()).ok_or_else(none)?;
            return self.check_again(self.alone_with_copies().await?, newest).await;
        };
        let name = named.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // A name alone may be that of one in the folder.
        let path = if named.exists() { named.to_owned() } else { folder.0.join(named) };
        let suffix = self.store.copy_suffix();
        let mut backup =
            known.find(|backup| backup.hash.is_some() && files::name(backup.at, suffix) == name).ok_or_else(none)?;
        if folder.holds(&path) && backup.file == name {
            return self.check_again(self.alone_with_copies().await?, backup).await;
        }
        let _turn = self.copies.turn.try_lock().map_err(|_| BackupError::Busy)?;
        backup.file = path.display().to_string();
        self.judge(&mut backup, path).await;
        tell(&backup);
        Ok(backup)
    }

    /// Looks at a copy in this machine's folder again.
    async fn check_again(&self, alone: Alone<'_>, mut backup: Backup) -> Result<Backup, BackupError> {
        let path = alone.folder.0.join(&backup.file);
        self.judge(&mut backup, path).await;
        tell(&backup);
        self.store.note_backup(&backup).await?;
        Ok(backup)
    }

    /// What is wrong with the copies, the worst first.
    pub async fn backup_troubles(&self) -> Result<Vec<Trouble>, StoreError> {
        if self.copies.settings.folder.is_none() {
            return Ok(vec![Trouble::Off]);
        }
        let mut known = self.store.backups(SHOWN).await?;
        known.extend(self.store.good_backup().await?);
        let begun = schedule::last_due(self.copies.settings.at, &self.backup_zone(), self.clock.now());
        Ok(schedule::troubles(&known, begun, self.started_at, self.clock.now()))
    }

    /// The zone in which the hour of copies is meant.
    pub(crate) fn backup_zone(&self) -> TimeZone {
        self.sites().first().map_or(TimeZone::UTC, |site| site.zone.clone())
    }

    fn new_backup(&self, at: Timestamp) -> Backup {
        Backup {
            at,
            host: self.copies.host.clone(),
            file: String::new(),
            bytes: 0,
            hash: None,
            checked_at: None,
            events: 0,
            outcome: BackupOutcome::Failed,
            detail: String::new(),
        }
    }

    /// Takes in the folder's copies of which nothing is remembered: a server ended before it could say so, or the store was
    /// itself restored. They are kept and removed as the others are.
    async fn adopt(&self, folder: &Folder<'_>) -> Result<(), StoreError> {
        let known = self.store.backups_on(&self.copies.host).await?;
        let found = folder.copies(self.store.copy_suffix()).unwrap_or_else(|e| {
            tracing::error!(error = %chain(&e), "the folder of copies cannot be read");
            Vec::new()
        });
        for (file, at) in found.into_iter().filter(|(file, _)| known.iter().all(|backup| backup.file != *file)) {
            match files::measure(folder.0.join(&file)).await {
                Ok((bytes, hash)) => {
                    let outcome = BackupOutcome::Unchecked;
                    let adopted = Backup { file, bytes, hash: Some(hash), outcome, ..self.new_backup(at) };
                    self.store.note_backup(&adopted).await?;
                }
                Err(e) => tracing::error!(file, error = %chain(&e), "a copy of the store cannot be read"),
            }
        }
        Ok(())
    }

    async fn copy(&self, folder: &Folder<'_>, name: &str) -> Result<(u64, wire::token::Hash32), CopyError> {
        let part = folder.begin(name)?;
        self.store.copy_to(&part).await?;
        folder.finish(part, name).await
    }

    /// Opens a copy and says what became of it. Where it cannot be looked into, nothing is said of the copy.
    async fn judge(&self, backup: &mut Backup, path: PathBuf) {
        backup.checked_at = Some(self.clock.now());
        let (outcome, detail) = match self.look_into(backup, path).await {
            Ok(Some(Compared { events })) => {
                backup.events = events;
                (BackupOutcome::Restored, String::new())
            }
            Ok(None) => (BackupOutcome::Read, String::new()),
            Err(e @ (CopyError::Damaged(_) | CopyError::File { .. })) => (BackupOutcome::Damaged, chain(&e)),
            Err(e @ (CopyError::Program { .. } | CopyError::Failed { .. } | CopyError::Store(_))) => {
                (BackupOutcome::Unchecked, chain(&e))
            }
        };
        (backup.outcome, backup.detail) = (outcome, detail);
    }

    async fn look_into(&self, backup: &Backup, path: PathBuf) -> Result<Option<Compared>, CopyError> {
        let (bytes, hash) = files::measure(path.clone()).await?;
        if (bytes, Some(hash)) != (backup.bytes, backup.hash) {
            return Err(CopyError::Damaged("the file is not what was written".to_owned()));
        }
        let copy = self.store.open_copy(&path).await?;
        let compared = match &copy.store {
            Some(store) => compare(self, store.as_ref(), backup.at).await.map(Some),
            None => Ok(None),
        };
        copy.close().await?;
        compared
    }

    async fn remove_old_copies(&self, folder: &Folder<'_>, now: Timestamp) -> Result<(), StoreError> {
        let mine = self.store.backups_on(&self.copies.host).await?;
        for old in schedule::old(&mine, self.copies.settings.keep_days.get(), now) {
            if let Err(e) = folder.remove(&old.file) {
                tracing::error!(file = old.file, error = %chain(&e), "an old copy of the store stays");
                continue;
            }
            self.store.note_backup(&Backup { file: String::new(), ..old.clone() }).await?;
        }
        Ok(())
    }
}

fn tell(backup: &Backup) {
    let Backup { file, bytes, events, outcome, detail, .. } = backup;
    if outcome.is_good() {
        tracing::info!(file, bytes, events, outcome = outcome.as_str(), "the store was copied and the copy checked");
    } else {
        tracing::error!(file, outcome = outcome.as_str(), detail, "there is no good copy of the store");
    }
}
