//! What is on the screen, ready to be shown: texts in the visitor's language, controls, nothing to decide.

mod stops;

use wire::ids::Language;

use crate::input::{Control, HelpProgress};

pub use stops::{Stop, StopKind};

/// A whole screen.
#[derive(Clone, PartialEq, Debug)]
pub struct View {
    /// Changes with the screen, not with its content.
    pub generation: u64,
    /// What every screen has.
    pub chrome: Chrome,
    /// The screen itself.
    pub screen: Screen,
}

/// What every screen has.
#[derive(Clone, PartialEq, Debug)]
pub struct Chrome {
    /// The site's name.
    pub site: String,
    /// `10 h 42`, empty until the clock is known.
    pub clock: String,
    /// The language shown: it sets the font and the reading direction.
    pub lang: Language,
    /// How it is drawn.
    pub look: Look,
    /// Where the keypad is; none where it was not used.
    pub focus: Option<Focus>,
    /// The footer's buttons, in reading order.
    pub footer: Vec<Button>,
    /// How far a call for help is, where this is its screen.
    pub call: Option<HelpProgress>,
}

/// The palettes of the design.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Dark on white.
    #[default]
    Standard,
    /// White and yellow on black.
    HighContrast,
    /// Soft on dark: a bus at night.
    Night,
}

/// How a screen is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Look {
    /// The palette.
    pub theme: Theme,
    /// Whether letters are large (EN 301 549, 5.1.4).
    pub large_text: bool,
    /// Whether screens slide in; where not, they change by a cut.
    pub motion: bool,
}

/// Where the keypad is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Focus {
    /// What the element says, as [`Stop::label`].
    pub label: String,
    /// Whether it is a button.
    pub button: bool,
    /// How many of the same kind and label come before it.
    pub nth: usize,
}

/// The pictures beside words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Icon {
    /// No picture.
    None,
    /// A ticket.
    Ticket,
    /// A smile.
    Smile,
    /// A slight smile.
    SmileSlight,
    /// A straight mouth.
    Meh,
    /// A frown.
    Frown,
    /// Languages.
    Languages,
    /// A letter, small and large.
    Display,
    /// A helping hand.
    Help,
    /// An arrow against the reading direction.
    Back,
    /// An arrow in the reading direction.
    Forward,
    /// A check mark.
    Check,
    /// A cross.
    Cross,
    /// A printer.
    Printer,
    /// A warning.
    Warning,
    /// A clock: closed, later.
    Clock,
    /// A bus.
    Bus,
    /// A loudspeaker.
    Speaker,
    /// A loudspeaker with less sound.
    Quieter,
    /// A key that takes the last character away.
    Delete,
    /// People: priority, a group.
    People,
    /// A lock.
    Lock,
    /// The printer's cover is opened.
    RollOpen,
    /// The roll is put in.
    RollPlace,
    /// Paper is pulled out, the cover closed.
    RollPull,
    /// A slip comes out.
    RollSlip,
}

/// Something to activate.
#[derive(Clone, PartialEq, Debug)]
pub struct Button {
    /// What it says.
    pub label: String,
    /// A second line, empty where there is none.
    pub note: String,
    /// Its picture.
    pub icon: Icon,
    /// The current choice, or switched on.
    pub selected: bool,
    /// Whether it does what it says now; where not, its note says why, and activating it explains.
    pub enabled: bool,
    /// The language its label is in, where that is not the screen's: a language's own name.
    pub lang: Option<Language>,
    /// What it does.
    pub control: Control,
}

/// A QR code with its words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Qr {
    /// What it holds.
    pub link: String,
    /// What it is for.
    pub caption: String,
    /// A second line, empty where there is none.
    pub note: String,
}

/// "Back in 30 s", and a button to stay.
#[derive(Clone, PartialEq, Debug)]
pub struct Countdown {
    /// The text with its seconds.
    pub text: String,
    /// The way to stay.
    pub stay: Button,
}

/// The screens' layouts. Several screens of the design may share one; each says its number.
#[derive(Clone, PartialEq, Debug)]
pub enum Screen {
    /// S01.
    Home(Home),
    /// S02.
    Languages(Languages),
    /// S03, S19, S29: cards to choose from.
    Choices(Choices),
    /// S04.
    Detail(Detail),
    /// S05, S14, S17, S20, S22, S23, S24, S28: an icon, a message, a button or two.
    Message(Message),
    /// S15, S16: a number in large letters.
    Ticket(Ticket),
    /// S18.
    Faces(Faces),
    /// S07, S26, the size of a group: keys.
    Entry(Entry),
    /// S27.
    Maintenance(Maintenance),
}

impl Screen {
    /// Its number in the design.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Home(_) => "S01",
            Self::Languages(_) => "S02",
            Self::Choices(v) => v.code,
            Self::Detail(_) => "S04",
            Self::Message(v) => v.code,
            Self::Ticket(v) => v.code,
            Self::Faces(_) => "S18",
            Self::Entry(v) => v.code,
            Self::Maintenance(_) => "S27",
        }
    }

    /// What it is called: its first text.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Home(v) => &v.title,
            Self::Languages(v) => &v.title,
            Self::Choices(v) => &v.title,
            Self::Detail(v) => &v.title,
            Self::Message(v) => &v.title,
            Self::Ticket(v) => &v.title,
            Self::Faces(v) => &v.title,
            Self::Entry(v) => &v.title,
            Self::Maintenance(v) => &v.title,
        }
    }
}

