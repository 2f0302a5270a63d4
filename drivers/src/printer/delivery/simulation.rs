//! A world with a clock of its own, for tests: time passes only where the core waits, and everything happens in order.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::core::{Core, Message, NoLink, Setup, Written};
use super::report::{Job, JobId, Outcome, PrinterEvent, Reason, Stage};
use super::world::{World, advance};
use crate::printer::job::EncodedJob;
use crate::printer::protocol::{Demultiplexer, PortStatus, PrinterStatus};
use crate::printer::slip::Slip;

/// What stands at the other end of the line.
pub(super) trait Device {
    /// Takes what it can of these bytes, answers into `replies`, and tells how many it took.
    fn take(&mut self, bytes: &[u8], replies: &mut Vec<u8>) -> usize;
    /// What it says by itself, since somebody has changed it.
    fn speak(&mut self, replies: &mut Vec<u8>);
    fn port(&self) -> Option<PortStatus>;
    /// A new link was made.
    fn linked(&mut self);
    /// It is switched off and on.
    fn power_cut(&mut self) {}
}

type Happening<D> = Box<dyn FnOnce(&mut Simulation<D>)>;

pub(super) struct Simulation<D> {
    pub(super) start: Instant,
    pub(super) now: Instant,
    pub(super) device: D,
    /// Why there is no link to be had.
    pub(super) away: Option<NoLink>,
    pub(super) linked: bool,
    demultiplexer: Demultiplexer,
    inbox: VecDeque<Message>,
    timeline: BTreeMap<(Instant, usize), Happening<D>>,
    happenings: usize,
    pub(super) jobs: HashMap<JobId, EncodedJob>,
    /// The records that survive the program.
    pub(super) journal: Vec<(JobId, Stage)>,
    pub(super) journal_fails: bool,
    pub(super) events: Vec<(Duration, PrinterEvent)>,
    /// Attempts to connect, and when.
    pub(super) attempts: Vec<Duration>,
    /// The job whose bytes are going, and how many have.
    pub(super) sending: Option<(JobId, usize)>,
    /// What goes wrong once so many bytes of a job were taken.
    pub(super) fault: Option<(usize, Fault)>,
    /// Bytes still on their way out of the machine, at so many a millisecond.
    pub(super) slow: Option<usize>,
    unsent: usize,
    /// The program is no more.
    pub(super) killed: bool,
    /// Nothing is left that could happen.
    pub(super) idle: bool,
    pub(super) steps: usize,
}

/// What goes wrong at a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The link is lost; what was taken before has come. It can be had again after so long.
    Lost { back_after: Duration },
    /// The same, in the middle of a write that was half done.
    LostAmid { back_after: Duration },
    /// The printer is switched off and on.
    PowerCut { back_after: Duration },
    /// The system takes the rest of the job, and it never comes; a second later the link is lost.
    LostOnTheWay { back_after: Duration },
    /// The program ends.
    Killed,
}

impl<D: Device> Simulation<D> {
    pub(super) fn new(device: D) -> Self {
        let start = Instant::now();
        Self {
            start,
            now: start,
            device,
            away: None,
            linked: false,
            demultiplexer: Demultiplexer::default(),
            inbox: VecDeque::new(),
            timeline: BTreeMap::new(),
            happenings: 0,
            jobs: HashMap::new(),
            journal: Vec::new(),
            journal_fails: false,
            events: Vec::new(),
            attempts: Vec::new(),
            sending: None,
            fault: None,
            slow: None,
            unsent: 0,
            killed: false,
            idle: false,
            steps: 0,
        }
    }

    /// Something happens so long after the start.
    pub(super) fn at(&mut self, after: Duration, happening: impl FnOnce(&mut Self) + 'static) {
        self.timeline.insert((self.start + after, self.happenings), Box::new(happening));
        self.happenings += 1;
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    /// Hands a job over now.
    pub(super) fn submit(&mut self, id: JobId, encoded: EncodedJob) {
        self.jobs.insert(id, encoded);
        let job = Box::new(Job { id, slip: Slip::default() });
        self.inbox.push_back(Message::Submit { job, at: self.now });
    }

    pub(super) fn hear(&mut self, message: Message) {
        self.inbox.push_back(message);
    }

    /// The program is started anew: nothing of it is left but its journal.
    pub(super) fn restart(&mut self) {
        self.killed = false;
        self.steps = 0;
        self.sending = None;
        self.fault = None;
        self.close();
        self.inbox.clear();
        self.events.clear();
        self.plug();
    }

    /// The device says what it has to say; what comes without a link is lost.
    pub(super) fn listen(&mut self) {
        let mut replies = Vec::new();
        self.device.speak(&mut replies);
        self.receive(&replies);
    }

    /// The device changes, and says so.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut D)) {
        change(&mut self.device);
        self.listen();
    }

