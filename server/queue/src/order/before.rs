//! Who is called before somebody.

use std::collections::BTreeSet;

use jiff::Timestamp;
use wire::ids::{ServiceId, TicketId};

use super::Round;
use super::snapshot::{Candidate, Past};
use crate::hall::Hall;
use crate::policy::Policy;
use crate::ticket::Ticket;

/// Who waits for any of these services and would be called before a ticket, if time stood still and one counter received
/// them all: the rules of calls say so, in the order of calls. Where the ticket is not to be called yet, everybody who is.
pub(crate) fn before(
    hall: &Hall,
    policy: &Policy,
    services: &BTreeSet<&ServiceId>,
    ticket: &Ticket,
    now: Timestamp,
) -> Vec<TicketId> {
    let waiting: Vec<Candidate> = hall
        .waiting()
        .filter(|other| other.id == ticket.id || other.place().is_some_and(|place| services.contains(&place.service)))
        .filter_map(|other| Candidate::of(policy, other))
        .collect();
    let mut past: Vec<Past> = Vec::new();
    let mut eligible = Round { policy, past: &past, now }.eligible(&waiting);
    let mut before = Vec::new();
    loop {
        let Some(next) = Round { policy, past: &past, now }.pick(&eligible).map(|pick| pick.candidate) else {
            return before;
        };
        if next.ticket == ticket.id {
            return before;
        }
        past.insert(0, Past { lane: next.lane(policy, now), service: next.service.clone() });
        before.push(next.ticket);
        eligible.retain(|other| other.ticket != next.ticket);
    }
}
