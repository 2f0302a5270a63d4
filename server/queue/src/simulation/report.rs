//! What a day that was played tells.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wire::ids::{CounterId, ServiceId};

/// Fewer tickets conclude nothing.
const CONCLUSIVE: usize = 30;

/// How people waited, in seconds. Who was never called counts with the wait they had until the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Waits {
    /// How many.
    pub people: usize,
    /// On average.
    pub mean_s: i64,
    /// Half of them at most.
    pub median_s: i64,
    /// Nine in ten at most.
    pub p90_s: i64,
    /// Nineteen in twenty at most.
    pub p95_s: i64,
    /// The longest.
    pub longest_s: i64,
}

impl Waits {
    pub(super) fn of(waits: impl Iterator<Item = i64>) -> Self {
        let mut waits: Vec<i64> = waits.collect();
        waits.sort_unstable();
        let Some(longest_s) = waits.last().copied() else { return Self::default() };
        // The least wait that so many of a hundred do not exceed.
        let part = |hundredths: usize| waits[(waits.len() * hundredths).div_ceil(100).saturating_sub(1)];
        Self {
            people: waits.len(),
            mean_s: waits.iter().sum::<i64>() / waits.len() as i64,
            median_s: part(50),
            p90_s: part(90),
            p95_s: part(95),
            longest_s,
        }
    }
}

/// How busy a counter was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Load {
    /// How long it was open, in seconds, until the last person had left.
    pub open_s: i64,
    /// How long of it somebody was called or at the counter.
    pub busy_s: i64,
    /// How many people it served.
    pub served: usize,
}

/// How well waits were foretold to those without priority or appointment when they came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Promises {
    /// How many were told a wait.
    pub told: usize,
    /// How many were told none: too little was known.
    pub untold: usize,
    /// How far the estimate was off on average, in seconds.
    pub mean_error_s: i64,
    /// How long those waited who were told, on average, in seconds.
    pub mean_wait_s: i64,
    /// How many of them waited no longer than the range's upper edge.
    pub kept: usize,
}

/// How well a wait that the site promises was kept, for the services that have such a promise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Commitment {
    /// How many came for such a service.
    pub people: usize,
    /// How many of them waited no longer than promised.
    pub kept: usize,
}

impl Commitment {
    /// The share that was kept, from 0 to 1; none where nothing is promised.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        (self.people > 0).then(|| self.kept as f64 / self.people as f64)
    }
}

/// What a day that was played tells.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Report {
    /// How many tickets were taken.
    pub tickets: usize,
    /// How many people were served.
    pub served: usize,
    /// How many were called for the last time and did not come.
    pub absent: usize,
    /// How many went without having been called.
    #[serde(default)]
    pub gave_up: usize,
    /// How many still waited when the day was closed, and were not received.
    #[serde(default)]
    pub not_received: usize,
    /// How many were still waiting when the last counter closed.
    pub left_waiting: usize,
    /// How many saw somebody called for their service who came later than they.
    pub overtaken: usize,
    /// Everybody's waits until their first call.
    pub all: Waits,
    /// The same by service.
    pub by_service: BTreeMap<ServiceId, Waits>,
    /// The same of those with priority.
    pub with_priority: Waits,
    /// The same of those with an appointment, from their slot on.
    pub with_appointment: Waits,
    /// The same of everybody else.
    pub ordinary: Waits,
    /// How well promised waits were kept.
    #[serde(default)]
    pub commitment: Commitment,
    /// The counters.
    pub counters: BTreeMap<CounterId, Load>,
    /// How well waits were foretold.
    pub promises: Promises,
}

impl Report {
    /// Whether it is of enough tickets to conclude anything.
    #[must_use]
    pub const fn is_conclusive(&self) -> bool {
        self.tickets >= CONCLUSIVE
    }
}
