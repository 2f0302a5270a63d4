//! What the hall hears: a chime and a phrase, made here because browsers of screens have no voice of their own.
//!
//! [`phrase`] says what is said, [`espeak`] makes sound of it, [`wav`] joins it with the chime, [`Speech`] makes each
//! sound once and keeps it. Where nothing can be said, the chime sounds alone and technicians are told.

mod cache;
mod chime;
mod espeak;
mod phrase;
mod wav;

use std::sync::Arc;

use tokio::sync::Mutex;

use cache::Cache;
pub use espeak::{EspeakNg, SpeechError};
pub(crate) use phrase::{ClipName, Phrase};

/// Bytes of sound kept in memory: some ninety phrases.
const KEPT_BYTES: usize = 12 << 20;
/// Words a minute, and the most that is understood in a hall.
const WPM: (u32, u32) = (175, 210);
/// The longest sound that nobody asked for, in samples: 3 s (EN 301 549, 5.1.3.10).
const LONGEST: usize = 3 * wav::RATE as usize;

/// A sound, and whether it says what it should.
#[derive(Clone, Debug)]
pub(crate) struct Sound {
    /// A WAV file.
    pub(crate) wav: Arc<[u8]>,
    /// Why only the chime is in it.
    pub(crate) fault: Option<Arc<SpeechError>>,
}

/// Makes sounds, one at a time: a call must not take the machine from those who work with it.
#[derive(Debug)]
pub(crate) struct Speech {
    espeak: Option<EspeakNg>,
    kept: Mutex<Cache>,
}

impl Speech {
    pub(crate) fn new(espeak: Option<EspeakNg>) -> Self {
        Self { espeak, kept: Mutex::new(Cache::new(KEPT_BYTES)) }
    }

    /// The sound of a phrase; the chime alone, or nothing, where nobody is to speak: made once, kept while there is room. Whoever asks while it is made waits for the same sound.
    pub(crate) async fn sound(&self, phrase: &Phrase) -> Sound {
        let name = phrase.clip();
        let mut kept = self.kept.lock().await;
        if let Some(wav) = kept.get(&name) {
            return Sound { wav, fault: None };
        }
        let chime = if phrase.chimes() { chime::samples() } else { Vec::new() };
        let Some(espeak) = &self.espeak else {
            return Sound { wav: wav::file(&[&chime]).into(), fault: None };
        };
        match say(espeak, phrase, LONGEST - chime.len()).await {
            Ok(voice) => {
                let wav: Arc<[u8]> = wav::file(&[&chime, wav::trimmed(&voice)]).into();
                kept.put(name, Arc::clone(&wav));
                Sound { wav, fault: None }
            }
            // Not kept: the program may be there the next time.
            Err(fault) => Sound { wav: wav::file(&[&chime]).into(), fault: Some(Arc::new(fault)) },
        }
    }

    /// A sound that was made already.
    pub(crate) async fn kept(&self, name: &ClipName) -> Option<Arc<[u8]>> {
        self.kept.lock().await.get(name)
    }
}

/// The voice, faster where it would be longer than there is room.
async fn say(espeak: &EspeakNg, phrase: &Phrase, room: usize) -> Result<Vec<i16>, SpeechError> {
    let (usual, fastest) = WPM;
    let voice = espeak.samples(phrase.text(), phrase.lang(), usual).await?;
    let length = wav::trimmed(&voice).len();
    if length <= room {
        return Ok(voice);
    }
    let needed = u32::try_from(length * usize::try_from(usual).unwrap_or(0) / room + 1).unwrap_or(fastest);
    espeak.samples(phrase.text(), phrase.lang(), needed.min(fastest)).await
}

#[cfg(test)]
mod tests;
