//! What a decision is made of: everything it looks at, and nothing else, so that it can be kept and made again.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use wire::ids::{AgentRef, CounterId, NeedId, OriginId, ServiceId, TicketId};

use crate::counter::CounterState;
use crate::hall::Hall;
use crate::policy::{Lane, Policy};
use crate::ticket::{Issue, Ticket};

/// Who calls, and what they receive for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seat {
    /// The counter.
    pub counter: CounterId,
    /// Who sits there; nobody in particular can do everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentRef>,
    /// What the counter receives for, as the catalogue or whoever opened it says.
    pub services: BTreeSet<ServiceId>,
    /// What the counter has for those who need it, as the catalogue says; the policy may add to it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub capabilities: BTreeSet<NeedId>,
    /// Who would wait for nobody: this counter may call them, whatever it and its agent receive for and whatever it has.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub stranded: BTreeSet<TicketId>,
}

impl Seat {
    /// The same as whoever opened the counter said: who sits there, and what for, of what the seat can receive for.
    #[must_use]
    pub fn as_told(&self, hall: &Hall) -> Self {
        let mut told = self.clone();
        if let Some((_, CounterState::Open { agent, services })) = hall.counter(&self.counter) {
            told.agent = *agent;
            if !services.is_empty() {
                told.services.retain(|service| services.contains(service));
            }
        }
        told
    }
}

/// Somebody who waits, as far as the order of calls is concerned.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Candidate {
    /// Which ticket.
    pub ticket: TicketId,
    /// Of which passage.
    pub episode: u32,
    /// What for.
    pub service: ServiceId,
    /// Since when it counts.
    pub arrival: Timestamp,
    /// The borne and its place in the borne's log: what decides between two of one instant (rule R11).
    pub issued: (OriginId, u64),
    /// Since when it stands before those of its lane, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub front: Option<Timestamp>,
    /// It is not called earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Whether the visitor says that they have priority.
    pub priority: bool,
    /// When they are expected, where they have an appointment that this service is for and came in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<Timestamp>,
    /// Whether they come back after an absence.
    pub returned: bool,
    /// Whether this counter receives for the service only because it helps out.
    pub helped: bool,
}

/// What the calls of a counter were, so that turns can be counted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Past {
    /// The lane.
    pub lane: Lane,
    /// What for.
    pub service: ServiceId,
}

/// What a counter chooses from, and what its turns were.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Snapshot {
    /// Everybody the counter may call, now or later.
    pub waiting: Vec<Candidate>,
    /// The counter's last calls, the last one first, as many as any rule counts.
    pub past: Vec<Past>,
}

/// Why a counter may not call a ticket.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotHere {
    /// The counter is paused or closed: nobody is called to an empty chair.
    #[error("this counter is paused or closed: open it first")]
    Away,
    /// It does not wait: somebody was faster, or it was given up.
    #[error("it does not wait any more")]
    NotWaiting,
    /// The counter, or its agent, does not receive for its service.
    #[error("this counter or its agent does not receive for {0}")]
    Service(ServiceId),
    /// It was handed to another counter, where somebody sits.
    #[error("it was handed to counter {0}")]
    OtherCounter(CounterId),
    /// The counter lacks what the person needs.
    #[error("the person needs {0}, which this counter does not have")]
    Need(NeedId),
}

impl Candidate {
    /// A ticket that waits, as any counter sees it.
    pub(crate) fn of(policy: &Policy, ticket: &Ticket) -> Option<Self> {
        let (issue, place) = (ticket.issue()?, ticket.place()?);
        Some(Self {
            ticket: ticket.id,
            episode: ticket.episode(),
            service: place.service.clone(),
            arrival: place.arrival,
            issued: (issue.origin, issue.seq),
            front: place.front,
            not_before: place.not_before,
            priority: issue.priority,
            slot: kept_slot(policy, issue, &place.service),
            returned: place.returned,
            helped: false,
        })
    }

