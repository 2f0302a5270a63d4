//! The world of a real printer: a worker thread, a reader's thread for each link, and the channel between them.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::core::{Message, NoLink, Written};
use super::link::{Generation, LiveLink};
use super::report::{Job, JobId, Journal, PrinterEvent, Stage};
use super::world::World;
use crate::printer::job::{EncodedJob, encode_job};
use crate::printer::painter::Painter;
use crate::printer::profile::Profile;
use crate::printer::protocol::{PortStatus, PrinterStatus};
use crate::printer::transport::Transport;

/// A message, and the link it came from, where it came from one.
#[derive(Debug)]
pub(super) struct Envelope {
    link: Option<Generation>,
    message: Message,
}

impl Envelope {
    pub(super) fn from_link(generation: Generation, message: Message) -> Self {
        Self { link: Some(generation), message }
    }
}

impl From<Message> for Envelope {
    fn from(message: Message) -> Self {
        Self { link: None, message }
    }
}

pub(super) struct Threads {
    pub(super) transport: Box<dyn Transport>,
    pub(super) profile: Profile,
    pub(super) painter: Painter,
    pub(super) journal: Box<dyn Journal>,
    pub(super) events: Box<dyn Fn(PrinterEvent) + Send>,
    pub(super) status: Arc<Mutex<PrinterStatus>>,
    pub(super) messages: Sender<Envelope>,
    pub(super) inbox: Receiver<Envelope>,
    pub(super) link: Option<LiveLink>,
    pub(super) generation: Generation,
}

impl Threads {
    /// What an old link still says is no news.
    fn current(&self, envelope: Envelope) -> Option<Message> {
        let stale = envelope.link.is_some_and(|link| self.link.is_none() || link != self.generation);
        (!stale).then_some(envelope.message)
    }
}

impl World for Threads {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn heard(&mut self) -> Option<Message> {
        while let Ok(envelope) = self.inbox.try_recv() {
            if let Some(message) = self.current(envelope) {
                return Some(message);
            }
        }
        None
    }

    fn wait(&mut self, until: Option<Instant>) -> Option<Message> {
        let envelope = match until {
            Some(until) => match self.inbox.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(envelope) => envelope,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
            },
            // This thread holds a sender itself, so the channel never closes.
            None => self.inbox.recv().ok()?,
        };
        self.current(envelope)
    }

    fn tell(&mut self, event: PrinterEvent) {
        if let PrinterEvent::Status(status) = &event {
            *self.status.lock().unwrap_or_else(PoisonError::into_inner) = status.clone();
        }
        (self.events)(event);
    }

    fn encode(&mut self, job: &Job) -> Option<EncodedJob> {
        encode_job(&mut self.painter, &job.slip, &self.profile, job.id)
            .inspect_err(|error| tracing::error!(job.id = %job.id, %error, "a slip cannot be printed"))
            .ok()
    }

    fn record(&mut self, job: JobId, stage: Stage) -> bool {
        self.journal
            .record(job, stage)
            .inspect_err(|error| tracing::error!(job.id = %job, error = %error.0, "{error}"))
            .is_ok()
    }

    fn connect(&mut self, within: Duration) -> Result<(), NoLink> {
        let made = self.transport.connect(within).and_then(|link| {
            self.generation = self.generation.next();
            LiveLink::start(link, self.generation, self.messages.clone())
        });
        match made {
            Ok(link) => {
                self.link = Some(link);
                Ok(())
            }
            Err(error) => Err(NoLink { why: error.to_string(), absent: error.kind() == io::ErrorKind::NotFound }),
        }
    }

    fn close(&mut self) {
        self.link = None;
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> Written {
        self.link.as_mut().map_or_else(no_link, |link| link.write(bytes, within))
    }

    fn flush(&mut self, within: Duration) -> Written {
        self.link.as_mut().map_or_else(no_link, |link| link.flush(within))
    }

    fn port(&mut self) -> Result<Option<PortStatus>, String> {
        self.link.as_mut().map_or(Ok(None), LiveLink::port)
    }
}

/// The core writes to links only.
fn no_link() -> Written {
    Written::Lost("there is no link".to_owned())
}
