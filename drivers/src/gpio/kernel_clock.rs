//! When an edge happened, on this program's clock.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// The moment of an event that the kernel stamped with its monotonic clock; now, for a stamp from the future.
pub(super) fn instant_of(stamp: Duration) -> Instant {
    let now = Instant::now();
    let clock = clock_gettime(ClockId::Monotonic);
    let clock = Duration::new(u64::try_from(clock.tv_sec).unwrap_or(0), u32::try_from(clock.tv_nsec).unwrap_or(0));
    now.checked_sub(clock.saturating_sub(stamp)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_of_the_past_become_moments_of_the_past_and_others_now() {
        let clock = clock_gettime(ClockId::Monotonic);
        let clock = Duration::new(clock.tv_sec.unsigned_abs(), clock.tv_nsec.unsigned_abs() as u32);
        let before = Instant::now();
        let second_ago = instant_of(clock.saturating_sub(Duration::from_secs(1)));
        assert!(before - second_ago > Duration::from_millis(900));
        assert!(instant_of(Duration::MAX) >= before);
    }
}
