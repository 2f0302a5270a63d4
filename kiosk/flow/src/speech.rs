//! What the borne says and sounds: decided here, spoken by the runtime.

use wire::ids::Language;

/// Something to say in one language.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Utterance {
    /// The words.
    pub text: String,
    /// The voice.
    pub lang: Language,
}

/// Where it is heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Output {
    /// In the hall.
    Speaker,
    /// By the visitor alone.
    Headset,
}

/// The sounds of the design (chapter 7).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Chime {
    /// A key, a code that was read.
    Key,
    /// The ticket is ready.
    Ready,
    /// Something is refused.
    Error,
    /// Nobody seems to be there.
    Inactivity,
}

/// A step of the volume: -6, 0, +6 or +12 dB (EN 301 549, 8.2.1: a range of 18 dB).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Volume(i8);

impl Volume {
    const LOWEST: i8 = -1;
    const HIGHEST: i8 = 2;

    /// The step, -1 to 2.
    #[must_use]
    pub const fn step(self) -> i8 {
        self.0
    }

    /// What it changes, in dB.
    #[must_use]
    pub const fn decibels(self) -> i8 {
        6 * self.0
    }

    /// Its place among the steps, from 1.
    #[must_use]
    pub const fn rank(self) -> u8 {
        (self.0 - Self::LOWEST + 1).unsigned_abs()
    }

    /// How many steps there are.
    pub const STEPS: u8 = 4;

    /// The step above, or the same at the end.
    #[must_use]
    pub const fn louder(self) -> Self {
        if self.0 < Self::HIGHEST { Self(self.0 + 1) } else { self }
    }

    /// The step below, or the same at the end.
    #[must_use]
    pub const fn quieter(self) -> Self {
        if self.0 > Self::LOWEST { Self(self.0 - 1) } else { self }
    }

    /// The step above; after the last one the first: one key goes through them all.
    #[must_use]
    pub const fn next(self) -> Self {
        if self.0 < Self::HIGHEST { Self(self.0 + 1) } else { Self(Self::LOWEST) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_goes_through_four_steps_over_18_decibels() {
        let steps: Vec<Volume> = std::iter::successors(Some(Volume::default()), |v| Some(v.next())).take(5).collect();
        let decibels: Vec<i8> = steps.iter().map(|v| v.decibels()).collect();
        assert_eq!(decibels, [0, 6, 12, -6, 0]);
        assert_eq!(steps[3].rank(), 1);
        assert_eq!((steps[2].rank(), steps[2].louder()), (Volume::STEPS, steps[2]));
        assert_eq!(steps[3].quieter(), steps[3]);
    }
}
