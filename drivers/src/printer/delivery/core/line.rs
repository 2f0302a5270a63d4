//! The line to the printer: made, greeted, kept alive, lost and made again.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Setup;
use crate::printer::delivery::timing::{Backoff, Timing};
use crate::printer::job::greeting;
use crate::printer::profile::{Answers, Profile};
use crate::printer::protocol::{ASK_PAPER_STATUS, Info, PrinterStatus, Question};
use crate::printer::transport::Capabilities;

#[derive(Debug)]
pub(super) struct Line {
    timing: Timing,
    answers: Answers,
    capabilities: Capabilities,
    backoff: Backoff,
    next_attempt: Instant,
    live: Option<Live>,
    close_due: bool,
}

/// A link that is there.
#[derive(Debug)]
struct Live {
    since: Instant,
    /// When the printer last said anything.
    heard: Instant,
    /// The greeting has gone.
    greeted: bool,
    /// The greeting frees the printer of a torso: it may be offline, with the greeting in its buffer and unread.
    frees: bool,
    /// Bytes of our own, not of a slip: the greeting and questions.
    chatter: Vec<u8>,
    chatter_offset: usize,
    chatter_by: Instant,
    /// What it has been asked and not answered, in order.
    questions: VecDeque<Question>,
    /// When it was asked whether it is still there.
    asked: Option<Instant>,
    /// `GS r` awaits its answer since then.
    paper_asked: Option<Instant>,
    /// What it has still to be asked about itself, and what it is being asked since when.
    infos: VecDeque<Info>,
    info_asked: Option<(Info, Instant)>,
    stalled_since: Option<Instant>,
    port_due: bool,
    port_asked: Instant,
}

/// What a line at rest came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AtRest {
    Nothing,
    /// Something is to be written, or the port to be looked at.
    Asked,
    /// No answer about paper came.
    NoWordOfPaper,
    /// The printer is not there any more.
    Gone,
}

impl Line {
    pub(super) fn new(setup: &Setup, now: Instant) -> Self {
        Self {
            timing: setup.timing,
            answers: setup.profile.answers,
            capabilities: setup.capabilities,
            backoff: Backoff::new(&setup.timing),
            next_attempt: now,
            live: None,
            close_due: false,
        }
    }

    pub(super) fn is_live(&self) -> bool {
        self.live.is_some()
    }

