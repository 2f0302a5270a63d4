//! Calls for help made at a borne.

use jiff::Timestamp;
use wire::ids::{AgentRef, HelpId, OriginId};

/// What is known of a call for help.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HelpCall {
    /// Identity.
    pub id: HelpId,
    /// Who asks and since when; the smallest where two logs claim it.
    pub(crate) request: Option<(Timestamp, OriginId)>,
    /// When a person set out, and who; the first where several did.
    pub(crate) answered: Option<(Timestamp, Option<AgentRef>)>,
    pub(crate) cancelled: bool,
}

impl HelpCall {
    pub(crate) const fn new(id: HelpId) -> Self {
        Self { id, request: None, answered: None, cancelled: false }
    }

    /// Since when, once the request is known.
    #[must_use]
    pub fn since(&self) -> Option<Timestamp> {
        self.request.map(|(at, _)| at)
    }

    /// At which borne, once the request is known.
    #[must_use]
    pub fn origin(&self) -> Option<OriginId> {
        self.request.map(|(_, origin)| origin)
    }

    /// When a person set out.
    #[must_use]
    pub fn answered(&self) -> Option<Timestamp> {
        self.answered.map(|(at, _)| at)
    }

    /// Who set out, where that was said; never a name.
    #[must_use]
    pub fn answered_by(&self) -> Option<AgentRef> {
        self.answered.and_then(|(_, by)| by)
    }

    /// Whether somebody still waits for an answer.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.request.is_some() && self.answered.is_none() && !self.cancelled
    }
}
