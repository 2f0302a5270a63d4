//! Copies of the database, by the programs that come with it: `pg_dump` writes what is committed at one moment,
//! `pg_restore` puts it into a database of its own, which is removed once it was looked at.

mod programs;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions, PgRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};
use uuid::Uuid;
use wire::ids::{OriginId, SiteId};
use wire::token::Hash32;

use self::programs::run;
use super::super::digest::Digesting;
use super::super::rooms::{Holder, Scratch};
use super::super::{Backup, Backups, Copy, CopyError, LogDigest, LogSpan, Result, StoreError, Turn};
use super::{PATIENCE, PostgresStore, SESSION, row};

/// How databases begin their names that copies are restored into.
const SCRATCH: &str = "accueil_check_";

/// The role may not make a database.
const NOT_ALLOWED: &str = "42501";

const KNOWN: &str = "SELECT at, host, file, bytes, hash, checked_at, events, outcome, detail FROM backups";

#[async_trait]
impl Backups for PostgresStore {
    fn copy_suffix(&self) -> &'static str {
        "dump"
    }

    async fn copy_to(&self, file: &Path) -> std::result::Result<(), CopyError> {
        let plain = ["--format=custom", "--no-owner", "--no-privileges", "--no-password", "--file"];
        run("pg_dump", &self.address, None, &plain, file).await
    }

    async fn open_copy(&self, file: &Path) -> std::result::Result<Copy, CopyError> {
        let options = self.options().map_err(CopyError::Store)?;
        let mut own = options.connect().await.map_err(StoreError::from)?;
        remove_forgotten(&mut own).await?;
        let name = format!("{SCRATCH}{}", Uuid::now_v7().simple());
        let sql = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'");
        match sqlx::query(AssertSqlSafe(sql)).execute(&mut own).await {
            Ok(_) => {}
            Err(sqlx::Error::Database(e)) if e.code().as_deref() == Some(NOT_ALLOWED) => {
                // Written to nowhere, it is still read and unpacked to its end.
                run("pg_restore", &self.address, None, &["--file=/dev/null"], file).await?;
                return Ok(Copy::new(None, None));
            }
            Err(e) => return Err(StoreError::from(e).into()),
        }
        let scratch = Box::new(Database { options: options.clone(), name: name.clone() });
        match self.restored(&options, file, &name).await {
            Ok(store) => Ok(Copy::new(Some(Arc::new(store)), Some(scratch))),
            Err(e) => {
                scratch.remove().await?;
                Err(e)
            }
        }
    }

    async fn log_spans(&self) -> Result<Vec<LogSpan>> {
        let sql = "SELECT uuid, site, hwm, (SELECT min(seq) FROM events WHERE events.origin = origins.id) AS first
                   FROM origins ORDER BY uuid";
        let rows = sqlx::query(sql).fetch_all(&self.pool).await?;
        let span = |found: &PgRow| {
            let last = row::from_sql(found.try_get("hwm")?);
            let first: Option<i64> = found.try_get("first")?;
            Ok(LogSpan {
                origin: OriginId(found.try_get("uuid")?),
                site: SiteId(found.try_get("site")?),
                first: first.map_or(last.saturating_add(1), row::from_sql),
                last,
            })
        };
        rows.iter().map(span).collect()
    }

    async fn digest_log(&self, origin: OriginId, from_seq: u64, to_seq: u64) -> Result<LogDigest> {
        let sql = "SELECT seq, hash, raw FROM events WHERE origin = (SELECT id FROM origins WHERE uuid = $1)
                   AND seq BETWEEN $2 AND $3 ORDER BY seq";
        let query = sqlx::query(sql).bind(origin.0).bind(row::to_sql(from_seq)).bind(row::to_sql(to_seq));
        let mut rows = query.fetch(&self.pool);
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
        let query = sqlx::query(sql).bind(backup.at.as_millisecond()).bind(row::text(&backup.host)).bind(&backup.file);
        let query = query.bind(row::to_sql(backup.bytes)).bind(backup.hash.as_ref().map(|hash| hash.0.as_slice()));
        let query = query.bind(backup.checked_at.map(jiff::Timestamp::as_millisecond));
        let query =
            query.bind(row::to_sql(backup.events)).bind(backup.outcome.as_str()).bind(row::text(&backup.detail));
        query.execute(&self.pool).await?;
        let old = "DELETE FROM backups WHERE at < $1 AND file = ''";
        sqlx::query(old).bind(row::backups_kept_from(backup.at)).execute(&self.pool).await?;
        Ok(())
    }

    async fn backups(&self, most: u32) -> Result<Vec<Backup>> {
        let sql = format!("{KNOWN} ORDER BY at DESC, host LIMIT $1");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(i64::from(most));
        query.fetch_all(&self.pool).await?.iter().map(backup).collect()
    }

    async fn backups_on(&self, host: &str) -> Result<Vec<Backup>> {
        let sql = format!("{KNOWN} WHERE host = $1 ORDER BY at DESC");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(row::text(host));
        query.fetch_all(&self.pool).await?.iter().map(backup).collect()
    }

    async fn good_backup(&self) -> Result<Option<Backup>> {
        let sql =
            format!("{KNOWN} WHERE outcome IN ('restored', 'read') AND file <> '' ORDER BY at DESC, host LIMIT 1");
        sqlx::query(AssertSqlSafe(sql)).fetch_optional(&self.pool).await?.as_ref().map(backup).transpose()
    }

    async fn turn(&self, what: &str) -> Result<Option<Turn>> {
        // The lock is its connection's, and ends with it: it must not go back into the pool.
        let mut own = self.pool.acquire().await?.detach();
        let sql = "SELECT pg_try_advisory_lock(hashtextextended('accueil turn ' || $1, 0))";
        let mine: bool = sqlx::query_scalar(sql).bind(what).fetch_one(&mut own).await?;
        if mine {
            return Ok(Some(Turn::held_by(Locked(own))));
        }
        own.close().await?;
        Ok(None)
    }
}

