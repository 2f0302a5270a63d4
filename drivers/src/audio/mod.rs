//! What a visitor hears, and whether a headset is plugged in.
//!
//! | what | where | promise |
//! |---|---|---|
//! | which device | [`SoundSelector`] | prints as it was written |
//! | loudness | [`Volume`], [`attenuate`] | pure; four exact steps over 18 dB (EN 301 549, 8.2.1), the loudest does not clip |
//! | chimes | [`Chime`] | pure; short, without clicks |
//! | sounding | [`SoundOutput`], [`Playback`] | never waits longer than it is told to; silent at once when dropped |
//! | headset | [`JackWatch`] | tells how it is at the start, then each change; pulled out is told without delay |
//!
//! A sound device is open only while something sounds: at rest nothing runs.

mod alsa;
mod chime;
mod jack;
mod output;
mod selector;
mod volume;

pub use self::alsa::{AlsaOutput, cards};
pub use chime::{CHIME_PEAK, Chime};
pub use jack::{JackError, JackEvent, JackOptions, JackSelector, JackSelectorError, JackWatch, jacks};
pub use output::{Playback, SoundError, SoundOutput};
pub use selector::{SoundSelector, SoundSelectorError};
pub use volume::{Volume, attenuate};
