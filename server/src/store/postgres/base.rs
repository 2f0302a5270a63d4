//! Whether the store answers, and its settings.

use async_trait::async_trait;

use super::super::{Base, Result};
use super::PostgresStore;

#[async_trait]
impl Base for PostgresStore {
    async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1 FROM settings LIMIT 1").execute(&self.pool).await?;
        Ok(())
    }

    async fn setting_or(&self, key: &str, fresh: Vec<u8>) -> Result<Vec<u8>> {
        let sql = "INSERT INTO settings VALUES ($1, $2)
                   ON CONFLICT (key) DO UPDATE SET value = settings.value RETURNING value";
        Ok(sqlx::query_scalar(sql).bind(key).bind(fresh).fetch_one(&self.pool).await?)
    }
}
