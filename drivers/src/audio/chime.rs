//! Short sounds, computed: pure.

use std::f32::consts::{PI, TAU};
use std::time::Duration;

/// The loudest a chime is, against full scale: it shall not be louder than speech.
pub const CHIME_PEAK: f32 = 0.5;

/// A sound that says that something happened; each has a text on the screen as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Chime {
    /// A code was read or a key was taken: a tick of 60 ms at most.
    Key,
    /// A ticket is ready: two rising notes, 500 ms at most.
    Ready,
    /// An error, or a code that is refused: one low note, 300 ms at most.
    Error,
    /// Is anybody there: two soft notes, 600 ms at most.
    Inactivity,
}

/// A note: hertz, milliseconds, and how loud against full scale; silence is a note of no loudness.
#[derive(Clone, Copy)]
struct Note {
    hertz: f32,
    milliseconds: u32,
    peak: f32,
}

const fn note(hertz: f32, milliseconds: u32, peak: f32) -> Note {
    Note { hertz, milliseconds, peak }
}

impl Chime {
    /// Every chime.
    pub const ALL: [Self; 4] = [Self::Key, Self::Ready, Self::Error, Self::Inactivity];

    const fn notes(self) -> &'static [Note] {
        const SOFT: f32 = CHIME_PEAK / 2.0;
        match self {
            Self::Key => const { &[note(1200.0, 40, SOFT)] },
            Self::Ready => const { &[note(659.26, 200, CHIME_PEAK), note(880.0, 260, CHIME_PEAK)] },
            // Lower ones are lost in the small loudspeaker of a borne.
            Self::Error => const { &[note(277.18, 280, CHIME_PEAK)] },
            Self::Inactivity => const { &[note(523.25, 220, SOFT), note(0.0, 60, 0.0), note(523.25, 260, SOFT)] },
        }
    }

    /// How long it is.
    #[must_use]
    pub fn duration(self) -> Duration {
        Duration::from_millis(self.notes().iter().map(|note| u64::from(note.milliseconds)).sum())
    }

    /// Its samples at that rate, in Hz, at full volume.
    #[must_use]
    pub fn samples(self, rate: u32) -> Vec<i16> {
        self.notes().iter().flat_map(|note| note.samples(rate)).collect()
    }
}

impl Note {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a note has some thousand samples, and a sample is at most the peak"
    )]
    fn samples(self, rate: u32) -> impl Iterator<Item = i16> {
        let rate = rate.max(1);
        let length = u64::from(rate) * u64::from(self.milliseconds) / 1000;
        (0..length).map(move |place| {
            let seconds = place as f32 / rate as f32;
            let level = self.envelope(seconds) * self.peak;
            ((TAU * self.hertz * seconds).sin() * level * f32::from(i16::MAX)).round() as i16
        })
    }

    /// From silence to full within 5 ms, then dying away to a tenth and, over the last fifth, to silence: a click is
    /// a step, and there is none.
    fn envelope(self, seconds: f32) -> f32 {
        const ATTACK: f32 = 0.005;
        #[expect(clippy::cast_precision_loss, reason = "a few hundred milliseconds")]
        let length = self.milliseconds as f32 / 1000.0;
        let release = length / 5.0;
        let smooth = |part: f32| 0.5 - 0.5 * (PI * part.clamp(0.0, 1.0)).cos();
        let decay = 0.1_f32.powf(seconds / length);
        smooth(seconds / ATTACK) * decay * smooth((length - seconds) / release)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: [u32; 4] = [16_000, 22_050, 44_100, 48_000];

    /// How much of a frequency is in samples (Goertzel), against all that is in them: 1 for a pure tone.
    fn share(samples: &[i16], rate: u32, hertz: f32) -> f32 {
        let coefficient = 2.0 * (TAU * hertz / rate as f32).cos();
        let (mut one, mut two) = (0.0_f32, 0.0_f32);
        let mut energy = 0.0_f32;
        for &sample in samples {
            let sample = f32::from(sample) / 32768.0;
            energy += sample * sample;
            (one, two) = (sample + coefficient * one - two, one);
        }
        let power = one * one + two * two - coefficient * one * two;
        2.0 * power / (energy * samples.len() as f32)
    }

    fn loudest(samples: &[i16], rate: u32) -> u32 {
        (100..2000_u32)
            .step_by(5)
            .max_by(|a, b| share(samples, rate, *a as f32).total_cmp(&share(samples, rate, *b as f32)))
            .unwrap()
    }

    #[test]
    fn each_chime_is_as_short_as_the_design_says() {
        let longest = [(Chime::Key, 60), (Chime::Ready, 500), (Chime::Error, 300), (Chime::Inactivity, 600)];
        for (chime, milliseconds) in longest {
            assert!(chime.duration() <= Duration::from_millis(milliseconds), "{chime:?}");
            for rate in RATES {
                let length = chime.samples(rate).len() as f32 / rate as f32;
                assert!((length - chime.duration().as_secs_f32()).abs() < 0.001, "{chime:?} at {rate} lasts {length}");
            }
        }
    }

    #[test]
    fn each_chime_keeps_below_its_peak_and_can_be_heard() {
        for chime in Chime::ALL {
            let peak = chime.samples(22_050).iter().map(|s| s.unsigned_abs()).max().unwrap();
            let top = f32::from(peak) / f32::from(i16::MAX);
            assert!((0.1..=CHIME_PEAK).contains(&top), "{chime:?}: {top}");
        }
        let peak = |chime: Chime| chime.samples(22_050).iter().map(|s| s.unsigned_abs()).max().unwrap();
        assert!(peak(Chime::Inactivity) < peak(Chime::Ready), "soft notes");
    }

    #[test]
    fn no_chime_clicks() {
        for chime in Chime::ALL {
            for rate in RATES {
                let samples = chime.samples(rate);
                let highest = chime.notes().iter().map(|note| note.hertz).fold(0.0, f32::max);
                // The steepest a sine of that frequency and loudness is, and a little for the envelope.
                let steepest = TAU * highest / rate as f32 * CHIME_PEAK * f32::from(i16::MAX) * 1.2;
                let padded: Vec<i16> = [&[0][..], &samples, &[0]].concat();
                for pair in padded.windows(2) {
                    let step = (i32::from(pair[0]) - i32::from(pair[1])).abs() as f32;
                    assert!(step <= steepest, "{chime:?} at {rate}: a step of {step}");
                }
                assert!(samples.last().unwrap().abs() < 40, "{chime:?} ends in silence");
            }
        }
    }

    #[test]
    fn a_ticket_rises_an_error_is_low_and_both_are_one_tone_at_a_time() {
        let rate = 22_050;
        let ready = Chime::Ready.samples(rate);
        let (first, second) = ready.split_at(rate as usize / 5);
        let (low, high) = (loudest(first, rate), loudest(second, rate));
        assert!((655..=665).contains(&low) && (875..=885).contains(&high), "{low} then {high} Hz");
        let error = loudest(&Chime::Error.samples(rate), rate);
        assert!((270..=285).contains(&error), "{error} Hz");
        let soft = Chime::Inactivity.samples(rate);
        let silence = &soft[rate as usize * 225 / 1000..rate as usize * 275 / 1000];
        assert!(silence.iter().all(|&sample| sample == 0), "two notes");
    }
}
