//! The floor of a hall at a glance: what each counter does, who waits for each service, and where a counter more is wanted.

use jiff::{SignedDuration, Timestamp};
use wire::ids::{CounterId, ServiceId, TicketId};
use wire::label::Label;

use crate::counter::CounterState;
use crate::estimate::estimate;
use crate::hall::Hall;
use crate::order::{Candidate, Seat};
use crate::policy::Policy;
use crate::ticket::{State, Ticket};

/// Whom a counter has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AtCounter {
    /// Which ticket.
    pub ticket: TicketId,
    /// Of which passage.
    pub episode: u32,
    /// The number, once it is known.
    pub label: Option<Label>,
    /// What for.
    pub service: Option<ServiceId>,
    /// [`State::Called`] or [`State::Serving`].
    pub state: State,
    /// Since when it is so.
    pub since: Option<Timestamp>,
}

/// How a counter is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CounterFigures {
    /// Which one.
    pub counter: CounterId,
    /// What it said last today; absent where it said nothing.
    pub state: Option<CounterState>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Whom it has.
    pub has: Option<AtCounter>,
    /// How many people are set aside for it.
    pub parked: usize,
}

impl CounterFigures {
    /// Whether it said that it is open, or has somebody all the same.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.has.is_some() || self.state.as_ref().is_some_and(CounterState::is_open)
    }

    /// Whether it has somebody.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        self.has.is_some()
    }
}

/// Who waits for a service.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServiceFigures {
    /// Which one.
    pub service: ServiceId,
    /// How many.
    pub waiting: usize,
    /// The longest wait; nobody waits before their appointment.
    pub oldest: Option<SignedDuration>,
    /// How many wait longer than the ceiling.
    pub over: usize,
    /// The wait after which somebody goes first.
    pub ceiling: SignedDuration,
    /// Everybody's wait, the longest first.
    pub waits: Vec<SignedDuration>,
}

/// A service for which too few counters are open: somebody waits too long, or whoever comes now would.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shortage {
    /// Which one.
    pub service: ServiceId,
    /// The longest wait, where somebody waits.
    pub oldest: Option<SignedDuration>,
    /// How long somebody would wait who came now, where that can be told.
    pub foretold: Option<SignedDuration>,
    /// The wait after which somebody goes first.
    pub ceiling: SignedDuration,
    /// The counters that would receive for it if they were open, in the order of the seats; none where it takes a counter
    /// that the site does not have.
    pub counters: Vec<CounterId>,
}

/// The floor of a hall.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Floor {
    /// The counters, in the order in which they were asked for.
    pub counters: Vec<CounterFigures>,
    /// The services, in the order in which they were asked for.
    pub services: Vec<ServiceFigures>,
}

impl Floor {
    /// How a hall's floor is now.
    #[must_use]
    pub fn of(hall: &Hall, policy: &Policy, counters: &[CounterId], services: &[ServiceId], now: Timestamp) -> Self {
        let waiting: Vec<Candidate> = hall.waiting().filter_map(|ticket| Candidate::of(policy, ticket)).collect();
        Self {
            counters: counters.iter().map(|counter| of_counter(hall, counter)).collect(),
            services: services.iter().map(|service| of_service(policy, service, &waiting, now)).collect(),
        }
    }

    /// How many counters receive people.
    #[must_use]
    pub fn open(&self) -> usize {
        self.counters.iter().filter(|counter| counter.is_open()).count()
    }

    /// How many of them have somebody.
    #[must_use]
    pub fn busy(&self) -> usize {
        self.counters.iter().filter(|counter| counter.is_busy()).count()
    }
}

/// The services for which a counter more is wanted, in the order in which they were asked for: somebody waits longer than the
/// ceiling, or whoever came now would. `seats` are the site's counters as its catalogue has them.
#[must_use]
pub fn shortages(
    hall: &Hall,
    policy: &Policy,
    seats: &[Seat],
    services: &[ServiceId],
    now: Timestamp,
) -> Vec<Shortage> {
    let waiting: Vec<Candidate> = hall.waiting().filter_map(|ticket| Candidate::of(policy, ticket)).collect();
    let open = |seat: &Seat| of_counter(hall, &seat.counter).is_open();
    let told: Vec<Seat> = seats.iter().map(|seat| seat.as_told(hall)).collect();
    let short = |service: &ServiceId| {
        let ServiceFigures { oldest, ceiling, .. } = of_service(policy, service, &waiting, now);
        let foretold = estimate(hall, policy, &told, service, now, now).ok().map(|estimate| estimate.wait);
        let long = [oldest, foretold].into_iter().flatten().any(|wait| wait > ceiling);
        let receives = |seat: &&Seat| !open(seat) && policy.receives(seat).contains(service);
        let counters = || seats.iter().filter(receives).map(|seat| seat.counter.clone()).collect();
        long.then(|| Shortage { service: service.clone(), oldest, foretold, ceiling, counters: counters() })
    };
    services.iter().filter_map(short).collect()
}

fn of_counter(hall: &Hall, counter: &CounterId) -> CounterFigures {
    let told = hall.counter(counter);
    let has = |ticket: &Ticket| AtCounter {
        ticket: ticket.id,
        episode: ticket.episode(),
        label: ticket.issue().map(|issue| issue.label),
        service: ticket.place().map(|place| place.service.clone()),
        state: ticket.state(hall.day()),
        since: ticket.since(),
    };
    let parked = hall.parked().into_iter().filter_map(Ticket::parking);
    CounterFigures {
        counter: counter.clone(),
        state: told.map(|(_, state)| state.clone()),
        since: told.map(|(since, _)| since),
        has: hall.at_counter(counter).map(has),
        parked: parked.filter(|parking| &parking.counter == counter).count(),
    }
}

fn of_service(policy: &Policy, service: &ServiceId, waiting: &[Candidate], now: Timestamp) -> ServiceFigures {
    let ceiling = SignedDuration::from_mins(i64::from(policy.ceiling.of(service)));
    let waits = waiting.iter().filter(|candidate| &candidate.service == service).map(|c| c.waited(now));
    let mut waits: Vec<SignedDuration> = waits.collect();
    waits.sort_unstable_by(|a, b| b.cmp(a));
    ServiceFigures {
        service: service.clone(),
        waiting: waits.len(),
        oldest: waits.first().copied(),
        over: waits.iter().filter(|wait| **wait > ceiling).count(),
        ceiling,
        waits,
    }
}
