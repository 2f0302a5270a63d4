//! Where a visit stands.

use std::time::Duration;

use wire::ids::{FamilyId, ServiceId};

use crate::input::{HelpProgress, Issued};
use crate::keyboard::Secret;

/// Why a number is shown without its paper.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unprinted {
    /// It did not come out.
    Failed,
    /// Nobody knows.
    Lost,
    /// The visitor took a number without paper.
    ByChoice,
}

/// What a visitor wants a ticket for.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Wish {
    pub service: ServiceId,
    /// How many people come together, 1 to 9.
    pub group: u8,
    pub priority: bool,
}

/// A ticket in the visitor's hands.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Visit {
    pub issued: Issued,
    pub wish: Wish,
}

/// What became of the PIN that was typed last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PinNote {
    /// Nothing was typed yet.
    None,
    /// It was not long enough; so many digits are missing.
    Short { missing: u8 },
    /// It is being checked.
    Checking,
    /// It was wrong; so many tries are left.
    Wrong { left: u8 },
}

/// A step of the roll wizard (S28).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RollStep {
    /// Open the cover.
    Open,
    /// Place the roll.
    Place,
    /// Pull out some paper, close the cover.
    Pull,
    /// Is the test ticket readable?
    Check,
}

/// What staff look at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Desk {
    Overview,
    Network,
    Uncertain,
    Reader,
    Volume,
    Stop,
    Roll(RollStep),
}

/// Where a visit stands; one variant a screen.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum State {
    Home,
    Closed,
    Languages { under: Box<State> },
    Display { under: Box<State> },
    Families { page: usize },
    Services { family: Option<FamilyId>, page: usize },
    ServiceClosed { service: ServiceId, family: Option<FamilyId>, page: usize },
    Group { service: ServiceId },
    Detail { wish: Wish, page: usize },
    Priority { wish: Wish },
    Issuing { wish: Wish, paperless: bool, slow: bool },
    Printing { visit: Visit, reprint: bool, slow: bool },
    Ready { visit: Visit, unsure: bool, reprinted: bool, left: Option<u8>, page: usize },
    Unprinted { visit: Visit, why: Unprinted, reprinted: bool, page: usize },
    Question { answers: Vec<u8>, suspect: bool },
    Thanks { left: Option<u8> },
    Help { progress: HelpProgress, under: Box<State> },
    StillThere { left: u8, under: Box<State> },
    OutOfOrder,
    Pin { typed: Secret, note: PinNote, under: Box<State> },
    PinLocked { minutes: u8, under: Box<State> },
    Staff(Desk),
}

/// How long the countdowns last, in seconds (S15, S20, S23).
pub(crate) const COUNTDOWN_S: u8 = 30;
/// One step of a countdown.
pub(crate) const STEP: Duration = Duration::from_secs(1);
/// When S14 says "one moment".
pub(crate) const SLOW_PRINT: Duration = Duration::from_secs(4);
/// When S14 gives up at the earliest.
pub(crate) const PRINT_TIME_OUT: Duration = Duration::from_secs(10);
/// When S22 says that nobody is free.
const HELP_PATIENCE: Duration = Duration::from_secs(90);
/// When S22 asks whether the visitor is still there.
const HELP_IDLE: Duration = Duration::from_secs(300);

/// How the time of a screen runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pace {
    /// Somebody looks at it: twice as long with large text, and from the end of what is spoken.
    Idle(Duration),
    /// Something happens by itself after that time, whoever looks.
    Fixed(Duration),
}

