//! The store on SQLite: WAL, a full sync at each commit, one connection that writes.

mod actions;
mod alarms;
mod audit;
mod backups;
mod badges;
mod base;
mod bornes;
mod cells;
mod commands;
mod days;
mod decisions;
mod desk;
mod displays;
mod fleet;
mod following;
mod hooks;
mod keys;
mod logs;
mod notes;
mod people;
mod publications;
mod retention;
mod row;
mod wanted;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{Sqlite, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, SqlSafeStr, Transaction};

use super::{Result, StoreError};

/// In order; a file never changes once it has shipped.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "first", include_str!("migrations/0001_first.sql")),
    (2, "keeping", include_str!("migrations/0002_keeping.sql")),
    (3, "badges", include_str!("migrations/0003_badges.sql")),
    (4, "decisions", include_str!("migrations/0004_decisions.sql")),
    (5, "changes", include_str!("migrations/0005_changes.sql")),
    (6, "desk", include_str!("migrations/0006_desk.sql")),
    (7, "people", include_str!("migrations/0007_people.sql")),
    (8, "publications", include_str!("migrations/0008_publications.sql")),
    (9, "displays", include_str!("migrations/0009_displays.sql")),
    (10, "notes", include_str!("migrations/0010_notes.sql")),
    (11, "audit", include_str!("migrations/0011_audit.sql")),
    (12, "hooks", include_str!("migrations/0012_hooks.sql")),
    (13, "backups", include_str!("migrations/0013_backups.sql")),
    (14, "days", include_str!("migrations/0014_days.sql")),
    (15, "acts", include_str!("migrations/0015_acts.sql")),
    (16, "idle", include_str!("migrations/0016_idle.sql")),
    (17, "reports", include_str!("migrations/0017_reports.sql")),
    (18, "alarms", include_str!("migrations/0018_alarms.sql")),
    (19, "actions", include_str!("migrations/0019_actions.sql")),
    (20, "wanted", include_str!("migrations/0020_wanted.sql")),
];

/// How many connections read at once.
const READERS: u32 = 4;

/// A store in one file.
#[derive(Clone, Debug)]
pub struct SqliteStore {
    writer: SqlitePool,
    readers: SqlitePool,
    path: PathBuf,
}

impl SqliteStore {
    /// Opens the file, makes it where it is missing, and brings it up to date.
    pub async fn open(path: &Path) -> Result<Self> {
        let open = |source: sqlx::Error| StoreError::unopened(path.display().to_string(), source.into());
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(5))
            .foreign_keys(true)
            // What was erased is overwritten: answers and labels must not linger in free pages.
            .pragma("secure_delete", "ON");
        let lasting = || SqlitePoolOptions::new().idle_timeout(None).max_lifetime(None);
        let writer = lasting().max_connections(1).connect_with(options.clone()).await.map_err(open)?;
        let migrated = migrator().run(&writer).await;
        migrated.map_err(|e| StoreError::unopened(path.display().to_string(), e.into()))?;
        let readers = lasting().max_connections(READERS).connect_with(options.pragma("query_only", "ON"));
        Ok(Self { writer, readers: readers.await.map_err(open)?, path: path.to_owned() })
    }

    /// Begins a transaction that writes. It takes the lock at once: a plain one fails when another was faster.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// The library's version, three figures.
    pub async fn engine_version(&self) -> Result<String> {
        Ok(sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&self.readers).await?)
    }
}

fn migrator() -> Migrator {
    let each = MIGRATIONS.iter().map(|&(version, name, sql)| {
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, AssertSqlSafe(sql).into_sql_str(), false)
    });
    Migrator::with_migrations(each.collect())
}

impl From<sqlx::Error> for StoreError {
    fn from(e: sqlx::Error) -> Self {
        Self::Unavailable(e.into())
    }
}
