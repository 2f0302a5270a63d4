//! What survives a power cut: the log, the numbers, the print journal (`borne.db`), and the survey's cells in a file of
//! their own (`answers.db`).

mod answers;
mod coming_back;
mod day;
mod journal;
mod log;
mod numbering;
mod unsent;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, TransactionBehavior};

pub use answers::{Answers, Batch};
pub use journal::{OpenPrint, PrintJournal, print_outcome};
pub use log::{AckError, Pending};
use numbering::Numbers;
pub use numbering::{IssueRequest, NewTicket};
pub use unsent::Unsent;

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

/// The fact of the day on which staff closed the borne: its digits as a number, 20261123, or 0. There is none before they
/// first do, and programs that do not know it leave it alone.
const SHUT_ON: &str = "shut_on";
/// How old a confirmed time may grow in the store.
const CONFIRMED_EVERY: SignedDuration = SignedDuration::from_hours(1);
/// From this many pages (2 MiB) on the write-ahead log is emptied by the way up, which no visitor waits for.
const LONG_LOG: i64 = 1_000;
/// A log of this many pages (16 MiB) is emptied by whoever writes next.
const LARGEST_LOG: i64 = 8_192;

/// The versions of a file's schema. An update that goes wrong is taken back while tickets are given (the package before is
/// installed again), so programs of the two versions before must go on with what a new one has left, and lose nothing of it.
struct Versions {
    /// What brings it from each version to the next.
    steps: &'static [&'static str],
    /// The oldest version whose programs read and write what the last step leaves. It is kept in the file, where those
    /// programs find it. A step that only adds leaves it as it is.
    oldest_reader: i64,
}

#[cfg(test)]
impl Versions {
    /// As they were when the newest was that one.
    fn up_to(&self, newest: usize) -> Self {
        Self { steps: &self.steps[..newest], oldest_reader: i64::try_from(newest).unwrap() }
    }
}

/// Of `borne.db`.
const BORNE: Versions = Versions {
    steps: &[
        include_str!("schema/borne-1.sql"),
        include_str!("schema/borne-2.sql"),
        include_str!("schema/borne-3.sql"),
        include_str!("schema/borne-4.sql"),
    ],
    oldest_reader: 4,
};
/// The version of `borne.db` that this program writes.
#[expect(clippy::cast_possible_truncation, reason = "a few steps")]
pub const SCHEMA: u32 = BORNE.steps.len() as u32;
/// Of `answers.db`.
const ANSWERS: Versions = Versions { steps: &[include_str!("schema/answers-1.sql")], oldest_reader: 1 };

/// The log, the numbers and the print journal.
pub struct Store {
    db: Connection,
    path: PathBuf,
    /// As long as nobody else writes to the log.
    numbers: Option<Numbers>,
}

