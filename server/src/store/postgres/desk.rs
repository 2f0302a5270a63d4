//! The server's own log: calls, what follows them, and whatever else staff do. Each action is one function of the database
//! and one statement: the desk's row is locked first, then looked at what was committed meanwhile, then written. Nothing is
//! lost to a race, and no transaction waits for its server while it holds the lock.

use async_trait::async_trait;
use jiff::Timestamp;
use queue_engine::Decision;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Postgres, Row};
use uuid::Uuid;
use wire::event::{Event, EventBody, TicketIssued};
use wire::ids::{CounterId, OriginId, SiteId, TicketId};
use wire::label::Label;

use super::super::rooms::Unnumbered;
use super::super::{Acted, Candidate, Desk, Hold, Move, NewCall, Outcome, Passage, Result, StoreError};
use super::{PostgresStore, row};

const CALL: &str = "SELECT * FROM desk_call_from($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const MAKE: &str = "SELECT * FROM desk_make($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const ISSUE: &str = "SELECT * FROM desk_issue($1, $2, $3, $4, $5, $6, $7, $8)";

#[async_trait]
impl Desk for PostgresStore {
    async fn call(&self, desk: OriginId, at: Timestamp, call: &NewCall) -> Result<Outcome> {
        let (each, bodies) = (&call.candidates, call.candidates.iter().map(|candidate| call.body(candidate)));
        let bodies: Vec<EventBody> = bodies.collect();
        let tails: Vec<String> = unnumbered(at, &bodies)?.into_iter().map(|event| event.tail).collect();
        let why = |candidate: &Candidate| candidate.decision.as_ref().map(row::reason_text).transpose();
        let why: Vec<Option<String>> = each.iter().map(why).collect::<Result<_>>()?;
        let found = self.act(|| {
            sqlx::query(CALL)
                .bind(call.seat.map(|session| session.0.to_vec()))
                .bind(desk.0)
                .bind(at.as_millisecond())
                .bind(call.call)
                .bind(call.counter.as_str())
                .bind(each.iter().map(|c| c.origin.0).collect::<Vec<Uuid>>())
                .bind(each.iter().map(|c| row::to_sql(c.seq)).collect::<Vec<i64>>())
                .bind(each.iter().map(|c| c.ticket.0).collect::<Vec<Uuid>>())
                .bind(each.iter().map(|c| i64::from(c.episode)).collect::<Vec<i64>>())
                .bind(tails.clone())
                .bind(why.clone())
        });
        let found = found.await?;
        let nth: Option<i32> = found.try_get("o_nth")?;
        let body = nth.and_then(|nth| usize::try_from(nth).ok()).and_then(|nth| bodies.get(nth));
        self.outcome(&found, call.call, at, body.cloned().into_iter().collect()).await
    }

    async fn make(&self, desk: OriginId, at: Timestamp, made: &Move) -> Result<Outcome> {
        let Move { act, free, passages, bodies } = made;
        let each = unnumbered(at, bodies)?;
        let counter = |passage: &Passage| passage.counter.as_ref().map(ToString::to_string);
        let found = self.act(|| {
            sqlx::query(MAKE)
                .bind(desk.0)
                .bind(at.as_millisecond())
                .bind(*act)
                .bind(free.as_ref().map(CounterId::as_str))
                .bind(passages.iter().map(|p| p.of).collect::<Vec<Uuid>>())
                .bind(passages.iter().map(|p| i64::from(p.episode)).collect::<Vec<i64>>())
                .bind(passages.iter().map(|p| p.from.map(Hold::state)).collect::<Vec<Option<i16>>>())
                .bind(passages.iter().map(|p| p.to.state()).collect::<Vec<i16>>())
                .bind(passages.iter().map(counter).collect::<Vec<Option<String>>>())
                .bind(each.iter().map(|event| event.kind.clone()).collect::<Vec<String>>())
                .bind(each.iter().map(|event| event.ticket.map(|ticket| ticket.0)).collect::<Vec<Option<Uuid>>>())
                .bind(each.iter().map(|event| event.tail.clone()).collect::<Vec<String>>())
        });
        self.outcome(&found.await?, *act, at, bodies.clone()).await
    }

    async fn issue(&self, desk: OriginId, at: Timestamp, act: Uuid, ticket: &TicketIssued) -> Result<Outcome> {
        // The number stands at the label's end: the database puts its own there.
        let open = TicketIssued { label: Label { number: 0, ..ticket.label }, ..ticket.clone() };
        let event = Unnumbered::of(at, &EventBody::TicketIssued(open.clone())).map_err(encode)?;
        let label = open.label.to_string();
        let label = label.strip_suffix('0').unwrap_or(&label);
        let unwritten = || StoreError::Unreadable { what: "a label" };
        let (head, tail) = event.tail.split_once(&format!("\"label\":\"{label}0\"")).ok_or_else(unwritten)?;
        let (head, tail) = (format!("{head}\"label\":\"{label}"), format!("\"{tail}"));
        let found = self.act(|| {
            sqlx::query(ISSUE)
                .bind(desk.0)
                .bind(at.as_millisecond())
                .bind(act)
                .bind(ticket.day.to_string())
                .bind(ticket.label.prefix.letter().to_string())
                .bind(ticket.ticket.0)
                .bind(head.clone())
                .bind(tail.clone())
        });
        let found = found.await?;
        let number: Option<i64> = found.try_get("o_number")?;
        let number = number.map(row::number).transpose()?.unwrap_or(0);
        let numbered = TicketIssued { label: Label { number, ..ticket.label }, ..ticket.clone() };
        self.outcome(&found, act, at, vec![EventBody::TicketIssued(numbered)]).await
    }

    async fn acted(&self, act: Uuid) -> Result<Option<Acted>> {
        let query = sqlx::query_as("SELECT ticket, site, kind FROM acts WHERE act = $1").bind(act);
        let found: Option<(Option<Uuid>, Option<Uuid>, Option<String>)> = query.fetch_optional(&self.pool).await?;
        Ok(found.map(|(ticket, site, kind)| Acted { ticket: ticket.map(TicketId), site: site.map(SiteId), kind }))
    }

    async fn why(&self, site: SiteId, ticket: TicketId, episode: u32) -> Result<Option<Decision>> {
        let sql = "SELECT decision FROM calls WHERE ticket = $1 AND episode = $2 AND site = $3";
        let query = sqlx::query_scalar(sql).bind(ticket.0).bind(i64::from(episode)).bind(site.0);
        let found: Option<Option<String>> = query.fetch_optional(&self.pool).await?;
        found.flatten().map(|text| row::reason(&text)).transpose()
    }

    async fn free_counter(&self, site: SiteId, counter: &CounterId, before: Timestamp) -> Result<()> {
        let sql = "UPDATE calls SET state = 2 WHERE site = $1 AND counter = $2 AND state < 2 AND at < $3";
        let free = sqlx::query(sql).bind(site.0).bind(counter.as_str());
        free.bind(before.as_millisecond()).execute(&self.pool).await?;
        Ok(())
    }
}

impl PostgresStore {
    /// Asks once more where the connection broke: an act that was done answers that it was.
    async fn act<'q>(&self, query: impl Fn() -> Query<'q, Postgres, PgArguments>) -> Result<PgRow> {
        match query().fetch_one(&self.pool).await {
            Err(sqlx::Error::Io(_)) => Ok(query().fetch_one(&self.pool).await?),
            found => Ok(found?),
        }
    }

    /// What a function answers: `bodies` is what it wrote, where it did.
    async fn outcome(&self, found: &PgRow, act: Uuid, at: Timestamp, bodies: Vec<EventBody>) -> Result<Outcome> {
        Ok(match found.try_get("o_outcome")? {
            0_i32 => {
                let first: i64 = found.try_get("o_seq")?;
                let numbered = (row::from_sql(first)..).zip(bodies);
                Outcome::Made(numbered.map(|(seq, body)| Event { seq, at, body }).collect())
            }
            1 => Outcome::Before(self.acted(act).await?.unwrap_or_default()),
            2 => Outcome::Busy,
            4 => Outcome::Left,
            _ => Outcome::Taken,
        })
    }
}

fn encode(e: serde_json::Error) -> sqlx::Error {
    sqlx::Error::Encode(e.into())
}

fn unnumbered(at: Timestamp, bodies: &[EventBody]) -> Result<Vec<Unnumbered>> {
    let all: std::result::Result<Vec<Unnumbered>, _> = bodies.iter().map(|body| Unnumbered::of(at, body)).collect();
    Ok(all.map_err(encode)?)
}
