//! What it costs to take events in, beside the least it could cost on the same machine.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use wire::enrolment::PublicKey;
use wire::event::{Event, EventBody, TicketIssued};
use wire::ids::{Language, OriginId, ServiceId, SiteId, TicketId};
use wire::label::{Label, LabelForm, Prefix, Series};
use wire::service_day::ServiceDay;
use wire::token::Hash32;

use super::postgres::PostgresStore;
use super::sqlite::SqliteStore;
use super::{Batch, Enrolled, Enrolling, NewEvent, PostgresAddress, Result, Store, StoreError};

/// Tickets as a borne writes them: `count` events from number `from_seq`, of the service day `day`.
#[must_use]
pub fn tickets(day: ServiceDay, service: &ServiceId, at: Timestamp, from_seq: u64, count: u64) -> Vec<String> {
    let ticket = |seq: u64| {
        let issued = TicketIssued {
            ticket: TicketId(Uuid::from_u64_pair(0x019a_a5f0_7c00_7000, seq | 1 << 63)),
            label: Label::new(Prefix::APPOINTMENT, Series::FIRST, LabelForm::Plain, u32::try_from(seq).unwrap_or(1)),
            day,
            service: service.clone(),
            lang: Language::Fr,
            token: Hash32::of(&seq.to_le_bytes()),
            paperless: false,
            uncertain: false,
            priority: false,
            group: 1,
            appointment: None,
            needs: BTreeSet::new(),
        };
        Event { seq, at, body: EventBody::TicketIssued(issued) }.encode()
    };
    (from_seq..from_seq + count).map(ticket).collect()
}

/// Enrols a borne without a request, and answers who it is. It signs nothing.
pub async fn enrol(store: &dyn Store, site: SiteId, at: Timestamp) -> Result<OriginId> {
    enrol_with(store, site, PublicKey([0; 32]), at).await
}

/// The same for a borne that signs.
pub async fn enrol_with(store: &dyn Store, site: SiteId, public_key: PublicKey, at: Timestamp) -> Result<OriginId> {
    let id = OriginId(Uuid::now_v7());
    let code = Hash32::of(id.0.as_bytes());
    store.add_code(site, code, Some("measurement"), at + SignedDuration::from_hours(1)).await?;
    let name = String::new();
    let request = Enrolling { code, site, id, public_key, name, at, day_begins: at };
    match store.enrol(&request).await? {
        Enrolled::Done { id, .. } => Ok(id),
        Enrolled::WrongCode | Enrolled::NoSeriesLeft => Err(StoreError::Unreadable { what: "a free series" }),
    }
}

/// How long a store takes for `events` of a log, whose hashes and types are worked out before, `size` a batch, each durable.
pub async fn ingest(
    store: &dyn Store,
    origin: OriginId,
    at: Timestamp,
    events: &[String],
    size: usize,
) -> Result<Duration> {
    let kept = read(events)?;
    let mut batches = Vec::new();
    let mut from_seq = 1;
    for (piece, nonce) in kept.chunks(size.max(1)).zip(1..) {
        batches.push(Batch { origin, nonce, from_seq, events: piece.to_vec(), received_at: at, clock_offset_ms: None });
        from_seq += piece.len() as u64;
    }
    let begun = Instant::now();
    for batch in &batches {
        store.ingest(std::slice::from_ref(batch)).await?;
    }
    Ok(begun.elapsed())
}

/// How long the same bytes take in a new SQLite file by one plain statement a batch, each durable: no order checked, no
/// mark kept, no counter compared.
pub async fn plain_insert(path: &Path, at: Timestamp, events: &[String], size: usize) -> Result<Duration> {
    let store = SqliteStore::open(path).await?;
    let origin = enrol(&store, SiteId(Uuid::nil()), at).await?;
    let kept = read(events)?;
    let begun = Instant::now();
    let mut from_seq = 1;
    for piece in kept.chunks(size.max(1)) {
        store.insert_plain(origin, from_seq, at, piece).await?;
        from_seq += piece.len() as u64;
    }
    Ok(begun.elapsed())
}

/// How long the same bytes take in an empty PostgreSQL database by one COPY a batch into the same table, each durable.
pub async fn copy(address: &PostgresAddress, at: Timestamp, events: &[String], size: usize) -> Result<Duration> {
    let store = PostgresStore::open(address).await?;
    let origin = enrol(&store, SiteId(Uuid::nil()), at).await?;
    let kept = read(events)?;
    let begun = Instant::now();
    let mut from_seq = 1;
    for piece in kept.chunks(size.max(1)) {
        store.copy_plain(origin, from_seq, at, piece).await?;
        from_seq += piece.len() as u64;
    }
    let took = begun.elapsed();
    store.close().await;
    Ok(took)
}

fn read(events: &[String]) -> Result<Vec<NewEvent>> {
    let unreadable = |_| StoreError::Unreadable { what: "an event" };
    events.iter().map(|raw| NewEvent::read(raw.clone()).map(|reading| reading.kept).map_err(unreadable)).collect()
}
