//! Staff at the borne: badge and PIN, maintenance, the paper roll.

use std::time::Duration;

use wire::staff::PIN_DIGITS;

use super::Journey;
use crate::effect::Effect;
use crate::input::{PinCheck, Roll, StaffControl, Typed};
use crate::keyboard::Secret;
use crate::speech::Chime;
use crate::state::{Desk, PinNote, RollStep, State};

/// During a visit, a second tap of the badge within this time means it.
const SECOND_TAP: Duration = Duration::from_secs(10);

impl Journey {
    /// A badge of the site's staff. During a visit one tap may be a mistake: the visitor keeps the screen.
    pub(super) fn badge(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        self.wake(effects);
        let again = self.last_badge.is_some_and(|at| now.saturating_sub(at) < SECOND_TAP);
        self.last_badge = Some(now);
        let busy = matches!(self.state.visit(), State::Issuing { .. } | State::Printing { .. });
        if busy || self.state.of_staff() || !(self.is_home() || matches!(self.state, State::OutOfOrder) || again) {
            return;
        }
        self.last_badge = None;
        let under = Box::new(self.state.clone());
        self.enter(State::Pin { typed: Secret::default(), note: PinNote::None, under }, now, effects);
    }

    pub(super) fn type_pin(&mut self, key: Typed, effects: &mut Vec<Effect>) {
        let State::Pin { typed, note, .. } = &mut self.state else { return };
        if *note == PinNote::Checking {
            return;
        }
        effects.push(Effect::Chime(Chime::Key));
        if key == Typed::Validate {
            let missing = PIN_DIGITS.start().saturating_sub(typed.len());
            if missing > 0 {
                *note = PinNote::Short { missing: u8::try_from(missing).unwrap_or(u8::MAX) };
            } else {
                *note = PinNote::Checking;
                effects.push(Effect::CheckPin(std::mem::take(typed)));
            }
        } else {
            *note = PinNote::None;
            typed.take(key, *PIN_DIGITS.end());
        }
    }

    pub(super) fn pin_checked(&mut self, check: PinCheck, now: Duration, effects: &mut Vec<Effect>) {
        let State::Pin { note: PinNote::Checking, under, .. } = self.state.clone() else { return };
        match check {
            PinCheck::Right => {
                // The visit under it is over; what was answered counts.
                self.state = *under;
                if !self.is_home() {
                    self.go_home(now, effects);
                }
                effects.push(Effect::Watch(true));
                self.enter(State::Staff(Desk::Overview), now, effects);
            }
            PinCheck::Wrong { left } => {
                effects.push(Effect::Chime(Chime::Error));
                let note = PinNote::Wrong { left };
                self.enter(State::Pin { typed: Secret::default(), note, under }, now, effects);
            }
            PinCheck::Locked { minutes } => {
                effects.push(Effect::Chime(Chime::Error));
                self.enter(State::PinLocked { minutes, under }, now, effects);
            }
        }
    }

    pub(super) fn staff(&mut self, control: StaffControl, now: Duration, effects: &mut Vec<Effect>) {
        self.leave_reader_test(effects);
        let desk = match control {
            StaffControl::Overview => Desk::Overview,
            StaffControl::Network => Desk::Network,
            StaffControl::Uncertain => Desk::Uncertain,
            StaffControl::Stop => Desk::Stop,
            StaffControl::TestReader => {
                self.machine.scanned = None;
                effects.push(Effect::TestReader(true));
                Desk::Reader
            }
            StaffControl::Volume => {
                effects.push(Effect::Chime(Chime::Ready));
                Desk::Volume
            }
            StaffControl::ChangeRoll if self.roll.sensors && self.roll.cover_open => Desk::Roll(RollStep::Place),
            StaffControl::ChangeRoll => Desk::Roll(RollStep::Open),
            StaffControl::NextStep => {
                if let State::Staff(Desk::Roll(step)) = self.state {
                    after(step, effects)
                } else {
                    Desk::Overview
                }
            }
            StaffControl::Readable(true) => Desk::Overview,
            StaffControl::Readable(false) => Desk::Roll(RollStep::Place),
            StaffControl::TestTicket => {
                effects.push(Effect::TestTicket);
                Desk::Overview
            }
            StaffControl::CloseReception => {
                let today = self.hall.now.map(jiff::civil::DateTime::date);
                self.hall.shut = if self.hall.shut == today { None } else { today };
                effects.push(Effect::KeepShut(self.hall.shut));
                Desk::Overview
            }
            StaffControl::Restart | StaffControl::PowerOff => {
                effects.push(if control == StaffControl::Restart { Effect::Restart } else { Effect::PowerOff });
                Desk::Overview
            }
            StaffControl::Leave => {
                self.state = State::Staff(Desk::Overview);
                return self.go_home(now, effects);
            }
        };
        self.enter(State::Staff(desk), now, effects);
    }

    /// What the scanner reads is of no more interest once its page is left, by whatever way.
    pub(super) fn leave_reader_test(&self, effects: &mut Vec<Effect>) {
        if matches!(self.state, State::Staff(Desk::Reader)) {
            effects.push(Effect::TestReader(false));
        }
    }

    /// The wizard goes on with what the sensors see; where there are none, staff say so.
    pub(super) fn roll_moved(&mut self, roll: Roll, now: Duration, effects: &mut Vec<Effect>) {
        self.roll = roll;
        let State::Staff(Desk::Roll(step)) = self.state else { return };
        let next = match (step, roll.cover_open, roll.paper) {
            (RollStep::Open, true, _) | (RollStep::Pull, true, false) => RollStep::Place,
            (RollStep::Place, true, true) => RollStep::Pull,
            // Many printers see the paper only under a closed cover.
            (RollStep::Place | RollStep::Pull, false, true) => RollStep::Check,
            (step, _, _) => step,
        };
        if !roll.sensors || next == step {
            return;
        }
        if next == RollStep::Check {
            effects.push(Effect::TestTicket);
        }
        self.enter(State::Staff(Desk::Roll(next)), now, effects);
    }
}

/// The step after one that staff say is done.
fn after(step: RollStep, effects: &mut Vec<Effect>) -> Desk {
    match step {
        RollStep::Open => Desk::Roll(RollStep::Place),
        RollStep::Place => Desk::Roll(RollStep::Pull),
        RollStep::Pull => {
            effects.push(Effect::TestTicket);
            Desk::Roll(RollStep::Check)
        }
        RollStep::Check => Desk::Overview,
    }
}
