//! What ESC/POS printers answer, as bytes: pure, no transport.
//!
//! Four kinds of answers share one stream and tell themselves apart by fixed bits (Epson ESC/POS reference, `GS a`,
//! `DLE EOT`, `GS ( H`, `GS r`).

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

/// One answer of a printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// The automatic status, 4 bytes.
    Automatic([u8; 4]),
    /// The answer to `DLE EOT`; which of them it answers is not in the byte, and bytes of a picture can provoke one.
    RealTime(u8),
    /// Everything before this id has been done.
    Done(ProcessId),
    /// The answer to `GS r`.
    Paper(u8),
}

/// Cuts a printer's stream into answers, however it was split; what fits nowhere is dropped.
#[derive(Debug, Default)]
pub struct Demultiplexer {
    held: [u8; 7],
    length: usize,
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
        match self.held[0] {
            _ if self.length == 0 => self.start(byte),
            0x37 => self.process_id(byte),
            _ => self.automatic(byte),
        }
    }

    fn start(&mut self, byte: u8) -> Option<Reply> {
        self.length = 0;
        if byte == 0x37 || byte & 0x93 == 0x10 {
            self.hold(byte);
            None
        } else if byte & 0x93 == 0x12 {
            Some(Reply::RealTime(byte))
        } else if byte & 0x90 == 0 {
            Some(Reply::Paper(byte))
        } else {
            None
        }
    }

    fn hold(&mut self, byte: u8) {
        self.held[self.length] = byte;
        self.length += 1;
    }

    /// `37 22 d1 d2 d3 d4 00`.
    fn process_id(&mut self, byte: u8) -> Option<Reply> {
        let expected = match self.length {
            1 => byte == 0x22,
            2..=5 => (0x20..=0x7E).contains(&byte),
            _ => byte == 0,
        };
        if !expected {
            return self.start(byte);
        }
        self.hold(byte);
        if self.length < 7 {
            return None;
        }
        self.length = 0;
        let [_, _, d1, d2, d3, d4, _] = self.held;
        Some(Reply::Done([d1, d2, d3, d4]))
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
        self.hold(byte);
        if self.length < 4 {
            return None;
        }
        self.length = 0;
        let [b1, b2, b3, b4, ..] = self.held;
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
        }
    }

    /// A slip can be printed, as far as is known: what a printer does not tell is taken as good.
    pub fn ready(&self) -> bool {
        self.connected
            && !self.offline
            && !self.cover_open
            && !self.cutter_error
            && !self.unrecoverable_error
            && self.paper != Paper::Out
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
        link_fault: None,
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
