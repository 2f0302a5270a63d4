//! The keypad: exploring is not activating (EN 301 549, 5.5.2).

use std::time::Duration;

use super::Journey;
use crate::effect::Effect;
use crate::input::{Control, Key, Press};
use crate::state::State;
use crate::view::{Focus, Stop, StopKind, View};

/// How long the key of repetition is held to start speech.
const HOLD: Duration = Duration::from_secs(1);

/// Where the keypad is, whatever else changes on the screen.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Place {
    /// At the screen's name, which does nothing.
    Title,
    /// At the text of this rank.
    Text(usize),
    /// At this control, so many of the same before it: one may stand in the content and in the footer.
    Button(Control, usize),
}

impl Place {
    fn of(stops: &[Stop], at: usize) -> Self {
        match &stops[at].kind {
            StopKind::Title => Self::Title,
            StopKind::Text => Self::Text(stops[..at].iter().filter(|s| s.kind == StopKind::Text).count()),
            StopKind::Button { control, .. } => {
                let before = stops[..at].iter().filter(|s| s.activates(control)).count();
                Self::Button(control.clone(), before)
            }
        }
    }

    /// Its index; the title's where it is gone.
    fn find(&self, stops: &[Stop]) -> usize {
        let found = match self {
            Self::Title => None,
            Self::Text(rank) => {
                stops.iter().enumerate().filter(|(_, s)| s.kind == StopKind::Text).nth(*rank).map(|(at, _)| at)
            }
            Self::Button(wanted, rank) => {
                stops.iter().enumerate().filter(|(_, s)| s.activates(wanted)).nth(*rank).map(|(at, _)| at)
            }
        };
        found.unwrap_or(0)
    }

    /// As the screen draws it.
    pub fn focus(&self, stops: &[Stop]) -> Option<Focus> {
        let at = self.find(stops);
        let stop = stops.get(at)?;
        let same = |other: &&Stop| other.label == stop.label && other.is_button() == stop.is_button();
        let nth = stops[..at].iter().filter(same).count();
        Some(Focus { label: stop.label.clone(), button: stop.is_button(), nth })
    }
}

impl Journey {
    pub(super) fn key(&mut self, key: Key, press: Press, now: Duration, effects: &mut Vec<Effect>) {
        if press == Press::Up {
            if key == Key::Repeat {
                self.hold = None;
            }
            return;
        }
        if self.wake(effects) || self.keep_going(now, effects) {
            return;
        }
        match key {
            Key::Previous => self.explore(-1, now, effects),
            Key::Next => self.explore(1, now, effects),
            Key::Select => self.select(now, effects),
            Key::Repeat => self.repeat(effects),
            Key::Volume => self.next_volume(effects),
        }
    }

    /// Any key says that somebody is there.
    fn keep_going(&mut self, now: Duration, effects: &mut Vec<Effect>) -> bool {
        let asked = matches!(self.state, State::StillThere { .. });
        let warned = matches!(self.state, State::Ready { left: Some(_), .. } | State::Thanks { left: Some(_) });
        if asked || warned {
            self.cut_speech(effects);
            self.place = Some(Place::Title);
        }
        if asked {
            self.uncover(now, effects);
        } else if warned {
            self.stay(now, effects);
        }
        asked || warned
    }

    fn explore(&mut self, step: isize, now: Duration, effects: &mut Vec<Effect>) {
        let view = self.view(now);
        let stops = view.stops();
        let (at, round) = match &self.place {
            // The keypad starts at the screen's name.
            None => (0, false),
            Some(place) => {
                let last = stops.len() - 1;
                match place.find(&stops).checked_add_signed(step) {
                    Some(at) if at <= last => (at, false),
                    Some(_) => (0, true),
                    None => (last, true),
                }
            }
        };
        self.place = Some(Place::of(&stops, at));
        self.say_stop(&view, at, round, effects);
        self.stay_awake(effects);
    }

    fn select(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        let Some(Place::Button(control, _)) = self.place.clone() else {
            // At a text, or nowhere: it is said, or the keypad starts.
            self.explore(0, now, effects);
            return;
        };
        let before = (self.generation, self.speech.begun());
        self.activate_once(control, now, effects);
        // What was activated may have said something itself.
        if (self.generation, self.speech.begun()) == before {
            let view = self.view(now);
            self.say_again(&view, effects);
        }
    }

    fn repeat(&mut self, effects: &mut Vec<Effect>) {
        if self.speech.on() {
            self.say_last(effects);
        } else if self.hold.is_none() {
            let timer = self.next_timer();
            self.hold = Some(timer);
            effects.push(Effect::Start { timer, after: HOLD });
        }
        self.stay_awake(effects);
    }

    /// The key of repetition was held: speech starts, without sight of the screen.
    pub(super) fn held(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        self.hold = None;
        self.begin_speech(now, effects);
    }

    fn say_again(&mut self, view: &View, effects: &mut Vec<Effect>) {
        let stops = view.stops();
        if let Some(place) = &self.place {
            let at = place.find(&stops);
            self.say_stop(view, at, false, effects);
        }
    }
}
