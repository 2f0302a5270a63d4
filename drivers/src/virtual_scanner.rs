//! A scanner without hardware: a serial port that types what it is told to.
//!
//! The port is a pseudo-terminal behind a link, so that a selector keeps its path over unplugging and plugging in, as
//! the links of `/dev/serial/by-id` do. The twins of other transports need a kernel's help: the crate's tests run them
//! under umockdev.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// A scanner on a serial port; dropping it unplugs it.
#[derive(Debug)]
pub struct VirtualScanner {
    link: PathBuf,
    cable: Option<OwnedFd>,
}

impl VirtualScanner {
    /// Plugs a scanner in whose port is at that path; whatever is there must be a link, and is replaced.
    pub fn plug_in(link: &Path) -> io::Result<Self> {
        let mut scanner = Self { link: link.to_owned(), cable: None };
        scanner.plug_in_again()?;
        Ok(scanner)
    }

    /// The port, for a selector: `serial:PATH`.
    pub fn port(&self) -> &Path {
        &self.link
    }

    /// Plugs it in, where it was unplugged.
    pub fn plug_in_again(&mut self) -> io::Result<()> {
        self.unplug()?;
        let cable = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&cable)?;
        unlockpt(&cable)?;
        let port = OsString::from_vec(ptsname(&cable, Vec::new())?.into_bytes());
        std::os::unix::fs::symlink(port, &self.link)?;
        self.cable = Some(cable);
        Ok(())
    }

    /// Pulls the cable: whoever reads the port sees it vanish.
    pub fn unplug(&mut self) -> io::Result<()> {
        if fs::symlink_metadata(&self.link).is_ok_and(|found| found.is_symlink()) {
            fs::remove_file(&self.link)?;
        }
        self.cable = None;
        Ok(())
    }

    /// Presents a code: its bytes and the line end of a scanner's factory settings.
    pub fn present(&self, code: &[u8]) -> io::Result<()> {
        self.send(&[code, b"\r\n"].concat())
    }

    /// Sends bytes as they are, waiting while the reader does not read.
    pub fn send(&self, mut bytes: &[u8]) -> io::Result<()> {
        let cable = self.cable.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        while !bytes.is_empty() {
            let sent = rustix::io::write(cable, bytes)?;
            bytes = &bytes[sent..];
        }
        Ok(())
    }

    /// The speed that the reader has set, in bits a second.
    pub fn speed(&self) -> io::Result<u32> {
        let cable = self.cable.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        Ok(rustix::termios::tcgetattr(cable)?.input_speed())
    }
}

impl Drop for VirtualScanner {
    fn drop(&mut self) {
        if let Err(error) = self.unplug() {
            tracing::warn!(%error, "the virtual scanner's port stays behind");
        }
    }
}
