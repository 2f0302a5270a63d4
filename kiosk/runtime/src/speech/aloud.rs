//! The voice that is heard: a synthesiser, a loudspeaker, a headset.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use drivers::audio::{AlsaOutput, Chime, Playback, SoundOutput, SoundSelector, Volume, attenuate};
use wire::ids::Language;

use super::espeak::EspeakNg;
use super::voice::{Progress, RATE, Session, SpeechError, Synthesis, Synthesiser, Voice};
use super::{Output, Utterance};
use crate::config::{Audio, VoiceKind};

/// Samples handed over at once, 20 ms: a new volume is heard from the next ones.
const PIECE: usize = RATE as usize / 50;

/// What a device holds ahead of the loudspeaker, in samples; of a chime that is cut so much has not been heard.
const AHEAD: usize = RATE as usize * 80 / 1000;

/// How much softer a chime is in quiet hours, in dB.
const QUIET: f32 = 6.0;

/// Makes sound of texts and sounds it.
pub struct Aloud {
    synthesiser: Option<Arc<dyn Synthesiser>>,
    speaker: Option<Arc<dyn SoundOutput>>,
    headset: Option<Arc<dyn SoundOutput>>,
}

impl fmt::Debug for Aloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { synthesiser, speaker, headset } = self;
        write!(f, "Aloud({}, {}, {})", synthesiser.is_some(), speaker.is_some(), headset.is_some())
    }
}

impl Aloud {
    /// With what is fitted.
    #[must_use]
    pub const fn new(
        synthesiser: Option<Arc<dyn Synthesiser>>,
        speaker: Option<Arc<dyn SoundOutput>>,
        headset: Option<Arc<dyn SoundOutput>>,
    ) -> Self {
        Self { synthesiser, speaker, headset }
    }

    /// As the configuration has it.
    #[must_use]
    pub fn of(config: &Audio) -> Self {
        let output = |selector: &SoundSelector| match selector {
            SoundSelector::Alsa(name) => Some(Arc::new(AlsaOutput::new(name.clone())) as Arc<dyn SoundOutput>),
            SoundSelector::None => None,
        };
        let synthesiser = match config.voice {
            VoiceKind::EspeakNg => Some(Arc::new(EspeakNg::new(config.rate_wpm)) as Arc<dyn Synthesiser>),
            VoiceKind::Log | VoiceKind::None => None,
        };
        let headset = config.headset.as_ref().unwrap_or(&config.speaker);
        Self::new(synthesiser, output(&config.speaker), output(headset))
    }

    fn output(&self, output: Output) -> Option<&Arc<dyn SoundOutput>> {
        match output {
            Output::Speaker => self.speaker.as_ref(),
            Output::Headset => self.headset.as_ref(),
        }
    }
}

impl Voice for Aloud {
    fn session(&mut self, output: Output, volume: Volume) -> Box<dyn Session> {
        Box::new(Sounding {
            synthesiser: self.synthesiser.clone(),
            output: self.output(output).cloned(),
            volume,
            playback: None,
            chime: Ringing::default(),
            speech: None,
            spoken: false,
        })
    }

    fn check(&mut self, output: Output) -> Vec<SpeechError> {
        let syllable = Utterance { text: "a".to_owned(), lang: Language::default() };
        let speaks = |synthesiser: &Arc<dyn Synthesiser>| synthesiser.begin(&syllable)?.whole().map(drop);
        let voice = self.synthesiser.as_ref().map(speaks);
        let opens = |device: &Arc<dyn SoundOutput>| device.open(RATE).map(drop).map_err(SpeechError::from);
        let device = self.output(output).map(opens);
        voice.into_iter().chain(device).filter_map(Result::err).collect()
    }
}

/// Something that sounds in one place.
struct Sounding {
    synthesiser: Option<Arc<dyn Synthesiser>>,
    output: Option<Arc<dyn SoundOutput>>,
    volume: Volume,
    // Open from the first sample to the last.
    playback: Option<Box<dyn Playback>>,
    chime: Ringing,
    speech: Option<Speech>,
    /// The device may still hold something that was said.
    spoken: bool,
}

/// What is left to be said.
struct Speech {
    waiting: VecDeque<Utterance>,
    making: Option<Box<dyn Synthesis>>,
    ready: VecDeque<i16>,
}

