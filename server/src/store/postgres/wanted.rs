//! What is wanted of bornes.

use async_trait::async_trait;
use sqlx::Row;
use sqlx::postgres::PgRow;
use wire::ids::{OriginId, SiteId};

use super::super::{Result, WantedVersion, Wanting};
use super::{PostgresStore, following, row};

#[async_trait]
impl Wanting for PostgresStore {
    async fn put_wanted(&self, wanted: &WantedVersion) -> Result<bool> {
        let sql = "INSERT INTO wanted (borne, version, at, made_by, body) VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT (borne, version) DO NOTHING";
        let insert = sqlx::query(sql).bind(wanted.borne.0).bind(row::to_sql(wanted.version));
        let insert = insert.bind(wanted.at.as_millisecond()).bind(&wanted.by).bind(&wanted.body);
        let mut tx = self.pool.begin().await?;
        let first = insert.execute(&mut *tx).await?.rows_affected() == 1;
        if first {
            following::note_borne(&mut tx, wanted.borne).await?;
        }
        tx.commit().await?;
        Ok(first)
    }

    async fn wanted(&self, borne: OriginId) -> Result<Option<WantedVersion>> {
        Ok(self.wanted_before(borne, 1).await?.pop())
    }

    async fn all_wanted(&self, site: SiteId) -> Result<Vec<WantedVersion>> {
        let sql = "SELECT borne, version, at, made_by, body FROM wanted JOIN origins ON uuid = borne WHERE site = $1
                   AND version = (SELECT max(version) FROM wanted AS other WHERE other.borne = wanted.borne)
                   ORDER BY origins.id";
        let query = sqlx::query(sql).bind(site.0);
        query.fetch_all(&self.pool).await?.iter().map(version).collect()
    }

    async fn wanted_before(&self, borne: OriginId, most: u32) -> Result<Vec<WantedVersion>> {
        let sql =
            "SELECT borne, version, at, made_by, body FROM wanted WHERE borne = $1 ORDER BY version DESC LIMIT $2";
        let query = sqlx::query(sql).bind(borne.0).bind(i64::from(most));
        query.fetch_all(&self.pool).await?.iter().map(version).collect()
    }
}

fn version(found: &PgRow) -> Result<WantedVersion> {
    Ok(WantedVersion {
        borne: OriginId(found.try_get("borne")?),
        version: row::from_sql(found.try_get("version")?),
        at: row::time(found.try_get("at")?)?,
        by: found.try_get("made_by")?,
        body: found.try_get("body")?,
    })
}