impl PostgresStore {
    fn options(&self) -> Result<PgConnectOptions> {
        self.address.options().map_err(|e| StoreError::Unavailable(e.into()))
    }

    async fn restored(
        &self,
        options: &PgConnectOptions,
        file: &Path,
        name: &str,
    ) -> std::result::Result<Self, CopyError> {
        let plain = ["--no-owner", "--no-privileges", "--no-password", "--exit-on-error", "--dbname", name];
        run("pg_restore", &self.address, Some(name), &plain, file).await?;
        let pool = PgPoolOptions::new().max_connections(2).acquire_timeout(PATIENCE);
        let options = options.clone().database(name).application_name("accueil-server: check of a copy");
        let pool = pool.connect_with(options.options(SESSION)).await.map_err(StoreError::from)?;
        Ok(Self { pool, address: self.address.clone() })
    }
}

/// A connection whose lock is a server's turn.
struct Locked(PgConnection);

#[async_trait]
impl Holder for Locked {
    async fn hold(&mut self) -> Result<()> {
        let asked = tokio::time::timeout(PATIENCE, self.0.ping()).await;
        Ok(asked.map_err(|e| StoreError::Unavailable(e.into()))??)
    }
}

/// A database that a copy was restored into.
struct Database {
    options: PgConnectOptions,
    name: String,
}

#[async_trait]
impl Scratch for Database {
    async fn remove(self: Box<Self>) -> Result<()> {
        let mut own = self.options.connect().await?;
        drop_database(&mut own, &self.name).await?;
        Ok(own.close().await?)
    }
}

async fn drop_database(own: &mut PgConnection, name: &str) -> Result<()> {
    let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    sqlx::query(AssertSqlSafe(sql)).execute(own).await?;
    Ok(())
}

/// Those that a server left when it was ended: their names tell when they were made.
async fn remove_forgotten(own: &mut PgConnection) -> Result<()> {
    let sql = "SELECT datname FROM pg_database WHERE starts_with(datname, $1) AND pg_has_role(datdba, 'USAGE')";
    let names: Vec<String> = sqlx::query_scalar(sql).bind(SCRATCH).fetch_all(&mut *own).await?;
    for name in names.iter().filter(|name| is_forgotten(name)) {
        drop_database(own, name).await?;
    }
    Ok(())
}

/// A check takes minutes, not hours.
fn is_forgotten(name: &str) -> bool {
    const HOURS: u64 = 6;
    let made = name.strip_prefix(SCRATCH).and_then(|id| Uuid::try_parse(id).ok()).and_then(|id| id.get_timestamp());
    let now = Uuid::now_v7().get_timestamp().map_or(0, |now| now.to_unix().0);
    made.is_some_and(|made| made.to_unix().0 + HOURS * 3_600 < now)
}

fn backup(found: &PgRow) -> Result<Backup> {
    let hash: Option<Vec<u8>> = found.try_get("hash")?;
    let checked_at: Option<i64> = found.try_get("checked_at")?;
    Ok(Backup {
        at: row::time(found.try_get("at")?)?,
        host: found.try_get("host")?,
        file: found.try_get("file")?,
        bytes: row::from_sql(found.try_get("bytes")?),
        hash: hash.map(|hash| row::bytes32(&hash, "a copy's hash").map(Hash32)).transpose()?,
        checked_at: checked_at.map(row::time).transpose()?,
        events: row::from_sql(found.try_get("events")?),
        outcome: row::backup_outcome(found.try_get("outcome")?)?,
        detail: found.try_get("detail")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_databases_of_old_checks_are_removed() {
        let named = |id: Uuid| format!("{SCRATCH}{}", id.simple());
        assert!(!is_forgotten(&named(Uuid::now_v7())));
        assert!(is_forgotten(&named("0191a5f0-7c00-7000-8000-0000000000aa".parse().unwrap())));
        assert!(!is_forgotten("accueil_check_mine") && !is_forgotten("accueil"));
    }
}
