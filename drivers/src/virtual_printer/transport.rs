//! `virtual:FOLDER`: the virtual printer at the other end of a call instead of a cable.

use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::device::Device;
use super::shared::{LinkNumber, PlugNumber, Port, Shared};
use super::{VirtualError, VirtualOptions};
use crate::printer::transport::{Link, LinkReader, LinkWriter, Transport, WriteError};

/// Reaches a virtual printer in this process.
#[derive(Debug, Clone)]
pub struct VirtualTransport {
    shared: Arc<Shared>,
    socket: Arc<Mutex<Socket>>,
}

/// Where a call meets the printer.
#[derive(Debug, Default)]
struct Socket {
    plug: Option<PlugNumber>,
    answers: Option<Sender<Vec<u8>>>,
}

struct CallPort(Arc<Mutex<Socket>>);

impl Port for CallPort {
    fn plug_in(&mut self, plug: PlugNumber) {
        lock(&self.0).plug = Some(plug);
    }

    fn unplug(&mut self) {
        *lock(&self.0) = Socket::default();
    }

    fn end_link(&mut self) -> bool {
        lock(&self.0).answers = None;
        true
    }

    fn answer(&mut self, bytes: &[u8]) {
        if let Some(answers) = &lock(&self.0).answers {
            let _unless_dropped = answers.send(bytes.to_vec());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl VirtualTransport {
    /// Switches a virtual printer on, in which nothing goes wrong.
    pub fn new(options: &VirtualOptions) -> Result<Self, VirtualError> {
        // Nobody listens to what happens at it.
        let (told, _) = mpsc::channel();
        Ok(Self::of(Shared::new(Device::new(options, [])?, told)))
    }

    pub(super) fn of(shared: Arc<Shared>) -> Self {
        let socket = Arc::default();
        shared.start(Box::new(CallPort(Arc::clone(&socket))));
        Self { shared, socket }
    }
}

impl Transport for VirtualTransport {
    fn connect(&mut self, timeout: Duration) -> io::Result<Link> {
        if let Some(reason) = self.shared.look(|device| device.failure().map(str::to_owned)) {
            return Err(io::Error::other(reason));
        }
        let unplugged = || io::Error::new(io::ErrorKind::ConnectionRefused, "the virtual printer is unplugged");
        let plug = lock(&self.socket).plug.ok_or_else(unplugged)?;
        if !self.shared.wait_for_release(plug, Some(Instant::now() + timeout)) {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "another computer has the virtual printer"));
        }
        let (answers, heard) = mpsc::channel();
        lock(&self.socket).answers = Some(answers);
        let link = self.shared.link_made(plug).ok_or_else(unplugged)?;
        Ok(Link {
            writer: Box::new(Writer { transport: self.clone(), link: Some(link) }),
            reader: Box::new(Reader { answers: heard, rest: Vec::new() }),
        })
    }
}

struct Writer {
    transport: VirtualTransport,
    /// `None` once it was closed.
    link: Option<LinkNumber>,
}

impl LinkWriter for Writer {
    fn write(&mut self, bytes: &[u8], timeout: Duration) -> Result<usize, WriteError> {
        let Some(link) = self.link else {
            return Ok(0);
        };
        let shared = &self.transport.shared;
        let until = Instant::now() + timeout;
        let taken = match shared.wait_for_room(link, Some(until)) {
            Some(room) => room.min(bytes.len()),
            None if Instant::now() >= until => return Err(WriteError::TimedOut),
            None => return Ok(0),
        };
        let arrived = shared.receive(link, &bytes[..taken]);
        match shared.look(|device| device.failure().map(str::to_owned)) {
            Some(reason) => Err(WriteError::LostAmid(io::Error::other(reason))),
            None if arrived => Ok(taken),
            None => Ok(0),
        }
    }

    fn close(&mut self) {
        if let Some(link) = self.link.take() {
            lock(&self.transport.socket).answers = None;
            self.transport.shared.link_ended(link);
        }
    }
}

struct Reader {
    answers: Receiver<Vec<u8>>,
    rest: Vec<u8>,
}

impl LinkReader for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            match self.answers.recv() {
                Ok(answers) => self.rest = answers,
                Err(mpsc::RecvError) => return Ok(0),
            }
        }
        let taken = self.rest.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&self.rest[..taken]);
        self.rest.drain(..taken);
        Ok(taken)
    }
}
