//! How long somebody would wait who came now.
//!
//! Half of it is the work that waits, divided among the open counters: queue length x service time (an exponentially
//! weighted mean) / counters. The other half is how long the last person waited who was called: what the first half cannot
//! see, such as pauses, is in it. In the simulation of a day the two together err less than either. Somebody who waits
//! already is told the newcomer's wait by the share of the work that stands before them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use wire::ids::{CounterId, ServiceId, TicketId};

use crate::hall::Hall;
use crate::order::{Seat, before};
use crate::policy::Policy;
use crate::ticket::{State, Ticket};

/// Fewer services given today tell nothing.
pub const SERVED_LEAST: usize = 5;
/// What is known of the hall tells nothing once it is older.
pub const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// What the last service weighs among those before it.
const LAST_WEIGHS: f64 = 0.1;
/// As many as weigh anything.
const LOOKED_AT: usize = 50;
/// How much longer a service takes for each further person of a group.
const EACH_FURTHER: f64 = 0.5;
/// The range's upper edge, as a multiple of the estimate and in seconds on top.
const UPPER: (f64, f64) = (1.35, 180.0);
/// What edges are rounded to, in minutes.
const STEP_MIN: u32 = 5;

/// A wait, as far as it can be foretold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Estimate {
    /// The best guess; people are shown the range.
    pub wait: SignedDuration,
    /// The lower edge, in minutes.
    pub low_min: u32,
    /// The upper edge, in minutes.
    pub high_min: u32,
}

/// Why nothing is foretold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unknown {
    /// Fewer than [`SERVED_LEAST`] were served today.
    #[error("only {0} served today: the wait is told from {SERVED_LEAST} on")]
    TooFewServed(usize),
    /// What is known of the hall is older than [`FRESH`].
    #[error("nothing was heard of the hall for more than {} min", FRESH.as_mins())]
    Stale,
    /// No counter that receives for the service is open.
    #[error("no counter that receives for this service is open")]
    NoCounter,
}

/// How much longer a service takes for a group than for one person.
pub(crate) fn extent(group: u8) -> f64 {
    1.0 + EACH_FURTHER * f64::from(group.saturating_sub(1))
}

/// What stands before somebody who waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Before {
    /// How many tickets of the same service would be called earlier.
    pub people: usize,
    /// How long it takes until it is their turn.
    pub wait: Result<Estimate, Unknown>,
}

/// How long somebody without priority or appointment would wait for a service who came now. `seats` are the site's
/// counters: those of them count that are open. `as_of` is when the hall was last heard of.
pub fn estimate(
    hall: &Hall,
    policy: &Policy,
    seats: &[Seat],
    service: &ServiceId,
    as_of: Timestamp,
    now: Timestamp,
) -> Result<Estimate, Unknown> {
    let desks = Desks::of(hall, policy, seats);
    let own = desks.known(hall, service, as_of, now)?;
    let all = desks.ahead(hall, service, &own, |_| true);
    // Whoever meets a free counter and no queue does not wait, however long others did before.
    let wait_s =
        if all.is_empty() { 0.0 } else { half_and_half(hall, service, work(hall, service, &all), own.len(), 1.0) };
    Ok(range(wait_s))
}

/// The same for a ticket that waits already; none where it does not wait.
#[must_use]
pub fn estimate_before(
    hall: &Hall,
    policy: &Policy,
    seats: &[Seat],
    ticket: &Ticket,
    as_of: Timestamp,
    now: Timestamp,
) -> Option<Before> {
    let waits = ticket.state(hall.day()) == State::Waiting;
    let service = &ticket.place().filter(|_| waits)?.service;
    let desks = Desks::of(hall, policy, seats);
    let mut services: BTreeSet<&ServiceId> = desks.shared_with(service);
    services.insert(service);
    let before: BTreeSet<TicketId> = before(hall, policy, &services, ticket, now).into_iter().collect();
    let same = |id: &&TicketId| hall.ticket(id).and_then(Ticket::place).is_some_and(|place| &place.service == service);
    let wait = desks.known(hall, service, as_of, now).map(|own| {
        let mine = desks.ahead(hall, service, &own, |other| before.contains(&other.id));
        if mine.is_empty() {
            return range(0.0);
        }
        let mine = work(hall, service, &mine);
        let all = work(hall, service, &desks.ahead(hall, service, &own, |_| true));
        range(half_and_half(hall, service, mine, own.len(), if all > 0.0 { (mine / all).min(1.0) } else { 1.0 }))
    });
    Some(Before { people: before.iter().filter(same).count(), wait })
}

/// How long the counters have to do with what waits, in seconds of one counter.
fn work(hall: &Hall, service: &ServiceId, ahead: &BTreeMap<&ServiceId, f64>) -> f64 {
    let own = service_time(hall, service).unwrap_or(0.0);
    ahead.iter().map(|(other, people)| people * service_time(hall, other).unwrap_or(own)).sum()
}