    fn receive(&mut self, replies: &[u8]) {
        if !self.linked {
            return;
        }
        let inbox = &mut self.inbox;
        self.demultiplexer.feed(replies, |reply| inbox.push_back(Message::Reply(reply)));
    }

    /// The link breaks, and the reader is the first to know.
    pub(super) fn unplug(&mut self) {
        self.away = Some(NoLink { why: "unplugged".to_owned(), absent: true });
        if self.linked {
            self.linked = false;
            self.inbox.push_back(Message::Lost("unplugged".to_owned()));
        }
    }

    pub(super) fn plug(&mut self) {
        self.away = None;
    }

    /// Runs the core while the condition holds; fails where it would run for ever.
    pub(super) fn run_while(&mut self, core: &mut Core, going_on: impl Fn(&Self) -> bool) {
        self.idle = false;
        while going_on(self) && !self.killed && !self.idle {
            self.steps += 1;
            assert!(self.steps < 200_000, "the core runs in circles");
            if !advance(core, self) {
                return;
            }
        }
    }

    /// Runs until the job has ended, or the program has.
    pub(super) fn run_to_end(&mut self, core: &mut Core, job: JobId) -> Option<(Outcome, Reason)> {
        self.run_while(core, |simulation| simulation.outcome(job).is_none());
        self.outcome(job)
    }

    /// Runs until nothing can happen any more, or the time is up.
    pub(super) fn run_until(&mut self, core: &mut Core, end: Duration) {
        self.at(end, |_| {});
        self.run_while(core, |simulation| simulation.elapsed() < end);
    }

    pub(super) fn outcome(&self, job: JobId) -> Option<(Outcome, Reason)> {
        let outcomes: Vec<(Outcome, Reason)> = self
            .events
            .iter()
            .filter_map(|(_, event)| match event {
                PrinterEvent::Outcome { job: id, outcome, reason } if *id == job => Some((*outcome, *reason)),
                PrinterEvent::Outcome { .. }
                | PrinterEvent::Status(_)
                | PrinterEvent::Stage { .. }
                | PrinterEvent::FirstByte { .. }
                | PrinterEvent::LastByte { .. } => None,
            })
            .collect();
        assert!(outcomes.len() <= 1, "a job ends once: {outcomes:?}");
        outcomes.first().copied()
    }

    pub(super) fn stages(&self, job: JobId) -> Vec<Stage> {
        let stage = |event: &PrinterEvent| match event {
            PrinterEvent::Stage { job: id, stage } if *id == job => Some(*stage),
            PrinterEvent::Stage { .. }
            | PrinterEvent::Outcome { .. }
            | PrinterEvent::Status(_)
            | PrinterEvent::FirstByte { .. }
            | PrinterEvent::LastByte { .. } => None,
        };
        self.events.iter().filter_map(|(_, event)| stage(event)).collect()
    }

    /// The status that was told last.
    pub(super) fn status(&self) -> PrinterStatus {
        let told = self.events.iter().rev().find_map(|(_, event)| match event {
            PrinterEvent::Status(status) => Some(status.clone()),
            PrinterEvent::Stage { .. }
            | PrinterEvent::Outcome { .. }
            | PrinterEvent::FirstByte { .. }
            | PrinterEvent::LastByte { .. } => None,
        });
        told.unwrap_or_else(PrinterStatus::disconnected)
    }

    /// Time passes, with all that happens meanwhile.
    fn pass(&mut self, until: Instant) {
        while let Some(((due, number), _)) = self.timeline.first_key_value().filter(|((due, _), _)| *due <= until) {
            let key = (*due, *number);
            self.now = self.now.max(*due);
            if let Some(happening) = self.timeline.remove(&key) {
                happening(self);
            }
        }
        self.now = self.now.max(until);
    }

    fn lose(&mut self, back_after: Duration) {
        self.unplug();
        let back = self.elapsed() + back_after;
        self.at(back, |simulation| {
            simulation.plug();
            simulation.hear(Message::Arrived);
        });
    }

    /// Where in a job these bytes are; chatter is in none.
    fn place(&self, bytes: &[u8]) -> Option<(JobId, usize)> {
        let (id, sent) = self.sending?;
        let rest = self.jobs.get(&id)?.bytes.get(sent..)?;
        (!rest.is_empty() && bytes == rest).then_some((id, sent))
    }
}

impl<D: Device> World for Simulation<D> {
    fn now(&self) -> Instant {
        self.now
    }

    fn heard(&mut self) -> Option<Message> {
        self.inbox.pop_front()
    }

    fn wait(&mut self, until: Option<Instant>) -> Option<Message> {
        if self.inbox.is_empty() {
            let next = self.timeline.first_key_value().map(|((due, _), _)| *due);
            match [until, next].into_iter().flatten().min() {
                Some(next) => self.pass(next),
                None => self.idle = true,
            }
        }
        self.inbox.pop_front()
    }

