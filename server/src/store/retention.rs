//! How long things are kept.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use wire::service_day::ServiceDay;

/// Tickets, and everything that happened to them, are kept for so many service days before today.
pub const KEPT_DAYS: u16 = 7;

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
