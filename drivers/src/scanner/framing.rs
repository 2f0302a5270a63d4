//! Where a code starts and ends in what a scanner sends: pure.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use zeroize::{Zeroize, Zeroizing};

use super::event::{Payload, Unreadable};

/// Bytes of a code, at most: the most characters a QR code holds beside digits alone (ISO/IEC 18004, version 40-L,
/// 4296 letters and digits). A 2D-Doc (2335 at most, some 300 in practice) and a signed token (under 600) fit with room
/// to spare; a flood does not.
pub const CODE_MAX: usize = 4296;

/// Codes taken in within a second, at most: a hand presents two; more is a fault or an attack.
pub const CODES_PER_SECOND_MAX: usize = 20;

/// How a scanner marks its codes. Its prefix and suffix are set with codes of its manual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framing {
    /// Bytes before each code; what comes before them is dropped. Mostly empty.
    pub prefix: Vec<u8>,
    /// What ends a code.
    pub ending: Ending,
    /// Silence after which an unfinished code is over: it is dropped, or taken where the pause is the ending.
    pub pause: Duration,
}

/// What ends a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// CR, LF or both, as most scanners send; an empty line is no code.
    Line,
    /// These bytes; an empty list is as [`Ending::Pause`].
    Bytes(Vec<u8>),
    /// Nothing but silence, for scanners without suffix; CR and LF at the end are left out.
    Pause,
    /// The scanner says so beside the bytes ([`Framer::end`]); CR and LF at the end are left out. No setting: this is
    /// how a point-of-sale scanner is read.
    Device,
}

/// A text that is no ending; it says what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" ends no code: use line, pause, or bytes: and one to eight bytes in hexadecimal, such as bytes:03")]
pub struct NoEnding(String);

impl FromStr for Ending {
    type Err = NoEnding;

    /// `line`, `pause` or `bytes:HEX`, as a configuration writes it.
    fn from_str(text: &str) -> Result<Self, NoEnding> {
        match text {
            "line" => Ok(Self::Line),
            "pause" => Ok(Self::Pause),
            _ => {
                let bytes = text.strip_prefix("bytes:").and_then(unhex);
                bytes.map(Self::Bytes).ok_or_else(|| NoEnding(text.to_owned()))
            }
        }
    }
}

