//! Which core loops still turn: pure, time is an argument.

use std::time::{Duration, Instant};

/// One loop that was registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoopId(usize);

/// Watches the core loops: each has to go round within a limit.
#[derive(Debug, Clone)]
pub struct Vigil {
    limit: Duration,
    loops: Vec<Option<Loop>>,
}

#[derive(Debug, Clone)]
struct Loop {
    name: String,
    last: Instant,
}

impl Vigil {
    /// Each loop has to go round within `limit`.
    pub const fn new(limit: Duration) -> Self {
        Self { limit, loops: Vec::new() }
    }

    /// Watches one more loop, which counts as having gone round now.
    pub fn register(&mut self, name: &str, now: Instant) -> LoopId {
        self.loops.push(Some(Loop { name: name.to_owned(), last: now }));
        LoopId(self.loops.len() - 1)
    }

    /// A loop went round.
    pub fn beat(&mut self, id: LoopId, now: Instant) {
        if let Some(Some(watched)) = self.loops.get_mut(id.0) {
            watched.last = watched.last.max(now);
        }
    }

    /// A loop ended because it was to end.
    pub fn retire(&mut self, id: LoopId) {
        if let Some(watched) = self.loops.get_mut(id.0) {
            *watched = None;
        }
    }

    /// The loops that have not gone round within the limit; the borne works where there is none.
    pub fn stuck(&self, now: Instant) -> Vec<&str> {
        self.loops
            .iter()
            .flatten()
            .filter(|watched| now.saturating_duration_since(watched.last) > self.limit)
            .map(|watched| watched.name.as_str())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);

    fn s(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn one_loop_that_is_stuck_is_named_until_it_turns_again() {
        let start = Instant::now();
        let mut vigil = Vigil::new(LIMIT);
        assert_eq!(vigil.stuck(start + s(100)), Vec::<&str>::new(), "nothing is watched");
        let (screen, core) = (vigil.register("screen", start), vigil.register("core", start));
        assert_eq!(vigil.stuck(start + s(5)), Vec::<&str>::new());
        vigil.beat(core, start + s(4));
        assert_eq!(vigil.stuck(start + s(6)), ["screen"]);
        assert_eq!(vigil.stuck(start + s(10)), ["screen", "core"]);
        vigil.beat(screen, start + s(10));
        assert_eq!(vigil.stuck(start + s(10)), ["core"]);
        vigil.beat(core, start + s(11));
        assert_eq!(vigil.stuck(start + s(12)), Vec::<&str>::new());
    }

    #[test]
    fn a_loop_that_ends_as_it_should_is_watched_no_more_and_one_that_dies_is_stuck() {
        let start = Instant::now();
        let mut vigil = Vigil::new(LIMIT);
        let (screen, _core) = (vigil.register("screen", start), vigil.register("core", start));
        vigil.retire(screen);
        vigil.beat(screen, start + s(1));
        assert_eq!(vigil.stuck(start + s(60)), ["core"]);
        let again = vigil.register("screen", start + s(60));
        assert_ne!(again, screen);
    }

    proptest! {
        #[test]
        fn a_loop_is_stuck_just_where_its_last_beat_is_older_than_the_limit(
            beats in prop::collection::vec((0usize..4, 0u64..20_000), 0..60), asked in 0u64..30_000,
        ) {
            let start = Instant::now();
            let mut vigil = Vigil::new(LIMIT);
            let ids: Vec<_> = ["a", "b", "c", "d"].iter().map(|name| vigil.register(name, start)).collect();
            for (index, at) in &beats {
                vigil.beat(ids[*index], start + Duration::from_millis(*at));
            }
            let last = |index: usize| beats.iter().filter(|(i, _)| *i == index).map(|(_, at)| *at).max().unwrap_or(0);
            let expected: Vec<_> =
                (0..4).filter(|index| asked > last(*index) + 5000).map(|index| ["a", "b", "c", "d"][index]).collect();
            prop_assert_eq!(vigil.stuck(start + Duration::from_millis(asked)), expected);
        }
    }
}
