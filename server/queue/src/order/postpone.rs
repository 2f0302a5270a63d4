//! Letting others go first.

use jiff::{SignedDuration, Timestamp};

use super::snapshot::Candidate;
use crate::hall::Hall;
use crate::policy::Policy;
use crate::ticket::{State, Ticket};

/// Right behind somebody: nobody comes between two arrivals that are this close.
const BEHIND: SignedDuration = SignedDuration::from_millis(1);

/// Why somebody keeps their place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotPostponed {
    /// It does not wait.
    #[error("it does not wait any more")]
    NotWaiting,
    /// An appointment stands where its slot puts it.
    #[error("it has an appointment, which keeps its slot")]
    Appointment,
    /// As often as the policy lets it.
    #[error("it let others go first {0} time(s) already, which is as often as the rules allow")]
    TooOften(u32),
    /// Nobody of its service and lane is behind it.
    #[error("nobody waits behind it")]
    NobodyBehind,
}

/// The arrival that puts a ticket behind as many people of its service and lane as the policy says, or behind the last of
/// them: what [`Postponed`](wire::event::EventBody::Postponed) carries.
pub fn postpone(hall: &Hall, policy: &Policy, ticket: &Ticket, now: Timestamp) -> Result<Timestamp, NotPostponed> {
    if ticket.state(hall.day()) != State::Waiting {
        return Err(NotPostponed::NotWaiting);
    }
    let own = Candidate::of(policy, ticket).ok_or(NotPostponed::NotWaiting)?;
    if own.slot.is_some() {
        return Err(NotPostponed::Appointment);
    }
    if ticket.postponed() >= policy.postpone.times {
        return Err(NotPostponed::TooOften(ticket.postponed()));
    }
    let lane = own.lane(policy, now);
    let others = hall.waiting().filter_map(|ticket| Candidate::of(policy, ticket));
    let behind = |c: &Candidate| c.service == own.service && c.lane(policy, now) == lane && c.place() > own.place();
    let mut behind: Vec<Candidate> = others.filter(behind).collect();
    behind.sort_by_key(Candidate::place);
    let places = (policy.postpone.places.max(1) as usize).min(behind.len());
    let last = behind.get(places.wrapping_sub(1)).ok_or(NotPostponed::NobodyBehind)?;
    Ok(last.arrival.checked_add(BEHIND).unwrap_or(last.arrival).max(own.arrival))
}
