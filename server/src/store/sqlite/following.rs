//! What was committed, in that order: one connection writes, so that numbers grow with the commits.

use std::collections::BTreeSet;

use async_trait::async_trait;
use queue_engine::Received;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use wire::ids::{OriginId, SiteId};

use super::super::{Changes, Cursor, Following, Result, StoreError, What};
use super::{SqliteStore, row};

/// As many changes as are read at once.
const PIECE: i64 = 500;
/// And as many events, about: a change may hold a thousand.
const EVENTS_MAX: i64 = 20_000;

#[async_trait]
impl Following for SqliteStore {
    async fn tail(&self) -> Result<Cursor> {
        Ok(Cursor(self.newest().await?.to_string()))
    }

    async fn changes(&self, after: &Cursor) -> Result<Changes> {
        let unreadable = |_| StoreError::Unreadable { what: "where the changes were read to" };
        let after: i64 = after.0.parse().map_err(unreadable)?;
        let newest = self.newest().await?;
        if newest <= after {
            return Ok(Changes { restored: newest < after, ..Changes::none(Cursor(newest.to_string())) });
        }
        let sql = "SELECT id, coalesce(to_seq - from_seq + 1, 0) FROM changes WHERE id > ? ORDER BY id LIMIT ?";
        let found: Vec<(i64, i64)> = sqlx::query_as(sql).bind(after).bind(PIECE).fetch_all(&self.readers).await?;
        let mut events = 0;
        let fits = found.iter().take_while(|(_, held)| {
            let before = events;
            events += held;
            before == 0 || events <= EVENTS_MAX
        });
        let until = fits.last().map_or(newest, |(id, _)| *id);
        let sql = "SELECT DISTINCT site, what FROM changes WHERE id > ? AND id <= ? AND what IS NOT NULL";
        let noted: Vec<(Vec<u8>, String)> =
            sqlx::query_as(sql).bind(after).bind(until).fetch_all(&self.readers).await?;
        let mut touched = BTreeSet::new();
        for (site, what) in noted {
            let site = SiteId(row::uuid(&site)?);
            touched.extend(row::what(&what).map(|what| (site, what)));
        }
        let sql = "SELECT origins.site, uuid, seq, received_at, offset_ms, raw FROM changes
                   JOIN origins ON origins.id = changes.origin
                   JOIN events ON events.origin = changes.origin AND seq BETWEEN from_seq AND to_seq
                   WHERE changes.id > ? AND changes.id <= ? ORDER BY origins.id, seq";
        let rows = sqlx::query(sql).bind(after).bind(until).fetch_all(&self.readers).await?;
        let site = |found: &SqliteRow| -> Result<SiteId> { Ok(SiteId(row::uuid(found.try_get("site")?)?)) };
        let events: Result<_> = rows.iter().map(|found| Ok((site(found)?, received(found)?))).collect();
        Ok(Changes {
            cursor: Cursor(until.to_string()),
            events: events?,
            touched,
            more: until < newest,
            restored: false,
        })
    }
}

impl SqliteStore {
    /// Numbers that were given are not given again, also where the changes they were given to are forgotten.
    async fn newest(&self) -> Result<i64> {
        let sql = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'changes'), 0)";
        Ok(sqlx::query_scalar(sql).fetch_one(&self.readers).await?)
    }
}

/// An event as it was kept.
pub(super) fn received(found: &SqliteRow) -> Result<Received> {
    let received_at = row::time(found.try_get("received_at")?)?;
    Ok(Received {
        origin: OriginId(row::uuid(found.try_get("uuid")?)?),
        received_at,
        clock_offset_ms: found.try_get("offset_ms")?,
        event: row::event(found.try_get("raw")?, found.try_get("seq")?, received_at),
    })
}

pub(super) async fn note_log(connection: &mut SqliteConnection, id: i64, from_seq: u64, to_seq: u64) -> Result<()> {
    let sql = "INSERT INTO changes (origin, from_seq, to_seq) VALUES (?, ?, ?)";
    let query = sqlx::query(sql).bind(id).bind(row::to_sql(from_seq)).bind(row::to_sql(to_seq));
    query.execute(connection).await?;
    Ok(())
}

/// Tells every server that something of a site was changed, with the transaction that changes it.
pub(super) async fn note_change(connection: &mut SqliteConnection, site: SiteId, what: What) -> Result<()> {
    let sql = "INSERT INTO changes (site, what) VALUES (?, ?)";
    sqlx::query(sql).bind(row::id(&site.0)).bind(what.as_str()).execute(connection).await?;
    Ok(())
}

/// Tells every server that something of a borne was changed.
pub(super) async fn note_borne(connection: &mut SqliteConnection, borne: OriginId) -> Result<()> {
    let sql = "INSERT INTO changes (site, what) SELECT site, ? FROM origins WHERE uuid = ?";
    sqlx::query(sql).bind(What::Bornes.as_str()).bind(row::id(&borne.0)).execute(connection).await?;
    Ok(())
}

/// The same of every site: accounts are of all of them.
pub(super) async fn note_everywhere(connection: &mut SqliteConnection, what: What) -> Result<()> {
    let sql = "INSERT INTO changes (site, what) SELECT DISTINCT site, $1 FROM origins WHERE public_key IS NULL";
    sqlx::query(sql).bind(what.as_str()).execute(connection).await?;
    Ok(())
}
