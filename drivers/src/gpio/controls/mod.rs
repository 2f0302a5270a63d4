//! The controls around the screen: a call button, a presence sensor, a ring of LEDs, a buzzer.

mod logic;
mod worker;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

pub use logic::STUCK_AFTER;

use super::board::Board;
use super::buzzer::Sound;
use super::light::Light;
use super::lines::{InputOptions, LineError, Lines, OutputOptions};
use super::selector::LineSelector;
use worker::{Message, Worker};

/// One of the controls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The call button.
    Button,
    /// The presence sensor.
    Presence,
    /// The ring of LEDs.
    Ring,
    /// The buzzer.
    Buzzer,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Button => "call button",
            Self::Presence => "presence sensor",
            Self::Ring => "LED ring",
            Self::Buzzer => "buzzer",
        })
    }
}

/// What happens at the controls.
#[derive(Debug)]
pub enum ControlEvent {
    /// The call button went down; told once, however long it is held.
    Pressed,
    /// It came up again.
    Released,
    /// It has been held for [`STUCK_AFTER`]: jammed, or something leans on it.
    Stuck,
    /// Somebody stands there.
    Present,
    /// Nobody has been there for the hold-off.
    Absent,
    /// A control works: told for each at the start, and after it was unavailable.
    Available(Part),
    /// A control does not work, and why; told once for each cause that follows another.
    Unavailable {
        /// Which.
        part: Part,
        /// Why, and what to do.
        error: LineError,
    },
}

/// A line that is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputLine {
    /// Which.
    pub line: LineSelector,
    /// How it is wired.
    pub options: InputOptions,
}

/// A line that is driven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputLine {
    /// Which.
    pub line: LineSelector,
    /// How it is wired.
    pub options: OutputOptions,
}

/// What is fitted; a control that is `None` is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ControlOptions {
    /// The call button.
    pub button: Option<InputLine>,
    /// The presence sensor.
    pub presence: Option<InputLine>,
    /// How long the sensor sees nobody before they are taken as gone: sensors forget who stands still.
    pub presence_hold: Duration,
    /// The ring of LEDs.
    pub ring: Option<OutputLine>,
    /// The buzzer.
    pub buzzer: Option<OutputLine>,
}

impl ControlOptions {
    fn fits_any(&self) -> bool {
        self.button.is_some() || self.presence.is_some() || self.ring.is_some() || self.buzzer.is_some()
    }
}

/// The controls, served by a thread that sleeps until something happens.
///
/// A control that cannot be had does not stop the others: it is told as [`ControlEvent::Unavailable`] and asked for
/// again, less and less often, where that can help. Outputs are switched off when this is dropped, and when the thread
/// ends for any cause; a process that is killed cannot, and its next start does.
#[derive(Debug)]
pub struct Controls {
    worker: Option<(Sender<Message>, JoinHandle<()>)>,
}

impl Controls {
    /// Serves the fitted controls through whatever their selectors name; fails only where no thread can be had.
    ///
    /// `on_event` is called from that thread and must not block.
    pub fn open(options: ControlOptions, on_event: impl FnMut(ControlEvent) + Send + 'static) -> io::Result<Self> {
        Self::open_on(Box::new(Board::default()), options, on_event)
    }

    /// The same through a back-end of one's own.
    pub fn open_on(
        lines: Box<dyn Lines>,
        options: ControlOptions,
        on_event: impl FnMut(ControlEvent) + Send + 'static,
    ) -> io::Result<Self> {
        if !options.fits_any() {
            return Ok(Self { worker: None });
        }
        let (sender, inbox) = mpsc::channel();
        let worker = Worker::new(lines, options, sender.clone(), inbox, on_event);
        let thread = std::thread::Builder::new().name("gpio".to_owned()).spawn(move || worker.run())?;
        Ok(Self { worker: Some((sender, thread)) })
    }

    /// Shows a light from now on; without a ring nothing happens.
    pub fn show(&self, light: Light) {
        self.send(Message::Show(light));
    }

    /// Sounds once; dropped while another sounds and shortly after, and without a buzzer.
    pub fn sound(&self, sound: Sound) {
        self.send(Message::Sound(sound));
    }

    fn send(&self, message: Message) {
        if let Some((sender, _)) = &self.worker
            && sender.send(message).is_err()
        {
            tracing::debug!("the thread of the controls has ended");
        }
    }
}

impl Drop for Controls {
    fn drop(&mut self) {
        let Some((sender, thread)) = self.worker.take() else {
            return;
        };
        // Refused where the thread has ended already: then its outputs are off.
        let asked = sender.send(Message::Stop);
        let from_callback = std::thread::current().id() == thread.thread().id();
        if !from_callback && thread.join().is_err() {
            tracing::error!(asked = asked.is_ok(), "the thread of the controls panicked");
        }
    }
}
