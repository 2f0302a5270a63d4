//! A printer on the USB bus.
//!
//! One claimed port serves a reader's and a writer's thread without a lock. Which bytes a printer took is known as
//! exactly as libusb knows it: a transfer whose time is up tells how many bytes had gone, also in its middle, and the
//! next one goes on there; one that fails otherwise does not tell, and the delivery is told so. A transfer is one
//! request of the kernel's, so that the count is the host controller's own.

pub(crate) mod bus;
pub(crate) mod descriptors;
pub(crate) mod sysfs;

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::{Arrived, Capabilities, Link, LinkReader, LinkWriter, Transport, WriteError};
use crate::printer::profile::Profile;
use crate::printer::protocol::{PortStatus, parse_port_status};
use crate::printer::selector::UsbSelector;
use bus::{Bus, Libusb, Pipes, io_error};

/// The most bytes of one transfer: libusb splits longer ones, and then counts less well.
const LARGEST_WRITE: usize = 16 * 1024;
/// Whole packets of every speed that printers have (512 bytes at high speed).
const READ_BUFFER: usize = 1024;
/// How long a read waits at once: what it costs at rest, and how long a closed link lasts.
const READ_SLICE: Duration = Duration::from_millis(500);
/// A pipe that halts again and again will not come back.
const MOST_HALTS: usize = 3;
/// Some printers answer a read with an empty packet instead of none.
const AFTER_EMPTY_PACKET: Duration = Duration::from_millis(50);
/// A printer without answers is looked at this often, to learn that it is gone.
const MUTE_LOOK: Duration = Duration::from_secs(2);
/// What a printer still had to say to an earlier program is read away: so much of it, and so long.
const DRAIN_SLICE: Duration = Duration::from_millis(20);
const MOST_DRAINED: usize = 64;
/// While a printer is absent the bus is looked at this often.
const RESCAN: Duration = Duration::from_secs(2);

/// Reaches a printer by the USB bus; the kernel's own driver gets it back when the link ends.
pub struct UsbTransport {
    which: UsbSelector,
    bus: Box<dyn Bus>,
    /// The last link: its port can be had again once its reader has let go.
    last: Weak<Session>,
}

impl std::fmt::Debug for UsbTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UsbTransport").field("which", &self.which).finish_non_exhaustive()
    }
}

impl UsbTransport {
    /// The printer of that selector; the bus is not looked at before the first connection.
    pub fn new(which: UsbSelector) -> Self {
        Self::on(Box::new(Libusb::default()), which)
    }

    fn on(bus: Box<dyn Bus>, which: UsbSelector) -> Self {
        Self { which, bus, last: Weak::new() }
    }
}

impl Transport for UsbTransport {
    fn connect(&mut self, timeout: Duration) -> io::Result<Link> {
        let deadline = Instant::now() + timeout;
        if let Some(last) = self.last.upgrade() {
            last.wait_for_reader(deadline)?;
        }
        let devices = self.bus.devices().map_err(io_error)?;
        let known = |id| Profile::for_usb(id).is_some();
        let Some((device, port)) = descriptors::choose(&self.which, &devices, known) else {
            return Err(io::Error::new(io::ErrorKind::NotFound, "no such printer is plugged in"));
        };
        let pipes = self.bus.open(device, port).map_err(|error| refused(error, device.bus, device.address))?;
        if port.input.is_some() {
            drain(&*pipes)?;
        }
        let session = Arc::new(Session::default());
        self.last = Arc::downgrade(&session);
        let writer =
            Writer { pipes: Arc::clone(&pipes), session: Arc::clone(&session), tells_port_status: port.printer_class };
        let end = ReaderEnd(session);
        let reader: Box<dyn LinkReader> = match port.input {
            Some(_) => Box::new(Reader { pipes, end, held: Vec::new() }),
            None => Box::new(Watcher { pipes, end }),
        };
        Ok(Link { writer: Box::new(writer), reader })
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { bytes_per_s: None, rescan: Some(RESCAN) }
    }

    fn watch(&mut self, arrived: Arrived) {
        self.bus.watch(arrived);
    }
}

/// Why a printer that is there cannot be had, with what to do.
fn refused(error: rusb::Error, bus: u8, address: u8) -> io::Error {
    let node = sysfs::node(bus, address);
    let remedy = if error == rusb::Error::Access {
        "this program may not open it; `borne doctor` shows the udev rule that is missing"
    } else if error == rusb::Error::Busy {
        "another program holds it; stop that program"
    } else {
        return io_error(error);
    };
    io::Error::new(io_error(error).kind(), format!("{}: {remedy}", node.display()))
}

