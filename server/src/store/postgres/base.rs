//! Whether the store answers, and its settings.

use async_trait::async_trait;

use super::super::{Base, Result, StoreError};
use super::PostgresStore;

#[async_trait]
impl Base for PostgresStore {
    async fn ping(&self) -> Result<()> {
        let sql = "SELECT current_setting('transaction_read_only') = 'on', EXISTS (SELECT 1 FROM settings)";
        let (read_only, _): (bool, bool) = sqlx::query_as(sql).fetch_one(&self.pool).await?;
        if read_only { Err(StoreError::ReadOnly) } else { Ok(()) }
    }

    async fn setting_or(&self, key: &str, fresh: Vec<u8>) -> Result<Vec<u8>> {
        let sql = "INSERT INTO settings VALUES ($1, $2)
                   ON CONFLICT (key) DO UPDATE SET value = settings.value RETURNING value";
        Ok(sqlx::query_scalar(sql).bind(key).bind(fresh).fetch_one(&self.pool).await?)
    }
}
