//! The delivery as a pure state machine: it sees no thread, no link and no clock.
//!
//! [`Core::step`] says what is to be done next, one thing at a time; whoever does it tells what came of it before
//! asking again. What happens meanwhile is told by [`Core::hear`]. The same machine serves printers and the tests that
//! cut its line at every byte.

mod job;
mod knowledge;
mod line;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::report::{Job, JobId, Outcome, PrinterEvent, Reason, Stage};
use super::timing::Timing;
use crate::printer::job::EncodedJob;
use crate::printer::profile::Profile;
use crate::printer::protocol::{PortStatus, PrinterStatus, Reply};
use crate::printer::transport::Capabilities;
use job::{Delivery, View, Wish};
use knowledge::Knowledge;
use line::{AtRest, Line};

/// What happens by itself: from callers, from the printer and from its line.
#[derive(Debug)]
pub(super) enum Message {
    Submit {
        job: Box<Job>,
        at: Instant,
    },
    Shutdown {
        by: Instant,
    },
    Reply(Reply),
    Lost(String),
    /// A device appeared that may be the printer.
    Arrived,
}

/// What is to be done next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Tell(PrinterEvent),
    Encode(Box<Job>),
    Record(JobId, Stage),
    Connect {
        within: Duration,
    },
    Close,
    /// Write what [`Core::outgoing`] holds.
    Write {
        within: Duration,
    },
    /// Wait until what was written has left the machine.
    Flush {
        within: Duration,
    },
    AskPort,
    Wait {
        until: Option<Instant>,
    },
    End,
}

/// What one write came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Written {
    /// So many bytes were taken.
    Taken(usize),
    /// None were, and the link lives.
    Nothing,
    /// The link is lost, and none of these bytes were taken.
    Lost(String),
    /// The link is lost, and nobody knows whether they were.
    LostAmid(String),
}

/// What never changes while a printer is served.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) profile: Profile,
    pub(super) timing: Timing,
    pub(super) capabilities: Capabilities,
}

/// Why there is no link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NoLink {
    pub(super) why: String,
    /// The printer is not there: looking again soon costs nothing.
    pub(super) absent: bool,
}

#[derive(Debug)]
struct Submitted {
    job: Box<Job>,
    at: Instant,
}

/// Whose bytes are being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    Chatter,
    Job,
}

#[derive(Debug)]
pub(super) struct Core {
    setup: Setup,
    tells: VecDeque<PrinterEvent>,
    queue: VecDeque<Submitted>,
    job: Option<Delivery>,
    line: Line,
    knowledge: Knowledge,
    shown: PrinterStatus,
    writing: Writing,
    /// A job stopped in its middle: the printer may still wait for the rest of a picture.
    interrupted: bool,
    /// Until then the last slip may still be on its way to a printer that confirms nothing.
    doubt_until: Option<Instant>,
    stop_by: Option<Instant>,
}

impl Core {
    /// `left_behind` is the last stage of the last job that an earlier program began to send.
    pub(super) fn new(setup: Setup, left_behind: Option<Stage>, now: Instant) -> Self {
        let interrupted = match left_behind {
            Some(Stage::Sending) => true,
            // A printer that confirms had not; its link may have lost what the system had taken.
            Some(Stage::Sent) => setup.profile.answers.gs_h,
            Some(Stage::Queued | Stage::Printed | Stage::Cut) | None => false,
        };
        Self {
            line: Line::new(&setup, now),
            knowledge: Knowledge::new(setup.profile.answers.port_status),
            setup,
            tells: VecDeque::new(),
            queue: VecDeque::new(),
            job: None,
            shown: PrinterStatus::disconnected(),
            writing: Writing::Chatter,
            interrupted,
            doubt_until: None,
            stop_by: None,
        }
    }

    /// What to do next; what came of the step before has been told.
    pub(super) fn step(&mut self, now: Instant) -> Step {
        self.show_status(now);
        loop {
            if let Some(event) = self.tells.pop_front() {
                return Step::Tell(event);
            }
            if self.line.take_close_due() {
                return Step::Close;
            }
            if self.line.port_due() {
                return Step::AskPort;
            }
            if self.line.has_chatter() {
                match self.chatter(now) {
                    Some(step) => return step,
                    None => continue,
                }
            }
            if let Some(step) = self.serve_job(now) {
                return step;
            }
            // A job may have ended, or asked something.
            if !self.tells.is_empty() || self.line.has_chatter() || self.line.port_due() {
                continue;
            }
            if self.job.is_none() && self.stop_by.is_some() {
                if let Some(Submitted { job, .. }) = self.queue.pop_front() {
                    self.tell_end(job.id, Outcome::NotPrinted, Reason::ShutDown);
                } else if self.line.is_live() {
                    self.line.shut();
                } else {
                    return Step::End;
                }
                continue;
            }
            if self.job.is_none()
                && let Some(Submitted { job, at }) = self.queue.pop_front()
            {
                self.job = Some(Delivery::new(job.id, at, self.setup.timing.reload));
                return Step::Encode(job);
            }
            if self.line.may_connect(now) {
                return Step::Connect { within: self.connect_within(now) };
            }
            if self.job.is_none() && self.look_at_rest(now) {
                continue;
            }
            return Step::Wait { until: self.wake(now) };
        }
    }

