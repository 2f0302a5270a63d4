//! The card.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::frame::{Frame, frame, take_frame};

/// What a MIFARE Classic card of 1 kB shows as its answer to reset (PC/SC part 3, 3.1.3.2.3.2).
const ANSWER_TO_RESET: [u8; 20] = *b"\x3B\x8F\x80\x01\x80\x4F\x0C\xA0\x00\x00\x03\x06\x03\x00\x01\x00\x00\x00\x00\x6A";
/// GET DATA for the number. With a real card its reader answers this; vpcd passes it on.
const GET_UID: [u8; 5] = [0xFF, 0xCA, 0x00, 0x00, 0x00];

/// How a card answers a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// As a good card does: its number where that is asked for, `6A 82` to a selection, `6D 00` to anything else.
    Well,
    /// With these bytes.
    Bytes(Vec<u8>),
    /// As a good card, this much later.
    After(Duration),
    /// Not at all, until it is taken away.
    Never,
    /// It is taken away instead.
    Leave,
    /// With the first bytes of a message that promises more; then it is taken away.
    Torn,
}

/// What happens at the card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VirtualCardEvent {
    /// The reader gave it power: it has seen the card.
    Powered {
        /// When.
        at: Instant,
    },
    /// It was sent a command.
    Asked {
        /// The bytes.
        command: Vec<u8>,
        /// When.
        at: Instant,
    },
    /// It is off the reader.
    Gone,
}

/// A card on a virtual reader; dropped, it is taken away.
#[derive(Debug)]
pub struct VirtualCard {
    stream: TcpStream,
    events: Receiver<VirtualCardEvent>,
    /// Dropped, it ends a card that is slow to answer.
    _present: Sender<()>,
}

impl VirtualCard {
    /// Puts a card with this number on the reader that listens on this port of 127.0.0.1. Command after command is
    /// answered by the script, and those after it well.
    pub fn put(port: u16, uid: &[u8], script: impl IntoIterator<Item = Answer>) -> io::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        let (told, events) = mpsc::channel();
        let (present, gone) = mpsc::channel();
        let mut chip =
            Chip { stream: stream.try_clone()?, uid: uid.to_vec(), script: script.into_iter().collect(), told, gone };
        thread::Builder::new().name("virtual-card".to_owned()).spawn(move || {
            if let Err(error) = chip.serve() {
                tracing::debug!(%error, "the virtual card left its reader");
            }
            // The reader may have closed before.
            let _unless_closed = chip.stream.shutdown(Shutdown::Both);
            chip.tell(VirtualCardEvent::Gone);
        })?;
        Ok(Self { stream, events, _present: present })
    }

    /// What happens at the card, in order.
    pub fn events(&self) -> &Receiver<VirtualCardEvent> {
        &self.events
    }
}

impl Drop for VirtualCard {
    fn drop(&mut self) {
        // The reader may have closed before.
        let _unless_closed = self.stream.shutdown(Shutdown::Both);
    }
}

struct Chip {
    stream: TcpStream,
    uid: Vec<u8>,
    script: VecDeque<Answer>,
    told: Sender<VirtualCardEvent>,
    gone: Receiver<()>,
}

impl Chip {
    fn serve(&mut self) -> io::Result<()> {
        let mut stream = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            while let Some(message) = take_frame(&mut stream) {
                match message.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))? {
                    Frame::Off | Frame::Reset => {}
                    Frame::On => self.tell(VirtualCardEvent::Powered { at: Instant::now() }),
                    Frame::AnswerToReset => self.stream.write_all(&frame(&ANSWER_TO_RESET))?,
                    Frame::Command(command) => {
                        self.tell(VirtualCardEvent::Asked { command: command.clone(), at: Instant::now() });
                        if !self.answer(&command)? {
                            return Ok(());
                        }
                    }
                }
            }
            // vpcd waits for the last message's acknowledgement before it sends the next (Nagle), and the system delays
            // acknowledgements by 40 ms, which no reader would.
            rustix::net::sockopt::set_tcp_quickack(&self.stream, true)?;
            let read = self.stream.read(&mut buffer)?;
            if read == 0 {
                return Ok(());
            }
            stream.extend_from_slice(&buffer[..read]);
        }
    }

    /// Answers one command; `false` where the card leaves.
    fn answer(&mut self, command: &[u8]) -> io::Result<bool> {
        match self.script.pop_front().unwrap_or(Answer::Well) {
            Answer::Well => self.stream.write_all(&frame(&self.good_answer(command)))?,
            Answer::Bytes(bytes) => self.stream.write_all(&frame(&bytes))?,
            Answer::After(time) => {
                if self.gone.recv_timeout(time) == Err(RecvTimeoutError::Disconnected) {
                    return Ok(false);
                }
                self.stream.write_all(&frame(&self.good_answer(command)))?;
            }
            Answer::Never => {
                // Nothing is ever sent: it ends when the other end is dropped.
                let _taken_away = self.gone.recv();
                return Ok(false);
            }
            Answer::Leave => return Ok(false),
            Answer::Torn => {
                self.stream.write_all(&[0xFF, 0xFF, 0x90])?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn good_answer(&self, command: &[u8]) -> Vec<u8> {
        if command == GET_UID {
            return [self.uid.as_slice(), &[0x90, 0x00]].concat();
        }
        let selects = command.get(1) == Some(&0xA4);
        if selects { vec![0x6A, 0x82] } else { vec![0x6D, 0x00] }
    }

    /// Nobody needs to listen.
    fn tell(&self, event: VirtualCardEvent) {
        let _unless_dropped = self.told.send(event);
    }
}
