//! What the disk can do: a write of 8 KiB that is on it when the call returns, bare, and as SQLite makes it.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, OpenFlags};

/// As much as a ticket's transaction writes at least: two pages.
const BLOCK: [u8; 8 << 10] = [0x5A; 8 << 10];

/// A file to write to and sync, over and over.
pub struct Paired {
    file: File,
}

impl Paired {
    /// A file of its own, already as long as it will be.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        let file = File::create(folder.join("paired.bin"))?;
        file.set_len(1 << 20)?;
        file.sync_all()?;
        Ok(Self { file })
    }

    /// One write and one fdatasync, in seconds.
    pub fn write(&self, round: u64) -> anyhow::Result<f64> {
        let start = Instant::now();
        self.file.write_all_at(&BLOCK, (round % 128) * (8 << 10))?;
        self.file.sync_data()?;
        Ok(start.elapsed().as_secs_f64())
    }
}

/// The least that a durable write of two rows in two tables costs by SQLite: statements prepared once, nothing read.
pub struct Floor(Connection);

impl Floor {
    /// A database of its own, set up as the borne's.
    pub fn new(folder: &Path) -> anyhow::Result<Self> {
        let db = Connection::open_with_flags(
            folder.join("floor.db"),
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        db.execute_batch(
            "PRAGMA page_size = 2048; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
            PRAGMA wal_autocheckpoint = 0;
            CREATE TABLE log (seq INTEGER PRIMARY KEY, raw TEXT NOT NULL) STRICT;
            CREATE TABLE counters (letter TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT, WITHOUT ROWID;
            INSERT INTO counters VALUES ('A', 1);",
        )?;
        let floor = Self(db);
        // Its log grows to its size once, as the borne's does.
        for round in 0..1_000 {
            floor.write(round)?;
        }
        floor.0.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        Ok(floor)
    }

    /// One transaction, in seconds.
    pub fn write(&self, round: u64) -> anyhow::Result<f64> {
        // As long as a ticket's event.
        let raw = "x".repeat(300);
        let start = Instant::now();
        self.0.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        self.0.prepare_cached("UPDATE counters SET next = ?1 WHERE letter = 'A'")?.execute([round])?;
        self.0.prepare_cached("INSERT INTO log (raw) VALUES (?1)")?.execute([raw])?;
        self.0.prepare_cached("COMMIT")?.execute([])?;
        Ok(start.elapsed().as_secs_f64())
    }
}
