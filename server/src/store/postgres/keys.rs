//! Keys of other programs, and what their requests were answered.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;
use wire::ids::SiteId;
use wire::token::Hash32;

use super::super::{ApiKey, Claim, Claimed, Keys, Result};
use super::{PostgresStore, in_turn, row};

const OF_SITE: &str = "SELECT id, site, name, scopes, since, expires_at, revoked_at, used_at FROM api_keys
    WHERE site = $1 ORDER BY since DESC, id";
const OF_HASH: &str = "SELECT id, site, name, scopes, since, expires_at, revoked_at, used_at FROM api_keys
    WHERE hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";

#[async_trait]
impl Keys for PostgresStore {
    async fn add_key(&self, key: &ApiKey, hash: Hash32) -> Result<()> {
        let sql = "INSERT INTO api_keys (id, hash, site, name, scopes, since, expires_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let query = sqlx::query(sql).bind(key.id).bind(hash.0.as_slice()).bind(key.site.0);
        let query =
            query.bind(row::text(&key.name)).bind(row::scope_names(&key.scopes)).bind(key.since.as_millisecond());
        query.bind(key.expires_at.map(Timestamp::as_millisecond)).execute(&self.pool).await?;
        Ok(())
    }

    async fn key(&self, hash: Hash32, now: Timestamp) -> Result<Option<ApiKey>> {
        let query = sqlx::query(OF_HASH).bind(hash.0.as_slice()).bind(now.as_millisecond());
        query.fetch_optional(&self.pool).await?.as_ref().map(key).transpose()
    }

    async fn keys(&self, site: SiteId) -> Result<Vec<ApiKey>> {
        sqlx::query(OF_SITE).bind(site.0).fetch_all(&self.pool).await?.iter().map(key).collect()
    }

    async fn revoke_key(&self, site: SiteId, key: Uuid, at: Timestamp) -> Result<bool> {
        let sql = "UPDATE api_keys SET revoked_at = $1 WHERE site = $2 AND id = $3 AND revoked_at IS NULL";
        let query = sqlx::query(sql).bind(at.as_millisecond()).bind(site.0).bind(key);
        Ok(query.execute(&self.pool).await?.rows_affected() == 1)
    }

    async fn key_used(&self, key: Uuid, at: Timestamp) -> Result<()> {
        let sql = "UPDATE api_keys SET used_at = $1 WHERE id = $2";
        sqlx::query(sql).bind(at.as_millisecond()).bind(key).execute(&self.pool).await?;
        Ok(())
    }

    async fn claim_answer(&self, claim: &Claim<'_>) -> Result<Claimed> {
        let mut tx = self.pool.begin().await?;
        in_turn(&mut tx, &format!("answer {} {}", claim.key, claim.name)).await?;
        let sql = "SELECT asked, at, begun, status, body FROM answers WHERE key = $1 AND name = $2";
        let found = sqlx::query(sql).bind(claim.key).bind(claim.name).fetch_optional(&mut *tx).await?;
        let mut since = claim.now.as_millisecond();
        if let Some(found) = found {
            let (asked, at): (Vec<u8>, i64) = (found.try_get("asked")?, found.try_get("at")?);
            let (begun, status): (Option<i64>, Option<i64>) = (found.try_get("begun")?, found.try_get("status")?);
            if at >= claim.kept_from.as_millisecond() {
                match (status, begun) {
                    (None, None) => {}
                    _ if asked != claim.asked.0 => return Ok(Claimed::Other),
                    (Some(status), _) => {
                        return Ok(Claimed::Before { status: row::status(status)?, body: found.try_get("body")? });
                    }
                    (None, Some(begun)) if begun >= claim.stalled.as_millisecond() => return Ok(Claimed::Busy),
                    (None, Some(_)) => {}
                }
                since = at;
            }
        }
        let sql = "INSERT INTO answers (key, name, asked, at, begun) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (key, name)
                   DO UPDATE SET asked = excluded.asked, at = excluded.at, begun = excluded.begun, status = NULL, body = ''";
        let query = sqlx::query(sql).bind(claim.key).bind(claim.name).bind(claim.asked.0.as_slice());
        query.bind(since).bind(claim.now.as_millisecond()).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(Claimed::New { since: row::time(since)? })
    }

    async fn keep_answer(&self, key: Uuid, name: &str, status: u16, body: &str) -> Result<()> {
        let sql = "UPDATE answers SET status = $1, body = $2 WHERE key = $3 AND name = $4 AND status IS NULL";
        let query = sqlx::query(sql).bind(i64::from(status)).bind(body).bind(key).bind(name);
        query.execute(&self.pool).await?;
        Ok(())
    }

    async fn drop_answer(&self, key: Uuid, name: &str) -> Result<()> {
        let sql = "UPDATE answers SET begun = NULL WHERE key = $1 AND name = $2 AND status IS NULL";
        sqlx::query(sql).bind(key).bind(name).execute(&self.pool).await?;
        Ok(())
    }

    async fn forget_answers(&self, before: Timestamp) -> Result<u64> {
        let sql = "DELETE FROM answers WHERE at < $1";
        Ok(sqlx::query(sql).bind(before.as_millisecond()).execute(&self.pool).await?.rows_affected())
    }
}

fn key(found: &PgRow) -> Result<ApiKey> {
    let time =
        |name: &str| -> Result<Option<Timestamp>> { found.try_get::<Option<i64>, _>(name)?.map(row::time).transpose() };
    let scopes: String = found.try_get("scopes")?;
    Ok(ApiKey {
        id: found.try_get("id")?,
        site: SiteId(found.try_get("site")?),
        name: found.try_get("name")?,
        scopes: row::scopes(&scopes),
        since: row::time(found.try_get("since")?)?,
        expires_at: time("expires_at")?,
        revoked_at: time("revoked_at")?,
        used_at: time("used_at")?,
    })
}
