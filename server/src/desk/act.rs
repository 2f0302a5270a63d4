//! What can be asked of a site's desk, and what it answers.

use std::collections::BTreeSet;

use jiff::Timestamp;
use queue_engine::policy::{NotUndone, TooSoon};
use queue_engine::{NotHere, NotPostponed, State};
use uuid::Uuid;
use wire::event::{Event, ParkReason, PauseReason, QueuePlace};
use wire::ids::{AgentRef, CounterId, HelpId, Language, NeedId, ServiceId, TicketId};
use wire::token::TicketToken;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Somebody who is signed in.
    Staff {
        /// The account's number, which counters that open and calls for help that are answered tell.
        account: Option<AgentRef>,
        /// Whether they see to the whole hall, and may act for any counter.
        supervises: bool,
    },
    /// Whoever holds the ticket's link.
    Visitor,
    /// The server, when a day ends: an absence that nobody noted needs no further call then, and is the last; what it did
    /// itself it takes back whenever it is asked to.
    House,
}

/// A ticket as the page showed it: one that has moved on since is not moved again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Which ticket.
    pub ticket: TicketId,
    /// In which passage.
    pub episode: u32,
}

/// Something to do. What says "this counter" wants one to be named beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Calls whom the policy says to this counter.
    Call,
    /// Calls a ticket that the agent chose to this counter. Why is for the caller to ask and to record.
    CallThis(Seen),
    /// Rings once more for whom this counter has called.
    Recall(Seen),
    /// The person is at this counter.
    Start(Seen),
    /// The person has been served at this counter.
    Finish {
        /// Who.
        seen: Seen,
        /// How long it took says nothing.
        inexact: bool,
    },
    /// Nobody came to this counter. As often as the policy grants it the ticket is in the queue again after its minutes.
    NoShow(Seen),
    /// The person at this counter steps aside, and comes back to it.
    Park {
        /// Who.
        seen: Seen,
        /// Why.
        reason: ParkReason,
    },
    /// A parked person is at this counter again. Nothing rings. Another counter's takes a supervisor.
    Resume(Seen),
    /// The person at this counter, or one who waits or is set aside, goes on elsewhere.
    Transfer {
        /// Who.
        seen: Seen,
        /// What for from now on; none: as before.
        service: Option<ServiceId>,
        /// The counter that calls it, and no other; none: any that receives for the service.
        counter: Option<CounterId>,
        /// Where it stands there; none: as the policy says.
        place: Option<QueuePlace>,
    },
    /// The ticket was taken for the wrong service: same number, original place.
    Redirect {
        /// Who.
        seen: Seen,
        /// The right one.
        service: ServiceId,
    },
    /// One who waits lets others go first, as many as the policy says.
    Postpone(Seen),
    /// Who was absent, or whose ticket was cancelled, is in the queue again.
    Reinstate(Seen),
    /// One who waits or is set aside gives up.
    Cancel(Seen),
    /// Somebody who waits has an appointment, and has come for it.
    CheckIn {
        /// Who.
        seen: Seen,
        /// When they are expected.
        appointment: Timestamp,
    },
    /// Takes the last action on a ticket back, within the policy's seconds.
    Undo(Seen),
    /// Gives a ticket of the desk's own series.
    Issue(NewTicket),
    /// Gives a ticket another link; those before it hold.
    Reprint(Seen),
    /// This counter receives people.
    Open {
        /// What for from now on; empty: whatever the counter and the agent can do.
        services: BTreeSet<ServiceId>,
    },
    /// This counter receives nobody for a while.
    Pause(PauseReason),
    /// Nobody sits at this counter any more.
    Close,
    /// Somebody goes to a borne.
    AnswerHelp(HelpId),
}

