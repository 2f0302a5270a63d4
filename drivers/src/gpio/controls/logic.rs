//! What edges and requests come to: pure, time is an argument.

use std::time::{Duration, Instant};

use super::super::buzzer::{Buzzer, Sound};
use super::super::debounce::{Debounce, Settle};
use super::super::light::{Light, Ring};
use super::{ControlEvent, Part};

/// A button that is held so long is jammed, or something leans on it.
pub const STUCK_AFTER: Duration = Duration::from_secs(30);

/// What is to be done, in order.
#[derive(Debug)]
pub(super) enum Action {
    Tell(ControlEvent),
    Set(Part, bool),
}

/// All parts, whether or not they are fitted: one that is not gets no edge, and its outputs are nobody's.
#[derive(Debug)]
pub(super) struct Logic {
    button: Debounce,
    /// When a button that is held becomes a stuck one.
    stuck_at: Option<Instant>,
    /// Its press or its jam was told, and its release was not.
    held: bool,
    presence: Debounce,
    ring: Ring,
    buzzer: Buzzer,
}

impl Logic {
    pub(super) fn new(button: Settle, presence: Settle, now: Instant) -> Self {
        Self {
            button: Debounce::new(button, false),
            stuck_at: None,
            held: false,
            presence: Debounce::new(presence, false),
            ring: Ring::new(now),
            buzzer: Buzzer::default(),
        }
    }

    /// An input was requested and found at a level.
    pub(super) fn found(&mut self, part: Part, active: bool, now: Instant, actions: &mut Vec<Action>) {
        match part {
            // Nobody presses it now as far as is known: a button that jammed must not call at every start.
            Part::Button => {
                self.button.restart(active);
                self.stuck_at = active.then(|| now + STUCK_AFTER);
            }
            Part::Presence => self.edge(part, active, now, actions),
            Part::Ring | Part::Buzzer => {}
        }
    }

    /// An input's level changed.
    pub(super) fn edge(&mut self, part: Part, active: bool, at: Instant, actions: &mut Vec<Action>) {
        match part {
            Part::Button => {
                let change = self.button.edge(active, at);
                self.pressed(change, at, actions);
            }
            Part::Presence => {
                let change = self.presence.edge(active, at);
                tell_presence(change, actions);
            }
            Part::Ring | Part::Buzzer => {}
        }
    }

    /// A part is there no more: what it held ends.
    pub(super) fn lost(&mut self, part: Part, actions: &mut Vec<Action>) {
        match part {
            Part::Button => {
                self.released(actions);
                self.button.restart(false);
            }
            Part::Presence => {
                if self.presence.active() {
                    tell_presence(Some(false), actions);
                }
                self.presence.restart(false);
            }
            Part::Ring | Part::Buzzer => {}
        }
    }

    pub(super) fn show(&mut self, light: Light, now: Instant) {
        self.ring.show(light, now);
    }

    pub(super) fn sound(&mut self, sound: Sound, now: Instant) {
        if !self.buzzer.begin(sound, now) {
            tracing::debug!("a sound is dropped: another has just been asked for");
        }
    }

    /// The level that an output has, for one that comes back.
    pub(super) const fn level(&self, part: Part) -> bool {
        match part {
            Part::Ring => self.ring.lit(),
            Part::Button | Part::Presence | Part::Buzzer => false,
        }
    }

    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        [self.button.due(), self.stuck_at, self.presence.due(), self.ring.due(now), self.buzzer.due(now)]
            .into_iter()
            .flatten()
            .min()
    }

    pub(super) fn tick(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let change = self.button.tick(now);
        self.pressed(change, now, actions);
        if self.stuck_at.is_some_and(|at| at <= now) {
            self.stuck_at = None;
            self.held = true;
            actions.push(Action::Tell(ControlEvent::Stuck));
        }
        let change = self.presence.tick(now);
        tell_presence(change, actions);
        actions.extend(self.ring.tick(now).map(|lit| Action::Set(Part::Ring, lit)));
        actions.extend(self.buzzer.tick(now).map(|on| Action::Set(Part::Buzzer, on)));
    }

    fn pressed(&mut self, change: Option<bool>, now: Instant, actions: &mut Vec<Action>) {
        match change {
            Some(true) => {
                self.stuck_at = Some(now + STUCK_AFTER);
                self.held = true;
                actions.push(Action::Tell(ControlEvent::Pressed));
            }
            Some(false) => self.released(actions),
            None => {}
        }
    }

    fn released(&mut self, actions: &mut Vec<Action>) {
        self.stuck_at = None;
        if std::mem::take(&mut self.held) {
            actions.push(Action::Tell(ControlEvent::Released));
        }
    }
}

fn tell_presence(change: Option<bool>, actions: &mut Vec<Action>) {
    let event = change.map(|present| if present { ControlEvent::Present } else { ControlEvent::Absent });
    actions.extend(event.map(Action::Tell));
}
