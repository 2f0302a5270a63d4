//! S01, S02, S17, S29.

use wire::catalogue::Service;
use wire::ids::Language;

use super::{button, qr};
use crate::hall::Reception;
use crate::input::Control;
use crate::journey::{Journey, Role};
use crate::texts::Msg;
use crate::view::{Button, Choices, Home, Icon, Languages, Message, Theme, Tone};

/// What the one tile of a small panel says, for whoever reads none of the house's languages.
const LANGUAGE_IN_MANY: &str = "Langue · Language · 语言";

impl Journey {
    pub(super) fn home_view(&self) -> Home {
        let mut choices = vec![self.button(Msg::TakeTicket, Icon::Ticket, Control::TakeTicket)];
        if self.setup.role == Role::Both && self.questions() > 0 {
            choices.push(self.button(Msg::GiveFeedback, Icon::Smile, Control::GiveFeedback));
        }
        Home { title: self.t(Msg::HomeTitle), text: self.t(Msg::HomeText), choices, languages: self.languages_beside() }
    }

    /// The languages on a first screen: a tile each, or one that leads to them, or none where there is no choice.
    pub(super) fn languages_beside(&self) -> Vec<Button> {
        let tiles = self.language_tiles();
        if tiles.len() < 2 || self.room().language_tiles {
            return if tiles.len() < 2 { Vec::new() } else { tiles };
        }
        vec![button(LANGUAGE_IN_MANY.to_owned(), Icon::Languages, Control::Languages)]
    }

    fn language_tiles(&self) -> Vec<Button> {
        let tile = |lang: Language| {
            let current = lang == self.shown_lang();
            let icon = if current { Icon::Check } else { Icon::None };
            let tile = button(lang.endonym().to_owned(), icon, Control::Language(lang));
            Button { selected: current, lang: Some(lang), ..tile }
        };
        self.catalogue().languages().into_iter().map(tile).collect()
    }

    pub(super) fn languages_view(&self) -> Languages {
        Languages { title: self.t(Msg::LanguagesTitle), languages: self.language_tiles() }
    }

    /// S17.
    pub(super) fn closed_view(&self) -> Message {
        let reception = self.hall.site(self.catalogue());
        let full = reception == Reception::Full;
        let mobile = self.catalogue().site.mobile;
        let (title, icon) = match (full, mobile) {
            (true, _) => (Msg::Full, Icon::Ticket),
            (false, true) => (Msg::Closed, Icon::Bus),
            (false, false) => (Msg::Closed, Icon::Clock),
        };
        let text = if full { self.full_text(None) } else { self.closed_text(reception) };
        let online = self.catalogue().site.online.clone();
        let feedback = self.setup.role == Role::Both && self.questions() > 0;
        Message {
            qr: online.map(|link| qr(link, self.t(Msg::ClosedOnline), String::new())),
            // Whoever leaves at the end of the day may still say how it went.
            buttons: feedback
                .then(|| self.button(Msg::GiveFeedback, Icon::Smile, Control::GiveFeedback))
                .into_iter()
                .collect(),
            equal: true,
            ..self.message("S17", icon, Tone::Plain, self.t(title), text)
        }
    }

    fn closed_text(&self, reception: Reception) -> String {
        let mobile = self.catalogue().site.mobile;
        let leaves = self.hall.leaves(self.catalogue()).filter(|_| mobile);
        let leaves = leaves.map(|time| self.fill(Msg::BusLeaves, &[("time", self.texts().time(time))]));
        let next = self
            .next_opening(reception)
            .map(|when| self.fill(if mobile { Msg::BusNext } else { Msg::NextOpening }, &[("when", when)]));
        leaves.into_iter().chain(next).collect::<Vec<_>>().join(" ")
    }

    /// All places of the day are taken; when to come again.
    pub(super) fn full_text(&self, service: Option<&Service>) -> String {
        let next = self.hall.another_day(self.catalogue(), service);
        let next = self.next_opening(Reception::Closed { next });
        let next = next.map(|when| self.fill(Msg::NextOpening, &[("when", when)]));
        [self.t(Msg::FullText)].into_iter().chain(next).collect::<Vec<_>>().join(" ")
    }

    /// When it opens again, as a person says it.
    pub(super) fn next_opening(&self, reception: Reception) -> Option<String> {
        let Reception::Closed { next: Some(next) } = reception else { return None };
        Some(self.texts().moment(next, self.hall.now?.date()))
    }

    /// S29.
    pub(super) fn display_view(&self) -> Choices {
        let switch = |msg, control, on: bool| {
            let icon = if on { Icon::Check } else { Icon::None };
            Button { selected: on, ..self.button(msg, icon, control) }
        };
        let theme = self.prefs.theme;
        Choices {
            code: "S29",
            title: self.t(Msg::DisplayTitle),
            text: self.volume_words(),
            cards: vec![
                switch(Msg::LargerText, Control::LargeText, self.prefs.large_text),
                switch(Msg::HighContrast, Control::HighContrast, theme == Some(Theme::HighContrast)),
                switch(Msg::DarkBackground, Control::DarkBackground, theme == Some(Theme::Night)),
                switch(Msg::ReadAloud, Control::ReadAloud, self.speech.on()),
                switch(Msg::Quieter, Control::Quieter, false),
                switch(Msg::Louder, Control::Louder, false),
            ],
        }
    }
}
