//! Where a visit stands.

use std::time::Duration;

use wire::ids::ServiceId;

use crate::input::{HelpProgress, Issued};

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

/// A ticket in the visitor's hands.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Visit {
    pub issued: Issued,
    pub service: ServiceId,
}

/// Where a visit stands; one variant a screen.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum State {
    Home,
    Languages { under: Box<State> },
    Services { first: usize },
    Detail { service: ServiceId },
    Issuing { service: ServiceId, paperless: bool, slow: bool },
    Printing { visit: Visit, reprint: bool, slow: bool },
    Ready { visit: Visit, unsure: bool, reprinted: bool, left: Option<u8> },
    Unprinted { visit: Visit, why: Unprinted, reprinted: bool },
    Question { answers: Vec<u8>, suspect: bool },
    Thanks { left: Option<u8> },
    Help { progress: HelpProgress, under: Box<State> },
    StillThere { left: u8, under: Box<State> },
    OutOfOrder,
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
pub(crate) const HELP_PATIENCE: Duration = Duration::from_secs(90);
/// When S22 asks whether the visitor is still there.
const HELP_IDLE: Duration = Duration::from_secs(300);

impl State {
    /// Its number in the design.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Home => "S01",
            Self::Languages { .. } => "S02",
            Self::Services { .. } => "S03",
            Self::Detail { .. } => "S04",
            Self::Issuing { .. } | Self::Printing { .. } => "S14",
            Self::Ready { .. } => "S15",
            Self::Unprinted { .. } => "S16",
            Self::Question { answers, .. } if answers.is_empty() => "S18",
            Self::Question { .. } => "S19",
            Self::Thanks { .. } => "S20",
            Self::Help { .. } => "S22",
            Self::StillThere { .. } => "S23",
            Self::OutOfOrder => "S24",
        }
    }

    /// How long it stays before something happens by itself: its first timer.
    pub(crate) fn first_timer(&self) -> Option<Duration> {
        let seconds = match self {
            Self::Home | Self::Languages { .. } | Self::Services { .. } | Self::OutOfOrder => 45,
            Self::Detail { .. } => 60,
            Self::Issuing { .. } | Self::Printing { .. } => return Some(SLOW_PRINT),
            Self::Ready { left: None, .. } => 30,
            Self::Unprinted { .. } => 120,
            Self::Question { answers, .. } if answers.is_empty() => 45,
            Self::Question { .. } => 20,
            Self::Thanks { left: None } => 10,
            Self::Ready { left: Some(_), .. } | Self::Thanks { left: Some(_) } | Self::StillThere { .. } => {
                return Some(STEP);
            }
            Self::Help { progress: HelpProgress::Told, .. } => return Some(HELP_PATIENCE),
            Self::Help { progress: HelpProgress::Coming | HelpProgress::Nobody, .. } => return Some(HELP_IDLE),
        };
        Some(Duration::from_secs(seconds))
    }

    /// How long taps are ignored once it is shown: a finger may still be where the last button was.
    pub(crate) const fn deaf_for(&self) -> Duration {
        Duration::from_millis(if matches!(self, Self::Thanks { .. }) { 1_000 } else { 300 })
    }

    /// What lies under a screen that lies over another.
    pub(crate) fn under(&self) -> Option<&Self> {
        if let Self::Languages { under } | Self::Help { under, .. } | Self::StillThere { under, .. } = self {
            Some(under)
        } else {
            None
        }
    }

    /// The visit under the screens that lie over it.
    pub(crate) fn visit(&self) -> &Self {
        self.under().map_or(self, Self::visit)
    }

    pub(crate) fn visit_mut(&mut self) -> &mut Self {
        let mut state = self;
        while state.under().is_some() {
            if let Self::Languages { under } | Self::Help { under, .. } | Self::StillThere { under, .. } = state {
                state = under;
            } else {
                unreachable!("nothing lies under it");
            }
        }
        state
    }
}