    /// The bytes of [`Step::Write`].
    pub(super) fn outgoing(&self) -> &[u8] {
        match (self.writing, &self.job) {
            (Writing::Job, Some(job)) => job.outgoing(),
            (Writing::Job | Writing::Chatter, _) => self.line.chatter(),
        }
    }

    /// Takes in what happened.
    pub(super) fn hear(&mut self, message: Message, now: Instant) {
        match message {
            Message::Submit { job, at } => {
                self.tells.push_back(PrinterEvent::Stage { job: job.id, stage: Stage::Queued });
                self.queue.push_back(Submitted { job, at });
            }
            Message::Shutdown { by } => self.stop_by = Some(self.stop_by.map_or(by, |before| before.min(by))),
            // What an old link still says is kept back; see `World`.
            Message::Lost(why) => self.lose(NoLink { why, absent: false }, now),
            Message::Reply(reply) => self.reply(reply, now),
            Message::Arrived => self.line.arrived(now),
        }
        self.show_status(now);
    }

    pub(super) fn encoded(&mut self, encoded: Option<EncodedJob>, now: Instant) {
        let Some(job) = self.job.as_mut() else { return };
        match encoded {
            Some(encoded) => {
                let budget = self.setup.timing.budget(&self.setup.profile, self.setup.capabilities, &encoded);
                job.encoded(encoded, budget);
                // A visitor waits: the rest of a long wait between two attempts is not theirs to sit out.
                self.line.hurry(now);
            }
            None => job.end(Outcome::NotPrinted, Reason::Unprintable),
        }
    }

    /// Whether the record of the last [`Step::Record`] is on disk.
    pub(super) fn recorded(&mut self, durable: bool) {
        if let Some(job) = &mut self.job
            && let Some(stage) = job.recorded(durable)
        {
            self.tells.push_back(PrinterEvent::Stage { job: job.id(), stage });
        }
    }

    pub(super) fn connected(&mut self, outcome: Result<(), NoLink>, now: Instant) {
        match outcome {
            Ok(()) => {
                self.line.connected(&self.setup.profile, self.interrupted, now);
                self.knowledge.linked();
            }
            Err(fault) => self.lose(fault, now),
        }
    }

    pub(super) fn wrote(&mut self, written: Written, now: Instant) {
        match (written, self.writing) {
            (Written::Taken(taken), Writing::Chatter) => {
                if self.line.chatter_taken(taken) {
                    self.interrupted = false;
                    self.knowledge.greeted();
                }
                self.flows();
            }
            (Written::Taken(taken), Writing::Job) => {
                if let Some(job) = &mut self.job {
                    self.tells.extend(job.taken(taken, now));
                }
                self.flows();
            }
            (Written::Nothing, _) => self.stalls(now),
            (Written::Lost(why), _) => self.lose(NoLink { why, absent: false }, now),
            (Written::LostAmid(why), writing) => {
                if let (Writing::Job, Some(job)) = (writing, &mut self.job) {
                    job.begun();
                }
                self.lose(NoLink { why, absent: false }, now);
            }
        }
        self.show_status(now);
    }

    /// As [`Core::wrote`], for what the machine still held back.
    pub(super) fn flushed(&mut self, written: Written, now: Instant) {
        match written {
            Written::Taken(_) => {
                if let Some(job) = &mut self.job {
                    job.flushed();
                }
                self.flows();
            }
            Written::Nothing => self.stalls(now),
            Written::Lost(why) | Written::LostAmid(why) => self.lose(NoLink { why, absent: false }, now),
        }
        self.show_status(now);
    }

    pub(super) fn port(&mut self, answer: Result<Option<PortStatus>, String>, now: Instant) {
        match answer {
            Ok(status) => {
                self.line.port_answered(status.is_some(), now);
                self.knowledge.port(status, self.line.is_stalled());
            }
            Err(why) => self.lose(NoLink { why, absent: false }, now),
        }
        self.show_status(now);
    }

    fn flows(&mut self) {
        self.line.flows();
        self.knowledge.flows();
    }

    fn stalls(&mut self, now: Instant) {
        if self.line.stalls(now) {
            self.knowledge.stalls();
        }
    }