    fn tell(&mut self, event: PrinterEvent) {
        self.events.push((self.elapsed(), event));
    }

    fn encode(&mut self, job: &Job) -> Option<EncodedJob> {
        self.jobs.get(&job.id).cloned()
    }

    fn record(&mut self, job: JobId, stage: Stage) -> bool {
        if !self.journal_fails {
            self.journal.push((job, stage));
            if stage == Stage::Sending {
                self.sending = Some((job, 0));
            }
        }
        !self.journal_fails
    }

    fn connect(&mut self, _within: Duration) -> Result<(), NoLink> {
        self.attempts.push(self.elapsed());
        if let Some(away) = &self.away {
            return Err(away.clone());
        }
        self.linked = true;
        self.demultiplexer = Demultiplexer::default();
        // What the old link said is no news; see `Threads`.
        self.inbox.retain(|message| !matches!(message, Message::Reply(_) | Message::Lost(_)));
        self.device.linked();
        self.listen();
        Ok(())
    }

    fn close(&mut self) {
        self.linked = false;
        self.unsent = 0;
        self.inbox.retain(|message| !matches!(message, Message::Reply(_) | Message::Lost(_)));
    }

    fn write(&mut self, bytes: &[u8], within: Duration) -> Written {
        let deadline = self.now + within;
        let place = self.place(bytes);
        loop {
            if !self.linked {
                return Written::Lost("unplugged".to_owned());
            }
            // A fault at this byte strikes before it goes.
            let mut most = bytes.len();
            let mut strikes = None;
            if let (Some((_, sent)), Some((at, fault))) = (place, self.fault) {
                let at_once = matches!(fault, Fault::LostAmid { .. } | Fault::LostOnTheWay { .. });
                if sent >= at || (sent + bytes.len() > at && at_once) {
                    strikes = Some(fault);
                }
                most = most.min(at.saturating_sub(sent));
            }
            let mut replies = Vec::new();
            let taken = if most == 0 { 0 } else { self.device.take(&bytes[..most], &mut replies) };
            self.receive(&replies);
            if let (Some((id, sent)), true) = (place, taken > 0) {
                self.sending = Some((id, sent + taken));
            }
            self.unsent += if self.slow.is_some() { taken } else { 0 };
            match strikes.filter(|_| taken == most) {
                Some(Fault::Lost { back_after }) => {
                    self.fault = None;
                    self.lose(back_after);
                    return Written::Lost("unplugged".to_owned());
                }
                Some(Fault::LostAmid { back_after }) => {
                    self.fault = None;
                    self.lose(back_after);
                    return Written::LostAmid("unplugged in the middle".to_owned());
                }
                Some(Fault::PowerCut { back_after }) => {
                    self.fault = None;
                    self.device.power_cut();
                    self.lose(back_after);
                    return Written::Lost("switched off".to_owned());
                }
                Some(Fault::LostOnTheWay { back_after }) => {
                    self.fault = None;
                    let loss = self.elapsed() + Duration::from_secs(1);
                    self.at(loss, move |simulation| simulation.lose(back_after));
                    return Written::Taken(bytes.len());
                }
                Some(Fault::Killed) => {
                    self.killed = true;
                    return Written::Nothing;
                }
                None => {}
            }
            if taken > 0 {
                return Written::Taken(taken);
            }
            let next = self.timeline.first_key_value().map_or(deadline, |((due, _), _)| (*due).min(deadline));
            self.pass(next);
            if self.now >= deadline {
                return Written::Nothing;
            }
        }
    }

    fn flush(&mut self, within: Duration) -> Written {
        let Some(rate) = self.slow else {
            return Written::Taken(0);
        };
        let needed = Duration::from_millis(u64::try_from(self.unsent.div_ceil(rate)).unwrap_or(u64::MAX));
        let spent = needed.min(within);
        self.pass(self.now + spent);
        self.unsent = self.unsent.saturating_sub(rate * usize::try_from(spent.as_millis()).unwrap_or(usize::MAX));
        if !self.linked {
            return Written::LostAmid("unplugged".to_owned());
        }
        if self.unsent == 0 { Written::Taken(0) } else { Written::Nothing }
    }

    fn port(&mut self) -> Result<Option<PortStatus>, String> {
        if self.linked { Ok(self.device.port()) } else { Err("unplugged".to_owned()) }
    }
}

/// A core for that setup, after an earlier program that left this journal.
pub(super) fn core_after<D: Device>(simulation: &Simulation<D>, setup: Setup) -> Core {
    let last = simulation.journal.last().map(|(_, stage)| *stage);
    Core::new(setup, last, simulation.now)
}
