//! What is on the screen, ready to be shown: texts in the visitor's language, controls, nothing to decide.

use wire::ids::Language;

use crate::input::{Control, HelpProgress};

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
    /// The language shown.
    pub lang: Language,
    /// The footer's buttons, in reading order.
    pub footer: Vec<Button>,
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
    /// A straight mouth.
    Meh,
    /// A frown.
    Frown,
    /// Languages.
    Languages,
    /// A helping hand.
    Help,
    /// An arrow against the reading direction.
    Back,
    /// An arrow in the reading direction.
    Forward,
    /// A check mark.
    Check,
    /// A printer.
    Printer,
    /// A warning.
    Warning,
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
    /// The current choice.
    pub selected: bool,
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

/// The screens, by their numbers in the design.
#[derive(Clone, PartialEq, Debug)]
pub enum Screen {
    /// S01.
    Home(Home),
    /// S02.
    Languages(Languages),
    /// S03.
    Services(Services),
    /// S04.
    Detail(Detail),
    /// S14.
    Printing(Printing),
    /// S15.
    Ready(Ready),
    /// S16.
    Unprinted(Unprinted),
    /// S18.
    Faces(Faces),
    /// S19.
    Rows(Rows),
    /// S20.
    Thanks(Thanks),
    /// S22.
    Help(Help),
    /// S23.
    StillThere(StillThere),
    /// S24.
    OutOfOrder(OutOfOrder),
}

impl Screen {
    /// Its number in the design.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Home(_) => "S01",
            Self::Languages(_) => "S02",
            Self::Services(_) => "S03",
            Self::Detail(_) => "S04",
            Self::Printing(_) => "S14",
            Self::Ready(_) => "S15",
            Self::Unprinted(_) => "S16",
            Self::Faces(_) => "S18",
            Self::Rows(_) => "S19",
            Self::Thanks(_) => "S20",
            Self::Help(_) => "S22",
            Self::StillThere(_) => "S23",
            Self::OutOfOrder(_) => "S24",
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
    /// One tile a language.
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

/// S03.
#[derive(Clone, PartialEq, Debug)]
pub struct Services {
    /// The question.
    pub title: String,
    /// Services, then "More" where there are more, then "I don't know"; [`crate::Setup::choices`] and one at most.
    pub cards: Vec<Button>,
}

/// S04.
#[derive(Clone, PartialEq, Debug)]
pub struct Detail {
    /// The service.
    pub title: String,
    /// The wait, or that it is not known.
    pub wait: String,
    /// How many people are before, empty where that is not known.
    pub ahead: String,
    /// "Do you have these documents?", empty where there are none.
    pub documents_title: String,
    /// What to bring, five at most.
    pub documents: Vec<String>,
    /// Where it can be done without coming.
    pub online: Option<Qr>,
    /// Why there is no paper, empty where there is.
    pub notice: String,
    /// Takes the ticket.
    pub primary: Button,
    /// Back to the services, where there is more than one.
    pub secondary: Option<Button>,
}

/// S14.
#[derive(Clone, PartialEq, Debug)]
pub struct Printing {
    /// What happens.
    pub title: String,
    /// After a while: one moment.
    pub text: String,
}

/// S15.
#[derive(Clone, PartialEq, Debug)]
pub struct Ready {
    /// "Your number".
    pub title: String,
    /// `B 42`.
    pub number: String,
    /// "Take your ticket".
    pub headline: String,
    /// Wait and room.
    pub lines: Vec<String>,
    /// The ticket's page.
    pub qr: Qr,
    /// Before going home.
    pub countdown: Option<Countdown>,
    /// "No ticket?", where the printer cannot tell.
    pub secondary: Option<Button>,
    /// Finishes.
    pub primary: Button,
}

/// S16.
#[derive(Clone, PartialEq, Debug)]
pub struct Unprinted {
    /// "Your place is kept", or "Your number".
    pub title: String,
    /// What is known of the paper and what to do.
    pub text: String,
    /// `B 42`, as large as on S15.
    pub number: String,
    /// Wait and room.
    pub lines: Vec<String>,
    /// The ticket's page.
    pub qr: Qr,
    /// A warning beside the title; none where paper was refused.
    pub icon: Icon,
    /// "Print again", where it may help.
    pub secondary: Option<Button>,
    /// "Noted".
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
    /// One tile a language, where this screen is home.
    pub languages: Vec<Button>,
}

/// S19.
#[derive(Clone, PartialEq, Debug)]
pub struct Rows {
    /// The question.
    pub title: String,
    /// Two to five rows, best first, then "Skip".
    pub rows: Vec<Button>,
}

/// S20.
#[derive(Clone, PartialEq, Debug)]
pub struct Thanks {
    /// Thanks.
    pub title: String,
    /// Where the results are.
    pub text: String,
    /// Where to complain; holds no identifier.
    pub complaint: Option<Qr>,
    /// Before going home.
    pub countdown: Option<Countdown>,
    /// Finishes.
    pub primary: Button,
}

/// S22.
#[derive(Clone, PartialEq, Debug)]
pub struct Help {
    /// How far the call is.
    pub progress: HelpProgress,
    /// The same in words.
    pub title: String,
    /// What to do.
    pub text: String,
    /// Goes on.
    pub primary: Button,
    /// Cancels, where there is something to cancel.
    pub secondary: Option<Button>,
}

/// S23.
#[derive(Clone, PartialEq, Debug)]
pub struct StillThere {
    /// The question.
    pub title: String,
    /// What happens otherwise.
    pub text: String,
    /// The seconds left, in large digits.
    pub seconds: String,
    /// Goes on.
    pub primary: Button,
    /// Ends the visit.
    pub secondary: Button,
}

/// S24.
#[derive(Clone, PartialEq, Debug)]
pub struct OutOfOrder {
    /// What is wrong.
    pub title: String,
    /// Where to go.
    pub text: String,
}