impl Act {
    /// The kind of the first event that it writes, as events' `type` says it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Call | Self::CallThis(_) => "called",
            Self::Recall(_) => "recalled",
            Self::Start(_) => "started",
            Self::Finish { .. } => "finished",
            Self::NoShow(_) => "no_show",
            Self::Park { .. } => "parked",
            Self::Resume(_) => "resumed",
            Self::Transfer { .. } => "transferred",
            Self::Redirect { .. } => "redirected",
            Self::Postpone(_) => "postponed",
            Self::Reinstate(_) => "reinstated",
            Self::Cancel(_) => "cancelled",
            Self::CheckIn { .. } => "checked_in",
            Self::Undo(_) => "undone",
            Self::Issue(_) => "ticket_issued",
            Self::Reprint(_) => "reprinted",
            Self::Open { .. } => "counter_opened",
            Self::Pause(_) => "counter_paused",
            Self::Close => "counter_closed",
            Self::AnswerHelp(_) => "help_answered",
        }
    }

    /// The ticket it is about, where it is about one.
    #[must_use]
    pub const fn seen(&self) -> Option<Seen> {
        match self {
            Self::CallThis(seen)
            | Self::Recall(seen)
            | Self::Start(seen)
            | Self::Finish { seen, .. }
            | Self::NoShow(seen)
            | Self::Park { seen, .. }
            | Self::Resume(seen)
            | Self::Transfer { seen, .. }
            | Self::Redirect { seen, .. }
            | Self::Postpone(seen)
            | Self::Reinstate(seen)
            | Self::Cancel(seen)
            | Self::CheckIn { seen, .. }
            | Self::Undo(seen)
            | Self::Reprint(seen) => Some(*seen),
            Self::Call | Self::Issue(_) | Self::Open { .. } | Self::Pause(_) | Self::Close | Self::AnswerHelp(_) => {
                None
            }
        }
    }
}

/// A ticket to give at the desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTicket {
    /// What for.
    pub service: ServiceId,
    /// The language of the visit.
    pub lang: Language,
    /// Whether the visitor says that they have priority.
    pub priority: bool,
    /// How many people come together, 1 to 9.
    pub group: u8,
    /// When the person is expected, where they have an appointment.
    pub appointment: Option<Timestamp>,
    /// What a counter must have to receive them.
    pub needs: BTreeSet<NeedId>,
    /// No paper.
    pub paperless: bool,
}

/// An act that a form asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Made with the form: the same form sent again does nothing more.
    pub id: Uuid,
    /// What to do.
    pub act: Act,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// It is done, and durable.
    Now(Made),
    /// This very form had been sent before, and it was done then.
    Before {
        /// Whom it was about, where it was about a ticket.
        ticket: Option<TicketId>,
    },
    /// Nobody waits for this counter.
    Nobody,
    /// It is not done.
    Refused(Refusal),
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// What the desk's log holds of it; nothing where everything was so already.
    pub events: Vec<Event>,
    /// Whom it is about, where it is about a ticket.
    pub ticket: Option<TicketId>,
    /// The secret of a new link, told this once: only its hash is kept.
    pub token: Option<TicketToken>,
}

/// How a ticket stands by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What it is to people.
    pub state: State,
    /// The counter that has it, had it last, or takes it again.
    pub counter: Option<CounterId>,
    /// Who sits there, where that was said.
    pub agent: Option<AgentRef>,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// Why something is not done. Pages make sentences of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It must wait.
    #[error(transparent)]
    TooSoon(TooSoon),
    /// The ticket is not as the page showed it: somebody was faster, or it is another counter's.
    #[error("the ticket has moved on meanwhile")]
    Moved(Standing),
    /// The counter has somebody: end that first.
    #[error("the counter still has a ticket: end that first")]
    Busy {
        /// Whom.
        ticket: Option<TicketId>,
    },
    /// The counter is paused or closed.
    #[error("the counter is paused or closed: open it first")]
    Away,
    /// This counter may not take the ticket.
    #[error(transparent)]
    NotHere(NotHere),
    /// It keeps its place.
    #[error(transparent)]
    NotPostponed(NotPostponed),
    /// The last action stays.
    #[error(transparent)]
    NotUndone(NotUndone),
    /// Somebody goes there already.
    #[error("somebody has answered that call for help already")]
    Answered {
        /// Who, where that was said.
        by: Option<AgentRef>,
    },
    /// No such ticket, call for help, service or counter, or not any more.
    #[error("{0} is not there, or not any more")]
    Unknown(&'static str),
    /// The form's identity is that of another act, or of another site's.
    #[error("that identity is another act's: give each act its own")]
    OtherAct,
    /// Nobody comes into the queue by themselves any more today.
    #[error("the day is closed")]
    DayClosed,
    /// Others were faster each time that it was tried.
    #[error("others were faster each time: try again")]
    Overtaken,
    /// Whoever asks may not do it to this ticket.
    #[error("not for whoever asks")]
    NotYours,
}
