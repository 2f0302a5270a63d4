//! How long somebody would wait who came now.
//!
//! Half of it is the work that waits, divided among the open counters: queue length x service time (an exponentially
//! weighted mean) / counters. The other half is how long the last person waited who was called: what the first half cannot
//! see, such as pauses, is in it. In the simulation of a day the two together err less than either.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use wire::ids::{CounterId, ServiceId};

use crate::hall::Hall;
use crate::order::Seat;
use crate::policy::Policy;

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
    if now.duration_since(as_of) > FRESH {
        return Err(Unknown::Stale);
    }
    let desks = Desks::of(hall, policy, seats);
    let own = desks.of_service(service);
    if own.is_empty() {
        return Err(Unknown::NoCounter);
    }
    let given = hall.ledger.given.get(service).into_iter().flatten();
    let served = given.filter(|(_, taken_up)| taken_up.served).take(SERVED_LEAST).count();
    if served < SERVED_LEAST {
        return Err(Unknown::TooFewServed(served));
    }
    let mut ahead = desks.ahead(hall, &own);
    if desks.all_busy(hall, &own) {
        // A counter has to become free for the newcomer too: in the queue they are one more.
        *ahead.entry(service).or_default() += 1.0;
    }
    // Whoever meets a free counter and no queue does not wait, however long others did before.
    let wait_s = if ahead.is_empty() { 0.0 } else { half_and_half(hall, service, &ahead, own.len()) };
    Ok(range(wait_s))
}

fn half_and_half(hall: &Hall, service: &ServiceId, ahead: &BTreeMap<&ServiceId, f64>, counters: usize) -> f64 {
    let own = service_time(hall, service).unwrap_or(0.0);
    let work: f64 = ahead.iter().map(|(other, people)| people * service_time(hall, other).unwrap_or(own)).sum();
    let by_queue = work / counters as f64;
    let last = hall.ledger.entered.get(service).and_then(|waits| waits.last_key_value());
    let by_last = last.map_or(by_queue, |(_, waited)| waited.as_secs_f64());
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

    /// What waits for these counters: by service, how many people's worth of it falls to them.
    fn ahead(&self, hall: &'a Hall, own: &BTreeSet<usize>) -> BTreeMap<&'a ServiceId, f64> {
        let mut ahead: BTreeMap<&ServiceId, f64> = BTreeMap::new();
        for (place, issue) in hall.waiting().filter_map(|ticket| ticket.place().zip(ticket.issue())) {
            *ahead.entry(&place.service).or_default() += extent(issue.group);
        }
        ahead.retain(|service, people| {
            let all = self.of_service(service);
            *people *= all.intersection(own).count() as f64 / all.len().max(1) as f64;
            *people > 0.0
        });
        ahead
    }

    fn all_busy(&self, hall: &Hall, own: &BTreeSet<usize>) -> bool {
        let busy: BTreeSet<&CounterId> = hall.held().filter_map(|ticket| Some(&ticket.call()?.counter)).collect();
        own.iter().filter_map(|desk| self.0.get(*desk)).all(|(seat, _)| busy.contains(&seat.counter))
    }
}
