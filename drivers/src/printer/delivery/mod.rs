//! Brings slips to paper: never lost, never twice.
//!
//! A worker thread connects, encodes and writes; a reader thread per link listens. The rules:
//! - `Stage::Sending` is durable in the journal before the first byte goes.
//! - A write that times out on a live link goes on where it stopped.
//! - A link lost before the first byte is made again, within the job's time; then the job is `NotPrinted`.
//! - A link lost after the first byte leaves the job `Unknown` unless the printer has confirmed it.

mod link;
mod report;
mod run;
mod timing;
mod worker;

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

pub use report::{Job, JobId, Journal, JournalError, Outcome, PrinterEvent, Reason, Stage};
pub use timing::Timing;

use super::fonts::{FontError, FontSource};
use super::painter::Painter;
use super::profile::Profile;
use super::protocol::PrinterStatus;
use super::selector::PrinterSelector;
use super::transport::{Transport, TransportError, transport_for};
use worker::{Message, Worker};

/// A printer and the threads that serve it.
#[derive(Debug)]
pub struct Printer {
    messages: Sender<Message>,
    status: Arc<Mutex<PrinterStatus>>,
    ended: Mutex<Receiver<()>>,
}

/// Why a printer cannot be opened; a printer that is merely away opens, and is waited for.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The fonts.
    #[error("the printer cannot draw slips")]
    Fonts(#[from] FontError),
    /// The selector asks for what this build or this machine has not.
    #[error("the printer cannot be used")]
    Transport(#[from] TransportError),
    /// The system gave no thread.
    #[error("the printer's thread cannot start: the system is out of threads or memory")]
    Thread(#[source] std::io::Error),
}

/// The printer was shut down before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the printer was shut down: open it again")]
pub struct PrinterClosed;

/// The threads did not end in time; they end by themselves once the system lets go of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the printer's threads did not end in time")]
pub struct ShutdownTimeout;

impl Printer {
    /// Loads the fonts, draws one slip to warm the shaper up, and starts the threads; returns before any link is made.
    ///
    /// `events` is called from the worker thread and must not block.
    pub fn open(
        selector: &PrinterSelector,
        profile: Profile,
        fonts: &FontSource,
        journal: Box<dyn Journal>,
        events: impl Fn(PrinterEvent) + Send + 'static,
    ) -> Result<Self, OpenError> {
        let transport = transport_for(selector, &profile, fonts)?;
        Self::open_with(transport, profile, fonts, journal, Timing::default(), events)
    }

    /// As [`Printer::open`], over another transport and with other limits of time.
    pub fn open_with(
        transport: Box<dyn Transport>,
        profile: Profile,
        fonts: &FontSource,
        journal: Box<dyn Journal>,
        timing: Timing,
        events: impl Fn(PrinterEvent) + Send + 'static,
    ) -> Result<Self, OpenError> {
        let painter = Painter::open(fonts, profile.width_dots)?;
        let (messages, inbox) = mpsc::channel();
        let (ending, ended) = mpsc::channel();
        let status = Arc::new(Mutex::new(PrinterStatus::disconnected()));
        let worker = Worker::new(
            worker::Parts {
                transport,
                profile,
                painter,
                journal,
                timing,
                events: Box::new(events),
                status: Arc::clone(&status),
            },
            messages.clone(),
            inbox,
        );
        thread::Builder::new()
            .name("printer".to_owned())
            .spawn(move || {
                worker.run();
                // Dropping the sender is what tells the end, also after a panic.
                drop(ending);
            })
            .map_err(OpenError::Thread)?;
        Ok(Self { messages, status, ended: Mutex::new(ended) })
    }

    /// Hands a job over and returns at once; what becomes of it is told by events.
    pub fn submit(&self, job: Job) -> Result<(), PrinterClosed> {
        self.messages.send(Message::Submit { job: Box::new(job), at: Instant::now() }).map_err(|_| PrinterClosed)
    }

    /// What is known of the printer now.
    pub fn status(&self) -> PrinterStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends the threads: a job whose bytes have begun to go may end within that time, the others are `NotPrinted`.
    pub fn shutdown(&self, within: Duration) -> Result<(), ShutdownTimeout> {
        let by = Instant::now() + within;
        if self.messages.send(Message::Shutdown { by }).is_err() {
            return Ok(());
        }
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        // The worker itself stops at `by`; what it holds then takes a moment to let go.
        match ended.recv_timeout(within + Duration::from_millis(500)) {
            Err(mpsc::RecvTimeoutError::Timeout) => Err(ShutdownTimeout),
            Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => Ok(()),
        }
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        // The worker holds a sender of its own, so it would never see the channel close.
        let _unless_ended = self.messages.send(Message::Shutdown { by: Instant::now() });
    }
}
