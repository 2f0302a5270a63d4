//! What staff decided for a service day.

use async_trait::async_trait;
use wire::ids::SiteId;
use wire::service_day::ServiceDay;

use super::super::{Decision, Decisions, Matter, Result, What};
use super::{SqliteStore, following, row};

#[async_trait]
impl Decisions for SqliteStore {
    async fn decide(&self, site: SiteId, day: ServiceDay, decision: &Decision) -> Result<()> {
        let (kind, service) = row::matter(&decision.matter);
        let mut tx = self.begin().await?;
        let sql = "INSERT INTO decisions (site, day, kind, service, at) VALUES (?, ?, ?, ?, ?)
                   ON CONFLICT (site, day, kind, service) DO UPDATE SET at = excluded.at";
        let insert = sqlx::query(sql).bind(row::id(&site.0)).bind(day.to_string()).bind(kind).bind(service);
        insert.bind(decision.at.as_millisecond()).execute(&mut *tx).await?;
        following::note_change(&mut tx, site, What::Decisions).await?;
        Ok(tx.commit().await?)
    }

    async fn undecide(&self, site: SiteId, day: ServiceDay, matter: &Matter) -> Result<bool> {
        let (kind, service) = row::matter(matter);
        let mut tx = self.begin().await?;
        let sql = "DELETE FROM decisions WHERE site = ? AND day = ? AND kind = ? AND service = ?";
        let query = sqlx::query(sql).bind(row::id(&site.0)).bind(day.to_string()).bind(kind).bind(service);
        let undone = query.execute(&mut *tx).await?.rows_affected() == 1;
        following::note_change(&mut tx, site, What::Decisions).await?;
        tx.commit().await?;
        Ok(undone)
    }

    async fn decisions(&self, site: SiteId, day: ServiceDay) -> Result<Vec<Decision>> {
        let sql = "SELECT kind, service, at FROM decisions WHERE site = ? AND day = ? ORDER BY kind, service";
        let query = sqlx::query_as(sql).bind(row::id(&site.0)).bind(day.to_string());
        query.fetch_all(&self.readers).await?.into_iter().map(row::decision).collect()
    }
}