impl State {
    /// Its number in the design.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Home => "S01",
            Self::Closed | Self::ServiceClosed { .. } => "S17",
            Self::Languages { .. } => "S02",
            Self::Families { .. } | Self::Services { .. } => "S03",
            Self::Detail { .. } => "S04",
            Self::Group { .. } => "S04G",
            Self::Priority { .. } => "S05",
            Self::Issuing { .. } | Self::Printing { .. } => "S14",
            Self::Ready { .. } => "S15",
            Self::Unprinted { .. } => "S16",
            Self::Question { answers, .. } if answers.is_empty() => "S18",
            Self::Question { .. } => "S19",
            Self::Thanks { .. } => "S20",
            Self::Help { .. } => "S22",
            Self::StillThere { .. } => "S23",
            Self::OutOfOrder => "S24",
            Self::Pin { .. } | Self::PinLocked { .. } => "S26",
            Self::Staff(Desk::Roll(_)) => "S28",
            Self::Staff(_) => "S27",
            Self::Display { .. } => "S29",
        }
    }

    /// How its time runs.
    pub(crate) const fn pace(&self) -> Pace {
        let seconds = match self {
            Self::Home
            | Self::Languages { .. }
            | Self::Display { .. }
            | Self::Families { .. }
            | Self::Services { .. }
            | Self::ServiceClosed { .. }
            | Self::Group { .. }
            | Self::Priority { .. }
            | Self::OutOfOrder => 45,
            Self::Closed | Self::Detail { .. } => 60,
            Self::Ready { left: None, .. } => 30,
            Self::Unprinted { .. } => 120,
            Self::Question { answers, .. } if answers.is_empty() => 45,
            Self::Question { .. } => 20,
            Self::Thanks { left: None } => 10,
            Self::Issuing { .. } | Self::Printing { .. } => return Pace::Fixed(SLOW_PRINT),
            Self::Ready { left: Some(_), .. } | Self::Thanks { left: Some(_) } | Self::StillThere { .. } => {
                return Pace::Fixed(STEP);
            }
            Self::Help { progress: HelpProgress::Told, .. } => return Pace::Fixed(HELP_PATIENCE),
            Self::Help { progress: HelpProgress::Coming | HelpProgress::Nobody, .. } => return Pace::Fixed(HELP_IDLE),
            Self::Pin { .. } | Self::PinLocked { .. } => return Pace::Fixed(Duration::from_secs(20)),
            Self::Staff(_) => return Pace::Fixed(Duration::from_secs(120)),
        };
        Pace::Idle(Duration::from_secs(seconds))
    }

    /// How long taps are ignored once it is shown: a finger may still be where the last button was.
    pub(crate) const fn deaf_for(&self) -> Duration {
        Duration::from_millis(if matches!(self, Self::Thanks { .. }) { 1_000 } else { 300 })
    }

    /// What lies under a screen that lies over another.
    pub(crate) const fn under(&self) -> Option<&Self> {
        match self {
            Self::Languages { under }
            | Self::Display { under }
            | Self::Help { under, .. }
            | Self::StillThere { under, .. }
            | Self::Pin { under, .. }
            | Self::PinLocked { under, .. } => Some(under),
            Self::Home
            | Self::Closed
            | Self::Families { .. }
            | Self::Services { .. }
            | Self::ServiceClosed { .. }
            | Self::Group { .. }
            | Self::Detail { .. }
            | Self::Priority { .. }
            | Self::Issuing { .. }
            | Self::Printing { .. }
            | Self::Ready { .. }
            | Self::Unprinted { .. }
            | Self::Question { .. }
            | Self::Thanks { .. }
            | Self::OutOfOrder
            | Self::Staff(_) => None,
        }
    }

    const fn under_mut(&mut self) -> Option<&mut Self> {
        match self {
            Self::Languages { under }
            | Self::Display { under }
            | Self::Help { under, .. }
            | Self::StillThere { under, .. }
            | Self::Pin { under, .. }
            | Self::PinLocked { under, .. } => Some(under),
            Self::Home
            | Self::Closed
            | Self::Families { .. }
            | Self::Services { .. }
            | Self::ServiceClosed { .. }
            | Self::Group { .. }
            | Self::Detail { .. }
            | Self::Priority { .. }
            | Self::Issuing { .. }
            | Self::Printing { .. }
            | Self::Ready { .. }
            | Self::Unprinted { .. }
            | Self::Question { .. }
            | Self::Thanks { .. }
            | Self::OutOfOrder
            | Self::Staff(_) => None,
        }
    }

    /// The visit under the screens that lie over it.
    pub(crate) fn visit(&self) -> &Self {
        self.under().map_or(self, Self::visit)
    }

    /// See [`State::visit`].
    pub(crate) fn visit_mut(&mut self) -> &mut Self {
        if self.under().is_none() {
            return self;
        }
        match self.under_mut() {
            Some(under) => under.visit_mut(),
            None => unreachable!("something lies under it"),
        }
    }

    /// How far the call for help is that is shown, or lies under what is shown.
    pub(crate) fn help_mut(&mut self) -> Option<&mut HelpProgress> {
        if let Self::Help { progress, .. } = self { Some(progress) } else { self.under_mut()?.help_mut() }
    }

    /// What lies under the lowest of such screens, or this one where there is none: no screen lies over its like.
    pub(crate) fn below_last(&self, such: impl Fn(&Self) -> bool) -> Self {
        let chain = std::iter::successors(Some(self), |state| state.under());
        let below = chain.filter(|state| such(state)).last().and_then(Self::under);
        below.unwrap_or(self).clone()
    }

    /// Whether staff are at the borne.
    pub(crate) const fn of_staff(&self) -> bool {
        matches!(self, Self::Pin { .. } | Self::PinLocked { .. } | Self::Staff(_))
    }
}
