//! The thread that owns a printer: its link, its state and its queue.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::link::{Generation, LiveLink};
use super::report::{Job, JobId, Journal, Outcome, PrinterEvent, Reason, Stage};
use super::timing::{Backoff, Timing};
use crate::printer::job::greeting;
use crate::printer::painter::Painter;
use crate::printer::profile::Profile;
use crate::printer::protocol::{PrinterStatus, ProcessId, Question, Reply, parse_paper, parse_real_time, parse_status};
use crate::printer::transport::Transport;

/// What the worker hears: from callers and from readers.
#[derive(Debug)]
pub(super) enum Message {
    Submit { job: Box<Job>, at: Instant },
    Shutdown { by: Instant },
    Reply { generation: Generation, reply: Reply },
    Lost { generation: Generation, why: String },
}

/// A job in the queue.
#[derive(Debug)]
pub(super) struct Submitted {
    pub(super) job: Job,
    pub(super) at: Instant,
}

/// What the worker is made of.
pub(super) struct Parts {
    pub(super) transport: Box<dyn Transport>,
    pub(super) profile: Profile,
    pub(super) painter: Painter,
    pub(super) journal: Box<dyn Journal>,
    pub(super) timing: Timing,
    pub(super) events: Box<dyn Fn(PrinterEvent) + Send>,
    pub(super) status: Arc<Mutex<PrinterStatus>>,
}

pub(super) struct Worker {
    pub(super) parts: Parts,
    messages: Sender<Message>,
    inbox: Receiver<Message>,
    queue: VecDeque<Submitted>,
    pub(super) link: Option<LiveLink>,
    generation: Generation,
    backoff: Backoff,
    pub(super) next_attempt: Instant,
    /// A job stopped in its middle: the printer may still wait for the rest of a picture.
    pub(super) cut_off: bool,
    pub(super) stop_by: Option<Instant>,
}

impl Worker {
    pub(super) fn new(parts: Parts, messages: Sender<Message>, inbox: Receiver<Message>) -> Self {
        let backoff = Backoff::new(&parts.timing);
        Self {
            parts,
            messages,
            inbox,
            queue: VecDeque::new(),
            link: None,
            generation: Generation::default(),
            backoff,
            next_attempt: Instant::now(),
            cut_off: false,
            stop_by: None,
        }
    }

    pub(super) fn run(mut self) {
        loop {
            if self.stop_by.is_some() {
                break;
            }
            if let Some(submitted) = self.queue.pop_front() {
                self.print(submitted);
                continue;
            }
            if self.link.is_none() && Instant::now() >= self.next_attempt {
                self.connect(Instant::now() + self.parts.timing.connect);
                continue;
            }
            let wake = self.idle_wake();
            if self.hear(wake).is_none() {
                self.ask_after_quiet();
            }
        }
        self.hear_all();
        while let Some(submitted) = self.queue.pop_front() {
            self.end(submitted.job.id, Outcome::NotPrinted, Reason::ShutDown);
        }
    }

