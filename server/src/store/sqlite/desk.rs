//! The server's own log: calls, what follows them, and whatever else staff do.

use async_trait::async_trait;
use jiff::Timestamp;
use queue_engine::Decision;
use serde_json::json;
use sqlx::{Sqlite, Transaction};
use uuid::Uuid;
use wire::event::{Event, EventBody, TicketIssued};
use wire::ids::{CounterId, OriginId, SiteId, TicketId};
use wire::label::Label;

use super::super::{Acted, Candidate, Desk, Hold, Move, NewCall, NewEvent, Outcome, Passage, Result};

use super::{SqliteStore, following, logs, row};

/// The first candidate that nobody has called.
const CALL: &str = "INSERT INTO calls (ticket, episode, site, counter, state, at, decision)
    SELECT events.ticket, value ->> 3, origins.site, ?2, 0, ?3, value ->> 4
    FROM json_each(?4) JOIN origins ON origins.uuid = unhex(value ->> 0) AND origins.site = ?1
        JOIN events ON events.origin = origins.id AND seq = value ->> 1 AND events.ticket = unhex(value ->> 2)
    WHERE NOT EXISTS (SELECT 1 FROM calls WHERE calls.ticket = events.ticket AND episode = value ->> 3)
    ORDER BY key LIMIT 1 RETURNING ticket, episode";

#[async_trait]
impl Desk for SqliteStore {
    async fn call(&self, desk: OriginId, at: Timestamp, call: &NewCall) -> Result<Outcome> {
        let mut tx = self.begin().await?;
        if let Some(acted) = acted(&mut tx, call.call).await? {
            return Ok(Outcome::Before(acted));
        }
        let site = site_of(&mut tx, desk).await?;
        if let Some(session) = &call.seat {
            let sql = "SELECT 1 FROM seats WHERE session = ? AND site = ? AND counter = ?";
            let held = sqlx::query(sql).bind(row::hash(session)).bind(&site).bind(call.counter.as_str());
            if held.fetch_optional(&mut *tx).await?.is_none() {
                return Ok(Outcome::Left);
            }
        }
        if is_busy(&mut tx, &site, &call.counter, &[]).await? {
            return Ok(Outcome::Busy);
        }
        let query = sqlx::query_as(CALL).bind(&site).bind(call.counter.as_str()).bind(at.as_millisecond());
        let taken: Option<(Vec<u8>, i64)> = query.bind(rows(&call.candidates)?).fetch_optional(&mut *tx).await?;
        let Some((ticket, episode)) = taken else {
            return Ok(Outcome::Taken);
        };
        let (ticket, episode) = (TicketId(row::uuid(&ticket)?), row::episode(episode)?);
        let body = EventBody::Called { ticket, episode, counter: call.counter.clone(), call: call.call };
        let events = write(&mut tx, desk, at, call.call, vec![body]).await?;
        tx.commit().await?;
        Ok(Outcome::Made(events))
    }

    async fn make(&self, desk: OriginId, at: Timestamp, made: &Move) -> Result<Outcome> {
        let mut tx = self.begin().await?;
        if let Some(acted) = acted(&mut tx, made.act).await? {
            return Ok(Outcome::Before(acted));
        }
        let site = site_of(&mut tx, desk).await?;
        if let Some(counter) = &made.free
            && is_busy(&mut tx, &site, counter, &made.passages).await?
        {
            return Ok(Outcome::Busy);
        }
        // Who leaves a counter does so before anybody comes to it.
        let (held, others): (Vec<&Passage>, Vec<&Passage>) = made.passages.iter().partition(|p| p.from.is_some());
        for passage in held.into_iter().chain(others) {
            if !advance(&mut tx, &site, at, passage).await? {
                return Ok(Outcome::Taken);
            }
        }
        let events = write(&mut tx, desk, at, made.act, made.bodies.clone()).await?;
        tx.commit().await?;
        Ok(Outcome::Made(events))
    }

