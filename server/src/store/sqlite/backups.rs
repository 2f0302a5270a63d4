//! Copies of the file: `VACUUM INTO` writes what is committed at one moment, without what was erased; whoever reads or
//! writes meanwhile goes on.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};
use wire::ids::{OriginId, SiteId};

use super::super::digest::Digesting;
use super::super::rooms::Holder;
use super::super::{Backup, Backups, Copy, CopyError, LogDigest, LogSpan, Result, StoreError, Turn};
use super::{SqliteStore, row};

const KNOWN: &str = "SELECT at, host, file, bytes, hash, checked_at, events, outcome, detail FROM backups";

#[async_trait]
impl Backups for SqliteStore {
    fn copy_suffix(&self) -> &'static str {
        "db"
    }

    async fn copy_to(&self, file: &Path) -> std::result::Result<(), CopyError> {
        // A connection of its own: those that read may not write, and the one that writes must not be kept from it.
        let options = self.writer.connect_options().as_ref().clone();
        let mut own = options.connect().await.map_err(StoreError::from)?;
        let copy = sqlx::query("VACUUM INTO ?").bind(file.to_string_lossy().into_owned());
        copy.execute(&mut own).await.map_err(StoreError::from)?;
        own.close().await.map_err(StoreError::from)?;
        Ok(())
    }

    async fn open_copy(&self, file: &Path) -> std::result::Result<Copy, CopyError> {
        let damaged = |e: sqlx::Error| CopyError::Damaged(e.to_string());
        let options = SqliteConnectOptions::new().filename(file).read_only(true).immutable(true);
        let open = || SqlitePoolOptions::new().max_connections(1).connect_with(options.clone());
        let writer = open().await.map_err(damaged)?;
        let said: Vec<String> =
            sqlx::query_scalar("PRAGMA integrity_check(5)").fetch_all(&writer).await.map_err(damaged)?;
        if said != ["ok"] {
            return Err(CopyError::Damaged(said.join("; ")));
        }
        let store = Self { writer, readers: open().await.map_err(damaged)?, path: file.to_owned() };
        Ok(Copy::new(Some(Arc::new(store)), None))
    }

    async fn log_spans(&self) -> Result<Vec<LogSpan>> {
        let sql = "SELECT uuid, site, hwm, (SELECT min(seq) FROM events WHERE events.origin = origins.id) AS first
                   FROM origins ORDER BY uuid";
        let rows = sqlx::query(sql).fetch_all(&self.readers).await?;
        let span = |found: &SqliteRow| {
            let last = row::from_sql(found.try_get("hwm")?);
            let first: Option<i64> = found.try_get("first")?;
            Ok(LogSpan {
                origin: OriginId(row::uuid(found.try_get("uuid")?)?),
                site: SiteId(row::uuid(found.try_get("site")?)?),
                first: first.map_or(last.saturating_add(1), row::from_sql),
                last,
            })
        };
        rows.iter().map(span).collect()
    }

    async fn digest_log(&self, origin: OriginId, from_seq: u64, to_seq: u64) -> Result<LogDigest> {
        let sql = "SELECT seq, hash, raw FROM events WHERE origin = (SELECT id FROM origins WHERE uuid = ?)
                   AND seq BETWEEN ? AND ? ORDER BY seq";
        let query = sqlx::query(sql).bind(row::id(&origin.0)).bind(row::to_sql(from_seq)).bind(row::to_sql(to_seq));
        let mut rows = query.fetch(&self.readers);
        let mut digest = Digesting::default();
        while let Some(found) = rows.try_next().await? {
            digest.add(row::from_sql(found.try_get("seq")?), found.try_get("hash")?, found.try_get("raw")?);
        }
        Ok(digest.end())
    }

    async fn note_backup(&self, backup: &Backup) -> Result<()> {
        let sql = "INSERT INTO backups VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                   ON CONFLICT (at, host) DO UPDATE SET file = excluded.file, bytes = excluded.bytes,
                       hash = excluded.hash, checked_at = excluded.checked_at, events = excluded.events,
                       outcome = excluded.outcome, detail = excluded.detail";
        let query = sqlx::query(sql).bind(backup.at.as_millisecond()).bind(&backup.host).bind(&backup.file);
        let query = query.bind(row::to_sql(backup.bytes)).bind(backup.hash.as_ref().map(row::hash));
        let query = query.bind(backup.checked_at.map(jiff::Timestamp::as_millisecond));
        let query = query.bind(row::to_sql(backup.events)).bind(backup.outcome.as_str()).bind(&backup.detail);
        query.execute(&self.writer).await?;
        let old = "DELETE FROM backups WHERE at < $1 AND file = ''";
        sqlx::query(old).bind(row::backups_kept_from(backup.at)).execute(&self.writer).await?;
        Ok(())
    }

    async fn backups(&self, most: u32) -> Result<Vec<Backup>> {
        let sql = format!("{KNOWN} ORDER BY at DESC, host LIMIT $1");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(most);
        query.fetch_all(&self.readers).await?.iter().map(backup).collect()
    }

    async fn backups_on(&self, host: &str) -> Result<Vec<Backup>> {
        let sql = format!("{KNOWN} WHERE host = $1 ORDER BY at DESC");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(host);
        query.fetch_all(&self.readers).await?.iter().map(backup).collect()
    }

    async fn good_backup(&self) -> Result<Option<Backup>> {
        let sql =
            format!("{KNOWN} WHERE outcome IN ('restored', 'read') AND file <> '' ORDER BY at DESC, host LIMIT 1");
        sqlx::query(AssertSqlSafe(sql)).fetch_optional(&self.readers).await?.as_ref().map(backup).transpose()
    }

    async fn turn(&self, what: &str) -> Result<Option<Turn>> {
        // One server has the store's file, and whoever runs a command beside it.
        let mut path = self.path.clone().into_os_string();
        path.push(format!("-turn-{what}"));
        let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(PathBuf::from(path));
        let lock = lock.map_err(|e| StoreError::Unavailable(e.into()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Turn::held_by(Locked(lock)))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(StoreError::Unavailable(e.into())),
        }
    }
}

/// A file whose lock is a server's turn. It ends when the file is closed, and cannot be lost before.
struct Locked(#[expect(dead_code, reason = "held, never looked at: closing it gives the turn back")] File);

#[async_trait]
impl Holder for Locked {
    async fn hold(&mut self) -> Result<()> {
        Ok(())
    }
}

fn backup(found: &SqliteRow) -> Result<Backup> {
    let hash: Option<Vec<u8>> = found.try_get("hash")?;
    let checked_at: Option<i64> = found.try_get("checked_at")?;
    Ok(Backup {
        at: row::time(found.try_get("at")?)?,
        host: found.try_get("host")?,
        file: found.try_get("file")?,
        bytes: row::from_sql(found.try_get("bytes")?),
        hash: hash.map(|hash| row::bytes32(&hash, "a copy's hash").map(wire::token::Hash32)).transpose()?,
        checked_at: checked_at.map(row::time).transpose()?,
        events: row::from_sql(found.try_get("events")?),
        outcome: row::backup_outcome(found.try_get("outcome")?)?,
        detail: found.try_get("detail")?,
    })
}
