//! The borne speaks, chimes and knows its headset.
//!
//! | what | where |
//! |---|---|
//! | what others hold | [`SpeechHandle`]: it says, hushes, chimes, sets the volume; [`SpeechEvent`] comes back |
//! | who keeps the promises | a thread, [`Speech::start`], that is asleep while nothing sounds |
//! | who sounds | the port [`Voice`]: [`Aloud`] with a [`Synthesiser`] such as [`EspeakNg`], or [`SpeechLog`] |
//! | what technicians ask | [`probe()`] |
//!
//! # Promises
//!
//! - What is meant for the headset is never heard elsewhere: where none is known to be in, it is not said.
//! - A headset that is pulled out silences what sounds there before anything else happens, and nothing is moved to the
//!   loudspeaker. While one is in, the loudspeaker is silent, and all that sounds does so in the headset.
//! - Whatever is said can be cut, and is silent within 100 ms.
//! - Without a synthesiser or a sound card the borne goes on: it is told once, and tried again.
//! - What is said stands in no log; only a voice that is set to `log` keeps it.

mod aloud;
mod espeak;
mod log;
mod orator;
mod probe;
mod spoken;
mod voice;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

pub use aloud::Aloud;
pub use drivers::audio::{Chime, Volume};
use drivers::audio::{JackEvent, JackWatch};
pub use espeak::EspeakNg;
use jiff::tz::TimeZone;
pub use log::{Entry, Fate, SpeechLog, What};
pub use probe::{Finding, probe};
pub use spoken::spoken_form;
pub use voice::{Progress, RATE, Session, SpeechError, Synthesis, Synthesiser, Voice};
use wire::ids::Language;

use crate::config::{Audio, DayPart, VoiceKind};
use orator::{Message, Orator};

/// How long the end of the thread is waited for.
const END: Duration = Duration::from_secs(2);

/// A text to say, in one language.
#[derive(Clone, PartialEq, Eq)]
pub struct Utterance {
    /// As it is written; [`spoken_form`] makes of it what is read out.
    pub text: String,
    /// Its language, which chooses the voice.
    pub lang: Language,
}

impl fmt::Debug for Utterance {
    /// Without the text, which may be a visitor's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Utterance({}, …)", self.lang.tag())
    }
}

/// Where something is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Output {
    /// By all who are near.
    Speaker,
    /// By who wears it.
    Headset,
}

/// What happens to what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpeechEvent {
    /// It was said to its end.
    Ended(u64),
    /// It was not said to its end, and nobody asked for that: there was no headset for it, the headset was pulled out or
    /// plugged in meanwhile, or there is a fault. What is hushed or replaced has neither event.
    Unsaid(u64),
    /// A headset is in, or none is; how it is at the start is told as soon as the jack is found, and none is until then.
    Headset(bool),
    /// Something does not work, and what to do; told once for each cause that follows another.
    Fault(String),
    /// All works that did not.
    Recovered,
}

/// Starts what speaks.
#[derive(Debug)]
pub struct Speech;

impl Speech {
    /// Starts the threads and returns before anything is opened; fails only where the system has no thread left.
    ///
    /// Quiet hours are those of `zone`. `events` is called from the thread and must not block.
    pub fn start(
        config: &Audio,
        zone: TimeZone,
        events: impl Fn(SpeechEvent) + Send + 'static,
    ) -> io::Result<SpeechHandle> {
        let log = SpeechLog::default();
        let voice: Box<dyn Voice> = match config.voice {
            VoiceKind::EspeakNg | VoiceKind::None => Box::new(Aloud::of(config)),
            VoiceKind::Log => Box::new(log.clone()),
        };
        let quiet = config.quiet_hours.map(|hours| (hours, zone));
        let mut handle = Self::start_on(voice, quiet, events)?;
        handle.log = (config.voice == VoiceKind::Log).then_some(log);
        if let Some(jack) = &config.jack {
            let headset = handle.headset.clone();
            let tell = move |event| match event {
                JackEvent::HeadsetIn => headset.set(true),
                JackEvent::HeadsetOut => headset.set(false),
                JackEvent::Lost { why } => headset.lost(why.to_string()),
            };
            handle.jack = Some(JackWatch::open(jack.clone(), config.jack_options(), tell)?);
        }
        Ok(handle)
    }