/// S01.
#[derive(Clone, PartialEq, Debug)]
pub struct Home {
    /// The question.
    pub title: String,
    /// What to do.
    pub text: String,
    /// One to three large buttons.
    pub choices: Vec<Button>,
    /// One tile a language; on a small panel one tile that leads to S02; none where one language is offered.
    pub languages: Vec<Button>,
}

/// S02.
#[derive(Clone, PartialEq, Debug)]
pub struct Languages {
    /// The question.
    pub title: String,
    /// One tile a language, the current one selected.
    pub languages: Vec<Button>,
}

/// S03, S19, S29.
#[derive(Clone, PartialEq, Debug)]
pub struct Choices {
    /// Its number in the design.
    pub code: &'static str,
    /// The question.
    pub title: String,
    /// A line below it, empty where there is none.
    pub text: String,
    /// What to choose from, [`crate::Room::cards`] at most; ways on ("More", "Skip") have an icon and stand last.
    pub cards: Vec<Button>,
}

/// S04. On a small panel or with large text, a page of it: what does not stand on it is empty.
#[derive(Clone, PartialEq, Debug)]
pub struct Detail {
    /// The service.
    pub title: String,
    /// The wait, or that it is not known.
    pub wait: String,
    /// How many people are before, empty where that is not known.
    pub ahead: String,
    /// "For 4 people", empty where the visitor is alone.
    pub group: String,
    /// "Do you have these documents?", empty where there are none.
    pub documents_title: String,
    /// What to bring, five at most.
    pub documents: Vec<String>,
    /// Where it can be done without coming.
    pub online: Option<Qr>,
    /// What the visitor must know first: no paper, or not sure before closing.
    pub notices: Vec<String>,
    /// The next part, where not everything fits.
    pub more: Option<Button>,
    /// Takes the ticket.
    pub primary: Button,
    /// "I have priority", "Other service": two at most.
    pub secondary: Vec<Button>,
}

/// How a message's icon is coloured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tone {
    /// As any icon.
    #[default]
    Plain,
    /// Something went well.
    Good,
    /// Look out.
    Warning,
    /// It does not work.
    Fault,
}

/// A message.
#[derive(Clone, PartialEq, Debug)]
pub struct Message {
    /// Its number in the design.
    pub code: &'static str,
    /// What it is about.
    pub icon: Icon,
    /// The icon's colour.
    pub tone: Tone,
    /// What happened.
    pub title: String,
    /// What to do, three lines.
    pub text: String,
    /// Seconds left, in large digits; empty where none are counted.
    pub seconds: String,
    /// A code, where there is one.
    pub qr: Option<Qr>,
    /// Before going home.
    pub countdown: Option<Countdown>,
    /// One or two; the first is the primary one unless [`Message::equal`].
    pub buttons: Vec<Button>,
    /// Whether both buttons weigh the same: a question with yes and no.
    pub equal: bool,
    /// What a touch beside the buttons does.
    pub anywhere: Option<Control>,
}

/// S15, S16.
#[derive(Clone, PartialEq, Debug)]
pub struct Ticket {
    /// Its number in the design.
    pub code: &'static str,
    /// "Your number", "Your place is kept".
    pub title: String,
    /// What is known of the paper and what to do; empty on S15.
    pub text: String,
    /// A warning beside the title, or none.
    pub icon: Icon,
    /// `B 42`, in the same size on both.
    pub number: String,
    /// "Take your ticket"; empty on S16.
    pub headline: String,
    /// Wait and room.
    pub lines: Vec<String>,
    /// The ticket's page; none on the first of two pages.
    pub qr: Option<Qr>,
    /// Before going home.
    pub countdown: Option<Countdown>,
    /// The code on a page of its own, or back from it, on a small panel.
    pub more: Option<Button>,
    /// "Listen", "No ticket?", "Print again": one at most.
    pub secondary: Option<Button>,
    /// Finishes.
    pub primary: Button,
}

/// S18.
#[derive(Clone, PartialEq, Debug)]
pub struct Faces {
    /// The question.
    pub title: String,
    /// "Anonymous answer."
    pub text: String,
    /// Three or four faces, best first.
    pub faces: Vec<Button>,
    /// As [`Home::languages`], where this screen is home.
    pub languages: Vec<Button>,
}

/// Keys to type with.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// Its number in the design.
    pub code: &'static str,
    /// What to type.
    pub title: String,
    /// How long it is, or what is missing.
    pub text: String,
    /// What was typed, one string a place: a character, a dot for a hidden one, empty for one to come. None: no field.
    pub places: Vec<String>,
    /// The keys, row by row; they are never mirrored.
    pub keys: Vec<Button>,
    /// How many keys stand in a row.
    pub columns: usize,
    /// Other ways: letters, digits, cancel.
    pub buttons: Vec<Button>,
}

/// How a thing is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Well.
    Good,
    /// Soon not.
    Warning,
    /// Not.
    Fault,
    /// Neither: a figure.
    Plain,
}

/// A line of S27.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Fact {
    /// How it is.
    pub level: Level,
    /// What is how, in words.
    pub text: String,
}

/// S27.
#[derive(Clone, PartialEq, Debug)]
pub struct Maintenance {
    /// "Under maintenance".
    pub title: String,
    /// Name, version, time.
    pub text: String,
    /// How everything is.
    pub facts: Vec<Fact>,
    /// What can be done.
    pub buttons: Vec<Button>,
}
