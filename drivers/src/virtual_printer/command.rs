//! What a printer is told, byte by byte; written from the ESC/POS reference, not from the encoder.

use super::sheet::LONGEST_SLIP;

/// Bytes of a picture, at most: as long as a slip may be, on paper of 80 mm. A header that claims more is no picture, and
/// is not waited for.
const PICTURE_MAX: usize = 72 * LONGEST_SLIP;

/// One command, complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// NUL: printers ignore it between commands.
    Nothing,
    /// A byte to print in the current page.
    Character(u8),
    LineFeed,
    /// `ESC @`.
    Initialize,
    /// `ESC a`: 0 left, 1 middle, 2 right.
    Align(u8),
    /// `ESC E`, lowest bit.
    Bold(bool),
    /// `ESC t`.
    CodePage(u8),
    /// `ESC J`: prints the line and feeds n units.
    FeedUnits(u8),
    /// `ESC d`: prints the line and feeds n lines.
    FeedLines(u8),
    /// `GS !`: widths in the high half, heights in the low one, both less one.
    Size(u8),
    /// `GS B`, lowest bit.
    WhiteOnBlack(bool),
    /// `GS P x y`: units to the inch.
    MotionUnits(u8, u8),
    /// `GS v 0 0`.
    Picture {
        row_bytes: usize,
        rows: Vec<u8>,
    },
    /// `GS V`, whole or partial, after a feed or without: the paper is cut below what is printed.
    Cut,
    /// `GS ( H` function 48.
    ProcessId([u8; 4]),
    /// `GS a`.
    AutomaticStatus(u8),
    /// `GS r`: 1 is paper.
    AskPaper,
    /// `DLE EOT`: answered when it came in, so nothing is left to do.
    RealTime,
    /// `GS I n`.
    AskIdentity(u8),
    /// `ESC 3 n`, or `ESC 2`: from line to line, in units or as at the start.
    LineSpacing(Option<u8>),
    /// `ESC $`: dots from the left.
    MoveTo(u16),
    /// `ESC \`: dots to the right.
    MoveBy(u16),
    /// `GS W`: the width that is printed on.
    PrintWidth(u16),
    /// `ESC ! 0`: neither bold nor large.
    Plain,
    /// Selects what a printer does anyway: font A, no underline, no left margin, no Kanji.
    AsAlways,
}

/// Collects bytes into commands.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    held: Vec<u8>,
}

enum Step {
    More,
    Done(Command),
    Unknown,
}

/// Bytes that begin no command this printer knows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnknownCommand(pub(crate) Vec<u8>);

impl Parser {
    /// Takes one byte; answers the command it completes.
    pub(crate) fn push(&mut self, byte: u8) -> Result<Option<Command>, UnknownCommand> {
        self.held.push(byte);
        match step(&self.held) {
            Step::More => Ok(None),
            Step::Done(command) => {
                self.held.clear();
                Ok(Some(command))
            }
            Step::Unknown => Err(UnknownCommand(std::mem::take(&mut self.held))),
        }
    }

    /// A command has begun and not ended.
    pub(super) fn in_mid_command(&self) -> bool {
        !self.held.is_empty()
    }

    /// Forgets a command that was not completed.
    pub(super) fn reset(&mut self) {
        self.held.clear();
    }
}

fn step(bytes: &[u8]) -> Step {
    match bytes {
        [0x00] => Step::Done(Command::Nothing),
        [0x0A] => Step::Done(Command::LineFeed),
        [0x10, rest @ ..] => real_time(rest),
        [0x1B, rest @ ..] => escape(rest),
        [0x1C, rest @ ..] => field(rest),
        [0x1D, rest @ ..] => group(rest),
        [character @ (0x20..=0x7E | 0x80..=0xFF)] => Step::Done(Command::Character(*character)),
        _ => Step::Unknown,
    }
}

fn real_time(bytes: &[u8]) -> Step {
    match bytes {
        [] | [0x04] => Step::More,
        [0x04, 1..=4] => Step::Done(Command::RealTime),
        _ => Step::Unknown,
    }
}

