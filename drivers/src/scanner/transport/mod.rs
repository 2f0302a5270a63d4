//! What reads a scanner's node; a new way to connect is one more [`Link`].

mod hidraw;
mod keyboard;
mod serial;

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Instant;

use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;

use super::event::ScannerFault;
use super::intake::Heard;
use super::options::ScannerOptions;
use super::selector::ScannerSelector;
use super::sysfs::Sysfs;

/// A scanner that is open and held by this program alone.
pub(super) trait Link: Send {
    /// What the scanner says it is.
    fn name(&self) -> &str;

    /// What to wait on.
    fn descriptor(&self) -> BorrowedFd<'_>;

    /// Reads once what is there, without waiting; an error ends the link.
    fn receive(&mut self, now: Instant, heard: &mut dyn FnMut(Heard)) -> io::Result<()>;

    /// When silence will mean something; `None` at rest.
    fn deadline(&self) -> Option<Instant>;

    /// Acts on the silence, if it has lasted.
    fn pause(&mut self, now: Instant, heard: &mut dyn FnMut(Heard));
}

/// Looks for the scanner and opens it.
pub(super) fn open(selector: &ScannerSelector, options: &ScannerOptions) -> Result<Box<dyn Link>, ScannerFault> {
    match selector {
        ScannerSelector::Serial { path, baud } => serial::open(path, *baud, options),
        ScannerSelector::HidPos(id) => {
            let nodes = Sysfs::system().hid_nodes();
            let mut nodes = nodes.into_iter().filter(|node| id.selects(&node.id)).peekable();
            nodes.peek().ok_or(ScannerFault::Absent)?;
            hidraw::open(nodes, options)
        }
        ScannerSelector::Keyboard(id) => {
            let keyboards = Sysfs::system().keyboards();
            let found = keyboards.into_iter().find(|keyboard| id.selects(&keyboard.id)).ok_or(ScannerFault::Absent)?;
            keyboard::open(found, options)
        }
    }
}

/// Opens a node without waiting for it and without making it the terminal of this program.
pub(super) fn open_node(path: &Path, write: bool) -> Result<File, ScannerFault> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    // The bits of open(2) are those of the C library, which counts them in signed numbers.
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    OpenOptions::new().read(true).write(write).custom_flags(flags).open(path).map_err(|error| fault(path, error))
}

/// Locks a node against programs that ask, as this one does, and `serialport` and `pyserial`.
pub(super) fn lock(file: &File, path: &Path) -> Result<(), ScannerFault> {
    flock(file, FlockOperation::NonBlockingLockExclusive).map_err(|error| fault(path, error.into()))
}

/// What an error at opening means.
pub(super) fn fault(path: &Path, error: io::Error) -> ScannerFault {
    let node = path.to_owned();
    match Errno::from_io_error(&error) {
        Some(Errno::NOENT | Errno::NXIO | Errno::NODEV) => ScannerFault::Absent,
        Some(Errno::ACCESS | Errno::PERM) => ScannerFault::Forbidden { node },
        Some(Errno::BUSY | Errno::WOULDBLOCK) => ScannerFault::Busy { node },
        Some(_) | None => ScannerFault::Failed(error),
    }
}

/// The end of a stream, which a device that is there does not have.
pub(super) fn ended() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the device says no more")
}
