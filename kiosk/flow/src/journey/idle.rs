//! What happens by itself: warnings before a result goes away, the way home, the panel's lamp.

use std::time::Duration;

use super::Journey;
use crate::Role;
use crate::effect::Effect;
use crate::hall::Reception;
use crate::input::HelpProgress;
use crate::speech::Chime;
use crate::state::{self, Pace, State, Unprinted};

/// How long after everybody left a screen waits before it asks.
const NOBODY_THERE: Duration = Duration::from_secs(10);

impl Journey {
    pub(super) fn timed_out(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        match self.state.clone() {
            // Nothing to lose: the next visitor finds French again.
            _ if self.is_home() => {
                self.forget(effects);
                if self.is_after_hours() {
                    self.darken(effects);
                }
            }
            State::Home | State::Closed | State::OutOfOrder | State::Staff(_) => self.go_home(now, effects),
            State::Issuing { wish, paperless, slow: known_slow } => {
                self.state = State::Issuing { wish, paperless, slow: true };
                self.start(state::PRINT_TIME_OUT, effects);
                if !known_slow {
                    self.say_news(effects);
                }
            }
            State::Printing { visit, reprint, slow: false } => {
                let whole = state::PRINT_TIME_OUT.max(Duration::from_millis(visit.issued.paper_ms));
                self.state = State::Printing { visit, reprint, slow: true };
                self.start(whole - state::SLOW_PRINT, effects);
                self.say_news(effects);
            }
            State::Printing { visit, reprint, slow: true } => {
                effects.push(Effect::Chime(Chime::Error));
                let why = Unprinted::Lost;
                self.enter(State::Unprinted { visit, why, reprinted: reprint, page: 0 }, now, effects);
            }
            State::Ready { visit, unsure, reprinted, left, page } => {
                self.count_down(left, |left| State::Ready { visit, unsure, reprinted, left, page }, now, effects);
            }
            State::Thanks { left } => self.count_down(left, |left| State::Thanks { left }, now, effects),
            State::StillThere { left, under } => match step(Some(left)) {
                Some(left) => {
                    self.tick(State::StillThere { left, under }, effects);
                    if left == 10 {
                        self.say_news(effects);
                    }
                }
                None => self.go_home(now, effects),
            },
            State::Help { progress: HelpProgress::Told, under } => {
                self.enter(State::Help { progress: HelpProgress::Nobody, under }, now, effects);
            }
            // A member of staff who went away: what lay under goes on.
            State::Pin { .. } | State::PinLocked { .. } => self.uncover(now, effects),
            under @ (State::Languages { .. }
            | State::Display { .. }
            | State::Families { .. }
            | State::Services { .. }
            | State::ServiceClosed { .. }
            | State::Group { .. }
            | State::Detail { .. }
            | State::Priority { .. }
            | State::Unprinted { .. }
            | State::Question { .. }
            | State::Help { .. }) => {
                effects.push(Effect::Chime(Chime::Inactivity));
                let under = Box::new(under);
                self.enter(State::StillThere { left: state::COUNTDOWN_S, under }, now, effects);
            }
        }
    }

    fn count_down(
        &mut self,
        left: Option<u8>,
        at: impl FnOnce(Option<u8>) -> State,
        now: Duration,
        effects: &mut Vec<Effect>,
    ) {
        match step(left) {
            Some(seconds) => {
                self.tick(at(Some(seconds)), effects);
                if left.is_none() {
                    effects.push(Effect::Chime(Chime::Inactivity));
                    self.say_news(effects);
                }
            }
            None => self.go_home(now, effects),
        }
    }

    /// A second of a countdown: the same screen with another number.
    fn tick(&mut self, state: State, effects: &mut Vec<Effect>) {
        self.state = state;
        self.start(state::STEP, effects);
    }

    /// Somebody did something that leads nowhere else: the screen stays its whole time again.
    pub(super) fn stay_awake(&mut self, effects: &mut Vec<Effect>) {
        if matches!(self.state.pace(), Pace::Idle(_)) || matches!(self.state, State::Staff(_) | State::Pin { .. }) {
            self.start_pace(effects);
        }
    }

    /// What a visitor left open is asked for sooner when the sensor sees that nobody is there.
    pub(super) fn presence(&mut self, present: bool, effects: &mut Vec<Effect>) {
        if present {
            // The time of a screen that was about to ask runs whole again.
            if !self.wake(effects) && !self.is_home() && matches!(self.state.pace(), Pace::Idle(_)) {
                self.start_pace(effects);
            }
        } else if !self.is_home() && matches!(self.state.pace(), Pace::Idle(_)) && !self.speech.on() {
            self.start(NOBODY_THERE, effects);
        }
    }

    /// Whether nobody is received, and the first screen may rest. A borne that only asks is answered by those who leave:
    /// it shows no other screen then.
    pub(super) fn is_after_hours(&self) -> bool {
        match self.setup.role {
            Role::Survey => matches!(self.hall.site(&self.setup.catalogue), Reception::Closed { .. }),
            Role::Ticket | Role::Both => self.state == State::Closed,
        }
    }

    /// The panel's lamp is off while nobody is received.
    fn darken(&mut self, effects: &mut Vec<Effect>) {
        if !self.dark {
            self.dark = true;
            effects.push(Effect::Backlight(false));
        }
    }

    /// Lights the panel again. Whether it was dark: a touch that lights it does nothing else.
    pub(super) fn wake(&mut self, effects: &mut Vec<Effect>) -> bool {
        if self.dark {
            effects.push(Effect::Backlight(true));
            self.start_pace(effects);
        }
        std::mem::take(&mut self.dark)
    }
}

fn step(left: Option<u8>) -> Option<u8> {
    match left {
        None => Some(state::COUNTDOWN_S),
        Some(0 | 1) => None,
        Some(n) => Some(n - 1),
    }
}
