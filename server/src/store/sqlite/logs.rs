//! Logs: appended to, compared, read back.

use async_trait::async_trait;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use queue_engine::Received;
use sqlx::{Row, Sqlite, SqliteConnection, Transaction};
use wire::ids::{OriginId, SiteId};

use super::super::judge::{self, Standing, first_conflict};
use super::super::{Batch, Ingested, Logs, NewEvent, NewOrigin, QUARANTINE_MAX, Result};
use super::{SqliteStore, audit, following, row};

/// One statement a batch: row by row costs three times as much.
const INSERT: &str = "INSERT INTO events (origin, seq, received_at, offset_ms, kind, ticket, hash, raw)
    SELECT ?1, ?2 + key, ?3, ?4, value ->> 2, unhex(value ->> 3), unhex(value ->> 1), value ->> 0 FROM json_each(?5)";

#[async_trait]
impl Logs for SqliteStore {
    async fn ensure_desk(&self, desk: &NewOrigin) -> Result<u64> {
        let sql = "INSERT INTO origins (uuid, site, name, enrolled_at) VALUES (?, ?, 'desk', ?) ON CONFLICT DO NOTHING";
        let query = sqlx::query(sql).bind(row::id(&desk.id.0)).bind(row::id(&desk.site.0));
        query.bind(desk.at.as_millisecond()).execute(&self.writer).await?;
        let sql = "SELECT hwm FROM origins WHERE uuid = ?";
        let hwm: i64 = sqlx::query_scalar(sql).bind(row::id(&desk.id.0)).fetch_one(&self.readers).await?;
        Ok(row::from_sql(hwm))
    }

    async fn ingest(&self, batches: &[Batch]) -> Result<Vec<Ingested>> {
        let mut answers = vec![Ingested::Revoked; batches.len()];
        let mut tx = self.begin().await?;
        for at in judge::turns(batches).concat() {
            if let (Some(batch), Some(answer)) = (batches.get(at), answers.get_mut(at)) {
                *answer = take(&mut tx, batch).await?;
            }
        }
        tx.commit().await?;
        Ok(answers)
    }

    /// Reads each log backwards until it is older than asked for: no index on time is needed.
    async fn events_since(&self, site: SiteId, since: Timestamp) -> Result<Vec<Received>> {
        let origins: Vec<(i64, Vec<u8>)> = sqlx::query_as("SELECT id, uuid FROM origins WHERE site = ? ORDER BY id")
            .bind(row::id(&site.0))
            .fetch_all(&self.readers)
            .await?;
        let mut all = Vec::new();
        for (id, uuid) in origins {
            let sql =
                "SELECT ? AS uuid, seq, received_at, offset_ms, raw FROM events WHERE origin = ? ORDER BY seq DESC";
            let mut rows = sqlx::query(sql).bind(uuid).bind(id).fetch(&self.readers);
            let start = all.len();
            while let Some(found) = rows.try_next().await? {
                if found.try_get::<i64, _>("received_at")? < since.as_millisecond() {
                    break;
                }
                all.push(following::received(&found)?);
            }
            if let Some(log) = all.get_mut(start..) {
                log.reverse();
            }
        }
        Ok(all)
    }

    async fn log(&self, origin: OriginId, from_seq: u64) -> Result<Vec<Received>> {
        let sql = "SELECT uuid, seq, received_at, offset_ms, raw FROM origins JOIN events ON events.origin = origins.id
                   WHERE uuid = ? AND seq >= ? ORDER BY seq";
        let query = sqlx::query(sql).bind(row::id(&origin.0)).bind(row::to_sql(from_seq));
        query.fetch_all(&self.readers).await?.iter().map(following::received).collect()
    }

    async fn log_page(&self, origin: OriginId, from_seq: u64, to_seq: u64) -> Result<Vec<Received>> {
        let sql = "SELECT uuid, seq, received_at, offset_ms, raw FROM origins JOIN events ON events.origin = origins.id
                   WHERE uuid = ? AND seq BETWEEN ? AND ? ORDER BY seq";
        let query = sqlx::query(sql).bind(row::id(&origin.0)).bind(row::to_sql(from_seq)).bind(row::to_sql(to_seq));
        query.fetch_all(&self.readers).await?.iter().map(following::received).collect()
    }

    async fn count_events(&self, origin: OriginId) -> Result<u64> {
        let sql = "SELECT count(*) FROM events WHERE origin = (SELECT id FROM origins WHERE uuid = ?)";
        let count: i64 = sqlx::query_scalar(sql).bind(row::id(&origin.0)).fetch_one(&self.readers).await?;
        Ok(row::from_sql(count))
    }
}

impl SqliteStore {
    /// One statement, one commit, nothing checked: the limit that ingestion is measured against.
    pub(in crate::store) async fn insert_plain(
        &self,
        origin: OriginId,
        from_seq: u64,
        at: Timestamp,
        events: &[NewEvent],
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        let sql = "SELECT id FROM origins WHERE uuid = ?";
        let id: i64 = sqlx::query_scalar(sql).bind(row::id(&origin.0)).fetch_one(&mut *tx).await?;
        insert_rows(&mut tx, id, from_seq, at, None, &rows(events)?).await?;
        Ok(tx.commit().await?)
    }
}