    /// Waits for one message, no later than `until`, and takes it in; `None` when nothing came.
    pub(super) fn hear(&mut self, until: Option<Instant>) -> Option<Heard> {
        let message = match until {
            Some(until) => match self.inbox.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return None,
            },
            // The worker holds a sender itself, so the channel never closes.
            None => self.inbox.recv().ok()?,
        };
        Some(self.take_in(message))
    }

    /// Takes in what has come, without waiting.
    pub(super) fn hear_all(&mut self) {
        while let Ok(message) = self.inbox.try_recv() {
            // No job waits for an id before its last byte has gone.
            let _no_id_is_due = self.take_in(message);
        }
    }

    fn take_in(&mut self, message: Message) -> Heard {
        let current = self.link.as_ref().map(|link| link.generation);
        match message {
            Message::Submit { job, at } => {
                self.stage(job.id, Stage::Queued);
                self.queue.push_back(Submitted { job: *job, at });
            }
            Message::Shutdown { by } => self.stop_by = Some(by),
            Message::Lost { generation, why } if Some(generation) == current => self.lose(&why),
            Message::Reply { generation, reply } if Some(generation) == current => {
                return self.reply(reply);
            }
            Message::Lost { .. } | Message::Reply { .. } => {}
        }
        Heard::Other
    }

    fn reply(&mut self, reply: Reply) -> Heard {
        if let Some(link) = &mut self.link {
            link.heard = Instant::now();
            link.asked = None;
        }
        self.backoff.reset();
        match reply {
            Reply::Automatic(bytes) => self.set_status(parse_status(bytes)),
            Reply::Paper(byte) => {
                let status = PrinterStatus { told: true, paper: parse_paper(byte), ..self.status() };
                self.set_status(status);
            }
            Reply::Done(id) => return Heard::Done(id),
            Reply::RealTime(byte) => {
                let question = self.link.as_mut().and_then(|link| link.questions.pop_front());
                if let Some(question) = question {
                    self.set_status(parse_real_time(question, byte, self.status()));
                }
            }
        }
        Heard::Other
    }

    /// Makes one attempt to connect.
    pub(super) fn connect(&mut self, by: Instant) {
        let left = by.saturating_duration_since(Instant::now());
        let attempt = self.parts.transport.connect(left.min(self.parts.timing.connect)).and_then(|link| {
            self.generation = self.generation.next();
            LiveLink::start(link, self.generation, self.messages.clone())
        });
        let mut link = match attempt {
            Ok(link) => link,
            Err(error) => return self.lose(&error.to_string()),
        };
        let greeting = greeting(&self.parts.profile, self.cut_off);
        if let Err(why) = link.write_all(&greeting, Instant::now() + self.parts.timing.connect) {
            return self.lose(&why);
        }
        self.cut_off = false;
        if self.parts.profile.answers.asb {
            link.questions.extend(Question::ALL);
        }
        self.link = Some(link);
        self.set_status(PrinterStatus { connected: true, ..PrinterStatus::disconnected() });
    }

    /// Lets the link go and sets the time of the next attempt.
    pub(super) fn lose(&mut self, why: &str) {
        let longest = self.parts.timing.longest_backoff;
        if self.link.take().is_some_and(|link| link.since.elapsed() > longest) {
            self.backoff.reset();
        }
        self.next_attempt = Instant::now() + self.backoff.after_failure();
        tracing::debug!(reason = why, "no link to the printer");
        self.set_status(PrinterStatus { link_fault: Some(why.to_owned()), ..PrinterStatus::disconnected() });
    }

    fn idle_wake(&self) -> Option<Instant> {
        match &self.link {
            None => Some(self.next_attempt),
            Some(link) if self.parts.profile.answers.asb => Some(match link.asked {
                Some(asked) => asked + self.parts.timing.answer,
                None => link.heard + self.parts.timing.quiet,
            }),
            Some(_) => None,
        }
    }

    /// A printer unplugged in silence is found out before a visitor needs it.
    fn ask_after_quiet(&mut self) {
        let now = Instant::now();
        let timing = self.parts.timing;
        let asks = self.parts.profile.answers.asb;
        let Some(link) = self.link.as_mut().filter(|_| asks) else {
            return;
        };
        let failure = match link.asked {
            Some(asked) if now >= asked + timing.answer => Some("the printer no longer answers".to_owned()),
            None if now >= link.heard + timing.quiet => {
                link.asked = Some(now);
                link.questions.push_back(Question::Printer);
                link.write_all(&Question::Printer.request(), now + timing.answer).err()
            }
            Some(_) | None => None,
        };
        if let Some(why) = failure {
            self.lose(&why);
        }
    }

    pub(super) fn status(&self) -> PrinterStatus {
        self.parts.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_status(&self, status: PrinterStatus) {
        let changed = {
            let mut shared = self.parts.status.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *shared, status.clone()) != status
        };
        if changed {
            self.tell(PrinterEvent::Status(status));
        }
    }

    pub(super) fn stage(&self, job: JobId, stage: Stage) {
        self.tell(PrinterEvent::Stage { job, stage });
    }

    pub(super) fn end(&self, job: JobId, outcome: Outcome, reason: Reason) {
        self.tell(PrinterEvent::Outcome { job, outcome, reason });
    }

    pub(super) fn tell(&self, event: PrinterEvent) {
        (self.parts.events)(event);
    }
}

/// What a message was to the job in hand.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// The printer has done everything before this id.
    Done(ProcessId),
    /// Anything else; it has been taken in.
    Other,
}
