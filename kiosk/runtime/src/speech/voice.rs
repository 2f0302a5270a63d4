//! The ports: who sounds, and who makes sound of a text.

use std::time::Duration;

use drivers::audio::{Chime, SoundError, Volume};

use super::{Output, Utterance};

/// Samples a second of all that is played: what espeak-ng makes.
pub const RATE: u32 = 22_050;

/// Who sounds.
pub trait Voice: Send {
    /// Begins to sound there; nothing is opened before something shall.
    fn session(&mut self, output: Output, volume: Volume) -> Box<dyn Session>;

    /// What does not work now, if anything: the synthesiser, the device.
    fn check(&mut self, output: Output) -> Vec<SpeechError>;
}

/// Sounding in one place. Dropping it silences it at once.
pub trait Session: Send {
    /// Says these, once the chimes have sounded; only in a session that says nothing.
    fn say(&mut self, utterances: Vec<Utterance>);

    /// Chimes before anything more is said, instead of a chime that sounds; quiet ones are 6 dB softer.
    fn chime(&mut self, chime: Chime, quiet: bool);

    /// Silences what is said at once; a chime comes to its end.
    fn hush(&mut self);

    /// Sounds at that volume from now on.
    fn set_volume(&mut self, volume: Volume);

    /// Goes on for about that time. After an error what was to be said is dropped.
    fn go_on(&mut self, patience: Duration) -> Result<Progress, SpeechError>;
}

/// How far a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It sounds.
    Sounding,
    /// What was to be said has been said; told once.
    Said,
    /// It has nothing more to sound.
    Silent,
}

/// Makes sound of texts.
pub trait Synthesiser: Send + Sync {
    /// Begins with one; [`Synthesis`] gives the samples while they are made.
    fn begin(&self, utterance: &Utterance) -> Result<Box<dyn Synthesis>, SpeechError>;
}

/// The samples of one text, of one channel at [`RATE`]. Dropping it ends the making.
pub trait Synthesis: Send {
    /// Appends what is there within that time, perhaps nothing, and answers whether more will come.
    fn more(&mut self, samples: &mut Vec<i16>, patience: Duration) -> Result<bool, SpeechError>;

    /// All samples that are left to come; the synthesiser's own deadline ends it.
    fn whole(&mut self) -> Result<Vec<i16>, SpeechError> {
        let mut samples = Vec::new();
        while self.more(&mut samples, Duration::from_millis(100))? {}
        Ok(samples)
    }
}

/// Why nothing is heard; the text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    /// No loudspeaker, headset or synthesiser is configured: no fault.
    #[error("the configuration has nothing that speaks there: see [audio]")]
    NotFitted,
    /// The program is not there.
    #[error("the program `{program}` is not there: install the package espeak-ng, or set audio.voice to \"none\"")]
    NoProgram {
        /// Its name.
        program: String,
    },
    /// The program cannot be started, or ends without a sound.
    #[error("`{program}` makes no sound: {what}; try `{program} -v {voice} test` and install its voices")]
    NoSound {
        /// Its name.
        program: String,
        /// The voice it was asked for.
        voice: &'static str,
        /// What happened.
        what: String,
    },
    /// The program does not answer.
    #[error("`{program}` took longer than {} s for a few words: the machine is overloaded", within.as_secs())]
    TooSlow {
        /// Its name.
        program: String,
        /// What it was given.
        within: Duration,
    },
    /// A text nobody would listen to.
    #[error("a text of {length} bytes is too long to be said: {longest} are the most")]
    TooLong {
        /// Its length.
        length: usize,
        /// The longest.
        longest: usize,
    },
    /// The device.
    #[error(transparent)]
    Sound(#[from] SoundError),
}
