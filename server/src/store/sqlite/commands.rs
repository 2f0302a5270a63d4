//! What bornes are asked to do.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::SqliteConnection;
use wire::ids::{CommandId, OriginId};

use super::super::{Commands, NewCommand, Result};
use super::{SqliteStore, following, row};

#[async_trait]
impl Commands for SqliteStore {
    async fn add_command(&self, command: &NewCommand) -> Result<()> {
        let mut tx = self.begin().await?;
        insert(&mut tx, command).await?;
        Ok(tx.commit().await?)
    }

    async fn open_commands(&self, borne: OriginId, now: Timestamp) -> Result<Vec<String>> {
        let sql = "SELECT body FROM commands WHERE borne = ? AND expires_at > ? AND settled_at IS NULL ORDER BY id";
        let open = sqlx::query_scalar(sql).bind(row::id(&borne.0)).bind(now.as_millisecond());
        Ok(open.fetch_all(&self.readers).await?)
    }

    async fn settle_commands(&self, borne: OriginId, answered: &[CommandId]) -> Result<()> {
        for id in answered {
            let sql = "DELETE FROM commands WHERE id = ? AND borne = ?";
            sqlx::query(sql).bind(row::id(&id.0)).bind(row::id(&borne.0)).execute(&self.writer).await?;
        }
        Ok(())
    }
}

/// Keeps a command, and tells every server of it.
pub(super) async fn insert(connection: &mut SqliteConnection, command: &NewCommand) -> Result<()> {
    let sql = "INSERT INTO commands (id, borne, body, expires_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING";
    let insert = sqlx::query(sql).bind(row::id(&command.id.0)).bind(row::id(&command.borne.0));
    let insert = insert.bind(&command.body).bind(command.expires_at.as_millisecond());
    if insert.execute(&mut *connection).await?.rows_affected() == 1 {
        following::note_borne(connection, command.borne).await?;
    }
    Ok(())
}