/// Reads away what was said before this link.
fn drain(pipes: &dyn Pipes) -> io::Result<()> {
    let mut buffer = [0; READ_BUFFER];
    for _ in 0..MOST_DRAINED {
        match pipes.read(&mut buffer, DRAIN_SLICE) {
            Ok(0) | Err(rusb::Error::Timeout) => break,
            // A halted pipe goes on after it was told to.
            Ok(_) | Err(rusb::Error::Pipe | rusb::Error::Interrupted) => {}
            Err(error) => return Err(io_error(error)),
        }
    }
    Ok(())
}

/// What both halves of a link share.
#[derive(Default)]
struct Session {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The writer ended the link.
    closed: bool,
    /// The reader will read no more.
    reader_gone: bool,
}

impl Session {
    fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }

    /// Waits so long, or until the link is closed; tells whether it is.
    fn closed_within(&self, time: Duration) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(state, time, |state| !state.closed);
        waited.map_or_else(|poisoned| poisoned.into_inner().0.closed, |(state, _)| state.closed)
    }

    fn wait_for_reader(&self, deadline: Instant) -> io::Result<()> {
        let left = deadline.saturating_duration_since(Instant::now());
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(state, left, |state| !state.reader_gone);
        let gone = waited.map_or_else(|poisoned| poisoned.into_inner().0.reader_gone, |(state, _)| state.reader_gone);
        if gone { Ok(()) } else { Err(io::Error::new(io::ErrorKind::ResourceBusy, "the old link has not ended yet")) }
    }
}

struct Writer {
    pipes: Arc<dyn Pipes>,
    session: Arc<Session>,
    tells_port_status: bool,
}

impl LinkWriter for Writer {
    fn write(&mut self, bytes: &[u8], timeout: Duration) -> Result<usize, WriteError> {
        let piece = &bytes[..bytes.len().min(LARGEST_WRITE)];
        // Zero means "for ever" to libusb.
        match self.pipes.write(piece, timeout.max(Duration::from_millis(1))) {
            Ok(0) | Err(rusb::Error::Timeout | rusb::Error::Interrupted) => Err(WriteError::TimedOut),
            Ok(taken) => Ok(taken),
            // Refused before anything was handed to the bus.
            Err(error @ (rusb::Error::NoMem | rusb::Error::InvalidParam | rusb::Error::Busy)) => {
                Err(WriteError::Lost(io_error(error)))
            }
            Err(error) => Err(WriteError::LostAmid(io_error(error))),
        }
    }

    fn port_status(&mut self) -> io::Result<Option<PortStatus>> {
        if !self.tells_port_status {
            return Ok(None);
        }
        match self.pipes.port_status() {
            Ok(byte) => Ok(Some(parse_port_status(byte))),
            Err(error @ rusb::Error::NoDevice) => Err(io_error(error)),
            Err(rusb::Error::Timeout | rusb::Error::Interrupted) => Ok(None),
            Err(error) => {
                // Asked once and never again: some printers stumble over requests they do not know.
                tracing::debug!(%error, "the printer's port tells no status");
                self.tells_port_status = false;
                Ok(None)
            }
        }
    }

    fn close(&mut self) {
        self.session.set(|state| state.closed = true);
    }
}

/// The reader's part in the session: told when the reader is gone, after it has let go of the port.
struct ReaderEnd(Arc<Session>);

impl Drop for ReaderEnd {
    fn drop(&mut self) {
        self.0.set(|state| state.reader_gone = true);
    }
}

struct Reader {
    // Dropped before `end`: whoever waits for the end finds the port free.
    pipes: Arc<dyn Pipes>,
    end: ReaderEnd,
    /// Read from the bus and not yet handed on.
    held: Vec<u8>,
}

impl LinkReader for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut halts = 0;
        while self.held.is_empty() {
            if self.end.0.closed_within(Duration::ZERO) {
                return Ok(0);
            }
            let mut packets = [0; READ_BUFFER];
            match self.pipes.read(&mut packets, READ_SLICE) {
                Ok(0) => {
                    let _closed = self.end.0.closed_within(AFTER_EMPTY_PACKET);
                }
                Ok(read) => self.held.extend_from_slice(&packets[..read]),
                Err(rusb::Error::Timeout | rusb::Error::Interrupted) => {}
                Err(rusb::Error::Pipe) if halts < MOST_HALTS => halts += 1,
                Err(error) => return Err(io_error(error)),
            }
        }
        let taken = self.held.len().min(buffer.len());
        buffer[..taken].copy_from_slice(&self.held[..taken]);
        self.held.drain(..taken);
        Ok(taken)
    }
}

/// The reader of a printer that never answers: it only notices that the printer is gone.
struct Watcher {
    pipes: Arc<dyn Pipes>,
    end: ReaderEnd,
}

impl LinkReader for Watcher {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        while !self.end.0.closed_within(MUTE_LOOK) {
            if let Err(error @ rusb::Error::NoDevice) = self.pipes.port_status() {
                return Err(io_error(error));
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests;
