//! A whole virtual printer without its cable: a receive buffer before the machine, and the script of its faults. Pure but
//! for the slips it writes: bytes and happenings in, [`Reaction`]s out.

use std::collections::VecDeque;

use super::machine::Machine;
use super::reaction::{Order, Reaction};
use super::script::{Happening, Step};
use super::sensors::{RealTimeQuestions, Roll};
use super::{VirtualError, VirtualEvent, VirtualOptions};

#[derive(Debug)]
pub(crate) struct Device {
    machine: Machine,
    buffer: VecDeque<u8>,
    capacity: usize,
    /// Bytes of the buffer that a link lost now would have kept away.
    arriving: usize,
    questions: RealTimeQuestions,
    /// Bytes worked on since the printer was made.
    done: u64,
    /// Sorted by byte.
    script: Vec<Step>,
    status_told: [u8; 4],
    silent: bool,
    stalled: bool,
    plugged: bool,
    taken: bool,
    linked_before: bool,
    failure: Option<String>,
}

impl Device {
    pub(crate) fn new(options: &VirtualOptions, script: impl IntoIterator<Item = Step>) -> Result<Self, VirtualError> {
        Ok(Self::of(Machine::new(options)?, options.receive_buffer, script))
    }

    /// With a machine of its own.
    pub(super) fn of(machine: Machine, receive_buffer: usize, script: impl IntoIterator<Item = Step>) -> Self {
        let mut script: Vec<Step> = script.into_iter().collect();
        script.sort_by_key(|step| step.at);
        Self {
            status_told: machine.sensors.automatic(),
            machine,
            buffer: VecDeque::new(),
            capacity: receive_buffer,
            arriving: 0,
            questions: RealTimeQuestions::default(),
            done: 0,
            script,
            silent: false,
            stalled: false,
            plugged: true,
            taken: false,
            linked_before: false,
            failure: None,
        }
    }

    /// Switched on: what the script has at byte 0 happens.
    pub(super) fn start(&mut self) -> Reaction {
        self.react(Self::work)
    }

    /// So many bytes it takes now; with none, a cable refuses them (NAK).
    pub(crate) fn room(&self) -> usize {
        if self.failure.is_some() { 0 } else { self.capacity - self.buffer.len() }
    }

    /// Why the printer stopped for good.
    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// The cable is in.
    pub(super) fn plugged(&self) -> bool {
        self.plugged && self.failure.is_none()
    }

    /// Another computer has the printer.
    pub(super) fn taken(&self) -> bool {
        self.taken
    }

    /// The byte of `GET_PORT_STATUS`; a printer that tells nothing says that all is well.
    pub(crate) fn port_status(&self) -> u8 {
        if self.silent { super::sensors::Sensors::all_well().port() } else { self.machine.sensors.port() }
    }

    /// A computer made a link. What an old one left in the middle of a command still waits for its end, as in real
    /// printers, which know nothing of links; until `ESC @` what makes no sense is then skipped.
    pub(crate) fn link_made(&mut self) -> Reaction {
        self.machine.forgiving |= self.linked_before && (self.machine.in_mid_command() || !self.buffer.is_empty());
        self.linked_before = true;
        self.react(|_, reaction| reaction.tell(VirtualEvent::Linked))
    }

    /// The computer let the link go.
    pub(super) fn link_ended(&mut self) -> Reaction {
        self.react(|_, reaction| reaction.tell(VirtualEvent::Unlinked))
    }

