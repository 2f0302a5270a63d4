//! A living link: its writer, and the thread that reads from it.

use std::io;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use super::core::{Message, Written};
use super::threads::Envelope;
use crate::printer::protocol::{Demultiplexer, PortStatus};
use crate::printer::transport::{Link, LinkReader, LinkWriter, WriteError};

/// Counts links, so that what an old one still says is not taken for the new one's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Generation(u64);

impl Generation {
    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

pub(super) struct LiveLink {
    writer: Box<dyn LinkWriter>,
}

impl LiveLink {
    /// Starts the reader's thread; it ends when the link does.
    pub(super) fn start(link: Link, generation: Generation, messages: Sender<Envelope>) -> io::Result<Self> {
        let Link { writer, reader } = link;
        thread::Builder::new()
            .name("printer-reader".to_owned())
            .spawn(move || listen(reader, generation, &messages))?;
        Ok(Self { writer })
    }

    pub(super) fn write(&mut self, bytes: &[u8], within: Duration) -> Written {
        match self.writer.write(bytes, within) {
            // Nothing says whether a printer that ends the link in the middle of a write took any of it.
            Ok(0) => Written::LostAmid("the printer closed the link".to_owned()),
            Ok(taken) => Written::Taken(taken),
            Err(error) => failed(error),
        }
    }

    pub(super) fn flush(&mut self, within: Duration) -> Written {
        self.writer.flush(within).map_or_else(failed, |()| Written::Taken(0))
    }

    pub(super) fn port(&mut self) -> Result<Option<PortStatus>, String> {
        self.writer.port_status().map_err(|error| error.to_string())
    }
}

fn failed(error: WriteError) -> Written {
    match error {
        WriteError::TimedOut => Written::Nothing,
        WriteError::Lost(error) => Written::Lost(error.to_string()),
        WriteError::LostAmid(error) => Written::LostAmid(error.to_string()),
    }
}

impl Drop for LiveLink {
    fn drop(&mut self) {
        self.writer.close();
    }
}

fn listen(mut reader: Box<dyn LinkReader>, generation: Generation, messages: &Sender<Envelope>) {
    let mut demultiplexer = Demultiplexer::default();
    let mut buffer = [0; 256];
    let why = loop {
        match reader.read(&mut buffer) {
            Ok(0) => break "the printer closed the link".to_owned(),
            Ok(read) => demultiplexer.feed(&buffer[..read], |reply| {
                // The worker's end is noticed at the next read, which its closing of the link ends.
                let _unless_ended = messages.send(Envelope::from_link(generation, Message::Reply(reply)));
            }),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break error.to_string(),
        }
    };
    let _unless_ended = messages.send(Envelope::from_link(generation, Message::Lost(why)));
}
