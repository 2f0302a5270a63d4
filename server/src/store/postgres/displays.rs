//! The hall's screens.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::postgres::PgRow;
use wire::ids::SiteId;
use wire::token::Hash32;

use super::super::{DisplayCode, Displays, Result, Screen};
use super::{PostgresStore, row};

/// In one statement: of two servers that are given the same code at once, one deletes it.
const ENROL: &str =
    "WITH spent AS (DELETE FROM display_codes WHERE hash = $1 AND expires_at > $3 RETURNING site, display)
    INSERT INTO screens (token, site, display, enrolled_at) SELECT $2, site, display, $3 FROM spent RETURNING *";

#[async_trait]
impl Displays for PostgresStore {
    async fn add_display_code(&self, code: &DisplayCode, now: Timestamp) -> Result<()> {
        let old = sqlx::query("DELETE FROM display_codes WHERE expires_at <= $1").bind(now.as_millisecond());
        old.execute(&self.pool).await?;
        let sql = "INSERT INTO display_codes (hash, site, display, expires_at) VALUES ($1, $2, $3, $4)";
        let query = sqlx::query(sql).bind(code.hash.0.as_slice()).bind(code.site.0).bind(code.display.as_str());
        query.bind(code.expires_at.as_millisecond()).execute(&self.pool).await?;
        Ok(())
    }

    async fn enrol_screen(&self, code: Hash32, token: Hash32, now: Timestamp) -> Result<Option<Screen>> {
        let query = sqlx::query(ENROL).bind(code.0.as_slice()).bind(token.0.as_slice()).bind(now.as_millisecond());
        query.fetch_optional(&self.pool).await?.as_ref().map(screen).transpose()
    }

    async fn screen(&self, token: Hash32) -> Result<Option<Screen>> {
        let query =
            sqlx::query("SELECT * FROM screens WHERE token = $1 AND revoked_at IS NULL").bind(token.0.as_slice());
        query.fetch_optional(&self.pool).await?.as_ref().map(screen).transpose()
    }

    async fn screens(&self, site: SiteId) -> Result<Vec<Screen>> {
        let query = sqlx::query("SELECT * FROM screens WHERE site = $1 ORDER BY enrolled_at, token").bind(site.0);
        query.fetch_all(&self.pool).await?.iter().map(screen).collect()
    }

    async fn revoke_screen(&self, site: SiteId, token: Hash32, now: Timestamp) -> Result<bool> {
        let sql = "UPDATE screens SET revoked_at = $1 WHERE site = $2 AND token = $3 AND revoked_at IS NULL";
        let query = sqlx::query(sql).bind(now.as_millisecond()).bind(site.0).bind(token.0.as_slice());
        Ok(query.execute(&self.pool).await?.rows_affected() > 0)
    }

    async fn screen_seen(&self, token: Hash32, sounds: bool, now: Timestamp) -> Result<()> {
        let sql = "UPDATE screens SET seen_at = $1, sounds = $2 WHERE token = $3";
        let query = sqlx::query(sql).bind(now.as_millisecond()).bind(sounds).bind(token.0.as_slice());
        query.execute(&self.pool).await?;
        Ok(())
    }
}

fn screen(found: &PgRow) -> Result<Screen> {
    let time = |name: &str| found.try_get::<Option<i64>, _>(name)?.map(row::time).transpose();
    Ok(Screen {
        token: Hash32(row::bytes32(found.try_get("token")?, "a screen's token")?),
        site: SiteId(found.try_get("site")?),
        display: row::display(found.try_get("display")?)?,
        enrolled_at: row::time(found.try_get("enrolled_at")?)?,
        revoked_at: time("revoked_at")?,
        seen_at: time("seen_at")?,
        sounds: found.try_get("sounds")?,
    })
}
