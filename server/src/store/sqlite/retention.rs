//! Forgetting, in small transactions: agents and bornes must not wait for it.

use async_trait::async_trait;
use sqlx::Row;

use super::super::rooms::{ERASED, PIECE};
use super::super::{Cut, Forgotten, KEPT_DAYS, Result, Retention};
use super::{SqliteStore, people};

#[async_trait]
impl Retention for SqliteStore {
    async fn forget(&self, cut: &Cut) -> Result<Forgotten> {
        let kept_from = cut.kept_from.as_millisecond();
        let mut forgotten = Forgotten { events: self.forget_events(kept_from).await?, ..Forgotten::default() };
        for sql in [
            "DELETE FROM calls WHERE at < ?",
            "DELETE FROM acts WHERE at < ?",
            "DELETE FROM quarantine WHERE received_at < ?",
            "DELETE FROM changes WHERE at < ?",
            "DELETE FROM heard WHERE at < ?",
        ] {
            sqlx::query(sql).bind(kept_from).execute(&self.writer).await?;
        }
        for sql in [
            "DELETE FROM decisions WHERE day < ?",
            "DELETE FROM days WHERE day < ?",
            "DELETE FROM desk_numbers WHERE day < ?",
        ] {
            sqlx::query(sql).bind(cut.today.days_before(KEPT_DAYS).to_string()).execute(&self.writer).await?;
        }
        for sql in ["DELETE FROM commands WHERE expires_at < ?", "DELETE FROM notes WHERE at < ?"] {
            sqlx::query(sql).bind(cut.begun.as_millisecond()).execute(&self.writer).await?;
        }
        let sql = "UPDATE audit SET label = NULL, salt = NULL WHERE at < ? AND label IS NOT NULL";
        let labels = sqlx::query(sql).bind(kept_from).execute(&self.writer).await?.rows_affected();
        forgotten.tokens = self.erase_tokens(cut).await?;
        let mut tx = self.begin().await?;
        forgotten.sessions = people::end_sessions(&mut tx, cut.now).await?;
        tx.commit().await?;
        if labels > 0 || forgotten != Forgotten::default() {
            self.empty_wal().await;
        }
        Ok(forgotten)
    }
}

impl SqliteStore {
    async fn forget_events(&self, kept_from: i64) -> Result<u64> {
        let mut forgotten = 0;
        for origin in sqlx::query("SELECT id, hwm FROM origins").fetch_all(&self.readers).await? {
            let (id, hwm): (i64, i64) = (origin.try_get("id")?, origin.try_get("hwm")?);
            // Only ever the beginning of a log, so that it has no holes.
            let sql = "SELECT seq FROM events WHERE origin = ? AND received_at >= ? ORDER BY seq LIMIT 1";
            let first = sqlx::query_scalar(sql).bind(id).bind(kept_from).fetch_optional(&self.readers).await?;
            let first: i64 = first.unwrap_or(hwm.saturating_add(1));
            loop {
                let sql = "DELETE FROM events WHERE origin = ?1 AND seq IN
                           (SELECT seq FROM events WHERE origin = ?1 AND seq < ?2 ORDER BY seq LIMIT ?3)";
                let piece = sqlx::query(sql).bind(id).bind(first).bind(PIECE).execute(&self.writer).await?;
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
        let sql = "UPDATE events SET raw = json_set(raw, '$.token', ?1)
                   WHERE kind IN ('ticket_issued', 'reprinted') AND instr(raw, ?1) = 0 AND CASE WHEN json_valid(raw) THEN
                       raw ->> '$.token' IS NOT NULL AND (received_at < ?2
                           OR (raw ->> '$.day' < ?3 AND NOT coalesce(raw ->> '$.uncertain', 0)))
                   END";
        let erase = sqlx::query(sql).bind(ERASED.to_string()).bind(cut.begun.as_millisecond());
        let erased = erase.bind(cut.today.to_string()).execute(&self.writer).await?.rows_affected();
        let sql = "UPDATE quarantine SET raw = json_set(raw, '$.token', ?1)
                   WHERE received_at < ?2 AND instr(raw, ?1) = 0
                       AND CASE WHEN json_valid(raw) THEN raw ->> '$.token' IS NOT NULL END";
        let apart = sqlx::query(sql).bind(ERASED.to_string()).bind(cut.begun.as_millisecond());
        Ok(erased + apart.execute(&self.writer).await?.rows_affected())
    }

    /// The log of changes still holds what the file no longer does. A reader in its way leaves the rest to the next time.
    pub(super) async fn empty_wal(&self) {
        if let Err(e) = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.writer).await {
            tracing::debug!(error = %e, "the store's log of changes was not emptied");
        }
    }
}