impl Store {
    /// Opens the store in a folder, or makes it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join("borne.db");
        let db = open(&path, &BORNE)?;
        Ok(Self { db, path, numbers: None })
    }

    fn fault(&self) -> impl Fn(rusqlite::Error) -> StoreError + use<'_> {
        |source| StoreError::Sqlite { path: self.path.clone(), source }
    }

    /// Does all of it, durably, or nothing.
    fn transaction<T>(&mut self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        transaction(&self.db, work).map_err(self.fault())
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

    /// On which day staff closed this borne, where they did.
    pub fn shut_on(&self) -> Result<Option<Date>, StoreError> {
        let mut statement = self.db.prepare_cached("SELECT value FROM facts WHERE name = ?1").map_err(self.fault())?;
        let kept: Option<i32> = statement.query_row([SHUT_ON], |row| row.get(0)).optional().map_err(self.fault())?;
        let part = |n: i32| i8::try_from(n % 100).ok();
        Ok(kept.and_then(|kept| Date::new(i16::try_from(kept / 10_000).ok()?, part(kept / 100)?, part(kept)?).ok()))
    }

    /// Staff closed this borne on that day, or opened it again.
    pub fn keep_shut(&mut self, day: Option<Date>) -> Result<(), StoreError> {
        let number = |day: Date| i32::from(day.year()) * 10_000 + i32::from(day.month()) * 100 + i32::from(day.day());
        let sql = "INSERT INTO facts VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        let mut statement = self.db.prepare_cached(sql).map_err(self.fault())?;
        statement.execute((SHUT_ON, day.map_or(0, number))).map_err(self.fault())?;
        Ok(())
    }

    /// When somebody last vouched for the time.
    pub fn confirmed_at(&self) -> Result<Timestamp, StoreError> {
        let ms = i64::try_from(self.fact("confirmed_ms")?).unwrap_or(i64::MAX);
        Ok(Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH))
    }

    /// Somebody vouches for this time. It is kept once an hour: a floor needs no more, and a card's writes are counted.
    pub fn confirm_time(&mut self, time: Timestamp) -> Result<(), StoreError> {
        if time.duration_since(self.confirmed_at()?) < CONFIRMED_EVERY {
            return Ok(());
        }
        self.set_fact("confirmed_ms", u64::try_from(time.as_millisecond()).unwrap_or(0))
    }

    /// Moves what was committed from a long write-ahead log to its place; it holds up nobody. Answers whether it was
    /// long enough to be worth it.
    pub fn empty_long_log(&self) -> Result<bool, StoreError> {
        let pages = |row: &rusqlite::Row<'_>| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?);
        let waiting = self.db.query_row("PRAGMA wal_checkpoint(NOOP)", [], pages).map_err(self.fault())?;
        if waiting < LONG_LOG {
            return Ok(false);
        }
        self.db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).map_err(self.fault())?;
        Ok(true)
    }

    /// Whether it takes what is written: commits, durably, what stands there already.
    pub fn probe(&self) -> Result<(), StoreError> {
        probe(&self.db).map_err(self.fault())
    }

    /// Reserves request counters for signatures: the first of `count`. They only grow, over restarts too.
    pub fn reserve_nonces(&mut self, count: u64) -> Result<u64, StoreError> {
        let first = self.fact("nonce")?;
        self.set_fact("nonce", first + count)?;
        Ok(first)
    }
}

/// Writes a file's version over itself.
fn probe(db: &Connection) -> rusqlite::Result<()> {
    transaction(db, |tx| {
        let version: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
        tx.pragma_update(None, "user_version", version)
    })
}

/// Does all of it, durably, or nothing. The statements are kept, as rusqlite's own transactions do not.
fn transaction<T>(db: &Connection, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    /// Undoes what is under way, whichever way it is left.
    struct Undo<'a>(&'a Connection);
    impl Drop for Undo<'_> {
        fn drop(&mut self) {
            if !self.0.is_autocommit()
                && let Err(error) = self.0.execute_batch("ROLLBACK")
            {
                tracing::error!(%error, "a transaction is neither kept nor undone");
            }
        }
    }
    db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    let undo = Undo(db);
    let done = work(db)?;
    db.prepare_cached("COMMIT")?.execute([])?;
    drop(undo);
    Ok(done)
}