    /// The lane it is in.
    #[must_use]
    pub fn lane(&self, policy: &Policy, now: Timestamp) -> Lane {
        let due = self.slot.is_some_and(|slot| slot <= now);
        lane(policy, self.priority, due, self.returned)
    }

    /// Since when its wait counts: nobody waits before their appointment.
    #[must_use]
    pub fn counts_from(&self) -> Timestamp {
        self.slot.map_or(self.arrival, |slot| slot.max(self.arrival))
    }

    /// How long it has waited.
    #[must_use]
    pub fn waited(&self, now: Timestamp) -> SignedDuration {
        now.duration_since(self.counts_from()).max(SignedDuration::ZERO)
    }

    /// The place in its lane.
    pub(super) fn place(&self) -> (bool, Option<Timestamp>, Timestamp, (OriginId, u64), TicketId) {
        (self.front.is_none(), self.front, self.slot.unwrap_or(self.arrival), self.issued, self.ticket)
    }
}

/// The first lane, in the policy's order, that somebody may wait in.
fn lane(policy: &Policy, priority: bool, due: bool, returned: bool) -> Lane {
    let usual = match (returned, due) {
        (true, _) => Lane::Return,
        (false, true) => Lane::Appointment,
        (false, false) => Lane::Ordinary,
    };
    let first = |a: Lane, b: Lane| if policy.lane_place(a) < policy.lane_place(b) { a } else { b };
    if priority { first(Lane::Priority, usual) } else { usual }
}

/// The slot that still counts: kept within the window, and for what the ticket now waits for.
fn kept_slot(policy: &Policy, issue: &Issue, service: &ServiceId) -> Option<Timestamp> {
    let slot = issue.appointment.filter(|_| &issue.service == service)?;
    let late = SignedDuration::from_mins(i64::from(policy.appointment.late_min));
    (issue.arrival.duration_since(slot) <= late).then_some(slot)
}

impl Snapshot {
    /// What a counter chooses from; nobody while it is paused or closed ([`Hall::receives`]).
    #[must_use]
    pub fn of(hall: &Hall, policy: &Policy, seat: &Seat, now: Timestamp) -> Self {
        let all = Self::as_if_open(hall, policy, seat, now);
        if hall.receives(&seat.counter) { all } else { Self { waiting: Vec::new(), ..all } }
    }

    /// What it would choose from if it were open.
    pub(super) fn as_if_open(hall: &Hall, policy: &Policy, seat: &Seat, now: Timestamp) -> Self {
        let reach = Reach::of(hall, policy, seat, now);
        let mut waiting = Vec::with_capacity(hall.ledger.waiting.len());
        waiting.extend(hall.waiting().filter_map(|ticket| reach.candidate(ticket).ok()));
        let weights = |weights: &mut dyn Iterator<Item = u32>| weights.map(|weight| weight as usize).sum::<usize>();
        let lanes = weights(&mut Lane::ALL.iter().map(|lane| policy.lane_weight(*lane)));
        let shares = weights(&mut policy.shares.iter().map(|share| share.weight.max(1))) + 1;
        let most = lanes.max(shares).max(policy.lanes.priority_in_a_row.unwrap_or(1) as usize);
        Self { waiting, past: past(hall, policy, &seat.counter, most) }
    }
}

/// The last calls of a counter, the last one first.
fn past(hall: &Hall, policy: &Policy, counter: &CounterId, most: usize) -> Vec<Past> {
    let calls = hall.ledger.turns.get(counter).into_iter().flatten().rev();
    let turn = |(stamp, id): (&_, &TicketId)| {
        let ticket = hall.ticket(id)?;
        let issue = ticket.issue().filter(|issue| issue.day == hall.day)?;
        let turn = ticket.course().turns.iter().find(|turn| &turn.stamp == stamp)?;
        let due = kept_slot(policy, issue, &turn.service).is_some_and(|slot| slot <= turn.at);
        Some(Past { lane: lane(policy, issue.priority, due, turn.returned), service: turn.service.clone() })
    };
    calls.filter_map(turn).take(most).collect()
}

