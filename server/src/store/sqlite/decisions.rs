//! What staff decided for a service day.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use wire::ids::SiteId;
use wire::service_day::ServiceDay;

use super::super::{Decision, Matter, Result, StoreError};
use super::{SqliteStore, row};

impl SqliteStore {
    pub(super) async fn upsert_decision(&self, site: SiteId, day: ServiceDay, decision: &Decision) -> Result<()> {
        let (kind, service) = columns(&decision.matter);
        let sql = "INSERT INTO decisions (site, day, kind, service, at) VALUES (?, ?, ?, ?, ?)
                   ON CONFLICT (site, day, kind, service) DO UPDATE SET at = excluded.at";
        let insert = sqlx::query(sql).bind(row::id(&site.0)).bind(day.to_string()).bind(kind).bind(service);
        insert.bind(decision.at.as_millisecond()).execute(&self.writer).await?;
        Ok(())
    }

    pub(super) async fn delete_decision(&self, site: SiteId, day: ServiceDay, matter: &Matter) -> Result<bool> {
        let (kind, service) = columns(matter);
        let sql = "DELETE FROM decisions WHERE site = ? AND day = ? AND kind = ? AND service = ?";
        let query = sqlx::query(sql).bind(row::id(&site.0)).bind(day.to_string()).bind(kind).bind(service);
        Ok(query.execute(&self.writer).await?.rows_affected() == 1)
    }

    pub(super) async fn list_decisions(&self, site: SiteId, day: ServiceDay) -> Result<Vec<Decision>> {
        let sql = "SELECT kind, service, at FROM decisions WHERE site = ? AND day = ? ORDER BY kind, service";
        let query = sqlx::query(sql).bind(row::id(&site.0)).bind(day.to_string());
        query.fetch_all(&self.readers).await?.iter().map(decision).collect()
    }
}

fn columns(matter: &Matter) -> (&'static str, &str) {
    match matter {
        Matter::AllFull => ("full", ""),
        Matter::Full(service) => ("full", service.as_str()),
        Matter::Closing => ("closing", ""),
    }
}

fn decision(found: &SqliteRow) -> Result<Decision> {
    let unreadable = || StoreError::Unreadable { what: "a decision of staff" };
    let matter = match (found.try_get("kind")?, found.try_get("service")?) {
        ("closing", "") => Matter::Closing,
        ("full", "") => Matter::AllFull,
        ("full", service) => Matter::Full(service.parse().map_err(|_| unreadable())?),
        _ => return Err(unreadable()),
    };
    Ok(Decision { matter, at: row::time(found.try_get("at")?)? })
}
