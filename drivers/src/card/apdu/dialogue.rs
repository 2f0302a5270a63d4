//! One command with what the card adds to it: `61 xx` (fetch the rest) and `6C xx` (ask again with this length).

use std::fmt;

use zeroize::Zeroizing;

use super::{Command, MAX_EXPECTED, Meaning, Response, ResponseError};

/// GET RESPONSE (ISO/IEC 7816-4, 7.6.1).
const GET_RESPONSE: u8 = 0xC0;
/// The class of a reader's own commands (PC/SC part 3, 3.2.2): the card never sees them, nor would GET RESPONSE help.
const READER: u8 = 0xFF;

/// A card that answers piece by piece is heard so many times; 256 bytes each are more than the longest answer.
const MOST_TURNS: u16 = 260;

/// A command under way. It does no I/O: it says what to send and is told what came back.
pub struct Dialogue {
    command: Command,
    collected: Zeroizing<Vec<u8>>,
    turns: u16,
    asked_again: bool,
    chained: bool,
}

/// What follows an answer.
#[derive(PartialEq, Eq)]
pub enum Turn {
    /// Send this, and tell what it brings.
    Send(Zeroizing<Vec<u8>>),
    /// The command is over.
    Done(Response),
}

/// Why a dialogue ends without a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DialogueError {
    /// An answer is no response.
    #[error(transparent)]
    Response(#[from] ResponseError),
    /// The card always has more.
    #[error("the card never comes to the end of its answer")]
    Endless,
}

impl Dialogue {
    /// A command, and the bytes to send first.
    #[must_use]
    pub fn start(command: Command) -> (Self, Zeroizing<Vec<u8>>) {
        let bytes = command.encode();
        let collected = Zeroizing::new(Vec::new());
        (Self { command, collected, turns: 0, asked_again: false, chained: false }, bytes)
    }

    /// Takes what came back. Ends after a bounded number of turns, whatever the card says.
    pub fn answer(&mut self, bytes: &[u8]) -> Result<Turn, DialogueError> {
        let response = Response::parse(bytes)?;
        self.turns += 1;
        if self.collected.len() + response.data().len() > MAX_EXPECTED as usize || self.turns > MOST_TURNS {
            return Err(DialogueError::Endless);
        }
        self.collect(response.data());
        match response.status().meaning() {
            Meaning::More(length) if self.command.class() != READER => {
                self.chained = true;
                Ok(Turn::Send(self.get_response(length).encode()))
            }
            // Within a chain the length is that of GET RESPONSE.
            Meaning::AskFor(length) if !self.asked_again && self.command.class() != READER => {
                self.asked_again = true;
                let again = if self.chained { self.get_response(length) } else { self.command.clone() };
                Ok(Turn::Send(Command { expected: u32::from(length).try_into().ok(), ..again }.encode()))
            }
            Meaning::Done | Meaning::More(_) | Meaning::AskFor(_) | Meaning::Warning | Meaning::Refused => {
                let data = std::mem::take(&mut self.collected);
                Ok(Turn::Done(Response { data, status: response.status() }))
            }
        }
    }

    /// Appends without leaving a copy behind in memory that was given back.
    fn collect(&mut self, data: &[u8]) {
        let needed = self.collected.len() + data.len();
        if needed > self.collected.capacity() {
            let mut wider = Zeroizing::new(Vec::with_capacity(needed.next_power_of_two()));
            wider.extend_from_slice(&self.collected);
            self.collected = wider;
        }
        self.collected.extend_from_slice(data);
    }

    /// On the command's logical channel (ISO/IEC 7816-4, 5.4.1).
    fn get_response(&self, length: u16) -> Command {
        let class = match self.command.class() {
            further @ 0x40..=0x7F => 0x40 | (further & 0x0F),
            first => first & 0x83,
        };
        Command { expected: u32::from(length).try_into().ok(), ..Command::new(class, GET_RESPONSE, 0, 0) }
    }
}

impl fmt::Debug for Dialogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dialogue({:?}, turn {})", self.command, self.turns)
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(bytes) => write!(f, "Send({} bytes)", bytes.len()),
            Self::Done(response) => write!(f, "Done({response:?})"),
        }
    }
}
