//! Logs: appended to, compared, read back.

use async_trait::async_trait;
use std::collections::BTreeMap;

use jiff::Timestamp;
use queue_engine::Received;
use sqlx::{PgConnection, Row};
use uuid::Uuid;
use wire::ids::{OriginId, SiteId};

use super::super::judge::{self, Standing, first_conflict};
use super::super::{Batch, Ingested, Logs, NewEvent, NewOrigin, QUARANTINE_MAX, Result};
use super::{PostgresStore, audit, following, row};

/// Every log that takes part, held until the commit; sorted, so that two groups cannot wait for each other.
const HOLD: &str =
    "SELECT uuid, id, hwm, nonce, revoked_at IS NOT NULL AS revoked, quarantined_at IS NOT NULL AS quarantined
    FROM origins WHERE uuid = ANY($1) AND public_key IS NOT NULL ORDER BY uuid FOR UPDATE";

/// One statement for all events. A number that is taken is an error: the mark that was compared says that it is free.
const INSERT: &str = "INSERT INTO events (origin, seq, received_at, offset_ms, kind, ticket, hash, raw)
    SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::uuid[], $7::bytea[],
        $8::text[])";

const ADVANCE: &str = "UPDATE origins SET hwm = reached.hwm, nonce = greatest(origins.nonce, reached.nonce)
    FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[]) AS reached (id, hwm, nonce) WHERE origins.id = reached.id";

const NOTE: &str =
    "INSERT INTO changes (origin, from_seq, to_seq) SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[])";

/// What a turn writes, a column a field.
#[derive(Default)]
struct Written<'a> {
    events: Vec<(i64, u64, &'a Batch)>,
    reached: Vec<(i64, u64, u64)>,
}

#[async_trait]
impl Logs for PostgresStore {
    async fn ensure_desk(&self, desk: &NewOrigin) -> Result<u64> {
        let sql = "INSERT INTO origins (uuid, site, name, enrolled_at) VALUES ($1, $2, 'desk', $3)
                   ON CONFLICT (uuid) DO NOTHING";
        let query = sqlx::query(sql).bind(desk.id.0).bind(desk.site.0);
        query.bind(desk.at.as_millisecond()).execute(&self.pool).await?;
        let sql = "SELECT hwm FROM origins WHERE uuid = $1";
        let hwm: i64 = sqlx::query_scalar(sql).bind(desk.id.0).fetch_one(&self.pool).await?;
        Ok(row::from_sql(hwm))
    }

    async fn ingest(&self, batches: &[Batch]) -> Result<Vec<Ingested>> {
        let mut answers = vec![Ingested::Revoked; batches.len()];
        let mut tx = self.pool.begin().await?;
        for turn in judge::turns(batches) {
            let turn: Vec<(usize, &Batch)> =
                turn.into_iter().filter_map(|at| batches.get(at).map(|batch| (at, batch))).collect();
            take(&mut tx, &turn, &mut answers).await?;
        }
        tx.commit().await?;
        Ok(answers)
    }

    async fn events_since(&self, site: SiteId, since: Timestamp) -> Result<Vec<Received>> {
        let sql = "SELECT uuid, seq, received_at, offset_ms, raw FROM events JOIN origins ON origins.id = events.origin
                   WHERE received_at >= $1 AND site = $2 ORDER BY origins.id, seq";
        let rows = sqlx::query(sql).bind(since.as_millisecond()).bind(site.0).fetch_all(&self.pool).await?;
        rows.iter().map(following::received).collect()
    }

    async fn log(&self, origin: OriginId, from_seq: u64) -> Result<Vec<Received>> {
        let sql = "SELECT uuid, seq, received_at, offset_ms, raw FROM origins JOIN events ON events.origin = origins.id
                   WHERE uuid = $1 AND seq >= $2 ORDER BY seq";
        let query = sqlx::query(sql).bind(origin.0).bind(row::to_sql(from_seq));
        let rows = query.fetch_all(&self.pool).await?;
        rows.iter().map(following::received).collect()
    }

    async fn log_page(&self, origin: OriginId, from_seq: u64, to_seq: u64) -> Result<Vec<Received>> {
        let sql = "SELECT uuid, seq, received_at, offset_ms, raw FROM origins JOIN events ON events.origin = origins.id
                   WHERE uuid = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq";
        let query = sqlx::query(sql).bind(origin.0).bind(row::to_sql(from_seq)).bind(row::to_sql(to_seq));
        query.fetch_all(&self.pool).await?.iter().map(following::received).collect()
    }

