//! Logs: appended to, compared, read back.

use futures_util::TryStreamExt;
use jiff::Timestamp;
use queue_engine::Received;
use sqlx::{Row, Sqlite, SqliteConnection, Transaction};
use wire::event::Event;
use wire::ids::OriginId;

use super::super::{AlarmKind, Batch, Ingested, NewEvent, Result};
use super::{SqliteStore, alarms, row};

/// One statement a batch: row by row costs three times as much.
const INSERT: &str = "INSERT INTO events (origin, seq, received_at, offset_ms, kind, ticket, hash, raw)
    SELECT ?1, ?2 + key, ?3, ?4, value ->> 2, unhex(value ->> 3), unhex(value ->> 1), value ->> 0 FROM json_each(?5)";

/// As many conflicting events as are kept of a batch: enough to look into it, not enough to fill a disk.
const QUARANTINE_MAX: usize = 100;

impl SqliteStore {
    pub(super) async fn ingest_batch(&self, batch: &Batch) -> Result<Ingested> {
        let mut tx = self.begin().await?;
        let sql = "SELECT id, hwm, nonce, revoked_at, quarantined_at FROM origins
                   WHERE uuid = ? AND public_key IS NOT NULL";
        let origin = sqlx::query(sql).bind(row::id(&batch.origin.0)).fetch_optional(&mut *tx).await?;
        let Some(origin) = origin else {
            return Ok(Ingested::Revoked);
        };
        if origin.try_get::<Option<i64>, _>("revoked_at")?.is_some() {
            return Ok(Ingested::Revoked);
        }
        let id: i64 = origin.try_get("id")?;
        let hwm = row::from_sql(origin.try_get("hwm")?);
        let quarantined = origin.try_get::<Option<i64>, _>("quarantined_at")?.is_some();
        let answer = if let Some(seq) = first_conflict(&mut tx, id, hwm, batch).await? {
            // Before the counter is looked at: a copied card counts from where it was copied.
            quarantine(&mut tx, id, seq, batch).await?;
            Ingested::Cloned { seq }
        } else if origin.try_get::<i64, _>("nonce")? >= row::to_sql(batch.nonce) {
            return Ok(Ingested::Replay);
        } else if quarantined {
            Ingested::Cloned { seq: batch.from_seq }
        } else if batch.from_seq != hwm + 1 {
            Ingested::Sequence { expected: hwm + 1 }
        } else {
            insert(&mut tx, id, batch).await?;
            Ingested::Stored { hwm: hwm + batch.events.len() as u64 }
        };
        let reached = if let Ingested::Stored { hwm } = answer { hwm } else { hwm };
        let update =
            sqlx::query("UPDATE origins SET hwm = ?, nonce = max(nonce, ?) WHERE id = ?").bind(row::to_sql(reached));
        update.bind(row::to_sql(batch.nonce)).bind(id).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Reads each log backwards until it is older than asked for: no index on time is needed.
    pub(super) async fn read_since(&self, since: Timestamp) -> Result<Vec<Received>> {
        let origins: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT id, uuid FROM origins ORDER BY id").fetch_all(&self.readers).await?;
        let mut all = Vec::new();
        for (id, uuid) in origins {
            let origin = OriginId(row::uuid(&uuid)?);
            let sql = "SELECT received_at, offset_ms, raw FROM events WHERE origin = ? ORDER BY seq DESC";
            let mut rows = sqlx::query(sql).bind(id).fetch(&self.readers);
            let start = all.len();
            while let Some(found) = rows.try_next().await? {
                let received_at: i64 = found.try_get("received_at")?;
                if received_at < since.as_millisecond() {
                    break;
                }
                // What this version cannot read stays in the log for a later one.
                if let Ok(event) = Event::decode(found.try_get("raw")?) {
                    let received_at = row::time(received_at)?;
                    let clock_offset_ms = found.try_get("offset_ms")?;
                    all.push(Received { origin, received_at, clock_offset_ms, event });
                }
            }
            if let Some(log) = all.get_mut(start..) {
                log.reverse();
            }
        }
        Ok(all)
    }

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

    pub(super) async fn count_of(&self, origin: OriginId) -> Result<u64> {
        let sql = "SELECT count(*) FROM events WHERE origin = (SELECT id FROM origins WHERE uuid = ?)";
        let count: i64 = sqlx::query_scalar(sql).bind(row::id(&origin.0)).fetch_one(&self.readers).await?;
        Ok(row::from_sql(count))
    }
}

/// The first number under which another event stands already (rule R9).
async fn first_conflict(tx: &mut Transaction<'_, Sqlite>, id: i64, hwm: u64, batch: &Batch) -> Result<Option<u64>> {
    if batch.from_seq > hwm || batch.events.is_empty() {
        return Ok(None);
    }
    let last = batch.from_seq + batch.events.len() as u64 - 1;
    let sql = "SELECT seq, hash FROM events WHERE origin = ? AND seq BETWEEN ? AND ? ORDER BY seq";
    let query = sqlx::query(sql).bind(id).bind(row::to_sql(batch.from_seq)).bind(row::to_sql(last));
    for found in query.fetch_all(&mut **tx).await? {
        let seq = row::from_sql(found.try_get("seq")?);
        let sent = usize::try_from(seq - batch.from_seq).ok().and_then(|at| batch.events.get(at));
        if sent.is_some_and(|event| found.try_get::<&[u8], _>("hash").is_ok_and(|kept| kept != event.hash.0)) {
            return Ok(Some(seq));
        }
    }
    Ok(None)
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
        let detail = format!("another event stands under number {first}");
        alarms::insert(tx, batch.received_at, batch.origin, AlarmKind::Cloned, &detail).await?;
    }
    Ok(())
}

async fn insert(tx: &mut Transaction<'_, Sqlite>, id: i64, batch: &Batch) -> Result<()> {
    if batch.events.is_empty() {
        return Ok(());
    }
    let rows = rows(&batch.events)?;
    insert_rows(tx, id, batch.from_seq, batch.received_at, batch.clock_offset_ms, &rows).await
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
