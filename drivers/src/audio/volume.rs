//! How loud: pure.

/// A step of the volume; the next is 6 dB louder, which is twice the amplitude.
///
/// EN 301 549, 8.2.1 asks for a range of 18 dB with a step at +12 dB over the usual one. What is played is therefore
/// taken down by 12 dB at the usual step, so that the loudest plays it as it is and nothing clips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Volume {
    /// -6 dB.
    Soft,
    /// 0 dB: what the borne is set up for, 65 dB(A) or less where a visitor stands.
    #[default]
    Usual,
    /// +6 dB.
    Loud,
    /// +12 dB.
    Loudest,
}

impl Volume {
    /// Every step, the softest first.
    pub const ALL: [Self; 4] = [Self::Soft, Self::Usual, Self::Loud, Self::Loudest];

    /// The step of a number: -1 is soft, 0 usual, 2 the loudest; beyond them the last one.
    #[must_use]
    pub const fn from_step(step: i8) -> Self {
        match step {
            i8::MIN..=-1 => Self::Soft,
            0 => Self::Usual,
            1 => Self::Loud,
            2..=i8::MAX => Self::Loudest,
        }
    }

    /// Its number, -1 to 2.
    #[must_use]
    pub const fn step(self) -> i8 {
        match self {
            Self::Soft => -1,
            Self::Usual => 0,
            Self::Loud => 1,
            Self::Loudest => 2,
        }
    }

    /// Against the usual step, in dB.
    #[must_use]
    pub fn decibels(self) -> f32 {
        6.0 * f32::from(self.step())
    }

    /// How far full scale is taken down, in dB: 18, 12, 6, 0.
    #[must_use]
    pub fn attenuation(self) -> f32 {
        Self::Loudest.decibels() - self.decibels()
    }
}

/// Takes samples down by so many dB, 20 dB being a tenth of the amplitude; below 0 nothing is done, so nothing clips.
pub fn attenuate(samples: &mut [i16], decibels: f32) {
    if decibels <= 0.0 {
        return;
    }
    let gain = 10_f32.powf(-decibels / 20.0);
    for sample in samples {
        // A gain below one keeps any sample within its type; the conversion saturates all the same.
        #[expect(clippy::cast_possible_truncation, reason = "rounded, and smaller than the 16 bits it came from")]
        let softer = (f32::from(*sample) * gain).round() as i16;
        *sample = softer;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_range_is_18_db_and_one_step_is_12_db_above_the_usual_one() {
        let range = Volume::Loudest.decibels() - Volume::Soft.decibels();
        assert!((range - 18.0).abs() < f32::EPSILON, "{range}");
        assert!((Volume::Loudest.decibels() - 12.0).abs() < f32::EPSILON);
        assert_eq!(Volume::default(), Volume::Usual);
        assert!(Volume::ALL.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn numbers_beyond_the_last_step_are_the_last_step() {
        for volume in Volume::ALL {
            assert_eq!(Volume::from_step(volume.step()), volume);
        }
        assert_eq!([i8::MIN, -2, 3, i8::MAX].map(|step| Volume::from_step(step).step()), [-1, -1, 2, 2]);
    }

    proptest! {
        #[test]
        fn a_step_is_exact_to_the_rounding_of_a_sample_and_never_clips(sample in any::<i16>(), step in -1_i8..=2) {
            let volume = Volume::from_step(step);
            let mut played = [sample];
            attenuate(&mut played, volume.attenuation());
            let exact = f64::from(sample) * 10_f64.powf(f64::from(volume.decibels() - 12.0) / 20.0);
            prop_assert!((f64::from(played[0]) - exact).abs() <= 0.51, "{} for {exact}", played[0]);
            prop_assert!(played[0].unsigned_abs() <= sample.unsigned_abs());
        }
    }
}