    async fn count_events(&self, origin: OriginId) -> Result<u64> {
        let sql = "SELECT count(*) FROM events WHERE origin = (SELECT id FROM origins WHERE uuid = $1)";
        let count: i64 = sqlx::query_scalar(sql).bind(origin.0).fetch_one(&self.pool).await?;
        Ok(row::from_sql(count))
    }
}

impl PostgresStore {
    /// One COPY, one commit, nothing checked: the limit that ingestion is measured against.
    pub(in crate::store) async fn copy_plain(
        &self,
        origin: OriginId,
        from_seq: u64,
        at: Timestamp,
        events: &[NewEvent],
    ) -> Result<()> {
        let sql = "SELECT id FROM origins WHERE uuid = $1";
        let id: i64 = sqlx::query_scalar(sql).bind(origin.0).fetch_one(&self.pool).await?;
        let mut text = String::new();
        for (seq, event) in (from_seq..).zip(events) {
            let ticket = event.ticket.map_or_else(|| "\\N".to_owned(), |ticket| ticket.0.to_string());
            let raw = event.raw.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r");
            let line =
                format!("{id}\t{seq}\t{}\t{}\t{ticket}\t\\\\x{}\t{raw}\n", at.as_millisecond(), event.kind, event.hash);
            text.push_str(&line);
        }
        let sql = "COPY events (origin, seq, received_at, kind, ticket, hash, raw) FROM STDIN";
        let mut connection = self.pool.acquire().await?;
        let mut copy = connection.copy_in_raw(sql).await?;
        copy.send(text.as_bytes()).await?;
        copy.finish().await?;
        Ok(())
    }
}

/// Takes batches of different logs in: a handful of statements, however many they are.
async fn take(tx: &mut PgConnection, turn: &[(usize, &Batch)], answers: &mut [Ingested]) -> Result<()> {
    let standings = hold(tx, turn).await?;
    let mut written = Written::default();
    for (at, batch) in turn {
        let Some(standing) = standings.get(&batch.origin) else {
            continue;
        };
        let conflict = if standing.overlaps(batch) { conflict(tx, standing.id, batch).await? } else { None };
        let answer = standing.judge(batch, conflict);
        let hwm = match answer {
            Ingested::Revoked | Ingested::Replay => None,
            Ingested::Stored { hwm } => Some(hwm),
            Ingested::Sequence { .. } | Ingested::Cloned { .. } => Some(standing.hwm),
        };
        if let Some(seq) = conflict {
            quarantine(tx, standing.id, seq, batch).await?;
        }
        if let Some(hwm) = hwm {
            written.reached.push((standing.id, hwm, batch.nonce));
            if hwm > standing.hwm {
                written.events.push((standing.id, hwm, batch));
            }
        }
        if let Some(place) = answers.get_mut(*at) {
            *place = answer;
        }
    }
    written.write(tx).await
}

async fn hold(tx: &mut PgConnection, turn: &[(usize, &Batch)]) -> Result<BTreeMap<OriginId, Standing>> {
    let origins: Vec<Uuid> = turn.iter().map(|(_, batch)| batch.origin.0).collect();
    let rows = sqlx::query(HOLD).bind(origins).fetch_all(tx).await?;
    let standing = |found: &sqlx::postgres::PgRow| {
        let standing = Standing {
            id: found.try_get("id")?,
            hwm: row::from_sql(found.try_get("hwm")?),
            nonce: found.try_get("nonce")?,
            revoked: found.try_get("revoked")?,
            quarantined: found.try_get("quarantined")?,
        };
        Ok((OriginId(found.try_get("uuid")?), standing))
    };
    rows.iter().map(standing).collect()
}