/// Which tickets a counter reaches.
pub(super) struct Reach<'a> {
    hall: &'a Hall,
    policy: &'a Policy,
    seat: &'a Seat,
    own: BTreeSet<&'a ServiceId>,
    helped: BTreeSet<&'a ServiceId>,
    now: Timestamp,
}

impl<'a> Reach<'a> {
    pub(super) fn of(hall: &'a Hall, policy: &'a Policy, seat: &'a Seat, now: Timestamp) -> Self {
        let own = policy.receives(seat);
        let mut reach = Self { hall, policy, seat, own, helped: BTreeSet::new(), now };
        reach.helped = reach.helped_without(&BTreeSet::new());
        reach
    }

    /// The services the counter helps out for once some of those who wait are gone: no others than before.
    pub(super) fn helped_without(&self, gone: &BTreeSet<TicketId>) -> BTreeSet<&'a ServiceId> {
        let Self { hall, policy, seat, now, .. } = *self;
        let overflow = policy.counter(&seat.counter).and_then(|rules| rules.overflow.as_ref());
        let over = |service: &&ServiceId| {
            let here = || hall.waiting().filter(|ticket| !gone.contains(&ticket.id));
            let all = || here().filter_map(|ticket| Candidate::of(policy, ticket));
            let waiting = || all().filter(|candidate| &candidate.service == *service);
            let longer = overflow.and_then(|overflow| overflow.when_longer_than);
            let longer = longer.is_some_and(|most| waiting().count() > most as usize);
            let minutes = overflow.and_then(|overflow| overflow.when_wait_over_min);
            let most = minutes.map(|minutes| SignedDuration::from_mins(i64::from(minutes)));
            longer || most.is_some_and(|most| waiting().any(|candidate| candidate.waited(now) > most))
        };
        let services = overflow.into_iter().flat_map(|overflow| &overflow.services);
        services.filter(|service| policy.can(seat.agent, service)).filter(over).collect()
    }

    /// What a ticket is to this counter, or why it is nothing. Who is handed to a counter is received there, whatever it
    /// receives for otherwise: somebody said so.
    pub(super) fn candidate(&self, ticket: &Ticket) -> Result<Candidate, NotHere> {
        let (Some(issue), Some(place)) = (ticket.issue(), ticket.place()) else { return Err(NotHere::NotWaiting) };
        if self.seat.stranded.contains(&ticket.id) {
            return Candidate::of(self.policy, ticket).ok_or(NotHere::NotWaiting);
        }
        let handed = place.counter.as_ref() == Some(&self.seat.counter);
        let own = self.own.contains(&place.service);
        if !handed && !own && !self.helped.contains(&place.service) {
            return Err(NotHere::Service(place.service.clone()));
        }
        // Handed to a counter where nobody sits, it would wait for nobody.
        let elsewhere = place.counter.as_ref().filter(|counter| !handed && self.is_staffed(counter));
        if let Some(counter) = elsewhere {
            return Err(NotHere::OtherCounter(counter.clone()));
        }
        let rules = self.policy.counter(&self.seat.counter);
        let added = |need: &NeedId| rules.is_some_and(|rules| rules.capabilities.contains(need));
        let has = |need: &NeedId| self.seat.capabilities.contains(need) || added(need);
        if let Some(need) = issue.needs.iter().find(|need| !has(need)) {
            return Err(NotHere::Need(need.clone()));
        }
        let candidate = Candidate::of(self.policy, ticket).ok_or(NotHere::NotWaiting)?;
        Ok(Candidate { helped: !own && !handed, ..candidate })
    }

    fn is_staffed(&self, counter: &CounterId) -> bool {
        self.hall.counter(counter).is_some_and(|(_, state)| *state != CounterState::Closed)
    }
}
