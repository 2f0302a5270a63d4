//! A day that was, as one to play: the same people at the same instants, as long at the counter, the same counters open.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use wire::event::Actor;
use wire::ids::{AgentRef, CounterId, ServiceId};

use super::{Day, Presence, Shift, TAKES_LEAST, Visitor, WALK_S};
use crate::counter::CounterState;
use crate::hall::Hall;
use crate::order::Seat;
use crate::ticket::{State, Ticket};

/// How long a service takes that nobody was given that day, in seconds.
const TAKES_UNKNOWN: i64 = 300;

impl Day {
    /// The day that a hall has behind it. `seats` are the site's counters as its catalogue has them, `commitment_min` the
    /// waits that it promises.
    ///
    /// Everybody comes when they came, for the service that they were called for at first, and takes up a counter for as
    /// long as they did in all, wherever they were handed on to. Who was never served takes as long as others of their
    /// service do in the middle. A counter is open as it said; one that said nothing, from its first call to its last end.
    /// Who gave up goes when they went; where the day was closed it is again, whoever waits then.
    #[must_use]
    pub fn replayed(hall: &Hall, seats: &[Seat], commitment_min: BTreeMap<ServiceId, u32>) -> Self {
        let today = |ticket: &&Ticket| ticket.issue().is_some_and(|issue| issue.day == hall.day());
        let mut tickets: Vec<&Ticket> = hall.tickets().filter(today).collect();
        tickets.sort_by_key(|ticket| ticket.issue().map(|issue| (issue.arrival, issue.origin, issue.seq)));
        let arrivals = tickets.iter().filter_map(|ticket| Some(ticket.issue()?.arrival));
        let openings = seats.iter().flat_map(|seat| sittings(hall, seat)).map(|sitting| sitting.from);
        let opens_at = arrivals.chain(openings).min().unwrap_or_else(|| hall.day().begin(&hall.zone));
        let usual = Usual::of(&tickets);
        let visitors = tickets.iter().filter_map(|ticket| visitor(hall, ticket, &usual, opens_at)).collect();
        let shifts = seats.iter().flat_map(|seat| shifts(hall, seat, opens_at)).collect();
        let ended = tickets.iter().filter(|ticket| ticket.cancelled_by() == Some(Actor::Policy));
        let closed: BTreeSet<i64> = ended.filter_map(|ticket| Some(seconds(ticket.since()?, opens_at))).collect();
        Self { opens_at, visitors, shifts, commitment_min, closed_s: closed.into_iter().collect() }
    }
}

/// What a ticket was taken for, as far as anybody was called for it.
fn service(ticket: &Ticket) -> Option<&ServiceId> {
    let first = ticket.course().turns.first().map(|turn| &turn.service);
    first.or_else(|| ticket.place().map(|place| &place.service))
}

/// How long somebody was at counters, in seconds, where they were.
fn took(ticket: &Ticket) -> Option<i64> {
    let served = ticket.course().given.iter().filter(|given| given.served);
    let all: Vec<i64> = served.map(|given| given.took.as_secs()).collect();
    (!all.is_empty()).then(|| (all.into_iter().sum::<i64>() - WALK_S).max(TAKES_LEAST))
}

/// How long services took in the middle, in seconds.
struct Usual(BTreeMap<ServiceId, i64>);

impl Usual {
    fn of(tickets: &[&Ticket]) -> Self {
        let mut taken: BTreeMap<ServiceId, Vec<i64>> = BTreeMap::new();
        for (service, took) in tickets.iter().filter_map(|ticket| service(ticket).zip(took(ticket))) {
            taken.entry(service.clone()).or_default().push(took);
        }
        let middle = |mut taken: Vec<i64>| {
            taken.sort_unstable();
            taken[taken.len() / 2]
        };
        Self(taken.into_iter().map(|(service, taken)| (service, middle(taken))).collect())
    }

    fn takes(&self, service: &ServiceId) -> i64 {
        self.0.get(service).copied().unwrap_or(TAKES_UNKNOWN)
    }
}

