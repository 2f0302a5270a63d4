//! The reading order of a screen: where the keypad goes, and what is spoken there.

use wire::ids::Language;

use super::{Button, Countdown, Message, Qr, Screen, View};
use crate::input::Control;

/// What a stop is.
#[derive(Clone, PartialEq, Debug)]
pub enum StopKind {
    /// The screen's name: the keypad starts here.
    Title,
    /// Something to read.
    Text,
    /// Something to activate.
    Button {
        /// What it does.
        control: Control,
        /// Whether it does it now.
        enabled: bool,
        /// The current choice, or switched on.
        selected: bool,
    },
}

/// A place where the keypad stops, in reading order: title, texts, content, buttons, footer (design, chapter 4).
#[derive(Clone, PartialEq, Debug)]
pub struct Stop {
    /// What the element says, as assistive technology sees it.
    pub label: String,
    /// What it is.
    pub kind: StopKind,
    /// The language of its label, where that is not the screen's.
    pub lang: Option<Language>,
}

impl Stop {
    /// Whether it can be activated.
    #[must_use]
    pub const fn is_button(&self) -> bool {
        matches!(self.kind, StopKind::Button { .. })
    }

    /// Whether it activates this control.
    #[must_use]
    pub fn activates(&self, wanted: &Control) -> bool {
        matches!(&self.kind, StopKind::Button { control, .. } if control == wanted)
    }
}

impl Button {
    /// What it says, in one line: as assistive technology sees it.
    #[must_use]
    pub fn spoken(&self) -> String {
        if self.note.is_empty() { self.label.clone() } else { format!("{}, {}", self.label, self.note) }
    }
}

#[derive(Default)]
struct Order(Vec<Stop>);

impl Order {
    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.0.push(Stop { label: text.to_owned(), kind: StopKind::Text, lang: None });
        }
    }

    fn texts<'a>(&mut self, texts: impl IntoIterator<Item = &'a String>) {
        texts.into_iter().for_each(|text| self.text(text));
    }

    fn buttons<'a>(&mut self, buttons: impl IntoIterator<Item = &'a Button>) {
        self.0.extend(buttons.into_iter().map(|button| Stop {
            label: button.spoken(),
            kind: StopKind::Button {
                control: button.control.clone(),
                enabled: button.enabled,
                selected: button.selected,
            },
            lang: button.lang,
        }));
    }

    fn qr(&mut self, qr: Option<&Qr>) {
        if let Some(qr) = qr {
            self.texts([&qr.caption, &qr.note]);
        }
    }

    fn countdown(&mut self, countdown: Option<&Countdown>) {
        if let Some(countdown) = countdown {
            self.text(&countdown.text);
            self.buttons([&countdown.stay]);
        }
    }

    fn message(&mut self, v: &Message) {
        self.text(&v.text);
        self.text(&v.seconds);
        self.qr(v.qr.as_ref());
        self.countdown(v.countdown.as_ref());
        self.buttons(&v.buttons);
    }
}

impl View {
    /// Every place of the screen in reading order, the footer's last.
    #[must_use]
    pub fn stops(&self) -> Vec<Stop> {
        let mut order = Order::default();
        order.0.push(Stop { label: self.screen.title().to_owned(), kind: StopKind::Title, lang: None });
        match &self.screen {
            Screen::Home(v) => {
                order.text(&v.text);
                order.buttons(v.choices.iter().chain(&v.languages));
            }
            Screen::Languages(v) => order.buttons(&v.languages),
            Screen::Choices(v) => {
                order.text(&v.text);
                order.buttons(&v.cards);
            }
            Screen::Detail(v) => {
                order.texts([&v.wait, &v.ahead, &v.group]);
                order.texts(&v.notices);
                order.text(&v.documents_title);
                order.texts(&v.documents);
                order.qr(v.online.as_ref());
                order.buttons(v.more.iter().chain([&v.primary]).chain(&v.secondary));
            }
            Screen::Message(v) => order.message(v),
            Screen::Ticket(v) => {
                order.text(&v.text);
                order.texts([&v.number, &v.headline]);
                order.texts(&v.lines);
                order.qr(v.qr.as_ref());
                order.countdown(v.countdown.as_ref());
                order.buttons([&v.primary].into_iter().chain(&v.more).chain(&v.secondary));
            }
            Screen::Faces(v) => {
                order.text(&v.text);
                order.buttons(v.faces.iter().chain(&v.languages));
            }
            Screen::Entry(v) => {
                order.text(&v.text);
                order.buttons(v.keys.iter().chain(&v.buttons));
            }
            Screen::Maintenance(v) => {
                order.text(&v.text);
                order.texts(v.facts.iter().map(|fact| &fact.text));
                order.buttons(&v.buttons);
            }
        }
        order.buttons(&self.chrome.footer);
        order.0
    }

    /// Every control on the screen, in reading order, the footer's last.
    pub fn controls(&self) -> impl Iterator<Item = Control> {
        self.stops().into_iter().filter_map(|stop| match stop.kind {
            StopKind::Button { control, .. } => Some(control),
            StopKind::Title | StopKind::Text => None,
        })
    }
}
