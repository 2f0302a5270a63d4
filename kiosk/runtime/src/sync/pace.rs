//! When to try again. Pure.

use std::time::Duration;

/// The first wait's upper edge.
const BASE: Duration = Duration::from_secs(2);
/// The longest wait's upper edge.
const CAP: Duration = Duration::from_secs(600);
/// Never busier than this.
const FLOOR: Duration = Duration::from_millis(100);
/// Events that come together are sent together.
pub const COALESCE: Duration = Duration::from_millis(200);

/// How long to wait after the n-th failure in a row (from 1): full jitter, so that the bornes of a town do not all come
/// back in the same second. `random` is any number.
#[must_use]
pub fn after_failure(failures: u32, random: u64) -> Duration {
    let edge = BASE.saturating_mul(1 << failures.saturating_sub(1).min(20)).min(CAP);
    let edge_ms = u64::try_from(edge.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(random % edge_ms.max(1)).max(FLOOR)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_edge_doubles_up_to_ten_minutes() {
        let edge = |n| after_failure(n, u64::MAX - u64::MAX % 600_000 - 1).as_millis();
        assert!(edge(1) < 2_000);
        assert!((600_000 - 100_000..600_000).contains(&edge(30)), "{}", edge(30));
    }

    proptest! {
        #[test]
        fn a_wait_is_within_its_edges(failures in 0u32..1000, random: u64) {
            let wait = after_failure(failures, random);
            prop_assert!(wait >= FLOOR && wait <= CAP);
            if failures <= 1 {
                prop_assert!(wait <= BASE);
            }
        }
    }
}
