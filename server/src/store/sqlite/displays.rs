//! The hall's screens.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use wire::ids::SiteId;
use wire::token::Hash32;

use super::super::{DisplayCode, Displays, Result, Screen};
use super::{SqliteStore, row};

const COLUMNS: &str = "token, site, display, enrolled_at, revoked_at, seen_at, sounds";

#[async_trait]
impl Displays for SqliteStore {
    async fn add_display_code(&self, code: &DisplayCode, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let old = sqlx::query("DELETE FROM display_codes WHERE expires_at <= ?").bind(now.as_millisecond());
        old.execute(&mut *tx).await?;
        let sql = "INSERT INTO display_codes (hash, site, display, expires_at) VALUES (?, ?, ?, ?)";
        let query = sqlx::query(sql).bind(row::hash(&code.hash)).bind(row::id(&code.site.0));
        query.bind(code.display.as_str()).bind(code.expires_at.as_millisecond()).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn enrol_screen(&self, code: Hash32, token: Hash32, now: Timestamp) -> Result<Option<Screen>> {
        let mut tx = self.begin().await?;
        let sql = "DELETE FROM display_codes WHERE hash = ? AND expires_at > ? RETURNING site, display";
        let spent = sqlx::query(sql).bind(row::hash(&code)).bind(now.as_millisecond());
        let Some(spent) = spent.fetch_optional(&mut *tx).await? else {
            return Ok(None);
        };
        let sql =
            format!("INSERT INTO screens (token, site, display, enrolled_at) VALUES (?, ?, ?, ?) RETURNING {COLUMNS}");
        let query =
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(row::hash(&token)).bind(spent.try_get::<Vec<u8>, _>("site")?);
        let query = query.bind(spent.try_get::<String, _>("display")?).bind(now.as_millisecond());
        let made = screen(&query.fetch_one(&mut *tx).await?)?;
        tx.commit().await?;
        Ok(Some(made))
    }

    async fn screen(&self, token: Hash32) -> Result<Option<Screen>> {
        let sql = format!("SELECT {COLUMNS} FROM screens WHERE token = ? AND revoked_at IS NULL");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(row::hash(&token));
        query.fetch_optional(&self.readers).await?.as_ref().map(screen).transpose()
    }

    async fn screens(&self, site: SiteId) -> Result<Vec<Screen>> {
        let sql = format!("SELECT {COLUMNS} FROM screens WHERE site = ? ORDER BY enrolled_at, token");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(row::id(&site.0));
        query.fetch_all(&self.readers).await?.iter().map(screen).collect()
    }

    async fn revoke_screen(&self, site: SiteId, token: Hash32, now: Timestamp) -> Result<bool> {
        let sql = "UPDATE screens SET revoked_at = ? WHERE site = ? AND token = ? AND revoked_at IS NULL";
        let query = sqlx::query(sql).bind(now.as_millisecond()).bind(row::id(&site.0)).bind(row::hash(&token));
        Ok(query.execute(&self.writer).await?.rows_affected() > 0)
    }

    async fn screen_seen(&self, token: Hash32, sounds: bool, now: Timestamp) -> Result<()> {
        let sql = "UPDATE screens SET seen_at = ?, sounds = ? WHERE token = ?";
        let query = sqlx::query(sql).bind(now.as_millisecond()).bind(sounds).bind(row::hash(&token));
        query.execute(&self.writer).await?;
        Ok(())
    }
}

fn screen(found: &SqliteRow) -> Result<Screen> {
    let time = |name: &str| found.try_get::<Option<i64>, _>(name)?.map(row::time).transpose();
    Ok(Screen {
        token: Hash32(row::bytes32(found.try_get("token")?, "a screen's token")?),
        site: SiteId(row::uuid(found.try_get("site")?)?),
        display: row::display(found.try_get("display")?)?,
        enrolled_at: row::time(found.try_get("enrolled_at")?)?,
        revoked_at: time("revoked_at")?,
        seen_at: time("seen_at")?,
        sounds: found.try_get("sounds")?,
    })
}