    async fn issue(&self, desk: OriginId, at: Timestamp, act: Uuid, ticket: &TicketIssued) -> Result<Outcome> {
        let mut tx = self.begin().await?;
        if let Some(acted) = acted(&mut tx, act).await? {
            return Ok(Outcome::Before(acted));
        }
        let sql = "INSERT INTO desk_numbers (site, day, letter, next) VALUES (?, ?, ?, 2)
                   ON CONFLICT (site, day, letter) DO UPDATE SET next = next + 1 RETURNING next - 1";
        let query = sqlx::query_scalar(sql).bind(site_of(&mut tx, desk).await?).bind(ticket.day.to_string());
        let query = query.bind(ticket.label.prefix.letter().to_string());
        let number = row::number(query.fetch_one(&mut *tx).await?)?;
        let numbered = TicketIssued { label: Label { number, ..ticket.label }, ..ticket.clone() };
        let events = write(&mut tx, desk, at, act, vec![EventBody::TicketIssued(numbered)]).await?;
        tx.commit().await?;
        Ok(Outcome::Made(events))
    }

    async fn acted(&self, act: Uuid) -> Result<Option<Acted>> {
        let query = sqlx::query_as(ACTED).bind(row::id(&act));
        query.fetch_optional(&self.readers).await?.map(read).transpose()
    }

    async fn why(&self, site: SiteId, ticket: TicketId, episode: u32) -> Result<Option<Decision>> {
        let sql = "SELECT decision FROM calls WHERE ticket = ? AND episode = ? AND site = ?";
        let query = sqlx::query_scalar(sql).bind(row::id(&ticket.0)).bind(episode).bind(row::id(&site.0));
        let found: Option<Option<String>> = query.fetch_optional(&self.readers).await?;
        found.flatten().map(|text| row::reason(&text)).transpose()
    }

    async fn free_counter(&self, site: SiteId, counter: &CounterId, before: Timestamp) -> Result<()> {
        let sql = "UPDATE calls SET state = 2 WHERE site = ? AND counter = ? AND state < 2 AND at < ?";
        let free = sqlx::query(sql).bind(row::id(&site.0)).bind(counter.as_str());
        free.bind(before.as_millisecond()).execute(&self.writer).await?;
        Ok(())
    }
}

const ACTED: &str = "SELECT ticket, site, kind FROM acts WHERE act = ?";

/// What is kept of an act: whom it was about, at which site, of which kind.
type KeptAct = (Option<Vec<u8>>, Option<Vec<u8>>, Option<String>);

async fn acted(tx: &mut Transaction<'_, Sqlite>, act: Uuid) -> Result<Option<Acted>> {
    let query = sqlx::query_as(ACTED).bind(row::id(&act));
    query.fetch_optional(&mut **tx).await?.map(read).transpose()
}

fn read((ticket, site, kind): KeptAct) -> Result<Acted> {
    let uuid = |bytes: Option<Vec<u8>>| bytes.map(|bytes| row::uuid(&bytes)).transpose();
    Ok(Acted { ticket: uuid(ticket)?.map(TicketId), site: uuid(site)?.map(SiteId), kind })
}

async fn site_of(tx: &mut Transaction<'_, Sqlite>, desk: OriginId) -> Result<Vec<u8>> {
    let sql = "SELECT site FROM origins WHERE uuid = ? AND public_key IS NULL";
    Ok(sqlx::query_scalar(sql).bind(row::id(&desk.0)).fetch_one(&mut **tx).await?)
}

/// Whether a counter holds anybody but whom the passages are of.
async fn is_busy(
    tx: &mut Transaction<'_, Sqlite>,
    site: &[u8],
    counter: &CounterId,
    passages: &[Passage],
) -> Result<bool> {
    let sql = "SELECT ticket FROM calls WHERE site = ? AND counter = ? AND state < 2";
    let held = sqlx::query_scalar(sql).bind(site).bind(counter.as_str()).fetch_optional(&mut **tx).await?;
    let held: Option<Vec<u8>> = held;
    Ok(held.is_some_and(|ticket| passages.iter().all(|passage| passage.of.as_bytes() != ticket.as_slice())))
}

