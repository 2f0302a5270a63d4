//! Service days, and counters that were heard of.

use async_trait::async_trait;
use jiff::Timestamp;
use queue_engine::Decision;
use wire::ids::{AgentRef, CounterId, SiteId};
use wire::service_day::ServiceDay;

use super::super::{ClosedDay, Days, Result, What};
use super::{PostgresStore, following, row};

#[async_trait]
impl Days for PostgresStore {
    async fn close_day(&self, site: SiteId, day: ServiceDay, closed: &ClosedDay) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        let sql = "INSERT INTO days (site, day, closed_at, closed_by, message, expired) VALUES ($1, $2, $3, $4, $5, $6)
                   ON CONFLICT (site, day) DO NOTHING";
        let insert = sqlx::query(sql).bind(site.0).bind(day.to_string()).bind(closed.at.as_millisecond());
        let insert = insert.bind(closed.by.map(|AgentRef(by)| i64::from(by))).bind(closed.message.as_str());
        let new = insert.bind(i64::from(closed.expired)).execute(&mut *tx).await?.rows_affected() == 1;
        following::note_change(&mut tx, site, What::Decisions).await?;
        tx.commit().await?;
        Ok(new)
    }

    async fn reopen_day(&self, site: SiteId, day: ServiceDay) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        let delete = sqlx::query("DELETE FROM days WHERE site = $1 AND day = $2").bind(site.0);
        let opened = delete.bind(day.to_string()).execute(&mut *tx).await?.rows_affected() == 1;
        following::note_change(&mut tx, site, What::Decisions).await?;
        tx.commit().await?;
        Ok(opened)
    }

    async fn closed_day(&self, site: SiteId, day: ServiceDay) -> Result<Option<ClosedDay>> {
        let sql = "SELECT closed_at, closed_by, message, expired FROM days WHERE site = $1 AND day = $2";
        let query = sqlx::query_as(sql).bind(site.0).bind(day.to_string());
        query.fetch_optional(&self.pool).await?.map(row::closed_day).transpose()
    }

    async fn decisions_made(&self, site: SiteId, from: Timestamp, to: Timestamp) -> Result<Vec<Decision>> {
        let sql = "SELECT decision FROM calls WHERE site = $1 AND at >= $2 AND at < $3 AND decision IS NOT NULL";
        let query = sqlx::query_scalar(sql).bind(site.0).bind(from.as_millisecond());
        let found: Vec<String> = query.bind(to.as_millisecond()).fetch_all(&self.pool).await?;
        found.iter().map(|why| row::reason(why)).collect()
    }

    async fn note_heard(&self, site: SiteId, heard: &[(CounterId, Timestamp)]) -> Result<()> {
        let mut tx = self.pool.begin().await?;
        for (counter, at) in heard {
            let sql = "INSERT INTO heard (site, counter, at) VALUES ($1, $2, $3)
                       ON CONFLICT (site, counter) DO UPDATE SET at = greatest(heard.at, excluded.at)";
            let note = sqlx::query(sql).bind(site.0).bind(counter.as_str());
            note.bind(at.as_millisecond()).execute(&mut *tx).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn heard(&self, site: SiteId) -> Result<Vec<(CounterId, Timestamp)>> {
        let sql = "SELECT counter, at FROM heard WHERE site = $1 ORDER BY counter";
        let rows: Vec<(String, i64)> = sqlx::query_as(sql).bind(site.0).fetch_all(&self.pool).await?;
        rows.into_iter().map(|(counter, at)| Ok((row::counter(counter)?, row::time(at)?))).collect()
    }
}
