//! Brings slips to paper: never lost, never twice.
//!
//! A worker thread connects, encodes and writes; a reader thread per link listens. What they do is decided by a machine
//! without threads, links or clock (`core`). The rules:
//! - `Stage::Sending` is durable in the journal before the first byte goes.
//! - A write that times out on a live link goes on where it stopped: a roll that ends in the middle of a slip and is
//!   replaced ends in one whole slip.
//! - A link lost before the first byte is made again, within the job's time; then the job is `NotPrinted`.
//! - A link lost after the first byte leaves the job `Unknown` unless the printer has confirmed it.
//!
//! # A job's time
//!
//! A job has [`Timing::least_budget`] from its submission, or twice the time that its paper (and, on a slow line, its
//! bytes) needs. Without paper, link or a closed cover nothing is sent, and when its time is up it is `NotPrinted`:
//! whoever submitted it decides anew. Once its first byte has gone, time does not count while the printer says that it
//! waits for paper or for its cover, up to [`Timing::reload`] in all: paper that comes by then lets it end as if nothing
//! had happened. When that is up too, or when a printer that says nothing takes nothing, the job is `Unknown`; the link
//! is given up, what the printer holds of the slip is cut off when it comes back, and nothing is sent again.

mod core;
#[cfg(all(test, feature = "virtual"))]
mod faults;
mod link;
mod report;
#[cfg(test)]
mod simulation;
mod threads;
mod timing;
mod world;

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
use core::{Core, Message, Setup};
use link::Generation;
use threads::{Envelope, Threads};

/// A printer and the threads that serve it.
#[derive(Debug)]
pub struct Printer {
    messages: Sender<Envelope>,
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
        mut transport: Box<dyn Transport>,
        profile: Profile,
        fonts: &FontSource,
        mut journal: Box<dyn Journal>,
        timing: Timing,
        events: impl Fn(PrinterEvent) + Send + 'static,
    ) -> Result<Self, OpenError> {
        let painter = Painter::open(fonts, profile.width_dots)?;
        let (messages, inbox) = mpsc::channel();
        let (ending, ended) = mpsc::channel();
        let status = Arc::new(Mutex::new(PrinterStatus::disconnected()));
        let arrived = messages.clone();
        transport.watch(Arc::new(move || {
            // The worker has ended.
            let _unless_ended = arrived.send(Message::Arrived.into());
        }));
        let left_behind = journal.last_begun().unwrap_or_else(|error| {
            tracing::error!(error = %error.0, "the print journal cannot be read: the printer is freed of what it may hold");
            Some(Stage::Sending)
        });
        let setup = Setup { profile: profile.clone(), timing, capabilities: transport.capabilities() };
        let mut core = Core::new(setup, left_behind, Instant::now());
        let mut threads = Threads {
            transport,
            profile,
            painter,
            journal,
            events: Box::new(events),
            status: Arc::clone(&status),
            messages: messages.clone(),
            inbox,
            link: None,
            generation: Generation::default(),
        };
        thread::Builder::new()
            .name("printer".to_owned())
            .spawn(move || {
                world::run(&mut core, &mut threads);
                drop(threads);
                // Dropping the sender is what tells the end, also after a panic.
                drop(ending);
            })
            .map_err(OpenError::Thread)?;
        Ok(Self { messages, status, ended: Mutex::new(ended) })
    }

    /// Hands a job over and returns at once; what becomes of it is told by events.
    pub fn submit(&self, job: Job) -> Result<(), PrinterClosed> {
        self.messages.send(Message::Submit { job: Box::new(job), at: Instant::now() }.into()).map_err(|_| PrinterClosed)
    }

    /// What is known of the printer now.
    pub fn status(&self) -> PrinterStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends the threads: a job whose bytes have begun to go may end within that time, the others are `NotPrinted`.
    pub fn shutdown(&self, within: Duration) -> Result<(), ShutdownTimeout> {
        let by = Instant::now() + within;
        if self.messages.send(Message::Shutdown { by }.into()).is_err() {
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
        let _unless_ended = self.messages.send(Message::Shutdown { by: Instant::now() }.into());
    }
}