fn visitor(hall: &Hall, ticket: &Ticket, usual: &Usual, opens_at: Timestamp) -> Option<Visitor> {
    let issue = ticket.issue()?;
    let service = service(ticket)?.clone();
    let seconds = |at: Timestamp| seconds(at, opens_at);
    let presence = match ticket.state(hall.day()) {
        State::NoShow => Presence::Gone,
        State::Finished | State::Serving | State::Called if ticket.no_shows() > 0 => Presence::Missed,
        State::Unissued
        | State::Waiting
        | State::Parked
        | State::Expired
        | State::Cancelled
        | State::Called
        | State::Serving
        | State::Finished => Presence::There,
    };
    let gave_up = ticket.state(hall.day()) == State::Cancelled && ticket.cancelled_by() != Some(Actor::Policy);
    Some(Visitor {
        comes_s: seconds(issue.arrival),
        takes_s: took(ticket).unwrap_or_else(|| usual.takes(&service)),
        service,
        priority: issue.priority,
        group: issue.group,
        expected_s: issue.appointment.map(seconds),
        needs: issue.needs.clone(),
        presence,
        leaves_s: ticket.since().filter(|_| gave_up).map(seconds),
    })
}

fn seconds(at: Timestamp, opens_at: Timestamp) -> i64 {
    at.duration_since(opens_at).as_secs()
}

/// A stretch in which one agent was at a counter.
struct Sitting {
    agent: Option<AgentRef>,
    services: BTreeSet<ServiceId>,
    from: Timestamp,
    to: Timestamp,
}

fn sittings(hall: &Hall, seat: &Seat) -> Vec<Sitting> {
    let changes = hall.counter_changes(&seat.counter);
    let calls = calls(hall, &seat.counter);
    let ended = hall.tickets().filter_map(Ticket::since).max();
    if changes.is_empty() {
        // It never said that it is open: it was, from its first call on.
        let last = calls.iter().map(|(_, ended)| *ended).max();
        let stretch = calls.first().map(|(from, _)| *from).zip(last);
        let sitting = |(from, to)| Sitting { agent: seat.agent, services: seat.services.clone(), from, to };
        return stretch.map(sitting).into_iter().collect();
    }
    let mut sittings = Vec::new();
    for (place, (from, state)) in changes.iter().enumerate() {
        let CounterState::Open { agent, services } = state else { continue };
        let next = changes.get(place + 1).map(|(at, _)| *at).or(ended).unwrap_or(*from);
        let all = || seat.services.iter().filter(|service| services.is_empty() || services.contains(service));
        sittings.push(Sitting { agent: *agent, services: all().cloned().collect(), from: *from, to: next.max(*from) });
    }
    sittings
}

/// The calls of a counter, in order, each with when its ticket was done with.
fn calls(hall: &Hall, counter: &CounterId) -> Vec<(Timestamp, Timestamp)> {
    let turns = hall.ledger.turns.get(counter).into_iter().flatten();
    let call = |(stamp, id): (&_, &_)| {
        let ticket = hall.ticket(id)?;
        let turn = ticket.course().turns.iter().find(|turn| &turn.stamp == stamp)?;
        Some((turn.at, ticket.since().unwrap_or(turn.at).max(turn.at)))
    };
    turns.filter_map(call).collect()
}

/// The stretches of a counter, one shift for each agent and what they received for, in whole minutes.
fn shifts(hall: &Hall, seat: &Seat, opens_at: Timestamp) -> Vec<Shift> {
    let minute = |at: Timestamp, up: i64| u32::try_from((at.duration_since(opens_at).as_secs() + up) / 60).unwrap_or(0);
    let mut shifts: Vec<Shift> = Vec::new();
    let sittings = sittings(hall, seat);
    let last = sittings.len();
    for (n, Sitting { agent, services, from, to }) in (1..).zip(sittings) {
        // All are rounded alike, so that two stretches never overlap; nothing follows the last.
        let (from, to) = (minute(from, 0), minute(to, if n == last { 59 } else { 0 }));
        if from == to {
            continue;
        }
        let seat = Seat { agent, services, ..seat.clone() };
        match shifts.iter_mut().find(|shift| shift.seat == seat) {
            Some(shift) => shift.open_min.push((from, to)),
            None => shifts.push(Shift { seat, open_min: vec![(from, to)] }),
        }
    }
    shifts
}
