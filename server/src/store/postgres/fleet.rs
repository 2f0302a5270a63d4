//! What bornes report of themselves.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row;
use wire::ids::{OriginId, SiteId};

use super::super::{Fleet, LastWord, Result};
use super::{PostgresStore, row};

#[async_trait]
impl Fleet for PostgresStore {
    async fn keep_report(&self, borne: OriginId, at: Timestamp, raw: &str) -> Result<()> {
        let sql = "INSERT INTO reports (borne, at, raw) VALUES ($1, $2, $3)
                   ON CONFLICT (borne) DO UPDATE SET at = excluded.at, raw = excluded.raw";
        let query = sqlx::query(sql).bind(borne.0).bind(at.as_millisecond()).bind(row::text(raw));
        query.execute(&self.pool).await?;
        Ok(())
    }

    async fn last_words(&self, site: SiteId) -> Result<Vec<LastWord>> {
        let sql = "SELECT uuid, heard_at, at, raw FROM origins LEFT JOIN reports ON borne = uuid
                   WHERE site = $1 AND public_key IS NOT NULL ORDER BY id";
        let rows = sqlx::query(sql).bind(site.0).fetch_all(&self.pool).await?;
        let word = |found: &sqlx::postgres::PgRow| {
            let (heard, at): (Option<i64>, Option<i64>) = (found.try_get("heard_at")?, found.try_get("at")?);
            let raw: Option<String> = found.try_get("raw")?;
            Ok(LastWord {
                borne: OriginId(found.try_get("uuid")?),
                heard_at: heard.map(row::time).transpose()?,
                report: at.zip(raw).map(|(at, raw)| row::time(at).map(|at| (at, raw))).transpose()?,
            })
        };
        rows.iter().map(word).collect()
    }
}
