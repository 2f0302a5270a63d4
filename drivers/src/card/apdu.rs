//! Commands and responses of ISO/IEC 7816-4: pure, and indifferent to what a card says.

mod dialogue;
mod status;

use std::fmt;
use std::num::NonZeroU32;

pub use dialogue::{Dialogue, DialogueError, Turn};
pub use status::{Meaning, StatusWord};
use zeroize::Zeroizing;

/// The longest command data, and the longest response data, in bytes (ISO/IEC 7816-4, 5.2, extended length fields).
pub const MAX_DATA: usize = 65_535;
/// The most response data that a command can ask for, in bytes: an extended length field of zeros.
pub const MAX_EXPECTED: u32 = 65_536;

/// The longest data in a short command, in bytes.
const SHORT_DATA: usize = 255;
/// The most response data that a short command can ask for, in bytes.
const SHORT_EXPECTED: u32 = 256;

/// A command to a card: four bytes of header, data, and how much answer is welcome.
///
/// Its bytes can hold what a person wrote; `Debug` shows the header and lengths only.
#[derive(Clone, PartialEq, Eq)]
pub struct Command {
    header: [u8; 4],
    data: Vec<u8>,
    expected: Option<NonZeroU32>,
}

/// A command that cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// Too much data.
    #[error("a command carries at most {MAX_DATA} bytes of data, not {0}")]
    TooLong(usize),
    /// More answer than a length field can say.
    #[error("a command asks for at most {MAX_EXPECTED} bytes, not {0}")]
    ExpectsTooMuch(u32),
}

impl Command {
    /// Class, instruction and two parameters; no data, no answer but a status word.
    #[must_use]
    pub const fn new(class: u8, instruction: u8, p1: u8, p2: u8) -> Self {
        Self { header: [class, instruction, p1, p2], data: Vec::new(), expected: None }
    }

    /// GET DATA of the reader for the card's number, `FF CA 00 00 00` (PC/SC part 3, 3.2.2.1.3).
    #[must_use]
    pub const fn get_uid() -> Self {
        let expected = NonZeroU32::new(SHORT_EXPECTED);
        Self { header: [0xFF, 0xCA, 0x00, 0x00], data: Vec::new(), expected }
    }

    /// The same with data; none makes a command without a data field.
    pub fn with_data(mut self, data: &[u8]) -> Result<Self, CommandError> {
        if data.len() > MAX_DATA {
            return Err(CommandError::TooLong(data.len()));
        }
        data.clone_into(&mut self.data);
        Ok(self)
    }

    /// The same, asking for an answer of at most so many bytes; zero asks for none.
    pub fn expecting(mut self, most: u32) -> Result<Self, CommandError> {
        if most > MAX_EXPECTED {
            return Err(CommandError::ExpectsTooMuch(most));
        }
        self.expected = NonZeroU32::new(most);
        Ok(self)
    }

    /// The class byte.
    #[must_use]
    pub const fn class(&self) -> u8 {
        self.header[0]
    }

    /// The instruction byte.
    #[must_use]
    pub const fn instruction(&self) -> u8 {
        self.header[1]
    }

    /// The data field.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The bytes that go to the card: short length fields where they suffice, extended ones otherwise (cases 1, 2S, 3S,
    /// 4S, 2E, 3E and 4E of ISO/IEC 7816-3, 12.1).
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let expected = self.expected.map(NonZeroU32::get);
        let short = self.data.len() <= SHORT_DATA && expected.is_none_or(|most| most <= SHORT_EXPECTED);
        // One allocation: a vector that grew would leave copies of the data behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.header.len() + self.data.len() + 6));
        bytes.extend_from_slice(&self.header);
        // The casts keep the low bytes: 256 and 65536 are written as zeros.
        if short {
            if !self.data.is_empty() {
                bytes.push(self.data.len() as u8);
                bytes.extend_from_slice(&self.data);
            }
            bytes.extend(expected.map(|most| most as u8));
        } else {
            bytes.push(0);
            if !self.data.is_empty() {
                bytes.extend_from_slice(&(self.data.len() as u16).to_be_bytes());
                bytes.extend_from_slice(&self.data);
            }
            if let Some(most) = expected {
                bytes.extend_from_slice(&(most as u16).to_be_bytes());
            }
        }
        bytes
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [class, instruction, p1, p2] = self.header;
        let expected = self.expected.map_or(0, NonZeroU32::get);
        write!(f, "Command({class:02X} {instruction:02X} {p1:02X} {p2:02X}, {} bytes, ", self.data.len())?;
        write!(f, "{expected} expected)")
    }
}

/// What a card answered. The data is wiped when dropped, and `Debug` shows its length only.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    data: Zeroizing<Vec<u8>>,
    status: StatusWord,
}

/// Bytes that are no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// No room for a status word.
    #[error("the card answered {0} bytes, and a status word alone has 2")]
    TooShort(usize),
    /// More than a command can ask for.
    #[error("the card answered {0} bytes, more than a command can ask for")]
    TooLong(usize),
    /// The last two bytes are no status word.
    #[error("the card's status word begins with {0:02X}; 61 to 6F and 90 to 9F are defined")]
    NoStatus(u8),
}

impl Response {
    /// Reads a response: data, then two bytes of status. Never panics, whatever the bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, ResponseError> {
        let Some((data, &[first, second])) = bytes.split_last_chunk::<2>() else {
            return Err(ResponseError::TooShort(bytes.len()));
        };
        if data.len() > MAX_EXPECTED as usize {
            return Err(ResponseError::TooLong(bytes.len()));
        }
        let status = StatusWord::new(first, second).ok_or(ResponseError::NoStatus(first))?;
        Ok(Self { data: Zeroizing::new(data.to_vec()), status })
    }

    /// The data, without the status word.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The status word.
    #[must_use]
    pub const fn status(&self) -> StatusWord {
        self.status
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({} bytes, {})", self.data.len(), self.status)
    }
}

#[cfg(test)]
mod tests;
