//! A voice that writes down what it would say: for tests, demonstrations and technicians. Nothing is heard.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use drivers::audio::{Chime, Volume};

use super::voice::{Progress, Session, SpeechError, Voice};
use super::{Output, Utterance};

/// How much is kept.
const KEPT: usize = 200;

/// What was said lately, the last 200. Its clones are one log.
#[derive(Debug, Clone, Default)]
pub struct SpeechLog(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    pages: Mutex<Pages>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Pages {
    entries: VecDeque<Entry>,
    /// How many came before the first that is kept.
    forgotten: usize,
    /// What is said lasts until it is told to end.
    held: bool,
}

/// Something that was said, or a chime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What.
    pub what: What,
    /// Where it was heard, which need not be where it was meant to be.
    pub output: Output,
    /// The step of the volume, -1 to 2.
    pub volume: i8,
    /// How it ended.
    pub fate: Fate,
}

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A text.
    Said {
        /// As it was written.
        text: String,
        /// The tag of its language.
        language: &'static str,
    },
    /// A chime.
    Chimed {
        /// Which.
        chime: Chime,
        /// Whether it was 6 dB softer, in quiet hours.
        quiet: bool,
    },
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It has not.
    Sounding,
    /// By itself.
    Ended,
    /// By somebody, or by the headset.
    Cut,
}

impl SpeechLog {
    /// One whose texts last until [`finish`](Self::finish); those of the default one end at once.
    #[must_use]
    pub fn held() -> Self {
        let log = Self::default();
        log.pages().held = true;
        log
    }

    /// What is kept, the oldest first.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.pages().entries.iter().cloned().collect()
    }

    /// The texts alone, the oldest first.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let text = |entry: Entry| match entry.what {
            What::Said { text, .. } => Some(text),
            What::Chimed { .. } => None,
        };
        self.entries().into_iter().filter_map(text).collect()
    }

    /// What is kept and has ended, and forgets it.
    #[must_use]
    pub fn take(&self) -> Vec<Entry> {
        let mut pages = self.pages();
        let ended = pages.entries.iter().take_while(|entry| entry.fate != Fate::Sounding).count();
        pages.forgotten += ended;
        pages.entries.drain(..ended).collect()
    }

    /// Forgets all.
    pub fn clear(&self) {
        let mut pages = self.pages();
        pages.forgotten += pages.entries.len();
        pages.entries.clear();
    }

    /// Ends the text that is being said, where texts last until then.
    pub fn finish(&self) {
        if let Some(entry) = self.pages().entries.iter_mut().rfind(|entry| entry.fate == Fate::Sounding) {
            entry.fate = Fate::Ended;
        }
        self.0.changed.notify_all();
    }

    /// Waits until the log satisfies that, or the time has passed, and answers whether it does.
    pub fn wait_until(&self, within: Duration, satisfied: impl Fn(&[Entry]) -> bool) -> bool {
        let unsatisfied = |pages: &mut Pages| !satisfied(pages.entries.make_contiguous());
        let waited = self.0.changed.wait_timeout_while(self.pages(), within, unsatisfied);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes an entry and answers its number since the begin.
    fn write(&self, entry: Entry) -> usize {
        let mut pages = self.pages();
        if pages.entries.len() == KEPT {
            pages.entries.pop_front();
            pages.forgotten += 1;
        }
        pages.entries.push_back(entry);
        self.0.changed.notify_all();
        pages.forgotten + pages.entries.len() - 1
    }

    fn fate(&self, number: usize) -> Fate {
        let pages = self.pages();
        let place = number.checked_sub(pages.forgotten);
        place.and_then(|place| pages.entries.get(place)).map_or(Fate::Ended, |entry| entry.fate)
    }

    fn end(&self, number: usize, fate: Fate) {
        let mut pages = self.pages();
        let place = number.checked_sub(pages.forgotten);
        if let Some(entry) = place.and_then(|place| pages.entries.get_mut(place))
            && entry.fate == Fate::Sounding
        {
            entry.fate = fate;
        }
        self.0.changed.notify_all();
    }
}

impl Voice for SpeechLog {
    fn session(&mut self, output: Output, volume: Volume) -> Box<dyn Session> {
        let log = self.clone();
        Box::new(Writing { log, output, volume, waiting: VecDeque::new(), current: None, said: false })
    }

    fn check(&mut self, _: Output) -> Vec<SpeechError> {
        Vec::new()
    }
}

struct Writing {
    log: SpeechLog,
    output: Output,
    volume: Volume,
    waiting: VecDeque<Utterance>,
    current: Option<usize>,
    /// Something is to be said, and [`Progress::Said`] has not been told.
    said: bool,
}

impl Writing {
    fn entry(&self, what: What, fate: Fate) -> Entry {
        Entry { what, output: self.output, volume: self.volume.step(), fate }
    }

    /// Waits for the current text, if texts last, and answers whether it has ended.
    fn ended(&self, number: usize, patience: Duration) -> bool {
        let pages = self.log.pages();
        if !pages.held {
            drop(pages);
            self.log.end(number, Fate::Ended);
            return true;
        }
        let sounding = |pages: &mut Pages| {
            let place = number.checked_sub(pages.forgotten);
            place.and_then(|place| pages.entries.get(place)).is_some_and(|entry| entry.fate == Fate::Sounding)
        };
        let waited = self.log.0.changed.wait_timeout_while(pages, patience, sounding);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        self.log.fate(number) != Fate::Sounding
    }
}

impl Session for Writing {
    fn say(&mut self, utterances: Vec<Utterance>) {
        self.waiting = utterances.into();
        self.said = true;
    }

    fn chime(&mut self, chime: Chime, quiet: bool) {
        self.log.write(self.entry(What::Chimed { chime, quiet }, Fate::Ended));
    }

    fn hush(&mut self) {
        self.waiting.clear();
        self.said = false;
        if let Some(number) = self.current.take() {
            self.log.end(number, Fate::Cut);
        }
    }

    fn set_volume(&mut self, volume: Volume) {
        self.volume = volume;
    }

    fn go_on(&mut self, patience: Duration) -> Result<Progress, SpeechError> {
        if let Some(number) = self.current {
            if !self.ended(number, patience) {
                return Ok(Progress::Sounding);
            }
            self.current = None;
        }
        if let Some(Utterance { text, lang }) = self.waiting.pop_front() {
            let what = What::Said { text, language: lang.tag() };
            self.current = Some(self.log.write(self.entry(what, Fate::Sounding)));
            return Ok(Progress::Sounding);
        }
        Ok(if std::mem::take(&mut self.said) { Progress::Said } else { Progress::Silent })
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.hush();
    }
}
