//! A scanner that poses as a keyboard: held alone, so that its keys never reach the screen.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use evdev::raw_stream::RawDevice;
use evdev::{EventType, SynchronizationCode};

use super::super::event::ScannerFault;
use super::super::intake::{Heard, KeyIntake};
use super::super::keys::Stroke;
use super::super::options::ScannerOptions;
use super::super::sysfs::KeyboardNode;
use super::{Link, ended, fault, open_node};

struct KeyboardLink {
    device: RawDevice,
    name: String,
    intake: KeyIntake,
}

pub(super) fn open(found: KeyboardNode, options: &ScannerOptions) -> Result<Box<dyn Link>, ScannerFault> {
    let file = open_node(&found.node, false)?;
    let mut device = RawDevice::from_fd(file.into()).map_err(|error| fault(&found.node, error))?;
    device.grab().map_err(|error| fault(&found.node, error))?;
    let intake = KeyIntake::new(options.layout.clone(), options.framing.clone());
    Ok(Box::new(KeyboardLink { device, name: found.name, intake }))
}

impl Link for KeyboardLink {
    fn name(&self) -> &str {
        &self.name
    }

    fn descriptor(&self) -> BorrowedFd<'_> {
        self.device.as_fd()
    }

    fn receive(&mut self, now: Instant, heard: &mut dyn FnMut(Heard)) -> io::Result<()> {
        const UP: i32 = 0;
        const DOWN: i32 = 1;
        let events = match self.device.fetch_events() {
            Ok(events) => events,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut none = true;
        for event in events {
            none = false;
            if event.event_type() == EventType::KEY && matches!(event.value(), UP | DOWN) {
                let stroke = Stroke { key: event.code(), down: event.value() == DOWN };
                self.intake.key(stroke, now, &mut |what| heard(what));
            } else if event.event_type() == EventType::SYNCHRONIZATION
                && event.code() == SynchronizationCode::SYN_DROPPED.0
            {
                self.intake.keys_lost(now, &mut |what| heard(what));
            }
        }
        if none { Err(ended()) } else { Ok(()) }
    }

    fn deadline(&self) -> Option<Instant> {
        self.intake.deadline()
    }

    fn pause(&mut self, now: Instant, heard: &mut dyn FnMut(Heard)) {
        self.intake.pause(now, &mut |what| heard(what));
    }
}