    /// A printer that is away is waited for no longer than a job lasts.
    fn connect_within(&self, now: Instant) -> Duration {
        let whole = self.setup.timing.connect;
        let job = self.job.as_ref().map_or(whole, |job| job.deadline(now).saturating_duration_since(now));
        whole.min(job)
    }

    /// Sends a greeting or a question; `None`: the printer takes none, and the link is given up.
    fn chatter(&mut self, now: Instant) -> Option<Step> {
        let within = self.line.chatter_within(now);
        if within.is_zero() {
            self.lose(NoLink { why: "the printer takes no data".to_owned(), absent: false }, now);
            return None;
        }
        self.writing = Writing::Chatter;
        Some(Step::Write { within: within.min(self.setup.timing.write_slice) })
    }

    fn serve_job(&mut self, now: Instant) -> Option<Step> {
        loop {
            let job = self.job.as_mut()?;
            let wish = job.wish(&mut View {
                now,
                stop_by: self.stop_by,
                status: &self.shown,
                says_ready: self.knowledge.says_ready(),
                trusts_port: self.knowledge.trusts_port(),
                timing: &self.setup.timing,
                line: &mut self.line,
            });
            match wish {
                Wish::Wait => return None,
                Wish::Record(stage) => return Some(Step::Record(job.id(), stage)),
                Wish::Write { within } => {
                    self.writing = Writing::Job;
                    return Some(Step::Write { within });
                }
                Wish::Flush { within } => return Some(Step::Flush { within }),
                Wish::Abandon => {
                    let why = "the printer stopped taking data in the middle of a slip".to_owned();
                    self.lose(NoLink { why, absent: false }, now);
                }
                Wish::End { outcome, reason, torso } => {
                    let id = job.id();
                    self.interrupted |= torso;
                    let unproved = outcome == Outcome::Unknown && !torso;
                    self.doubt_until = unproved.then(|| now + self.setup.timing.least_budget);
                    self.job = None;
                    // Nothing is to be taken any more.
                    self.flows();
                    self.show_status(now);
                    self.tell_end(id, outcome, reason);
                    return None;
                }
            }
        }
    }

    fn tell_end(&mut self, job: JobId, outcome: Outcome, reason: Reason) {
        self.tells.push_back(PrinterEvent::Outcome { job, outcome, reason });
    }

    /// Looks after a line that nobody prints on; true when that led to something.
    fn look_at_rest(&mut self, now: Instant) -> bool {
        match self.line.look_at_rest(&self.shown, self.knowledge.trusts_port(), now) {
            AtRest::Nothing => return false,
            AtRest::Asked => {}
            AtRest::NoWordOfPaper => self.knowledge.no_word_of_paper(),
            AtRest::Gone => self.lose(NoLink { why: "the printer no longer answers".to_owned(), absent: false }, now),
        }
        self.show_status(now);
        true
    }

    fn lose(&mut self, fault: NoLink, now: Instant) {
        if let Some(job) = &mut self.job {
            job.link_lost();
        }
        // What the system took of the last slip need not have come.
        self.interrupted |= self.line.is_live() && self.doubt_until.is_some_and(|until| now < until);
        tracing::debug!(reason = fault.why, "no link to the printer");
        self.line.lost(fault.absent, now);
        self.knowledge.lost(fault.why);
        self.show_status(now);
    }

    fn reply(&mut self, reply: Reply, now: Instant) {
        self.line.heard(now);
        match reply {
            Reply::Automatic(bytes) => self.knowledge.automatic(bytes),
            Reply::Paper(byte) => {
                self.line.paper_told();
                self.knowledge.paper(byte);
            }
            Reply::RealTime(byte) => {
                if let Some(question) = self.line.answered() {
                    self.knowledge.real_time(question, byte);
                }
            }
            Reply::Info(text) => {
                if let Some(info) = self.line.info_told() {
                    self.knowledge.info(info, text);
                }
            }
            Reply::Done(id) => {
                if let Some(job) = &mut self.job {
                    job.done(id);
                }
            }
        }
    }

    fn show_status(&mut self, now: Instant) {
        let status = self.knowledge.status();
        if let Some(job) = &mut self.job {
            job.waits_for_a_hand(status.waits_for_a_hand(), now);
        }
        if status != self.shown {
            self.shown = status.clone();
            self.tells.push_back(PrinterEvent::Status(status));
        }
    }

    fn wake(&self, now: Instant) -> Option<Instant> {
        let trusts_port = self.knowledge.trusts_port();
        let must_be_asked = self.line.must_be_asked(trusts_port);
        let work = match &self.job {
            Some(job) => Some(job.wake(self.stop_by, &self.setup.timing, must_be_asked)),
            None => self.line.wake_at_rest(&self.shown, trusts_port),
        };
        let wake = [work, self.line.wake_to_connect()].into_iter().flatten().min();
        wake.map(|wake| wake.max(now))
    }
}

#[cfg(test)]
mod tests;
