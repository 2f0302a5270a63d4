//! Addresses of other programs, and what is on its way to them.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};
use uuid::Uuid;
use wire::ids::SiteId;

use super::super::{Attempt, Cursor, Delivery, DeliveryState, Hook, Hooks, NewDelivery, Result};
use super::{PostgresStore, row};

const COLUMNS: &str = "hook, event, kind, body, deliveries.at, attempts, state, next_at, detail";

#[async_trait]
impl Hooks for PostgresStore {
    async fn add_hook(&self, hook: &Hook) -> Result<()> {
        let sql = "INSERT INTO hooks (id, site, url, secret, kinds, since) VALUES ($1, $2, $3, $4, $5, $6)";
        let query = sqlx::query(sql).bind(hook.id).bind(hook.site.0).bind(row::text(&hook.url));
        let query = query.bind(hook.secret.as_slice()).bind(hook.kinds.join(" ")).bind(hook.since.as_millisecond());
        query.execute(&self.pool).await?;
        Ok(())
    }

    async fn hooks(&self, site: Option<SiteId>) -> Result<Vec<Hook>> {
        let sql =
            "SELECT id, site, url, secret, kinds, since, disabled_at FROM hooks WHERE $1::uuid IS NULL OR site = $1
                   ORDER BY since, id";
        let rows = sqlx::query(sql).bind(site.map(|site| site.0)).fetch_all(&self.pool).await?;
        rows.iter().map(hook).collect()
    }

    async fn disable_hook(&self, site: SiteId, hook: Uuid, at: Option<Timestamp>) -> Result<bool> {
        let sql = "UPDATE hooks SET disabled_at = $1 WHERE site = $2 AND id = $3";
        let query = sqlx::query(sql).bind(at.map(Timestamp::as_millisecond)).bind(site.0).bind(hook);
        Ok(query.execute(&self.pool).await?.rows_affected() == 1)
    }

    async fn remove_hook(&self, site: SiteId, hook: Uuid) -> Result<bool> {
        let sql = "DELETE FROM hooks WHERE site = $1 AND id = $2";
        let query = sqlx::query(sql).bind(site.0).bind(hook);
        Ok(query.execute(&self.pool).await?.rows_affected() == 1)
    }

    async fn hook_cursor(&self) -> Result<Option<Cursor>> {
        let reached: Option<String> =
            sqlx::query_scalar("SELECT reached FROM hook_cursor").fetch_optional(&self.pool).await?;
        Ok(reached.map(Cursor::kept))
    }

    async fn queue(&self, cursor: &Cursor, deliveries: &[NewDelivery]) -> Result<()> {
        let mut tx = self.pool.begin().await?;
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
        sqlx::query(sql).bind(now.as_millisecond()).fetch_all(&self.pool).await?.iter().map(hook).collect()
    }

    async fn due_deliveries(&self, hook: Uuid, now: Timestamp, most: u32) -> Result<Vec<Delivery>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM deliveries JOIN hooks ON hooks.id = hook
             WHERE hook = $1 AND state = 0 AND next_at <= $2 AND disabled_at IS NULL ORDER BY place LIMIT $3"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(hook).bind(now.as_millisecond()).bind(i64::from(most));
        query.fetch_all(&self.pool).await?.iter().map(delivery).collect()
    }

    async fn settle(&self, hook: Uuid, event: &str, attempt: &Attempt) -> Result<()> {
        let (state, next_at) = row::delivery_state(attempt.state);
        let mut tx = self.pool.begin().await?;
        let sql =
            "UPDATE deliveries SET attempts = attempts + 1, state = $1, next_at = coalesce($2, next_at), detail = $3
                   WHERE hook = $4 AND event = $5";
        let query = sqlx::query(sql).bind(state).bind(next_at).bind(row::text(&attempt.detail));
        query.bind(hook).bind(event).execute(&mut *tx).await?;
        if let (true, Some(next_at)) = (attempt.all_wait, next_at) {
            let sql = "UPDATE deliveries SET next_at = $1 WHERE hook = $2 AND state = 0 AND next_at < $1";
            sqlx::query(sql).bind(next_at).bind(hook).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn deliveries(&self, hook: Uuid, most: u32) -> Result<Vec<Delivery>> {
        let sql = format!("SELECT {COLUMNS} FROM deliveries WHERE hook = $1 ORDER BY place DESC LIMIT $2");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(hook).bind(i64::from(most));
        query.fetch_all(&self.pool).await?.iter().map(delivery).collect()
    }

    async fn forget_deliveries(&self, before: Timestamp) -> Result<u64> {
        let sql = "DELETE FROM deliveries WHERE at < $1";
        Ok(sqlx::query(sql).bind(before.as_millisecond()).execute(&self.pool).await?.rows_affected())
    }
}

fn hook(found: &PgRow) -> Result<Hook> {
    let kinds: String = found.try_get("kinds")?;
    let disabled_at: Option<i64> = found.try_get("disabled_at")?;
    Ok(Hook {
        id: found.try_get("id")?,
        site: SiteId(found.try_get("site")?),
        url: found.try_get("url")?,
        secret: row::bytes32(found.try_get("secret")?, "a webhook's secret")?,
        kinds: kinds.split_whitespace().map(str::to_owned).collect(),
        since: row::time(found.try_get("since")?)?,
        disabled_at: disabled_at.map(row::time).transpose()?,
    })
}

fn delivery(found: &PgRow) -> Result<Delivery> {
    let next_at = row::time(found.try_get("next_at")?)?;
    let attempts: i64 = found.try_get("attempts")?;
    Ok(Delivery {
        what: NewDelivery {
            hook: found.try_get("hook")?,
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
pub(super) async fn queue(tx: &mut PgConnection, deliveries: &[NewDelivery]) -> Result<()> {
    let sql = "INSERT INTO deliveries (hook, event, kind, body, at, next_at)
               SELECT hook, event, kind, body, at, at
               FROM UNNEST($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[]) WITH ORDINALITY
                   AS new (hook, event, kind, body, at, nth)
               WHERE EXISTS (SELECT FROM hooks WHERE id = new.hook) ORDER BY nth ON CONFLICT (hook, event) DO NOTHING";
    let query = sqlx::query(sql)
        .bind(deliveries.iter().map(|new| new.hook).collect::<Vec<_>>())
        .bind(deliveries.iter().map(|new| new.event.as_str()).collect::<Vec<_>>())
        .bind(deliveries.iter().map(|new| new.kind.as_str()).collect::<Vec<_>>())
        .bind(deliveries.iter().map(|new| new.body.as_str()).collect::<Vec<_>>())
        .bind(deliveries.iter().map(|new| new.at.as_millisecond()).collect::<Vec<_>>());
    query.execute(tx).await?;
    Ok(())
}
