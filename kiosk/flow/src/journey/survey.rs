//! The exit survey.

use std::time::Duration;

use wire::survey::AnswerVector;

use super::Journey;
use crate::effect::Effect;
use crate::state::State;

/// An answer within this time of the last is suspect.
const SUSPECT: Duration = Duration::from_secs(5);

impl Journey {
    pub(super) fn answer(&mut self, rank: u8, now: Duration, effects: &mut Vec<Effect>) {
        if let State::Question { mut answers, mut suspect } = self.state.clone() {
            if answers.is_empty() {
                suspect = self.last_answer.is_some_and(|last| now.saturating_sub(last) < SUSPECT);
            }
            answers.push(rank);
            if answers.len() < self.questions() {
                self.enter(State::Question { answers, suspect }, now, effects);
            } else {
                self.count(answers, suspect, now, effects);
                self.enter(State::Thanks { left: None }, now, effects);
            }
        }
    }

    pub(super) fn skip(&mut self, now: Duration, effects: &mut Vec<Effect>) {
        if let State::Question { answers, suspect } = self.state.clone() {
            self.count(answers, suspect, now, effects);
            self.enter(State::Thanks { left: None }, now, effects);
        }
    }

    pub(super) fn count(&mut self, mut answers: Vec<u8>, suspect: bool, now: Duration, effects: &mut Vec<Effect>) {
        if answers.iter().all(|a| *a == 0) {
            return;
        }
        answers.resize(self.questions(), 0);
        self.last_answer = Some(now);
        effects.push(Effect::Count { vector: AnswerVector(answers), suspect });
    }

    pub(crate) fn questions(&self) -> usize {
        self.setup.catalogue.survey.as_ref().map_or(0, |s| s.questions.len())
    }
}
