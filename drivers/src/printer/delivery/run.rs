//! One job, from the queue to its outcome.

use std::time::Instant;

use super::link::Written;
use super::report::{JobId, Outcome, PrinterEvent, Reason, Stage};
use super::worker::{Heard, Submitted, Worker};
use crate::printer::job::{EncodedJob, encode_job};
use crate::printer::protocol::PrinterStatus;

/// What became of the bytes.
enum Sent {
    /// All are gone.
    All,
    /// The link was lost before the first: it can be tried again.
    LostBeforeFirst,
    /// It is over.
    Ended(Outcome, Reason),
}

impl Worker {
    /// Prints one job; when this returns its outcome has been told.
    pub(super) fn print(&mut self, submitted: Submitted) {
        let Submitted { job, at } = submitted;
        let parts = &mut self.parts;
        let (outcome, reason) = match encode_job(&mut parts.painter, &job.slip, &parts.profile, job.id) {
            Ok(encoded) => {
                let budget = parts.timing.budget(&parts.profile, encoded.length_mm);
                self.deliver(job.id, &encoded, at + budget)
            }
            Err(error) => {
                tracing::error!(job.id = %job.id, %error, "a slip cannot be printed");
                (Outcome::NotPrinted, Reason::Unprintable)
            }
        };
        self.end(job.id, outcome, reason);
    }

    fn deliver(&mut self, job: JobId, encoded: &EncodedJob, deadline: Instant) -> (Outcome, Reason) {
        let mut recorded = false;
        // A visitor waits: the rest of a long wait between two attempts is not theirs to sit out.
        self.next_attempt = self.next_attempt.min(Instant::now());
        loop {
            if let Err(reason) = self.wait_until_ready(deadline) {
                return (Outcome::NotPrinted, reason);
            }
            if !recorded {
                if let Err(error) = self.parts.journal.record(job, Stage::Sending) {
                    tracing::error!(job.id = %job, error = %error.0, "{error}");
                    return (Outcome::NotPrinted, Reason::JournalFailed);
                }
                recorded = true;
                self.stage(job, Stage::Sending);
            }
            match self.send(job, &encoded.bytes, deadline) {
                Sent::All => break,
                Sent::LostBeforeFirst => {}
                Sent::Ended(outcome, reason) => return (outcome, reason),
            }
        }
        self.note(job, Stage::Sent);
        self.await_confirmation(job, encoded, deadline)
    }

    /// Connects and waits until the printer can print.
    fn wait_until_ready(&mut self, deadline: Instant) -> Result<(), Reason> {
        loop {
            self.hear_all();
            let now = Instant::now();
            if self.stop_by.is_some() {
                return Err(Reason::ShutDown);
            }
            let Some(link) = &self.link else {
                if now >= deadline {
                    return Err(Reason::Unreachable);
                }
                if now >= self.next_attempt {
                    self.connect(deadline);
                } else {
                    self.hear(Some(self.next_attempt.min(deadline)));
                }
                continue;
            };
            let status: PrinterStatus = self.status();
            // A printer that tells its state does so at once: paper may be out.
            let told_by = link.since + self.parts.timing.first_status;
            let waits_to_be_told = self.parts.profile.answers.asb && !status.told && now < told_by;
            if status.ready() && !waits_to_be_told {
                return Ok(());
            }
            if now >= deadline {
                return Err(Reason::NotReady);
            }
            self.hear(Some(if waits_to_be_told { told_by.min(deadline) } else { deadline }));
        }
    }

    fn send(&mut self, job: JobId, bytes: &[u8], deadline: Instant) -> Sent {
        let mut offset = 0;
        if let Some(link) = &mut self.link {
            // From here on dots of a picture may pass for a question, and their answers for the answer.
            link.questions.clear();
        }
        while offset < bytes.len() {
            self.hear_all();
            let Some(link) = self.link.as_mut() else {
                return self.lost_at(offset);
            };
            let by = self.stop_by.map_or(deadline, |stop| stop.min(deadline));
            let left = by.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return self.too_late_at(offset);
            }
            match link.write(&bytes[offset..], left.min(self.parts.timing.write_slice)) {
                Written::Taken(taken) => {
                    if offset == 0 {
                        let at = Instant::now();
                        self.tell(PrinterEvent::FirstByte { job, at });
                    }
                    offset += taken;
                }
                Written::Nothing => {}
                Written::Lost(why) => {
                    self.lose(&why);
                    return self.lost_at(offset);
                }
                Written::LostAmid(why) => {
                    self.lose(&why);
                    return self.lost_at(offset + 1);
                }
            }
        }
        Sent::All
    }

    fn lost_at(&mut self, offset: usize) -> Sent {
        if offset == 0 {
            return Sent::LostBeforeFirst;
        }
        self.cut_off = true;
        Sent::Ended(Outcome::Unknown, Reason::LinkLost)
    }

    fn too_late_at(&mut self, offset: usize) -> Sent {
        let reason = if self.stop_by.is_some() { Reason::ShutDown } else { Reason::TimedOut };
        if offset == 0 {
            return Sent::Ended(Outcome::NotPrinted, reason);
        }
        // The rest must not follow later, before another visitor's slip.
        self.cut_off = true;
        self.lose("the printer stopped taking data in the middle of a slip");
        Sent::Ended(Outcome::Unknown, reason)
    }

    fn await_confirmation(&mut self, job: JobId, encoded: &EncodedJob, deadline: Instant) -> (Outcome, Reason) {
        let Some(ids) = encoded.ids else {
            return (Outcome::Unknown, Reason::NoConfirmation);
        };
        let mut printed = false;
        let reason = loop {
            if self.link.is_none() {
                break Reason::LinkLost;
            }
            let by = self.stop_by.map_or(deadline, |stop| stop.min(deadline));
            if Instant::now() >= by {
                break if self.stop_by.is_some() { Reason::ShutDown } else { Reason::TimedOut };
            }
            match self.hear(Some(by)) {
                Some(Heard::Done(id)) if id == ids.printed => {
                    printed = true;
                    self.note(job, Stage::Printed);
                    if ids.cut.is_none() {
                        break Reason::Confirmed;
                    }
                }
                Some(Heard::Done(id)) if Some(id) == ids.cut => {
                    printed = true;
                    self.note(job, Stage::Cut);
                    break Reason::Confirmed;
                }
                Some(Heard::Done(_) | Heard::Other) | None => {}
            }
        };
        if printed { (Outcome::Printed, Reason::Confirmed) } else { (Outcome::Unknown, reason) }
    }

    /// Journals and tells a stage after the first byte; the slip is on its way, so a journal that fails stops nothing.
    fn note(&mut self, job: JobId, stage: Stage) {
        if let Err(error) = self.parts.journal.record(job, stage) {
            tracing::error!(job.id = %job, error = %error.0, "{error}");
        }
        self.stage(job, stage);
    }
}
