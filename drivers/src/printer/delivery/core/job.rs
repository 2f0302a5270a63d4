//! One job, from the queue to its outcome.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::line::Line;
use crate::printer::delivery::report::{JobId, Outcome, PrinterEvent, Reason, Stage};
use crate::printer::delivery::timing::Timing;
use crate::printer::job::EncodedJob;
use crate::printer::protocol::{PrinterStatus, ProcessId};

/// What a job sees of the world.
pub(super) struct View<'a> {
    pub(super) now: Instant,
    pub(super) stop_by: Option<Instant>,
    pub(super) status: &'a PrinterStatus,
    /// As `status.ready()`, from the printer's own words alone.
    pub(super) says_ready: bool,
    pub(super) trusts_port: bool,
    pub(super) timing: &'a Timing,
    pub(super) line: &'a mut Line,
}

/// What a job wants done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Nothing before something happens.
    Wait,
    Record(Stage),
    Write {
        within: Duration,
    },
    Flush {
        within: Duration,
    },
    /// The link must go, so that the rest does not follow later, before another visitor's slip.
    Abandon,
    End {
        outcome: Outcome,
        reason: Reason,
        /// The printer may have a part of the slip, and wait for more.
        torso: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Encoding,
    /// Until there is a link and the printer can print.
    Waiting(Check),
    Sending,
    Flushing,
    Confirming,
}

/// Whether the printer was asked how it is before the first byte goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    Not,
    Asked { until: Instant },
    Done { at: Instant },
}

/// Time that does not count, for the printer waits for a hand.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    before: Duration,
    since: Option<Instant>,
}

#[derive(Debug)]
pub(super) struct Delivery {
    id: JobId,
    submitted: Instant,
    encoded: Option<EncodedJob>,
    budget: Duration,
    longest_hold: Duration,
    phase: Phase,
    offset: usize,
    /// A byte may have reached the printer.
    begun: bool,
    /// The record that must come before the first byte is on disk.
    durable: bool,
    held: Held,
    notes: VecDeque<Stage>,
    printed: bool,
    cut: bool,
    ending: Option<(Outcome, Reason)>,
    torso: bool,
}

impl Delivery {
    pub(super) fn new(id: JobId, submitted: Instant, longest_hold: Duration) -> Self {
        Self {
            id,
            submitted,
            encoded: None,
            budget: Duration::ZERO,
            longest_hold,
            phase: Phase::Encoding,
            offset: 0,
            begun: false,
            durable: false,
            held: Held::default(),
            notes: VecDeque::new(),
            printed: false,
            cut: false,
            ending: None,
            torso: false,
        }
    }

    pub(super) fn id(&self) -> JobId {
        self.id
    }

    pub(super) fn encoded(&mut self, encoded: EncodedJob, budget: Duration) {
        self.encoded = Some(encoded);
        self.budget = budget;
        self.phase = Phase::Waiting(Check::Not);
    }

    pub(super) fn end(&mut self, outcome: Outcome, reason: Reason) {
        self.ending.get_or_insert((outcome, reason));
    }

    pub(super) fn outgoing(&self) -> &[u8] {
        self.encoded.as_ref().map_or(&[], |encoded| &encoded.bytes[self.offset..])
    }

    /// When the job's time is up, as far as is known now.
    pub(super) fn deadline(&self, now: Instant) -> Instant {
        let running = self.held.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        self.submitted + self.budget + (self.held.before + running).min(self.longest_hold)
    }

    /// When the job's time is up if nothing happens before.
    fn deadline_if_nothing_happens(&self) -> Instant {
        let held = if self.held.since.is_some() { self.longest_hold } else { self.held.before.min(self.longest_hold) };
        self.submitted + self.budget + held
    }

    /// Whether the printer says that it goes on once somebody has seen to it.
    pub(super) fn waits_for_a_hand(&mut self, waits: bool, now: Instant) {
        match self.held.since {
            // Before the first byte, and once the slip is printed, nobody gains by waiting longer.
            None if waits && self.begun && !self.printed => self.held.since = Some(now),
            Some(since) if !waits || self.printed => {
                self.held = Held { before: self.held.before + now.saturating_duration_since(since), since: None };
            }
            None | Some(_) => {}
        }
    }

