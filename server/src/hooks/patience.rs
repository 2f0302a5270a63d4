//! When a delivery is tried again, and when it is given up.

use jiff::{SignedDuration, Timestamp};

use crate::store::DeliveryState;

/// The longest wait after the first attempt; it doubles with each.
const BASE_MS: i64 = 2_000;
/// The longest wait of all.
const LONGEST_MS: i64 = 6 * 3_600_000;
/// How long a delivery is tried.
const WORTH: SignedDuration = SignedDuration::from_hours(3 * 24);

/// How a delivery stands after an attempt that failed, the first one being number 1. The wait is anything between nothing
/// and the longest of its turn, by 64 random bits: servers that fell together do not come back together.
pub(crate) fn after_failure(queued: Timestamp, attempt: u32, now: Timestamp, bits: u64) -> DeliveryState {
    let longest = 1_i64.checked_shl(attempt.saturating_sub(1)).and_then(|times| BASE_MS.checked_mul(times));
    let longest = longest.filter(|ms| *ms > 0).unwrap_or(LONGEST_MS).min(LONGEST_MS);
    let wait = i64::try_from(bits % longest.unsigned_abs().saturating_add(1)).unwrap_or(LONGEST_MS);
    let next = now + SignedDuration::from_millis(wait);
    if next.duration_since(queued) > WORTH { DeliveryState::GivenUp } else { DeliveryState::Waiting(next) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-21T08:42:00Z".parse().unwrap()
    }

    proptest! {
        #[test]
        fn waits_are_spread_over_all_of_a_turn_that_doubles(attempt in 1_u32..200, bits: u64) {
            let longest = (2.0 * 2_f64.powi(attempt.min(40) as i32 - 1)).min(21_600.0);
            match after_failure(now(), attempt, now(), bits) {
                DeliveryState::Waiting(next) => {
                    prop_assert!(next >= now() && next.duration_since(now()).as_secs_f64() <= longest);
                }
                other @ (DeliveryState::Delivered | DeliveryState::GivenUp) => prop_assert!(false, "{other:?}"),
            }
        }
    }

    #[test]
    fn the_edges_of_a_turn_are_reached_and_three_days_end_it() {
        let wait = |attempt, bits| after_failure(now(), attempt, now(), bits);
        assert_eq!(wait(1, 2_000), DeliveryState::Waiting(now() + SignedDuration::from_secs(2)));
        assert_eq!(wait(1, 2_001), DeliveryState::Waiting(now()));
        assert_eq!(wait(80, 21_600_000), DeliveryState::Waiting(now() + SignedDuration::from_hours(6)));
        let late = now() + WORTH;
        assert_eq!(after_failure(now(), 20, late, 0), DeliveryState::Waiting(late));
        assert_eq!(after_failure(now(), 20, late, 1), DeliveryState::GivenUp);
    }
}