/// `share`: of what the last person who was called had waited for.
fn half_and_half(hall: &Hall, service: &ServiceId, work: f64, counters: usize, share: f64) -> f64 {
    let by_queue = work / counters as f64;
    let last = hall.ledger.entered.get(service).and_then(|waits| waits.last_key_value());
    let by_last = last.map_or(by_queue, |(_, waited)| waited.as_secs_f64() * share);
    f64::midpoint(by_queue, by_last)
}

/// How long a ticket for a service takes up a counter, in seconds, for one person: the mean of today's, the last ones
/// weighing most. The way to the counter is in it, and whoever was called in vain.
fn service_time(hall: &Hall, service: &ServiceId) -> Option<f64> {
    let given = hall.ledger.given.get(service)?;
    let taken_up = given.values().rev().take(LOOKED_AT);
    let last: Vec<f64> = taken_up.map(|entry| entry.took.as_secs_f64() / extent(entry.group)).collect();
    // Plain while they are few, so that the first one weighs no more than the others.
    let mut mean: Option<(f64, f64)> = None;
    for took in last.into_iter().rev() {
        let (before, count) = mean.unwrap_or((took, 0.0));
        let weight = LAST_WEIGHS.max(1.0 / (count + 1.0));
        mean = Some((before + weight * (took - before), count + 1.0));
    }
    mean.map(|(mean, _)| mean)
}

fn range(wait_s: f64) -> Estimate {
    let step = f64::from(STEP_MIN) * 60.0;
    let minutes = |steps: f64| (steps.max(0.0) as u32).saturating_mul(STEP_MIN);
    let (times, on_top) = UPPER;
    Estimate {
        wait: SignedDuration::from_secs(wait_s.round() as i64),
        low_min: minutes((wait_s / step).floor()),
        high_min: minutes(((wait_s * times + on_top) / step).ceil()),
    }
}

/// The open counters, each with what it receives for.
struct Desks<'a>(Vec<(&'a Seat, BTreeSet<&'a ServiceId>)>);

impl<'a> Desks<'a> {
    fn of(hall: &'a Hall, policy: &'a Policy, seats: &'a [Seat]) -> Self {
        let open = |seat: &&Seat| hall.counter(&seat.counter).is_some_and(|(_, state)| state.is_open());
        Self(seats.iter().filter(open).map(|seat| (seat, policy.receives(seat))).collect())
    }

    fn of_service(&self, service: &ServiceId) -> BTreeSet<usize> {
        let receives =
            |(desk, (_, services)): (usize, &(_, BTreeSet<&ServiceId>))| services.contains(service).then_some(desk);
        self.0.iter().enumerate().filter_map(receives).collect()
    }

    /// The counters that receive for a service, where enough is known to foretell anything.
    fn known(
        &self,
        hall: &Hall,
        service: &ServiceId,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<BTreeSet<usize>, Unknown> {
        if now.duration_since(as_of) > FRESH {
            return Err(Unknown::Stale);
        }
        let own = self.of_service(service);
        if own.is_empty() {
            return Err(Unknown::NoCounter);
        }
        let given = hall.ledger.given.get(service).into_iter().flatten();
        let served = given.filter(|(_, taken_up)| taken_up.served).take(SERVED_LEAST).count();
        if served < SERVED_LEAST { Err(Unknown::TooFewServed(served)) } else { Ok(own) }
    }

    /// The services that some counter receives for beside this one.
    fn shared_with(&self, service: &ServiceId) -> BTreeSet<&'a ServiceId> {
        let own = self.0.iter().filter(|(_, services)| services.contains(service));
        own.flat_map(|(_, services)| services.iter().copied()).collect()
    }

    /// What waits for these counters: by service, how many people's worth of it falls to them.
    fn ahead(
        &self,
        hall: &'a Hall,
        service: &'a ServiceId,
        own: &BTreeSet<usize>,
        counts: impl Fn(&Ticket) -> bool,
    ) -> BTreeMap<&'a ServiceId, f64> {
        let mut ahead: BTreeMap<&ServiceId, f64> = BTreeMap::new();
        let waiting = hall.waiting().filter(|ticket| counts(ticket));
        for (place, issue) in waiting.filter_map(|ticket| ticket.place().zip(ticket.issue())) {
            *ahead.entry(&place.service).or_default() += extent(issue.group);
        }
        ahead.retain(|service, people| {
            let all = self.of_service(service);
            *people *= all.intersection(own).count() as f64 / all.len().max(1) as f64;
            *people > 0.0
        });
        if self.all_busy(hall, own) {
            // A counter has to become free for them too: in the queue they are one more.
            *ahead.entry(service).or_default() += 1.0;
        }
        ahead
    }

    fn all_busy(&self, hall: &Hall, own: &BTreeSet<usize>) -> bool {
        let busy: BTreeSet<&CounterId> = hall.held().filter_map(|ticket| Some(&ticket.call()?.counter)).collect();
        own.iter().filter_map(|desk| self.0.get(*desk)).all(|(seat, _)| busy.contains(&seat.counter))
    }
}
