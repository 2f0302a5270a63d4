//! Forgetting, in small transactions: agents and bornes must not wait for it. Of several servers one forgets at a time.

use async_trait::async_trait;
use sqlx::postgres::PgRow;
use sqlx::{Postgres, Row, Transaction};

use super::super::rooms::{ERASED, PIECE, erased};
use super::super::{Cut, Forgotten, KEPT_DAYS, Result, Retention};
use super::{PostgresStore, in_turn, people};

const DELETE_PIECE: &str = "DELETE FROM events WHERE origin = $1 AND seq IN
    (SELECT seq FROM events WHERE origin = $1 AND seq < $2 ORDER BY seq LIMIT $3)";

/// Issues that still hold a secret, from a place in the table on.
const SECRETS: &str = "SELECT origin, seq, received_at, raw FROM events
    WHERE kind IN ('ticket_issued', 'reprinted') AND position($1 IN raw) = 0 AND (origin, seq) > ($2, $3)
    ORDER BY origin, seq LIMIT $4";

const ERASE: &str = "UPDATE events SET raw = erased.raw
    FROM UNNEST($1::bigint[], $2::bigint[], $3::text[]) AS erased (origin, seq, raw)
    WHERE events.origin = erased.origin AND events.seq = erased.seq";

const SECRETS_APART: &str =
    "SELECT origin, seq, hash, raw FROM quarantine WHERE received_at < $1 AND position($2 IN raw) = 0";

/// A row tells by its transaction and by its place in the table when it was written. Anonymous answers are written anew,
/// all in one transaction and sorted by what they say; uploads wait meanwhile, in the order in which they write.
const BLUR: [&str; 5] = [
    "LOCK TABLE survey_batches, survey_cells IN ACCESS EXCLUSIVE MODE",
    "UPDATE survey_batches SET batch = batch",
    "UPDATE survey_cells SET n = n",
    "CLUSTER survey_batches USING survey_batches_pkey",
    "CLUSTER survey_cells USING survey_cells_pkey",
];

#[async_trait]
impl Retention for PostgresStore {
    async fn forget(&self, cut: &Cut) -> Result<Forgotten> {
        let kept_from = cut.kept_from.as_millisecond();
        let events = self.forget_events(kept_from).await?;
        let mut tx = self.alone().await?;
        for sql in [
            "DELETE FROM calls WHERE at < $1",
            "DELETE FROM acts WHERE at < $1",
            "DELETE FROM quarantine WHERE received_at < $1",
            "DELETE FROM changes WHERE at < $1",
            "DELETE FROM heard WHERE at < $1",
            "UPDATE audit SET label = NULL, salt = NULL WHERE at < $1 AND label IS NOT NULL",
        ] {
            sqlx::query(sql).bind(kept_from).execute(&mut *tx).await?;
        }
        for sql in [
            "DELETE FROM decisions WHERE day < $1",
            "DELETE FROM days WHERE day < $1",
            "DELETE FROM desk_numbers WHERE day < $1",
        ] {
            sqlx::query(sql).bind(cut.today.days_before(KEPT_DAYS).to_string()).execute(&mut *tx).await?;
        }
        for sql in ["DELETE FROM commands WHERE expires_at < $1", "DELETE FROM notes WHERE at < $1"] {
            sqlx::query(sql).bind(cut.begun.as_millisecond()).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        let mut tx = self.alone().await?;
        for sql in BLUR {
            sqlx::query(sql).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        let tokens = self.erase_tokens(cut).await? + self.erase_tokens_apart(cut).await?;
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, people::SEATS).await?;
        let sessions = people::end_sessions(&mut tx, cut.now).await?;
        tx.commit().await?;
        Ok(Forgotten { events, tokens, sessions })
    }
}

impl PostgresStore {
    async fn alone(&self) -> Result<Transaction<'static, Postgres>> {
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, "forgetting").await?;
        Ok(tx)
    }

    async fn forget_events(&self, kept_from: i64) -> Result<u64> {
        let mut forgotten = 0;
        let origins: Vec<(i64, i64)> = sqlx::query_as("SELECT id, hwm FROM origins").fetch_all(&self.pool).await?;
        for (id, hwm) in origins {
            // Only ever the beginning of a log, so that it has no holes.
            let sql = "SELECT seq FROM events WHERE origin = $1 AND received_at >= $2 ORDER BY seq LIMIT 1";
            let first = sqlx::query_scalar(sql).bind(id).bind(kept_from).fetch_optional(&self.pool).await?;
            let first: i64 = first.unwrap_or(hwm.saturating_add(1));
            loop {
                let mut tx = self.alone().await?;
                let piece = sqlx::query(DELETE_PIECE).bind(id).bind(first).bind(PIECE).execute(&mut *tx).await?;
                tx.commit().await?;
                if piece.rows_affected() == 0 {
                    break;
                }
                forgotten += piece.rows_affected();
            }
        }
        Ok(forgotten)
    }

    /// Secrets of tickets that count in an earlier day: by their receipt, and by the day they name themselves where their
    /// borne's clock was trusted. The events' hashes stay those of the bytes that were sent.
    async fn erase_tokens(&self, cut: &Cut) -> Result<u64> {
        let mut count = 0;
        let mut place: (i64, i64) = (0, 0);
        loop {
            let mut tx = self.alone().await?;
            let query = sqlx::query(SECRETS).bind(ERASED.to_string()).bind(place.0).bind(place.1).bind(PIECE);
            let rows = query.fetch_all(&mut *tx).await?;
            let Some(last) = rows.last() else {
                return Ok(count);
            };
            place = (last.try_get("origin")?, last.try_get("seq")?);
            let (mut origins, mut numbers, mut texts) = (Vec::new(), Vec::new(), Vec::new());
            for found in &rows {
                let old = found.try_get::<i64, _>("received_at")? < cut.begun.as_millisecond();
                if let Some(text) = erased(found.try_get("raw")?, old, cut.today) {
                    origins.push(found.try_get::<i64, _>("origin")?);
                    numbers.push(found.try_get::<i64, _>("seq")?);
                    texts.push(text);
                }
            }
            if !texts.is_empty() {
                let erase = sqlx::query(ERASE).bind(origins).bind(numbers).bind(texts).execute(&mut *tx).await?;
                count += erase.rows_affected();
                tx.commit().await?;
            }
        }
    }

    async fn erase_tokens_apart(&self, cut: &Cut) -> Result<u64> {
        let mut count = 0;
        let mut tx = self.alone().await?;
        let query = sqlx::query(SECRETS_APART).bind(cut.begun.as_millisecond()).bind(ERASED.to_string());
        let rows: Vec<PgRow> = query.fetch_all(&mut *tx).await?;
        for found in rows {
            if let Some(text) = erased(found.try_get("raw")?, true, cut.today) {
                let sql = "UPDATE quarantine SET raw = $1 WHERE origin = $2 AND seq = $3 AND hash = $4";
                let update = sqlx::query(sql).bind(text).bind(found.try_get::<i64, _>("origin")?);
                let update = update.bind(found.try_get::<i64, _>("seq")?).bind(found.try_get::<Vec<u8>, _>("hash")?);
                count += update.execute(&mut *tx).await?.rows_affected();
            }
        }
        tx.commit().await?;
        Ok(count)
    }
}
