//! What the hall promises, and what its tests share.

mod decisions;
mod floor;
mod fold;
mod links;
mod merge;
mod moves;
mod order;
mod policies;
mod ranking;
mod replayed;
mod simulated;
mod standing;
mod starvation;

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use wire::event::{Event, EventBody, TicketIssued};
use wire::ids::{CounterId, Language, OriginId, ServiceId, TicketId};
use wire::service_day::ServiceDay;
use wire::token::Hash32;

use crate::{Hall, Policy, Received, Seat, choose};

/// The log of the desk, which calls.
const DESK: u8 = 9;

fn day() -> ServiceDay {
    "2026-11-21".parse().unwrap()
}

/// So many seconds after nine o'clock in Paris.
fn at(second: i64) -> Timestamp {
    let nine: Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
    nine + SignedDuration::from_secs(second)
}

/// So many minutes after nine.
fn min(minute: i64) -> Timestamp {
    at(minute * 60)
}

fn origin(n: u8) -> OriginId {
    OriginId(Uuid::from_u128(u128::from(n)))
}

fn ticket(n: u32) -> TicketId {
    TicketId(Uuid::from_u128(u128::from(n) + 1_000))
}

fn service(name: &str) -> ServiceId {
    name.parse().unwrap()
}

fn counter(name: &str) -> CounterId {
    name.parse().unwrap()
}

fn received(from: u8, seq: u64, second: i64, body: EventBody) -> Received {
    let event = Event { seq, at: at(second), body };
    Received { origin: origin(from), received_at: at(second), clock_offset_ms: None, event }
}

fn taken(n: u32, name: &str) -> TicketIssued {
    TicketIssued {
        ticket: ticket(n),
        label: format!("A {}", n + 1).parse().unwrap(),
        day: day(),
        service: service(name),
        lang: Language::Fr,
        token: Hash32::of(b"token"),
        paperless: false,
        uncertain: false,
        priority: false,
        group: 1,
        appointment: None,
        needs: BTreeSet::new(),
    }
}

fn issued(n: u32, name: &str, on: ServiceDay) -> EventBody {
    EventBody::TicketIssued(TicketIssued { day: on, ..taken(n, name) })
}

fn called(n: u32, episode: u32, to: &str, call: u128) -> EventBody {
    EventBody::Called { ticket: ticket(n), episode, counter: counter(to), call: Uuid::from_u128(call) }
}

fn recalled(n: u32, episode: u32) -> EventBody {
    EventBody::Recalled { ticket: ticket(n), episode }
}

fn started(n: u32, episode: u32) -> EventBody {
    EventBody::Started { ticket: ticket(n), episode }
}

fn finished(n: u32, episode: u32) -> EventBody {
    EventBody::Finished { ticket: ticket(n), episode, inexact: false }
}

fn absent(n: u32, episode: u32) -> EventBody {
    EventBody::NoShow { ticket: ticket(n), episode }
}

/// Counter 1, for these services.
fn seat(names: &[&str]) -> Seat {
    seat_at("1", names)
}

fn seat_at(at: &str, names: &[&str]) -> Seat {
    let services = names.iter().map(|n| service(n)).collect();
    Seat { counter: counter(at), agent: None, services, capabilities: BTreeSet::new(), stranded: BTreeSet::new() }
}

fn hall(events: &[Received]) -> Hall {
    let mut hall = Hall::new(day(), TimeZone::get("Europe/Paris").unwrap());
    for event in events {
        hall.apply(event);
    }
    hall
}

/// A hall whose desk writes one event after the other.
struct Desk {
    hall: Hall,
    log: Vec<Received>,
}

impl Desk {
    fn new() -> Self {
        Self { hall: hall(&[]), log: Vec::new() }
    }

    fn write(&mut self, second: i64, body: EventBody) {
        let event = received(DESK, self.log.len() as u64 + 1, second, body);
        self.hall.apply(&event);
        self.log.push(event);
    }

    /// Counter 1 calls whom the policy says, and has done with them at once.
    fn serve(&mut self, second: i64, policy: &Policy, seat: &Seat) -> Option<u32> {
        let chosen = choose(&self.hall, policy, seat, at(second))?;
        let call = self.log.len() as u128;
        let (ticket, episode, counter) = (chosen.ticket, chosen.episode, seat.counter.clone());
        self.write(second, EventBody::Called { ticket, episode, counter, call: Uuid::from_u128(call) });
        self.write(second, EventBody::Started { ticket, episode });
        self.write(second, EventBody::Finished { ticket, episode, inexact: false });
        Some(number(ticket))
    }

    /// Everybody counter 1 calls, in that order.
    fn serve_all(&mut self, second: i64, policy: &Policy, seat: &Seat) -> Vec<u32> {
        std::iter::from_fn(|| self.serve(second, policy, seat)).collect()
    }
}

/// The number a ticket was made with.
fn number(id: TicketId) -> u32 {
    u32::try_from(id.0.as_u128() - 1_000).unwrap()
}
