//! A printer on a serial line.
//!
//! The `serialport` crate sets the line up and keeps other programs away; the bytes go through a descriptor of ours that
//! never blocks, for a write to a terminal blocks until its last byte is taken.

use std::fs::{File, OpenOptions};
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use serialport::{ClearBuffer, SerialPort, TTYPort};

use super::{Capabilities, Link, LinkReader, LinkWriter, Transport, WriteError};
use crate::printer::protocol::PortStatus;
use crate::printer::selector::FlowControl;

/// A byte is ten bits on the line: one to start, eight, one to stop.
const BITS_PER_BYTE: u32 = 10;
/// While the device file is absent it is looked for this often.
const RESCAN: Duration = Duration::from_secs(2);
/// How often the kernel is asked whether it has sent what it took; it does not tell by itself.
const FLUSH_LOOK: Duration = Duration::from_millis(10);

/// Reaches a printer by a serial line, or by an adapter that comes and goes.
#[derive(Debug)]
pub struct SerialTransport {
    path: PathBuf,
    baud: u32,
    flow: FlowControl,
}

impl SerialTransport {
    /// The printer on that device file; 8 bits, no parity, 1 stop bit.
    pub fn new(path: PathBuf, baud: u32, flow: FlowControl) -> Self {
        Self { path, baud, flow }
    }

    fn set_up(&self) -> Result<TTYPort, serialport::Error> {
        let flow = match self.flow {
            FlowControl::RtsCts => serialport::FlowControl::Hardware,
            FlowControl::XonXoff => serialport::FlowControl::Software,
            FlowControl::None => serialport::FlowControl::None,
        };
        let port = serialport::new(self.path.to_string_lossy(), self.baud)
            .flow_control(flow)
            .dtr_on_open(true)
            .open_native()?;
        port.clear(ClearBuffer::All)?;
        Ok(port)
    }
}

impl Transport for SerialTransport {
    fn connect(&mut self, _timeout: Duration) -> io::Result<Link> {
        // Ours first: the port is exclusive from then on.
        let line = open(&self.path)?;
        let port = self.set_up().map_err(|error| refused(&self.path, error))?;
        let (waker, wake) = io::pipe()?;
        let reader = Reader { line: line.try_clone()?, wake: waker };
        let writer = Writer { line, port, wake: Some(wake), tells_lines: self.flow == FlowControl::RtsCts };
        Ok(Link { writer: Box::new(writer), reader: Box::new(reader) })
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { bytes_per_s: Some((self.baud / BITS_PER_BYTE).max(1)), rescan: Some(RESCAN) }
    }
}

/// Opens the device file without waiting for a carrier, and without making it the program's terminal.
fn open(path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).map_err(io::Error::other)?;
    OpenOptions::new().read(true).write(true).custom_flags(flags).open(path).map_err(|error| {
        let kind = error.kind();
        let remedy = if kind == io::ErrorKind::NotFound {
            "no such port: is the adapter plugged in?"
        } else if kind == io::ErrorKind::PermissionDenied {
            "this program may not open it; add its user to the group of that file"
        } else if kind == io::ErrorKind::ResourceBusy {
            "another program holds it; stop that program"
        } else {
            return error;
        };
        io::Error::new(kind, format!("{}: {remedy}", path.display()))
    })
}

fn refused(path: &Path, error: serialport::Error) -> io::Error {
    let kind = match error.kind {
        serialport::ErrorKind::NoDevice => io::ErrorKind::ResourceBusy,
        serialport::ErrorKind::InvalidInput => io::ErrorKind::InvalidInput,
        serialport::ErrorKind::Io(kind) => kind,
        serialport::ErrorKind::Unknown => io::ErrorKind::Other,
    };
    io::Error::new(kind, format!("{}: {error}", path.display()))
}

struct Writer {
    line: File,
    port: TTYPort,
    /// Dropped, it wakes the reader.
    wake: Option<PipeWriter>,
    tells_lines: bool,
}

impl LinkWriter for Writer {
    fn write(&mut self, bytes: &[u8], timeout: Duration) -> Result<usize, WriteError> {
        let mut ready = [PollFd::new(&self.line, PollFlags::OUT)];
        wait(&mut ready, Some(timeout))?;
        if !ready[0].revents().contains(PollFlags::OUT) {
            return Err(lost_or_late(ready[0].revents()));
        }
        Ok(self.line.write(bytes)?)
    }

    fn flush(&mut self, timeout: Duration) -> Result<(), WriteError> {
        let deadline = Instant::now() + timeout;
        loop {
            match self.port.bytes_to_write() {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) => return Err(WriteError::LostAmid(io::Error::other(error))),
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(WriteError::TimedOut);
            }
            thread::sleep(left.min(FLUSH_LOOK));
        }
    }

    fn port_status(&mut self) -> io::Result<Option<PortStatus>> {
        if !self.tells_lines {
            return Ok(None);
        }
        match self.port.read_clear_to_send() {
            Ok(clear) => Ok(Some(PortStatus { paper_out: false, selected: clear, error: false })),
            Err(error) => {
                // A pseudo-terminal, or an adapter without these lines.
                tracing::debug!(%error, "the serial port has no lines to look at");
                self.tells_lines = false;
                Ok(None)
            }
        }
    }

    fn close(&mut self) {
        // Closing would wait for a printer that takes nothing.
        if let Err(error) = self.port.clear(ClearBuffer::Output) {
            tracing::debug!(%error, "the serial port had gone already");
        }
        self.wake = None;
    }
}

struct Reader {
    line: File,
    wake: PipeReader,
}

impl LinkReader for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut ready =
                [PollFd::new(&self.line, PollFlags::IN), PollFd::from_borrowed_fd(self.wake.as_fd(), PollFlags::IN)];
            wait(&mut ready, None)?;
            if !ready[1].revents().is_empty() {
                return Ok(0);
            }
            match self.line.read(buffer) {
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                outcome => return outcome,
            }
        }
    }
}

/// Waits for one of them; an interruption counts as having waited.
fn wait(ready: &mut [PollFd<'_>], timeout: Option<Duration>) -> io::Result<()> {
    let time = timeout.map(|timeout| Timespec {
        tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: timeout.subsec_nanos().into(),
    });
    match poll(ready, time.as_ref()) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// What it means that a line cannot be written to.
fn lost_or_late(events: PollFlags) -> WriteError {
    if events.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
        WriteError::Lost(io::Error::new(io::ErrorKind::BrokenPipe, "the serial port is gone"))
    } else {
        WriteError::TimedOut
    }
}
