//! S18, S19, S20.

use wire::catalogue::{Question, Scale};

use super::{button, qr};
use crate::input::Control;
use crate::journey::{Journey, Role};
use crate::texts::Msg;
use crate::view::{Button, Choices, Faces, Icon, Message, Screen, Tone};

impl Journey {
    pub(super) fn question_screen(&self, index: usize) -> Screen {
        let question = self.catalogue().survey.as_ref().and_then(|s| s.questions.get(index));
        let Some(question) = question else { return Screen::Message(self.out_of_order()) };
        let title = question.text.get(self.shown_lang()).to_owned();
        let mut answers = self.answers(question);
        if index == 0 {
            let languages = if self.setup.role == Role::Survey { self.languages_beside() } else { Vec::new() };
            return Screen::Faces(Faces { title, text: self.t(Msg::AnonymousAnswer), faces: answers, languages });
        }
        answers.push(self.button(Msg::Skip, Icon::Forward, Control::Skip));
        Screen::Choices(Choices { code: "S19", title, text: String::new(), cards: answers })
    }

    fn answers(&self, question: &Question) -> Vec<Button> {
        let last = question.answers.len().saturating_sub(1);
        let face = |i: usize| match (question.scale, i) {
            (Scale::Rows, _) => Icon::None,
            (Scale::Faces, 0) => Icon::Smile,
            (Scale::Faces, i) if i == last => Icon::Frown,
            // Four faces: the second still smiles.
            (Scale::Faces, 1) if last == 3 => Icon::SmileSlight,
            (Scale::Faces, _) => Icon::Meh,
        };
        let ranked = question.answers.iter().zip(1u8..).enumerate();
        ranked
            .map(|(i, (answer, rank))| button(answer.get(self.shown_lang()).to_owned(), face(i), Control::Answer(rank)))
            .collect()
    }

    pub(super) fn thanks_view(&self, left: Option<u8>) -> Message {
        let link = self.catalogue().survey.as_ref().and_then(|s| s.complaint_url.clone());
        Message {
            qr: link.map(|link| qr(link, self.t(Msg::Complaint), String::new())),
            countdown: left.map(|left| self.countdown(left)),
            buttons: vec![self.button(Msg::Finish, Icon::None, Control::Finish)],
            ..self.message("S20", Icon::Check, Tone::Good, self.t(Msg::Thanks), self.t(Msg::ResultsShown))
        }
    }
}