impl Written<'_> {
    async fn write(&self, tx: &mut PgConnection) -> Result<()> {
        if !self.events.is_empty() {
            self.insert(tx).await?;
            let query = sqlx::query(NOTE)
                .bind(self.events.iter().map(|(id, _, _)| *id).collect::<Vec<i64>>())
                .bind(self.events.iter().map(|(_, _, batch)| row::to_sql(batch.from_seq)).collect::<Vec<i64>>())
                .bind(self.events.iter().map(|(_, hwm, _)| row::to_sql(*hwm)).collect::<Vec<i64>>());
            query.execute(&mut *tx).await?;
        }
        if !self.reached.is_empty() {
            let query = sqlx::query(ADVANCE)
                .bind(self.reached.iter().map(|(id, _, _)| *id).collect::<Vec<i64>>())
                .bind(self.reached.iter().map(|(_, hwm, _)| row::to_sql(*hwm)).collect::<Vec<i64>>())
                .bind(self.reached.iter().map(|(_, _, nonce)| row::to_sql(*nonce)).collect::<Vec<i64>>());
            query.execute(tx).await?;
        }
        Ok(())
    }

    async fn insert(&self, tx: &mut PgConnection) -> Result<()> {
        let batches = || self.events.iter().flat_map(|(id, _, batch)| batch.events.iter().map(move |_| (*id, *batch)));
        let events = || self.events.iter().flat_map(|(_, _, batch)| &batch.events);
        let numbers = self.events.iter().flat_map(|(_, _, batch)| (batch.from_seq..).zip(&batch.events));
        let query = sqlx::query(INSERT)
            .bind(batches().map(|(id, _)| id).collect::<Vec<i64>>())
            .bind(numbers.map(|(seq, _)| row::to_sql(seq)).collect::<Vec<i64>>())
            .bind(batches().map(|(_, batch)| batch.received_at.as_millisecond()).collect::<Vec<i64>>())
            .bind(batches().map(|(_, batch)| batch.clock_offset_ms).collect::<Vec<Option<i64>>>())
            .bind(events().map(|event| event.kind.as_str()).collect::<Vec<&str>>())
            .bind(events().map(|event| event.ticket.map(|ticket| ticket.0)).collect::<Vec<Option<Uuid>>>())
            .bind(events().map(|event| event.hash.0.as_slice()).collect::<Vec<&[u8]>>())
            .bind(events().map(|event| event.raw.as_str()).collect::<Vec<&str>>());
        query.execute(tx).await?;
        Ok(())
    }
}

/// The first number under which another event stands already (rule R9).
async fn conflict(tx: &mut PgConnection, id: i64, batch: &Batch) -> Result<Option<u64>> {
    let sql = "SELECT seq, hash FROM events WHERE origin = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq";
    let query = sqlx::query_as(sql).bind(id).bind(row::to_sql(batch.from_seq));
    let held: Vec<(i64, Vec<u8>)> = query.bind(row::to_sql(judge::last(batch).unwrap_or(0))).fetch_all(tx).await?;
    Ok(first_conflict(batch, held.iter().map(|(seq, hash)| (row::from_sql(*seq), hash.as_slice()))))
}

async fn quarantine(tx: &mut PgConnection, id: i64, first: u64, batch: &Batch) -> Result<()> {
    let at = batch.received_at.as_millisecond();
    let skip = usize::try_from(first - batch.from_seq).unwrap_or(0);
    let apart: Vec<_> = (batch.from_seq..).zip(&batch.events).skip(skip).take(QUARANTINE_MAX).collect();
    let sql = "INSERT INTO quarantine (origin, seq, hash, received_at, raw)
               SELECT $1, seq, hash, $2, raw FROM UNNEST($3::bigint[], $4::bytea[], $5::text[]) AS event (seq, hash, raw)
               ON CONFLICT (origin, seq, hash) DO NOTHING";
    let query = sqlx::query(sql)
        .bind(id)
        .bind(at)
        .bind(apart.iter().map(|(seq, _)| row::to_sql(*seq)).collect::<Vec<i64>>())
        .bind(apart.iter().map(|(_, event)| event.hash.0.as_slice()).collect::<Vec<&[u8]>>())
        .bind(apart.iter().map(|(_, event)| event.raw.as_str()).collect::<Vec<&str>>());
    query.execute(&mut *tx).await?;
    let sql = "UPDATE origins SET quarantined_at = $1 WHERE id = $2 AND quarantined_at IS NULL";
    let marked = sqlx::query(sql).bind(at).bind(id).execute(&mut *tx).await?;
    if marked.rows_affected() == 1 {
        following::note_borne(&mut *tx, batch.origin).await?;
        let site: Uuid =
            sqlx::query_scalar("SELECT site FROM origins WHERE id = $1").bind(id).fetch_one(&mut *tx).await?;
        audit::append(tx, &judge::quarantined(batch, SiteId(site), first), None).await?;
    }
    Ok(())
}
