//! What a journey asks for.

use std::time::Duration;

use wire::ids::{HelpId, Language, ServiceId, TicketId};
use wire::survey::AnswerVector;

/// Tells a timer from those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TimerId(pub(crate) u64);

/// Something to do, in this order.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// Issue a ticket, then print it unless it is paperless. Answered by [`crate::Input::Issued`].
    Issue {
        /// What for.
        service: ServiceId,
        /// The ticket's language.
        lang: Language,
        /// No paper.
        paperless: bool,
    },
    /// Print a ticket again, with DUPLICATA. Answered by [`crate::Input::Print`].
    Reprint(TicketId),
    /// Tell staff that somebody asks for a person. Answered by [`crate::Input::HelpOpened`].
    RequestHelp,
    /// Tell staff that they no longer do.
    CancelHelp(HelpId),
    /// Count one passage's answers.
    Count {
        /// The answers.
        vector: AnswerVector,
        /// Within five seconds of the answer before.
        suspect: bool,
    },
    /// Send [`crate::Input::Timer`] with this id after a while.
    Start {
        /// Which.
        timer: TimerId,
        /// When.
        after: Duration,
    },
    /// An input that the state does not expect was set aside; for the log, without what it held.
    Rejected {
        /// The screen's number in the design.
        screen: &'static str,
        /// What kind of input.
        input: &'static str,
    },
}
