//! What technicians ask of bornes, and what became of it.

use async_trait::async_trait;
use jiff::Timestamp;
use sqlx::Row;
use uuid::Uuid;
use wire::ids::{CommandId, OriginId};

use super::super::{Action, ActionFile, Actions, NewAction, Result};
use super::{PostgresStore, commands, row};

const COLUMNS: &str = "id, borne, kind, asked_by, asked_at, expires_at, taken_at, ended_at, outcome, media";

#[async_trait]
impl Actions for PostgresStore {
    async fn ask(&self, action: &NewAction) -> Result<bool> {
        let command = &action.command;
        let sql =
            "INSERT INTO actions (id, borne, kind, asked_by, asked_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
                   ON CONFLICT DO NOTHING";
        let insert = sqlx::query(sql).bind(command.id.0).bind(command.borne.0).bind(action.kind);
        let insert = insert.bind(row::text(&action.asked_by)).bind(action.asked_at.as_millisecond());
        let insert = insert.bind(command.expires_at.as_millisecond());
        let mut tx = self.pool.begin().await?;
        if insert.execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        commands::insert(&mut tx, command).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn take_actions(&self, borne: OriginId, taken: &[CommandId], at: Timestamp) -> Result<()> {
        let ids: Vec<Uuid> = taken.iter().map(|id| id.0).collect();
        let sql = "UPDATE actions SET taken_at = $1 WHERE id = ANY($2) AND borne = $3 AND taken_at IS NULL";
        sqlx::query(sql).bind(at.as_millisecond()).bind(ids).bind(borne.0).execute(&self.pool).await?;
        Ok(())
    }

    async fn end_action(
        &self,
        borne: OriginId,
        id: CommandId,
        at: Timestamp,
        outcome: &str,
        file: Option<&ActionFile>,
    ) -> Result<Option<Action>> {
        let sql = format!(
            "UPDATE actions SET ended_at = $1, taken_at = COALESCE(taken_at, $1), outcome = $2, media = $3, file = $4
             WHERE id = $5 AND borne = $6 AND ended_at IS NULL AND expires_at > $1 RETURNING {COLUMNS}"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(at.as_millisecond()).bind(outcome);
        let query = query.bind(file.map(|file| &*file.media)).bind(file.map(|file| &*file.bytes));
        let mut tx = self.pool.begin().await?;
        let found = query.bind(id.0).bind(borne.0).fetch_optional(&mut *tx).await?;
        let Some(ended) = found.as_ref().map(action).transpose()? else { return Ok(None) };
        let sql = "DELETE FROM commands WHERE id = $1 AND borne = $2";
        sqlx::query(sql).bind(id.0).bind(borne.0).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(Some(ended))
    }

    async fn expire_actions(&self, now: Timestamp, outcome: &str) -> Result<Vec<Action>> {
        let sql = format!(
            "UPDATE actions SET ended_at = expires_at, outcome = $1 WHERE ended_at IS NULL AND expires_at <= $2
             RETURNING {COLUMNS}"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(outcome).bind(now.as_millisecond());
        query.fetch_all(&self.pool).await?.iter().map(action).collect()
    }

    async fn actions(&self, borne: OriginId, since: Timestamp) -> Result<Vec<Action>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM actions WHERE borne = $1 AND asked_at >= $2 ORDER BY asked_at DESC, id DESC"
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(borne.0).bind(since.as_millisecond());
        query.fetch_all(&self.pool).await?.iter().map(action).collect()
    }

    async fn action_file(&self, borne: OriginId, id: CommandId, since: Timestamp) -> Result<Option<ActionFile>> {
        let sql = "SELECT media, file FROM actions
                   WHERE id = $1 AND borne = $2 AND asked_at >= $3 AND file IS NOT NULL";
        let query = sqlx::query_as(sql).bind(id.0).bind(borne.0).bind(since.as_millisecond());
        let found: Option<(String, Vec<u8>)> = query.fetch_optional(&self.pool).await?;
        Ok(found.map(|(media, bytes)| ActionFile { media, bytes }))
    }

    async fn forget_actions(&self, before: Timestamp) -> Result<u64> {
        let sql = "DELETE FROM actions WHERE asked_at < $1";
        Ok(sqlx::query(sql).bind(before.as_millisecond()).execute(&self.pool).await?.rows_affected())
    }
}

fn action(found: &sqlx::postgres::PgRow) -> Result<Action> {
    let time = |name| found.try_get::<Option<i64>, _>(name)?.map(row::time).transpose();
    Ok(Action {
        id: CommandId(found.try_get("id")?),
        borne: OriginId(found.try_get("borne")?),
        kind: found.try_get("kind")?,
        asked_by: found.try_get("asked_by")?,
        asked_at: row::time(found.try_get("asked_at")?)?,
        expires_at: row::time(found.try_get("expires_at")?)?,
        taken_at: time("taken_at")?,
        ended_at: time("ended_at")?,
        outcome: found.try_get("outcome")?,
        media: found.try_get("media")?,
    })
}