async fn take(tx: &mut Transaction<'_, Sqlite>, batch: &Batch) -> Result<Ingested> {
    let sql =
        "SELECT id, hwm, nonce, revoked_at, quarantined_at FROM origins WHERE uuid = ? AND public_key IS NOT NULL";
    let found = sqlx::query(sql).bind(row::id(&batch.origin.0)).fetch_optional(&mut **tx).await?;
    let Some(found) = found else {
        return Ok(Ingested::Revoked);
    };
    let standing = Standing {
        id: found.try_get("id")?,
        hwm: row::from_sql(found.try_get("hwm")?),
        nonce: found.try_get("nonce")?,
        revoked: found.try_get::<Option<i64>, _>("revoked_at")?.is_some(),
        quarantined: found.try_get::<Option<i64>, _>("quarantined_at")?.is_some(),
    };
    let conflict = if standing.overlaps(batch) { conflict(tx, standing.id, batch).await? } else { None };
    let answer = standing.judge(batch, conflict);
    let hwm = match answer {
        Ingested::Revoked | Ingested::Replay => return Ok(answer),
        Ingested::Stored { hwm } => hwm,
        Ingested::Sequence { .. } | Ingested::Cloned { .. } => standing.hwm,
    };
    if let Some(seq) = conflict {
        quarantine(tx, standing.id, seq, batch).await?;
    } else if hwm > standing.hwm {
        let rows = rows(&batch.events)?;
        insert_rows(tx, standing.id, batch.from_seq, batch.received_at, batch.clock_offset_ms, &rows).await?;
        following::note_log(tx, standing.id, batch.from_seq, hwm).await?;
    }
    let update = sqlx::query("UPDATE origins SET hwm = ?, nonce = max(nonce, ?) WHERE id = ?").bind(row::to_sql(hwm));
    update.bind(row::to_sql(batch.nonce)).bind(standing.id).execute(&mut **tx).await?;
    Ok(answer)
}

/// The first number under which another event stands already (rule R9).
async fn conflict(tx: &mut Transaction<'_, Sqlite>, id: i64, batch: &Batch) -> Result<Option<u64>> {
    let sql = "SELECT seq, hash FROM events WHERE origin = ? AND seq BETWEEN ? AND ? ORDER BY seq";
    let query = sqlx::query_as(sql).bind(id).bind(row::to_sql(batch.from_seq));
    let held: Vec<(i64, Vec<u8>)> =
        query.bind(row::to_sql(judge::last(batch).unwrap_or(0))).fetch_all(&mut **tx).await?;
    Ok(first_conflict(batch, held.iter().map(|(seq, hash)| (row::from_sql(*seq), hash.as_slice()))))
}

async fn quarantine(tx: &mut Transaction<'_, Sqlite>, id: i64, first: u64, batch: &Batch) -> Result<()> {
    let at = batch.received_at.as_millisecond();
    let skip = usize::try_from(first - batch.from_seq).unwrap_or(0);
    let apart = batch.events.iter().zip(batch.from_seq..).skip(skip).take(QUARANTINE_MAX);
    for (event, seq) in apart {
        let sql = "INSERT INTO quarantine (origin, seq, hash, received_at, raw) VALUES (?, ?, ?, ?, ?)
                   ON CONFLICT DO NOTHING";
        let insert = sqlx::query(sql).bind(id).bind(row::to_sql(seq)).bind(row::hash(&event.hash)).bind(at);
        insert.bind(&event.raw).execute(&mut **tx).await?;
    }
    let sql = "UPDATE origins SET quarantined_at = ? WHERE id = ? AND quarantined_at IS NULL";
    let marked = sqlx::query(sql).bind(at).bind(id).execute(&mut **tx).await?;
    if marked.rows_affected() == 1 {
        following::note_borne(tx, batch.origin).await?;
        let site: Vec<u8> =
            sqlx::query_scalar("SELECT site FROM origins WHERE id = ?").bind(id).fetch_one(&mut **tx).await?;
        audit::append(tx, &judge::quarantined(batch, SiteId(row::uuid(&site)?), first), None).await?;
    }
    Ok(())
}

/// The events as a JSON array of [raw, hash, kind, ticket].
pub(super) fn rows(events: &[NewEvent]) -> Result<String> {
    let row = |e: &NewEvent| (e.raw.clone(), e.hash, e.kind.clone(), e.ticket.map(|t| t.0.simple().to_string()));
    let rows: Vec<_> = events.iter().map(row).collect();
    Ok(serde_json::to_string(&rows).map_err(|e| sqlx::Error::Encode(e.into()))?)
}

/// `rows` is a JSON array of [raw, hash, kind, ticket].
pub(super) async fn insert_rows(
    connection: &mut SqliteConnection,
    id: i64,
    from_seq: u64,
    received_at: Timestamp,
    offset_ms: Option<i64>,
    rows: &str,
) -> Result<()> {
    let query = sqlx::query(INSERT).bind(id).bind(row::to_sql(from_seq)).bind(received_at.as_millisecond());
    query.bind(offset_ms).bind(rows).execute(connection).await?;
    Ok(())
}
