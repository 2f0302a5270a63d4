//! What technicians must know.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{Row, Sqlite, Transaction};
use wire::ids::{OriginId, SiteId};

use super::super::{ALARM_AGAIN, Alarm, AlarmKind, Alarms, NewDelivery, Result};
use super::{SqliteStore, hooks, row};

const COLUMNS: &str = "at, origin, kind, detail, lasts, ended_at";

#[async_trait]
impl Alarms for SqliteStore {
    async fn raise(
        &self,
        at: Timestamp,
        origin: OriginId,
        kind: AlarmKind,
        detail: &str,
        told: &[NewDelivery],
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        let raised = insert(&mut tx, at, origin, kind, detail).await?;
        if raised {
            hooks::queue(&mut tx, told).await?;
        }
        tx.commit().await?;
        Ok(raised)
    }

    async fn begin_alarm(
        &self,
        at: Timestamp,
        origin: OriginId,
        kind: AlarmKind,
        detail: &str,
        told: &[NewDelivery],
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        let sql =
            "SELECT EXISTS (SELECT 1 FROM alarms WHERE origin = ? AND kind = ? AND lasts = 1 AND ended_at IS NULL)";
        let lasts = sqlx::query_scalar(sql).bind(row::id(&origin.0)).bind(kind.as_str()).fetch_one(&mut *tx).await?;
        if lasts || !insert(&mut tx, at, origin, kind, detail).await? {
            return Ok(false);
        }
        let sql = "UPDATE alarms SET lasts = 1 WHERE id = last_insert_rowid()";
        sqlx::query(sql).execute(&mut *tx).await?;
        hooks::queue(&mut tx, told).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn end_alarm(&self, at: Timestamp, origin: OriginId, kind: AlarmKind, told: &[NewDelivery]) -> Result<bool> {
        let mut tx = self.begin().await?;
        let sql = "UPDATE alarms SET ended_at = ? WHERE origin = ? AND kind = ? AND lasts = 1 AND ended_at IS NULL";
        let query = sqlx::query(sql).bind(at.as_millisecond()).bind(row::id(&origin.0)).bind(kind.as_str());
        let ended = query.execute(&mut *tx).await?.rows_affected() > 0;
        if ended {
            hooks::queue(&mut tx, told).await?;
        }
        tx.commit().await?;
        Ok(ended)
    }

    async fn lasting_alarms(&self, site: SiteId) -> Result<Vec<Alarm>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM alarms JOIN origins ON uuid = origin
             WHERE site = ? AND lasts = 1 AND ended_at IS NULL ORDER BY alarms.id"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(row::id(&site.0));
        query.fetch_all(&self.readers).await?.iter().map(alarm).collect()
    }

    async fn alarms(&self, site: SiteId, most: u32) -> Result<Vec<Alarm>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM alarms JOIN origins ON uuid = origin WHERE site = ? ORDER BY alarms.id DESC LIMIT ?"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(row::id(&site.0)).bind(most);
        query.fetch_all(&self.readers).await?.iter().map(alarm).collect()
    }
}

fn alarm(found: &sqlx::sqlite::SqliteRow) -> Result<Alarm> {
    let origin: Option<Vec<u8>> = found.try_get("origin")?;
    Ok(Alarm {
        at: row::time(found.try_get("at")?)?,
        origin: origin.map(|bytes| row::uuid(&bytes).map(OriginId)).transpose()?,
        kind: found.try_get("kind")?,
        detail: found.try_get("detail")?,
        lasts: found.try_get("lasts")?,
        ended_at: found.try_get::<Option<i64>, _>("ended_at")?.map(row::time).transpose()?,
    })
}

/// Keeps an alarm unless the same was told within the hour.
pub(super) async fn insert(
    tx: &mut Transaction<'_, Sqlite>,
    at: Timestamp,
    origin: OriginId,
    kind: AlarmKind,
    detail: &str,
) -> Result<bool> {
    // What a clock that has been set back left in the future must not silence an alarm.
    let sql = "INSERT INTO alarms (at, origin, kind, detail) SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS
               (SELECT 1 FROM alarms WHERE origin = ?2 AND kind = ?3 AND at > ?5 AND at <= ?1)";
    let since = at.as_millisecond().saturating_sub(i64::try_from(ALARM_AGAIN.as_millis()).unwrap_or(i64::MAX));
    let query = sqlx::query(sql).bind(at.as_millisecond()).bind(row::id(&origin.0)).bind(kind.as_str()).bind(detail);
    Ok(query.bind(since).execute(&mut **tx).await?.rows_affected() == 1)
}
