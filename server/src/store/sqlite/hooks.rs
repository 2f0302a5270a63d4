//! Addresses of other programs, and what is on its way to them.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, Sqlite, Transaction};
use uuid::Uuid;
use wire::ids::SiteId;

use super::super::{Attempt, Cursor, Delivery, DeliveryState, Hook, Hooks, NewDelivery, Result};
use super::{SqliteStore, row};

const COLUMNS: &str = "hook, event, kind, body, deliveries.at, attempts, state, next_at, detail";

#[async_trait]
impl Hooks for SqliteStore {
    async fn add_hook(&self, hook: &Hook) -> Result<()> {
        let sql = "INSERT INTO hooks (id, site, url, secret, kinds, since) VALUES ($1, $2, $3, $4, $5, $6)";
        let query = sqlx::query(sql).bind(row::id(&hook.id)).bind(row::id(&hook.site.0)).bind(&hook.url);
        let query = query.bind(hook.secret.as_slice()).bind(hook.kinds.join(" ")).bind(hook.since.as_millisecond());
        query.execute(&self.writer).await?;
        Ok(())
    }

    async fn hooks(&self, site: Option<SiteId>) -> Result<Vec<Hook>> {
        let sql = "SELECT id, site, url, secret, kinds, since, disabled_at FROM hooks WHERE $1 IS NULL OR site = $1
                   ORDER BY since, id";
        let rows = sqlx::query(sql).bind(site.as_ref().map(|site| row::id(&site.0))).fetch_all(&self.readers).await?;
        rows.iter().map(hook).collect()
    }

    async fn disable_hook(&self, site: SiteId, hook: Uuid, at: Option<Timestamp>) -> Result<bool> {
        let sql = "UPDATE hooks SET disabled_at = $1 WHERE site = $2 AND id = $3";
        let query =
            sqlx::query(sql).bind(at.map(Timestamp::as_millisecond)).bind(row::id(&site.0)).bind(row::id(&hook));
        Ok(query.execute(&self.writer).await?.rows_affected() == 1)
    }

    async fn remove_hook(&self, site: SiteId, hook: Uuid) -> Result<bool> {
        let sql = "DELETE FROM hooks WHERE site = $1 AND id = $2";
        let query = sqlx::query(sql).bind(row::id(&site.0)).bind(row::id(&hook));
        Ok(query.execute(&self.writer).await?.rows_affected() == 1)
    }

    async fn hook_cursor(&self) -> Result<Option<Cursor>> {
        let reached: Option<String> =
            sqlx::query_scalar("SELECT reached FROM hook_cursor").fetch_optional(&self.readers).await?;
        Ok(reached.map(Cursor::kept))
    }

    async fn queue(&self, cursor: &Cursor, deliveries: &[NewDelivery]) -> Result<()> {
        let mut tx = self.begin().await?;
        queue(&mut tx, deliveries).await?;
        let sql =
            "INSERT INTO hook_cursor VALUES (0, $1) ON CONFLICT (single) DO UPDATE SET reached = excluded.reached";
        sqlx::query(sql).bind(cursor.as_str()).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn due_hooks(&self, now: Timestamp) -> Result<Vec<Hook>> {
        let sql = "SELECT id, site, url, secret, kinds, since, disabled_at FROM hooks WHERE disabled_at IS NULL
                   AND EXISTS (SELECT 1 FROM deliveries WHERE hook = hooks.id AND state = 0 AND next_at <= $1)
                   ORDER BY since, id";
        sqlx::query(sql).bind(now.as_millisecond()).fetch_all(&self.readers).await?.iter().map(hook).collect()
    }

    async fn due_deliveries(&self, hook: Uuid, now: Timestamp, most: u32) -> Result<Vec<Delivery>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM deliveries JOIN hooks ON hooks.id = hook
             WHERE hook = $1 AND state = 0 AND next_at <= $2 AND disabled_at IS NULL ORDER BY place LIMIT $3"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(row::id(&hook)).bind(now.as_millisecond()).bind(most);
        query.fetch_all(&self.readers).await?.iter().map(delivery).collect()
    }

    async fn settle(&self, hook: Uuid, event: &str, attempt: &Attempt) -> Result<()> {
        let (state, next_at) = row::delivery_state(attempt.state);
        let mut tx = self.begin().await?;
        let sql =
            "UPDATE deliveries SET attempts = attempts + 1, state = $1, next_at = coalesce($2, next_at), detail = $3
                   WHERE hook = $4 AND event = $5";
        let query = sqlx::query(sql).bind(state).bind(next_at).bind(&attempt.detail);
        query.bind(row::id(&hook)).bind(event).execute(&mut *tx).await?;
        if let (true, Some(next_at)) = (attempt.all_wait, next_at) {
            let sql = "UPDATE deliveries SET next_at = $1 WHERE hook = $2 AND state = 0 AND next_at < $1";
            sqlx::query(sql).bind(next_at).bind(row::id(&hook)).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn deliveries(&self, hook: Uuid, most: u32) -> Result<Vec<Delivery>> {
        let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE hook = $1 ORDER BY place DESC LIMIT $2");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(row::id(&hook)).bind(most);
        query.fetch_all(&self.readers).await?.iter().map(delivery).collect()
    }

    async fn forget_deliveries(&self, before: Timestamp) -> Result<u64> {
        let sql = "DELETE FROM deliveries WHERE at < $1";
        Ok(sqlx::query(sql).bind(before.as_millisecond()).execute(&self.writer).await?.rows_affected())
    }
}

fn hook(found: &SqliteRow) -> Result<Hook> {
    let kinds: String = found.try_get("kinds")?;
    let disabled_at: Option<i64> = found.try_get("disabled_at")?;
    Ok(Hook {
        id: row::uuid(found.try_get("id")?)?,
        site: SiteId(row::uuid(found.try_get("site")?)?),
        url: found.try_get("url")?,
        secret: row::bytes32(found.try_get("secret")?, "a webhook's secret")?,
        kinds: kinds.split_whitespace().map(str::to_owned).collect(),
        since: row::time(found.try_get("since")?)?,
        disabled_at: disabled_at.map(row::time).transpose()?,
    })
}

fn delivery(found: &SqliteRow) -> Result<Delivery> {
    let next_at = row::time(found.try_get("next_at")?)?;
    let attempts: i64 = found.try_get("attempts")?;
    Ok(Delivery {
        what: NewDelivery {
            hook: row::uuid(found.try_get("hook")?)?,
            event: found.try_get("event")?,
            kind: found.try_get("kind")?,
            body: found.try_get("body")?,
            at: row::time(found.try_get("at")?)?,
        },
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        state: match found.try_get::<i64, _>("state")? {
            1 => DeliveryState::Delivered,
            2 => DeliveryState::GivenUp,
            _ => DeliveryState::Waiting(next_at),
        },
        detail: found.try_get("detail")?,
    })
}

/// Keeps deliveries, in this order.
pub(super) async fn queue(tx: &mut Transaction<'_, Sqlite>, deliveries: &[NewDelivery]) -> Result<()> {
    for delivery in deliveries {
        let sql = "INSERT INTO deliveries (hook, event, kind, body, at, next_at)
                   SELECT $1, $2, $3, $4, $5, $5 WHERE EXISTS (SELECT 1 FROM hooks WHERE id = $1)
                   ON CONFLICT (hook, event) DO NOTHING";
        let query = sqlx::query(sql).bind(row::id(&delivery.hook)).bind(&delivery.event).bind(&delivery.kind);
        query.bind(&delivery.body).bind(delivery.at.as_millisecond()).execute(&mut **tx).await?;
    }
    Ok(())
}