/// One to eight bytes.
fn unhex(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let bytes: Option<Vec<u8>> = pairs
        .map(|pair| match *pair {
            [high, low] => Some(nibble(high)? << 4 | nibble(low)?),
            _ => None,
        })
        .collect();
    bytes.filter(|bytes| (1..=8).contains(&bytes.len()))
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line => f.write_str("line"),
            Self::Pause => f.write_str("pause"),
            Self::Device => f.write_str("device"),
            Self::Bytes(bytes) => {
                f.write_str("bytes:")?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

impl Default for Framing {
    /// A line, and a pause that the slowest keyboard wedges (50 ms between keys) do not reach.
    fn default() -> Self {
        Self { prefix: Vec::new(), ending: Ending::Line, pause: Duration::from_millis(150) }
    }
}

/// A code, or the word that there was one.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    /// A whole code, without prefix and suffix.
    Code(Payload),
    /// What was dropped, for this cause.
    Dropped(Unreadable),
}

/// Cuts a stream into codes, however it was split. It neither reads a clock nor waits: `now` never goes backwards, and
/// [`Framer::pause`] is to be called at the [`Framer::deadline`].
pub struct Framer {
    framing: Framing,
    state: State,
    held: Zeroizing<Vec<u8>>,
    heard: Option<Instant>,
    taken: VecDeque<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Waiting for the prefix; `held` has what may be its start.
    Seeking,
    /// `held` is a code so far.
    Collecting,
    /// Everything is dropped until the next pause.
    Flooded,
}

impl Framer {
    /// Starts before the first code.
    pub fn new(mut framing: Framing) -> Self {
        if framing.ending == Ending::Bytes(Vec::new()) {
            framing.ending = Ending::Pause;
        }
        // Without any time, two bytes of one read would be two codes.
        framing.pause = framing.pause.max(Duration::from_millis(1));
        let mut framer = Self {
            framing,
            state: State::Seeking,
            // Never grown: growing would leave a copy of a code behind.
            held: Zeroizing::new(Vec::with_capacity(CODE_MAX + 64)),
            heard: None,
            taken: VecDeque::with_capacity(CODES_PER_SECOND_MAX + 1),
        };
        framer.start();
        framer
    }

    /// Takes what arrived at `now`.
    pub fn feed(&mut self, bytes: &[u8], now: Instant, heard: &mut impl FnMut(Frame)) {
        self.pause(now, heard);
        for &byte in bytes {
            self.push(byte, now, heard);
        }
        if !bytes.is_empty() {
            self.heard = Some(now);
        }
    }

    /// Ends the code in hand, as a scanner does that frames its codes itself.
    pub fn end(&mut self, now: Instant, heard: &mut impl FnMut(Frame)) {
        if self.state == State::Collecting {
            self.trim_line_end();
            self.take(now, heard);
        }
    }

    /// Drops everything until the next pause: something between two bytes was lost.
    pub fn spoil(&mut self, now: Instant, heard: &mut impl FnMut(Frame)) {
        self.pause(now, heard);
        self.flood(Unreadable::BytesLost, heard);
        self.heard = Some(now);
    }

    /// When silence will mean something; `None` at rest.
    pub fn deadline(&self) -> Option<Instant> {
        let at_rest = match self.state {
            State::Flooded => false,
            State::Collecting if !self.framing.prefix.is_empty() => false,
            State::Seeking | State::Collecting => self.held.is_empty(),
        };
        self.heard.filter(|_| !at_rest).map(|heard| heard + self.framing.pause)
    }

    /// Acts on the silence, if it has lasted; otherwise does nothing.
    pub fn pause(&mut self, now: Instant, heard: &mut impl FnMut(Frame)) {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return;
        }
        match self.state {
            State::Seeking | State::Flooded => self.start(),
            State::Collecting if self.framing.ending == Ending::Pause => {
                self.trim_line_end();
                self.take(now, heard);
            }
            State::Collecting => {
                let cut_off = !self.held.is_empty();
                self.start();
                if cut_off {
                    heard(Frame::Dropped(Unreadable::NoEnding));
                }
            }
        }
    }

    fn push(&mut self, byte: u8, now: Instant, heard: &mut impl FnMut(Frame)) {
        match self.state {
            State::Flooded => {}
            State::Seeking => self.seek(byte),
            State::Collecting => self.collect(byte, now, heard),
        }
    }

    fn seek(&mut self, byte: u8) {
        let length = self.framing.prefix.len();
        if self.held.len() == length {
            self.held.remove(0);
        }
        self.held.push(byte);
        if *self.held == self.framing.prefix {
            self.held.zeroize();
            self.state = State::Collecting;
        }
    }

    fn collect(&mut self, byte: u8, now: Instant, heard: &mut impl FnMut(Frame)) {
        let suffix = match &self.framing.ending {
            Ending::Line if matches!(byte, b'\r' | b'\n') => return self.take(now, heard),
            Ending::Line | Ending::Pause | Ending::Device => 0,
            Ending::Bytes(suffix) => suffix.len(),
        };
        self.held.push(byte);
        if let Ending::Bytes(suffix) = &self.framing.ending
            && self.held.ends_with(suffix)
        {
            let length = self.held.len() - suffix.len();
            self.held.truncate(length);
            self.take(now, heard);
        } else if self.held.len() > CODE_MAX + suffix.saturating_sub(1) {
            self.flood(Unreadable::TooLong, heard);
        }
    }

    fn trim_line_end(&mut self) {
        while let Some(b'\r' | b'\n') = self.held.last() {
            self.held.pop();
        }
    }

    fn take(&mut self, now: Instant, heard: &mut impl FnMut(Frame)) {
        if self.held.is_empty() {
            // An empty line: the LF of CRLF. Behind a prefix, the next code has a prefix of its own.
            return self.start();
        }
        while self.taken.front().is_some_and(|first| now.saturating_duration_since(*first) >= Duration::from_secs(1)) {
            self.taken.pop_front();
        }
        if self.taken.len() == CODES_PER_SECOND_MAX {
            return self.flood(Unreadable::TooMany, heard);
        }
        self.taken.push_back(now);
        let code = Payload::copied(&self.held);
        self.start();
        heard(Frame::Code(code));
    }

    fn start(&mut self) {
        if !self.held.is_empty() {
            self.held.zeroize();
        }
        self.state = if self.framing.prefix.is_empty() { State::Collecting } else { State::Seeking };
    }

    fn flood(&mut self, why: Unreadable, heard: &mut impl FnMut(Frame)) {
        let before = self.state;
        self.held.zeroize();
        self.state = State::Flooded;
        if before != State::Flooded {
            heard(Frame::Dropped(why));
        }
    }
}

impl fmt::Debug for Framer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Framer").field("framing", &self.framing).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
