//! The journeys' timers: few, short, and often replaced.

use std::collections::BTreeSet;
use std::time::Duration;

use kiosk_flow::TimerId;

/// Timers by the time at which they run out.
#[derive(Debug, Default)]
pub(super) struct Timers {
    running: BTreeSet<(Duration, TimerId)>,
}

impl Timers {
    pub fn start(&mut self, at: Duration, timer: TimerId) {
        self.running.insert((at, timer));
    }

    pub fn next(&self) -> Option<Duration> {
        self.running.first().map(|(at, _)| *at)
    }

    pub fn due(&mut self, now: Duration) -> Option<TimerId> {
        if self.next()? > now {
            return None;
        }
        self.running.pop_first().map(|(_, timer)| timer)
    }
}
