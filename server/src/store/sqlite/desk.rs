//! The server's own log: calls and what follows them.

use jiff::Timestamp;
use sqlx::{Sqlite, Transaction};
use uuid::Uuid;
use wire::event::{Event, EventBody};
use wire::ids::{OriginId, TicketId};

use super::super::{CallOutcome, NewCall, NewEvent, Result, Step, StepKind};
use super::{SqliteStore, log, row};

impl SqliteStore {
    pub(super) async fn make_call(&self, desk: OriginId, at: Timestamp, call: &NewCall) -> Result<CallOutcome> {
        let mut tx = self.begin().await?;
        let sql = "SELECT ticket FROM calls WHERE call = ?";
        let before: Option<Vec<u8>> =
            sqlx::query_scalar(sql).bind(row::id(&call.call)).fetch_optional(&mut *tx).await?;
        if let Some(ticket) = before {
            return Ok(CallOutcome::Repeated(TicketId(row::uuid(&ticket)?)));
        }
        let busy: i64 = sqlx::query_scalar("SELECT count(*) FROM calls WHERE counter = ? AND state < 2")
            .bind(call.counter.as_str())
            .fetch_one(&mut *tx)
            .await?;
        if busy > 0 {
            return Ok(CallOutcome::Busy);
        }
        let sql = "INSERT INTO calls (call, ticket, episode, counter, at) VALUES (?, ?, ?, ?, ?)
                   ON CONFLICT (ticket, episode) DO NOTHING";
        let insert = sqlx::query(sql).bind(row::id(&call.call)).bind(row::id(&call.ticket.0));
        let insert = insert.bind(call.episode).bind(call.counter.as_str());
        let insert = insert.bind(at.as_millisecond()).execute(&mut *tx).await?;
        if insert.rows_affected() == 0 {
            return Ok(CallOutcome::Taken);
        }
        let NewCall { call, ticket, episode, counter } = call.clone();
        let event = write(&mut tx, desk, at, EventBody::Called { ticket, episode, counter, call }).await?;
        tx.commit().await?;
        Ok(CallOutcome::Made(event))
    }

    pub(super) async fn make_step(&self, desk: OriginId, at: Timestamp, step: &Step) -> Result<Option<Event>> {
        let (from, to) = match step.kind {
            StepKind::Recall => (0, 0),
            StepKind::Start => (0, 1),
            StepKind::Finish => (1, 2),
            StepKind::NoShow => (0, 2),
        };
        let mut tx = self.begin().await?;
        let sql = "UPDATE calls SET state = ? WHERE ticket = ? AND episode = ? AND counter = ? AND state = ?";
        let update = sqlx::query(sql).bind(to).bind(row::id(&step.ticket.0)).bind(step.episode);
        let update = update.bind(step.counter.as_str()).bind(from).execute(&mut *tx).await?;
        if update.rows_affected() == 0 {
            return Ok(None);
        }
        let event = write(&mut tx, desk, at, step.body()).await?;
        tx.commit().await?;
        Ok(Some(event))
    }

    pub(super) async fn ticket_of_call(&self, call: Uuid) -> Result<Option<TicketId>> {
        let sql = "SELECT ticket FROM calls WHERE call = ?";
        let found: Option<Vec<u8>> = sqlx::query_scalar(sql).bind(row::id(&call)).fetch_optional(&self.readers).await?;
        found.map(|bytes| row::uuid(&bytes).map(TicketId)).transpose()
    }
}

/// Appends one event to a log that this server writes.
pub(super) async fn write(
    tx: &mut Transaction<'_, Sqlite>,
    desk: OriginId,
    at: Timestamp,
    body: EventBody,
) -> Result<Event> {
    let sql = "UPDATE origins SET hwm = hwm + 1 WHERE uuid = ? AND public_key IS NULL RETURNING id, hwm";
    let (id, seq): (i64, i64) = sqlx::query_as(sql).bind(row::id(&desk.0)).fetch_one(&mut **tx).await?;
    let event = Event { seq: row::from_sql(seq), at, body };
    let kept = NewEvent::read(event.encode()).map_err(|e| sqlx::Error::Encode(e.into()))?.kept;
    let rows = log::rows(&[kept])?;
    log::insert_rows(tx, id, event.seq, at, None, &rows).await?;
    Ok(event)
}
