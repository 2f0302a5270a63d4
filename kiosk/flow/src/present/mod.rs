//! From where a visit stands to what is on the screen.

mod end;
mod home;
mod service;
mod staff;
mod survey;
mod ticket;

use std::time::Duration;

use wire::catalogue::Catalogue;

use crate::input::Control;
use crate::journey::{Journey, Place};
use crate::state::{Desk, State};
use crate::texts::{Msg, Texts};
use crate::view::{Button, Chrome, Countdown, Icon, Message, Qr, Screen, Tone, View};

impl Journey {
    /// What is on the screen.
    #[must_use]
    pub fn view(&self, now: Duration) -> View {
        let mut view = View { generation: self.generation, chrome: self.chrome(), screen: self.screen(now) };
        view.chrome.focus = self.place.as_ref().and_then(|place: &Place| place.focus(&view.stops()));
        view
    }

    pub(crate) fn texts(&self) -> &Texts {
        self.texts.get(self.shown_lang())
    }

    pub(crate) fn t(&self, msg: Msg) -> String {
        self.texts().get(msg)
    }

    fn fill(&self, msg: Msg, values: &[(&str, String)]) -> String {
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.texts().fill(msg, &values)
    }

    fn catalogue(&self) -> &Catalogue {
        &self.setup.catalogue
    }

    fn button(&self, msg: Msg, icon: Icon, control: Control) -> Button {
        button(self.t(msg), icon, control)
    }

    fn chrome(&self) -> Chrome {
        let time = self.hall.now.map(jiff::civil::DateTime::time);
        Chrome {
            site: self.catalogue().site.name.get(self.shown_lang()).to_owned(),
            clock: time.map(|time| self.texts().clock(time)).unwrap_or_default(),
            lang: self.shown_lang(),
            look: self.setup.appearance.look(self.prefs, self.speech.on(), time),
            focus: None,
            footer: self.footer(),
            call: if let State::Help { progress, .. } = &self.state { Some(*progress) } else { None },
        }
    }

    fn footer(&self) -> Vec<Button> {
        let back = || self.button(Msg::Back, Icon::Back, Control::Back);
        let display = || self.button(Msg::Display, Icon::Display, Control::Display);
        let call = || self.button(Msg::CallPerson, Icon::Help, Control::CallPerson);
        let several = self.catalogue().languages().len() > 1;
        let languages = || several.then(|| self.button(Msg::Language, Icon::Languages, Control::Languages));
        let (has_back, has_languages, has_display, has_call) = match &self.state {
            State::Home | State::Closed | State::Ready { .. } | State::Unprinted { .. } | State::Thanks { .. } => {
                (false, true, true, true)
            }
            State::Question { answers, .. } => {
                (!answers.is_empty() || self.setup.role != crate::Role::Survey, true, true, true)
            }
            State::Families { .. }
            | State::Services { .. }
            | State::ServiceClosed { .. }
            | State::Group { .. }
            | State::Detail { .. }
            | State::Priority { .. } => (true, true, true, true),
            State::Languages { .. } => (true, false, true, true),
            State::Display { .. } => (true, true, false, true),
            State::Help { .. } => (false, true, true, false),
            State::StillThere { .. } => (false, false, false, true),
            State::OutOfOrder => (false, false, false, self.uplink),
            State::Issuing { .. }
            | State::Printing { .. }
            | State::Pin { .. }
            | State::PinLocked { .. }
            | State::Staff(_) => (false, false, false, false),
        };
        has_back
            .then(back)
            .into_iter()
            .chain(if has_languages { languages() } else { None })
            .chain(has_display.then(display))
            .chain(has_call.then(call))
            .collect()
    }

    fn screen(&self, now: Duration) -> Screen {
        match &self.state {
            State::Home => Screen::Home(self.home_view()),
            State::Closed => Screen::Message(self.closed_view()),
            State::Languages { .. } => Screen::Languages(self.languages_view()),
            State::Display { .. } => Screen::Choices(self.display_view()),
            State::Families { page } => Screen::Choices(self.families_view(*page)),
            State::Services { family, page } => Screen::Choices(self.services_view(family.as_ref(), *page, now)),
            State::ServiceClosed { service, .. } => Screen::Message(self.service_closed_view(service)),
            State::Group { .. } => Screen::Entry(self.group_view()),
            State::Detail { wish, page } => self.detail_screen(wish, *page, now),
            State::Priority { .. } => Screen::Message(self.priority_view()),
            State::Issuing { slow, .. } | State::Printing { slow, .. } => Screen::Message(self.printing_view(*slow)),
            State::Ready { visit, unsure, left, page, .. } => {
                Screen::Ticket(self.ready_view(visit, *unsure, *left, *page, now))
            }
            State::Unprinted { visit, why, reprinted, page } => {
                Screen::Ticket(self.unprinted_view(visit, *why, *reprinted, *page, now))
            }
            State::Question { answers, .. } => self.question_screen(answers.len()),
            State::Thanks { left } => Screen::Message(self.thanks_view(*left)),
            State::Help { progress, .. } => Screen::Message(self.help_view(*progress)),
            State::StillThere { left, .. } => Screen::Message(self.still_there_view(*left)),
            State::OutOfOrder => Screen::Message(self.out_of_order()),
            State::Pin { typed, note, .. } => Screen::Entry(self.pin_view(typed.len(), *note)),
            State::PinLocked { minutes, .. } => Screen::Message(self.pin_locked_view(*minutes)),
            State::Staff(Desk::Roll(step)) => Screen::Message(self.roll_view(*step)),
            State::Staff(desk) => self.desk_screen(*desk),
        }
    }

    fn countdown(&self, left: u8) -> Countdown {
        Countdown {
            text: self.fill(Msg::BackIn, &[("seconds", left.to_string())]),
            stay: self.button(Msg::Stay, Icon::None, Control::Stay),
        }
    }

    /// A message without anything but its words.
    fn message(&self, code: &'static str, icon: Icon, tone: Tone, title: String, text: String) -> Message {
        Message {
            code,
            icon,
            tone,
            title,
            text,
            seconds: String::new(),
            qr: None,
            countdown: None,
            buttons: Vec::new(),
            equal: false,
            anywhere: None,
        }
    }
}

const fn qr(link: String, caption: String, note: String) -> Qr {
    Qr { link, caption, note }
}

const fn button(label: String, icon: Icon, control: Control) -> Button {
    Button { label, note: String::new(), icon, selected: false, enabled: true, lang: None, control }
}

impl View {
    /// What a touch beside the buttons does.
    #[must_use]
    pub const fn anywhere(&self) -> Option<&Control> {
        if let Screen::Message(message) = &self.screen { message.anywhere.as_ref() } else { None }
    }
}
