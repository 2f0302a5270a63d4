//! What staff decide for the rest of a service day.

use jiff::Timestamp;
use wire::ids::ServiceId;

/// What a decision is about. There is one of each, for a site and a service day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    /// No more tickets are given, for any service.
    AllFull,
    /// No more tickets are given for one service.
    Full(ServiceId),
    /// Reception closes earlier than its hours say.
    Closing,
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// About what.
    pub matter: Matter,
    /// From when on no ticket is given.
    pub at: Timestamp,
}
