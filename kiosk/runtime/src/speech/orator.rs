//! The thread of speech: asleep while nothing sounds, and never waiting longer than a moment while something does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

use drivers::audio::{Chime, Volume};
use jiff::tz::TimeZone;

use super::voice::{Progress, Session, SpeechError, Voice};
use super::{Output, SpeechEvent, Utterance};
use crate::config::DayPart;

/// How long a session goes on before messages are looked at: within this, what is cut is heard to end.
const STEP: Duration = Duration::from_millis(20);

/// How often what does not work is tried.
const RETRY: Duration = Duration::from_secs(60);

/// What the thread is told.
#[derive(Debug)]
pub(super) enum Message {
    Say { id: u64, utterances: Vec<Utterance>, output: Output },
    Hush,
    Chime(Chime),
    Volume(Volume),
    Headset(bool),
    JackLost(String),
    Stop,
}

/// What may not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Synthesiser,
    Device,
    Jack,
}

pub(super) struct Orator<F> {
    voice: Box<dyn Voice>,
    quiet: Option<(DayPart, TimeZone)>,
    inbox: Receiver<Message>,
    /// Whether a headset is in, as of now: messages say it later.
    present: Arc<AtomicBool>,
    events: F,
    volume: Volume,
    told_headset: Option<bool>,
    active: Option<Active>,
    faults: BTreeMap<Part, String>,
    retry: Instant,
}

/// What sounds.
struct Active {
    session: Box<dyn Session>,
    output: Output,
    /// What is said in it.
    id: Option<u64>,
}

impl<F: Fn(SpeechEvent)> Orator<F> {
    pub(super) fn new(
        voice: Box<dyn Voice>,
        quiet: Option<(DayPart, TimeZone)>,
        inbox: Receiver<Message>,
        present: Arc<AtomicBool>,
        events: F,
    ) -> Self {
        Self {
            voice,
            quiet,
            inbox,
            present,
            events,
            volume: Volume::default(),
            told_headset: None,
            active: None,
            faults: BTreeMap::new(),
            retry: Instant::now() + RETRY,
        }
    }

    pub(super) fn run(mut self) {
        self.check();
        loop {
            self.heed_headset();
            match self.next() {
                Next::Message(Message::Stop) | Next::Ended => return,
                Next::Message(message) => self.take(message),
                Next::Retry => self.check(),
                Next::GoOn => self.go_on(),
            }
        }
    }

    /// Before anything else: what sounds in a headset that is out is silenced.
    fn heed_headset(&mut self) {
        if !self.present.load(Ordering::SeqCst) && self.sounds_in(Output::Headset) {
            self.silence();
        }
    }

    /// Every message before anything sounds on.
    fn next(&self) -> Next {
        if self.active.is_some() {
            return match self.inbox.try_recv() {
                Ok(message) => Next::Message(message),
                Err(TryRecvError::Empty) => Next::GoOn,
                Err(TryRecvError::Disconnected) => Next::Ended,
            };
        }
        if self.faults.keys().all(|part| *part == Part::Jack) {
            return self.inbox.recv().map_or(Next::Ended, Next::Message);
        }
        match self.inbox.recv_timeout(self.retry.saturating_duration_since(Instant::now())) {
            Ok(message) => Next::Message(message),
            Err(RecvTimeoutError::Timeout) => Next::Retry,
            Err(RecvTimeoutError::Disconnected) => Next::Ended,
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Say { id, utterances, output } => self.say(id, utterances, output),
            Message::Hush => self.hush(),
            Message::Chime(chime) => {
                let quiet = self.is_quiet();
                let output = if self.present.load(Ordering::SeqCst) { Output::Headset } else { Output::Speaker };
                self.session(output).chime(chime, quiet);
            }
            Message::Volume(volume) => {
                self.volume = volume;
                if let Some(active) = &mut self.active {
                    active.session.set_volume(volume);
                }
            }
            Message::Headset(present) => {
                self.repaired(&[Part::Jack]);
                self.headset(present);
            }
            Message::JackLost(why) => {
                if self.told_headset == Some(true) {
                    self.headset(false);
                }
                self.broken(Part::Jack, why);
            }
            Message::Stop => {}
        }
    }

    fn headset(&mut self, present: bool) {
        // One that was out for a moment was out: what sounded in it is not what its wearer hears on.
        let elsewhere = if present { Output::Speaker } else { Output::Headset };
        if self.sounds_in(elsewhere) {
            self.silence();
        }
        if self.told_headset.replace(present) != Some(present) {
            (self.events)(SpeechEvent::Headset(present));
        }
    }

