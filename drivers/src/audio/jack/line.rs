//! A jack whose switch is wired to a general-purpose line.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, eventfd};

use super::{JackError, JackOptions, JackSelector, Source};
use crate::gpio::{Board, Input, InputOptions, LineEvent, LineSelector, Lines};

/// What the kernel may drop: shorter than any plug, longer than a disturbance on the cable.
const SPIKE: Duration = Duration::from_millis(2);

struct Line {
    present: bool,
    events: Receiver<LineEvent>,
    bell: Arc<OwnedFd>,
    // The line before the board that it is of.
    _input: Input,
    _board: Board,
}

pub(super) fn open(
    jack: &JackSelector,
    line: &LineSelector,
    options: &JackOptions,
) -> Result<Box<dyn Source>, JackError> {
    let bell = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
        .map_err(|error| JackError::Failed { jack: jack.clone(), what: error.to_string() })?;
    let bell = Arc::new(bell);
    let (sender, events) = mpsc::channel();
    let ring = Arc::clone(&bell);
    let mut board = Board::default();
    let wiring = InputOptions { active_low: options.active_low, pull: options.pull, debounce: SPIKE };
    let input = board.input(
        line,
        &wiring,
        Box::new(move |event| {
            // Refused once nobody watches; and 2^64 - 1 rings are never waiting.
            let _unwatched = sender.send(event);
            let _rung = rustix::io::write(&ring, &1_u64.to_ne_bytes());
        }),
    )?;
    Ok(Box::new(Line { present: input.active, events, bell, _input: input, _board: board }))
}

impl Source for Line {
    fn present(&self) -> bool {
        self.present
    }

    fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        vec![self.bell.as_fd()]
    }

    fn changes(&mut self, told: &mut dyn FnMut(bool, Instant)) -> Result<(), JackError> {
        // Before the events: one that comes in between rings again.
        let _rings = rustix::io::read(&self.bell, &mut [0; 8]);
        for event in self.events.try_iter() {
            match event {
                LineEvent::Edge { active, at } => told(active, at),
                LineEvent::Lost(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
