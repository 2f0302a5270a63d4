//! What is wanted of bornes.

use async_trait::async_trait;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use wire::ids::{OriginId, SiteId};

use super::super::{Result, WantedVersion, Wanting};
use super::{SqliteStore, following, row};

#[async_trait]
impl Wanting for SqliteStore {
    async fn put_wanted(&self, wanted: &WantedVersion) -> Result<bool> {
        let sql = "INSERT INTO wanted (borne, version, at, made_by, body) VALUES (?, ?, ?, ?, ?)
                   ON CONFLICT (borne, version) DO NOTHING";
        let insert = sqlx::query(sql).bind(row::id(&wanted.borne.0)).bind(row::to_sql(wanted.version));
        let insert = insert.bind(wanted.at.as_millisecond()).bind(&wanted.by).bind(&wanted.body);
        let mut tx = self.begin().await?;
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
        let sql = "SELECT borne, version, at, made_by, body FROM wanted JOIN origins ON uuid = borne WHERE site = ?
                   AND version = (SELECT max(version) FROM wanted AS other WHERE other.borne = wanted.borne)
                   ORDER BY origins.id";
        let query = sqlx::query(sql).bind(row::id(&site.0));
        query.fetch_all(&self.readers).await?.iter().map(version).collect()
    }

    async fn wanted_before(&self, borne: OriginId, most: u32) -> Result<Vec<WantedVersion>> {
        let sql = "SELECT borne, version, at, made_by, body FROM wanted WHERE borne = ? ORDER BY version DESC LIMIT ?";
        let query = sqlx::query(sql).bind(row::id(&borne.0)).bind(most);
        query.fetch_all(&self.readers).await?.iter().map(version).collect()
    }
}

fn version(found: &SqliteRow) -> Result<WantedVersion> {
    Ok(WantedVersion {
        borne: OriginId(row::uuid(found.try_get("borne")?)?),
        version: row::from_sql(found.try_get("version")?),
        at: row::time(found.try_get("at")?)?,
        by: found.try_get("made_by")?,
        body: found.try_get("body")?,
    })
}
