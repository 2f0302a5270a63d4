//! Status words: the two bytes that end every response (ISO/IEC 7816-4, 5.6).

use std::fmt;

/// SW1 and SW2.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusWord(u16);

/// What a status word asks of whoever sent the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Done.
    Done,
    /// Done, and so many bytes more can be fetched with GET RESPONSE.
    More(u16),
    /// The same command, asking for so many bytes, would be answered.
    AskFor(u16),
    /// Done, with a reservation: the data may be incomplete, or a counter moved.
    Warning,
    /// Refused or failed.
    Refused,
}

impl StatusWord {
    /// `90 00`.
    pub const OK: Self = Self(0x9000);

    /// `None` where the first byte begins no status word: 61 to 6F and 90 to 9F are defined.
    #[must_use]
    pub const fn new(sw1: u8, sw2: u8) -> Option<Self> {
        match sw1 {
            0x61..=0x6F | 0x90..=0x9F => Some(Self(u16::from_be_bytes([sw1, sw2]))),
            _ => None,
        }
    }

    /// Both bytes.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// What it asks for.
    #[must_use]
    pub const fn meaning(self) -> Meaning {
        let [sw1, sw2] = self.0.to_be_bytes();
        match (sw1, sw2) {
            (0x90, 0x00) => Meaning::Done,
            // Zero stands for 256, as in a command.
            (0x61, 0x00) => Meaning::More(256),
            (0x61, more) => Meaning::More(more as u16),
            (0x6C, 0x00) => Meaning::AskFor(256),
            (0x6C, length) => Meaning::AskFor(length as u16),
            (0x62 | 0x63, _) => Meaning::Warning,
            _ => Meaning::Refused,
        }
    }

    /// In words, for a technician.
    #[must_use]
    pub const fn words(self) -> &'static str {
        let [sw1, sw2] = self.0.to_be_bytes();
        match (sw1, sw2) {
            (0x90, 0x00) => "done",
            (0x61, _) => "more data can be fetched",
            (0x62, 0x82) => "the file ended before the length asked for",
            (0x62, 0x83) => "the file or application is deactivated",
            (0x62, _) => "done, with a warning",
            (0x63, 0xC0..=0xCF) => "the card counted a failure",
            (0x63, _) => "done, with a warning: the card's memory changed",
            (0x64 | 0x65, _) => "the card could not carry the command out",
            (0x66, _) => "the card refuses for its security",
            (0x67, _) => "wrong length",
            (0x68, _) => "the card does not know this class of command",
            (0x69, 0x82) => "the card asks for a proof of identity first",
            (0x69, 0x83) => "the card has blocked its secret code",
            (0x69, 0x86) => "no file is selected",
            (0x69, _) => "the command is not allowed now",
            (0x6A, 0x81) => "the card or its reader does not know this function",
            (0x6A, 0x82) => "the file or application is not on this card",
            (0x6A, 0x83) => "the record is not on this card",
            (0x6A | 0x6B, _) => "wrong parameters",
            (0x6C, _) => "wrong length: the card names the right one",
            (0x6D, _) => "the card does not know this instruction",
            (0x6E, _) => "the card does not know this class",
            (0x6F, _) => "the card failed without a diagnosis",
            _ => "the application's own status",
        }
    }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

impl fmt::Debug for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatusWord({self})")
    }
}
