//! Who is called next.

use std::collections::BTreeSet;

use jiff::Timestamp;
use wire::ids::{ServiceId, TicketId};

use crate::hall::Hall;

/// What a counter can do, as far as the order of calls is concerned.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Seat {
    /// The services it receives for.
    pub services: BTreeSet<ServiceId>,
}

/// Why a ticket was chosen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Rule {
    /// It waits longest (rule R11).
    Arrival,
}

/// Who is called, and what the choice was made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decision {
    /// Whom to call.
    pub ticket: TicketId,
    /// Of which passage.
    pub episode: u32,
    /// Since when the ticket counts.
    pub arrival: Timestamp,
    /// Why this one.
    pub rule: Rule,
    /// Who would have been called otherwise.
    pub runner_up: Option<TicketId>,
}

/// The next ticket for a counter, in the order of rule R11: effective arrival, then borne, then seq.
#[must_use]
pub fn choose(hall: &Hall, seat: &Seat) -> Option<Decision> {
    let mut eligible: Vec<_> = hall
        .waiting()
        .filter_map(|ticket| ticket.issue().map(|issue| (issue, ticket)))
        .filter(|(issue, _)| seat.services.contains(&issue.service))
        .collect();
    eligible.sort_by_key(|(issue, ticket)| (issue.place(), ticket.id));
    let mut eligible = eligible.into_iter();
    let (issue, ticket) = eligible.next()?;
    Some(Decision {
        ticket: ticket.id,
        episode: ticket.episode(),
        arrival: issue.arrival,
        rule: Rule::Arrival,
        runner_up: eligible.next().map(|(_, ticket)| ticket.id),
    })
}
