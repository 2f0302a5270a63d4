//! What ESC/POS printers answer, as bytes: pure, no transport.
//!
//! Five kinds of answers share one stream and tell themselves apart by fixed bits (Epson ESC/POS reference, `GS a`,
//! `DLE EOT`, `GS ( H`, `GS r`, `GS I`).

/// A process id: 4 bytes from 0x20 to 0x7E, sent with `GS ( H` and answered when everything before it is done.
pub type ProcessId = [u8; 4];

/// `GS a 255`: from now on the printer tells by itself about every change.
pub const ENABLE_AUTOMATIC_STATUS: [u8; 3] = [0x1D, 0x61, 0xFF];
/// `GS r 1`: the paper sensors, answered in turn.
pub const ASK_PAPER_STATUS: [u8; 3] = [0x1D, 0x72, 0x01];

/// A question a printer answers at once, even offline (`DLE EOT n`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Question {
    /// `n` = 1: is it online.
    Printer,
    /// `n` = 2: why is it not.
    Cover,
    /// `n` = 4: the paper sensors.
    Paper,
}

impl Question {
    /// What is asked of a printer when a link is made, in this order.
    pub const ALL: [Self; 3] = [Self::Printer, Self::Cover, Self::Paper];

    /// The bytes that ask it.
    pub const fn request(self) -> [u8; 3] {
        let n = match self {
            Self::Printer => 1,
            Self::Cover => 2,
            Self::Paper => 4,
        };
        [0x10, 0x04, n]
    }
}

/// What a printer tells about itself when asked (`GS I n`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Info {
    /// `n` = 66: who made it.
    Maker,
    /// `n` = 67: its model.
    Model,
    /// `n` = 65: its firmware's version.
    Firmware,
    /// `n` = 68: its serial number.
    Serial,
}

impl Info {
    /// What is asked of a printer once a link is made, in this order.
    pub const ALL: [Self; 4] = [Self::Maker, Self::Model, Self::Firmware, Self::Serial];

    /// The bytes that ask it; the next question waits for the answer (Epson ESC/POS reference, `GS I`, notes).
    pub const fn request(self) -> [u8; 3] {
        let n = match self {
            Self::Maker => 66,
            Self::Model => 67,
            Self::Firmware => 65,
            Self::Serial => 68,
        };
        [0x1D, 0x49, n]
    }
}

/// What a printer said of itself; nothing where it was not asked or did not say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrinterIdentity {
    /// Who made it.
    pub maker: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Its firmware's version.
    pub firmware: Option<String>,
    /// Its serial number.
    pub serial: Option<String>,
}

impl PrinterIdentity {
    /// Notes an answer; an empty one says nothing.
    pub(crate) fn set(&mut self, info: Info, text: String) {
        let place = match info {
            Info::Maker => &mut self.maker,
            Info::Model => &mut self.model,
            Info::Firmware => &mut self.firmware,
            Info::Serial => &mut self.serial,
        };
        *place = Some(text).filter(|text| !text.is_empty());
    }
}

/// One answer of a printer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The automatic status, 4 bytes.
    Automatic([u8; 4]),
    /// The answer to `DLE EOT`; which of them it answers is not in the byte, and bytes of a picture can provoke one.
    RealTime(u8),
    /// Everything before this id has been done.
    Done(ProcessId),
    /// The answer to `GS r`.
    Paper(u8),
    /// The answer to `GS I` from 65 on, without its frame.
    Info(String),
}

/// The longest text of an answer to `GS I` (Epson ESC/POS reference, `GS I`, printer information B).
const LONGEST_INFO: usize = 80;
/// What such an answer begins with.
const INFO_HEADER: u8 = 0x5F;

/// Cuts a printer's stream into answers, however it was split; what fits nowhere is dropped.
#[derive(Debug, Default)]
pub struct Demultiplexer {
    held: Vec<u8>,
}

impl Demultiplexer {
    /// Takes what was read and hands out the answers it completes.
    pub fn feed(&mut self, bytes: &[u8], mut answered: impl FnMut(Reply)) {
        for &byte in bytes {
            if let Some(reply) = self.push(byte) {
                answered(reply);
            }
        }
    }

