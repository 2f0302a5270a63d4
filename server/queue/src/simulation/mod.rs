//! Days played in advance, over the same fold and the same choice as real ones: what another policy would have changed.
//!
//! A [`Scenario`] says how a day usually is, a seed makes a [`Day`] of it, with the same people whatever the policy, and
//! [`play()`] serves them. [`Day::replayed`] makes one of a day that was. Nobody behaves differently because they wait
//! differently: it compares, and promises nothing. [`again()`] plays nothing: it makes the calls of a day once more.

mod again;
mod chance;
mod play;
pub mod reference;
mod replay;
mod report;
mod tally;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use wire::ids::{NeedId, ServiceId};

use crate::estimate::extent;
use crate::order::Seat;
use chance::Chance;

pub use again::{Again, again};
pub use play::{TakesIn, log_of, play, play_taking_in};
pub use report::{Commitment, Load, Promises, Report, Waits};

/// Arrivals are told for pieces of the day this long, in minutes.
pub const PIECE_MIN: u32 = 30;
/// The shortest service, in seconds.
const TAKES_LEAST: i64 = 30;
/// From the call to the counter, in seconds.
const WALK_S: i64 = 20;

/// How a day usually is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// When the doors open.
    pub opens_at: Timestamp,
    /// Who comes.
    pub traffic: Vec<Traffic>,
    /// Who receives them.
    pub shifts: Vec<Shift>,
    /// The wait that is promised, in minutes, for the services that promise one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub commitment_min: BTreeMap<ServiceId, u32>,
}

/// Who comes for a service.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Traffic {
    /// Which one.
    pub service: ServiceId,
    /// How many people come in each piece of [`PIECE_MIN`] minutes from the opening on.
    pub arrivals: Vec<f64>,
    /// How long one person takes, in seconds, on average.
    pub takes_s: f64,
    /// How much that varies: the standard deviation of its logarithm.
    pub sigma: f64,
    /// How many do not come to the counter when they are called, from 0 to 1; half of them do the next time.
    #[serde(default)]
    pub absent: f64,
    /// How many say that they have priority, from 0 to 1.
    #[serde(default)]
    pub priority: f64,
    /// How many come as a group of two to four, from 0 to 1; a group takes longer.
    #[serde(default)]
    pub group: f64,
    /// How many have an appointment, from 0 to 1, half an hour at most after they come.
    #[serde(default)]
    pub appointment: f64,
}

/// When a counter is open.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// Which counter, and who sits there.
    pub seat: Seat,
    /// From and to, in minutes after the opening, in order; in between it pauses.
    pub open_min: Vec<(u32, u32)>,
}

/// Whether somebody comes when they are called.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// At once.
    There,
    /// Not the first time.
    Missed,
    /// Never.
    Gone,
}

/// Somebody who comes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visitor {
    /// When, in seconds after the opening.
    pub comes_s: i64,
    /// What for.
    pub service: ServiceId,
    /// How long they take at the counter, in seconds.
    pub takes_s: i64,
    /// Whether they say that they have priority.
    pub priority: bool,
    /// How many they are.
    pub group: u8,
    /// When they are expected, in seconds after the opening, where they are.
    pub expected_s: Option<i64>,
    /// What the counter must have.
    pub needs: BTreeSet<NeedId>,
    /// Whether they come when they are called.
    pub presence: Presence,
    /// When they go if nobody has called them by then, in seconds after the opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leaves_s: Option<i64>,
}

/// One day, with everybody who comes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// When the doors open.
    pub opens_at: Timestamp,
    /// In the order in which they come.
    pub visitors: Vec<Visitor>,
    /// Who receives them.
    pub shifts: Vec<Shift>,
    /// The wait that is promised, in minutes, for the services that promise one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub commitment_min: BTreeMap<ServiceId, u32>,
    /// When the day is closed, in seconds after the opening: it ends for whoever waits then. None where nobody closes it; a
    /// second time where some came late all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closed_s: Vec<i64>,
}

impl Scenario {
    /// A day of this kind; the same seed makes the same day.
    #[must_use]
    pub fn day(&self, seed: u64) -> Day {
        let mut seeds = Chance::new(seed);
        let mut visitors = Vec::new();
        for traffic in &self.traffic {
            let mut chance = Chance::new(seeds.next());
            let piece_s = f64::from(PIECE_MIN) * 60.0;
            for (piece, people) in (0u32..).zip(&traffic.arrivals).filter(|(_, people)| **people > 0.0) {
                let mut second = chance.gap(people / piece_s);
                while second < piece_s {
                    let comes_s = i64::from(piece * PIECE_MIN * 60) + second as i64;
                    visitors.push(traffic.visitor(comes_s, &mut Chance::new(chance.next())));
                    second += chance.gap(people / piece_s);
                }
            }
        }
        visitors.sort_by_key(|visitor| visitor.comes_s);
        let (shifts, commitment_min) = (self.shifts.clone(), self.commitment_min.clone());
        Day { opens_at: self.opens_at, visitors, shifts, commitment_min, closed_s: Vec::new() }
    }
}

impl Traffic {
    fn visitor(&self, comes_s: i64, chance: &mut Chance) -> Visitor {
        let group = if chance.happens(self.group) { 2 + chance.one_of(3) } else { 1 };
        let takes_s = chance.lognormal(self.takes_s, self.sigma) * extent(group);
        let presence = match (chance.happens(self.absent), chance.happens(0.5)) {
            (false, _) => Presence::There,
            (true, true) => Presence::Missed,
            (true, false) => Presence::Gone,
        };
        let expected_s = chance.happens(self.appointment).then(|| comes_s + i64::from(chance.one_of(30)) * 60);
        Visitor {
            comes_s,
            service: self.service.clone(),
            takes_s: (takes_s as i64).max(TAKES_LEAST),
            priority: chance.happens(self.priority),
            group,
            expected_s,
            needs: BTreeSet::new(),
            presence,
            leaves_s: None,
        }
    }
}

impl Day {
    fn at(&self, second: i64) -> Timestamp {
        self.opens_at.checked_add(SignedDuration::from_secs(second)).unwrap_or(self.opens_at)
    }
}