    /// Takes bytes, no more than there is room for.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> Reaction {
        self.react(|device, reaction| {
            reaction.tell(VirtualEvent::Received { bytes: bytes.len() });
            for byte in bytes {
                if let Some(n) = device.questions.push(*byte) {
                    reaction.answer(&[device.machine.sensors.real_time(n)]);
                }
            }
            device.buffer.extend(bytes);
            device.arriving = bytes.len();
            device.work(reaction);
            device.arriving = 0;
            if device.room() == 0 && device.failure.is_none() {
                reaction.tell(VirtualEvent::Full);
            }
        })
    }

    /// Something happens now.
    pub(crate) fn happen(&mut self, what: Happening) -> Reaction {
        self.react(|device, reaction| {
            device.apply(what, reaction);
            device.work(reaction);
        })
    }

    /// Something happens once so many more bytes were worked on.
    pub(crate) fn schedule(&mut self, after: u64, what: Happening) -> Reaction {
        let step = Step { at: self.done + after, what };
        let place = self.script.partition_point(|other| other.at <= step.at);
        self.script.insert(place, step);
        self.react(Self::work)
    }

    /// `SOFT_RESET` of the printer class: what came and was not printed is forgotten.
    pub(super) fn soft_reset(&mut self) -> Reaction {
        self.buffer.clear();
        self.machine.power_cycle();
        self.react(Self::work)
    }

    fn react(&mut self, act: impl FnOnce(&mut Self, &mut Reaction)) -> Reaction {
        let mut reaction = Reaction { silent: self.silent, ..Reaction::default() };
        act(self, &mut reaction);
        reaction
    }

    /// Works on what is in the buffer, as far as the printer can.
    fn work(&mut self, reaction: &mut Reaction) {
        loop {
            while self.script.first().is_some_and(|step| step.at <= self.done) {
                let step = self.script.remove(0);
                self.apply(step.what, reaction);
            }
            if self.failure.is_some() || self.stalled || self.machine.sensors.offline() {
                return;
            }
            let Some(byte) = self.buffer.pop_front() else {
                return;
            };
            self.done += 1;
            let worked = self.machine.push(byte, reaction);
            self.tell_status(reaction);
            if let Err(reason) = worked {
                self.fail(&reason, reaction);
            }
        }
    }

    fn apply(&mut self, what: Happening, reaction: &mut Reaction) {
        let sensors = &mut self.machine.sensors;
        reaction.tell(VirtualEvent::Happened(what));
        match what {
            Happening::PaperLoaded => sensors.roll = Roll::Full,
            Happening::PaperNearEnd => sensors.roll = Roll::NearEnd,
            Happening::PaperOut => sensors.roll = Roll::Empty,
            Happening::CoverOpened => sensors.cover_open = true,
            Happening::CoverClosed => sensors.cover_open = false,
            Happening::CutterJams => self.machine.cutter_jams = true,
            Happening::CutterFreed => self.free_cutter(reaction),
            Happening::Stalls => self.stalled = true,
            Happening::GoesOn => self.stalled = false,
            Happening::LinkLost => self.end_link(Order::EndLink, reaction),
            Happening::Unplugged => {
                self.plugged = false;
                self.end_link(Order::Plug(false), reaction);
            }
            Happening::PluggedIn => {
                self.plugged = true;
                reaction.order(Order::Plug(true));
            }
            Happening::PowerCycled => {
                self.buffer.clear();
                self.stalled = false;
                self.machine.power_cycle();
                self.end_link(Order::EndLink, reaction);
            }
            Happening::FallsSilent | Happening::Speaks => {
                self.silent = what == Happening::FallsSilent;
                reaction.silent = self.silent;
            }
            Happening::Taken | Happening::Released => {
                self.taken = what == Happening::Taken;
                reaction.order(Order::Take(self.taken));
            }
        }
        self.tell_status(reaction);
    }

    fn free_cutter(&mut self, reaction: &mut Reaction) {
        self.machine.cutter_jams = false;
        if std::mem::take(&mut self.machine.sensors.cutter_stuck)
            && let Err(reason) = self.machine.cut(reaction)
        {
            self.fail(&reason, reaction);
        }
    }

    /// The rest of what was on its way never came.
    fn end_link(&mut self, how: Order, reaction: &mut Reaction) {
        let lost = self.arriving.min(self.buffer.len());
        self.buffer.truncate(self.buffer.len() - lost);
        self.arriving = 0;
        self.questions = RealTimeQuestions::default();
        reaction.order(how);
    }

    /// Tells the status where it changed, if the printer was asked to.
    fn tell_status(&mut self, reaction: &mut Reaction) {
        let status = self.machine.sensors.automatic();
        let changed = std::mem::replace(&mut self.status_told, status) != status;
        let due = std::mem::take(&mut self.machine.status_due);
        if self.machine.tells_status && (changed || due) {
            reaction.answer(&status);
        }
    }

    fn fail(&mut self, reason: &str, reaction: &mut Reaction) {
        let reason = format!("virtual printer: {reason}, within the first {} bytes received", self.done);
        tracing::error!(%reason, "the virtual printer stops");
        self.machine.note_failure(&reason);
        self.failure = Some(reason.clone());
        reaction.tell(VirtualEvent::Failed { reason });
        reaction.order(Order::Plug(false));
    }
}
