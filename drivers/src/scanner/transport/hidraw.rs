//! A scanner of the USB point-of-sale class: the code's bytes and its end, in reports.
//!
//! The kernel knows no exclusive hold of a raw HID node; the lock keeps out programs that ask for it. No keys are made
//! of such a scanner, so nothing reaches the screen either way.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use zeroize::{Zeroize, Zeroizing};

use super::super::event::ScannerFault;
use super::super::hid_pos::ReportFormat;
use super::super::intake::{Heard, ReportIntake};
use super::super::options::ScannerOptions;
use super::super::sysfs::HidNode;
use super::{Link, ended, lock, open_node};

struct HidLink {
    file: File,
    name: String,
    intake: ReportIntake,
    buffer: Zeroizing<Vec<u8>>,
}

/// Opens the first of these nodes that sends codes: a scanner may have others, for its commands.
pub(super) fn open(
    nodes: impl Iterator<Item = HidNode>,
    options: &ScannerOptions,
) -> Result<Box<dyn Link>, ScannerFault> {
    let mut unsuited = ScannerFault::Absent;
    for found in nodes {
        let Some(format) = ReportFormat::from_descriptor(&found.descriptor) else {
            unsuited = ScannerFault::Unsuited {
                node: found.node,
                problem: "its reports hold no decoded data; set the scanner to the mode \"USB HID POS\"",
            };
            continue;
        };
        let file = open_node(&found.node, false)?;
        lock(&file, &found.node)?;
        let buffer = Zeroizing::new(vec![0; format.longest()]);
        let intake = ReportIntake::new(format, &options.framing);
        return Ok(Box::new(HidLink { file, name: found.name, intake, buffer }));
    }
    Err(unsuited)
}

impl Link for HidLink {
    fn name(&self) -> &str {
        &self.name
    }

    fn descriptor(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    fn receive(&mut self, now: Instant, heard: &mut dyn FnMut(Heard)) -> io::Result<()> {
        let length = match self.file.read(&mut self.buffer) {
            Ok(0) => return Err(ended()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        self.intake.report(&self.buffer[..length], now, &mut |what| heard(what));
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
