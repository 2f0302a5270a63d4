//! Whether the store answers, and its settings.

use async_trait::async_trait;

use super::super::{Base, Result};
use super::SqliteStore;

#[async_trait]
impl Base for SqliteStore {
    async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1 FROM settings LIMIT 1").execute(&self.readers).await?;
        Ok(())
    }

    async fn setting_or(&self, key: &str, fresh: Vec<u8>) -> Result<Vec<u8>> {
        let sql = "INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value = value RETURNING value";
        Ok(sqlx::query_scalar(sql).bind(key).bind(fresh).fetch_one(&self.writer).await?)
    }
}
