//! What survives a power cut: the log, the numbers, the print journal (`borne.db`), and the survey's cells in a file of
//! their own (`answers.db`).

mod answers;
mod journal;
mod log;
mod numbering;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

pub use answers::{Answers, Batch};
pub use journal::{OpenPrint, PrintJournal, print_outcome};
pub use log::{AckError, Pending};
pub use numbering::{IssueRequest, NewTicket};

/// The store failed. Nothing was kept of what was under way.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says no: disk full, card gone or read-only, file damaged.
    #[error("the store {path} cannot be used; check the disk's space and health")]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// A file of a later version.
    #[error("the store {path} was written by a later version ({found}, this one knows {known}); install that version")]
    Later {
        /// Which file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// Ours.
        known: i64,
    },
}

/// The log, the numbers and the print journal.
pub struct Store {
    db: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens the store in a folder, or makes it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join("borne.db");
        let db = open(&path, include_str!("schema.sql"))?;
        Ok(Self { db, path })
    }

    fn fault(&self) -> impl Fn(rusqlite::Error) -> StoreError + use<'_> {
        |source| StoreError::Sqlite { path: self.path.clone(), source }
    }

    fn fact(&self, name: &str) -> Result<u64, StoreError> {
        let mut statement = self.db.prepare_cached("SELECT value FROM facts WHERE name = ?1").map_err(self.fault())?;
        statement.query_row([name], |row| row.get(0)).map_err(self.fault())
    }

    fn set_fact(&self, name: &str, value: u64) -> Result<(), StoreError> {
        let mut statement =
            self.db.prepare_cached("UPDATE facts SET value = ?2 WHERE name = ?1").map_err(self.fault())?;
        statement.execute((name, value)).map_err(self.fault())?;
        Ok(())
    }

    /// Reserves request counters for signatures: the first of `count`. They only grow, over restarts too.
    pub fn reserve_nonces(&mut self, count: u64) -> Result<u64, StoreError> {
        let first = self.fact("nonce")?;
        self.set_fact("nonce", first + count)?;
        Ok(first)
    }
}

/// Write-ahead log and an fsync a commit: the quickest way to a commit that survives a power cut (measured at 0.86-0.91
/// of the disk's own fdatasync; rollback journals reach a fifth of that).
fn open(path: &Path, schema: &str) -> Result<Connection, StoreError> {
    let fault = |source| StoreError::Sqlite { path: path.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(fault)?;
    db.busy_timeout(Duration::from_secs(5)).map_err(fault)?;
    // Half of SQLite's own size: a commit writes whole pages, and a ticket changes some hundred bytes. Takes effect where
    // the file is made.
    db.pragma_update(None, "page_size", 2_048).map_err(fault)?;
    db.pragma_update(None, "journal_mode", "WAL").map_err(fault)?;
    db.pragma_update(None, "synchronous", "FULL").map_err(fault)?;
    db.pragma_update(None, "secure_delete", "ON").map_err(fault)?;
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(fault)?;
    match version {
        0 => db.execute_batch(&format!("BEGIN IMMEDIATE; {schema} COMMIT;")).map_err(fault)?,
        1 => {}
        found => return Err(StoreError::Later { path: path.to_owned(), found, known: 1 }),
    }
    Ok(db)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_has_the_fix_for_the_wal_reset_corruption() {
        assert!(rusqlite::version_number() >= 3_051_003, "{}", rusqlite::version());
    }

    #[test]
    fn request_counters_only_grow() {
        let folder = tempfile::tempdir().unwrap();
        let first = Store::open(folder.path()).unwrap().reserve_nonces(100).unwrap();
        let second = Store::open(folder.path()).unwrap().reserve_nonces(100).unwrap();
        assert_eq!((first, second), (1, 101));
    }

    #[test]
    fn a_store_of_a_later_version_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        drop(Store::open(folder.path()).unwrap());
        let db = Connection::open(folder.path().join("borne.db")).unwrap();
        db.pragma_update(None, "user_version", 9).unwrap();
        let error = Store::open(folder.path()).err().unwrap().to_string();
        assert!(error.contains("later version"), "{error}");
    }
}
