//! How long things may take; tests shorten what people wait for.

use std::time::Duration;

use crate::printer::profile::Profile;

/// The limits of time of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// A job has at least this long, from its submission (or twice the profile's expected time, if longer).
    pub least_budget: Duration,
    /// One attempt to connect.
    pub connect: Duration,
    /// A printer that tells its state by itself has this long to do so before a job is sent regardless.
    pub first_status: Duration,
    /// One write: how long the worker looks at nothing else.
    pub write_slice: Duration,
    /// The first wait before connecting again; it doubles at each failure.
    pub first_backoff: Duration,
    /// The longest wait before connecting again.
    pub longest_backoff: Duration,
    /// After this long without a word, a printer that can answer is asked whether it is still there.
    pub quiet: Duration,
    /// How long it may take to answer that.
    pub answer: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            least_budget: Duration::from_secs(10),
            connect: Duration::from_secs(2),
            first_status: Duration::from_millis(500),
            write_slice: Duration::from_millis(200),
            first_backoff: Duration::from_millis(200),
            longest_backoff: Duration::from_secs(5),
            quiet: Duration::from_secs(15),
            answer: Duration::from_secs(3),
        }
    }
}

impl Timing {
    /// The time of a job that prints that much paper.
    pub(crate) fn budget(&self, profile: &Profile, length_mm: u16) -> Duration {
        self.least_budget.max(profile.expected_time(length_mm) * 2)
    }
}

/// When to connect next.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
    first: Duration,
    longest: Duration,
}

impl Backoff {
    pub(crate) fn new(timing: &Timing) -> Self {
        Self { next: timing.first_backoff, first: timing.first_backoff, longest: timing.longest_backoff }
    }

    /// The wait after one more failure.
    pub(crate) fn after_failure(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(self.longest);
        wait
    }

    /// The link has proved itself.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}
