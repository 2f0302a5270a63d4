//! The days that estimates are judged by: people come in two peaks with a trough at noon, half of the counters go to lunch
//! before the other half, service times vary, one in twenty does not come when called.

use std::collections::BTreeMap;

use jiff::Timestamp;
use wire::ids::ServiceId;

use super::{Scenario, Shift, Traffic, play};
use crate::order::Seat;
use crate::policy::Policy;

/// Half past eight in Paris.
const OPENS_AT: Timestamp = Timestamp::constant(1_795_419_000, 0);
/// Until half past four.
const CURVE: [f64; 16] = [1.0, 1.4, 1.6, 1.5, 1.3, 1.0, 0.7, 0.5, 0.5, 0.9, 1.3, 1.4, 1.2, 0.9, 0.6, 0.2];
/// When counters pause, in minutes after the opening: one half of them, and the other.
const LUNCH_MIN: [(u32, u32); 2] = [(240, 285), (195, 240)];
/// How long somebody takes in [`hall`], in seconds.
const TAKES_S: f64 = 480.0;

/// What an estimate must reach in a hall of one service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gate {
    /// Counters.
    pub desks: u32,
    /// Who come on a day: people wait for about 32, 21 and 19.5 minutes at 2, 5 and 20 counters.
    pub people: f64,
    /// Days that are played.
    pub days: u64,
    /// The mean error, as a share of the mean wait, at most.
    pub error_most: f64,
}

/// The halls that estimates are judged by.
pub const GATES: [Gate; 3] = [
    Gate { desks: 2, people: 96.0, days: 40, error_most: 0.30 },
    Gate { desks: 5, people: 245.0, days: 20, error_most: 0.25 },
    Gate { desks: 20, people: 1_000.0, days: 6, error_most: 0.25 },
];
/// The share of people who must not wait for longer than the range's upper edge.
pub const COVERED_LEAST: f64 = 0.90;

/// How well waits were foretold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Foretold {
    /// The mean error, as a share of the mean wait.
    pub error: f64,
    /// The share of people who waited no longer than the range's upper edge.
    pub covered: f64,
    /// In seconds.
    pub mean_wait_s: i64,
}

/// So many people on a day, who take so long on average.
#[must_use]
pub fn traffic(service: ServiceId, people: f64, takes_s: f64) -> Traffic {
    let whole: f64 = CURVE.iter().sum();
    Traffic {
        service,
        arrivals: CURVE.iter().map(|part| part * people / whole).collect(),
        takes_s,
        sigma: 0.4,
        absent: 0.05,
        priority: 0.0,
        group: 0.0,
        appointment: 0.0,
    }
}

/// Open all day but for lunch.
#[must_use]
pub fn shifts(seats: Vec<Seat>) -> Vec<Shift> {
    let lunch = LUNCH_MIN.into_iter().cycle();
    let open = |(seat, (from, to))| Shift { seat, open_min: vec![(0, from), (to, 600)] };
    seats.into_iter().zip(lunch).map(open).collect()
}

/// One service at some counters.
#[must_use]
pub fn hall(service: ServiceId, seats: Vec<Seat>, people: f64) -> Scenario {
    Scenario {
        opens_at: OPENS_AT,
        traffic: vec![traffic(service, people, TAKES_S)],
        shifts: shifts(seats),
        commitment_min: BTreeMap::new(),
    }
}

/// How well waits are foretold on so many days, each with a seed of its own.
#[must_use]
pub fn foretold(scenario: &Scenario, days: u64) -> Foretold {
    let (mut told, mut error, mut wait, mut kept) = (0, 0, 0, 0);
    for seed in 0..days {
        let promises = play(&scenario.day(seed), &Policy::default()).promises;
        let count = promises.told as i64;
        told += count;
        error += promises.mean_error_s * count;
        wait += promises.mean_wait_s * count;
        kept += promises.kept as i64;
    }
    let share = |part: i64, whole: i64| part as f64 / whole.max(1) as f64;
    Foretold { error: share(error, wait), covered: share(kept, told), mean_wait_s: wait / told.max(1) }
}