    /// There is a link, and the printer has taken the greeting.
    pub(super) fn is_up(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.greeted)
    }

    pub(super) fn may_connect(&self, now: Instant) -> bool {
        self.live.is_none() && now >= self.next_attempt
    }

    pub(super) fn wake_to_connect(&self) -> Option<Instant> {
        self.live.is_none().then_some(self.next_attempt)
    }

    /// A visitor waits, or a device has just appeared: the next attempt is now.
    pub(super) fn hurry(&mut self, now: Instant) {
        self.next_attempt = self.next_attempt.min(now);
    }

    pub(super) fn arrived(&mut self, now: Instant) {
        self.backoff.reset();
        self.hurry(now);
    }

    pub(super) fn connected(&mut self, profile: &Profile, interrupted: bool, now: Instant) {
        let questions = if self.answers.dle_eot { Question::ALL.into() } else { VecDeque::new() };
        self.live = Some(Live {
            since: now,
            heard: now,
            greeted: false,
            frees: interrupted,
            chatter: greeting(profile, interrupted),
            chatter_offset: 0,
            chatter_by: now + self.timing.connect,
            questions,
            asked: None,
            paper_asked: (self.answers.gs_r && !self.answers.asb).then_some(now),
            infos: if self.answers.gs_i { Info::ALL.into() } else { VecDeque::new() },
            info_asked: None,
            stalled_since: None,
            port_due: self.answers.port_status,
            port_asked: now,
        });
    }

    pub(super) fn lost(&mut self, absent: bool, now: Instant) {
        if let Some(live) = self.live.take() {
            self.close_due = true;
            if now.saturating_duration_since(live.since) > self.timing.longest_backoff {
                self.backoff.reset();
            }
        }
        let wait = self.backoff.after_failure();
        let wait = if absent { self.capabilities.rescan.map_or(wait, |rescan| wait.min(rescan)) } else { wait };
        self.next_attempt = now + wait;
    }

    /// The link is to be given up, once.
    pub(super) fn take_close_due(&mut self) -> bool {
        std::mem::take(&mut self.close_due)
    }

    /// Ends the link for good.
    pub(super) fn shut(&mut self) {
        self.close_due |= self.live.take().is_some();
    }

    pub(super) fn has_chatter(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.chatter_offset < live.chatter.len())
    }

    pub(super) fn chatter(&self) -> &[u8] {
        self.live.as_ref().map_or(&[], |live| &live.chatter[live.chatter_offset..])
    }

    /// The time left for the chatter; zero when it is up.
    pub(super) fn chatter_within(&self, now: Instant) -> Duration {
        self.live.as_ref().map_or(Duration::ZERO, |live| live.chatter_by.saturating_duration_since(now))
    }

    /// So much of the chatter was taken; true when that was the end of the greeting.
    pub(super) fn chatter_taken(&mut self, taken: usize) -> bool {
        let Some(live) = &mut self.live else { return false };
        live.chatter_offset += taken;
        if live.chatter_offset < live.chatter.len() {
            return false;
        }
        live.chatter.clear();
        live.chatter_offset = 0;
        !std::mem::replace(&mut live.greeted, true)
    }

    fn say(&mut self, bytes: &[u8], now: Instant) {
        let by = now + self.timing.answer;
        if let Some(live) = &mut self.live {
            if live.chatter.is_empty() {
                live.chatter_by = by;
            }
            live.chatter.extend_from_slice(bytes);
        }
    }

    /// The printer takes nothing; true when that has lasted longer than printing explains.
    pub(super) fn stalls(&mut self, now: Instant) -> bool {
        let Some(live) = &mut self.live else { return false };
        live.port_due = true;
        let since = *live.stalled_since.get_or_insert(now);
        now.saturating_duration_since(since) >= self.timing.stall
    }

    pub(super) fn is_stalled(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.stalled_since.is_some())
    }

    /// The printer takes data again: its port has news.
    pub(super) fn flows(&mut self) {
        if let Some(live) = &mut self.live {
            live.port_due |= live.stalled_since.take().is_some();
        }
    }

    pub(super) fn port_due(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.port_due)
    }

    /// The port was looked at; one that answers is there, however long the printer takes nothing.
    pub(super) fn port_answered(&mut self, answered: bool, now: Instant) {
        let by = now + self.timing.answer;
        if let Some(live) = &mut self.live {
            live.port_due = false;
            live.port_asked = now;
            if answered {
                live.chatter_by = live.chatter_by.max(by);
            }
        }
    }

    /// The printer said something.
    pub(super) fn heard(&mut self, now: Instant) {
        if let Some(live) = &mut self.live {
            live.heard = now;
            live.asked = None;
        }
        self.backoff.reset();
    }

    /// A real-time answer came: to this question.
    pub(super) fn answered(&mut self) -> Option<Question> {
        self.live.as_mut()?.questions.pop_front()
    }

    pub(super) fn paper_told(&mut self) {
        if let Some(live) = &mut self.live {
            live.paper_asked = None;
        }
    }

    /// An answer about itself came: to this question.
    pub(super) fn info_told(&mut self) -> Option<Info> {
        self.live.as_mut()?.info_asked.take().map(|(info, _)| info)
    }

    /// From here on dots of a picture may pass for a question, and their answers for the answer.
    pub(super) fn job_begins(&mut self) {
        if let Some(live) = &mut self.live {
            live.questions.clear();
            live.asked = None;
        }
    }

    /// Whether the printer tells its state only when asked.
    pub(super) fn must_be_asked(&self, trusts_port: bool) -> bool {
        !self.answers.asb && (self.answers.dle_eot || self.answers.gs_r || trusts_port)
    }

    /// Asks what a job should know before its first byte; until when the answer is worth waiting for.
    pub(super) fn check_before_job(&mut self, told: bool, trusts_port: bool, now: Instant) -> Option<Instant> {
        let soon = now + self.timing.first_status;
        let Answers { asb, dle_eot, gs_r, .. } = self.answers;
        let live = self.live.as_mut()?;
        live.port_due |= trusts_port;
        let port_due = live.port_due;
        if asb {
            // It tells by itself, and has done so at the beginning.
            let told_by = match (told, live.frees) {
                (true, _) => now,
                (false, false) => live.since + self.timing.first_status,
                (false, true) => soon,
            };
            let until = if port_due || live.info_asked.is_some() { soon.max(told_by) } else { told_by };
            return (until > now).then_some(until);
        }
        if dle_eot {
            live.questions = Question::ALL.into();
            self.say(&Question::ALL.map(Question::request).concat(), now);
        } else if gs_r {
            live.paper_asked = Some(now);
            self.say(&ASK_PAPER_STATUS, now);
        }
        (dle_eot || gs_r || port_due || self.awaits_info()).then_some(soon)
    }

    fn awaits_info(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.info_asked.is_some())
    }

    /// Whether something asked before a job has no answer yet.
    pub(super) fn awaits_answer(&self, told: bool) -> bool {
        let Some(live) = &self.live else { return false };
        let state = if self.answers.asb { !told } else { !live.questions.is_empty() || live.paper_asked.is_some() };
        state || live.port_due || live.info_asked.is_some() || live.chatter_offset < live.chatter.len()
    }

    /// Whether a job must not begin before the printer has told its state: it reads nothing, or it would have.
    pub(super) fn must_tell(&self, told: bool) -> bool {
        self.answers.asb && !told && self.live.as_ref().is_some_and(|live| live.frees)
    }

    /// Looks after a line that nobody prints on.
    pub(super) fn look_at_rest(&mut self, status: &PrinterStatus, trusts_port: bool, now: Instant) -> AtRest {
        let timing = self.timing;
        let Answers { asb, dle_eot, gs_r, .. } = self.answers;
        let Some(live) = self.live.as_mut().filter(|live| live.greeted) else { return AtRest::Nothing };
        if let Some(asked) = live.asked {
            return if now >= asked + timing.answer { AtRest::Gone } else { AtRest::Nothing };
        }
        if live.paper_asked.is_some_and(|asked| now >= asked + timing.answer) {
            live.paper_asked = None;
            return AtRest::NoWordOfPaper;
        }
        if live.info_asked.is_some_and(|(_, asked)| now >= asked + timing.answer) {
            // It knows nothing of such questions.
            live.info_asked = None;
            live.infos.clear();
        }
        if trusts_port && now >= live.port_asked + port_interval(&timing, status) {
            live.port_due = true;
            return AtRest::Asked;
        }
        if status.ready()
            && live.info_asked.is_none()
            && let Some(info) = live.infos.pop_front()
        {
            // The next one only after its answer, as the reference asks (Epson, `GS I`).
            live.info_asked = Some((info, now));
            self.say(&info.request(), now);
            return AtRest::Asked;
        }
        if now < live.heard + timing.quiet {
            return AtRest::Nothing;
        }
        if dle_eot {
            live.asked = Some(now);
            let asks: &[Question] = if asb { &[Question::Printer] } else { &Question::ALL };
            live.questions = asks.iter().copied().collect();
            let bytes: Vec<u8> = asks.iter().flat_map(|question| question.request()).collect();
            self.say(&bytes, now);
            AtRest::Asked
        } else if gs_r && live.paper_asked.is_none() {
            // An offline printer does not answer this one, so silence does not mean that it is gone.
            live.heard = now;
            live.paper_asked = Some(now);
            self.say(&ASK_PAPER_STATUS, now);
            AtRest::Asked
        } else {
            AtRest::Nothing
        }
    }

    pub(super) fn wake_at_rest(&self, status: &PrinterStatus, trusts_port: bool) -> Option<Instant> {
        let live = self.live.as_ref().filter(|live| live.greeted)?;
        let timing = &self.timing;
        if let Some(asked) = live.asked {
            return Some(asked + timing.answer);
        }
        let paper = live.paper_asked.map(|asked| asked + timing.answer);
        let info = live.info_asked.map(|(_, asked)| asked + timing.answer);
        let port = trusts_port.then(|| live.port_asked + port_interval(timing, status));
        let asks = self.answers.dle_eot || (self.answers.gs_r && live.paper_asked.is_none());
        let quiet = asks.then(|| live.heard + timing.quiet);
        [paper, info, port, quiet].into_iter().flatten().min()
    }
}

/// How often a port is looked at that nobody prints on: what is wrong is mended by people in a hurry.
fn port_interval(timing: &Timing, status: &PrinterStatus) -> Duration {
    if status.ready() { timing.quiet } else { timing.answer }
}
