//! What bornes are asked to do.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;
use wire::ids::{CommandId, OriginId};

use super::super::{Commands, NewCommand, Result};
use super::{PostgresStore, following};

#[async_trait]
impl Commands for PostgresStore {
    async fn add_command(&self, command: &NewCommand) -> Result<()> {
        let mut tx = self.pool.begin().await?;
        insert(&mut tx, command).await?;
        Ok(tx.commit().await?)
    }

    async fn open_commands(&self, borne: OriginId, now: Timestamp) -> Result<Vec<String>> {
        let sql = "SELECT body FROM commands WHERE borne = $1 AND expires_at > $2 AND settled_at IS NULL ORDER BY id";
        Ok(sqlx::query_scalar(sql).bind(borne.0).bind(now.as_millisecond()).fetch_all(&self.pool).await?)
    }

    async fn settle_commands(&self, borne: OriginId, answered: &[CommandId]) -> Result<()> {
        let ids: Vec<Uuid> = answered.iter().map(|id| id.0).collect();
        let sql = "DELETE FROM commands WHERE id = ANY($1) AND borne = $2";
        sqlx::query(sql).bind(ids).bind(borne.0).execute(&self.pool).await?;
        Ok(())
    }
}

/// Keeps a command, and tells every server of it.
pub(super) async fn insert(connection: &mut PgConnection, command: &NewCommand) -> Result<()> {
    let sql = "INSERT INTO commands (id, borne, body, expires_at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING";
    let insert = sqlx::query(sql).bind(command.id.0).bind(command.borne.0).bind(&command.body);
    let insert = insert.bind(command.expires_at.as_millisecond());
    if insert.execute(&mut *connection).await?.rows_affected() == 1 {
        following::note_borne(connection, command.borne).await?;
    }
    Ok(())
}