    /// The same with a voice of one's own, and no jack: [`SpeechHandle::headset`] tells of it.
    pub fn start_on(
        voice: Box<dyn Voice>,
        quiet: Option<(DayPart, TimeZone)>,
        events: impl Fn(SpeechEvent) + Send + 'static,
    ) -> io::Result<SpeechHandle> {
        let (sender, inbox) = mpsc::channel();
        let present = Arc::new(AtomicBool::new(false));
        let orator = Orator::new(voice, quiet, inbox, Arc::clone(&present), events);
        let (ending, ended) = mpsc::channel();
        thread::Builder::new().name("speech".to_owned()).spawn(move || {
            orator.run();
            // Dropping the sender is what tells the end, also after a panic.
            drop(ending);
        })?;
        let headset = Headset { present, sender: sender.clone() };
        Ok(SpeechHandle { jack: None, sender, headset, log: None, ended })
    }
}

/// Tells whether a headset is in; the jack does, and a test or a demonstration may.
#[derive(Debug, Clone)]
pub struct Headset {
    present: Arc<AtomicBool>,
    sender: Sender<Message>,
}

impl Headset {
    /// It is in, or it is out.
    pub fn set(&self, present: bool) {
        // Before the message: what sounds in the headset asks this first.
        self.present.store(present, Ordering::SeqCst);
        self.send(Message::Headset(present));
    }

    fn lost(&self, why: String) {
        self.present.store(false, Ordering::SeqCst);
        self.send(Message::JackLost(why));
    }

    fn send(&self, message: Message) {
        if self.sender.send(message).is_err() {
            tracing::debug!("the thread of speech has ended");
        }
    }
}

/// What the rest of the borne speaks through. Nothing here waits. Dropping it, not in the callback of the events, silences
/// all and ends the threads.
#[derive(Debug)]
pub struct SpeechHandle {
    // First: the jack tells no more once the thread ends.
    jack: Option<JackWatch>,
    sender: Sender<Message>,
    headset: Headset,
    log: Option<SpeechLog>,
    ended: Receiver<()>,
}

impl SpeechHandle {
    /// Says these, one after the other, instead of whatever is being said; a chime that sounds comes to its end first.
    ///
    /// With a headset in, what is meant for the loudspeaker is said in the headset. Without one, what is meant for the
    /// headset is not said, and [`SpeechEvent::Unsaid`] tells it.
    pub fn say(&self, id: u64, utterances: Vec<Utterance>, output: Output) {
        self.send(Message::Say { id, utterances, output });
    }

    /// Cuts whatever is being said.
    pub fn hush(&self) {
        self.send(Message::Hush);
    }

    /// Chimes; what is being said pauses for it.
    pub fn chime(&self, chime: Chime) {
        self.send(Message::Chime(chime));
    }

    /// Sets the volume from now on: -1 is -6 dB, 0 the usual one, 1 and 2 are +6 and +12 dB; beyond them the last one.
    pub fn set_volume(&self, step: i8) {
        self.send(Message::Volume(Volume::from_step(step)));
    }

    /// What tells of the headset, for a borne without a jack of its own: a test or a demonstration.
    #[must_use]
    pub fn headset(&self) -> Headset {
        self.headset.clone()
    }

    /// What was said, where the voice is `log`.
    #[must_use]
    pub fn log(&self) -> Option<&SpeechLog> {
        self.log.as_ref()
    }

    fn send(&self, message: Message) {
        self.headset.send(message);
    }
}

impl Drop for SpeechHandle {
    fn drop(&mut self) {
        self.jack = None;
        if self.sender.send(Message::Stop).is_err() {
            return;
        }
        if matches!(self.ended.recv_timeout(END), Err(mpsc::RecvTimeoutError::Timeout)) {
            tracing::error!("the thread of speech did not end in time");
        }
    }
}

#[cfg(test)]
mod tests;
