//! The wall clock. A demonstration may move it; nothing else can.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// The wall clock, shared by all threads.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    shift_ms: Arc<AtomicI64>,
}

impl Clock {
    /// Now, in milliseconds at the finest.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let shift = SignedDuration::from_millis(self.shift_ms.load(Ordering::Relaxed));
        let now = Timestamp::now().checked_add(shift).unwrap_or(Timestamp::MAX);
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// Moves the clock forward for everybody who shares it.
    pub fn advance(&self, by: SignedDuration) {
        let ms = i64::try_from(by.as_millis()).unwrap_or(0).max(0);
        self.shift_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_share_one_clock_and_it_never_goes_back() {
        let (a, b) = (Clock::default(), Clock::default());
        let shared = a.clone();
        let before = shared.now();
        a.advance(SignedDuration::from_hours(15));
        a.advance(SignedDuration::from_hours(-1));
        assert!(shared.now() >= before + SignedDuration::from_hours(15));
        assert!(b.now() < before + SignedDuration::from_hours(1));
    }
}
