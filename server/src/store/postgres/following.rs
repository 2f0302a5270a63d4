//! What was committed. Numbers of transactions and of rows are given when they begin, not when they commit, so that no
//! number says how far a reader is: a snapshot does. What it does not show and the next one does was committed between
//! them, however long ago it began.

use std::collections::BTreeSet;

use async_trait::async_trait;
use queue_engine::Received;
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Row};
use uuid::Uuid;
use wire::ids::{OriginId, SiteId};

use super::super::{Changes, Cursor, Following, Result, StoreError, What};
use super::{PostgresStore, row};

/// As many changes as are read at once.
const PIECE: i64 = 2_000;
/// And as many events, about: a change may hold a thousand.
const EVENTS_MAX: i64 = 20_000;

/// A database that was restored counts its transactions anew, or from an earlier one.
const NOW: &str = "SELECT pg_current_snapshot()::text,
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint < pg_snapshot_xmin($1::pg_snapshot)::text::bigint";

/// What one snapshot shows and the one before does not.
const BETWEEN: &str = "SELECT id, origin, from_seq, to_seq, site, what FROM changes
    WHERE xid >= pg_snapshot_xmin($1::pg_snapshot)::text::bigint
      AND NOT pg_visible_in_snapshot(xid::text::xid8, $1::pg_snapshot)
      AND pg_visible_in_snapshot(xid::text::xid8, $2::pg_snapshot) AND id > $3
    ORDER BY id LIMIT $4";

/// The events of pieces of logs. OFFSET keeps the planner, which knows nothing of how few there are, from comparing every
/// event of the log with every piece.
const EVENTS: &str = "SELECT origins.site, uuid, seq, received_at, offset_ms, raw
    FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[]) AS told (origin, from_seq, to_seq)
    JOIN origins ON origins.id = told.origin
    CROSS JOIN LATERAL (SELECT seq, received_at, offset_ms, raw FROM events
        WHERE events.origin = told.origin AND events.seq BETWEEN told.from_seq AND told.to_seq OFFSET 0) AS piece
    ORDER BY origins.id, seq";

/// A row of the changes: a piece of a log, or what was changed of a site.
#[derive(FromRow)]
struct Change {
    id: i64,
    origin: Option<i64>,
    from_seq: Option<i64>,
    to_seq: Option<i64>,
    site: Option<Uuid>,
    what: Option<String>,
}

impl Change {
    fn piece(&self) -> Option<(i64, i64, i64)> {
        Some((self.origin?, self.from_seq?, self.to_seq?))
    }

    fn touched(&self) -> Option<(SiteId, What)> {
        Some((SiteId(self.site?), row::what(self.what.as_deref()?)?))
    }
}

/// Between which snapshots a reader stands, and after which change there: `BEFORE`, or `BEFORE NOW ID`.
struct Position<'a> {
    before: &'a str,
    under_way: Option<(&'a str, i64)>,
}

impl<'a> Position<'a> {
    fn read(cursor: &'a Cursor) -> Result<Self> {
        let mut words = cursor.0.split(' ');
        let unreadable = StoreError::Unreadable { what: "where the changes were read to" };
        match (words.next(), words.next(), words.next().map(str::parse)) {
            (Some(before), None, None) => Ok(Self { before, under_way: None }),
            (Some(before), Some(now), Some(Ok(id))) => Ok(Self { before, under_way: Some((now, id)) }),
            _ => Err(unreadable),
        }
    }
}

#[async_trait]
impl Following for PostgresStore {
    async fn tail(&self) -> Result<Cursor> {
        Ok(Cursor(sqlx::query_scalar("SELECT pg_current_snapshot()::text").fetch_one(&self.pool).await?))
    }

    async fn changes(&self, after: &Cursor) -> Result<Changes> {
        let Position { before, under_way } = Position::read(after)?;
        let (now, from) = match under_way {
            Some((now, id)) => (now.to_owned(), id),
            None => {
                let (now, restored): (String, bool) = sqlx::query_as(NOW).bind(before).fetch_one(&self.pool).await?;
                if restored || now == before {
                    return Ok(Changes { restored, ..Changes::none(Cursor(now)) });
                }
                (now, 0)
            }
        };
        let query = sqlx::query_as(BETWEEN).bind(before).bind(&now).bind(from).bind(PIECE);
        let mut found: Vec<Change> = query.fetch_all(&self.pool).await?;
        let full = found.len() == usize::try_from(PIECE).unwrap_or(usize::MAX);
        let mut events = 0;
        let fits = found.iter().take_while(|change| {
            let before = events;
            events += change.piece().map_or(0, |(_, first, last)| last - first + 1);
            before == 0 || events <= EVENTS_MAX
        });
        let fits = fits.count();
        let more = full || fits < found.len();
        found.truncate(fits);
        let cursor = match found.last() {
            Some(last) if more => Cursor(format!("{before} {now} {}", last.id)),
            _ => Cursor(now),
        };
        let touched: BTreeSet<(SiteId, What)> = found.iter().filter_map(Change::touched).collect();
        let pieces: Vec<(i64, i64, i64)> = found.iter().filter_map(Change::piece).collect();
        let events = if pieces.is_empty() { Vec::new() } else { self.pieces(&pieces).await? };
        Ok(Changes { cursor, events, touched, more, restored: false })
    }
}

impl PostgresStore {
    async fn pieces(&self, pieces: &[(i64, i64, i64)]) -> Result<Vec<(SiteId, Received)>> {
        let column = |of: fn(&(i64, i64, i64)) -> i64| pieces.iter().map(of).collect::<Vec<i64>>();
        let query = sqlx::query(EVENTS).bind(column(|p| p.0)).bind(column(|p| p.1)).bind(column(|p| p.2));
        let rows = query.fetch_all(&self.pool).await?;
        rows.iter().map(|found| Ok((SiteId(found.try_get("site")?), received(found)?))).collect()
    }
}

/// An event as it was kept.
pub(super) fn received(found: &PgRow) -> Result<Received> {
    let received_at = row::time(found.try_get("received_at")?)?;
    Ok(Received {
        origin: OriginId(found.try_get("uuid")?),
        received_at,
        clock_offset_ms: found.try_get("offset_ms")?,
        event: row::event(found.try_get("raw")?, found.try_get("seq")?, received_at),
    })
}

/// Tells every server that something of a site was changed, with the transaction that changes it.
pub(super) async fn note_change(connection: &mut PgConnection, site: SiteId, what: What) -> Result<()> {
    let sql = "INSERT INTO changes (site, what) VALUES ($1, $2)";
    sqlx::query(sql).bind(site.0).bind(what.as_str()).execute(connection).await?;
    Ok(())
}

/// Tells every server that something of a borne was changed.
pub(super) async fn note_borne(connection: &mut PgConnection, borne: OriginId) -> Result<()> {
    let sql = "INSERT INTO changes (site, what) SELECT site, $1 FROM origins WHERE uuid = $2";
    sqlx::query(sql).bind(What::Bornes.as_str()).bind(borne.0).execute(connection).await?;
    Ok(())
}

/// The same of every site: accounts are of all of them.
pub(super) async fn note_everywhere(connection: &mut PgConnection, what: What) -> Result<()> {
    let sql = "INSERT INTO changes (site, what) SELECT DISTINCT site, $1 FROM origins WHERE public_key IS NULL";
    sqlx::query(sql).bind(what.as_str()).execute(connection).await?;
    Ok(())
}