fn escape(bytes: &[u8]) -> Step {
    match *bytes {
        [] | [b'a' | b'E' | b't' | b'J' | b'd' | b'3' | b'!' | b'{' | b'-' | b'M' | b' ' | b'$' | b'\\'] => Step::More,
        [b'@'] => Step::Done(Command::Initialize),
        [b'a', n @ (0..=2 | b'0'..=b'2')] => Step::Done(Command::Align(n & 0x0F)),
        [b'E', n] => Step::Done(Command::Bold(n & 1 == 1)),
        [b't', n] => Step::Done(Command::CodePage(n)),
        [b'J', n] => Step::Done(Command::FeedUnits(n)),
        [b'd', n] => Step::Done(Command::FeedLines(n)),
        [b'2'] => Step::Done(Command::LineSpacing(None)),
        [b'3', n] => Step::Done(Command::LineSpacing(Some(n))),
        [b'!', 0] => Step::Done(Command::Plain),
        [b'{' | b'-' | b'M', 0 | b'0'] | [b' ', 0] => Step::Done(Command::AsAlways),
        [b'$' | b'\\', _] => Step::More,
        [b'$', low, high] => Step::Done(Command::MoveTo(u16::from_le_bytes([low, high]))),
        [b'\\', low, high @ 0..=0x7F] => Step::Done(Command::MoveBy(u16::from_le_bytes([low, high]))),
        _ => Step::Unknown,
    }
}

/// Kanji commands, as far as they switch off what is off.
fn field(bytes: &[u8]) -> Step {
    const FONT_A: [u8; 5] = [b'(', b'A', 2, 0, 0x30];
    match *bytes {
        [] | [b'-' | b'C' | b'S'] | [b'S', 0] => Step::More,
        [b'.'] | [b'-' | b'C', 0 | b'0'] | [b'S', 0, 0] => Step::Done(Command::AsAlways),
        [b'(', ..] if bytes.len() <= FONT_A.len() && FONT_A.starts_with(bytes) => Step::More,
        [b'(', ref rest @ .., 0] if rest == &FONT_A[1..] => Step::Done(Command::AsAlways),
        _ => Step::Unknown,
    }
}

fn group(bytes: &[u8]) -> Step {
    match *bytes {
        [] | [b'!' | b'B' | b'a' | b'r' | b'P' | b'V' | b'v' | b'(' | b'I' | b'b' | b'L' | b'W'] => Step::More,
        [b'!', n] if n & 0x88 == 0 => Step::Done(Command::Size(n)),
        [b'B', n] => Step::Done(Command::WhiteOnBlack(n & 1 == 1)),
        [b'a', n] => Step::Done(Command::AutomaticStatus(n)),
        [b'r', 1 | b'1'] => Step::Done(Command::AskPaper),
        [b'I', n @ (1..=3 | b'1'..=b'3')] => Step::Done(Command::AskIdentity(n & 0x0F)),
        [b'I', n @ 65..=68] => Step::Done(Command::AskIdentity(n)),
        [b'b', 0] | [b'L', 0, 0] => Step::Done(Command::AsAlways),
        [b'L', 0] | [b'W', _] => Step::More,
        [b'W', low, high] => Step::Done(Command::PrintWidth(u16::from_le_bytes([low, high]))),
        [b'P', _] => Step::More,
        [b'P', x, y] => Step::Done(Command::MotionUnits(x, y)),
        [b'V', 65 | 66] => Step::More,
        [b'V', 0 | 1 | b'0' | b'1'] | [b'V', 65 | 66, _] => Step::Done(Command::Cut),
        [b'v', b'0', ref rest @ ..] => picture(rest),
        [b'(', b'H', ref rest @ ..] => process_id(rest),
        _ => Step::Unknown,
    }
}

/// `m xL xH yL yH`, then x times y bytes.
fn picture(bytes: &[u8]) -> Step {
    let [m, size @ ..] = bytes else {
        return Step::More;
    };
    if *m != 0 {
        return Step::Unknown;
    }
    let [x_low, x_high, y_low, y_high, rows @ ..] = size else {
        return Step::More;
    };
    let row_bytes = usize::from(u16::from_le_bytes([*x_low, *x_high]));
    let height = usize::from(u16::from_le_bytes([*y_low, *y_high]));
    if row_bytes == 0 || height == 0 || row_bytes * height > PICTURE_MAX {
        return Step::Unknown;
    }
    if rows.len() < row_bytes * height {
        return Step::More;
    }
    Step::Done(Command::Picture { row_bytes, rows: rows.to_vec() })
}

/// `06 00 30 30 d1 d2 d3 d4`.
fn process_id(bytes: &[u8]) -> Step {
    const START: [u8; 4] = [6, 0, 48, 48];
    let (start, id) = bytes.split_at(bytes.len().min(START.len()));
    if !START.starts_with(start) || id.iter().any(|d| !(0x20..=0x7E).contains(d)) {
        return Step::Unknown;
    }
    match *id {
        [d1, d2, d3, d4] => Step::Done(Command::ProcessId([d1, d2, d3, d4])),
        _ => Step::More,
    }
}