    fn push(&mut self, byte: u8) -> Option<Reply> {
        match self.held.first() {
            None => self.start(byte),
            Some(0x37) => self.process_id(byte),
            Some(&INFO_HEADER) => self.info(byte),
            Some(_) => self.automatic(byte),
        }
    }

    fn start(&mut self, byte: u8) -> Option<Reply> {
        self.held.clear();
        if byte == 0x37 || byte == INFO_HEADER || byte & 0x93 == 0x10 {
            self.held.push(byte);
            None
        } else if byte & 0x93 == 0x12 {
            Some(Reply::RealTime(byte))
        } else if byte & 0x90 == 0 {
            Some(Reply::Paper(byte))
        } else {
            None
        }
    }

    /// `37 22 d1 d2 d3 d4 00`.
    fn process_id(&mut self, byte: u8) -> Option<Reply> {
        let expected = match self.held.len() {
            1 => byte == 0x22,
            2..=5 => (0x20..=0x7E).contains(&byte),
            _ => byte == 0,
        };
        if !expected {
            return self.start(byte);
        }
        self.held.push(byte);
        let [_, _, d1, d2, d3, d4, _] = self.held[..] else {
            return None;
        };
        self.held.clear();
        Some(Reply::Done([d1, d2, d3, d4]))
    }

    /// `5F`, text, `00`.
    fn info(&mut self, byte: u8) -> Option<Reply> {
        match byte {
            0 => {
                let text = self.held[1..].iter().map(|byte| char::from(*byte)).collect();
                self.held.clear();
                Some(Reply::Info(text))
            }
            0x20..=0x7E if self.held.len() <= LONGEST_INFO => {
                self.held.push(byte);
                None
            }
            _ => self.start(byte),
        }
    }

    /// The first byte is `0xx1xx00`, the others `0xx0xxxx`.
    fn automatic(&mut self, byte: u8) -> Option<Reply> {
        // A real-time answer may overtake the automatic one; no continuation byte looks like it.
        if byte & 0x93 == 0x12 {
            return Some(Reply::RealTime(byte));
        }
        if byte & 0x90 != 0 {
            return self.start(byte);
        }
        self.held.push(byte);
        let [b1, b2, b3, b4] = self.held[..] else {
            return None;
        };
        self.held.clear();
        Some(Reply::Automatic([b1, b2, b3, b4]))
    }
}

/// How much paper there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Paper {
    /// The printer has not told, or never does.
    Unknown,
    /// Enough.
    Ok,
    /// The roll ends soon: staff are alerted, slips are still printed.
    NearEnd,
    /// None: no slip can be printed.
    Out,
}

/// What is known of the printer now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrinterStatus {
    /// There is a link to the printer.
    pub connected: bool,
    /// The printer has told its state over this link; until then only `connected` means something.
    pub told: bool,
    /// The printer refuses to print, whatever the cause.
    pub offline: bool,
    /// The cover is open.
    pub cover_open: bool,
    /// The cutter is stuck.
    pub cutter_error: bool,
    /// An error that only switching off and on ends.
    pub unrecoverable_error: bool,
    /// The paper.
    pub paper: Paper,
    /// Why there is no link, for the technician.
    pub link_fault: Option<String>,
    /// What it says it is.
    pub identity: PrinterIdentity,
}

/// The one thing that matters most about a printer's state, for whoever stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Condition {
    /// There is no link to it.
    Gone,
    /// Its cover is open.
    CoverOpen,
    /// It has no paper.
    PaperOut,
    /// Its cutter is stuck.
    CutterJammed,
    /// It has an error that only switching off and on ends.
    Broken,
    /// It refuses to print and does not say why.
    Offline,
    /// Slips can be printed; the roll ends soon.
    PaperNearEnd,
    /// Slips can be printed.
    Good,
    /// It does not tell; slips are sent to it all the same.
    Untold,
}

