//! The section of what is heard.

use drivers::audio::{JackOptions, JackSelector, SoundSelector};
use drivers::gpio::Pull;
use serde::Deserialize;

use super::{DayPart, empty_is_none, parsed};

/// Loudspeaker, headset and voice.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audio {
    /// The loudspeaker.
    #[serde(deserialize_with = "parsed")]
    pub speaker: SoundSelector,
    /// The headset, where it is another device.
    #[serde(deserialize_with = "empty_is_none")]
    pub headset: Option<SoundSelector>,
    /// What tells whether a headset is in; without it none ever is.
    #[serde(deserialize_with = "empty_is_none")]
    pub jack: Option<JackSelector>,
    /// What holds the jack's line, where it is a line.
    pub jack_pull: Pull,
    /// Whether low says that a headset is in, where the jack is a line.
    pub jack_active_low: bool,
    /// Who speaks.
    pub voice: VoiceKind,
    /// How fast, in words a minute.
    pub rate_wpm: u16,
    /// When chimes are softer, by the site's clock.
    #[serde(deserialize_with = "empty_is_none")]
    pub quiet_hours: Option<DayPart>,
}

impl Audio {
    /// As the driver takes it.
    #[must_use]
    pub fn jack_options(&self) -> JackOptions {
        JackOptions { active_low: self.jack_active_low, pull: self.jack_pull, ..JackOptions::default() }
    }
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum VoiceKind {
    /// The program espeak-ng.
    #[serde(rename = "espeak-ng")]
    EspeakNg,
    /// Nobody: what would be said is written down.
    #[serde(rename = "log")]
    Log,
    /// Nobody.
    #[serde(rename = "none")]
    None,
}
