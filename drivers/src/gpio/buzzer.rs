//! What a buzzer sounds: pure, time is an argument. Every sound ends by itself.

use std::time::{Duration, Instant};

/// No sound lasts longer, pauses included.
pub const LONGEST: Duration = Duration::from_secs(2);
/// How long it is quiet after a sound before another is taken.
pub const QUIET: Duration = Duration::from_millis(500);

/// A sound: so many tones of one length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sound {
    /// One tone.
    pub tone: Duration,
    /// Between two tones.
    pub pause: Duration,
    /// How many.
    pub times: u8,
}

impl Sound {
    /// Something was taken: a press, a code, a badge.
    pub const TAKEN: Self = Self { tone: Duration::from_millis(80), pause: Duration::ZERO, times: 1 };
    /// Something was not.
    pub const REFUSED: Self = Self { tone: Duration::from_millis(400), pause: Duration::ZERO, times: 1 };
    /// Look here: a ticket waits, help is on its way.
    pub const ATTENTION: Self = Self { tone: Duration::from_millis(120), pause: Duration::from_millis(120), times: 3 };

    /// Whether it sounds so long after its begin, and when that changes; `None` when it is over.
    fn at(self, elapsed: Duration) -> Option<(bool, Duration)> {
        let mut end = Duration::ZERO;
        for _ in 0..self.times {
            for (sounding, part) in [(true, self.tone), (false, self.pause)] {
                end = end.saturating_add(part).min(LONGEST);
                if elapsed < end {
                    return Some((sounding, end));
                }
            }
        }
        None
    }
}

/// One buzzer.
#[derive(Debug, Clone, Default)]
pub struct Buzzer {
    sound: Option<(Sound, Instant)>,
    quiet_until: Option<Instant>,
    on: bool,
}

impl Buzzer {
    /// Begins a sound; refused, with `false`, while another sounds and shortly after, so that a buzzer cannot be kept
    /// sounding. Call [`tick`](Self::tick) after.
    pub fn begin(&mut self, sound: Sound, now: Instant) -> bool {
        if self.sound.is_some() || self.quiet_until.is_some_and(|until| until > now) {
            return false;
        }
        self.sound = Some((sound, now));
        true
    }

    /// When [`tick`](Self::tick) has something to change.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        let (sound, begun) = self.sound?;
        match sound.at(now.saturating_duration_since(begun)) {
            Some((sounding, end)) if sounding == self.on => Some(begun + end),
            Some(_) | None => Some(now),
        }
    }

    /// Answers the new level where it changes.
    pub fn tick(&mut self, now: Instant) -> Option<bool> {
        let (sound, begun) = self.sound?;
        let sounding = if let Some((sounding, _)) = sound.at(now.saturating_duration_since(begun)) {
            sounding
        } else {
            self.sound = None;
            self.quiet_until = Some(now + QUIET);
            false
        };
        let changes = sounding != self.on;
        self.on = sounding;
        changes.then_some(sounding)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    /// Plays sounds asked for at times in milliseconds and answers the changes.
    fn play(asked: &[(u64, Sound)]) -> Vec<(u64, bool)> {
        let start = Instant::now();
        let mut buzzer = Buzzer::default();
        let mut changes = Vec::new();
        let mut asked = asked.iter().peekable();
        let mut now = start;
        loop {
            let next_asked = asked.peek().map(|(at, _)| start + ms(*at));
            let Some(next) = next_asked.into_iter().chain(buzzer.due(now)).min() else {
                return changes;
            };
            now = now.max(next);
            if next_asked.is_some_and(|at| at <= now) {
                let (_, sound) = asked.next().unwrap();
                buzzer.begin(*sound, now);
            }
            changes.extend(buzzer.tick(now).map(|on| ((now - start).as_millis() as u64, on)));
        }
    }

    #[test]
    fn each_sound_is_played_once() {
        assert_eq!(play(&[(10, Sound::TAKEN)]), [(10, true), (90, false)]);
        assert_eq!(play(&[(0, Sound::REFUSED)]), [(0, true), (400, false)]);
        let attention = [(0, true), (120, false), (240, true), (360, false), (480, true), (600, false)];
        assert_eq!(play(&[(0, Sound::ATTENTION)]), attention);
    }

    #[test]
    fn a_sound_without_end_is_cut_short() {
        let endless = Sound { tone: Duration::MAX, pause: Duration::ZERO, times: 255 };
        assert_eq!(play(&[(0, endless)]), [(0, true), (2000, false)]);
        let long = Sound { tone: ms(700), pause: ms(100), times: 200 };
        let cut = [(0, true), (700, false), (800, true), (1500, false), (1600, true), (2000, false)];
        assert_eq!(play(&[(0, long)]), cut);
    }

    #[test]
    fn a_late_tick_ends_the_sound_too() {
        let start = Instant::now();
        let mut buzzer = Buzzer::default();
        assert!(buzzer.begin(Sound::TAKEN, start));
        assert_eq!(buzzer.tick(start), Some(true));
        assert_eq!(buzzer.tick(start + Duration::from_secs(60)), Some(false));
        assert_eq!(buzzer.due(start + Duration::from_secs(60)), None);
    }

    proptest! {
        #[test]
        fn it_ends_silent_and_no_tone_lasts_longer_than_the_limit(
            asked in prop::collection::vec((0u64..300, 0u64..5000, 0u64..500, 0u8..9), 0..60),
        ) {
            let mut at = 0;
            let asked: Vec<_> = asked
                .iter()
                .map(|(gap, tone, pause, times)| {
                    at += gap;
                    (at, Sound { tone: ms(*tone), pause: ms(*pause), times: *times })
                })
                .collect();
            let changes = play(&asked);
            prop_assert!(changes.iter().enumerate().all(|(index, (_, on))| *on == (index % 2 == 0)));
            prop_assert!(changes.len().is_multiple_of(2));
            for tone in changes.chunks(2) {
                prop_assert!(tone[1].0 - tone[0].0 <= 2000, "{tone:?}");
            }
        }
    }
}