impl Condition {
    /// Whether a slip may be sent.
    pub const fn ready(self) -> bool {
        match self {
            Self::PaperNearEnd | Self::Good | Self::Untold => true,
            Self::Gone | Self::CoverOpen | Self::PaperOut | Self::CutterJammed | Self::Broken | Self::Offline => false,
        }
    }
}

impl PrinterStatus {
    /// The state before anything is known.
    pub const fn disconnected() -> Self {
        Self {
            connected: false,
            told: false,
            offline: false,
            cover_open: false,
            cutter_error: false,
            unrecoverable_error: false,
            paper: Paper::Unknown,
            link_fault: None,
            identity: PrinterIdentity { maker: None, model: None, firmware: None, serial: None },
        }
    }

    /// A slip can be printed, as far as is known: what a printer does not tell is taken as good.
    pub const fn ready(&self) -> bool {
        self.condition().ready()
    }

    /// What matters most; what a person mends first comes first.
    pub const fn condition(&self) -> Condition {
        if !self.connected {
            return Condition::Gone;
        }
        if self.cover_open {
            return Condition::CoverOpen;
        }
        if self.cutter_error {
            return Condition::CutterJammed;
        }
        if self.unrecoverable_error {
            return Condition::Broken;
        }
        match self.paper {
            Paper::Out => Condition::PaperOut,
            _ if self.offline => Condition::Offline,
            Paper::NearEnd => Condition::PaperNearEnd,
            Paper::Ok => Condition::Good,
            Paper::Unknown if self.told => Condition::Good,
            Paper::Unknown => Condition::Untold,
        }
    }

    /// The printer goes on by itself once somebody has brought paper or closed its cover.
    pub(crate) const fn waits_for_a_hand(&self) -> bool {
        self.connected && (self.cover_open || matches!(self.paper, Paper::Out))
    }
}

/// What a port says of its printer beside the stream of bytes: the lines of a parallel port, as USB inherited them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PortStatus {
    /// The printer is out of paper.
    pub paper_out: bool,
    /// The printer is online.
    pub selected: bool,
    /// The printer has an error of whatever kind.
    pub error: bool,
}

/// Reads the byte of `GET_PORT_STATUS` (USB Device Class Definition for Printing Devices 1.1, 4.2.2): bit 5 is set
/// without paper, bit 4 where the printer is selected, bit 3 where it has no error.
pub fn parse_port_status(byte: u8) -> PortStatus {
    PortStatus { paper_out: byte & 0x20 != 0, selected: byte & 0x10 != 0, error: byte & 0x08 == 0 }
}

/// Reads the 4 bytes of the automatic status; the printer that sent them is connected.
pub fn parse_status(bytes: [u8; 4]) -> PrinterStatus {
    let [b1, b2, b3, _] = bytes;
    PrinterStatus {
        connected: true,
        told: true,
        offline: b1 & 0x08 != 0,
        cover_open: b1 & 0x20 != 0,
        cutter_error: b2 & 0x08 != 0,
        unrecoverable_error: b2 & 0x20 != 0,
        paper: parse_paper(b3),
        ..PrinterStatus::disconnected()
    }
}

/// Reads the answer to a question into what was known before.
pub fn parse_real_time(question: Question, byte: u8, before: PrinterStatus) -> PrinterStatus {
    match question {
        Question::Printer => PrinterStatus { offline: byte & 0x08 != 0, ..before },
        Question::Cover => PrinterStatus { cover_open: byte & 0x04 != 0, ..before },
        Question::Paper => PrinterStatus {
            told: true,
            paper: if byte & 0x60 != 0 {
                Paper::Out
            } else if byte & 0x0C != 0 {
                Paper::NearEnd
            } else {
                Paper::Ok
            },
            ..before
        },
    }
}

/// Reads the answer to `GS r 1`; byte 3 of the automatic status has the same bits.
pub fn parse_paper(byte: u8) -> Paper {
    if byte & 0x0C != 0 {
        Paper::Out
    } else if byte & 0x03 != 0 {
        Paper::NearEnd
    } else {
        Paper::Ok
    }
}

#[cfg(test)]
mod tests;
