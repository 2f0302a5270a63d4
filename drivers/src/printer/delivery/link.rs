//! A living link: its writer, and the thread that reads from it.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use super::worker::Message;
use crate::printer::protocol::{Demultiplexer, Question};
use crate::printer::transport::{Link, LinkReader, LinkWriter, WriteError};

/// Counts links, so that what an old one still says is not taken for the new one's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Generation(u64);

impl Generation {
    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// What one write came to.
#[derive(Debug)]
pub(super) enum Written {
    /// So many bytes were taken.
    Taken(usize),
    /// None were, and the link lives.
    Nothing,
    /// The link is lost, and none of these bytes were taken.
    Lost(String),
    /// The link is lost, and nobody knows whether they were.
    LostAmid(String),
}

pub(super) struct LiveLink {
    writer: Box<dyn LinkWriter>,
    pub(super) generation: Generation,
    pub(super) since: Instant,
    /// When the printer last said anything.
    pub(super) heard: Instant,
    /// When it was asked whether it is still there.
    pub(super) asked: Option<Instant>,
    /// What it has been asked and not answered, in order.
    pub(super) questions: VecDeque<Question>,
}

impl LiveLink {
    /// Starts the reader's thread; it ends when the link does.
    pub(super) fn start(link: Link, generation: Generation, messages: Sender<Message>) -> io::Result<Self> {
        let Link { writer, reader } = link;
        thread::Builder::new()
            .name("printer-reader".to_owned())
            .spawn(move || listen(reader, generation, &messages))?;
        let now = Instant::now();
        Ok(Self { writer, generation, since: now, heard: now, asked: None, questions: VecDeque::new() })
    }

    pub(super) fn write(&mut self, bytes: &[u8], within: Duration) -> Written {
        match self.writer.write(bytes, within) {
            Ok(0) => Written::Lost("the printer closed the link".to_owned()),
            Ok(taken) => Written::Taken(taken),
            Err(WriteError::TimedOut) => Written::Nothing,
            Err(WriteError::Lost(error)) => Written::Lost(error.to_string()),
            Err(WriteError::LostAmid(error)) => Written::LostAmid(error.to_string()),
        }
    }

    /// Writes all of it or says why not.
    pub(super) fn write_all(&mut self, mut bytes: &[u8], by: Instant) -> Result<(), String> {
        while !bytes.is_empty() {
            let left = by.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err("the printer takes no data".to_owned());
            }
            match self.write(bytes, left) {
                Written::Taken(taken) => bytes = &bytes[taken..],
                Written::Nothing => {}
                Written::Lost(why) | Written::LostAmid(why) => return Err(why),
            }
        }
        Ok(())
    }
}

impl Drop for LiveLink {
    fn drop(&mut self) {
        self.writer.close();
    }
}

fn listen(mut reader: Box<dyn LinkReader>, generation: Generation, messages: &Sender<Message>) {
    let mut demultiplexer = Demultiplexer::default();
    let mut buffer = [0; 256];
    let why = loop {
        match reader.read(&mut buffer) {
            Ok(0) => break "the printer closed the link".to_owned(),
            Ok(read) => demultiplexer.feed(&buffer[..read], |reply| {
                // The worker's end is noticed at the next read, which its closing of the link ends.
                let _unless_ended = messages.send(Message::Reply { generation, reply });
            }),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break error.to_string(),
        }
    };
    let _unless_ended = messages.send(Message::Lost { generation, why });
}
