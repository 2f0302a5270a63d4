//! From what a transport reads to what a scanner says: pure, one form a transport.

use std::time::Instant;

use zeroize::{Zeroize, Zeroizing};

use super::calibration::{Calibration, STROKES_MAX, calibrate, separators};
use super::event::{Payload, Unreadable};
use super::framing::{Ending, Frame, Framer, Framing};
use super::hid_pos::ReportFormat;
use super::keys::{KeyDecoder, Stroke};
use super::layout::Layout;

/// What a scanner said.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// A code.
    Code(Payload),
    /// Something that is no code.
    Unreadable(Unreadable),
    /// The calibration code.
    Calibrated(Calibration),
}

/// What a serial scanner sends.
#[derive(Debug)]
pub struct ByteIntake(Framer);

/// What a point-of-sale scanner sends: it says itself where a code ends.
#[derive(Debug)]
pub struct ReportIntake {
    format: ReportFormat,
    framer: Framer,
}

/// What a scanner sends that poses as a keyboard.
pub struct KeyIntake {
    decoder: KeyDecoder,
    layouts: Vec<Layout>,
    framer: Framer,
    text: Zeroizing<Vec<u8>>,
    /// The strokes of the code in hand, as long as they could be the calibration code.
    strokes: StrokeLog,
}

impl ByteIntake {
    /// Before the first byte.
    pub fn new(framing: Framing) -> Self {
        Self(Framer::new(framing))
    }

    /// Takes what arrived.
    pub fn bytes(&mut self, bytes: &[u8], now: Instant, heard: &mut impl FnMut(Heard)) {
        self.0.feed(bytes, now, &mut |frame| heard(plain(frame)));
    }

    /// See [`Framer::deadline`].
    pub fn deadline(&self) -> Option<Instant> {
        self.0.deadline()
    }

    /// See [`Framer::pause`].
    pub fn pause(&mut self, now: Instant, heard: &mut impl FnMut(Heard)) {
        self.0.pause(now, &mut |frame| heard(plain(frame)));
    }
}

impl ReportIntake {
    /// Before the first report. Of the framing only the pause is meant.
    pub fn new(format: ReportFormat, framing: &Framing) -> Self {
        let framing = Framing { prefix: Vec::new(), ending: Ending::Device, pause: framing.pause };
        Self { format, framer: Framer::new(framing) }
    }

    /// Takes a report.
    pub fn report(&mut self, report: &[u8], now: Instant, heard: &mut impl FnMut(Heard)) {
        let Some(chunk) = self.format.chunk(report) else { return };
        self.framer.feed(chunk.data, now, &mut |frame| heard(plain(frame)));
        if !chunk.continued {
            self.framer.end(now, &mut |frame| heard(plain(frame)));
        }
    }

    /// See [`Framer::deadline`].
    pub fn deadline(&self) -> Option<Instant> {
        self.framer.deadline()
    }

    /// See [`Framer::pause`].
    pub fn pause(&mut self, now: Instant, heard: &mut impl FnMut(Heard)) {
        self.framer.pause(now, &mut |frame| heard(plain(frame)));
    }
}

impl KeyIntake {
    /// With no key held. The calibration code chooses among the shipped layouts and the one given.
    pub fn new(layout: Layout, framing: Framing) -> Self {
        let mut layouts: Vec<Layout> = Layout::shipped().filter_map(|name| Layout::load(name).ok()).collect();
        if !layouts.contains(&layout) {
            layouts.push(layout.clone());
        }
        Self {
            decoder: KeyDecoder::new(layout),
            layouts,
            framer: Framer::new(framing),
            text: Zeroizing::new(Vec::with_capacity(16)),
            strokes: StrokeLog::default(),
        }
    }

    /// Takes a key.
    pub fn key(&mut self, stroke: Stroke, now: Instant, heard: &mut impl FnMut(Heard)) {
        // A code that a pause ended must not lend its keys to the next.
        self.pause(now, heard);
        self.strokes.push(stroke);
        self.decoder.key(stroke, &mut self.text);
        let mut frames = Vec::new();
        self.framer.feed(&self.text, now, &mut |frame| frames.push(frame));
        self.text.zeroize();
        self.hear(frames, heard);
    }

    /// Keys were lost: the code in hand is given up.
    pub fn keys_lost(&mut self, now: Instant, heard: &mut impl FnMut(Heard)) {
        self.decoder.release_all();
        let mut frames = Vec::new();
        self.framer.spoil(now, &mut |frame| frames.push(frame));
        self.hear(frames, heard);
        self.strokes.clear();
    }

    /// See [`Framer::deadline`].
    pub fn deadline(&self) -> Option<Instant> {
        self.framer.deadline()
    }

    /// See [`Framer::pause`].
    pub fn pause(&mut self, now: Instant, heard: &mut impl FnMut(Heard)) {
        let mut frames = Vec::new();
        self.framer.pause(now, &mut |frame| frames.push(frame));
        self.hear(frames, heard);
    }

    fn hear(&mut self, frames: Vec<Frame>, heard: &mut impl FnMut(Heard)) {
        for frame in frames {
            let found = calibrate(&self.strokes.strokes, &self.layouts);
            self.strokes.clear();
            match found {
                Some((layout, calibration)) => {
                    self.decoder.set_layout(layout.clone());
                    heard(Heard::Calibrated(calibration));
                }
                None => heard(match frame {
                    Frame::Code(payload) => Heard::Code(payload),
                    Frame::Dropped(why) => Heard::Unreadable(why),
                }),
            }
        }
    }
}

impl std::fmt::Debug for KeyIntake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyIntake").field("decoder", &self.decoder).finish_non_exhaustive()
    }
}

fn plain(frame: Frame) -> Heard {
    match frame {
        Frame::Code(payload) => match separators(payload.as_bytes()) {
            Some(separators) => Heard::Calibrated(Calibration { layout: None, separators }),
            None => Heard::Code(payload),
        },
        Frame::Dropped(why) => Heard::Unreadable(why),
    }
}

/// The strokes since the last code; empty once they are too many for a calibration code.
struct StrokeLog {
    strokes: Zeroizing<Vec<Stroke>>,
    overflowed: bool,
}

impl Default for StrokeLog {
    fn default() -> Self {
        Self { strokes: Zeroizing::new(Vec::with_capacity(STROKES_MAX)), overflowed: false }
    }
}

impl StrokeLog {
    fn push(&mut self, stroke: Stroke) {
        if self.strokes.len() == STROKES_MAX {
            self.overflowed = true;
            self.strokes.zeroize();
        }
        if !self.overflowed {
            self.strokes.push(stroke);
        }
    }

    fn clear(&mut self) {
        self.overflowed = false;
        self.strokes.zeroize();
    }
}

#[cfg(test)]
mod tests;