/// Write-ahead log and an fsync a commit: the quickest way to a commit that survives a power cut (measured at 0.86-0.91
/// of the disk's own fdatasync; rollback journals reach a fifth of that).
fn open(path: &Path, versions: &Versions) -> Result<Connection, StoreError> {
    let fault = |source| StoreError::Sqlite { path: path.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(path, flags).map_err(fault)?;
    db.busy_timeout(Duration::from_secs(5)).map_err(fault)?;
    // Half of SQLite's own size: a commit writes whole pages, and a ticket changes some hundred bytes. Takes effect where
    // the file is made.
    db.pragma_update(None, "page_size", 2_048).map_err(fault)?;
    db.pragma_update(None, "journal_mode", "WAL").map_err(fault)?;
    db.pragma_update(None, "synchronous", "FULL").map_err(fault)?;
    db.pragma_update(None, "secure_delete", "ON").map_err(fault)?;
    db.pragma_update(None, "wal_autocheckpoint", LARGEST_LOG).map_err(fault)?;
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)?;
    let version: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(fault)?;
    let known = i64::try_from(versions.steps.len()).unwrap_or(i64::MAX);
    if version > known {
        // A later program was here. Zero is what SQLite gives to a file in which nobody wrote the number.
        let oldest: i64 = tx.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(fault)?;
        if oldest == 0 || oldest > known {
            return Err(StoreError::Later { path: path.to_owned(), found: version, known });
        }
    } else {
        for step in versions.steps.iter().skip(usize::try_from(version).unwrap_or(0)) {
            tx.execute_batch(step).map_err(fault)?;
        }
        tx.pragma_update(None, "application_id", versions.oldest_reader).map_err(fault)?;
    }
    tx.commit().map_err(fault)?;
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
    fn a_probe_writes_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (store, answers) = (Store::open(folder.path()).unwrap(), Answers::open(folder.path()).unwrap());
        let log = || folder.path().join("borne.db-wal").metadata().unwrap().len();
        let before = log();
        store.probe().unwrap();
        answers.probe().unwrap();
        assert!(log() > before, "it is a write as any other");
        drop(Store::open(folder.path()).unwrap());
        // Somebody else holds the file, as a disk that takes nothing would.
        let other = Connection::open(folder.path().join("borne.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        store.db.busy_timeout(Duration::ZERO).unwrap();
        assert!(store.probe().is_err() && answers.probe().is_ok());
        other.execute_batch("ROLLBACK").unwrap();
        store.probe().unwrap();
    }

    #[test]
    fn the_day_on_which_staff_closed_the_borne_outlasts_its_program() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Store::open(folder.path()).unwrap();
        assert_eq!(open().shut_on().unwrap(), None);
        for day in [Some(jiff::civil::date(2026, 11, 3)), Some(jiff::civil::date(2026, 12, 31)), None] {
            open().keep_shut(day).unwrap();
            assert_eq!(open().shut_on().unwrap(), day);
        }
    }

    #[test]
    fn what_is_left_in_its_middle_is_undone() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let half = |tx: &Connection| tx.execute("UPDATE facts SET value = 9 WHERE name = 'nonce'", []);
        let failed = store.transaction(|tx| half(tx).and(Err::<(), _>(rusqlite::Error::InvalidQuery)));
        assert!(failed.is_err());
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            store.transaction(|tx| half(tx).map(|_| panic!("in the middle")))
        }));
        assert!(panicked.is_err());
        assert_eq!(store.reserve_nonces(1).unwrap(), 1);
        assert_eq!(store.transaction(half).unwrap(), 1);
        assert_eq!(store.reserve_nonces(1).unwrap(), 9);
    }

    #[test]
    fn a_long_log_is_emptied_apart_from_the_tickets() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path()).unwrap();
        let beside = Store::open(folder.path()).unwrap();
        assert!(!beside.empty_long_log().unwrap());
        for _ in 0..LONG_LOG {
            store.reserve_nonces(1).unwrap();
        }
        assert!(beside.empty_long_log().unwrap());
        assert!(!beside.empty_long_log().unwrap());
        assert_eq!(store.reserve_nonces(1).unwrap(), u64::try_from(LONG_LOG).unwrap() + 1);
    }

    /// What programs of a version have left: a ticket that the server holds, and one that waits for it and for paper, which is
    /// answered.
    fn of_version(folder: &Path, version: usize) -> String {
        let raw = |seq: u64| {
            format!(
                r#"{{"seq":{seq},"at":"2026-11-21T09:0{seq}:00Z","type":"ticket_issued","ticket":"019aa5f0-7c00-7000-8000-00000000000{seq}","label":"B {seq}","day":"2026-11-21","service":"etat-civil","lang":"fr","token":"3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0"}}"#
            )
        };
        let old = open(&folder.join("borne.db"), &BORNE.up_to(version)).unwrap();
        let write = |stage: &str, outcome: Option<&str>, seq| {
            old.execute("INSERT INTO log VALUES (?1, ?2, ?3, ?4)", (seq, raw(seq), stage, outcome)).unwrap();
        };
        write("cut", Some("printed"), 1);
        write("queued", None, 2);
        old.execute_batch(
            "UPDATE facts SET value = 7 WHERE name = 'nonce'; UPDATE facts SET value = 1 WHERE name = 'acked'",
        )
        .unwrap();
        // From the third version on the log itself tells.
        if version < 3 {
            old.execute("INSERT INTO counters VALUES ('2026-11-21', 'B', 3)", []).unwrap();
        }
        raw(2)
    }

    #[test]
    fn a_store_of_each_earlier_version_keeps_what_it_holds() {
        for version in 1..BORNE.steps.len() {
            let folder = tempfile::tempdir().unwrap();
            let second = of_version(folder.path(), version);
            for _ in 0..2 {
                let store = Store::open(folder.path()).unwrap();
                let found: u32 = store.db.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
                assert_eq!((found, store.fact("uncertain").unwrap()), (SCHEMA, 0), "{version}");
                assert_eq!((store.last_seq().unwrap(), store.acked_seq().unwrap()), (2, 1), "{version}");
                assert_eq!(store.pending(10, 1 << 20).unwrap().raw, std::slice::from_ref(&second), "{version}");
                assert_eq!(store.open_prints().unwrap().len(), 1, "{version}");
            }
            let mut store = Store::open(folder.path()).unwrap();
            assert_eq!(store.reserve_nonces(1).unwrap(), 7, "{version}");
            let zone = jiff::tz::TimeZone::get("Europe/Paris").unwrap();
            let next = store.issue(&numbering::tests::request(3, 'B', "2026-11-21T09:05:00Z"), &zone).unwrap();
            assert_eq!((next.label.to_string().as_str(), next.seq), ("B 3", 3), "no number comes twice: {version}");
        }
    }

    #[test]
    fn a_store_of_a_later_version_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        drop(Store::open(folder.path()).unwrap());
        let db = Connection::open(folder.path().join("borne.db")).unwrap();
        db.pragma_update(None, "user_version", 9).unwrap();
        for oldest in [9, 0] {
            db.pragma_update(None, "application_id", oldest).unwrap();
            let error = Store::open(folder.path()).err().unwrap().to_string();
            assert!(error.contains("later version"), "{error}");
        }
    }

    #[test]
    fn a_store_that_a_later_version_left_readable_is_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("borne.db");
        assert_eq!(Store::open(folder.path()).unwrap().reserve_nonces(5).unwrap(), 1);
        let steps: Vec<&'static str> = BORNE.steps.iter().copied().chain(["PRAGMA user_version = 5"]).collect();
        let later = Versions { steps: steps.leak(), oldest_reader: BORNE.oldest_reader };
        drop(open(&path, &later).unwrap());
        assert_eq!(Store::open(folder.path()).unwrap().reserve_nonces(1).unwrap(), 6);
        // The later program finds its own version again, and takes no step twice.
        let db = open(&path, &later).unwrap();
        let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(version, 5);
    }

    #[test]
    fn the_two_versions_before_go_on_with_what_the_last_step_leaves() {
        // Nothing was shipped before the fourth version of the log.
        for (versions, shipped) in [(&BORNE, 4), (&ANSWERS, 1)] {
            let newest = i64::try_from(versions.steps.len()).unwrap();
            assert!(versions.oldest_reader <= shipped.max(newest - 2), "{}", versions.oldest_reader);
        }
    }
}