    /// So many bytes were taken: what is to be told of that.
    pub(super) fn taken(&mut self, taken: usize, now: Instant) -> Vec<PrinterEvent> {
        let mut events = Vec::new();
        if self.offset == 0 {
            events.push(PrinterEvent::FirstByte { job: self.id, at: now });
        }
        self.begun = true;
        self.offset += taken;
        if self.outgoing().is_empty() {
            events.push(PrinterEvent::LastByte { job: self.id, at: now });
            self.phase = Phase::Flushing;
        }
        events
    }

    /// Some bytes may have been taken.
    pub(super) fn begun(&mut self) {
        self.begun = true;
    }

    /// Everything has left this machine.
    pub(super) fn flushed(&mut self) {
        self.phase = Phase::Confirming;
        self.notes.push_back(Stage::Sent);
        // What was confirmed before the last byte had gone is told in the order of the stages.
        self.notes.extend(self.printed.then_some(Stage::Printed));
        self.notes.extend(self.cut.then_some(Stage::Cut));
    }

    /// Whether the first note is on disk; answers the stage to be told of, if any.
    pub(super) fn recorded(&mut self, durable: bool) -> Option<Stage> {
        let stage = self.notes.pop_front()?;
        if stage == Stage::Sending {
            if !durable {
                self.end(Outcome::NotPrinted, Reason::JournalFailed);
                return None;
            }
            self.durable = true;
        }
        // After the first byte the slip is on its way: a journal that fails stops nothing.
        Some(stage)
    }

    /// The printer has done everything before this id.
    pub(super) fn done(&mut self, id: ProcessId) {
        let Some(ids) = self.encoded.as_ref().and_then(|encoded| encoded.ids) else { return };
        // An id of an earlier job, or of one that is not on its way, proves nothing.
        if !self.begun {
            return;
        }
        let confirming = self.phase == Phase::Confirming;
        if id == ids.printed && !self.printed {
            self.printed = true;
            if confirming {
                self.notes.push_back(Stage::Printed);
            }
        }
        if Some(id) == ids.cut && !self.cut {
            self.printed = true;
            self.cut = true;
            if confirming {
                self.notes.push_back(Stage::Cut);
            }
        }
    }

    pub(super) fn link_lost(&mut self) {
        if self.ending.is_some() {
            return;
        }
        match self.phase {
            Phase::Encoding => {}
            Phase::Waiting(_) => self.phase = Phase::Waiting(Check::Not),
            Phase::Sending | Phase::Flushing | Phase::Confirming if self.begun => {
                self.torso = !self.is_confirmed();
                self.end_begun(Reason::LinkLost);
            }
            Phase::Sending | Phase::Flushing | Phase::Confirming => self.phase = Phase::Waiting(Check::Not),
        }
    }

    fn is_confirmed(&self) -> bool {
        let cuts = self.encoded.as_ref().and_then(|encoded| encoded.ids).is_some_and(|ids| ids.cut.is_some());
        self.cut || (self.printed && !cuts)
    }

    /// Ends a job whose bytes have begun to go.
    fn end_begun(&mut self, reason: Reason) {
        if self.printed {
            if self.phase != Phase::Confirming {
                self.notes.push_back(Stage::Printed);
            }
            self.end(Outcome::Printed, Reason::Confirmed);
        } else {
            self.end(Outcome::Unknown, reason);
        }
    }

    pub(super) fn wish(&mut self, view: &mut View<'_>) -> Wish {
        loop {
            if let Some(stage) = self.notes.front() {
                return Wish::Record(*stage);
            }
            if let Some((outcome, reason)) = self.ending {
                return Wish::End { outcome, reason, torso: self.torso };
            }
            let wish = match self.phase {
                Phase::Encoding => Some(Wish::Wait),
                Phase::Waiting(check) => self.wait(check, view),
                Phase::Sending => self.send(view),
                Phase::Flushing => {
                    self.in_time(view).map(|within| Wish::Flush { within }).or_else(|| Some(self.too_late(view)))
                }
                Phase::Confirming => self.confirm(view),
            };
            if let Some(wish) = wish {
                return wish;
            }
        }
    }

    /// The time left for a step, or `None` when it is up.
    fn in_time(&self, view: &View<'_>) -> Option<Duration> {
        let by = self.stop_or_deadline(view);
        let left = by.saturating_duration_since(view.now);
        (!left.is_zero()).then(|| left.min(view.timing.write_slice))
    }

