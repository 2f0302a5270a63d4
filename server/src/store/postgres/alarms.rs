//! What technicians must know.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{PgConnection, Row};
use uuid::Uuid;
use wire::ids::{OriginId, SiteId};

use super::super::{ALARM_AGAIN, Alarm, AlarmKind, Alarms, NewDelivery, Result};
use super::{PostgresStore, hooks, in_turn, row};

const COLUMNS: &str = "at, origin, kind, detail, lasts, ended_at";

#[async_trait]
impl Alarms for PostgresStore {
    async fn raise(
        &self,
        at: Timestamp,
        origin: OriginId,
        kind: AlarmKind,
        detail: &str,
        told: &[NewDelivery],
    ) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        let raised = insert(&mut tx, at, origin, kind, detail).await?.is_some();
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
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, &turn(origin, kind)).await?;
        let sql = "SELECT EXISTS (SELECT FROM alarms WHERE origin = $1 AND kind = $2 AND lasts AND ended_at IS NULL)";
        let lasts = sqlx::query_scalar(sql).bind(origin.0).bind(kind.as_str()).fetch_one(&mut *tx).await?;
        let inserted = if lasts { None } else { insert(&mut tx, at, origin, kind, detail).await? };
        let Some(id) = inserted else { return Ok(false) };
        sqlx::query("UPDATE alarms SET lasts = TRUE WHERE id = $1").bind(id).execute(&mut *tx).await?;
        hooks::queue(&mut tx, told).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn end_alarm(&self, at: Timestamp, origin: OriginId, kind: AlarmKind, told: &[NewDelivery]) -> Result<bool> {
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, &turn(origin, kind)).await?;
        let sql = "UPDATE alarms SET ended_at = $1 WHERE origin = $2 AND kind = $3 AND lasts AND ended_at IS NULL";
        let query = sqlx::query(sql).bind(at.as_millisecond()).bind(origin.0).bind(kind.as_str());
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
             WHERE site = $1 AND lasts AND ended_at IS NULL ORDER BY alarms.id"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(site.0);
        query.fetch_all(&self.pool).await?.iter().map(alarm).collect()
    }

    async fn alarms(&self, site: SiteId, most: u32) -> Result<Vec<Alarm>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM alarms JOIN origins ON uuid = origin WHERE site = $1
             ORDER BY alarms.id DESC LIMIT $2"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(site.0).bind(i64::from(most));
        query.fetch_all(&self.pool).await?.iter().map(alarm).collect()
    }
}

fn alarm(found: &sqlx::postgres::PgRow) -> Result<Alarm> {
    Ok(Alarm {
        at: row::time(found.try_get("at")?)?,
        origin: found.try_get::<Option<Uuid>, _>("origin")?.map(OriginId),
        kind: found.try_get("kind")?,
        detail: found.try_get("detail")?,
        lasts: found.try_get("lasts")?,
        ended_at: found.try_get::<Option<i64>, _>("ended_at")?.map(row::time).transpose()?,
    })
}

fn turn(origin: OriginId, kind: AlarmKind) -> String {
    format!("alarm {origin} {}", kind.as_str())
}

/// Keeps an alarm, and answers with its place, unless the same was told within the hour.
pub(super) async fn insert(
    tx: &mut PgConnection,
    at: Timestamp,
    origin: OriginId,
    kind: AlarmKind,
    detail: &str,
) -> Result<Option<i64>> {
    in_turn(tx, &turn(origin, kind)).await?;
    // What a clock that has been set back left in the future must not silence an alarm.
    let sql = "INSERT INTO alarms (at, origin, kind, detail) SELECT $1, $2, $3, $4 WHERE NOT EXISTS
               (SELECT FROM alarms WHERE origin = $2 AND kind = $3 AND at > $5 AND at <= $1) RETURNING id";
    let since = at.as_millisecond().saturating_sub(i64::try_from(ALARM_AGAIN.as_millis()).unwrap_or(i64::MAX));
    let query =
        sqlx::query_scalar(sql).bind(at.as_millisecond()).bind(origin.0).bind(kind.as_str()).bind(row::text(detail));
    Ok(query.bind(since).fetch_optional(tx).await?)
}
