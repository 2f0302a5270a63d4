//! A scanner on a serial port: bytes as the code contains them, control characters included.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::time::Instant;

use rustix::termios::{
    ControlModes, OptionalActions, QueueSelector, Termios, ioctl_tiocexcl, ioctl_tiocnxcl, tcflush, tcgetattr,
    tcsetattr,
};
use zeroize::{Zeroize, Zeroizing};

use super::super::event::ScannerFault;
use super::super::intake::{ByteIntake, Heard};
use super::super::options::ScannerOptions;
use super::{Link, ended, fault, lock, open_node};

struct SerialLink {
    port: File,
    name: String,
    intake: ByteIntake,
    buffer: Zeroizing<Vec<u8>>,
}

/// Opens the port for 8 data bits, no parity, one stop bit, no flow control, and drops what it held.
pub(super) fn open(path: &Path, baud: u32, options: &ScannerOptions) -> Result<Box<dyn Link>, ScannerFault> {
    let port = open_node(path, true)?;
    lock(&port, path)?;
    let no_port = |_| ScannerFault::Unsuited { node: path.to_owned(), problem: "it is no serial port" };
    let settings = raw(tcgetattr(&port).map_err(no_port)?, baud).map_err(|error| fault(path, error))?;
    ioctl_tiocexcl(&port)
        .and_then(|()| tcsetattr(&port, OptionalActions::Now, &settings))
        .and_then(|()| tcflush(&port, QueueSelector::IFlush))
        .map_err(|error| fault(path, error.into()))?;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let intake = ByteIntake::new(options.framing.clone());
    Ok(Box::new(SerialLink { port, name, intake, buffer: Zeroizing::new(vec![0; 4096]) }))
}

fn raw(mut settings: Termios, baud: u32) -> io::Result<Termios> {
    settings.make_raw();
    settings.control_modes |= ControlModes::CREAD | ControlModes::CLOCAL;
    settings.control_modes -= ControlModes::CRTSCTS | ControlModes::CSTOPB;
    settings.set_speed(baud)?;
    Ok(settings)
}

impl Drop for SerialLink {
    fn drop(&mut self) {
        // A pseudo-terminal keeps it beyond the close, and would be shut for ever.
        if let Err(error) = ioctl_tiocnxcl(&self.port) {
            tracing::debug!(%error, "the port is gone, and its hold with it");
        }
    }
}

impl Link for SerialLink {
    fn name(&self) -> &str {
        &self.name
    }

    fn descriptor(&self) -> BorrowedFd<'_> {
        self.port.as_fd()
    }

    fn receive(&mut self, now: Instant, heard: &mut dyn FnMut(Heard)) -> io::Result<()> {
        let length = match self.port.read(&mut self.buffer) {
            Ok(0) => return Err(ended()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        self.intake.bytes(&self.buffer[..length], now, &mut |what| heard(what));
        self.buffer[..length].zeroize();
        Ok(())
    }

    fn deadline(&self) -> Option<Instant> {
        self.intake.deadline()
    }

    fn pause(&mut self, now: Instant, heard: &mut dyn FnMut(Heard)) {
        self.intake.pause(now, &mut |what| heard(what));
    }
}
