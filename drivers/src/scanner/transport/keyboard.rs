//! A scanner that poses as a keyboard: held alone, so that its keys never reach the screen.

use std::io;
use std::mem::size_of;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use evdev::raw_stream::RawDevice;
use evdev::{EventType, InputEvent, SynchronizationCode};
use rustix::io::Errno;
use zeroize::{Zeroize, Zeroizing};

use super::super::event::ScannerFault;
use super::super::intake::{Heard, KeyIntake};
use super::super::keys::Stroke;
use super::super::options::ScannerOptions;
use super::super::sysfs::KeyboardNode;
use super::{Link, ended, fault, open_node};

/// Bytes of an event: a time, whose size is the machine's, and eight bytes of type, code and value.
const EVENT: usize = size_of::<InputEvent>();

struct KeyboardLink {
    device: RawDevice,
    name: String,
    intake: KeyIntake,
    buffer: Zeroizing<Vec<u8>>,
    /// Bytes at the start of the buffer that are no whole event yet.
    held: usize,
}

pub(super) fn open(found: KeyboardNode, options: &ScannerOptions) -> Result<Box<dyn Link>, ScannerFault> {
    let file = open_node(&found.node, false)?;
    let mut device = RawDevice::from_fd(file.into()).map_err(|error| fault(&found.node, error))?;
    device.grab().map_err(|error| fault(&found.node, error))?;
    let intake = KeyIntake::new(options.layout.clone(), options.framing.clone());
    let buffer = Zeroizing::new(vec![0; 64 * EVENT]);
    Ok(Box::new(KeyboardLink { device, name: found.name, intake, buffer, held: 0 }))
}

impl KeyboardLink {
    fn event(&mut self, (kind, code, value): (u16, u16, i32), now: Instant, heard: &mut dyn FnMut(Heard)) {
        const UP: i32 = 0;
        const DOWN: i32 = 1;
        if kind == EventType::KEY.0 && matches!(value, UP | DOWN) {
            self.intake.key(Stroke { key: code, down: value == DOWN }, now, &mut |what| heard(what));
        } else if kind == EventType::SYNCHRONIZATION.0 && code == SynchronizationCode::SYN_DROPPED.0 {
            self.intake.keys_lost(now, &mut |what| heard(what));
        }
    }
}

impl Link for KeyboardLink {
    fn name(&self) -> &str {
        &self.name
    }

    fn descriptor(&self) -> BorrowedFd<'_> {
        self.device.as_fd()
    }

    fn receive(&mut self, now: Instant, heard: &mut dyn FnMut(Heard)) -> io::Result<()> {
        // Not by the crate, whose buffer would keep the keys.
        let held = match rustix::io::read(&self.device, &mut self.buffer[self.held..]) {
            Ok(0) => return Err(ended()),
            Ok(length) => self.held + length,
            Err(Errno::WOULDBLOCK | Errno::INTR) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let whole = held - held % EVENT;
        for start in (0..whole).step_by(EVENT) {
            if let Some(event) = parse(&self.buffer[start..start + EVENT]) {
                self.event(event, now, heard);
            }
        }
        self.buffer.copy_within(whole..held, 0);
        self.held = held - whole;
        self.buffer[self.held..held].zeroize();
        Ok(())
    }

    fn deadline(&self) -> Option<Instant> {
        self.intake.deadline()
    }

    fn pause(&mut self, now: Instant, heard: &mut dyn FnMut(Heard)) {
        self.intake.pause(now, &mut |what| heard(what));
    }
}

/// Type, code and value of an event (`struct input_event`), which are its last eight bytes.
fn parse(event: &[u8]) -> Option<(u16, u16, i32)> {
    let [kind0, kind1, code0, code1, value @ ..] = *event.last_chunk::<8>()?;
    Some((u16::from_ne_bytes([kind0, kind1]), u16::from_ne_bytes([code0, code1]), i32::from_ne_bytes(value)))
}
