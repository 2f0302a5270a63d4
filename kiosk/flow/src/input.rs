//! What a journey hears of.

use std::collections::BTreeMap;

use jiff::civil::Time;
use wire::ids::{HelpId, Language, ServiceId, TicketId};
use wire::label::Label;

use crate::effect::TimerId;

/// Something happened.
#[derive(Clone, PartialEq, Debug)]
pub enum Input {
    /// A control was activated: put down and lifted inside.
    Touched(Control),
    /// The button beside the screen that calls a person.
    CallButton,
    /// A timer ran out. A stale one does nothing.
    Timer(TimerId),
    /// The answer to [`crate::Effect::Issue`].
    Issued(Result<Issued, IssueFault>),
    /// What became of a ticket's paper.
    Print(TicketId, PrintReport),
    /// The printer's state changed.
    Printer(PrinterReadiness),
    /// The server told how many people wait.
    Waits(WaitsByService),
    /// The answer to [`crate::Effect::RequestHelp`].
    HelpOpened(HelpId),
    /// The call for help could not even be noted.
    HelpFailed,
    /// News of a call for help.
    Help(HelpId, HelpProgress),
    /// The server is, or is not, within reach.
    Uplink(bool),
    /// The site's wall clock, at each minute.
    Clock(Time),
}

/// What a finger or a key can activate. A screen offers some of them; the others do nothing there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Control {
    /// S01: take a ticket.
    TakeTicket,
    /// S01: give feedback.
    GiveFeedback,
    /// S01, S02: this language.
    Language(Language),
    /// Footer: choose a language.
    Languages,
    /// Footer: the screen before.
    Back,
    /// Footer: call a person.
    CallPerson,
    /// S03: this service.
    Service(ServiceId),
    /// S03: the next services.
    More,
    /// S03: I don't know.
    DontKnow,
    /// S04: take a ticket for this service.
    Confirm,
    /// S04: take a number without paper.
    ConfirmPaperless,
    /// S04: other service.
    OtherService,
    /// S15: no ticket came.
    NoTicket,
    /// S15, S20: stay.
    Stay,
    /// S16: noted.
    Noted,
    /// S16: print again.
    PrintAgain,
    /// S18, S19: the answer of this rank, from 1.
    Answer(u8),
    /// S19: skip.
    Skip,
    /// S22: cancel my request.
    CancelHelp,
    /// S22, S23: go on.
    Continue,
    /// S15, S20, S23: finish.
    Finish,
}

/// A ticket exists, durably.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issued {
    /// Identity.
    pub ticket: TicketId,
    /// The number people see.
    pub label: Label,
    /// The address of its page.
    pub link: String,
    /// How long to wait for its paper before the number is shown without it, in milliseconds: twice what the
    /// printer's profile computes. Ten seconds hold where that is shorter.
    pub paper_ms: u64,
}

/// No ticket was issued.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IssueFault {
    /// The borne cannot write to its store.
    Store,
}

/// What became of a ticket's paper.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PrintReport {
    /// The printer said so.
    Printed,
    /// Every byte is at a printer that does not answer.
    Sent,
    /// Certainly not on paper.
    Failed,
    /// Nobody knows: the link was lost in mid-ticket.
    Lost,
}

/// Whether a ticket could be printed now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PrinterReadiness {
    /// Yes, as far as is known.
    Ready,
    /// No: paper out, cover open, off, or gone.
    NotReady,
}

/// How many people wait, by service.
pub type WaitsByService = BTreeMap<ServiceId, Wait>;

/// How long people wait for a service.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wait {
    /// How many people wait.
    pub ahead: u32,
    /// The range in minutes, where it can be told.
    pub minutes: Option<(u32, u32)>,
}

/// How far a call for help is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HelpProgress {
    /// Staff have been told.
    Told,
    /// A person is on the way.
    Coming,
    /// There is nobody to come.
    Nobody,
}