    fn stop_or_deadline(&self, view: &View<'_>) -> Instant {
        let deadline = self.deadline(view.now);
        view.stop_by.map_or(deadline, |stop| stop.min(deadline))
    }

    /// Connects and waits until the printer can print; `None`: look again.
    fn wait(&mut self, check: Check, view: &mut View<'_>) -> Option<Wish> {
        if view.stop_by.is_some() {
            self.end(Outcome::NotPrinted, Reason::ShutDown);
            return None;
        }
        let late = view.now >= self.deadline(view.now);
        if !view.line.is_up() {
            if late {
                let reason = if view.line.is_live() { Reason::NotReady } else { Reason::Unreachable };
                self.end(Outcome::NotPrinted, reason);
                return None;
            }
            return Some(Wish::Wait);
        }
        match check {
            Check::Not => {
                let Some(until) = view.line.check_before_job(view.status.told, view.trusts_port, view.now) else {
                    self.phase = Phase::Waiting(Check::Done { at: view.now });
                    return None;
                };
                // What is asked goes first.
                self.phase = Phase::Waiting(Check::Asked { until });
                return Some(Wish::Wait);
            }
            Check::Asked { until } if view.now < until && view.line.awaits_answer(view.status.told) && !late => {
                return Some(Wish::Wait);
            }
            Check::Asked { .. } => self.phase = Phase::Waiting(Check::Done { at: view.now }),
            Check::Done { .. } if late => self.end(Outcome::NotPrinted, Reason::NotReady),
            Check::Done { .. } if view.line.must_tell(view.status.told) => return Some(Wish::Wait),
            Check::Done { .. } if view.status.ready() && !self.durable => self.notes.push_back(Stage::Sending),
            Check::Done { .. } if view.status.ready() => {
                view.line.job_begins();
                self.phase = Phase::Sending;
            }
            Check::Done { .. } if late => self.end(Outcome::NotPrinted, Reason::NotReady),
            Check::Done { at }
                if view.line.must_be_asked(view.trusts_port) && view.now >= at + view.timing.first_status =>
            {
                self.phase = Phase::Waiting(Check::Not);
            }
            Check::Done { .. } => return Some(Wish::Wait),
        }
        None
    }

    fn send(&mut self, view: &mut View<'_>) -> Option<Wish> {
        if !self.begun && !view.says_ready {
            self.phase = Phase::Waiting(Check::Not);
            return None;
        }
        match self.in_time(view) {
            Some(within) => Some(Wish::Write { within }),
            None => Some(self.too_late(view)),
        }
    }

    /// The time was up before the last byte had left.
    fn too_late(&mut self, view: &View<'_>) -> Wish {
        let reason = if view.stop_by.is_some() { Reason::ShutDown } else { Reason::TimedOut };
        if self.begun {
            self.torso = true;
            self.end_begun(reason);
            return Wish::Abandon;
        }
        let reason = if reason == Reason::TimedOut && !view.status.ready() { Reason::NotReady } else { reason };
        self.end(Outcome::NotPrinted, reason);
        Wish::End { outcome: Outcome::NotPrinted, reason, torso: false }
    }

    fn confirm(&mut self, view: &View<'_>) -> Option<Wish> {
        if self.encoded.as_ref().and_then(|encoded| encoded.ids).is_none() {
            self.end(Outcome::Unknown, Reason::NoConfirmation);
        } else if self.is_confirmed() {
            self.end(Outcome::Printed, Reason::Confirmed);
        } else if view.now >= self.stop_or_deadline(view) {
            self.end_begun(if view.stop_by.is_some() { Reason::ShutDown } else { Reason::TimedOut });
        } else {
            return Some(Wish::Wait);
        }
        None
    }

    /// When to look at the job again if nothing happens.
    pub(super) fn wake(&self, stop_by: Option<Instant>, timing: &Timing, must_be_asked: bool) -> Instant {
        let deadline = self.deadline_if_nothing_happens();
        let by = stop_by.map_or(deadline, |stop| stop.min(deadline));
        match self.phase {
            Phase::Waiting(Check::Asked { until }) => by.min(until),
            Phase::Waiting(Check::Done { at }) if must_be_asked => by.min(at + timing.first_status),
            Phase::Encoding | Phase::Waiting(_) | Phase::Sending | Phase::Flushing | Phase::Confirming => by,
        }
    }
}