/// A chime, as far as it has been handed over.
#[derive(Default)]
struct Ringing {
    samples: Vec<i16>,
    place: usize,
    /// What was handed over since its end.
    since: usize,
    quiet: bool,
}

impl Ringing {
    fn piece(&self) -> &[i16] {
        let left = &self.samples[self.place..];
        &left[..left.len().min(PIECE)]
    }

    /// Goes back to what had been heard when the device was cut.
    fn rewind(&mut self) {
        let unheard = AHEAD.saturating_sub(self.since);
        self.place = self.place.saturating_sub(unheard);
        self.since = 0;
    }
}

impl Speech {
    /// Fills up what is ready, and answers whether there is or may be more.
    fn prepare(&mut self, synthesiser: &dyn Synthesiser, patience: Duration) -> Result<bool, SpeechError> {
        if !self.ready.is_empty() {
            return Ok(true);
        }
        let mut making = match self.making.take() {
            Some(making) => making,
            None => match self.waiting.pop_front() {
                Some(utterance) => synthesiser.begin(&utterance)?,
                None => return Ok(false),
            },
        };
        let mut samples = Vec::new();
        if making.more(&mut samples, patience)? {
            self.making = Some(making);
        }
        self.ready.extend(samples);
        Ok(true)
    }
}

impl Sounding {
    fn hand_over(&mut self, mut samples: Vec<i16>, softer: f32, patience: Duration) -> Result<usize, SpeechError> {
        attenuate(&mut samples, self.volume.attenuation() + softer);
        let playback = match (&mut self.playback, &self.output) {
            (Some(playback), _) => playback,
            (none, Some(output)) => none.insert(output.open(RATE)?),
            (None, None) => return Err(SpeechError::NotFitted),
        };
        Ok(playback.write(&samples, patience)?)
    }

    fn go_on_with_speech(&mut self, patience: Duration) -> Result<Progress, SpeechError> {
        let Some(speech) = &mut self.speech else { return self.finish(patience, Progress::Silent) };
        let Some(synthesiser) = &self.synthesiser else { return Err(SpeechError::NotFitted) };
        if !speech.prepare(synthesiser.as_ref(), patience)? {
            let progress = self.finish(patience, Progress::Said)?;
            if progress == Progress::Said {
                self.speech = None;
            }
            return Ok(progress);
        }
        let piece: Vec<i16> = speech.ready.iter().take(PIECE).copied().collect();
        if piece.is_empty() {
            return Ok(Progress::Sounding);
        }
        let taken = self.hand_over(piece, 0.0, patience)?;
        self.spoken = true;
        self.chime.since += taken;
        if let Some(speech) = &mut self.speech {
            speech.ready.drain(..taken);
        }
        Ok(Progress::Sounding)
    }

    /// Answers that once the device has sounded all.
    fn finish(&mut self, patience: Duration, then: Progress) -> Result<Progress, SpeechError> {
        if let Some(playback) = &mut self.playback {
            if !playback.finish(patience)? {
                return Ok(Progress::Sounding);
            }
            self.playback = None;
        }
        self.spoken = false;
        self.chime = Ringing::default();
        Ok(then)
    }
}

impl Session for Sounding {
    fn say(&mut self, utterances: Vec<Utterance>) {
        self.speech = Some(Speech { waiting: utterances.into(), making: None, ready: VecDeque::new() });
    }

    fn chime(&mut self, chime: Chime, quiet: bool) {
        self.chime = Ringing { samples: chime.samples(RATE), quiet, ..Ringing::default() };
    }

    fn hush(&mut self) {
        self.speech = None;
        if std::mem::take(&mut self.spoken) {
            self.playback = None;
            self.chime.rewind();
        }
    }

    fn set_volume(&mut self, volume: Volume) {
        self.volume = volume;
    }

    fn go_on(&mut self, patience: Duration) -> Result<Progress, SpeechError> {
        let piece = self.chime.piece();
        let gone_on = if piece.is_empty() {
            self.go_on_with_speech(patience)
        } else {
            let piece = piece.to_vec();
            let softer = if self.chime.quiet { QUIET } else { 0.0 };
            self.hand_over(piece, softer, patience).map(|taken| {
                self.chime.place += taken;
                self.chime.since = 0;
                Progress::Sounding
            })
        };
        if gone_on.is_err() {
            self.speech = None;
        }
        gone_on
    }
}
