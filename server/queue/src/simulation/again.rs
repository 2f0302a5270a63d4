//! The calls of a day that was, made again by a policy: whom it would have called at each of their instants.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;
use wire::event::EventBody;
use wire::ids::{CounterId, TicketId};
use wire::service_day::ServiceDay;

use crate::fold::Received;
use crate::hall::Hall;
use crate::order::{Decision, Seat, choose};
use crate::policy::Policy;

/// A call that was made, and whom a policy calls in its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Again {
    /// Which call. Whether an agent chose by hand is told by the decision that was stored with it.
    pub call: Uuid,
    /// When it was made.
    pub at: Timestamp,
    /// To which counter.
    pub counter: CounterId,
    /// Whom it called.
    pub called: TicketId,
    /// Whom the policy calls.
    pub decision: Option<Decision>,
}

impl Again {
    /// Whether the policy calls the same person.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.decision.as_ref().is_some_and(|decision| decision.ticket == self.called)
    }
}

/// Makes the calls of a service day again, each in the hall as it was then: before it, after everything received earlier.
/// `events` stand in the order in which the server committed them, from the beginning of the day on; `seat` tells what a
/// counter was at that instant in that hall. A call of a counter that there was none of is left out.
#[must_use]
pub fn again(
    day: ServiceDay,
    zone: &TimeZone,
    events: &[Received],
    policy: &Policy,
    seat: impl Fn(&Hall, &CounterId, Timestamp) -> Option<Seat>,
) -> Vec<Again> {
    let mut order: Vec<&Received> = events.iter().collect();
    // Stable: of one instant what was committed first comes first.
    order.sort_by_key(|received| received.received_at);
    let mut hall = Hall::new(day, zone.clone());
    let mut made = BTreeSet::new();
    let mut calls = Vec::new();
    for received in order {
        if let EventBody::Called { ticket, counter, call, .. } = &received.event.body
            && let at = received.event.at
            && let Some(seat) = seat(&hall, counter, at)
            && made.insert((received.origin, received.event.seq))
        {
            let decision = choose(&hall, policy, &seat, at);
            calls.push(Again { call: *call, at, counter: counter.clone(), called: *ticket, decision });
        }
        hall.apply(received);
    }
    calls
}
