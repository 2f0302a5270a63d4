//! What the hall's screens share: a voice, and a folder of pictures.

use std::path::PathBuf;

use crate::settings::{DisplaySettings, Voice};
use crate::speech::{EspeakNg, Speech};

/// What the hall's screens share.
#[derive(Debug)]
pub(crate) struct Screens {
    pub(crate) speech: Speech,
    /// Where the pictures are.
    pub(crate) media: PathBuf,
}

impl Screens {
    pub(crate) fn new(settings: &DisplaySettings) -> Self {
        let voice = match settings.voice {
            Voice::EspeakNg => Some(EspeakNg::default()),
            Voice::None => None,
        };
        Self { speech: Speech::new(voice), media: settings.media.clone() }
    }
}
