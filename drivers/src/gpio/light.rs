//! What a ring of LEDs shows: pure, time is an argument.
//!
//! A plain line is on or off, so a ring blinks and does not breathe. Nothing here can flash three times within a second
//! (WCAG 2.2, 2.3.1), whatever the program asks for and however often it changes its mind.

use std::time::{Duration, Instant};

/// How long a ring stays on or off at least: it comes on twice within any second at most.
pub const SHORTEST: Duration = Duration::from_millis(300);

/// What the ring is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Light {
    /// Nothing.
    #[default]
    Off,
    /// Always lit.
    Steady,
    /// A second on, a second off.
    Blinking,
    /// Two short flashes, then two seconds of dark.
    DoubleFlash,
}

impl Light {
    /// Whether the ring is lit so long after the light was asked for, and how long until that changes.
    pub fn at(self, elapsed: Duration) -> (bool, Option<Duration>) {
        let steps: &[u64] = match self {
            Self::Off => return (false, None),
            Self::Steady => return (true, None),
            Self::Blinking => &[1000, 1000],
            Self::DoubleFlash => &[300, 300, 300, 2100],
        };
        let period = Duration::from_millis(steps.iter().sum());
        let mut into = Duration::from_nanos((elapsed.as_nanos() % period.as_nanos()) as u64);
        let mut lit = true;
        for step in steps {
            let step = Duration::from_millis(*step);
            if into < step {
                return (lit, Some(step - into));
            }
            into -= step;
            lit = !lit;
        }
        (lit, Some(Duration::ZERO))
    }
}

/// One ring: follows its light, and never faster than eyes bear.
#[derive(Debug, Clone)]
pub struct Ring {
    light: Light,
    since: Instant,
    lit: bool,
    changed: Option<Instant>,
}

impl Ring {
    /// A dark ring.
    pub const fn new(now: Instant) -> Self {
        Self { light: Light::Off, since: now, lit: false, changed: None }
    }

    /// Asks for a light; the one that is shown already goes on undisturbed. Call [`tick`](Self::tick) after.
    pub fn show(&mut self, light: Light, now: Instant) {
        if light != self.light {
            self.light = light;
            self.since = now;
        }
    }

    /// Whether the ring is lit.
    pub const fn lit(&self) -> bool {
        self.lit
    }

    /// When [`tick`](Self::tick) has something to change.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        let (wanted, next) = self.light.at(now.saturating_duration_since(self.since));
        if wanted == self.lit { next.map(|next| now + next) } else { Some(self.rested().map_or(now, |at| at.max(now))) }
    }

    /// Answers the new level where it changes.
    pub fn tick(&mut self, now: Instant) -> Option<bool> {
        let (wanted, _) = self.light.at(now.saturating_duration_since(self.since));
        if wanted == self.lit || self.rested().is_some_and(|at| at > now) {
            return None;
        }
        self.lit = wanted;
        self.changed = Some(now);
        Some(wanted)
    }

    /// From when the level may change again.
    fn rested(&self) -> Option<Instant> {
        self.changed.map(|changed| changed + SHORTEST)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIGHTS: [Light; 4] = [Light::Off, Light::Steady, Light::Blinking, Light::DoubleFlash];

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    /// Plays requests at times in milliseconds and answers the changes of the ring.
    fn play(requests: &[(u64, Light)], until: u64) -> Vec<(u64, bool)> {
        let start = Instant::now();
        let mut ring = Ring::new(start);
        let mut changes = Vec::new();
        let mut requests = requests.iter().peekable();
        let mut now = start;
        loop {
            let asked = requests.peek().map(|(at, _)| start + ms(*at));
            let due = ring.due(now);
            let Some(next) = asked.into_iter().chain(due).min().filter(|at| *at <= start + ms(until)) else {
                return changes;
            };
            now = now.max(next);
            if asked.is_some_and(|at| at <= now) {
                let (_, light) = requests.next().unwrap();
                ring.show(*light, now);
            }
            changes.extend(ring.tick(now).map(|lit| ((now - start).as_millis() as u64, lit)));
        }
    }

    #[test]
    fn each_light_shows_what_it_says() {
        assert_eq!(play(&[(0, Light::Off)], 10_000), []);
        assert_eq!(play(&[(5, Light::Steady)], 10_000), [(5, true)]);
        assert_eq!(play(&[(0, Light::Blinking)], 3500), [(0, true), (1000, false), (2000, true), (3000, false)]);
        assert_eq!(
            play(&[(0, Light::DoubleFlash)], 3500),
            [(0, true), (300, false), (600, true), (900, false), (3000, true), (3300, false)]
        );
    }

    #[test]
    fn a_light_asked_for_again_goes_on_undisturbed() {
        let again: Vec<_> = (0..30).map(|n| (n * 100, Light::Blinking)).collect();
        assert_eq!(play(&again, 3500), play(&[(0, Light::Blinking)], 3500));
    }

    #[test]
    fn a_ring_at_rest_has_nothing_due() {
        let now = Instant::now();
        for light in [Light::Off, Light::Steady] {
            let mut ring = Ring::new(now);
            ring.show(light, now);
            ring.tick(now);
            assert_eq!(ring.due(now), None, "{light:?}");
        }
    }

    proptest! {
        #[test]
        fn no_second_has_three_flashes_whatever_is_asked_for(
            requests in prop::collection::vec((0u64..500, 0usize..4), 0..100),
        ) {
            let mut at = 0;
            let requests: Vec<_> =
                requests.iter().map(|(gap, light)| { at += gap; (at, LIGHTS[*light]) }).collect();
            let changes = play(&requests, at + 10_000);
            let onsets: Vec<u64> = changes.iter().filter(|(_, lit)| *lit).map(|(at, _)| *at).collect();
            for three in onsets.windows(3) {
                prop_assert!(three[2] - three[0] > 1000, "{three:?}");
            }
        }

        #[test]
        fn the_ring_ends_as_it_was_asked_last(
            requests in prop::collection::vec((0u64..500, 0usize..4), 0..40), lit in any::<bool>(),
        ) {
            let mut at = 0;
            let mut requests: Vec<_> =
                requests.iter().map(|(gap, light)| { at += gap; (at, LIGHTS[*light]) }).collect();
            requests.push((at, if lit { Light::Steady } else { Light::Off }));
            let changes = play(&requests, at + 1000);
            prop_assert_eq!(changes.last().is_some_and(|(_, lit)| *lit), lit);
        }
    }
}