    fn say(&mut self, id: u64, utterances: Vec<Utterance>, output: Output) {
        self.hush();
        let output = match (output, self.present.load(Ordering::SeqCst)) {
            (Output::Speaker | Output::Headset, true) => Output::Headset,
            (Output::Speaker, false) => Output::Speaker,
            (Output::Headset, false) => {
                (self.events)(SpeechEvent::Unsaid(id));
                return;
            }
        };
        self.session(output).say(utterances);
        if let Some(active) = &mut self.active {
            active.id = Some(id);
        }
    }

    fn hush(&mut self) {
        if let Some(active) = &mut self.active
            && active.id.take().is_some()
        {
            active.session.hush();
        }
    }

    /// The session of that place; one elsewhere is silenced.
    fn session(&mut self, output: Output) -> &mut dyn Session {
        if self.active.as_ref().is_some_and(|active| active.output != output) {
            self.silence();
        }
        let (voice, volume) = (&mut self.voice, self.volume);
        let begin = || Active { session: voice.session(output, volume), output, id: None };
        self.active.get_or_insert_with(begin).session.as_mut()
    }

    fn sounds_in(&self, output: Output) -> bool {
        self.active.as_ref().is_some_and(|active| active.output == output)
    }

    /// Ends all that sounds, at once.
    fn silence(&mut self) {
        if let Some(Active { session, id, .. }) = self.active.take() {
            drop(session);
            if let Some(id) = id {
                (self.events)(SpeechEvent::Unsaid(id));
            }
        }
    }

    fn go_on(&mut self) {
        let Some(active) = &mut self.active else { return };
        match active.session.go_on(STEP) {
            Ok(Progress::Sounding) => {}
            Ok(Progress::Said) => {
                let id = active.id.take();
                self.repaired(&[Part::Synthesiser, Part::Device]);
                if let Some(id) = id {
                    (self.events)(SpeechEvent::Ended(id));
                }
            }
            Ok(Progress::Silent) => self.active = None,
            Err(error) => self.failed(&error),
        }
    }

    fn failed(&mut self, error: &SpeechError) {
        let id = self.active.as_mut().and_then(|active| active.id.take());
        match error {
            // A chime comes to its end where only the text has none.
            SpeechError::NoProgram { .. } | SpeechError::NoSound { .. } | SpeechError::TooSlow { .. } => {
                self.broken(Part::Synthesiser, error.to_string());
            }
            SpeechError::Sound(_) => {
                self.active = None;
                self.broken(Part::Device, error.to_string());
            }
            SpeechError::NotFitted => self.active = None,
            SpeechError::TooLong { .. } => tracing::warn!(%error, "a text is not said"),
        }
        if let Some(id) = id {
            (self.events)(SpeechEvent::Unsaid(id));
        }
    }

    /// Asks what does not work, at the start and while something does not.
    fn check(&mut self) {
        let output = if self.present.load(Ordering::SeqCst) { Output::Headset } else { Output::Speaker };
        let found = self.voice.check(output);
        let part = |error: &SpeechError| match error {
            SpeechError::NoProgram { .. } | SpeechError::NoSound { .. } | SpeechError::TooSlow { .. } => {
                Some(Part::Synthesiser)
            }
            SpeechError::Sound(_) => Some(Part::Device),
            SpeechError::NotFitted | SpeechError::TooLong { .. } => None,
        };
        let works =
            [Part::Synthesiser, Part::Device].into_iter().filter(|&p| !found.iter().any(|e| part(e) == Some(p)));
        self.repaired(&works.collect::<Vec<_>>());
        for error in &found {
            if let Some(part) = part(error) {
                self.broken(part, error.to_string());
            }
        }
        self.retry = Instant::now() + RETRY;
    }

    fn broken(&mut self, part: Part, what: String) {
        if self.faults.get(&part) == Some(&what) {
            return;
        }
        tracing::warn!(device = "audio", error = %what, "the borne cannot be heard");
        self.faults.insert(part, what.clone());
        self.retry = Instant::now() + RETRY;
        (self.events)(SpeechEvent::Fault(what));
    }

    fn repaired(&mut self, parts: &[Part]) {
        let before = self.faults.len();
        self.faults.retain(|part, _| !parts.contains(part));
        if before > 0 && self.faults.is_empty() {
            tracing::info!(device = "audio", "the borne can be heard again");
            (self.events)(SpeechEvent::Recovered);
        }
    }

    fn is_quiet(&self) -> bool {
        self.quiet
            .as_ref()
            .is_some_and(|(hours, zone)| hours.contains(jiff::Timestamp::now().to_zoned(zone.clone()).time()))
    }
}

enum Next {
    Message(Message),
    GoOn,
    Retry,
    Ended,
}
