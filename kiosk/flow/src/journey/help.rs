//! Calls for a person.

use std::time::Duration;

use wire::ids::HelpId;

use super::Journey;
use crate::effect::Effect;
use crate::input::HelpProgress;
use crate::state::State;

impl Journey {
    /// The button is there on every screen, also where a person has been called already; a number is waited for first,
    /// which takes no time that a person notices.
    pub(super) fn call_button(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        self.wake(effects);
        let called = matches!(
            self.state,
            State::Help { progress: HelpProgress::Told | HelpProgress::Coming, .. } | State::Issuing { .. }
        );
        if !called && !self.state.of_staff() {
            self.cut_speech(effects);
            self.call_person(now, effects);
        }
    }

    pub(super) fn call_person(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        // The question whether somebody is there has its answer; a call lies over no other.
        let asked = |state: &State| matches!(state, State::StillThere { .. } | State::Help { .. });
        let under = Box::new(self.state.below_last(asked));
        let progress = self.help_progress();
        if self.help.is_none() && !self.help_asked {
            effects.push(Effect::RequestHelp);
            self.help_asked = progress == HelpProgress::Told;
        }
        self.enter(State::Help { progress, under }, now, effects);
    }

    /// Whoever asked needs nobody now, also where the call's number is not known yet.
    pub(super) fn cancel_help(&mut self, effects: &mut Vec<Effect>) {
        self.help_asked = false;
        effects.extend(self.help.take().map(Effect::CancelHelp));
    }

    pub(super) fn help_opened(&mut self, help: HelpId, effects: &mut Vec<Effect>) {
        if std::mem::take(&mut self.help_asked) {
            self.help = Some(help);
        } else {
            // Nobody can hear it now: it is kept for the count, and rings nowhere hours later.
            effects.push(Effect::CancelHelp(help));
        }
    }

    /// The call reaches nobody now: the desk is named at once.
    pub(super) fn nobody_comes(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        self.help_asked = false;
        if let State::Help { progress: HelpProgress::Told, under } = self.state.clone() {
            self.enter(State::Help { progress: HelpProgress::Nobody, under }, now, effects);
        }
    }

    pub(super) fn help_news(&mut self, help: HelpId, news: HelpProgress, now: Duration, effects: &mut Vec<Effect>) {
        if self.help != Some(help) {
            return;
        }
        if news == HelpProgress::Coming {
            // They see for themselves whether somebody is still there.
            self.help = None;
        }
        // Another screen may lie over the call's: it is found changed.
        let Some(progress) = self.state.help_mut() else { return };
        if *progress == news || (*progress, news) == (HelpProgress::Nobody, HelpProgress::Told) {
            return;
        }
        *progress = news;
        if matches!(self.state, State::Help { .. }) {
            let state = self.state.clone();
            self.enter(state, now, effects);
        }
    }
}
