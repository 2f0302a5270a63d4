//! What the hall's screens share: a voice, a folder of pictures, who of them has a stream, and who lets nothing sound.

use std::path::PathBuf;

use crate::fleet::muted::Muted;
use crate::pages::Lines;
use crate::settings::{DisplaySettings, Voice};
use crate::speech::{EspeakNg, Speech};

/// What the hall's screens share.
#[derive(Debug)]
pub(crate) struct Screens {
    pub(crate) speech: Speech,
    /// Where the pictures are.
    pub(crate) media: PathBuf,
    /// The stream of each.
    pub(crate) lines: Lines,
    /// Since when those are silent that let nothing sound.
    pub(crate) muted: Muted,
}

impl Screens {
    pub(crate) fn new(settings: &DisplaySettings) -> Self {
        let voice = match settings.voice {
            Voice::EspeakNg => Some(EspeakNg::default()),
            Voice::None => None,
        };
        Self {
            speech: Speech::new(voice),
            media: settings.media.clone(),
            lines: Lines::default(),
            muted: Muted::default(),
        }
    }
}
