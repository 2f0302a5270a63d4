//! What technicians must know.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::{Row, Sqlite, Transaction};
use wire::ids::{OriginId, SiteId};

use super::super::{ALARM_AGAIN, Alarm, AlarmKind, Alarms, Result};
use super::{SqliteStore, row};

#[async_trait]
impl Alarms for SqliteStore {
    async fn raise(&self, at: Timestamp, origin: OriginId, kind: AlarmKind, detail: &str) -> Result<bool> {
        let mut tx = self.begin().await?;
        let raised = insert(&mut tx, at, origin, kind, detail).await?;
        tx.commit().await?;
        Ok(raised)
    }

    async fn alarms(&self, site: SiteId, most: u32) -> Result<Vec<Alarm>> {
        let sql = "SELECT at, origin, kind, detail FROM alarms JOIN origins ON uuid = origin WHERE site = ?
                   ORDER BY alarms.id DESC LIMIT ?";
        let rows = sqlx::query(sql).bind(row::id(&site.0)).bind(most).fetch_all(&self.readers).await?;
        let alarm = |found: &sqlx::sqlite::SqliteRow| {
            let origin: Option<Vec<u8>> = found.try_get("origin")?;
            Ok(Alarm {
                at: row::time(found.try_get("at")?)?,
                origin: origin.map(|bytes| row::uuid(&bytes).map(OriginId)).transpose()?,
                kind: found.try_get("kind")?,
                detail: found.try_get("detail")?,
            })
        };
        rows.iter().map(alarm).collect()
    }
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
