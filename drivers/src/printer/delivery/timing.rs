//! How long things may take; tests shorten what people wait for.

use std::time::Duration;

use crate::printer::job::EncodedJob;
use crate::printer::profile::Profile;
use crate::printer::transport::Capabilities;

/// The limits of time of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// A job has at least this long, from its submission (or twice the time its paper and, on a slow line, its bytes
    /// need, if longer).
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
    /// A printer that takes nothing for this long, and does not say why, counts as offline.
    pub stall: Duration,
    /// A job whose first byte has gone has so much more time while the printer waits for paper or for its cover to be
    /// closed.
    pub reload: Duration,
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
            stall: Duration::from_secs(1),
            reload: Duration::from_secs(120),
        }
    }
}

impl Timing {
    /// The time of a job: of its paper, and of its bytes on a slow line.
    pub(crate) fn budget(&self, profile: &Profile, capabilities: Capabilities, job: &EncodedJob) -> Duration {
        let sending = capabilities.bytes_per_s.map_or(Duration::ZERO, |bytes_per_s| {
            let bytes = u64::try_from(job.bytes.len()).unwrap_or(u64::MAX);
            Duration::from_millis(bytes.saturating_mul(1000) / u64::from(bytes_per_s.max(1)))
        });
        self.least_budget.max((profile.expected_time(job.length_mm) + sending) * 2)
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