/// Brings a passage as far as it goes. False where it is not as far as it must be.
async fn advance(tx: &mut Transaction<'_, Sqlite>, site: &[u8], at: Timestamp, passage: &Passage) -> Result<bool> {
    let counter = passage.counter.as_ref().map(CounterId::as_str);
    let changed = match passage.from {
        // One that is over may have ended in a borne's log alone.
        Some(Hold::Over) => {
            let sql = "INSERT INTO calls (ticket, episode, site, counter, state, at)
                       VALUES (?1, ?2, ?3, coalesce(?4, ''), ?5, ?6)
                       ON CONFLICT (ticket, episode) DO UPDATE SET state = excluded.state
                       WHERE state = ?7 AND site = excluded.site AND counter = coalesce(?4, counter)";
            let upsert = sqlx::query(sql).bind(row::id(&passage.of)).bind(passage.episode).bind(site);
            let upsert = upsert.bind(counter).bind(passage.to.state()).bind(at.as_millisecond());
            upsert.bind(Hold::Over.state()).execute(&mut **tx).await?
        }
        Some(from) => {
            let sql = "UPDATE calls SET state = ?1 WHERE ticket = ?2 AND episode = ?3 AND state = ?4 AND site = ?5
                       AND counter = coalesce(?6, counter)";
            let update = sqlx::query(sql).bind(passage.to.state()).bind(row::id(&passage.of)).bind(passage.episode);
            update.bind(from.state()).bind(site).bind(counter).execute(&mut **tx).await?
        }
        None => {
            let sql = "INSERT INTO calls (ticket, episode, site, counter, state, at) VALUES (?, ?, ?, ?, ?, ?)
                       ON CONFLICT (ticket, episode) DO NOTHING";
            let insert = sqlx::query(sql).bind(row::id(&passage.of)).bind(passage.episode).bind(site);
            let insert = insert.bind(counter.unwrap_or("")).bind(passage.to.state()).bind(at.as_millisecond());
            insert.execute(&mut **tx).await?
        }
    };
    Ok(changed.rows_affected() == 1)
}

/// The candidates as a JSON array of [origin, seq, ticket, episode, decision].
fn rows(candidates: &[Candidate]) -> Result<String> {
    let mut rows = Vec::with_capacity(candidates.len());
    for Candidate { ticket, episode, origin, seq, decision } in candidates {
        let decision = decision.as_ref().map(row::reason_text).transpose()?;
        rows.push(json!([origin.0.simple().to_string(), seq, ticket.0.simple().to_string(), episode, decision]));
    }
    Ok(serde_json::Value::from(rows).to_string())
}

/// Appends to a log that this server writes, and notes the act.
async fn write(
    tx: &mut Transaction<'_, Sqlite>,
    desk: OriginId,
    at: Timestamp,
    act: Uuid,
    bodies: Vec<EventBody>,
) -> Result<Vec<Event>> {
    let count = i64::try_from(bodies.len()).unwrap_or(i64::MAX);
    let sql = "UPDATE origins SET hwm = hwm + ?2 WHERE uuid = ?1 AND public_key IS NULL RETURNING id, hwm - ?2 + 1";
    let query = sqlx::query_as(sql).bind(row::id(&desk.0)).bind(count);
    let (log, first): (i64, i64) = query.fetch_one(&mut **tx).await?;
    let first = row::from_sql(first);
    let events: Vec<Event> = (first..).zip(bodies).map(|(seq, body)| Event { seq, at, body }).collect();
    let encoded = |event: &Event| NewEvent::read(event.encode()).map(|reading| reading.kept);
    let kept: Vec<NewEvent> =
        events.iter().map(encoded).collect::<std::result::Result<_, _>>().map_err(|e| sqlx::Error::Encode(e.into()))?;
    logs::insert_rows(tx, log, first, at, None, &logs::rows(&kept)?).await?;
    following::note_log(tx, log, first, events.last().map_or(first, |event| event.seq)).await?;
    let about = kept.iter().find_map(|event| event.ticket).map(|ticket| row::id(&ticket.0).to_vec());
    let sql = "INSERT INTO acts (act, at, ticket, site, kind)
               SELECT ?1, ?2, ?3, site, ?4 FROM origins WHERE id = ?5";
    let act = sqlx::query(sql).bind(row::id(&act)).bind(at.as_millisecond()).bind(about);
    act.bind(kept.first().map(|event| event.kind.as_str())).bind(log).execute(&mut **tx).await?;
    Ok(events)
}
