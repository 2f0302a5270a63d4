//! `virtual:FOLDER`: the virtual printer at the other end of a call instead of a cable.

use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::machine::Machine;
use super::{VirtualError, VirtualOptions};
use crate::printer::transport::{Link, LinkReader, LinkWriter, Transport, WriteError};

/// Reaches a virtual printer in this process.
#[derive(Debug)]
pub struct VirtualTransport {
    machine: Arc<Mutex<Machine>>,
}

impl VirtualTransport {
    /// Switches a virtual printer on.
    pub fn new(options: &VirtualOptions) -> Result<Self, VirtualError> {
        Ok(Self { machine: Arc::new(Mutex::new(Machine::new(options)?)) })
    }
}

impl Transport for VirtualTransport {
    fn connect(&mut self, _timeout: Duration) -> io::Result<Link> {
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = machine.failure() {
            return Err(io::Error::other(reason.to_owned()));
        }
        machine.link_made();
        let (replies, heard) = mpsc::channel();
        Ok(Link {
            writer: Box::new(Writer { machine: Arc::clone(&self.machine), replies: Some(replies) }),
            reader: Box::new(Reader { replies: heard, rest: Vec::new() }),
        })
    }
}

struct Writer {
    machine: Arc<Mutex<Machine>>,
    replies: Option<Sender<Vec<u8>>>,
}

impl LinkWriter for Writer {
    fn write(&mut self, bytes: &[u8], _timeout: Duration) -> Result<usize, WriteError> {
        let Some(replies) = &self.replies else {
            return Ok(0);
        };
        let mut machine = self.machine.lock().unwrap_or_else(PoisonError::into_inner);
        let response = machine.feed(bytes);
        if !response.replies.is_empty() && replies.send(response.replies).is_err() {
            return Ok(0);
        }
        match machine.failure() {
            Some(reason) => Err(WriteError::LostAmid(io::Error::other(reason.to_owned()))),
            None => Ok(bytes.len()),
        }
    }

    fn close(&mut self) {
        self.replies = None;
    }
}

struct Reader {
    replies: Receiver<Vec<u8>>,
    rest: Vec<u8>,
}

impl LinkReader for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            match self.replies.recv() {
                Ok(replies) => self.rest = replies,
                Err(mpsc::RecvError) => return Ok(0),
            }
        }
        let taken = self.rest.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&self.rest[..taken]);
        self.rest.drain(..taken);
        Ok(taken)
    }
}
