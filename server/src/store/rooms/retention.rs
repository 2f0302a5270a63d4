//! How long things are kept.

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use wire::service_day::ServiceDay;
use wire::token::Hash32;

use super::super::Result;

/// What is kept no longer.
#[async_trait]
pub trait Retention: Send + Sync + 'static {
    /// Forgets what is kept no longer: the beginnings of logs, with calls, quarantined events and changes of their age, and
    /// counters that were not heard of since; secrets of tickets' pages; sessions that are over; decisions, ends of days and
    /// numbers of desks for earlier service days; notes, and what bornes were asked to do, before today. Logs stay as long
    /// as they are: their marks and the hashes of what is kept do not change, and what was forgotten and is sent again is neither
    /// new nor another event. Nothing asked of the store answers it any more; on SQLite no trace stays in its files, on
    /// PostgreSQL the space is overwritten when the database needs it.
    async fn forget(&self, cut: &Cut) -> Result<Forgotten>;
}

/// Tickets, and everything that happened to them, are kept for so many service days before today.
pub const KEPT_DAYS: u16 = 7;

/// As many events as one transaction takes out of a log: agents and bornes must not wait for it.
pub(in crate::store) const PIECE: i64 = 2_000;

/// What stands where a secret's hash stood: the event can still be read.
pub(in crate::store) const ERASED: Hash32 = Hash32([0; 32]);

/// What a store forgets, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Now: sessions that ended before are forgotten.
    pub now: Timestamp,
    /// Today: secrets of tickets that count in an earlier day are erased.
    pub today: ServiceDay,
    /// When today began.
    pub begun: Timestamp,
    /// Whatever was received before is forgotten. Counted from the receipt, since a lost answer makes a borne send again
    /// what arrived late, and the bytes must then still be there to be compared (rule R9).
    pub kept_from: Timestamp,
}

impl Cut {
    /// What is to be forgotten now in a site's time zone.
    #[must_use]
    pub fn at(now: Timestamp, zone: &TimeZone) -> Self {
        let today = ServiceDay::of(now, zone);
        Self { now, today, begun: today.begin(zone), kept_from: today.days_before(KEPT_DAYS).begin(zone) }
    }
}

/// An event that was sent, without the secret in it, where it counts in an earlier day: because it was received before
/// today (`old`), or because it says so itself and its writer's clock was trusted. `None` where it stays as it is.
pub(in crate::store) fn erased(raw: &str, old: bool, today: ServiceDay) -> Option<String> {
    let mut event: serde_json::Value = serde_json::from_str(raw).ok()?;
    let erased = ERASED.to_string();
    event.get("token").filter(|token| token.as_str() != Some(&erased))?;
    let earlier = event.get("day").and_then(|day| day.as_str()).is_some_and(|day| *day < *today.to_string());
    let uncertain = event.get("uncertain").and_then(serde_json::Value::as_bool).unwrap_or(false);
    if !old && (!earlier || uncertain) {
        return None;
    }
    event.as_object_mut()?.insert("token".to_owned(), erased.into());
    Some(event.to_string())
}

/// How much was forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Events of logs.
    pub events: u64,
    /// Secrets of tickets' pages.
    pub tokens: u64,
    /// Sessions.
    pub sessions: u64,
}
