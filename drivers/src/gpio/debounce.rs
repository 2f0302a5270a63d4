//! One change of a contact out of many edges: pure, time is an argument.

use std::time::{Duration, Instant};

/// How long a level must last before it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settle {
    /// An active level: short ones are bounces and disturbances on the cable.
    pub active: Duration,
    /// An inactive level; long for a presence sensor, which forgets people who stand still.
    pub inactive: Duration,
}

/// Follows the edges of one line and answers changes that have lasted.
///
/// A level that does not last [`Settle`] is never told, however many edges it had; one that does is told once. Edges
/// carry the time when they happened, so a train of edges that is read late gives the same changes.
#[derive(Debug, Clone)]
pub struct Debounce {
    settle: Settle,
    stable: bool,
    /// When the line left the stable level.
    left: Option<Instant>,
}

impl Debounce {
    /// Starts at a level that is taken as lasting.
    pub const fn new(settle: Settle, active: bool) -> Self {
        Self { settle, stable: active, left: None }
    }

    /// Takes a level as lasting, and forgets what was on its way.
    pub const fn restart(&mut self, active: bool) {
        self.stable = active;
        self.left = None;
    }

    /// The level that was told last.
    pub const fn active(&self) -> bool {
        self.stable
    }

    /// Takes an edge; answers the change that had lasted before it, if there is one. Call [`tick`](Self::tick) after.
    pub fn edge(&mut self, active: bool, at: Instant) -> Option<bool> {
        let change = self.tick(at);
        if active == self.stable {
            self.left = None;
        } else {
            // Edges get lost in a flood: a level that is told again has lasted only since.
            self.left = Some(at);
        }
        change
    }

    /// When [`tick`](Self::tick) has something to tell, unless another edge comes first.
    pub fn due(&self) -> Option<Instant> {
        self.left.map(|left| left + self.settle_of(!self.stable))
    }

    /// Answers the new level, once, when it has lasted.
    pub fn tick(&mut self, now: Instant) -> Option<bool> {
        if self.due()? > now {
            return None;
        }
        self.left = None;
        self.stable = !self.stable;
        Some(self.stable)
    }

    const fn settle_of(&self, active: bool) -> Duration {
        if active { self.settle.active } else { self.settle.inactive }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SETTLE: Settle = Settle { active: ms(20), inactive: ms(20) };

    const fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    /// Plays edges at times in milliseconds, with a tick whenever one is due, and answers the changes with their times.
    fn play(settle: Settle, edges: &[(u64, bool)], until: u64) -> Vec<(u64, bool)> {
        let start = Instant::now();
        let mut line = Debounce::new(settle, false);
        let mut told = Vec::new();
        let mut tell = |at: Instant, change: Option<bool>| {
            told.extend(change.map(|level| ((at - start).as_millis() as u64, level)));
        };
        for &(at, active) in edges {
            let at = start + ms(at);
            while let Some(due) = line.due().filter(|due| *due <= at) {
                let change = line.tick(due);
                tell(due, change);
            }
            let change = line.edge(active, at);
            tell(at, change);
        }
        while let Some(due) = line.due().filter(|due| *due <= start + ms(until)) {
            let change = line.tick(due);
            tell(due, change);
        }
        told
    }

    #[test]
    fn a_press_is_told_when_it_has_lasted_and_a_spike_is_not() {
        assert_eq!(play(SETTLE, &[(100, true), (200, false)], 1000), [(120, true), (220, false)]);
        assert_eq!(play(SETTLE, &[(100, true), (119, false)], 1000), []);
        assert_eq!(play(SETTLE, &[(100, true), (120, false)], 1000), [(120, true), (140, false)]);
    }

    #[test]
    fn a_press_that_is_held_is_told_once() {
        let hour = 3_600_000;
        assert_eq!(play(SETTLE, &[(0, true)], hour), [(20, true)]);
        assert_eq!(play(SETTLE, &[(0, true), (500, true), (501, true)], hour), [(20, true)]);
    }

    #[test]
    fn a_press_and_release_read_late_and_together_are_both_told() {
        let start = Instant::now();
        let mut line = Debounce::new(SETTLE, false);
        assert_eq!(line.edge(true, start), None);
        assert_eq!(line.edge(false, start + ms(90)), Some(true));
        assert_eq!(line.tick(start + ms(700)), Some(false));
        assert_eq!(line.due(), None);
    }

    #[test]
    fn a_presence_sensor_that_forgets_people_who_stand_still_does_not_lose_them() {
        let sensor = Settle { active: ms(50), inactive: ms(5000) };
        let edges = [(0, true), (800, false), (4000, true), (4900, false), (9500, true), (9900, false)];
        assert_eq!(play(sensor, &edges, 60_000), [(50, true), (14_900, false)]);
    }

    proptest! {
        #[test]
        fn a_train_of_bounces_gives_one_change_each_way(
            down in prop::collection::vec(0u64..6, 0..40),
            up in prop::collection::vec(0u64..6, 0..40),
            held in 60u64..5000,
        ) {
            // Gaps shorter than the settling time, ending in the level that stays.
            let mut at = 1000;
            let mut edges = Vec::new();
            for (gaps, end) in [(&down, true), (&up, false)] {
                let count = gaps.len();
                for (index, gap) in gaps.iter().enumerate() {
                    edges.push((at, ((count - index) % 2 == 0) == end));
                    at += gap;
                }
                edges.push((at, end));
                at += held;
            }
            let told = play(SETTLE, &edges, at + 1000);
            prop_assert_eq!(told.iter().map(|(_, level)| *level).collect::<Vec<_>>(), [true, false]);
        }

        #[test]
        fn changes_alternate_and_each_has_lasted(
            gaps in prop::collection::vec((0u64..60, any::<bool>()), 0..200),
        ) {
            let mut at = 0;
            let edges: Vec<_> = gaps.iter().map(|(gap, level)| { at += gap; (at, *level) }).collect();
            let told = play(SETTLE, &edges, at + 1000);
            for (index, (time, level)) in told.iter().enumerate() {
                prop_assert_eq!(*level, index % 2 == 0);
                // No edge to the other level stands in the 20 ms before.
                prop_assert!(!edges.iter().any(|(edge, other)| other != level && *edge > time - 20 && edge < time));
            }
            let last = edges.last().is_some_and(|(_, level)| *level);
            prop_assert_eq!(told.last().is_some_and(|(_, level)| *level), last);
        }
    }
}
